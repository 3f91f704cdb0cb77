"""`Reading`: a turn while it is being read: its clauses, what is understood so far, and where."""

from collections.abc import Iterable, Sequence
from typing import Any

from llmrec.understanding.clauses import Clause, clause_at, clauses, negated
from llmrec.understanding.oneself import what_one_is
from llmrec.understanding.schema import CritiqueAttribute, Mention

Place = tuple[int, int]


class Reading:
    """`text` is lower case with the titles in it blanked by tildes, so that places stay where they
    are in `original`; `listed` says whether a list is in view."""

    def __init__(self, original: str, mentions: Sequence[Mention], *, listed: bool) -> None:
        lower = original.lower().replace("’", "'")
        if len(lower) != len(original):  # a letter whose lower case is two letters
            lower = original.lower()
        self.original, self.mentions, self.listed = original, tuple(mentions), listed
        titles = [(m.start, m.end) for m in mentions]
        self.text = blanked(lower, titles)
        self.claimed: list[Place] = [*titles, *what_one_is(self.text)]
        self.clauses = clauses(self.text) or [Clause(0, 0, 0, False, None)]
        self.slots: dict[str, Any] = {}

    @property
    def free(self) -> str:
        """The text without what has been understood already."""
        return blanked(self.text, self.claimed)

    @property
    def free_as_written(self) -> str:
        """The same with its capitals."""
        free = self.free
        if len(self.original) != len(free):
            return free
        return "".join("~" if f == "~" else o for o, f in zip(self.original, free, strict=True))

    def add(self, slot: str, value: str) -> None:
        """One more value of a slot that holds several."""
        values = self.slots.setdefault(slot, [])
        if value not in values:
            values.append(value)

    def critique(self, attribute: CritiqueAttribute, direction: int) -> None:
        self.slots.setdefault("critiques", []).append({"attr": attribute, "dir": direction})

    @property
    def criticised(self) -> set[str]:
        return {c["attr"] for c in self.slots.get("critiques", [])}

    def claim(self, places: Iterable[Place]) -> None:
        """These words are understood: nothing else should read them."""
        self.claimed.extend(places)

    def negated(self, place: int) -> bool:
        """Whether a "not" reaches this place."""
        return negated(self.clauses, place)

    def clause_at(self, place: int) -> Clause:
        return clause_at(self.clauses, min(place, max(len(self.text) - 1, 0)))

    @property
    def refused(self) -> list[Place]:
        """Where negations reach."""
        return [(c.negated_from, c.end) for c in self.clauses if c.negated_from is not None]


def blanked(text: str, places: Iterable[Place]) -> str:
    for a, b in places:
        text = text[:a] + "~" * (b - a) + text[b:]
    return text
