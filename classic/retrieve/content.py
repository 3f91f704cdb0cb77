"""Content-based similarity: what two items share in their fields and in their prose."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from classic.data.catalog import Catalog
from classic.data.histories import Histories
from classic.data.interactions import History
from classic.data.item import Item
from classic.retrieve.recommender import Recommender

FIELD_WEIGHTS = {
    "genre": 1.0,
    "keyword": 1.3,
    "mood": 0.6,
    "director": 1.2,
    "cast": 0.7,
    "decade": 0.4,
    "language": 0.2,
    "field": 0.5,
}
_PROSE_SHARE = 0.45
_COLUMNS = 512


@dataclass(eq=False)
class Content(Recommender):
    """`sim(i, j)` = fields (TF-IDF cosine) and, where there are vectors, prose (cosine).

    `fields` is float64 CSR [n_items, n_features] and `vectors` float32 [n_items, d] or `None`, both
    with unit rows.
    """

    item_ids: tuple[str, ...]
    fields: sparse.csr_matrix
    vectors: np.ndarray | None = None
    name: str = "content"

    @classmethod
    def of(cls, catalog: Catalog, vectors: np.ndarray | None = None) -> "Content":
        return cls(catalog.ids, field_matrix(catalog), vectors)

    def over(self, item_ids: tuple[str, ...]) -> "Content":
        """The same for other items in another order; one that is not known is like nothing."""
        here = np.array([n for n, i in enumerate(item_ids) if i in self._rows], dtype=np.int64)
        there = np.array([self._rows[item_ids[n]] for n in here], dtype=np.int64)
        shape = (len(item_ids), len(self.item_ids))
        pick = sparse.csr_matrix((np.ones(len(here)), (here, there)), shape=shape)
        vectors = None if self.vectors is None else np.asarray(pick @ self.vectors, np.float32)
        return Content(item_ids, sparse.csr_matrix(pick @ self.fields), vectors)

    def similarity(self, rows: np.ndarray, columns: np.ndarray | None = None) -> np.ndarray:
        """float64 [len(rows), n_items or len(columns)] in 0..1, an item with itself 1."""
        others = slice(None) if columns is None else columns
        by_field = (self.fields[rows] @ self.fields[others].T).toarray()
        if self.vectors is None:
            return by_field
        by_prose = np.clip(self.vectors[rows] @ self.vectors[others].T, 0.0, 1.0)
        return (1.0 - _PROSE_SHARE) * by_field + _PROSE_SHARE * by_prose

    @cached_property
    def typical_peak(self) -> float:
        """What "very much alike" is here: the median similarity of an item to its nearest other,
        over at most 200 items spread over the catalogue."""
        rows = np.unique(np.linspace(0, self.n_items - 1, 200).astype(np.int64))
        near = self.similarity(rows)
        near[np.arange(len(rows)), rows] = 0.0
        return float(max(np.median(near.max(axis=1)), 1e-3)) if self.n_items > 1 else 1.0

    def fold_in(self, history: History) -> np.ndarray:
        return self.contributions(history).sum(axis=0)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        met, found = histories.matrix, np.empty((len(histories), len(self.item_ids)))
        everything = np.arange(len(self.item_ids))
        for columns in np.array_split(everything, max(1, len(everything) // _COLUMNS)):
            found[:, columns] = met @ self.similarity(everything, columns)
        return found

    def contributions(self, history: History) -> np.ndarray:
        parts = np.zeros((len(history), len(self.item_ids)))
        places = [n for n, i in enumerate(history.item_ids) if i in self._rows]
        rows, weights = self.known(history)
        if len(rows):
            parts[places] = self.similarity(rows) * weights[:, None]
        return parts

    @cached_property
    def n_items(self) -> int:
        return len(self.item_ids)


def field_matrix(catalog: Catalog) -> sparse.csr_matrix:
    """float64 CSR [n_items, n_features] with unit rows: IDF times the weight of the field."""
    vocabulary: dict[str, int] = {}
    rows, columns, values = [], [], []
    for row, item in enumerate(catalog):
        for kind, value in _features(item):
            feature = vocabulary.setdefault(f"{kind}={value.casefold()}", len(vocabulary))
            rows.append(row)
            columns.append(feature)
            values.append(FIELD_WEIGHTS[kind])
    shape = (len(catalog), max(len(vocabulary), 1))
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float64)
    n_having = np.maximum(np.diff(matrix.tocsc().indptr), 1)
    # A feature of one item alone matches nothing but would take its share of the row's length.
    idf = np.where(n_having > 1, np.log((1 + len(catalog)) / n_having), 0.15)
    matrix = matrix @ sparse.diags(idf)
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1.0 / np.maximum(length, 1e-9)) @ matrix)


def _features(item: Item) -> Iterator[tuple[str, str]]:
    yield from (("genre", g) for g in item.genres)
    yield from (("keyword", k) for k in item.keywords)
    yield from (("mood", m) for m in item.moods)
    yield from (("director", p) for p in item.directors)
    yield from (("cast", p) for p in item.cast)
    yield from (("language", x) for x in item.languages[:1])
    yield from (("field", f"{name}:{value}") for name, value in item.fields.items())
    if item.year:
        yield "decade", f"{item.year // 10 * 10}"
