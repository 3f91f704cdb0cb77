"""Popularity: what most people liked, for everybody alike. The row every other has to beat."""

from dataclasses import dataclass

import numpy as np

from classic.data.histories import Histories
from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import Recommender


@dataclass(eq=False)
class Popularity(Recommender):
    """`counts` is float64 [n_items]; a history changes nothing but what is left out."""

    item_ids: tuple[str, ...]
    counts: np.ndarray
    name: str = "popularity"

    def fold_in(self, history: History) -> np.ndarray:
        return self.counts.copy()

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return np.tile(self.counts, (len(histories), 1))

    def contributions(self, history: History) -> np.ndarray:
        """No item of a history adds anything: the score belongs to the crowd."""
        return np.zeros((len(history), len(self.item_ids)))


def fit_popularity(interactions: Interactions) -> Popularity:
    counts = np.bincount(interactions.items, minlength=interactions.n_items).astype(np.float64)
    return Popularity(interactions.item_ids, counts)
