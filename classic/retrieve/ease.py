"""EASE: a linear item-item model in closed form (Steck, WWW 2019), plain or denoising."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse
from scipy.linalg import lapack

from classic.data.interactions import Interactions
from classic.memory import reserve
from classic.retrieve.item_item import ItemItem, strongest
from classic.threads import side_by_side


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
    return of_inverse(inverse_of(interactions, config), interactions.item_ids, config.keep)


def inverse_of(interactions: Interactions, config: EaseConfig) -> np.ndarray:
    """P, float64 [n_items, n_items]. Raises `TooLarge`."""
    n = interactions.n_items
    # The inverse and the weights, float64, and their order by size, int64.
    reserve(3 * 8 * n * n, f"EASE over {n:,} items", "use ials, or item-knn-cosine")
    x = _evened(interactions.matrix, config.evenness)
    counts = np.asarray(x.multiply(x).sum(axis=0)).ravel()
    return _inverse_gram(x, config.l2 + config.dropout / (1.0 - config.dropout) * counts)


def of_inverse(inverse: np.ndarray, item_ids: tuple[str, ...], keep: int) -> ItemItem:
    """B of P, the `keep` strongest weights of each item."""
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return ItemItem("ease", item_ids, strongest(weights, keep))


def _evened(x: sparse.csr_matrix, evenness: float) -> sparse.csr_matrix:
    """Rows times n^-evenness, on average 1."""
    weight = np.maximum(np.diff(x.indptr), 1.0) ** -evenness
    return sparse.csr_matrix(sparse.diags(weight / weight.mean()) @ x)


def _gram(x: sparse.csr_matrix) -> np.ndarray:
    """X'X, float64 [n_items, n_items]."""
    x = x.astype(np.float64)
    columns = x.T.tocsr()
    gram = np.empty((x.shape[1], x.shape[1]))

    def multiply(rows: np.ndarray) -> None:
        gram[rows] = (columns[rows] @ x).toarray()

    side_by_side(multiply, np.arange(x.shape[1]))
    return gram


def _inverse(positive: np.ndarray) -> np.ndarray:
    """Of a symmetric positive definite matrix, which is overwritten; by Cholesky, in half the time
    that any matrix takes. Raises `LinAlgError` when it is not positive definite."""
    half, failed = lapack.dpotrf(positive.T, lower=1, overwrite_a=1)
    if not failed:
        half, failed = lapack.dpotri(half, lower=1, overwrite_c=1)
    if failed:
        raise np.linalg.LinAlgError("the matrix to invert is not positive definite")
    # Above the diagonal the first step left zeros.
    half += np.tril(half, -1).T
    inverse: np.ndarray = half
    return inverse


def _inverse_gram(x: sparse.csr_matrix, ridge: np.ndarray) -> np.ndarray:
    """(X'X + diag(ridge))^-1, float64 [n_items, n_items]; through the smaller side of X, since with
    Y = X diag(ridge)^-1 it is diag(1 / ridge) - Y' (I + X Y')^-1 Y (Woodbury)."""
    n_users, n_items = x.shape
    if n_items <= n_users:
        gram = _gram(x)
        gram[np.diag_indices(n_items)] += ridge
        return _inverse(gram)
    dense = x.toarray().astype(np.float64)
    y = dense / ridge
    gram = dense @ y.T
    gram[np.diag_indices(n_users)] += 1.0
    inverse = -y.T @ linalg.solve(gram, y, assume_a="pos")
    inverse[np.diag_indices(n_items)] += 1.0 / ridge
    return np.asarray(inverse)
