"""What re-rankers share: the candidates that they look at, and one relevance for all."""

import numpy as np

from classic.candidates import Candidates
from classic.query import Query

POOL = 60
"""Candidates looked at: what ranks below has nothing to add to a list of ten."""


def pool_of(query: Query, candidates: Candidates) -> tuple[Candidates, int]:
    """The candidates to choose from, best first, and how many to choose."""
    pool = candidates.take(range(min(POOL, len(candidates))))
    return pool, min(query.k, len(pool))


def relevance(pool: Candidates) -> np.ndarray:
    """float64 [n]: scores scaled to 0..1 within the pool."""
    low, high = pool.scores.min(), pool.scores.max()
    return (pool.scores - low) / (high - low) if high > low else np.ones(len(pool))
