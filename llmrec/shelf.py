"""What the front ends show of items: cards, the wall, score breakdowns, the taste map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classic.data.item import Item as Item
from classic.query import Query
from classic.taste_map import project
from llmrec.dialogue.nouns import Preference, Suggestion, Turn
from llmrec.tools.toolbox import Toolbox

_PART_NAMES = {
    "neighbour": "liked alongside {}",
    "model": "learned from {}",
    "model:": "the model as a whole",
    "content": "like {}",
    "anchor": "close to {}",
    "genre": "genre {}",
    "filed": "filed under {}",
    "person": "{}",
    "mood": "mood {}",
    "keyword": "about {}",
    "text": "your words",
    "move": "move: {}",
    "popularity": "popularity",
}


@dataclass(frozen=True)
class Card:
    """One item as a card shows it. `score` is 0..1 within its list, for the bar; `moved` is how
    many places it gained against the list before, `None` for a newcomer."""

    item: Item
    score: float = 0.0
    why: str = ""
    rank: int = 0
    moved: int | None = None
    feedback: str | None = None


@dataclass(frozen=True)
class TastePoint:
    """An item on the taste map; `group` is yours, suggested, disliked or catalogue."""

    item_id: str
    title: str
    x: float
    y: float
    group: str


@dataclass(frozen=True)
class Change:
    """The list before and after a click or a turn of the dial."""

    before: tuple[Suggestion, ...]
    after: tuple[Suggestion, ...]
    turn: Turn


class Shelf:
    """Views of items over one toolbox."""

    def __init__(self, box: Toolbox) -> None:
        self.box = box

    def card(self, item_id: str) -> Card:
        return Card(self.box.catalog[item_id])

    def cards(
        self,
        items: Sequence[Suggestion],
        before: Sequence[Suggestion] = (),
        preferences: Sequence[Preference] = (),
    ) -> list[Card]:
        """The list as cards; items that the catalogue no longer has are left out."""
        best = max((s.score for s in items), default=0.0)
        places = {s.item_id: s.rank for s in before}
        opinions = {p.value: p.polarity for p in preferences if p.kind == "item"}
        return [
            Card(
                item=self.box.catalog[s.item_id],
                score=float(np.clip(s.score / best, 0.05, 1.0)) if best > 0 else 0.05,
                why=s.evidence[0].text if s.evidence else "",
                rank=s.rank,
                moved=places[s.item_id] - s.rank if s.item_id in places else None,
                feedback=_FEEDBACK.get(opinions.get(s.item_id, 9)),
            )
            for s in items
            if s.item_id in self.box.catalog
        ]

    def wall(self, n: int = 9, seed: int = 0) -> list[Card]:
        """Items to pick from when nothing is known yet."""
        return [self.card(i) for i in self.box.pipeline.wall(Query(), n, seed).item_ids]

    def breakdown(self, sources: Mapping[str, float]) -> dict[str, float]:
        """The parts of a score under readable names, strongest first."""
        named: dict[str, float] = {}
        for source, share in sorted(sources.items(), key=lambda s: -abs(s[1])):
            kind, _, value = source.partition(":")
            label = self.box.catalog[value].title if value in self.box.catalog else value
            name = (_PART_NAMES.get(source) or _PART_NAMES.get(kind, kind)).format(label)
            named[name] = named.get(name, 0.0) + share
        return named

    def taste_map(
        self, preferences: Sequence[Preference], shown: Sequence[Suggestion]
    ) -> list[TastePoint]:
        """Every item in two dimensions, with what is yours and what is suggested marked."""
        catalog = self.box.catalog
        groups = dict.fromkeys(catalog.ids, "catalogue")
        groups |= {s.item_id: "suggested" for s in shown if s.item_id in catalog}
        for p in preferences:
            if p.kind == "item" and p.value in catalog and p.polarity:
                groups[p.value] = "yours" if p.polarity > 0 else "disliked"
        places = project(self.box.pipeline.ranker.content)
        return [
            TastePoint(i, catalog[i].label, float(x), float(y), groups[i])
            for i, (x, y) in zip(catalog.ids, places, strict=True)
        ]


_FEEDBACK = {1: "liked", 0: "seen", -1: "disliked"}
