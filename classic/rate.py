"""Predicting stars: the item's shrunk mean, moved by what the person thought of its neighbours."""

from dataclasses import dataclass

import numpy as np

from classic.data.interactions import History
from classic.retrieve.item_item import ItemItem

_STARS_PER_WEIGHT = 1.0
_LEAST, _MOST = 0.5, 5.0


@dataclass(frozen=True)
class Predicted:
    """Stars of 5 with the range that two in three real ratings of the item fall into."""

    stars: float
    low: float
    high: float
    basis: str


@dataclass(frozen=True, eq=False)
class RatingModel:
    """`means`, `spreads` (float [n_items], stars, NaN where nobody rated) and the neighbours."""

    item_ids: tuple[str, ...]
    means: np.ndarray
    spreads: np.ndarray
    neighbours: ItemItem

    def predict(self, history: History, item_id: str) -> Predicted | None:
        """`None` when nobody rated the item. A like weighs like one star above the mean."""
        if item_id not in self.item_ids:
            return None
        row = self.item_ids.index(item_id)
        if not np.isfinite(self.means[row]):
            return None
        rows, weights = self.neighbours.known(history)
        pull = np.clip(self.neighbours.weights[rows, row].toarray().ravel(), 0.0, None)
        lean = float(pull @ weights / (pull.sum() + 0.1)) if len(rows) else 0.0
        stars = float(np.clip(self.means[row] + lean * _STARS_PER_WEIGHT, _LEAST, _MOST))
        spread = float(self.spreads[row])
        near = int(np.count_nonzero(pull))
        basis = f"its average rating and {near} of your films near it" if near else "its average"
        return Predicted(stars, max(_LEAST, stars - spread), min(_MOST, stars + spread), basis)
