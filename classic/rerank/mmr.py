"""Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998)."""

from collections.abc import Callable

import numpy as np

from classic.candidates import Candidates
from classic.query import Query
from classic.rerank.pool import pool_of, relevance

Similarity = Callable[[tuple[str, ...]], np.ndarray]
"""float [n, n] in 0..1, of items by id."""


class MaximalMarginalRelevance:
    """Stage `rerank`: picks, one by one, argmax (1 - d) relevance - d * closest already picked.

    `query.diversity` is d, where 0 keeps the order by score. Scores stay as they were: only the
    order is this stage's.
    """

    name = "rerank"

    def __init__(self, similarity: Similarity) -> None:
        self.similarity = similarity

    def __call__(self, query: Query, candidates: Candidates) -> Candidates:
        pool, k = pool_of(query, candidates)
        if query.diversity <= 0.0 or k < 2:
            return pool.take(range(k))
        relevant = relevance(pool)
        alike = self.similarity(pool.item_ids)
        chosen: list[int] = []
        closest = np.zeros(len(pool))
        for _ in range(k):
            gain = (1.0 - query.diversity) * relevant - query.diversity * closest
            gain[chosen] = -np.inf
            best = int(np.argmax(gain))
            chosen.append(best)
            closest = np.maximum(closest, alike[best])
        return pool.take(chosen)
