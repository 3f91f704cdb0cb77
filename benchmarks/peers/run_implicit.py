"""implicit's side of the race."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender

from benchmarks.peers.exchange import Train, compete

_MODELS = {"item-knn": CosineRecommender, "ials": AlternatingLeastSquares}
_NOTHING = {"item-knn": 0.0, "ials": np.finfo(np.float32).min}
"""The score of what fills a list that is too short: items without a neighbour in the history,
those met among them, and in ALS those met."""


class Implicit:
    def __init__(self, train: Train, model: str, settings: Mapping[str, Any]) -> None:
        self.matrix = train.matrix
        self.nothing = _NOTHING[model]
        self.model = _MODELS[model](**settings)

    def fit(self) -> None:
        self.model.fit(self.matrix, show_progress=False)

    def recommend(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        return self.model.recommend(np.arange(self.matrix.shape[0]), self.matrix, N=k)

    def codes(self, found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        items, scores = found
        return np.where(scores > self.nothing, items, -1)


if __name__ == "__main__":
    compete(Implicit)
