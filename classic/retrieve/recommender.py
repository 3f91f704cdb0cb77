"""What every retriever shares: folding a history in, and one vectorised top-k."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from classic.candidates import Candidates
from classic.data.histories import Histories
from classic.data.interactions import History
from classic.errors import BadInput
from classic.metrics import hits, top_items
from classic.threads import side_by_side

_SCORES_AT_ONCE = 2**21
"""On each core."""


def top_k(scores: np.ndarray, k: int, mask: np.ndarray | None = None) -> np.ndarray:
    """int64 [<=k]: the rows of the best scores inside `mask`, best first, ties by row.

    NaN and minus infinity are never chosen.
    """
    eligible = np.isfinite(scores) if mask is None else mask & np.isfinite(scores)
    rows = np.flatnonzero(eligible)
    if len(rows) > k:
        cut = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
        rows = rows[scores[rows] >= cut]
    return rows[np.lexsort((rows, -scores[rows]))][:k]


class Recommender(ABC):
    """Scores for all items from a history."""

    name: str
    item_ids: tuple[str, ...]

    def __getstate__(self) -> dict[str, Any]:
        """What is saved: the fields. What follows from them is worked out again."""
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if follow := getattr(self, "__post_init__", None):
            follow()

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    def known(self, history: History) -> tuple[np.ndarray, np.ndarray]:
        """(rows int64 [h], weights float64 [h]) of the history's items that the model knows."""
        pairs = [
            (self._rows[i], w)
            for i, w in zip(history.item_ids, history.weights, strict=True)
            if i in self._rows
        ]
        rows = np.array([r for r, _ in pairs], dtype=np.int64)
        return rows, np.array([w for _, w in pairs], dtype=np.float64)

    @abstractmethod
    def fold_in(self, history: History) -> np.ndarray:
        """float64 [n_items]: scores for a person with this history, seen by training or not."""

    def contributions(self, history: History) -> np.ndarray:
        """float64 [len(history), n_items]: what each item of the history does for every score;
        rows of items that the model does not know are zero. In a linear model they sum to
        `fold_in`; in any other, as here, a row is what the score loses without the item."""
        whole = self.fold_in(history)
        parts = np.zeros((len(history), len(self.item_ids)))
        for place, item_id in enumerate(history.item_ids):
            if item_id in self._rows:
                parts[place] = whole - self.fold_in(history.without(item_id))
        return parts

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        """float64 [n, n_items]: `fold_in` of many people at once, their items in the model's
        order. Dense: the caller chooses how many at once."""
        found = np.empty((len(histories), len(self.item_ids)))
        for row in range(len(histories)):
            one = histories.block(row, row + 1)
            ids = tuple(self.item_ids[i] for i in one.items)
            found[row] = self.fold_in(History(ids, tuple(map(float, one.weights))))
        return found

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        """float64 [n, n_items]: the scores of training users, by their int64 rows. A model that
        learned a vector for each of them uses it; any other, as here, folds their history in."""
        return self.fold_in_rows(histories)

    def scores_of(self, histories: Histories, users: np.ndarray | None = None) -> np.ndarray:
        """float64 [n, n_items]: `of_users` where their rows are known, `fold_in_rows` elsewhere."""
        return self.fold_in_rows(histories) if users is None else self.of_users(users, histories)

    def recommend(
        self, history: History, k: int = 10, *, mask: np.ndarray | None = None
    ) -> Candidates:
        """The best `k` items that are not in the history."""
        scores = self.fold_in(history)
        unseen = np.ones(len(self.item_ids), dtype=bool) if mask is None else mask.copy()
        unseen[self.known(history)[0]] = False
        rows = top_k(scores, k, unseen)
        return self._candidates(rows, scores)

    def recommend_rows(
        self,
        histories: Histories,
        k: int = 10,
        out: sparse.csr_matrix | None = None,
        users: np.ndarray | None = None,
    ) -> np.ndarray:
        """int64 [n, k]: the best items for many people at once, ties by row; -1 where there are
        fewer. What stands in `out` (bool CSR [n, n_items]) leaves the lists: what was met, unless
        something else is said. `users` (int64 [n]) are rows of training, where they are known."""
        found = np.full((len(histories), min(k, len(self.item_ids))), -1, dtype=np.int64)
        at_once = max(1, _SCORES_AT_ONCE // len(self.item_ids))

        def rank(starts: np.ndarray) -> None:
            for a in starts:
                block = histories.block(a, min(a + at_once, len(histories)))
                hidden = block.matrix if out is None else out[a : a + len(block)]
                who = None if users is None else users[a : a + len(block)]
                top = top_items(self.scores_of(block, who), hidden, k)
                met = hits(top, hidden.toarray() != 0)
                found[a : a + len(block)] = np.where(met, -1, top)

        side_by_side(rank, np.arange(0, len(histories), at_once))
        return found

    def similar_items(self, item_id: str, k: int = 10) -> Candidates:
        """The items closest to one. Raises `BadInput` for an item the model does not know."""
        if item_id not in self._rows:
            raise BadInput(f"{self.name} knows no item {item_id!r}")
        return self.recommend(History.of(item_id), k)

    def _candidates(self, rows: np.ndarray, scores: np.ndarray) -> Candidates:
        return Candidates(
            tuple(self.item_ids[r] for r in rows),
            scores[rows].astype(np.float64),
            tuple({self.name: float(scores[r])} for r in rows),
        )


class BatchRecommender(Recommender):
    """A model that scores many people at once by nature; one person is a batch of one."""

    def fold_in(self, history: History) -> np.ndarray:
        return self.fold_in_rows(self._batch([history]))[0]

    @abstractmethod
    def fold_in_rows(self, histories: Histories) -> np.ndarray: ...

    def contributions(self, history: History) -> np.ndarray:
        known = [place for place, i in enumerate(history.item_ids) if i in self._rows]
        without = [history.without(history.item_ids[place]) for place in known]
        scores = self.fold_in_rows(self._batch([history, *without]))
        parts = np.zeros((len(history), len(self.item_ids)))
        parts[known] = scores[0] - scores[1:]
        return parts

    def _batch(self, people: Sequence[History]) -> Histories:
        own = [self.known(history) for history in people]
        bounds = np.cumsum([0, *(len(rows) for rows, _ in own)])
        items, weights = (np.concatenate(column) for column in zip(*own, strict=True))
        return Histories(items, bounds, weights, len(self.item_ids))
