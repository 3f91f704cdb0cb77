"""Requests as people make them of a film chat, in the terms of its tools: what is liked and what
is not, what a list should be near to, wishes, limits, and critiques of a list before."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classic.data.catalog import Catalog
from classic.data.item import AUDIENCES, Item
from classic.query import Query
from finetune.chat.fill import Stock
from llmrec.dialogue import wishes
from llmrec.dialogue.nouns import DialogueState, Preference
from llmrec.understanding.schema import Critique

_CRITIQUES = (
    *("age", "age", "length", "length", "lightness", "violence", "romance"),
    *("humour", "pace", "scariness", "complexity", "fame"),
)
_SHARES = {
    "liked": 0.45,
    "disliked": 0.15,
    "anchor": 0.25,
    "genre": 0.2,
    "liked genre": 0.2,
    "person": 0.12,
    "liked person": 0.15,
    "mood": 0.25,
    "keyword": 0.25,
    "years": 0.15,
    "runtime": 0.15,
    "audience": 0.12,
    "language": 0.1,
    "country": 0.1,
    "critique": 0.4,
    "words": 0.12,
}
"""How often each stands in a request, whatever else does."""
_LIST = 6


@dataclass(frozen=True)
class Requests:
    """What is wished fits one title of `stock`, so that wishes go together."""

    catalog: Catalog
    stock: Stock

    def draw(self, rng: random.Random) -> Query:
        target = self.stock.item(rng)
        asked = {part for part, share in _SHARES.items() if rng.random() < share}
        wished = [*self._opinions(asked, target, rng), *_wishes(asked, target, rng)]
        wished += _limits(asked, target, rng)
        return wishes.query(wished, self._state(asked, target, rng))

    def _opinions(self, asked: set[str], target: Item, rng: random.Random) -> Iterator[Preference]:
        """Films that are liked go together; so do those that are not."""
        for part, polarity, most in (("liked", 1, 3), ("disliked", -1, 1)):
            beside = target
            for _ in range(rng.randint(1, most) if part in asked else 0):
                beside = self.stock.item(rng, beside)
                yield Preference(kind="item", value=beside.item_id, polarity=polarity)  # type: ignore[arg-type]

    def _state(self, asked: set[str], target: Item, rng: random.Random) -> DialogueState:
        anchors = [self.stock.item(rng, target) for _ in range(rng.choice((1, 1, 2)))]
        near = tuple(dict.fromkeys(i.item_id for i in anchors)) if "anchor" in asked else ()
        before = tuple(self.stock.item(rng).item_id for _ in range(_LIST))
        steps = rng.choice((1, 1, 1, 2)) if "critique" in asked else 0
        moved = dict.fromkeys(rng.choices(_CRITIQUES, k=steps))
        return DialogueState(
            anchors=near,
            reference=near or before,
            critiques=tuple(Critique(attr=a, dir=rng.choice((1, -1))) for a in moved),  # type: ignore[arg-type]
            wish=_words(target, rng) if "words" in asked else "",
        )


def _wishes(asked: set[str], target: Item, rng: random.Random) -> Iterator[Preference]:
    """Kinds, people, moods and subjects of the target; tonight's, or what is liked in general."""
    kinds: dict[str, Sequence[str]] = {
        "genre": target.genres,
        "person": target.people,
        "mood": target.moods,
        "keyword": target.keywords,
        "language": target.languages[:1],
        "country": target.countries[:1],
    }
    for kind, values in kinds.items():
        for part, scope in ((kind, "now"), (f"liked {kind}", "always")):
            if part in asked and values:
                yield Preference(kind=kind, value=rng.choice(values), scope=scope)  # type: ignore[arg-type]


def _limits(asked: set[str], target: Item, rng: random.Random) -> Iterator[Preference]:
    """Limits that the target keeps."""
    if "years" in asked and target.year:
        side = rng.choice(("year_min", "year_max"))
        year = target.year // 10 * 10 + (9 if side == "year_max" else 0)
        yield Preference(kind=side, value=str(year))  # type: ignore[arg-type]
    if "runtime" in asked and target.runtime:
        most = next((m for m in (90, 100, 120, 150, 180) if m >= target.runtime), 240)
        yield Preference(kind="runtime_max", value=str(most))
    if "audience" in asked and target.audience in AUDIENCES:
        yield Preference(kind="audience_max", value=target.audience)


def _words(target: Item, rng: random.Random) -> str:
    """A wish in free words, of what the target is about."""
    about = rng.sample(target.keywords, min(len(target.keywords), rng.choice((1, 2))))
    subject = " and ".join(about) or "friendship"
    mood = rng.choice(target.moods) if target.moods else "quiet"
    return rng.choice((subject, f"{mood} {subject}", f"a {mood} film about {subject}"))
