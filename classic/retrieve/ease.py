"""EASE: a linear item-item model in closed form (Steck, WWW 2019)."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from classic.data.interactions import Interactions
from classic.retrieve.item_item import ItemItem


@dataclass(frozen=True)
class EaseConfig:
    """`l2` is lambda of eq. 5; `keep` the weights kept for each item."""

    l2: float = 200.0
    keep: int = 200


def fit_ease(interactions: Interactions, config: EaseConfig | None = None) -> ItemItem:
    """B = I - P diag(1 / diag P) with P = (X'X + lambda I)^-1 (Steck 2019, eq. 8)."""
    config = config or EaseConfig()
    x = interactions.matrix
    gram = (x.T @ x).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += config.l2
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    model = ItemItem("ease", interactions.item_ids, sparse.csr_matrix(weights, dtype=np.float32))
    return model.pruned(config.keep)
