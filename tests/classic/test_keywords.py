"""Keywords by their stems: what an item is about, what it only mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic.data.catalog import Catalog
from classic.data.item import Item
from classic.keywords import KeywordIndex, runs_in
from classic.text import stems

CATALOG = Catalog(
    "three",
    [
        Item("a", "Jaws", keywords=("shark attack", "beach"), text="A chief of police hunts it."),
        Item("b", "Nemo", keywords=("sharks", "lost child"), text="A fish looks for his son."),
        Item("c", "Reef", keywords=("love story",), text="Two divers and a shark at a reef."),
    ],
)
INDEX = KeywordIndex(CATALOG)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sharks", "shark"),
        ("stories", "story"),
        ("zombies", "zombie"),
        ("Vampires'", "vampire"),
        ("witches", "witch"),
        ("superheroes", "superhero"),
        ("shoes", "shoe"),
        ("boxes", "box"),
        ("Amélie's", "amelie"),
    ],
)
def test_number_and_case_and_accents_do_not_matter(one: str, other: str) -> None:
    assert stems(one) == stems(other)


@pytest.mark.parametrize("word", ["glass", "chess", "bus", "crisis"])
def test_an_s_that_is_no_plural_stays(word: str) -> None:
    assert stems(word) == (word,)


@given(st.text(max_size=60))
def test_stems_of_any_text_are_stable(text: str) -> None:
    once = stems(text)
    assert all(once) and stems(" ".join(once)) == stems(" ".join(stems(" ".join(once))))


def test_about_is_by_keyword_and_mentioning_by_prose_as_well() -> None:
    assert list(INDEX.about("Sharks")) == [0, 1]
    assert list(INDEX.mentioning("sharks")) == [0, 1, 2]
    assert list(INDEX.about("submarine")) == []


def test_a_topic_is_what_several_keywords_share() -> None:
    assert ("shark",) in INDEX.topics
    assert ("attack",) not in INDEX.topics


def test_words_have_to_stand_side_by_side() -> None:
    assert runs_in("shark attack", "great shark attacks")
    assert not runs_in("shark attack", "attack of the shark")
