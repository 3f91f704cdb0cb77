"""Every name that an item goes by, looked up by its normal form."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from classic.data.catalog import Catalog
from classic.data.item import Item
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import key, tokens

LONGEST = 12
"""Tokens of the longest name that is looked for."""
_SUBTITLE = re.compile(r"\s*(?::| - )\s+")
_FUZZY_FROM = 6
_MORE_LETTERS = (_FUZZY_FROM, 11, 13)
"""Lengths from which one, two, three letters may be wrong."""
_NUMBERS = re.compile(r"\d+")


@dataclass
class TitleIndex:
    """`exact[key]` lists item ids; `fuzzy` finds keys at a small edit distance."""

    exact: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _by_gram: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog) -> "TitleIndex":
        strong: dict[str, list[str]] = defaultdict(list)
        weak: dict[str, list[str]] = defaultdict(list)
        for item in catalog:
            for name in (item.title, *item.aliases):
                strong[key(name)].append(item.item_id)
            for name in _short_names(item):
                weak[key(name)].append(item.item_id)
        for name, ids in weak.items():
            if name not in strong and len(set(ids)) == 1:
                strong[name] = ids
        index = cls({name: tuple(dict.fromkeys(ids)) for name, ids in strong.items() if name})
        index._by_gram = index._grams()
        return index

    def _grams(self) -> dict[tuple[str, int], list[str]]:
        """Keys by the ends of their words and by their own length."""
        by_gram: dict[tuple[str, int], list[str]] = defaultdict(list)
        for name in self.exact:
            if len(name) >= _FUZZY_FROM:
                for gram in _edges(name):
                    by_gram[gram, len(name)].append(name)
        return dict(by_gram)

    def fuzzy(self, name: str) -> str | None:
        """The one key that a misspelt name must mean; longer names may differ by more letters.

        Numbers are never misspelt into other numbers, and a tie finds nothing.
        """
        allowed = sum(len(name) >= enough for enough in _MORE_LETTERS)
        if not allowed:
            return None
        lengths = range(len(name) - allowed, len(name) + allowed + 1)
        near = {
            other
            for gram in _edges(name)
            for length in lengths
            for other in self._by_gram.get((gram, length), ())
        }
        close = process.extract(name, list(near), scorer=fuzz.ratio, limit=5, score_cutoff=70)
        ranked = sorted(
            (DamerauLevenshtein.distance(name, other, score_cutoff=allowed), other)
            for other, _, _ in close
            if _NUMBERS.findall(other) == _NUMBERS.findall(name) and _word_by_word(name, other)
        )
        good = [(d, other) for d, other in ranked if d <= allowed]
        if not good or (len(good) > 1 and good[0][0] == good[1][0]):
            return None
        return good[0][1]


def _word_by_word(name: str, other: str) -> bool:
    """Whether no single word is changed beyond recognition; words may be run together."""
    ours, theirs = name.split(), other.split()
    if len(ours) != len(theirs):
        return "".join(ours) == "".join(theirs)
    return all(
        DamerauLevenshtein.distance(a, b) <= max(1, len(b) // 4)
        for a, b in zip(ours, theirs, strict=True)
    )


def _edges(name: str) -> set[str]:
    """What a misspelt name still shares: its first letters, or the ends of one of its words."""
    return {"^" + name[:4]} | {
        gram for word in name.split() if len(word) > 3 for gram in (word[:3], "~" + word[-3:])
    }


def _short_names(item: Item) -> list[str]:
    """Names that code can make: the parts around a colon, of a single word only the first and only
    a rare one, and an acronym of four words or more."""
    parts = _SUBTITLE.split(item.title)
    names = [p for p in parts if len(tokens(p)) > 1] if len(parts) > 1 else []
    if len(parts) > 1 and len(parts[0]) > 4 and key(parts[0]) not in COMMON:
        names.append(parts[0])
    words = item.title.split()
    if len(words) >= 4:
        names.append("".join(w[0] for w in words if w[0].isalnum()))
    return names
