"""Who a model is good for: warm and cold people, and tastes in the head and in the tail."""

import numpy as np

from classic.evaluate.full_ranking import FullRanking

_HEAD = 0.2
"""The share of items that counts as the head, by how many met each in training."""


def slices_of(protocol: FullRanking) -> dict[str, np.ndarray]:
    """bool [n_asked] by name. A quarter of the people are "cold", those with the shortest given
    histories, and a quarter "warm". The "head" are those of whom only popular items are held out,
    the "tail" those of whom none is."""
    lengths = protocol.given.lengths[protocol.asked]
    low, high = np.quantile(lengths, (0.25, 0.75))
    counts = np.bincount(protocol.train.items, minlength=protocol.train.n_items)
    head = np.zeros(len(counts))
    head[np.argsort(-counts, kind="stable")[: int(_HEAD * (counts > 0).sum())]] = 1.0
    wanted = protocol.held_out[protocol.asked].astype(np.float64)
    share = (wanted @ head) / np.asarray(wanted.sum(axis=1)).ravel()
    return {
        "cold people": lengths <= low,
        "warm people": lengths >= high,
        "head items": share == 1.0,
        "tail items": share == 0.0,
    }
