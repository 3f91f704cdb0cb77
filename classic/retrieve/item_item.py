"""A sparse item-item model: whatever trained it, scores are sums of its rows."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

from classic.data.histories import Histories
from classic.data.interactions import History
from classic.retrieve.recommender import Recommender

_DENSE = 0.1
"""The share of weights from which on multiplying zeros, too, is faster."""


@dataclass(eq=False)
class ItemItem(Recommender):
    """`weights[h, i]` (float32, CSR) is what having liked `h` adds to the score of `i`."""

    name: str
    item_ids: tuple[str, ...]
    weights: sparse.csr_matrix

    def fold_in(self, history: History) -> np.ndarray:
        rows, liked = self.known(history)
        if not len(rows):
            return np.zeros(len(self.item_ids))
        return np.asarray(self.weights[rows].T @ liked, dtype=np.float64).ravel()

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        scores = histories.matrix.astype(np.float32) @ self._fastest
        dense = scores.toarray() if sparse.issparse(scores) else scores
        return np.asarray(dense, dtype=np.float64)

    @cached_property
    def _fastest(self) -> sparse.csr_matrix | np.ndarray:
        """The weights, dense where few are zero."""
        n = len(self.item_ids)
        return self.weights.toarray() if self.weights.nnz > _DENSE * n * n else self.weights

    def contributions(self, history: History) -> np.ndarray:
        parts = np.zeros((len(history), len(self.item_ids)))
        for place, (item_id, weight) in enumerate(
            zip(history.item_ids, history.weights, strict=True)
        ):
            if item_id in self._rows:
                row = self._rows[item_id]
                parts[place] = self.weights[[row]].toarray()[0] * weight
        return parts

    def save(self, path: Path) -> None:
        """One compressed file; weights as float16, which ranks the same and halves the size."""
        matrix = sparse.csr_matrix(self.weights)
        np.savez_compressed(
            path,
            name=np.array(self.name),
            item_ids=np.array(self.item_ids),
            data=matrix.data.astype(np.float16),
            indices=matrix.indices.astype(np.int32),
            indptr=matrix.indptr.astype(np.int64),
        )

    @classmethod
    def load(cls, path: Path) -> "ItemItem":
        with np.load(path, allow_pickle=False) as saved:
            ids = tuple(str(i) for i in saved["item_ids"])
            parts = (saved["data"].astype(np.float32), saved["indices"], saved["indptr"])
            matrix = sparse.csr_matrix(parts, shape=(len(ids), len(ids)))
            return cls(str(saved["name"]), ids, matrix)


def strongest(weights: np.ndarray, keep: int) -> sparse.csr_matrix:
    """float32 CSR of dense [n, n] weights with the `keep` largest magnitudes of each row."""
    n = weights.shape[1]
    if keep >= n:
        return sparse.csr_matrix(weights, dtype=np.float32)
    columns = np.argpartition(-np.abs(weights), keep, axis=1)[:, :keep]
    columns.sort(axis=1)
    values = np.take_along_axis(weights, columns, axis=1).astype(np.float32)
    bounds = np.arange(0, values.size + 1, keep)
    matrix = sparse.csr_matrix((values.ravel(), columns.ravel(), bounds), shape=weights.shape)
    matrix.eliminate_zeros()
    return matrix
