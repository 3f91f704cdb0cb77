"""`KeywordIndex`: which items of a catalogue are about a term, and which only speak of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from classic.data.catalog import Catalog
from classic.text import Stems, stems


@dataclass(frozen=True, eq=False)
class KeywordIndex:
    """The keywords of a catalogue by their stems. Made once per catalogue."""

    catalog: Catalog

    @cached_property
    def keywords(self) -> dict[Stems, str]:
        """Every keyword as it is written, by its stems."""
        return {stems(k): k for item in self.catalog for k in item.keywords if stems(k)}

    @cached_property
    def _rows(self) -> dict[Stems, list[int]]:
        """Rows whose keywords have these stems side by side."""
        rows: dict[Stems, list[int]] = defaultdict(list)
        for row, item in enumerate(self.catalog):
            for part in {p for k in item.keywords for p in _runs(stems(k))}:
                rows[part].append(row)
        return dict(rows)

    @cached_property
    def _prose(self) -> dict[str, list[int]]:
        """Rows whose title or description has a stem."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(self.catalog):
            for stem in set(stems(f"{item.title} {item.text}")):
                rows[stem].append(row)
        return dict(rows)

    @cached_property
    def topics(self) -> frozenset[Stems]:
        """Parts that several keywords have in common: `shark` of `shark attack` and `sharks`."""
        parts = Counter(part for keyword in self.keywords for part in set(_runs(keyword)))
        return frozenset(part for part, count in parts.items() if count > 1)

    def about(self, term: str) -> np.ndarray:
        """int64 rows of the items that have a keyword with the term in it."""
        return np.array(self._rows.get(stems(term), []), dtype=np.int64)

    def mentioning(self, term: str) -> np.ndarray:
        """int64 rows of the items that are about the term, or whose title or description has
        every word of it."""
        found = [set(self._prose.get(stem, ())) for stem in stems(term)]
        spoken = set.intersection(*found) if found else set()
        return np.array(sorted(spoken.union(self._rows.get(stems(term), ()))), dtype=np.int64)


def runs_in(term: str, keyword: str) -> bool:
    """Whether the words of the term stand side by side in the keyword."""
    return stems(term) in _runs(stems(keyword))


def _runs(words: Stems) -> list[Stems]:
    """All runs of neighbouring words."""
    return [words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1)]


@lru_cache(maxsize=8)
def keyword_index(catalog: Catalog) -> KeywordIndex:
    return KeywordIndex(catalog)
