"""As many people as a race wants, alike to real ones; nobody among them is real."""

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from classic.data.interactions import Interactions

_TASTES = 16
_ALIKE = 30
_FRIENDS = 3
_SHARED = 1.6
"""The power of how many of a circle met an item. Drawing without replacement flattens the head of
the items' popularity; with this ml-1m's largest degrees shrink by a tenth at most."""
_EVERYBODY = 0.1
"""The share of what everybody meets."""
_BLOCK = 1000


def grow(real: Interactions, times: int, seed: int = 0) -> Interactions:
    """`times` made-up people for each real one, each with as many items as that one met, so that
    the degrees of users are the real ones, `times` over.

    A person's items are drawn from what the real one and a few of like taste met, those that
    several of them met first, and a little from what everybody meets. That keeps the shape of the
    items' popularity and leaves something to learn. They stand in random order.
    """
    rng = np.random.default_rng(seed)
    met = real.matrix
    alike = _alike(_tastes(met))
    people = np.tile(np.arange(real.n_users), times)
    blocks = np.split(people, range(_BLOCK, len(people), _BLOCK))
    items = np.concatenate([_drawn(met, alike, block, rng) for block in blocks])
    users = np.repeat(np.arange(len(people)), np.diff(met.indptr)[people])
    return Interactions(
        users.astype(np.int32),
        items.astype(np.int32),
        tuple(f"synthetic-{n}" for n in range(len(people))),
        real.item_ids,
    )


def _tastes(met: sparse.csr_matrix) -> np.ndarray:
    """float64 [n_users, d], of unit length: the first singular vectors of the matrix whose columns
    have unit length, so that what everybody met makes nobody alike."""
    degrees = np.asarray(met.sum(axis=0)).ravel()
    scaled = met.astype(np.float64) @ sparse.diags(1.0 / np.sqrt(np.maximum(degrees, 1.0)))
    d = min(_TASTES, min(met.shape) - 1)
    vectors, strengths, _ = linalg.svds(scaled, k=d, v0=np.ones(min(met.shape)))
    tastes = vectors * strengths
    return tastes / np.maximum(np.linalg.norm(tastes, axis=1, keepdims=True), 1e-12)


def _alike(tastes: np.ndarray) -> np.ndarray:
    """int64 [n_users, <= 30]: those of the most like taste, without oneself, in no order; of few
    people a tenth."""
    n = min(_ALIKE, max(1, len(tastes) // 10))
    found = []
    for start in range(0, len(tastes), _BLOCK):
        near = tastes[start : start + _BLOCK] @ tastes.T
        rows = np.arange(len(near))
        near[rows, start + rows] = -np.inf
        found.append(np.argpartition(-near, n - 1, axis=1)[:, :n])
    return np.concatenate(found)


def _drawn(
    met: sparse.csr_matrix, alike: np.ndarray, people: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """int64: the items of made-up doubles of `people`, one person's after another's.

    The n largest of log weight + Gumbel noise are a weighted draw of n without replacement
    (Efraimidis & Spirakis 2006; as noise, Kool et al. 2019)."""
    picks = rng.integers(0, alike.shape[1], (len(people), _FRIENDS))
    circle = np.column_stack([people, np.take_along_axis(alike[people], picks, axis=1)])
    weights = sum(met[circle[:, place]] for place in range(circle.shape[1])).toarray() ** _SHARED
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    degrees = np.asarray(met.sum(axis=0)).ravel()
    weights = (1.0 - _EVERYBODY) * weights + _EVERYBODY * degrees / degrees.sum()
    with np.errstate(divide="ignore"):
        keys = np.log(weights) + rng.gumbel(size=weights.shape)
    # Behind the largest stands infinity, the threshold of who met nothing.
    ordered = np.pad(np.sort(keys, axis=1), ((0, 0), (0, 1)), constant_values=np.inf)
    n_wanted = np.diff(met.indptr)[people]
    least = np.take_along_axis(ordered, keys.shape[1] - n_wanted[:, None], axis=1)
    owners, items = np.nonzero(keys >= least)
    return items[np.lexsort((rng.random(len(items)), owners))]
