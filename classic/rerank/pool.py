"""What re-rankers share: the candidates that they look at, and one relevance for all."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from classic.candidates import Candidates
from classic.query import Query

POOL = 60
"""Candidates looked at: what ranks below has nothing to add to a list of ten."""


class Reranker(ABC):
    """Stage `rerank`. Scores stay as they were: only the order is this stage's, and with
    `query.diversity` at 0 it is that by score."""

    name = "rerank"

    def __call__(self, query: Query, candidates: Candidates) -> Candidates:
        pool = candidates.take(range(min(POOL, len(candidates))))
        k = min(query.k, len(pool))
        as_it_is = query.diversity <= 0.0 or k < 2
        return pool.take(range(k) if as_it_is else self.picked(query, pool, k))

    @abstractmethod
    def picked(self, query: Query, pool: Candidates, k: int) -> Sequence[int] | np.ndarray:
        """`k` places of the pool, in the order to show them."""


def relevance(pool: Candidates) -> np.ndarray:
    """float64 [n]: scores scaled to 0..1 within the pool."""
    return scaled(pool.scores)


def scaled(scores: np.ndarray) -> np.ndarray:
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones(len(scores))
