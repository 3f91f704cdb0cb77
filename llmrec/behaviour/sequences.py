"""`Sequences`: what many people did, how they found it and when; and batches that a net reads."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from classic.data.histories import Histories, spans
from classic.data.interactions import LIKED_FROM, Interactions

UNKNOWN, DISLIKED, NEITHER, LIKED, HIDDEN_ACTION = range(5)
"""How somebody found an item; the last stands where that is to be guessed."""
ACTIONS = HIDDEN_ACTION + 1
_LONGEST_GAP = 31
HIDDEN_GAP = _LONGEST_GAP + 2
GAPS = HIDDEN_GAP + 1
"""0 where the time is not known, 1 + floor(log2(1 + seconds)) at most 32, and one for what is to be
guessed."""
_DISLIKED_TO = 2.5


class Behaviours(NamedTuple):
    """b sequences of at most l steps, oldest first. `items` int64 [b, l], `n_items` where one has
    ended and `n_items` + 1 where the item is to be guessed; `actions` and `gaps` int64 [b, l]."""

    items: Tensor
    actions: Tensor
    gaps: Tensor


@dataclass(frozen=True, eq=False)
class Sequences:
    """Person p did `items[bounds[p] : bounds[p + 1]]`, int64, oldest first, with int64 `actions`
    and `gaps` of the same span, a gap being the time since the behaviour before."""

    items: np.ndarray
    actions: np.ndarray
    gaps: np.ndarray
    bounds: np.ndarray
    n_items: int

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def lengths(self) -> np.ndarray:
        """int64 [n]."""
        return self.bounds[1:] - self.bounds[:-1]

    @classmethod
    def of(cls, interactions: Interactions) -> "Sequences":
        """Everybody's, in the order of their users."""
        own = interactions.by_user()
        order = np.concatenate(own) if own else np.zeros(0, dtype=np.int64)
        bounds = np.concatenate(([0], np.cumsum([len(rows) for rows in own], dtype=np.int64)))
        ratings, times = interactions.ratings, interactions.timestamps
        actions = np.full(len(order), LIKED) if ratings is None else actions_of(ratings[order])
        gaps = np.zeros(len(order), dtype=np.int64)
        if times is not None and len(order):
            gaps = gaps_of(np.diff(times[order], prepend=times[order[0]]))
            gaps[bounds[:-1][bounds[:-1] < len(gaps)]] = 0
        return cls(
            interactions.items[order].astype(np.int64), actions, gaps, bounds, interactions.n_items
        )

    @classmethod
    def of_histories(cls, histories: Histories) -> "Sequences":
        """What is told of weights: above 0 liked, below disliked, of 0 nothing but that it was
        met. When is not told."""
        actions = np.select([histories.weights > 0, histories.weights < 0], [LIKED, DISLIKED], 0)
        gaps = np.zeros(len(histories.items), dtype=np.int64)
        return cls(histories.items, actions, gaps, histories.bounds, histories.n_items)

    def without_times(self) -> "Sequences":
        """The same, of which it is not known when."""
        return replace(self, gaps=np.zeros_like(self.gaps))

    def take(self, people: np.ndarray) -> "Sequences":
        """Those of int64 rows."""
        return self.until(people, self.lengths[people])

    def until(self, people: np.ndarray, n: np.ndarray) -> "Sequences":
        """The first int64 `n` behaviours of each of these people."""
        rows = spans(self.bounds[people], n)
        bounds = np.concatenate(([0], np.cumsum(n, dtype=np.int64)))
        return Sequences(
            self.items[rows], self.actions[rows], self.gaps[rows], bounds, self.n_items
        )

    def latest(self, length: int) -> Behaviours:
        """The latest `length` of each, from the left; as many steps as the longest of them has,
        one at least."""
        kept = np.minimum(self.lengths, length)
        places = np.arange(max(int(kept.max(initial=0)), 1))[None, :]
        inside = places < kept[:, None]
        rows = np.where(inside, (self.bounds[1:] - kept)[:, None] + places, 0)
        columns = (self.items, self.n_items), (self.actions, UNKNOWN), (self.gaps, 0)
        return Behaviours(*(torch.from_numpy(_at(c, rows, inside, end)) for c, end in columns))


def _at(column: np.ndarray, rows: np.ndarray, inside: np.ndarray, end: int) -> np.ndarray:
    some = column if len(column) else np.zeros(1, dtype=np.int64)
    return np.where(inside, some[rows], end).astype(np.int64)


def actions_of(ratings: np.ndarray) -> np.ndarray:
    """int64 of stars."""
    return np.select([ratings >= LIKED_FROM, ratings <= _DISLIKED_TO], [LIKED, DISLIKED], NEITHER)


def gaps_of(seconds: np.ndarray) -> np.ndarray:
    """int64 of the seconds since the behaviour before; a clock that was put back counts as none."""
    steps = np.floor(np.log2(1.0 + np.maximum(seconds, 0)))
    return 1 + np.minimum(steps, _LONGEST_GAP).astype(np.int64)
