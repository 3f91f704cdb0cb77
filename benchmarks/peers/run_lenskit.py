"""LensKit's side of the race."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from lenskit.als import ImplicitMFScorer
from lenskit.batch import recommend
from lenskit.data import ItemListCollection, from_interactions_df
from lenskit.knn import EASEScorer, ItemKNNScorer
from lenskit.pipeline import topn_pipeline
from lenskit.training import TrainingOptions

from benchmarks.peers.exchange import Train, compete, listed

_SCORERS = {"item-knn": ItemKNNScorer, "ease": EASEScorer, "ials": ImplicitMFScorer}


class LensKit:
    """How many processes recommend is its own choice: as many as there are cores, up to four."""

    def __init__(self, train: Train, model: str, settings: Mapping[str, Any]) -> None:
        self.n_users = train.n_users
        self.people = np.unique(train.users).tolist()
        frame = pd.DataFrame({"user_id": train.users, "item_id": train.items})
        self.data = from_interactions_df(frame)
        self.pipeline = topn_pipeline(_SCORERS[model](**settings))

    def fit(self) -> None:
        self.pipeline.train(self.data, TrainingOptions(rng=0))

    def recommend(self, k: int) -> ItemListCollection:
        self.k = k
        return recommend(self.pipeline, self.people, n=k)

    def codes(self, found: ItemListCollection) -> np.ndarray:
        return listed(
            {key.user_id: items.ids() for key, items in found.items()}, self.n_users, self.k
        )


if __name__ == "__main__":
    compete(LensKit)
