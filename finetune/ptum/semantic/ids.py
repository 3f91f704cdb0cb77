"""Semantic ids: an item as a few digits, of which alike items share the first ones.

Residual k-means over item vectors, which GRID (CIKM 2025) finds as good as a trained quantiser: the
first digit is the nearest of `codes` centres, each further one that of what the digits before leave
over. A last digit tells items apart that share all others (TIGER, Rajput et al., NeurIPS 2023).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.cluster.vq import kmeans2

from classic.errors import BadInput

_STEPS = 25
"""Of k-means, more than it needs to settle."""


@dataclass(frozen=True, eq=False)
class SemanticIds:
    """`digits` is int64 [n_items, places], each row another; digit j is below `sizes[j]`."""

    digits: np.ndarray
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(np.unique(self.digits, axis=0)) != len(self.digits):
            raise BadInput("two items have the same semantic id")

    @property
    def places(self) -> int:
        return len(self.sizes)

    @property
    def shared(self) -> float:
        """The share of the items that only their last digit tells from another."""
        _, inverse, counts = np.unique(
            self.digits[:, :-1], axis=0, return_inverse=True, return_counts=True
        )
        return float(np.mean(counts[inverse.ravel()] > 1))

    @cached_property
    def trie(self) -> tuple[np.ndarray, ...]:
        """For each place j int64 [n_nodes_j, sizes[j]]: where a digit leads from each of the
        beginnings with j digits, -1 where no item goes on so. The last one leads to items."""
        steps, here = [], np.zeros(len(self.digits), dtype=np.int64)
        for place, size in enumerate(self.sizes):
            last = place == self.places - 1
            met, after = np.unique(here * size + self.digits[:, place], return_inverse=True)
            child = np.full((int(here.max(initial=0)) + 1) * size, -1, dtype=np.int64)
            there = np.arange(len(self.digits)) if last else after.ravel()
            child[met[after.ravel()]] = there
            steps.append(child.reshape(-1, size))
            here = after.ravel()
        return tuple(steps)


def semantic_ids(vectors: np.ndarray, levels: int, codes: int, seed: int = 0) -> SemanticIds:
    """Of float [n_items, w] vectors. Raises `BadInput` for fewer items than two."""
    if len(vectors) < 2:
        raise BadInput("semantic ids need two items")
    rng = np.random.default_rng(seed)
    left, found = vectors.astype(np.float64), []
    for _ in range(levels):
        n = min(codes, len(np.unique(left, axis=0)))
        centres, nearest = kmeans2(left, n, iter=_STEPS, minit="++", missing="warn", rng=rng)
        found.append(nearest.astype(np.int64))
        left = left - centres[nearest]
    found.append(_apart(np.stack(found, axis=1)))
    digits = np.stack(found, axis=1)
    return SemanticIds(digits, tuple(int(n) + 1 for n in digits.max(axis=0)))


def _apart(digits: np.ndarray) -> np.ndarray:
    """int64 [n]: the how manieth of the items with the same digits each is."""
    _, inverse = np.unique(digits, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    order = np.argsort(inverse, kind="stable")
    first = np.searchsorted(inverse[order], inverse[order])
    found = np.empty(len(digits), dtype=np.int64)
    found[order] = np.arange(len(digits)) - first
    return found
