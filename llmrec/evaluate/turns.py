"""Labelled turns, and what a reader made of them as (slot, value) pairs."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classic.data.catalog import Catalog
from llmrec.data import Opened
from llmrec.linking.normal import key
from llmrec.understanding.reader import Reader
from llmrec.understanding.schema import Understanding
from llmrec.understanding.transcript import context_of

ITEMS = ("liked", "disliked", "seen", "anchors")
_NOT_LABELLED = ("keywords", "not_keywords")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Turn:
    """A labelled utterance; `pairs` is every (slot, value) that it says."""

    turn_id: str
    context: tuple[str, ...]
    text: str
    intent: str
    pairs: frozenset[Pair]
    not_here: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """A turn with what a reader made of it, and how long that took."""

    turn: Turn
    intent: str
    pairs: frozenset[Pair]
    confidence: float
    path: str
    ms: float

    @property
    def intent_right(self) -> bool:
        return self.intent == self.turn.intent

    @property
    def exact(self) -> bool:
        """Whether the call that would be executed is the right one: intent and every slot."""
        return self.intent_right and self.pairs == self.turn.pairs


def load_turns(path: Path, split: str, catalog: Catalog) -> list[Turn]:
    """The labelled utterances of one half, items resolved to this catalogue."""
    ids = {key(f"{i.title} {i.year}"): i.item_id for i in catalog}
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [_turn(row, ids) for row in rows if row["split"] == split]


def _turn(row: Mapping[str, Any], ids: Mapping[str, str]) -> Turn:
    pairs: set[Pair] = set()
    not_here = 0
    for slot, value in row["slots"].items():
        for one in value if isinstance(value, list) else [value]:
            if slot in ITEMS:
                item_id = ids.get(key(str(one)))
                not_here += item_id is None
                if item_id:
                    pairs.add((slot, item_id))
            else:
                pairs.add((slot, key(str(one)) if slot == "unknown" else _plain(one)))
    return Turn(
        row["id"],
        tuple(row["context"]),
        row["text"],
        row["intent"],
        frozenset(pairs),
        not_here,
        tuple(row.get("tags", ())),
    )


def read_turns(reader: Reader, opened: Opened, turns: Sequence[Turn]) -> list[Read]:
    """Each turn in its context, as the chat would read it."""
    return [_read(reader, opened, turn) for turn in turns]


def _read(reader: Reader, opened: Opened, turn: Turn) -> Read:
    began = time.perf_counter()
    context = context_of(turn.context, opened.linker)
    mentions = opened.linker.link(turn.text, known=context.shown)
    read = reader.read(turn.text, mentions, context)
    ms = (time.perf_counter() - began) * 1000
    # A film that is pointed at and only asked about is labelled by its place alone.
    pointed = {context.shown[n - 1] for n in read.slots.refers_to}
    found = frozenset(p for p in said_by(read) if p[0] != "anchors" or p[1] not in pointed)
    return Read(turn, read.intent, found, read.confidence, read.path, ms)


def said_by(read: Understanding) -> frozenset[Pair]:
    """Every (slot, value) of an understanding, titles that are not in the catalogue included."""
    pairs: set[Pair] = set()
    for slot, value in read.slots.filled().items():
        if slot in _NOT_LABELLED or (slot == "scope" and value == "always"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                pairs.add((slot, f"{one['attr']}{'+' if one['dir'] > 0 else '-'}"))
            else:
                pairs.add((slot, _plain(one)))
    pairs |= {("unknown", key(m.text)) for m in read.mentions if not m.item_ids}
    return frozenset(pairs)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)
