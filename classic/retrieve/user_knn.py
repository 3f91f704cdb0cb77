"""User-kNN: what the people nearest to you liked (Herlocker et al., SIGIR 1999), on cosine."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from classic.data.histories import Histories
from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import Recommender

_BLOCK = 500


@dataclass(frozen=True)
class UserKnnConfig:
    """`k` neighbours speak; `shrink` is added to the product of lengths, so that two people with
    one item each in common are not twins."""

    k: int = 200
    shrink: float = 10.0


@dataclass(eq=False)
class UserKnn(Recommender):
    """`met` is float64 CSR [n_users, n_items] of the training users, who are the neighbours."""

    item_ids: tuple[str, ...]
    met: sparse.csr_matrix
    config: UserKnnConfig
    name: str = "user-knn"

    def __post_init__(self) -> None:
        self.lengths = np.sqrt(np.asarray(self.met.multiply(self.met).sum(axis=1)).ravel())

    def fold_in(self, history: History) -> np.ndarray:
        return self.contributions(history).sum(axis=0)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        found = np.empty((len(histories), len(self.item_ids)))
        for a in range(0, len(histories), _BLOCK):
            block = histories.matrix[a : a + _BLOCK]
            found[a : a + _BLOCK] = (self._neighbours(block) @ self.met).toarray()
        return found

    def _neighbours(self, histories: sparse.csr_matrix) -> sparse.csr_matrix:
        """CSR [n, n_users]: sim(u, v) = <u, v> / (|u| |v| + shrink), the k largest of each row."""
        shared = (histories @ self.met.T).toarray()
        length = np.sqrt(np.asarray(histories.multiply(histories).sum(axis=1)).ravel())
        near = shared / (np.outer(length, self.lengths) + self.config.shrink)
        if near.shape[1] > self.config.k:
            cut = np.partition(near, -self.config.k, axis=1)[:, [-self.config.k]]
            near[near < cut] = 0.0
        return sparse.csr_matrix(near)

    def contributions(self, history: History) -> np.ndarray:
        """The neighbours are chosen by the whole history; each item of it then adds its own term
        of <u, v> to every neighbour's voice."""
        rows, weights = self.known(history)
        parts = np.zeros((len(history), len(self.item_ids)))
        if not len(rows):
            return parts
        each = sparse.csr_matrix(
            (weights, (np.arange(len(rows)), rows)), shape=(len(rows), len(self.item_ids))
        )
        whole = sparse.csr_matrix(each.sum(axis=0))
        chosen = np.sort(self._neighbours(whole).indices)
        shared = (each @ self.met[chosen].T).toarray()
        bottom = np.linalg.norm(weights) * self.lengths[chosen] + self.config.shrink
        places = [n for n, i in enumerate(history.item_ids) if i in self._rows]
        parts[places] = (shared / bottom) @ self.met[chosen].toarray()
        return parts


def fit_user_knn(interactions: Interactions, config: UserKnnConfig | None = None) -> UserKnn:
    met = interactions.matrix.astype(np.float64)
    return UserKnn(interactions.item_ids, met, config or UserKnnConfig())
