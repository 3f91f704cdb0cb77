"""cornac's side of the race."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from cornac.data import Dataset
from cornac.models import EASE, WMF, ItemKNN

from benchmarks.peers.exchange import Train, compete

_MODELS = {"item-knn": ItemKNN, "ease": EASE, "ials": WMF}


class Cornac:
    """It ranks one person at a time: `rank` with a `k` sorts no more than it must."""

    def __init__(self, train: Train, model: str, settings: Mapping[str, Any]) -> None:
        self.data = Dataset(
            num_users=train.n_users,
            num_items=train.n_items,
            uid_map={code: code for code in range(train.n_users)},
            iid_map={code: code for code in range(train.n_items)},
            uir_tuple=(train.users, train.items, np.ones(len(train.users))),
        )
        self.seen = self.data.matrix  # made when it is first asked for: here
        self.model = _MODELS[model](verbose=False, **settings)

    def fit(self) -> None:
        self.model.fit(self.data)

    def recommend(self, k: int) -> np.ndarray:
        n_users, n_items = self.seen.shape
        top = np.full((n_users, k), -1, dtype=np.int64)
        for user in range(n_users):
            unseen = np.ones(n_items, dtype=bool)
            unseen[self.seen.indices[self.seen.indptr[user] : self.seen.indptr[user + 1]]] = False
            open_ = np.flatnonzero(unseen)
            n = min(k, len(open_))
            top[user, :n] = self.model.rank(user, open_, k=n)[0][:n]
        return top

    def codes(self, found: np.ndarray) -> np.ndarray:
        return found


if __name__ == "__main__":
    compete(Cornac)
