"""What crosses a split that should not: the same event, the same person, the same dialogue, the
future."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classic.data.interactions import Interactions
from classic.errors import BadInput

KINDS = frozenset({"users", "dialogues", "time"})
"""What a protocol may keep apart; the events themselves always are."""


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a split, by column; what a data set does not have is `None`."""

    users: np.ndarray | None = None
    items: np.ndarray | None = None
    dialogues: np.ndarray | None = None
    timestamps: np.ndarray | None = None

    @classmethod
    def of(cls, columns: Mapping[str, np.ndarray]) -> "Side":
        """From columns by name: user, item, dialogue, timestamp."""
        names = ("user", "item", "dialogue", "timestamp")
        return cls(*(columns.get(name) for name in names))

    @classmethod
    def of_interactions(cls, events: Interactions) -> "Side":
        users, items = np.array(events.user_ids), np.array(events.item_ids)
        return cls(users[events.users], items[events.items], None, events.timestamps)

    def column(self, kind: str) -> np.ndarray | None:
        kinds = {"users": self.users, "dialogues": self.dialogues, "time": self.timestamps}
        return kinds[kind]


@dataclass(frozen=True)
class Finding:
    """One crossing; a run with one that `fails` must not be reported."""

    fails: bool
    text: str


def audit(train: Side, test: Side, apart: frozenset[str]) -> list[Finding]:
    """Everything that crosses, worst first. Raises `BadInput` when what is to be kept `apart` is
    not in both: what cannot be looked at is not clean."""
    for kind in sorted(apart):
        if train.column(kind) is None or test.column(kind) is None:
            raise BadInput(f"{kind} cannot be kept apart: a side has no such column")
    found = [
        *_same_events(train, test),
        *_shared(train.users, test.users, "users", "users" in apart),
        *_shared(train.dialogues, test.dialogues, "dialogues", "dialogues" in apart),
        *_future(train.timestamps, test.timestamps, "time" in apart),
    ]
    return sorted(found, key=lambda finding: not finding.fails)


def _same_events(train: Side, test: Side) -> list[Finding]:
    """The pair that is asked for must not have been given, whatever the protocol."""
    if train.users is None or test.users is None or train.items is None or test.items is None:
        return []
    given = set(zip(train.users.tolist(), train.items.tolist(), strict=True))
    asked = list(zip(test.users.tolist(), test.items.tolist(), strict=True))
    both = [pair for pair in asked if pair in given]
    if not both:
        return []
    user, item = both[0]
    text = f"{len(both):,} of {len(asked):,} events to find are in training, as {item} of {user}"
    return [Finding(True, text)]


def _shared(
    train: np.ndarray | None, test: np.ndarray | None, what: str, wanted_apart: bool
) -> list[Finding]:
    if train is None or test is None or not wanted_apart:
        return []
    both = np.intersect1d(train, test)
    if not len(both):
        return []
    n = len(np.unique(test))
    return [Finding(True, f"{len(both):,} of {n:,} {what} are on both sides, as {both[0]}")]


def _future(train: np.ndarray | None, test: np.ndarray | None, wanted_apart: bool) -> list[Finding]:
    """How much of training came after the median moment that is asked for."""
    if train is None or test is None or not len(train) or not len(test):
        return []
    if train.max() <= test.min():
        return []
    share = float((train > np.median(test)).mean())
    text = (
        f"training reaches past what is asked: {share:.1%} of it is later than the median of that"
    )
    return [Finding(wanted_apart, text)]
