"""EASE: a linear item-item model in closed form (Steck, WWW 2019), plain or denoising."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from classic.data.interactions import Interactions
from classic.memory import reserve
from classic.retrieve.item_item import ItemItem, strongest


@dataclass(frozen=True)
class EaseConfig:
    """`l2` is lambda of eq. 5; `keep` the weights kept for each item.

    `dropout` is p of the denoising variant (Steck, NeurIPS 2020), whose ridge also grows by
    p / (1 - p) times each item's count. `evenness` weighs a user of n items by n^(-2 evenness), so
    that who met everything does not speak for everybody; 0 is plain EASE for both.
    """

    l2: float = 200.0
    keep: int = 200
    dropout: float = 0.0
    evenness: float = 0.0


def fit_ease(interactions: Interactions, config: EaseConfig | None = None) -> ItemItem:
    """B = I - P diag(1 / diag P) with P = (X'X + Lambda)^-1 (Steck 2019, eq. 8), Lambda the ridge
    of each item. Raises `TooLarge` where the dense weights do not fit into memory."""
    config = config or EaseConfig()
    n = interactions.n_items
    # The inverse and the weights, float64, and their order by size, int64.
    reserve(3 * 8 * n * n, f"EASE over {n:,} items", "use ials, or item-knn-cosine")
    x = _evened(interactions.matrix, config.evenness)
    counts = np.asarray(x.multiply(x).sum(axis=0)).ravel()
    inverse = _inverse_gram(x, config.l2 + config.dropout / (1.0 - config.dropout) * counts)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return ItemItem("ease", interactions.item_ids, strongest(weights, config.keep))


def _evened(x: sparse.csr_matrix, evenness: float) -> sparse.csr_matrix:
    """Rows times n^-evenness, on average 1."""
    weight = np.maximum(np.diff(x.indptr), 1.0) ** -evenness
    return sparse.csr_matrix(sparse.diags(weight / weight.mean()) @ x)


def _inverse_gram(x: sparse.csr_matrix, ridge: np.ndarray) -> np.ndarray:
    """(X'X + diag(ridge))^-1, float64 [n_items, n_items]; through the smaller side of X, since with
    Y = X diag(ridge)^-1 it is diag(1 / ridge) - Y' (I + X Y')^-1 Y (Woodbury)."""
    n_users, n_items = x.shape
    if n_items <= n_users:
        gram = (x.T @ x).toarray().astype(np.float64)
        gram[np.diag_indices(n_items)] += ridge
        return np.asarray(linalg.inv(gram, overwrite_a=True, check_finite=False))
    dense = x.toarray().astype(np.float64)
    y = dense / ridge
    gram = dense @ y.T
    gram[np.diag_indices(n_users)] += 1.0
    inverse = -y.T @ linalg.solve(gram, y, assume_a="pos")
    inverse[np.diag_indices(n_items)] += 1.0 / ridge
    return np.asarray(inverse)
