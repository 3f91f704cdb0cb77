"""Ranking metrics, vectorised over users. A metric's name carries its protocol: `ndcg@10/full`."""

import numpy as np
from scipy import sparse

_USERS_AT_ONCE = 1000


def top_items(
    scores: np.ndarray, seen: sparse.csr_matrix | np.ndarray | None, k: int
) -> np.ndarray:
    """int64 [n_users, k]: the best items by `scores` [n_users, n_items] that are not in `seen` (of
    the same shape), best first, ties by row; what is in `seen` comes after everything else."""
    # Here, since it takes seconds and a chat never ranks matrices. Its top-k is 25 times faster
    # than numpy's partition.
    import torch

    open_ = np.array(scores, dtype=np.float64)
    if seen is not None:
        open_[sparse.csr_matrix(seen).nonzero()] = -np.inf
    k = min(k, open_.shape[1])
    cut = torch.topk(torch.from_numpy(open_), k, sorted=True).values[:, -1:].numpy()
    # Everything as good as the last of the best, a few more where there are ties at the cut.
    users, items = np.nonzero(open_ >= cut)
    order = np.lexsort((items, -open_[users, items], users))
    first = np.searchsorted(users[order], np.arange(len(open_)))
    return items[order][first[:, None] + np.arange(k)]


def hits(top: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """bool [n_users, k]: which ranked items are wanted, empty places (-1) not; `wanted` is bool
    [n_users, n_items]."""
    return np.take_along_axis(wanted, top, axis=1) & (top >= 0)


def sparse_hits(top: np.ndarray, wanted: sparse.csr_matrix) -> np.ndarray:
    """`hits` where `wanted` is bool CSR of so many users that it is looked at in blocks."""
    blocks = (slice(a, a + _USERS_AT_ONCE) for a in range(0, len(top), _USERS_AT_ONCE))
    return np.concatenate([hits(top[block], wanted[block].toarray()) for block in blocks])


def hit_rate(hit: np.ndarray) -> np.ndarray:
    """float64 [n_users]: 1 where anything wanted is in the list."""
    return np.asarray(hit.any(axis=1), dtype=np.float64)


def precision(hit: np.ndarray) -> np.ndarray:
    """float64 [n_users]: share of the list that is wanted."""
    return np.asarray(hit.mean(axis=1))


def recall(hit: np.ndarray, n_wanted: np.ndarray) -> np.ndarray:
    """float64 [n_users]: share of the wanted items that are in the list."""
    return hit.sum(axis=1) / np.maximum(n_wanted, 1)


def ndcg(hit: np.ndarray, n_wanted: np.ndarray) -> np.ndarray:
    """float64 [n_users]: binary NDCG (Jarvelin and Kekalainen 2002), 1 / log2(1 + rank)."""
    gains = 1.0 / np.log2(np.arange(2, hit.shape[1] + 2))
    best = np.concatenate(([0.0], np.cumsum(gains)))[np.minimum(n_wanted, hit.shape[1])]
    return (hit @ gains) / np.maximum(best, 1e-12)


def reciprocal_rank(hit: np.ndarray) -> np.ndarray:
    """float64 [n_users]: 1 / rank of the first wanted item, 0 where none is in the list."""
    return np.where(hit.any(axis=1), 1.0 / (1.0 + hit.argmax(axis=1)), 0.0)


def average_precision(hit: np.ndarray, n_wanted: np.ndarray) -> np.ndarray:
    """float64 [n_users]: the mean, over all that is wanted, of the precision where it stands."""
    precision_there = np.cumsum(hit, axis=1) / np.arange(1, hit.shape[1] + 1)
    return (precision_there * hit).sum(axis=1) / np.maximum(n_wanted, 1)


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """The chance that a positive is scored above a negative, ties half (Mann and Whitney 1947);
    NaN when there are none of either. `labels` are bool [n]."""
    n_positive = int(labels.sum())
    n_negative = len(labels) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2.0
    wins = rank[place][labels].sum() - n_positive * (n_positive + 1) / 2.0
    return float(wins / (n_positive * n_negative))


def user_auc(scores: np.ndarray, labels: np.ndarray, users: np.ndarray) -> tuple[float, float]:
    """(uAUC, gAUC): the mean over users of their own AUC, plain and weighted by how many cases
    each has; users with only one kind of label are left out, and both are NaN when all are."""
    order = np.argsort(users, kind="stable")
    cuts = np.flatnonzero(np.diff(users[order])) + 1
    groups = np.split(order, cuts)
    own = np.array([auc(scores[g], labels[g]) for g in groups])
    size = np.array([len(g) for g in groups], dtype=np.float64)
    told = np.isfinite(own)
    if not told.any():
        return float("nan"), float("nan")
    return float(own[told].mean()), float(np.average(own[told], weights=size[told]))


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log likelihood of bool [n] labels, from logits."""
    return float(np.mean(np.logaddexp(0.0, np.where(labels, -logits, logits))))


def paired_interval(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Mean difference over the same users, with its 95 % bootstrap interval."""
    return float((ours - theirs).mean()), interval(ours - theirs)


def interval(values: np.ndarray, seed: int = 0, draws: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over users."""
    rng = np.random.default_rng(seed)
    # A draw at a time: all at once would take gigabytes for a hundred thousand values.
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(draws)]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def joint_intervals(values: np.ndarray, seed: int = 0, draws: int = 2000) -> np.ndarray:
    """float64 [m, 2]: bootstrap intervals of the means over users of float [n_users, m], so wide
    that all of them hold together in 95 % (single-step max-t; Westfall & Young 1993): whoever looks
    for the largest of many means finds it by chance too."""
    n, rng = len(values), np.random.default_rng(seed)
    taken = (np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(draws))
    means = np.stack([times @ values / n for times in taken])
    centre, spread = values.mean(axis=0), means.std(axis=0)
    furthest = (np.abs(means - centre) / np.maximum(spread, 1e-12)).max(axis=1)
    reach = float(np.quantile(furthest, 0.95)) * spread
    return np.stack([centre - reach, centre + reach], axis=1)
