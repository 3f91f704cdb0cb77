"""Ranking metrics, vectorised over users. A metric's name carries its protocol: `ndcg@10/full`."""

import numpy as np


def top_items(scores: np.ndarray, seen: np.ndarray, k: int) -> np.ndarray:
    """int64 [n_users, k]: the best unseen items by `scores` [n_users, n_items], ties by row."""
    open_ = np.where(seen, -np.inf, scores)
    return np.argsort(-open_, axis=1, kind="stable")[:, :k]


def hits(top: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """bool [n_users, k]: which ranked items are wanted; `wanted` is bool [n_users, n_items]."""
    return np.take_along_axis(wanted, top, axis=1)


def recall(hit: np.ndarray, n_wanted: np.ndarray) -> np.ndarray:
    """float64 [n_users]: share of the wanted items found, of at most k that fit in the list."""
    return hit.sum(axis=1) / np.minimum(np.maximum(n_wanted, 1), hit.shape[1])


def ndcg(hit: np.ndarray, n_wanted: np.ndarray) -> np.ndarray:
    """float64 [n_users]: binary NDCG (Jarvelin and Kekalainen 2002), 1 / log2(1 + rank)."""
    gains = 1.0 / np.log2(np.arange(2, hit.shape[1] + 2))
    best = np.concatenate(([0.0], np.cumsum(gains)))[np.minimum(n_wanted, hit.shape[1])]
    return (hit @ gains) / np.maximum(best, 1e-12)


def interval(values: np.ndarray, seed: int = 0, draws: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over users."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))
