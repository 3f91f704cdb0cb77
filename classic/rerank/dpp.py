"""Determinantal point processes: the list that spans the largest volume, found greedily with a
Cholesky factor that grows by a row a pick (Chen, Zhang & Zhou, NeurIPS 2018)."""

import numpy as np

from classic.candidates import Candidates
from classic.query import Query
from classic.rerank.mmr import Similarity
from classic.rerank.pool import Reranker, relevance

_LEAST = 1e-9
_SHARPEST = 20.0
"""Of alpha: where relevance is all, exp(alpha) must still be a number."""


class Determinantal(Reranker):
    """Stage `rerank`: maximises theta * sum of relevance + (1 - theta) * log det S of the list,
    with theta = 1 - `query.diversity` (their eq. 17): the kernel is Diag(q) S Diag(q), q =
    exp(alpha r), alpha = theta / (2 (1 - theta))."""

    def __init__(self, similarity: Similarity) -> None:
        self.similarity = similarity

    def picked(self, query: Query, pool: Candidates, k: int) -> list[int]:
        alpha = min((1.0 - query.diversity) / (2.0 * query.diversity), _SHARPEST)
        quality = np.exp(alpha * relevance(pool))
        kernel = self.similarity(pool.item_ids) * np.outer(quality, quality)
        chosen = greedy_map(kernel, k)
        rest = [n for n in range(len(pool)) if n not in set(chosen)]
        return (chosen + rest)[:k]


def greedy_map(kernel: np.ndarray, k: int) -> list[int]:
    """At most `k` rows of a positive semi-definite float [n, n] kernel, each the one that enlarges
    the determinant most (their algorithm 1); fewer where what is left adds no volume."""
    factor = np.zeros((k, len(kernel)))
    volume = np.diag(kernel).astype(np.float64).copy()  # d_i^2: what picking i multiplies by
    chosen: list[int] = []
    while len(chosen) < k:
        best = int(np.argmax(volume))
        if volume[best] < _LEAST:
            break
        row = len(chosen)
        factor[row] = (kernel[best] - factor[:row, best] @ factor[:row]) / np.sqrt(volume[best])
        volume = volume - factor[row] ** 2
        chosen.append(best)
        volume[chosen] = -np.inf
    return chosen
