"""`Catalog`: the items that can be recommended, in a fixed order, looked up by id."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from classic.data.item import ATTRIBUTES, Item
from classic.errors import BadInput, UnknownItem


@dataclass(frozen=True, eq=False)
class Catalog:
    """An immutable list of items. Row `i` of every item matrix is `items[i]`.

    Raises `BadInput` when two items share an id.
    """

    name: str
    items: tuple[Item, ...]
    domain: str = "film"
    terms: str = ""

    def __post_init__(self) -> None:
        if len(self._rows) != len(self.items):
            seen: set[str] = set()
            twice = next(i for i in self.ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
            raise BadInput(
                f"catalogue {self.name!r} has the id {twice!r} twice: ids must be unique"
            )

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._rows

    def __getitem__(self, item_id: str) -> Item:
        return self.items[self.row(item_id)]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(item.item_id for item in self.items)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.ids)}

    def row(self, item_id: str) -> int:
        """The row of an item. Raises `UnknownItem`."""
        try:
            return self._rows[item_id]
        except KeyError:
            raise UnknownItem(item_id, self.name) from None

    def rows(self, item_ids: Iterable[str]) -> np.ndarray:
        """int64 [n]: the rows of the ids, in their order. Raises `UnknownItem`."""
        return np.array([self.row(item_id) for item_id in item_ids], dtype=np.int64)

    @cached_property
    def attributes(self) -> np.ndarray:
        """float64 [n_items, len(ATTRIBUTES)] in 0..1, NaN where unknown.

        `age` and `length` are ranks within the catalogue (newest 0, longest 1), so that one step
        means as much among silent films as among last year's; judged values are scaled from 1..5.
        """
        columns = [_rank([-i.year if i.year else np.nan for i in self.items])]
        columns.append(_rank([i.runtime or np.nan for i in self.items]))
        for name in ATTRIBUTES[2:]:
            judged = np.array([i.attributes.get(name, np.nan) for i in self.items], dtype=float)
            columns.append((judged - 1.0) / 4.0)
        return np.stack(columns, axis=1)


def _rank(values: list[float]) -> np.ndarray:
    """Average ranks scaled to 0..1; ties share a rank, NaN stays NaN."""
    array = np.array(values, dtype=float)
    known = ~np.isnan(array)
    ranks = np.full(len(array), np.nan)
    if known.any():
        _, inverse, counts = np.unique(array[known], return_inverse=True, return_counts=True)
        average = np.cumsum(counts) - (counts + 1) / 2.0
        ranks[known] = average[inverse] / max(known.sum() - 1, 1)
    return ranks


UNKNOWN = Catalog("unknown items", ())
"""For data that tells who met what, and nothing of the items."""
