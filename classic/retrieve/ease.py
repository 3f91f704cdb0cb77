"""EASE: a linear item-item model in closed form (Steck, WWW 2019)."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from classic.data.interactions import Interactions
from classic.retrieve.item_item import ItemItem, strongest


@dataclass(frozen=True)
class EaseConfig:
    """`l2` is lambda of eq. 5; `keep` the weights kept for each item."""

    l2: float = 200.0
    keep: int = 200


def fit_ease(interactions: Interactions, config: EaseConfig | None = None) -> ItemItem:
    """B = I - P diag(1 / diag P) with P = (X'X + lambda I)^-1 (Steck 2019, eq. 8)."""
    config = config or EaseConfig()
    inverse = _inverse_gram(interactions.matrix, config.l2)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return ItemItem("ease", interactions.item_ids, strongest(weights, config.keep))


def _inverse_gram(x: sparse.csr_matrix, l2: float) -> np.ndarray:
    """(X'X + l2 I)^-1, float64 [n_items, n_items]; through the smaller side of X, since
    (X'X + l2 I)^-1 = (I - X' (XX' + l2 I)^-1 X) / l2 (Woodbury)."""
    n_users, n_items = x.shape
    if n_items <= n_users:
        gram = (x.T @ x).toarray().astype(np.float64)
        gram[np.diag_indices(n_items)] += l2
        return np.asarray(linalg.inv(gram, overwrite_a=True, check_finite=False))
    gram = (x @ x.T).toarray().astype(np.float64)
    gram[np.diag_indices(n_users)] += l2
    dense = x.toarray().astype(np.float64)
    inner = dense.T @ linalg.solve(gram, dense, assume_a="pos")
    inverse = -inner / l2
    inverse[np.diag_indices(n_items)] += 1.0 / l2
    return np.asarray(inverse)
