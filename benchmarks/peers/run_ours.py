"""Our side of the race.

torch, which ranking imports when it is first asked, is imported here: nobody's imports are timed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch  # noqa: F401

from benchmarks.peers.exchange import Train, compete
from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn

_MODELS = {
    "item-knn": (fit_item_knn, ItemKnnConfig),
    "ease": (fit_ease, EaseConfig),
    "ials": (fit_ials, IalsConfig),
}


class Ours:
    def __init__(self, train: Train, model: str, settings: Mapping[str, Any]) -> None:
        self.data = Interactions(
            train.users,
            train.items,
            tuple(map(str, range(train.n_users))),
            tuple(map(str, range(train.n_items))),
        )
        self.histories = histories_of(self.data)
        self._fit, config = _MODELS[model]
        self.config = config(**settings)
        assert self.data.matrix.shape  # made here, as that of the others is

    def fit(self) -> None:
        self.model = self._fit(self.data, self.config)

    def recommend(self, k: int) -> np.ndarray:
        return self.model.recommend_rows(self.histories, k)

    def codes(self, found: np.ndarray) -> np.ndarray:
        return found


if __name__ == "__main__":
    compete(Ours)
