"""The linker on the embedded films: spans, years, numerals, typos, common words, unknown titles."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.item import Item
from llmrec.linking import Linker
from llmrec.understanding.transcript import context_of

FILMS = load_films()
LINKER = Linker(FILMS)


def ids(text: str) -> list[tuple[str, ...]]:
    return [m.item_ids for m in LINKER.link(text)]


@pytest.mark.parametrize(
    ("text", "item_id"),
    [
        ("I loved The Godfather", "the-godfather-1972"),
        ("godfather, the", "the-godfather-1972"),
        ("loved the godfather part 2 so much", "the-godfather-part-ii-1974"),
        ("something like empire strikes back", "star-wars-episode-v-the-empire-strikes-back-1980"),
        ("have you seen Raging Bul?", "raging-bull-1980"),
        ("Casablanca (1942) was great", "casablanca-1942"),
        ("2001: a space odyssey", "2001-a-space-odyssey-1968"),
        ("is Chinatown's ending sad", "chinatown-1974"),
        ("seven samurai", "seven-samurai-1954"),
    ],
)
def test_finds_the_film(text: str, item_id: str) -> None:
    assert (item_id,) in ids(text)


@pytest.mark.parametrize(
    "text",
    [
        "something big and loud for tonight",
        "an alien invasion would be fun",
        "we walked on the rocky road",
        "I saw a network of friends",
        "what's the weather like",
        "hello there",
    ],
)
def test_ordinary_words_are_no_titles(text: str) -> None:
    assert ids(text) == []


def test_a_title_that_is_not_here_is_said_to_be_unknown() -> None:
    (mention,) = LINKER.link('have you seen "Zyxx and the Quantum Llama"?')
    assert mention.item_ids == ()
    assert mention.text == "Zyxx and the Quantum Llama"


def test_every_title_links_to_itself_when_quoted_with_its_year() -> None:
    missed = [
        film.label
        for film in FILMS
        if (film.item_id,) not in ids(f'I watched "{film.title}" ({film.year}) again')
        and (film.item_id,) not in ids(f"I watched {film.title} ({film.year}) again")
    ]
    assert len(missed) <= len(FILMS) // 50, missed


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
@example("*\r000»")
def test_spans_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    end = 0
    for mention in LINKER.link(text):
        assert text[mention.start : mention.end] == mention.text
        assert mention.start >= end
        end = mention.end


def test_a_very_long_text_is_read_in_time() -> None:
    assert LINKER.link("Casablanca and nothing else of note. " * 3000)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Heat", {"1"}), ("the Heat", {"2"}), ("war of the worlds", {"3", "4"}), ("Mask", {"5"})],
)
def test_an_article_tells_titles_of_one_word_apart(said: str, meant: set[str]) -> None:
    films = (
        ("1", "Heat", 1995),
        ("2", "The Heat", 2013),
        ("3", "The War of the Worlds", 1953),
        ("4", "War of the Worlds", 2005),
        ("5", "The Mask", 1994),
    )
    linker = Linker(Catalog("films", tuple(Item(i, title, year) for i, title, year in films)))
    (found,) = linker.link(f"I loved {said} a lot")
    assert set(found.item_ids) == meant


@pytest.mark.parametrize(
    "said", ["I loved Heat.", "heat or casino?", "watched the birds", "my friend saw up last night"]
)
def test_what_is_far_away_in_a_paste_changes_nothing(said: str) -> None:
    away = "nothing of note was told there by them that day. " * 40
    near = [(m.text, m.item_ids) for m in LINKER.link(f"{away}\n{said}\n{away}")]
    assert near == [
        (m.text, m.item_ids) for m in LINKER.link(f"{away[:400]}\n{said}\n{away[:400]}")
    ]


@pytest.mark.parametrize(
    ("said", "item_id"),
    [
        ("films like the original Planet of the Apes", "planet-of-the-apes-1968"),
        ("the new Planet of the Apes was fine", "planet-of-the-apes-2001"),
        ("liked the remake of planet of the apes", "planet-of-the-apes-2001"),
        ("comparable with Dune, I mean the 1984 one", "dune-1984"),
        ("Say Anything... (1989) was sweet", "say-anything-1989"),
    ],
)
def test_of_remakes_the_words_before_tell_which_is_meant(said: str, item_id: str) -> None:
    assert ids(said) == [(item_id,)]


def test_the_entries_of_a_list_are_read_each_alone() -> None:
    told = "1. Say Anything... (1989) 2. Twilight (2008) 3. Up (2009) 4. 21 Grams (2003)"
    shown = context_of(("teen romance", told), LINKER).shown
    assert [FILMS[i].title for i in shown][:3] == ["Say Anything...", "Twilight", "Up"]
    assert context_of(("who made it?", "Heat (1995) was directed by Michael Mann."), LINKER).topic
