"""Lines and the items named in them."""

from hypothesis import given
from hypothesis import strategies as st

from llmrec.lab.dialogue import line_of, named_in

TITLES = {"Heat (1995)", "White Heat (1949)", "Up (2009)", "The Mask (1994)"}


def test_of_two_titles_that_end_alike_the_longer_is_named() -> None:
    line = line_of("seeker", "Not White Heat (1949) , but  Heat (1995)!", TITLES)
    assert line.named == ("White Heat (1949)", "Heat (1995)")
    assert line.words == ("Not ", " , but ", "!")
    assert line.told(["A", "B"]) == "Not A , but B!"


def test_a_title_is_no_end_of_a_word_and_no_other_year() -> None:
    for text in ("Cleanup (2009)", "setUp (2009)", "Heat (1996)", "look Up, Heat", "(1995)"):
        assert line_of("seeker", text, TITLES).named == ()


def test_items_are_named_once_in_their_order() -> None:
    texts = ("Heat (1995) and Up (2009)", "Up (2009), then The Mask (1994)")
    lines = [line_of("recommender", text, TITLES) for text in texts]
    assert named_in(lines) == ("Heat (1995)", "Up (2009)", "The Mask (1994)")


PIECES = st.sampled_from([*TITLES, " ", "up", "(2009)", "heat", ", ", "Not ", "The"])


@given(st.lists(PIECES).map("".join))
def test_a_line_is_told_as_it_was_said(text: str) -> None:
    line = line_of("seeker", text, TITLES)
    assert line.told(line.named) == " ".join(text.split())
    assert len(line.words) == len(line.named) + 1
    assert set(line.named) <= TITLES
