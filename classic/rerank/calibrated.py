"""Genres in the proportions of what a person likes (Steck, RecSys 2018)."""

from collections.abc import Sequence

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.data.interactions import History
from classic.query import Query
from classic.rerank.pool import Reranker, relevance

_SMOOTHING = 0.01


class Calibrated(Reranker):
    """Stage `rerank`: picks, one by one, what gives the largest (1 - d) sum of relevance - d KL(p,
    q~) (eq. 5), p being the genres of the history and q~ those of the list with a hundredth of p
    mixed in (eq. 4); an item's genres share its weight. `query.diversity` is d. Who has said
    nothing has the order by score."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.genres = sorted({genre for item in catalog.items for genre in item.genres})

    def picked(self, query: Query, pool: Candidates, k: int) -> Sequence[int]:
        wanted = self._of_history(query.history)
        if not wanted.any():
            return range(k)
        own = np.stack([self._of_item(i) for i in pool.item_ids])
        relevant, chosen = relevance(pool), list[int]()
        total, gained = np.zeros(len(self.genres)), 0.0
        for place in range(1, k + 1):
            apart = divergence(wanted, (total + own) / place)
            value = (1.0 - query.diversity) * (gained + relevant) - query.diversity * apart
            value[chosen] = -np.inf
            best = int(np.argmax(value))
            chosen.append(best)
            total, gained = total + own[best], gained + relevant[best]
        return chosen

    def _of_history(self, history: History) -> np.ndarray:
        liked = [(i, w) for i, w in zip(history.item_ids, history.weights, strict=True) if w > 0]
        parts = [w * self._of_item(i) for i, w in liked if i in self.catalog]
        total = np.sum(parts, axis=0) if parts else np.zeros(len(self.genres))
        return np.asarray(total / max(total.sum(), 1e-12))

    def _of_item(self, item_id: str) -> np.ndarray:
        found = np.zeros(len(self.genres))
        genres = self.catalog[item_id].genres
        for genre in genres:
            found[self.genres.index(genre)] = 1.0 / len(genres)
        return found


def divergence(wanted: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """float64 [n]: KL(p, q~) of float [g] and [n, g] shares."""
    mixed = (1.0 - _SMOOTHING) * listed + _SMOOTHING * wanted
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(wanted > 0, wanted * np.log(wanted / mixed), 0.0)
    return np.asarray(terms.sum(axis=1))
