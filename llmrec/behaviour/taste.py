"""`Taste`: what a person leans to, as an encoder expects it of them, in words that can be checked.

No head is trained for it: what is likely next is summed up by genre, decade, country and mood, and
set against the same of others. What people are (their gender, age or work) is no part of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from classic.data.catalog import Catalog
from classic.data.interactions import History
from classic.data.item import GENRES, Item
from llmrec.text import listed

if TYPE_CHECKING:
    from llmrec.behaviour.recommender import Ptum

Facts = frozenset[tuple[str, str]]
"""As `(("genre", "Thriller"), ("decade", "1990"))`: of an item all of them are so."""
_LEAST_SHARE, _LEAST_USUAL = 0.05, 0.01
"""What is rarer is noise, whatever its ratio."""
_LEAST_TIMES, _MOST_RARE = 1.25, 0.67
_OTHERS = 512
_NAMED = 2
"""Items that one leaning is put down to, at most."""


@dataclass(frozen=True)
class Lean:
    """`share` of what is expected of a person is so, `usual` of what is expected of others;
    `because` are the items of their history without which the share would be lower, by how much,
    the strongest first."""

    facts: Facts
    share: float
    usual: float
    because: tuple[tuple[str, float], ...] = ()

    @property
    def times(self) -> float:
        return self.share / max(self.usual, 1e-9)

    def words(self, catalog: Catalog) -> str:
        """`1990s thriller films`, `films from France`, `tense films`."""
        own = dict(self.facts)
        decade = f"{own['decade']}s" if "decade" in own else ""
        genre = own.get("genre", "")
        genre = genre.lower() if genre in GENRES and genre not in ("Sci-Fi", "IMAX") else genre
        kind = " ".join(filter(None, (decade, own.get("mood"), genre, f"{catalog.domain}s")))
        return f"{kind} from {own['country']}" if "country" in own else kind


@dataclass(frozen=True)
class Leanings:
    """The strongest of what is expected more than usual, and of what is expected less."""

    more: tuple[Lean, ...] = ()
    less: tuple[Lean, ...] = ()

    def told(self, catalog: Catalog) -> str:
        """One line: each leaning with how strong it is and what it is put down to."""
        more = [f"to {_told(lean, catalog)}" for lean in self.more]
        less = [f"less than others to {_strength(lean, catalog)}" for lean in self.less]
        return f"leans {'; '.join((*more, *less))}" if more or less else ""


def _told(lean: Lean, catalog: Catalog) -> str:
    named = [catalog[item_id].label for item_id, _ in lean.because]
    because = f", most because of {listed(named)}" if named else ""
    return _strength(lean, catalog) + because


def _strength(lean: Lean, catalog: Catalog) -> str:
    return (
        f"{lean.words(catalog)}, {lean.times:.1f}x the average "
        f"({_percent(lean.share)} where {_percent(lean.usual)} is usual)"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


@dataclass(frozen=True, eq=False)
class Kinds:
    """`members` is float64 CSR [n_facts, n_items], 1 where a fact is so of an item."""

    facts: tuple[Facts, ...]
    members: sparse.csr_matrix

    @classmethod
    def of(cls, catalog: Catalog, item_ids: Sequence[str]) -> "Kinds":
        """Items that the catalogue does not have are of no kind."""
        rows: dict[Facts, list[int]] = {}
        for place, item_id in enumerate(item_ids):
            for facts in _facts(catalog[item_id]) if item_id in catalog else ():
                rows.setdefault(facts, []).append(place)
        lengths = [len(own) for own in rows.values()]
        indices = np.array([place for own in rows.values() for place in own], dtype=np.int64)
        bounds = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        parts = (np.ones(len(indices)), indices, bounds)
        return cls(tuple(rows), sparse.csr_matrix(parts, shape=(len(rows), len(item_ids))))

    def shares(self, weights: np.ndarray) -> np.ndarray:
        """float64 [n, n_facts]: of float64 [n, n_items] weights, the share with each fact."""
        whole = np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        return np.asarray((self.members @ (weights / whole).T).T)

    def leanings(self, shares: np.ndarray, usual: np.ndarray, most: int) -> Leanings:
        """Of float64 [n_facts] shares: what tells a person from others most, which is their part of
        the divergence sum p log(p / q); of facts that overlap, as a genre and that genre in a
        decade, the more telling one alone."""
        telling = shares * np.log(np.maximum(shares, 1e-12) / np.maximum(usual, 1e-12))
        times = shares / np.maximum(usual, 1e-12)
        enough = (shares >= _LEAST_SHARE) & (usual >= _LEAST_USUAL) & (times >= _LEAST_TIMES)
        rare = (usual >= _LEAST_SHARE) & (times <= _MOST_RARE)
        more = self._apart(np.argsort(-telling, kind="stable"), enough, most)
        less = self._apart(np.argsort(shares - usual, kind="stable"), rare, 1)

        def made(rows: list[int]) -> tuple[Lean, ...]:
            return tuple(Lean(self.facts[r], float(shares[r]), float(usual[r])) for r in rows)

        return Leanings(made(more), made(less))

    def _apart(self, order: np.ndarray, allowed: np.ndarray, most: int) -> list[int]:
        chosen: list[int] = []
        for row in order[allowed[order]]:
            if len(chosen) < most and not any(self.facts[row] & self.facts[c] for c in chosen):
                chosen.append(int(row))
        return chosen


def _facts(item: Item) -> Iterator[Facts]:
    genres = [("genre", g) for g in item.genres]
    decades = [("decade", str(item.year // 10 * 10))] if item.year else []
    alone = [*genres, *decades, *(("country", c) for c in item.countries)]
    yield from (frozenset([fact]) for fact in (*alone, *(("mood", m) for m in item.moods)))
    yield from (frozenset(pair) for pair in product(genres, decades))


@dataclass(frozen=True, eq=False)
class Taste:
    """Reads people through an encoder; `catalog` tells what its items are."""

    model: "Ptum"
    catalog: Catalog

    @cached_property
    def kinds(self) -> Kinds:
        return Kinds.of(self.catalog, self.model.item_ids)

    @cached_property
    def usual(self) -> np.ndarray:
        """float64 [n_facts]: the average, over people of each of whom one like is known, of what is
        expected of them. The likes are drawn evenly from all items: so it is there for a catalogue
        that comes without people, and is the same for everybody who asks."""
        n = len(self.model.item_ids)
        drawn = np.random.default_rng(0).permutation(n)[:_OTHERS]
        others = [History.of(self.model.item_ids[i]) for i in np.sort(drawn)]
        return np.asarray(self._expected(others, others).mean(axis=0))

    def of(self, history: History, most: int = 3) -> Leanings:
        """What tells this person from others; nothing of whom nothing is known. A leaning is put
        down to what of the history it would be weaker without: found by leaving it out."""
        known = [self.model.item_ids[row] for row in np.unique(self.model.known(history)[0])]
        if not known:
            return Leanings()
        asked = [history, *(history.without(i) for i in known)]
        whole, *without = self._expected(asked, [history] * len(asked))
        found = self.kinds.leanings(whole, self.usual, most)
        lost = {i: whole - own for i, own in zip(known, without, strict=True)}
        return Leanings(tuple(self._explained(lean, lost) for lean in found.more), found.less)

    def _explained(self, lean: Lean, lost: Mapping[str, np.ndarray]) -> Lean:
        row = self.kinds.facts.index(lean.facts)
        named = [(i, float(own[row])) for i, own in lost.items() if own[row] > 0]
        strongest = sorted((n for n in named if n[0] in self.catalog), key=lambda n: -n[1])
        return Lean(lean.facts, lean.share, lean.usual, tuple(strongest[:_NAMED]))

    def _expected(self, people: Sequence[History], met: Sequence[History]) -> np.ndarray:
        """float64 [n, n_facts]: of what is likely next and was not `met`, the share of each."""
        likely = self.model.chances_of(people)
        for row, history in enumerate(met):
            likely[row, self.model.known(history)[0]] = 0.0
        return self.kinds.shares(likely)
