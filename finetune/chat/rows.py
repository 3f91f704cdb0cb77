"""Rows to learn understanding from: phrasings, filled, typed as people type, and read by the same
linker and lexicon that read a turn of the chat, so that what is no title here is learned too."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from classic.data.catalog import Catalog
from classic.data.item import Item
from finetune.chat.answers import answer_of, runs_of_words
from finetune.chat.fill import Filler, Stock, strangers
from finetune.chat.noise import STYLES, UNSEEN, Style, as_typed
from finetune.chat.phrases import Phrase, phrases
from llmrec.linking import Linker
from llmrec.understanding.form import FORGET, Answer, Form
from llmrec.understanding.reader import Context
from llmrec.understanding.spans import Spans
from llmrec.understanding.wishes import Wishes

Unseen = Literal["none", "phrasings", "titles", "noise"]
UNSEEN_KINDS: tuple[Unseen, ...] = ("phrasings", "titles", "noise")
_SHARES = {
    "recommend": 0.16,
    "refine": 0.13,
    "similar": 0.11,
    "explain": 0.08,
    "compare": 0.08,
    "lookup": 0.11,
    "rate": 0.13,
    "remember": 0.09,
    FORGET: 0.04,
    "chat": 0.09,
    "off_topic": 0.09,
}
_KEPT_APART = 10
"""One phrasing, and one title, in so many is kept for evaluation."""
_LIST_SHARE, _TOPIC_SHARE = 0.35, 0.1


@dataclass(frozen=True)
class Row:
    """A form and its answer; `phrasing` is the line it was made from."""

    form: Form
    answer: Answer
    phrasing: str

    @property
    def messages(self) -> list[dict[str, str]]:
        return self.form.messages

    @property
    def said(self) -> str:
        return self.answer.text()


@dataclass(frozen=True)
class RowsConfig:
    """`masked`: the share of rows whose titles are replaced by numbers, so that nothing is learned
    of the films themselves."""

    rows: int = 16_000
    masked: float = 0.33
    seed: int = 0


@dataclass
class Builder:
    """Makes rows over a catalogue. What is kept apart is the same for every seed."""

    catalog: Catalog
    linker: Linker
    wishes: Wishes
    spans: Spans = field(init=False)

    def __post_init__(self) -> None:
        self.spans = Spans(self.linker, self.wishes)

    def rows(self, config: RowsConfig, unseen: Unseen = "none") -> Iterator[Row]:
        """`unseen` "none" are the rows to learn from; the others are made of phrasings, titles, or
        a way of typing that those never hold."""
        rng = random.Random(f"{config.seed} {unseen}")
        stock = self._stock(apart=unseen == "titles")
        by_aim = _by_aim(apart=unseen == "phrasings")
        styles = _styles(apart=unseen == "noise")
        aims, shares = list(_SHARES), list(_SHARES.values())
        made = 0
        while made < config.rows:
            phrase = rng.choice(by_aim[rng.choices(aims, shares)[0]])
            row = self._row(phrase, stock, styles, rng)
            if row is not None:
                made += 1
                yield masked(row) if rng.random() < config.masked else row

    def cast(self, items: Sequence[Item], n: int, seed: int) -> dict[int, Row]:
        """Rows about these items by the number of the draw, of `n`: those that name a film. The
        phrasings are never learned from; under one number every cast has the same."""
        stock, styles = self._of(items), _styles(apart=False)
        phrasings = [p for aim in _by_aim(apart=True).values() for p in aim]
        found = {}
        for number in range(n):
            rng = random.Random(f"{seed} {number}")
            row = self._row(rng.choice(phrasings), stock, styles, rng)
            if row is not None and any(span.kind == "film" for span in row.form.spans):
                found[number] = row
        return found

    def _stock(self, *, apart: bool) -> Stock:
        return self._of([i for i in self.catalog if is_apart(i.item_id) == apart])

    def _of(self, items: Sequence[Item]) -> Stock:
        others = [t for t in strangers() if not self.linker.index.exact.get(t.lower())]
        return Stock(items, others)

    def _row(
        self,
        phrase: Phrase,
        stock: Stock,
        styles: Sequence[tuple[Style, float]],
        rng: random.Random,
    ) -> Row | None:
        shown, topic = _in_view(phrase, stock, rng)
        filler = Filler(stock, shown, rng)
        pieces = as_typed(filler.pieces(phrase.said(rng)), rng, styles)
        text = "".join(p.text for p in pieces)
        if not text.strip():
            return None
        ids = tuple(i.item_id for i in shown)
        context = Context(shown=ids, topic=ids[0] if topic else None)
        mentions = self.linker.link(text, known=ids)
        form = Form(text, self.spans.find(text, mentions, context), context)
        answer = answer_of(phrase.aim, form, pieces)
        return Row(form, answer, phrase.text) if answer else None


def _by_aim(*, apart: bool) -> dict[str, list[Phrase]]:
    found: dict[str, list[Phrase]] = {aim: [] for aim in _SHARES}
    for phrase in phrases():
        if is_apart(phrase.text) == apart:
            found[phrase.aim].append(phrase)
    return found


def _styles(*, apart: bool) -> list[tuple[Style, float]]:
    return [*STYLES, (UNSEEN, 1.0)] if apart else list(STYLES)


def is_apart(text: str) -> bool:
    """Whether a phrasing, or an item by its id, is never learned from."""
    return hashlib.sha256(text.encode()).digest()[0] % _KEPT_APART == 0


def _in_view(phrase: Phrase, stock: Stock, rng: random.Random) -> tuple[list[Item], bool]:
    """What the person has before them, and whether it is one film that was spoken of."""
    dice = rng.random()
    topical = phrase.needs == "film" or (phrase.needs == "any" and dice < _TOPIC_SHARE)
    if topical:
        return [stock.item(rng)], True
    listed = phrase.needs == "list" or (
        phrase.needs == "any" and phrase.aim != "recommend" and dice < _TOPIC_SHARE + _LIST_SHARE
    )
    if not listed:
        return [], False
    first = stock.item(rng)
    shown = {first.item_id: first}
    for _ in range(rng.randint(2, 4)):
        item = stock.item(rng, first)
        shown[item.item_id] = item
    return list(shown.values()), len(shown) == 1


def masked(row: Row) -> Row:
    """Its titles as numbers. The other title stays: it has to be found among the words."""
    text, spans, at = "", [], 0
    for number, span in enumerate(row.form.spans, start=1):
        text += row.form.text[at : span.start]
        said = row.form.text[span.start : span.end]
        name = f"T{number}" if span.kind in ("film", "title") and " " in said else said
        start = len(text)
        text += name
        spans.append(replace(span, start=start, end=start + len(name)))
        at = span.end
    text += row.form.text[at:]
    form = Form(text, tuple(spans), row.form.context)
    return (
        Row(form, row.answer, row.phrasing)
        if row.answer.other in ("", *runs_of_words(form.text))
        else row
    )
