"""Rows say what their phrasings say, hold apart what they are to be judged by, and know nothing of
the turns that were written by hand."""

import json
import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from classic.data.films import load_films
from classic.errors import BadInput
from finetune.chat.answers import runs_of_words
from finetune.chat.fill import Filler, Piece, Stock, strangers
from finetune.chat.noise import STYLES, as_typed
from finetune.chat.phrases import Phrase, phrases
from finetune.chat.rows import Builder, RowsConfig, masked
from finetune.tuning.made import digest
from llmrec.linking import Linker
from llmrec.understanding.form import AIMS, FORGET, PARTS, Answer
from llmrec.understanding.intent import may_forget
from llmrec.understanding.reader import Context
from llmrec.understanding.rules import RulesReader
from llmrec.understanding.tuned import TunedReader
from llmrec.understanding.wishes import Wishes

HANDWRITTEN = Path(__file__).parents[2] / "data" / "handwritten.jsonl"


@cache
def builder() -> Builder:
    catalog = load_films()
    return Builder(catalog, Linker(catalog), Wishes(catalog))


def stock() -> Stock:
    return Stock(list(load_films()), strangers())


def test_every_phrasing_can_be_said_and_filled() -> None:
    films = list(load_films())
    for phrase in phrases():
        for seed in range(3):
            rng = random.Random(seed)
            shown = films[:4] if phrase.needs == "list" else films[:1]
            pieces = Filler(stock_once(), shown, rng).pieces(phrase.said(rng))
            text = "".join(piece.text for piece in pieces)
            assert text.strip() and not set("{}|[]") & set(text.replace("[SYSTEM]", "")), phrase


@cache
def stock_once() -> Stock:
    return stock()


def test_there_are_hundreds_of_phrasings_of_each_intent() -> None:
    lines = Counter(phrase.aim for phrase in phrases())
    assert set(lines) == set(AIMS)
    assert all(count >= 140 for count in lines.values())
    assert len({phrase.text for phrase in phrases()}) >= 0.99 * lines.total()


def test_whoever_takes_something_back_has_a_word_for_it() -> None:
    lines = [phrase.text.lower() for phrase in phrases() if phrase.aim == FORGET]
    assert [line for line in lines if not may_forget(line)] == []


def test_no_turn_written_by_hand_is_a_phrasing() -> None:
    by_hand = {
        json.loads(line)["text"].casefold().strip(" ?!.")
        for line in HANDWRITTEN.read_text("utf-8").splitlines()
        if len(json.loads(line)["text"].split()) > 4
    }
    assert not by_hand & {phrase.text.casefold().strip(" ?!.") for phrase in phrases()}


def test_a_place_that_nobody_can_fill_is_named() -> None:
    with pytest.raises(BadInput, match="colour"):
        Filler(stock_once(), (), random.Random(0)).pieces("a film in [colour]")


def test_rows_are_the_same_by_seed_and_their_answers_fit_their_forms() -> None:
    rows = list(builder().rows(RowsConfig(rows=150, seed=5)))
    again = list(builder().rows(RowsConfig(rows=150, seed=5)))
    other = list(builder().rows(RowsConfig(rows=150, seed=6)))
    assert digest(rows) == digest(again) != digest(other)
    for row in rows:
        assert row.answer.aim in AIMS
        assert len(row.answer.parts) == len(row.form.spans)
        for span, part in zip(row.form.spans, row.answer.parts, strict=True):
            assert part in PARTS[span.kind]
        assert row.answer.other in ("", *runs_of_words(row.form.text))
        read = json.loads(row.answer.text())
        assert Answer.of(read, len(row.form.spans)) == row.answer


def test_what_is_kept_apart_is_never_learned_from() -> None:
    config = RowsConfig(rows=400, masked=0.0)
    learned = list(builder().rows(config))
    by_phrasing = list(builder().rows(config, "phrasings"))
    assert not {row.phrasing for row in learned} & {row.phrasing for row in by_phrasing}
    named = {i for row in learned for i in named_films(row)}
    apart = {i for row in builder().rows(config, "titles") for i in named_films(row)}
    assert len(apart & named) <= 0.1 * len(apart)


def named_films(row: object) -> set[str]:
    """The films that a row says something of."""
    form, answer = row.form, row.answer  # type: ignore[attr-defined]
    pairs = zip(form.spans, answer.parts, strict=True)
    return {s.values[0] for s, part in pairs if s.kind == "film" and part != "none"}


def test_what_a_phrasing_says_is_what_the_answer_says() -> None:
    made = builder()
    phrase = Phrase("recommend", "first", "i loved [liked] but not [disliked], no [-genres] please")
    for seed in range(12):
        row = made._row(phrase, stock_once(), (), random.Random(seed))
        if row is None or row.answer.other or "title" in row.answer.parts:
            continue
        kinds = [(s.kind, p) for s, p in zip(row.form.spans, row.answer.parts, strict=True)]
        said = [pair for pair in kinds if pair[1] != "none"]
        assert said[:2] == [("film", "liked"), ("film", "disliked")]
        assert {part for kind, part in said if kind == "genre"} <= {"not"}


def test_a_masked_row_hides_its_titles_and_keeps_its_answer() -> None:
    rows = list(builder().rows(RowsConfig(rows=200, masked=0.0)))
    hidden = [masked(row) for row in rows]
    assert any(a.form.text != b.form.text for a, b in zip(rows, hidden, strict=True))
    for row, one in zip(rows, hidden, strict=True):
        assert one.answer == row.answer
        for span in one.form.spans:
            assert span.kind != "film" or " " not in one.form.text[span.start : span.end]


def test_typing_changes_letters_and_never_what_is_said() -> None:
    pieces = [Piece("I LOVED "), Piece("Heat", "liked", ("heat-1995",)), Piece(", what next?")]
    for seed in range(40):
        typed = as_typed(pieces, random.Random(seed), STYLES)
        assert [p.part for p in typed if p.part] == ["liked"]


def test_an_answer_is_understood_as_what_it_says() -> None:
    catalog = load_films()
    linker, rules = Linker(catalog), RulesReader(catalog)
    reader = TunedReader(None, rules, linker)  # type: ignore[arg-type]
    from llmrec.understanding.form import Form
    from llmrec.understanding.spans import Spans

    text = "more like the second one but less violent, no De Niro, from the 90s"
    context = Context(shown=("heat-1995", "ronin-1998", "casino-1995"))
    spans = Spans(linker, rules.wishes).find(text, linker.link(text), context)
    form = Form(text, spans, context)
    assert [span.kind for span in spans] == ["place", "quality", "person"]
    read = reader.understood(form, Answer("similar", ("anchor", "less", "not")), 0.9)
    filled = read.slots.filled()
    assert read.intent == "similar" and read.path == "model"
    assert filled["refers_to"] == [2] and filled["anchors"] == ["ronin-1998"]
    assert filled["critiques"] == [{"attr": "violence", "dir": -1}]
    assert filled["not_people"] == ["Robert De Niro"]
    assert (filled["year_min"], filled["year_max"]) == (1990, 1999)
