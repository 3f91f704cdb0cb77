"""`Query`: what a pipeline is asked: a history, hard constraints, and soft wishes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from classic.data.interactions import History


@dataclass(frozen=True, slots=True)
class Constraints:
    """Hard limits: an item either satisfies them or is out. Empty means no limit.

    All of `genres` and of `people` must be there, the main language among `languages`, the main
    country among `countries`. `not_keywords` keeps out what is about a term or speaks of it.
    Years are inclusive; runtime is in minutes.
    """

    genres: tuple[str, ...] = ()
    not_genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    not_countries: tuple[str, ...] = ()
    not_keywords: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_max: int | None = None
    audience_max: str | None = None
    exclude: tuple[str, ...] = ()

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the limits that are set, `exclude` left aside."""
        names = (f.name for f in fields(self) if f.name != "exclude")
        return tuple(n for n in names if getattr(self, n) not in ((), None))

    def without(self, name: str) -> "Constraints":
        """The constraints with one limit lifted."""
        empty: Any = () if isinstance(getattr(self, name), tuple) else None
        return replace(self, **{name: empty})


@dataclass(frozen=True, slots=True)
class Query:
    """A request for `k` items.

    `moods` and `keywords` are soft wishes; `moves` are signed steps along attributes ("newer" is
    `{"age": -1.0}`), taken from the items of `reference`; `text` is free text to match against
    the items' prose, with `text_vector` (float32 [d]) its embedding when there is an encoder;
    `anchors` are items to be similar to; `diversity` in 0..1 is the re-ranker's dial.
    """

    history: History = field(default_factory=History)
    constraints: Constraints = field(default_factory=Constraints)
    anchors: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    liked_genres: Mapping[str, float] = field(default_factory=dict)
    liked_people: Mapping[str, float] = field(default_factory=dict)
    moves: Mapping[str, float] = field(default_factory=dict)
    reference: tuple[str, ...] = ()
    text: str = ""
    text_vector: np.ndarray | None = None
    diversity: float = 0.2
    k: int = 10
