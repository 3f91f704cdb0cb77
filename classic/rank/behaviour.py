"""What behaviour says in the hybrid's scale: about 1 for what it recommends most, below 0 for what
it advises against, split over the items of the history that it says it for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from classic.data.catalog import Catalog
from classic.data.interactions import History
from classic.retrieve.indexed import Factored, Indexed
from classic.retrieve.item_item import ItemItem
from classic.retrieve.recommender import Recommender, top_k

_LEAST, _MOST = -0.5, 1.0
Part = tuple[str, np.ndarray]
"""A source, as in `neighbour:film-heat`, and float [n]: what it adds to each item."""


class Behaviour(ABC):
    """`warm` is bool [n_items of the catalogue]: the items that behaviour knows."""

    warm: np.ndarray

    @abstractmethod
    def pulls(self, history: History, rows: np.ndarray) -> Iterator[Part]:
        """For each known item of the history, what it adds to the items at `rows`. Each speaks with
        1 at the most, so that the whole grows with the history."""

    @abstractmethod
    def near(self, row: int, rows: np.ndarray) -> np.ndarray:
        """float [n]: how much liking one item says for others."""

    @abstractmethod
    def best(self, history: History, k: int, mask: np.ndarray) -> np.ndarray:
        """int64 [<=k]: rows of the catalogue to retrieve, inside the bool [n_items] `mask`; none
        where nothing is known of the person."""


class Neighbouring(Behaviour):
    """Item-item weights that have the catalogue's rows, each against its item's best neighbour."""

    def __init__(self, model: ItemItem) -> None:
        self.model = model
        self.warm = np.diff(model.weights.indptr) > 0
        self.peaks = _peaks(model)
        self.rows = {item_id: row for row, item_id in enumerate(model.item_ids)}

    def pulls(self, history: History, rows: np.ndarray) -> Iterator[Part]:
        for item_id, weight in zip(history.item_ids, history.weights, strict=True):
            here = self.rows.get(item_id)
            if here is not None and weight and self.warm[here]:
                yield f"neighbour:{item_id}", weight * self.near(here, rows)

    def near(self, row: int, rows: np.ndarray) -> np.ndarray:
        pull = self.model.weights[[row]].toarray()[0][rows] / self.peaks[row]
        return np.clip(pull, _LEAST, _MOST)

    def best(self, history: History, k: int, mask: np.ndarray) -> np.ndarray:
        scores = self.model.fold_in(history)
        return top_k(scores, k, mask if np.any(scores) else np.zeros_like(mask))


class Modelled(Behaviour):
    """Any recommender. An item of the history is told by what the score loses without it; where
    the model is not a sum, what is left over stands by itself as `model:`. What it retrieves comes
    through an index where its scores are products of vectors."""

    def __init__(self, model: Recommender, catalog: Catalog) -> None:
        self.model = model
        self.retriever = Indexed.of(model) if isinstance(model, Factored) else model
        known = [(catalog.row(i), n) for n, i in enumerate(model.item_ids) if i in catalog]
        self.here, self.there = np.array(known, dtype=np.int64).reshape(-1, 2).T
        self.warm = np.zeros(len(catalog), dtype=bool)
        self.warm[self.here] = True
        self.ids, self.rows = catalog.ids, {catalog.ids[row]: row for row, _ in known}
        self._split = lru_cache(maxsize=32)(self._split_of)

    def pulls(self, history: History, rows: np.ndarray) -> Iterator[Part]:
        said = enumerate(zip(history.item_ids, history.weights, strict=True))
        places = [place for place, (item_id, weight) in said if weight and item_id in self.rows]
        if not places:
            return
        whole, parts = self._split(history)
        for place in places:
            yield f"model:{history.item_ids[place]}", len(places) * parts[place][rows]
        yield "model:", len(places) * (whole - parts[places].sum(axis=0))[rows]

    def near(self, row: int, rows: np.ndarray) -> np.ndarray:
        whole: np.ndarray = self._split(History.of(self.ids[row]))[0]
        return whole[rows]

    def best(self, history: History, k: int, mask: np.ndarray) -> np.ndarray:
        inside = np.zeros(len(self.model.item_ids), dtype=bool)
        inside[self.there] = mask[self.here]
        found = self.retriever.recommend(history, k, mask=inside)
        said = found.item_ids if np.any(found.scores) else ()
        return np.array([self.rows[i] for i in said], dtype=np.int64)

    def _split_of(self, history: History) -> tuple[np.ndarray, np.ndarray]:
        """float [n_items]: the score from the middle item's 0 to the best new one's 1; and
        [len(history), n_items]: what each item of the history has in it."""
        scores = self.model.fold_in(history)
        met = set(history.item_ids)
        new = np.array([i not in met for i in self.model.item_ids])
        middle = float(np.median(scores))
        scale = max(float(scores[new].max()) - middle, 1e-12) if new.any() else 1.0
        whole, parts = np.zeros(len(self.ids)), np.zeros((len(history), len(self.ids)))
        whole[self.here] = np.clip((scores - middle) / scale, _LEAST, _MOST)[self.there]
        split = self.model.contributions(history) / scale
        parts[:, self.here] = np.clip(split, _LEAST, _MOST)[:, self.there]
        return whole, parts


def _peaks(model: ItemItem) -> np.ndarray:
    """float64 [n_items]: the strongest neighbour of each item, at least the median of them all, so
    that an item that few people know does not shout."""
    peaks = np.asarray(model.weights.max(axis=1).todense()).ravel()
    typical = np.median(peaks[peaks > 0]) if np.any(peaks > 0) else 1.0
    return np.maximum(peaks, typical)
