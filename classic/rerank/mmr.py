"""Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998)."""

from collections.abc import Callable

import numpy as np

from classic.candidates import Candidates
from classic.query import Query
from classic.rerank.pool import Reranker, relevance

Similarity = Callable[[tuple[str, ...]], np.ndarray]
"""float [n, n] in 0..1, of items by id."""


class MaximalMarginalRelevance(Reranker):
    """Stage `rerank`: picks, one by one, argmax (1 - d) relevance - d * closest already picked.

    `query.diversity` is d.
    """

    def __init__(self, similarity: Similarity) -> None:
        self.similarity = similarity

    def picked(self, query: Query, pool: Candidates, k: int) -> list[int]:
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
        return chosen
