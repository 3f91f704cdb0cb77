"""Interactions as they arrive: a first stretch to fit on, then part after part, each asked of those
who were there before it."""

from dataclasses import dataclass, replace

import numpy as np

from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.full_ranking import FullRanking


@dataclass(frozen=True, eq=False)
class Arriving:
    """`events` are oldest first, their people numbered as they come; `ends`, int64 [parts + 1],
    are where the first stretch ends, and each of the parts."""

    events: Interactions
    ends: np.ndarray

    @property
    def parts(self) -> int:
        return len(self.ends) - 1

    def until(self, part: int) -> Interactions:
        """What is there when so many parts have arrived, and who."""
        return self._among(0, self.ends[part], self._people(part))

    def part(self, part: int) -> Interactions:
        """What makes `until(part)` of `until(part - 1)`."""
        return self._among(self.ends[part - 1], self.ends[part], self._people(part))

    def asked(self, part: int) -> FullRanking:
        """When so many parts have arrived: what their people meet in the next. Every model folds
        everything in that they did until then."""
        there = self.until(part)
        following = self._among(self.ends[part], self.ends[part + 1], there.n_users)
        return FullRanking(there, histories_of(there), following.matrix.astype(bool))

    def _people(self, part: int) -> int:
        return int(self.events.users[: self.ends[part]].max()) + 1

    def _among(self, first: int, end: int, people: int) -> Interactions:
        """What the first `people` did there."""
        rows = first + np.flatnonzero(self.events.users[first:end] < people)
        return replace(self.events.select(rows), user_ids=self.events.user_ids[:people])


def arriving(interactions: Interactions, first: float = 0.8, parts: int = 10) -> Arriving:
    """The `first` share in the order of their times, the rest in so many equal parts. Raises
    `BadInput` without times."""
    if interactions.timestamps is None:
        raise BadInput("what arrives needs timestamps, and the data has none")
    events = interactions.select(np.argsort(interactions.timestamps, kind="stable")).once()
    codes, came, users = np.unique(events.users, return_index=True, return_inverse=True)
    order = np.argsort(came)
    ids = tuple(events.user_ids[u] for u in codes[order])
    events = replace(events, users=np.argsort(order)[users].astype(np.int32), user_ids=ids)
    shares = np.linspace(first, 1.0, parts + 1)
    return Arriving(events, np.round(shares * len(events)).astype(np.int64))
