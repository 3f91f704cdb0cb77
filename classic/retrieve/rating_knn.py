"""Neighbourhoods for stars: how items, or users, that were rated alike were rated (Koren, TKDD
2010, eq. 2-3), around a baseline of item and user means."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.memory import reserve
from classic.retrieve.rating import RatingRecommender


@dataclass(frozen=True)
class RatingKnnConfig:
    """`k` neighbours; `shrink` is how many shared ratings a correlation must outweigh; the other
    two how many ratings a mean must."""

    by: Literal["item", "user"] = "item"
    k: int = 40
    shrink: float = 100.0
    shrink_item_mean: float = 5.0
    shrink_user_mean: float = 10.0


@dataclass(frozen=True, eq=False)
class Baseline:
    """b_ui = mu + b_i + b_u, each mean shrunk to the one before it."""

    mean: float
    item: np.ndarray
    user: np.ndarray

    @classmethod
    def of(cls, ratings: Interactions, config: RatingKnnConfig) -> "Baseline":
        assert ratings.ratings is not None
        mean = float(ratings.ratings.mean())
        left = ratings.ratings - mean
        item = _shrunk(ratings.items, left, ratings.n_items, config.shrink_item_mean)
        left = left - item[ratings.items]
        user = _shrunk(ratings.users, left, ratings.n_users, config.shrink_user_mean)
        return cls(mean, item, user)

    def __call__(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return self.mean + self.item[items] + self.user[users]


@dataclass(eq=False)
class RatingKnn(RatingRecommender):
    """`left` is what ratings leave of the baseline, float64 CSR [n_users, n_items]; `alike`
    [n_items, n_items] or [n_users, n_users] the shrunk correlations, none below 0."""

    item_ids: tuple[str, ...]
    baseline: Baseline
    left: sparse.csr_matrix
    alike: np.ndarray
    stars: tuple[float, float]
    config: RatingKnnConfig
    name: str = "rating-knn"

    def predict(self, pairs: Interactions) -> np.ndarray:
        by_item = self.config.by == "item"
        owners, targets = (pairs.users, pairs.items) if by_item else (pairs.items, pairs.users)
        known = self.left if by_item else sparse.csr_matrix(self.left.T)
        found = self.baseline(pairs.users, pairs.items)
        for owner in np.unique(owners):
            here = np.flatnonzero(owners == owner)
            span = slice(known.indptr[owner], known.indptr[owner + 1])
            alike = self.alike[np.ix_(targets[here], known.indices[span])]
            found[here] += _mean_of_nearest(alike, known.data[span], self.config.k)
        return np.clip(found, *self.stars)

    def fold_in(self, history: History) -> np.ndarray:
        rows, weights = self.known(history)
        base = self.baseline.mean + self.baseline.item
        if not len(rows):
            return base
        if self.config.by == "item":
            return base + _mean_of_nearest(self.alike[:, rows], weights, self.config.k)
        person = np.zeros(len(base))
        person[rows] = weights
        near = _correlations(
            sparse.vstack([self.left, person[None, :]]).tocsr(), self.config.shrink
        )
        return base + _over_users(near[-1, :-1], self.left, self.config.k)


def fit_rating_knn(ratings: Interactions, config: RatingKnnConfig | None = None) -> RatingKnn:
    """Raises `BadInput` where nothing is rated, `TooLarge` where the dense correlations do not fit
    into memory."""
    config = config or RatingKnnConfig()
    if ratings.ratings is None or not len(ratings):
        raise BadInput("this model learns from ratings, and the data has none")
    n = ratings.n_items if config.by == "item" else ratings.n_users
    # What is shared, the powers and the products, float64, and one more to work in.
    reserve(4 * 8 * n * n, f"correlations of {n:,} {config.by}s", "use biased-mf-adam")
    baseline = Baseline.of(ratings, config)
    left = ratings.ratings - baseline(ratings.users, ratings.items)
    # A rating that is exactly the baseline is still a rating: never a stored zero.
    left = np.where(left == 0.0, 1e-12, left).astype(np.float64)
    shape = (ratings.n_users, ratings.n_items)
    matrix = sparse.csr_matrix((left, (ratings.users, ratings.items)), shape=shape)
    rows = sparse.csr_matrix(matrix.T) if config.by == "item" else matrix
    stars = (float(ratings.ratings.min()), float(ratings.ratings.max()))
    alike = _correlations(rows, config.shrink)
    name = f"{config.by}-knn"
    return RatingKnn(ratings.item_ids, baseline, matrix, alike, stars, config, name)


def _correlations(rows: sparse.csr_matrix, shrink: float) -> np.ndarray:
    """float64 [n, n]: over what two rows share, sum(a b) / sqrt(sum(a^2) sum(b^2)), shrunk by
    (n - 1) / (n - 1 + shrink) for n shared (eq. 2); 0 where that is below 0, and on itself."""
    met = (rows != 0).astype(np.float64)
    shared = (met @ met.T).toarray()
    power = (rows.multiply(rows) @ met.T).toarray()
    product = (rows @ rows.T).toarray()
    alike = product / np.sqrt(np.maximum(power * power.T, 1e-24))
    alike *= np.maximum(shared - 1.0, 0.0) / (np.maximum(shared - 1.0, 0.0) + shrink)
    np.fill_diagonal(alike, 0.0)
    return np.maximum(alike, 0.0)


def _mean_of_nearest(alike: np.ndarray, left: np.ndarray, k: int) -> np.ndarray:
    """float64 [n]: of `left` [m], weighted by `alike` [n, m], over the k most alike (eq. 3)."""
    if alike.shape[1] > k:
        cut = np.partition(alike, -k, axis=1)[:, [-k]]
        alike = np.where(alike >= cut, alike, 0.0)
    return (alike @ left) / np.maximum(alike.sum(axis=1), 1e-9)


def _over_users(alike: np.ndarray, left: sparse.csr_matrix, k: int) -> np.ndarray:
    """float64 [n_items]: the mean of what the k users most alike left of each item."""
    by_item = sparse.csc_matrix(left)
    found = np.zeros(left.shape[1])
    for item in range(left.shape[1]):
        span = slice(by_item.indptr[item], by_item.indptr[item + 1])
        if span.start < span.stop:
            near = alike[by_item.indices[span]][None, :]
            found[item] = _mean_of_nearest(near, by_item.data[span], k)[0]
    return found


def _shrunk(codes: np.ndarray, values: np.ndarray, n: int, shrink: float) -> np.ndarray:
    """float64 [n]: the mean of the values of each code, shrunk to 0."""
    total = np.bincount(codes, weights=values, minlength=n)
    return total / (np.bincount(codes, minlength=n) + shrink)
