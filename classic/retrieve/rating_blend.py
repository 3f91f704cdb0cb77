"""A weighted hybrid of models of stars (Burke 2002), its weights learned on ratings held back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from classic.data.interactions import History, Interactions
from classic.retrieve.rating import RatingRecommender

Fit = Callable[[Interactions], RatingRecommender]


@dataclass(frozen=True)
class RatingBlendConfig:
    """`share` of the ratings is held back to learn the weights on; `l2` pulls them to equality."""

    share: float = 0.1
    l2: float = 10.0
    seed: int = 0


@dataclass(eq=False)
class RatingBlend(RatingRecommender):
    """sum of weight times prediction; the weights add up to 1."""

    item_ids: tuple[str, ...]
    parts: tuple[RatingRecommender, ...]
    weights: np.ndarray
    stars: tuple[float, float]
    name: str = "rating-blend"

    def predict(self, pairs: Interactions) -> np.ndarray:
        found = np.stack([part.predict(pairs) for part in self.parts], axis=1)
        return np.clip(found @ self.weights, *self.stars)

    def fold_in(self, history: History) -> np.ndarray:
        found = np.stack([part.fold_in(history) for part in self.parts], axis=1)
        return np.asarray(found @ self.weights)


def fit_rating_blend(
    ratings: Interactions, fits: tuple[Fit, ...], config: RatingBlendConfig | None = None
) -> RatingBlend:
    """Weights from models of one part of the ratings, put on models of all of them."""
    config = config or RatingBlendConfig()
    assert ratings.ratings is not None
    order = np.random.default_rng(config.seed).permutation(len(ratings))
    cut = int(config.share * len(order))
    kept, held = ratings.select(np.sort(order[cut:])), ratings.select(np.sort(order[:cut]))
    assert held.ratings is not None
    found = np.stack([fit(kept).predict(held) for fit in fits], axis=1)
    weights = _summing_to_one(found, held.ratings.astype(np.float64), config.l2)
    stars = (float(ratings.ratings.min()), float(ratings.ratings.max()))
    return RatingBlend(ratings.item_ids, tuple(fit(ratings) for fit in fits), weights, stars)


def _summing_to_one(found: np.ndarray, wanted: np.ndarray, l2: float) -> np.ndarray:
    """float64 [n]: min |found w - wanted|^2 + l2 |w - 1/n|^2 with sum w = 1, by Lagrange."""
    n = found.shape[1]
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = found.T @ found + l2 * np.eye(n)
    system[n, n] = 0.0
    return np.linalg.solve(system, np.append(found.T @ wanted + l2 / n, 1.0))[:n]
