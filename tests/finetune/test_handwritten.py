"""The turns written by hand say only what the schema can hold; there are enough of each kind."""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from classic.data.films import load_films
from llmrec.linking.normal import key
from llmrec.understanding.schema import CRITIQUE_ATTRIBUTES, INTENTS, Audience, Slots

FILE = Path(__file__).parents[1] / "data" / "handwritten.jsonl"
TURNS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
ITEMS = ("liked", "disliked", "seen", "anchors")
TAGS = ("polarity", "two_clause", "correction", "pronoun", "ordinal")
TAGS += ("lookalike", "unknown", "injection")
CLOSED = {"genres": "genres", "countries": "countries", "languages": "languages", "moods": "moods"}


@cache
def catalogue() -> tuple[frozenset[str], frozenset[str], dict[str, frozenset[str]]]:
    """Titles with their years, every name of a film, and the values that each field takes."""
    films = load_films()
    named = {key(f"{film.title} {film.year}") for film in films}
    names = {name.casefold() for film in films for name in (film.title, *film.aliases)}
    values = {f: frozenset(v for film in films for v in getattr(film, f)) for f in CLOSED.values()}
    return frozenset(named), frozenset(names), values


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn["id"])
def test_a_turn_says_what_the_schema_can_hold(turn: dict[str, Any]) -> None:
    titles, names, values = catalogue()
    slots = dict(turn["slots"])
    assert turn["intent"] in INTENTS and turn["split"] in ("dev", "test")
    assert set(turn["tags"]) <= set(TAGS)
    assert len(turn["context"]) % 2 == 0
    for unknown in slots.pop("unknown", []):
        assert unknown in turn["text"]
        assert unknown.casefold() not in names
        assert "unknown" in turn["tags"]
    for critique in slots.pop("critiques", []):
        assert critique[:-1] in CRITIQUE_ATTRIBUTES and critique[-1] in "+-"
    Slots.model_validate(slots)
    assert slots.get("audience_max", "R") in get_args(Audience)
    for slot in ITEMS:
        assert {key(title) for title in slots.get(slot, [])} <= titles
    for slot, field in CLOSED.items():
        assert set(slots.get(slot, [])) | set(slots.get(f"not_{slot}", [])) <= values[field]


@pytest.mark.parametrize(
    "turn", [t for t in TURNS if "refers_to" in t["slots"]], ids=lambda t: t["id"]
)
def test_places_are_in_the_list_and_so_are_the_films_they_speak_of(turn: dict[str, Any]) -> None:
    shown = turn["context"][-1]
    for place in turn["slots"]["refers_to"]:
        assert f"{place}. " in shown
    for slot in ITEMS:
        assert all(title in shown for title in turn["slots"].get(slot, []))


def test_no_turn_twice_in_the_same_talk_and_no_film_liked_and_disliked() -> None:
    assert len({turn["id"] for turn in TURNS}) == len(TURNS)
    assert len({(turn["text"].casefold(), *turn["context"]) for turn in TURNS}) == len(TURNS)
    for turn in TURNS:
        said = [title for slot in ITEMS for title in turn["slots"].get(slot, [])]
        assert len(said) == len(set(said)), turn["id"]


def test_turns_without_a_tool_have_no_slots() -> None:
    idle = [turn for turn in TURNS if turn["intent"] in ("chat", "off_topic")]
    assert len(idle) >= 60
    assert not any(turn["slots"] for turn in idle)


def test_there_are_enough_of_every_kind_in_both_halves() -> None:
    tags = Counter(tag for turn in TURNS for tag in turn["tags"])
    assert len(TURNS) >= 400 and tags["unknown"] >= 40 and tags["polarity"] >= 80
    assert all(tags[tag] for tag in TAGS)
    for split in ("dev", "test"):
        intents = Counter(turn["intent"] for turn in TURNS if turn["split"] == split)
        assert set(intents) == set(INTENTS)
        assert max(intents.values()) - min(intents.values()) <= 5
    assert abs(sum(1 if turn["split"] == "dev" else -1 for turn in TURNS)) <= 2
