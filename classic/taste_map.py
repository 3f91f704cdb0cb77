"""Items on a plane: near where they are alike."""

from functools import lru_cache

import numpy as np
from scipy.sparse import linalg

from classic.retrieve.content import Content

_SEED = 7


@lru_cache(maxsize=4)
def project(content: Content) -> np.ndarray:
    """float64 [n_items, 2] in -1..1: the two main directions of the items' fields (and prose).

    Directions are fixed in sign, so that the same catalogue always gives the same map.
    """
    features = content.fields if content.vectors is None else content.vectors
    if min(features.shape) < 3:
        return np.zeros((features.shape[0], 2))
    centred = features - features.mean(axis=0)
    start = np.random.default_rng(_SEED).standard_normal(min(centred.shape))
    u, s, vt = linalg.svds(np.asarray(centred, dtype=np.float64), k=2, v0=start)
    order = np.argsort(-s)
    signs = np.sign(vt[order, np.abs(vt[order]).argmax(axis=1)])
    places = u[:, order] * signs
    # Ranks spread a crowded middle out without changing who is next to whom along an axis.
    ranks = places.argsort(axis=0).argsort(axis=0) / max(len(places) - 1, 1)
    return np.asarray(0.5 * (2.0 * ranks - 1.0) + 0.5 * places / np.abs(places).max(axis=0))
