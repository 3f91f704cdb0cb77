"""Reading written answers: nothing is guessed, nothing breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmrec.lab.channels import CHANNELS, channel_named
from llmrec.lab.reading import ERRORS, Reading, Shown, read_letters, read_list
from llmrec.llm.answers import MISSING

SHOWN = Shown(
    ("1", "2", "3"),
    ("Heat (1995)", "The Matrix (1999)", "Amélie (2001)"),
    ("Casino (1995)",),
)


def order(reading: Reading) -> str:
    return "".join(sorted(reading.scores, key=lambda i: -reading.scores[i]))


@pytest.mark.parametrize(
    ("text", "wanted", "errors"),
    [
        ("1. Amélie (2001)\n2. Heat (1995)\n3. The Matrix (1999)", "312", {}),
        ("- amelie\n- HEAT\n- the matrix", "312", {}),
        ("B\nC\nA", "231", {}),
        ("B: The Matrix (1999)\nA: Heat\nC: Amélie", "213", {}),
        ('**Heat**\n\n1) "The Matrix"\n3. Amelie.', "123", {}),
        ("Heat\nHeat\nThe Matrix", "12", {"duplicate": 1, "missing": 1}),
        (
            "Heat\nCasino (1995)\nSe7en",
            "1",
            {"from_history": 1, "not_in_candidates": 1, "missing": 2},
        ),
        ("I cannot rank films.", "", {"unparsable": 1}),
        ("", "", {"unparsable": 1}),
        ("Z", "", {"unparsable": 1}),
    ],
)
def test_written_lists(text: str, wanted: str, errors: dict[str, int]) -> None:
    reading = read_list(text, SHOWN)
    assert order(reading) == wanted
    assert dict(reading.errors) == errors


@given(st.text(alphabet=st.sampled_from('ABCabc Heat1.:)-\n*"éThMrix(95)'), max_size=80))
def test_no_text_breaks_it_and_every_item_is_counted_once(text: str) -> None:
    reading = read_list(text, SHOWN)
    assert set(reading.scores) <= set(SHOWN.items)
    assert len(set(reading.scores.values())) == len(reading.scores)
    assert set(reading.errors) <= set(ERRORS)
    if reading.scores:
        assert len(reading.scores) + reading.errors.get("missing", 0) == 3
    else:
        assert reading.errors == {"unparsable": 1}


@given(st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=6))
def test_no_json_list_breaks_it(letters: list) -> None:
    assert set(read_letters(letters, SHOWN).scores) <= set(SHOWN.items)


def test_json_of_another_shape_is_unparsable() -> None:
    for value in ([], "x", {"order": ["A"]}, {"ranking": "ABC"}, None):
        assert CHANNELS["json"].read(value, SHOWN).errors == {"unparsable": 1}


def test_a_letter_that_a_server_does_not_tell_is_missing() -> None:
    reading = channel_named("letters").read([-0.1, MISSING, -2.0], SHOWN)
    assert order(reading) == "13"
    assert reading.errors == {"missing": 1}


def test_odds_are_of_the_first_option() -> None:
    assert channel_named("yes_no").read([-0.5, -2.0], SHOWN).scores == {"1": 1.5}


def test_a_title_counts_with_the_typo_it_was_shown_with_and_with_it_mended() -> None:
    shown = Shown(
        ("1", "2"),
        ("Haet (1995)", "The Martix (1999)"),
        names=("Heat (1995)", "The Matrix (1999)"),
    )
    assert order(read_list("The Matrix\nHaet", shown)) == "21"
    assert order(read_list("B: The Martix\nA: Heat", shown)) == "21"
