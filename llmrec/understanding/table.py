"""`Table`: words and what they stand for, found in a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Table(Generic[Value]):
    """A lexicon compiled to one pattern, longest alternatives first."""

    values: Mapping[str, Value]
    pattern: re.Pattern[str] = field(init=False)
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        keys = tuple(sorted(self.values, key=lambda k: -len(k)))
        groups = "|".join(f"(?P<w{n}>{key})" for n, key in enumerate(keys))
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "pattern", re.compile(rf"\b(?:{groups})\b"))

    def find(self, text: str) -> list[tuple[Value, int, int]]:
        """(value, start, end) of every entry in lower-case text."""
        return [
            (self.values[self.keys[int(m.lastgroup[1:])]], m.start(), m.end())
            for m in self.pattern.finditer(text)
            if m[0] and m.lastgroup
        ]
