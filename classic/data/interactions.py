"""`Interactions`: who did what with which item, by column; and `History`, one person's part."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from classic.errors import BadInput

LIKED_FROM = 3.5
"""Stars from which a rating counts as a like."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Columns of equal length: `users[e]` did something with `items[e]`.

    `users` and `items` are int32 codes into `user_ids` and `item_ids`; `ratings` (float32) and
    `timestamps` (int64, seconds) are there when the data set has them.
    """

    users: np.ndarray
    items: np.ndarray
    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    ratings: np.ndarray | None = None
    timestamps: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("items", "ratings", "timestamps"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.users):
                raise BadInput(f"interactions: {name} has {len(column)} rows, users {len(self)}")
        for name, codes, ids in (
            ("user", self.users, self.user_ids),
            ("item", self.items, self.item_ids),
        ):
            if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(ids):
                raise BadInput(f"interactions: a {name} is outside the {len(ids)} there are")
        if self.ratings is not None and not np.isfinite(self.ratings).all():
            row = int(np.flatnonzero(~np.isfinite(self.ratings))[0])
            who, what = self.user_ids[self.users[row]], self.item_ids[self.items[row]]
            raise BadInput(
                f"interactions: the rating of {what} by {who} is no number ({self.ratings[row]})"
            )

    def __len__(self) -> int:
        return len(self.users)

    @property
    def n_users(self) -> int:
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        return len(self.item_ids)

    def select(self, rows: np.ndarray) -> "Interactions":
        """The interactions at `rows` (indices or mask), with the same users and items."""
        return Interactions(
            self.users[rows],
            self.items[rows],
            self.user_ids,
            self.item_ids,
            None if self.ratings is None else self.ratings[rows],
            None if self.timestamps is None else self.timestamps[rows],
        )

    def liked(self, at_least: float = LIKED_FROM) -> "Interactions":
        """Those with a rating of at least `at_least`; all of them when nothing is rated."""
        return self if self.ratings is None else self.select(self.ratings >= at_least)

    def once(self) -> "Interactions":
        """Without repeats: each user and item as they first stand in the rows."""
        pairs = self.users.astype(np.int64) * self.n_items + self.items
        return self.select(np.sort(np.unique(pairs, return_index=True)[1]))

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """float32 [n_users, n_items]: 1 where the user met the item, repeats counted once."""
        ones = np.ones(len(self), dtype=np.float32)
        shape = (self.n_users, self.n_items)
        matrix = sparse.csr_matrix((ones, (self.users, self.items)), shape=shape)
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return matrix

    def by_user(self) -> list[np.ndarray]:
        """Per user, the rows of its interactions, oldest first (in file order without times)."""
        times = np.arange(len(self)) if self.timestamps is None else self.timestamps
        order = np.lexsort((np.arange(len(self)), times, self.users))
        bounds = np.searchsorted(self.users[order], np.arange(self.n_users + 1))
        return [order[a:b] for a, b in pairwise(bounds)]


@dataclass(frozen=True, slots=True)
class History:
    """What one person did, oldest first, keyed by item id so that any model can fold it in.

    `weights[j]` is how much `item_ids[j]` was liked: +1 a plain like, negative a dislike, 0 seen
    without an opinion.
    """

    item_ids: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.item_ids) != len(self.weights):
            raise BadInput("a history needs one weight for each item")

    def __len__(self) -> int:
        return len(self.item_ids)

    @classmethod
    def of(cls, *liked: str) -> "History":
        """A history of plain likes."""
        return cls(tuple(liked), (1.0,) * len(liked))

    def without(self, item_id: str) -> "History":
        """The history with every mention of one item left out."""
        kept = [(i, w) for i, w in zip(self.item_ids, self.weights, strict=True) if i != item_id]
        return History(tuple(i for i, _ in kept), tuple(w for _, w in kept))
