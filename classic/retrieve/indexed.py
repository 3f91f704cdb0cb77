"""Recommending from an `Index`: what a model of factors says, without a score for every item."""

from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np

from classic.candidates import Candidates
from classic.data.interactions import History
from classic.retrieve.index import Index, index_of


@runtime_checkable
class Factored(Protocol):
    """A model whose scores are products of a person's vector with those of the items, as those of
    iALS, Item2Vec, the two towers, YouTube's net and every sequence model are."""

    name: str
    item_ids: tuple[str, ...]

    @property
    def factors(self) -> np.ndarray:
        """float [n_items, d]."""

    def represent(self, history: History) -> np.ndarray:
        """float [d]: the vector of a person, zeros where nothing is known of them."""

    def known(self, history: History) -> tuple[np.ndarray, np.ndarray]:
        """(rows int64 [h], weights float64 [h]) of the history's items that the model knows."""


@dataclass(frozen=True, eq=False)
class Indexed:
    """The model's own lists, as far as the index finds them; its scores in single precision."""

    model: Factored
    index: Index

    @classmethod
    def of(cls, model: Factored) -> Self:
        return cls(model, index_of(model.factors))

    def recommend(
        self, history: History, k: int = 10, *, mask: np.ndarray | None = None
    ) -> Candidates:
        """The best `k` items that are not in the history; `mask` is bool [n_items]."""
        n_items = len(self.model.item_ids)
        unseen = np.ones(n_items, dtype=bool) if mask is None else mask.copy()
        unseen[self.model.known(history)[0]] = False
        k = min(k, int(unseen.sum()))
        person = self.model.represent(history)[None]
        asked = max(1, k + len(history))
        rows, scores = self._inside(unseen, person, asked)
        while len(rows) < k:
            # The mask hides most of what is near: look further, in the end at everything.
            asked *= 4
            rows, scores = self._inside(unseen, person, asked)
        return self._candidates(rows[:k], scores[:k])

    def _inside(
        self, unseen: np.ndarray, person: np.ndarray, asked: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """(rows int64, scores float32) of those among the best `asked` that are unseen."""
        rows, scores = (found[0] for found in self.index.search(person, asked))
        kept = unseen[rows]
        return rows[kept], scores[kept]

    def _candidates(self, rows: np.ndarray, scores: np.ndarray) -> Candidates:
        return Candidates(
            tuple(self.model.item_ids[row] for row in rows),
            scores.astype(np.float64),
            tuple({self.model.name: float(score)} for score in scores),
        )
