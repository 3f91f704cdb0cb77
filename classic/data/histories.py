"""`Histories`: what many people did, by column and oldest first, so that any model can fold all of
them in at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from classic.data.interactions import Interactions
from classic.errors import BadInput

_LEAST_HISTORY = 5
"""Of those whose latest is hidden."""


@dataclass(frozen=True, eq=False)
class Histories:
    """Person `p` liked `items[bounds[p] : bounds[p + 1]]` by `weights` of the same span.

    `items` are int64 rows of the model's `item_ids`, `bounds` int64 [n + 1], `weights` float64.
    """

    items: np.ndarray
    bounds: np.ndarray
    weights: np.ndarray
    n_items: int

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def lengths(self) -> np.ndarray:
        """int64 [n]."""
        return np.diff(self.bounds)

    @property
    def liked(self) -> "Histories":
        """The same people, with what they liked alone."""
        kept = self.weights > 0
        if kept.all():
            return self
        bounds = np.concatenate(([0], np.cumsum(kept)))[self.bounds]
        return Histories(self.items[kept], bounds, np.ones(int(kept.sum())), self.n_items)

    def block(self, first: int, end: int) -> "Histories":
        """The people `first` to `end`."""
        bounds = self.bounds[first : end + 1]
        span = slice(bounds[0], bounds[-1])
        return Histories(self.items[span], bounds - bounds[0], self.weights[span], self.n_items)

    def take(self, people: np.ndarray) -> "Histories":
        """The histories of these people, by int64 row."""
        lengths = self.lengths[people]
        rows = spans(self.bounds[:-1][people], lengths)
        bounds = np.concatenate(([0], np.cumsum(lengths)))
        return Histories(self.items[rows], bounds, self.weights[rows], self.n_items)

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """float64 CSR [n, n_items]: how much each was liked; who says it twice counts once."""
        parts = (self.weights, self.items, self.bounds)
        matrix = sparse.csr_matrix(parts, shape=(len(self), self.n_items))
        counts = sparse.csr_matrix((np.ones(len(self.items)), *parts[1:]), shape=matrix.shape)
        matrix, counts = matrix.copy(), counts.copy()
        matrix.sum_duplicates()
        counts.sum_duplicates()
        matrix.data /= counts.data
        return matrix

    def latest(self, length: int, padding: int) -> np.ndarray:
        """int64 [n, length]: the last `length` items of each from the left, then `padding`."""
        kept = np.minimum(self.lengths, length)
        places = np.arange(length)[None, :]
        inside = places < kept[:, None]
        rows = np.where(inside, (self.bounds[1:] - kept)[:, None] + places, 0)
        items = self.items if len(self.items) else np.zeros(1, dtype=np.int64)
        return np.where(inside, items[rows], padding)


def spans(first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """int64: first, first + 1, ... so many as its length, of each of int64 [n] after the other."""
    shift = np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
    return np.asarray(shift + np.arange(len(shift)))


def histories_of(interactions: Interactions) -> Histories:
    """Every user of the interactions, each interaction a plain like, oldest first."""
    own = interactions.by_user()
    order = np.concatenate(own) if own else np.zeros(0, dtype=np.int64)
    bounds = np.concatenate(([0], np.cumsum([len(rows) for rows in own])))
    items = interactions.items[order].astype(np.int64)
    return Histories(items, bounds, np.ones(len(items)), interactions.n_items)


def without_latest(
    interactions: Interactions, people: int, last: int, rng: np.random.Generator
) -> tuple[Interactions, Histories, np.ndarray]:
    """The interactions without the `last` of `people` drawn from them; for each of what is hidden
    so, what its person did before it; and int64 [n] the hidden items. At most half of what somebody
    did is hidden. Raises `BadInput` where nobody did enough."""
    own = [rows for rows in interactions.by_user() if len(rows) >= _LEAST_HISTORY]
    if not own:
        raise BadInput(f"learning from latest items needs people with {_LEAST_HISTORY} items")
    chosen = [own[n] for n in rng.permutation(len(own))[:people]]
    asked = [
        (rows[:place], rows[place])
        for rows in chosen
        for place in range(len(rows) - min(last, len(rows) // 2), len(rows))
    ]
    hidden = np.array([row for _, row in asked])
    kept = np.ones(len(interactions), dtype=bool)
    kept[hidden] = False
    bounds = np.concatenate(([0], np.cumsum([len(rows) for rows, _ in asked])))
    before = interactions.items[np.concatenate([rows for rows, _ in asked])].astype(np.int64)
    histories = Histories(before, bounds, np.ones(len(before)), interactions.n_items)
    return interactions.select(kept), histories, interactions.items[hidden].astype(np.int64)
