"""Hard constraints as a mask over a catalogue: code decides, never a prompt."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from classic.data.catalog import Catalog
from classic.data.item import ATTRIBUTES, AUDIENCES
from classic.keywords import keyword_index
from classic.query import Constraints, Query
from classic.text import fold

# Catalogues file films for children under one, the other, or both: who asks for a family film is
# served by either.
_COVERS = {"family": ("family", "children"), "children": ("children", "family")}


@dataclass(frozen=True, eq=False)
class FilterColumns:
    """The columns that limits are checked against, one row per item, made once per catalogue."""

    catalog: Catalog

    @cached_property
    def year(self) -> np.ndarray:
        """float64 [n_items], NaN where unknown."""
        return np.array([i.year or np.nan for i in self.catalog], dtype=float)

    @cached_property
    def runtime(self) -> np.ndarray:
        """Minutes, float64 [n_items], NaN where unknown."""
        return np.array([i.runtime or np.nan for i in self.catalog], dtype=float)

    @cached_property
    def audience(self) -> np.ndarray:
        """Place in `AUDIENCES`, NaN where unknown, so that an unrated item fails a limit."""
        places = {name: float(n) for n, name in enumerate(AUDIENCES)}
        return np.array([places.get(i.audience or "", np.nan) for i in self.catalog])

    @cached_property
    def genres(self) -> dict[str, np.ndarray]:
        return self._inverted(lambda row: self.catalog.items[row].genres)

    @cached_property
    def people(self) -> dict[str, np.ndarray]:
        return self._inverted(lambda row: self.catalog.items[row].people)

    @cached_property
    def languages(self) -> dict[str, np.ndarray]:
        """By the main language, the first: a few lines of it do not make a film in Spanish."""
        return self._inverted(lambda row: self.catalog.items[row].languages[:1])

    @cached_property
    def countries(self) -> dict[str, np.ndarray]:
        """By the main country, the first: a co-production is not "a French film" for its money."""
        return self._inverted(lambda row: self.catalog.items[row].countries[:1])

    def _inverted(self, values: Callable[[int], tuple[str, ...]]) -> dict[str, np.ndarray]:
        """Folded value -> rows of the items that have it."""
        rows: dict[str, list[int]] = {}
        for row in range(len(self.catalog)):
            for value in values(row):
                rows.setdefault(fold(value), []).append(row)
        return {value: np.array(found, dtype=np.int64) for value, found in rows.items()}


@lru_cache(maxsize=8)
def filter_columns(catalog: Catalog) -> FilterColumns:
    return FilterColumns(catalog)


def _having(column: dict[str, np.ndarray], values: tuple[str, ...], n: int) -> np.ndarray:
    """bool [n]: items that have any of the values."""
    mask = np.zeros(n, dtype=bool)
    for value in values:
        mask[column.get(value, np.empty(0, dtype=np.int64))] = True
    return mask


def allowed(catalog: Catalog, constraints: Constraints) -> np.ndarray:
    """bool [n_items]: the items that satisfy every limit. What is unknown of an item fails the
    limit on it: nobody who asks for at most 90 minutes wants to find out."""
    columns, n = filter_columns(catalog), len(catalog)
    mask = np.ones(n, dtype=bool)
    for genre in map(fold, constraints.genres):
        mask &= _having(columns.genres, _COVERS.get(genre, (genre,)), n)
    for person in map(fold, constraints.people):
        mask &= _having(columns.people, (person,), n)
    if constraints.not_genres:
        mask &= ~_having(columns.genres, tuple(map(fold, constraints.not_genres)), n)
    if constraints.not_people:
        mask &= ~_having(columns.people, tuple(map(fold, constraints.not_people)), n)
    if constraints.not_countries:
        mask &= ~_having(columns.countries, tuple(map(fold, constraints.not_countries)), n)
    for term in constraints.not_keywords:
        mask[keyword_index(catalog).mentioning(term)] = False
    if constraints.languages:
        mask &= _having(columns.languages, tuple(map(fold, constraints.languages)), n)
    if constraints.countries:
        mask &= _having(columns.countries, tuple(map(fold, constraints.countries)), n)
    if constraints.year_min is not None:
        mask &= columns.year >= constraints.year_min
    if constraints.year_max is not None:
        mask &= columns.year <= constraints.year_max
    if constraints.runtime_max is not None:
        mask &= columns.runtime <= constraints.runtime_max
    if constraints.audience_max is not None:
        mask &= columns.audience <= AUDIENCES.index(constraints.audience_max)
    excluded = [catalog.row(i) for i in constraints.exclude if i in catalog]
    mask[excluded] = False
    return mask


MEASURED = ("age", "length")
"""Attributes that are facts: an older film is no answer to "newer"."""


def in_direction(catalog: Catalog, query: Query, mask: np.ndarray) -> np.ndarray:
    """bool [n_items]: what is left of `mask` when every move along a measured attribute has to go
    the way that was asked, from the mean of the reference; a move that would leave fewer than
    `query.k` items is left to the ranker alone."""
    reference = catalog.rows(i for i in query.reference if i in catalog)
    for attribute in MEASURED:
        step = query.moves.get(attribute, 0.0)
        if not step or not len(reference):
            continue
        column = catalog.attributes[:, ATTRIBUTES.index(attribute)]
        moved = mask & (np.nan_to_num(column - np.nanmean(column[reference])) * step > 0)
        if moved.sum() >= query.k:
            mask = moved
    return mask
