"""RecTools' side of the race."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel, ImplicitALSWrapperModel, ImplicitItemKNNWrapperModel

from benchmarks.peers.exchange import Train, compete, listed

_MODELS = {
    "item-knn": lambda **own: ImplicitItemKNNWrapperModel(CosineRecommender(**own)),
    "ease": EASEModel,
    "ials": lambda **own: ImplicitALSWrapperModel(AlternatingLeastSquares(**own)),
}


class RecTools:
    def __init__(self, train: Train, model: str, settings: Mapping[str, Any]) -> None:
        self.n_users = train.n_users
        self.people = np.unique(train.users)
        frame = pd.DataFrame({Columns.User: train.users, Columns.Item: train.items})
        frame[Columns.Weight] = 1.0
        frame[Columns.Datetime] = pd.Timestamp(0)
        self.data = Dataset.construct(frame)
        self.model = _MODELS[model](**settings)

    def fit(self) -> None:
        self.model.fit(self.data)

    def recommend(self, k: int) -> pd.DataFrame:
        self.k = k
        return self.model.recommend(self.people, self.data, k, filter_viewed=True)

    def codes(self, found: pd.DataFrame) -> np.ndarray:
        ordered = found.sort_values([Columns.User, Columns.Rank])
        rows = {
            user: group.to_numpy() for user, group in ordered.groupby(Columns.User)[Columns.Item]
        }
        return listed(rows, self.n_users, self.k)


if __name__ == "__main__":
    compete(RecTools)
