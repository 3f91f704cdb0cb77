"""Item-kNN: items are near when the same people met them (Deshpande & Karypis, TOIS 2004).

One kernel, three weightings of the user-item matrix before it: cosine, TF-IDF, BM25.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from implicit.nearest_neighbours import all_pairs_knn
from scipy import sparse

from classic.data.interactions import Interactions
from classic.retrieve.item_item import ItemItem

Weighting = Literal["cosine", "tfidf", "bm25"]


@dataclass(frozen=True)
class ItemKnnConfig:
    """`k` neighbours are kept for each item; `k1` and `b` are BM25's saturation and length."""

    weighting: Weighting = "cosine"
    k: int = 100
    k1: float = 1.2
    b: float = 0.75


def fit_item_knn(interactions: Interactions, config: ItemKnnConfig | None = None) -> ItemItem:
    """sim(i, j) = <x_i, x_j> over the weighted columns of X, an item not being its own
    neighbour; scores are sums of similarities to the history's items."""
    config = config or ItemKnnConfig()
    x = _WEIGHTINGS[config.weighting](interactions.matrix.astype(np.float64), config)
    name = f"item-knn-{config.weighting}"
    return ItemItem(name, interactions.item_ids, _nearest(x, config.k))


def _cosine(x: sparse.csr_matrix, config: ItemKnnConfig) -> sparse.csr_matrix:
    """Columns of unit length."""
    length = np.sqrt(np.asarray(x.multiply(x).sum(axis=0)).ravel())
    return x @ sparse.diags(1.0 / np.maximum(length, 1e-12))


def _tfidf(x: sparse.csr_matrix, config: ItemKnnConfig) -> sparse.csr_matrix:
    """A user who met everything says little: rows weighted by log(1 + n / n_u), then cosine."""
    n_met = np.maximum(np.diff(x.indptr), 1)
    return _cosine(sparse.diags(np.log1p(x.shape[1] / n_met)) @ x, config)


def _bm25(x: sparse.csr_matrix, config: ItemKnnConfig) -> sparse.csr_matrix:
    """Robertson & Zaragoza 2009, items as documents and users as terms."""
    n_items = x.shape[1]
    length = np.asarray(x.sum(axis=0)).ravel()
    damped = config.k1 * (1.0 - config.b + config.b * length / max(length.mean(), 1e-12))
    n_met = np.diff(x.tocsr().indptr)
    idf = np.log1p((n_items - n_met + 0.5) / (n_met + 0.5))
    weighted = x.tocoo()
    data = weighted.data * (config.k1 + 1.0) / (weighted.data + damped[weighted.col])
    return sparse.csr_matrix((data * idf[weighted.row], (weighted.row, weighted.col)), x.shape)


_WEIGHTINGS: dict[Weighting, Callable[[sparse.csr_matrix, ItemKnnConfig], sparse.csr_matrix]] = {
    "cosine": _cosine,
    "tfidf": _tfidf,
    "bm25": _bm25,
}


def _nearest(x: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """float32 CSR [n_items, n_items]: of each column of X the `k` largest inner products with the
    others; equal ones at the end fall by the kernel's order."""
    # One more than wanted: an item is its own neighbour until it is taken out.
    near = all_pairs_knn(sparse.csr_matrix(x), k + 1, show_progress=False).tocsr()
    near.setdiag(0.0)
    near.eliminate_zeros()
    rows = np.repeat(np.arange(near.shape[0]), np.diff(near.indptr))
    order = np.lexsort((near.indices, -near.data, rows))
    place = np.arange(near.nnz) - near.indptr[rows]
    kept = np.sort(order[place < k])
    parts = (near.data[kept].astype(np.float32), (rows[kept], near.indices[kept]))
    return sparse.csr_matrix(parts, near.shape)
