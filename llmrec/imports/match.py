"""Imported titles as catalogue items, with a review of what is not certain."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from classic.data.catalog import Catalog
from llmrec.imports.parse import ImportedRating, ImportedRatings
from llmrec.linking.normal import key

_YEARS_APART = 1


@dataclass(frozen=True)
class Matched:
    """A row with the items it may be, likeliest first: one is certain, none is unknown."""

    rating: ImportedRating
    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """What to look over before the ratings are kept."""

    source: str
    scale: str
    rows: tuple[Matched, ...]
    skipped: tuple[str, ...]

    @property
    def certain(self) -> tuple[Matched, ...]:
        return tuple(m for m in self.rows if len(m.item_ids) == 1)

    @property
    def ask(self) -> tuple[Matched, ...]:
        return tuple(m for m in self.rows if len(m.item_ids) > 1)

    @property
    def unknown(self) -> tuple[Matched, ...]:
        return tuple(m for m in self.rows if not m.item_ids)

    def accepted(self, choices: Mapping[int, str | None]) -> Iterator[tuple[ImportedRating, str]]:
        """Rows to keep: certain ones unless refused, the others when chosen; the last row of an
        item counts. `choices` maps a row number to an item id, or to `None` to leave it out."""
        kept: dict[str, ImportedRating] = {}
        for matched in self.rows:
            certain = matched.item_ids[0] if len(matched.item_ids) == 1 else None
            chosen = choices.get(matched.rating.row, certain)
            if chosen:
                kept[chosen] = matched.rating
        yield from ((rating, item_id) for item_id, rating in kept.items())


def match(imported: ImportedRatings, catalog: Catalog) -> Review:
    """Every row with the items of its title; the year, where given, has to be within one."""
    by_title: dict[str, list[str]] = defaultdict(list)
    for item in catalog:
        for name in dict.fromkeys(map(key, (item.title, *item.aliases))):
            by_title[name].append(item.item_id)
    rows = tuple(Matched(r, _fitting(r, by_title, catalog)) for r in imported.ratings)
    return Review(imported.source, imported.scale, rows, imported.skipped)


def _fitting(
    rating: ImportedRating, by_title: Mapping[str, list[str]], catalog: Catalog
) -> tuple[str, ...]:
    ids = by_title.get(key(rating.title), [])
    if rating.year is None:
        return tuple(ids)
    apart = {i: abs((catalog[i].year or 0) - rating.year) for i in ids}
    near = sorted((i for i in ids if apart[i] <= _YEARS_APART), key=lambda i: apart[i])
    return tuple(near[:1] if near and apart[near[0]] == 0 else near)
