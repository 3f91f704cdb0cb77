"""Exposure: what a ranking puts first, by decade, genre, country and fame, beside how much of each
there is among the candidates and among the truths."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from classic.data.item import Item
from classic.metrics import joint_intervals
from llmrec.lab.baselines import counts_of
from llmrec.lab.measure import best_of
from llmrec.lab.task import RankingTask

TOP = 5
RAREST = 0.02
"""Groups with a smaller share of the candidates than this are told as one."""
OTHER = "other"


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of one `kind`. `parts` is float64 [n_cases, n_candidates, n_groups]: an item is
    shared out among its groups, and one of which nothing is known belongs to none."""

    kind: str
    names: tuple[str, ...]
    parts: np.ndarray


@dataclass(frozen=True)
class Share:
    """A group's share of the candidates, of the truths, of what a row puts first and of its first
    five, each in 0..1; `gap` is that of the first less that of the candidates. Its interval holds
    together with those of all other groups of the row."""

    kind: str
    group: str
    candidates: float
    truths: float
    first: float
    top: float
    gap: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval says that there is a gap."""
        return self.low > 0 or self.high < 0


def _decade(item: Item) -> tuple[str, ...]:
    return (f"{item.year // 10 * 10}s",) if item.year else ()


_FACTS: Mapping[str, Callable[[Item], tuple[str, ...]]] = {
    "decade": _decade,
    "genre": lambda item: item.genres,
    "country": lambda item: item.countries,
}


def groups_of(task: RankingTask) -> list[Groups]:
    """Those kinds of which at least two groups stand among the candidates. `fame` is in tenths by
    the share of the catalogue that fewer met in training, the best known last."""
    rows, places = np.unique(task.rows(), return_inverse=True)
    items = [task.catalog[task.catalog.ids[row]] for row in rows]
    told = {kind: [fact(item) for item in items] for kind, fact in _FACTS.items()}
    told["fame"] = [(_tenth(below),) for below in _less_known(task)[rows]]
    found = [_groups(kind, own, places) for kind, own in told.items()]
    return [groups for groups in found if len(groups.names) > 1]


def _less_known(task: RankingTask) -> np.ndarray:
    """float64 [n_items] in 0..1: the share of the catalogue that fewer met, so that what nobody met
    is at the bottom, however much of it there is."""
    return np.asarray((rankdata(counts_of(task), "min") - 1) / len(task.catalog))


def _tenth(share: float) -> str:
    low = int(10 * share)
    return f"{10 * low}–{10 * low + 10} %"


def _groups(kind: str, told: list[tuple[str, ...]], places: np.ndarray) -> Groups:
    """`told` names the groups of each item, and int64 [n_cases, n_candidates] `places` its place
    there."""
    names = sorted({name for own in told for name in own})
    parts = np.zeros((len(told), len(names)))
    for row, own in enumerate(told):
        for name in own:
            parts[row, names.index(name)] += 1.0 / len(own)
    shown = parts[places]
    rare = shown.mean(axis=(0, 1)) < RAREST
    if rare.sum() > 1:
        names = [*(n for n, r in zip(names, rare, strict=True) if not r), OTHER]
        rest = shown[:, :, rare].sum(axis=2, keepdims=True)
        shown = np.concatenate([shown[:, :, ~rare], rest], axis=2)
    return Groups(kind, tuple(names), shown)


def exposure(scores: np.ndarray, places: np.ndarray, kinds: list[Groups]) -> list[Share]:
    """The shares of every group, of people who were answered. `scores` is float64 [n_cases,
    n_candidates], int64 [n_cases] `places` are those of the truths."""
    best = best_of(scores, TOP)
    told = best[:, 0] >= 0
    if not kinds or not told.any():
        return []
    parts = np.concatenate([groups.parts for groups in kinds], axis=2)[told]
    best, rows = best[told], np.arange(int(told.sum()))
    first = parts[rows, best[:, 0]]
    named = (best >= 0)[:, :, None]
    tops = np.take_along_axis(parts, best[:, :, None], axis=1) * named
    candidates, truths = parts.mean(axis=1), parts[rows, places[told]]
    gaps = first - candidates
    columns = (candidates, truths, first, tops.sum(axis=1) / named.sum(axis=1), gaps)
    means = np.stack([column.mean(axis=0) for column in columns], axis=1)
    figures = np.concatenate([means, joint_intervals(gaps)], axis=1)
    names = [(groups.kind, name) for groups in kinds for name in groups.names]
    return [Share(*name, *map(float, row)) for name, row in zip(names, figures, strict=True)]


def strays_most(shares: Iterable[Share]) -> Share:
    """The group that comes first most out of proportion."""
    return max(shares, key=lambda share: abs(share.gap))
