"""What lists are like beyond being right: how much of the catalogue they show, and how alike their
items are. Each takes `top`, int64 [n_users, k] rows of items."""

from collections.abc import Callable

import numpy as np

from classic.evaluate.full_ranking import FullRanking
from classic.retrieve.recommender import Recommender

Similarity = Callable[[np.ndarray], np.ndarray]
"""float [k, k] of the items at k rows."""


def coverage(top: np.ndarray, n_items: int) -> float:
    """Share of the catalogue that anybody is shown."""
    return len(np.unique(top)) / n_items


def gini(top: np.ndarray, n_items: int) -> float:
    """0 when every item is shown equally often, towards 1 when few take all the places."""
    shown = np.sort(np.bincount(top.ravel(), minlength=n_items)).astype(np.float64)
    place = 2.0 * np.arange(1, n_items + 1) - n_items - 1.0
    return float(place @ shown / (n_items * shown.sum()))


def novelty(top: np.ndarray, counts: np.ndarray, n_users: int) -> np.ndarray:
    """float64 [n_users]: mean self-information of the items in bits, -log2 of the share of people
    who met each (Zhou et al. 2010); an item that nobody met counts as met by one."""
    share = np.maximum(counts, 1.0) / n_users
    return np.asarray(-np.log2(share)[top].mean(axis=1))


def popularity_lift(top: np.ndarray, counts: np.ndarray, history: np.ndarray) -> np.ndarray:
    """float64 [n_users]: how much more popular the list is than the person's own items, as a share
    of the latter (Abdollahpouri et al. 2020). `history` is float [n_users], the mean popularity of
    what each met."""
    return np.asarray((counts[top].mean(axis=1) - history) / np.maximum(history, 1e-12))


def intra_list_diversity(top: np.ndarray, similarity: Similarity) -> np.ndarray:
    """float64 [n_users]: mean of 1 - similarity over the pairs of each list."""
    first, second = np.triu_indices(top.shape[1], 1)
    return np.array([1.0 - similarity(rows)[first, second].mean() for rows in top])


def beyond_accuracy(protocol: FullRanking, model: Recommender, k: int = 10) -> dict[str, float]:
    """Everything above by name, on average over who is asked."""
    return beyond_lists(protocol, protocol.ranked(model, k))


def beyond_lists(protocol: FullRanking, lists: np.ndarray) -> dict[str, float]:
    """The same of lists, int64 [n_users, k], whoever made them. How alike two items are is the
    cosine of who met them in training."""
    top = lists[protocol.asked]
    met, train = protocol.given.matrix[protocol.asked], protocol.train
    counts = np.bincount(train.items, minlength=train.n_items).astype(np.float64)
    own = (met != 0).astype(np.float64)
    typical = (own @ counts) / np.maximum(np.asarray(own.sum(axis=1)).ravel(), 1.0)
    columns = train.matrix.T.tocsr()
    length = np.sqrt(np.maximum(counts, 1.0))

    def alike(rows: np.ndarray) -> np.ndarray:
        both = (columns[rows] @ columns[rows].T).toarray()
        return np.asarray(both / np.outer(length[rows], length[rows]))

    warm = typical > 0
    return {
        "coverage": coverage(top, train.n_items),
        "gini": gini(top, train.n_items),
        "novelty": float(novelty(top, counts, train.n_users).mean()),
        "popularity lift": float(popularity_lift(top, counts, typical)[warm].mean())
        if warm.any()
        else 0.0,
        "diversity": float(intra_list_diversity(top, alike).mean()),
    }
