"""Cold start: the one question that splits a catalogue best, and a wall of items to pick from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.data.item import Item

_FEWEST = 20
_CHOICES = 4
_LEAST_GAIN = 0.3
_WALL_POOL = 150

SplitKind = Literal["genre", "mood", "decade"]


@dataclass(frozen=True)
class Split:
    """A question by its answers: `gain` is the expected information in bits."""

    kind: SplitKind
    values: tuple[str, ...]
    gain: float


def best_split(catalog: Catalog, mask: np.ndarray, popularity: np.ndarray) -> Split | None:
    """The kind of value whose `_CHOICES` commonest answers tell most about which item is wanted.

    An item is wanted in proportion to its popularity; the gain is the entropy of the answer,
    with everything outside the choices counted as one answer. `None` when few items are left.
    """
    rows = np.flatnonzero(mask)
    if len(rows) < _FEWEST:
        return None
    wanted = popularity[rows] + 1e-6
    wanted = wanted / wanted.sum()
    kinds: tuple[SplitKind, ...] = ("genre", "mood", "decade")
    splits = [_split(catalog, rows, wanted, kind) for kind in kinds]
    best = max(splits, key=lambda s: s.gain)
    return best if best.gain >= _LEAST_GAIN else None


def _split(catalog: Catalog, rows: np.ndarray, wanted: np.ndarray, kind: SplitKind) -> Split:
    mass: dict[str, float] = {}
    for row, share in zip(rows, wanted, strict=True):
        value = _main_value(catalog.items[row], kind)
        if value:
            mass[value] = mass.get(value, 0.0) + float(share)
    values = sorted(mass, key=lambda v: -mass[v])[:_CHOICES]
    answers = np.array([*(mass[v] for v in values), 1.0 - sum(mass[v] for v in values)])
    answers = answers[answers > 1e-9]
    return Split(kind, tuple(values), float(-(answers * np.log2(answers)).sum()))


def _main_value(item: Item, kind: SplitKind) -> str | None:
    if kind == "decade":
        return f"the {item.year // 10 * 10}s" if item.year else None
    values = item.genres if kind == "genre" else item.moods
    return values[0] if values else None


def wall_of(
    catalog: Catalog, mask: np.ndarray, popularity: np.ndarray, n: int, seed: int
) -> Candidates:
    """`n` popular items, greedily the least alike in main genre and decade; `seed` varies them."""
    rows = np.flatnonzero(mask)
    known = rows[np.argsort(-popularity[rows], kind="stable")][:_WALL_POOL]
    shuffled = np.random.default_rng(seed).permutation(known)
    chosen: list[int] = []
    for _ in range(min(n, len(shuffled))):
        left = [row for row in shuffled if row not in chosen]
        chosen.append(min(left, key=lambda row: _crowding(catalog, row, chosen)))
    scores = popularity[chosen] if chosen else np.empty(0)
    ids = tuple(catalog.ids[row] for row in chosen)
    return Candidates(ids, scores, tuple({"popularity:": float(s)} for s in scores))


def _crowding(catalog: Catalog, row: int, chosen: list[int]) -> float:
    """How much an item repeats the genres and the decade of those already on the wall."""
    item = catalog.items[row]
    repeated = 0.0
    for other in (catalog.items[c] for c in chosen):
        repeated += len(set(item.genres) & set(other.genres)) / max(len(item.genres), 1)
        if item.year and other.year:
            repeated += item.year // 10 == other.year // 10
    return repeated
