"""`Line` and `Dialogue`: what two people said to each other, and the items that they named."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Literal, Self

Role = Literal["seeker", "recommender"]
_YEAR = re.compile(r"\(\d{4}\)")
_START = re.compile(r"(?<!\w)\S")


@dataclass(frozen=True, slots=True)
class Line:
    """`words[0]`, the item `named[0]`, `words[1]`, `named[1]` and so on: one more piece of text
    than there are items."""

    by: Role
    words: tuple[str, ...]
    named: tuple[str, ...] = ()

    def told(self, titles: Sequence[str]) -> str:
        """The line with these in the places of its items."""
        return "".join(chain.from_iterable(zip_longest(self.words, titles, fillvalue="")))

    def renamed(self, names: Sequence[str]) -> Self:
        """The same with other names for its items."""
        return replace(self, named=tuple(names))


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`lines` in the order in which they were said."""

    dialogue_id: str
    lines: tuple[Line, ...]


def named_in(lines: Sequence[Line]) -> tuple[str, ...]:
    """Every item that is named, once, in the order in which they came up."""
    return tuple(dict.fromkeys(item for line in lines for item in line.named))


def line_of(by: Role, text: str, titles: AbstractSet[str]) -> Line:
    """A text on one line, cut at those of `titles` that stand in it, as `Heat (1995)`; of two that
    end alike the longer. A title without its year is words like others: `It`, `Taken`, `Up`."""
    text, at = " ".join(text.split()), 0
    words, named = [], []
    for year in _YEAR.finditer(text):
        starts = (at + s.start() for s in _START.finditer(text[at : year.start()]))
        found = next((s for s in starts if text[s : year.end()] in titles), None)
        if found is not None:
            words.append(text[at:found])
            named.append(text[found : year.end()])
            at = year.end()
    return Line(by, (*words, text[at:]), tuple(named))
