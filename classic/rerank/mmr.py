"""Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998)."""

from collections.abc import Callable

import numpy as np

from classic.candidates import Candidates
from classic.query import Query

POOL = 60
"""Candidates looked at: what ranks below has nothing to add to a list of ten."""


class MaximalMarginalRelevance:
    """Stage `rerank`: picks, one by one, argmax (1 - d) relevance - d * closest already picked.

    `similarity(item_ids)` gives float [n, n] in 0..1; `query.diversity` is d, where 0 keeps the
    order by score. Scores stay as they were: only the order is this stage's.
    """

    name = "rerank"

    def __init__(self, similarity: Callable[[tuple[str, ...]], np.ndarray]) -> None:
        self.similarity = similarity

    def __call__(self, query: Query, candidates: Candidates) -> Candidates:
        pool = candidates.take(range(min(POOL, len(candidates))))
        k = min(query.k, len(pool))
        if query.diversity <= 0.0 or k < 2:
            return pool.take(range(k))
        relevance = _unit(pool.scores)
        alike = self.similarity(pool.item_ids)
        chosen: list[int] = []
        closest = np.zeros(len(pool))
        for _ in range(k):
            gain = (1.0 - query.diversity) * relevance - query.diversity * closest
            gain[chosen] = -np.inf
            best = int(np.argmax(gain))
            chosen.append(best)
            closest = np.maximum(closest, alike[best])
        return pool.take(chosen)


def _unit(scores: np.ndarray) -> np.ndarray:
    """Scores scaled to 0..1 within the pool."""
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones(len(scores))
