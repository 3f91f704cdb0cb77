"""Boosted trees over counts and shares, the tabular yardstick, by LightGBM: LambdaMART (Burges
2010), which orders each person's examples, or by log loss, which states chances."""

from dataclasses import dataclass
from typing import Any, Literal

import lightgbm
import numpy as np

from classic.rank.examples import Examples, Ragged
from classic.rank.features import Layout

_PRIOR = 10.0
_FOLDS = 5


@dataclass(frozen=True)
class LambdaMartConfig:
    """To order a person's examples they are one list, by the field at `list_by` of the `ones`."""

    objective: Literal["lambdarank", "binary"] = "lambdarank"
    trees: int = 300
    leaves: int = 31
    learning_rate: float = 0.05
    least: int = 20
    list_by: int = 0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class LambdaMart:
    """`liked` and `met` float64 [n_rows] are how often a category was liked, and stood there, in
    training."""

    booster: Any
    liked: np.ndarray
    met: np.ndarray
    layout: Layout

    @classmethod
    def of(cls, examples: Examples, layout: Layout, config: LambdaMartConfig) -> "LambdaMart":
        """What is said of an example in training is counted without it, and its fold."""
        fold = np.random.default_rng(config.seed).integers(0, _FOLDS, len(examples))
        counted = [
            _counts(examples.select(np.flatnonzero(fold == f)), layout) for f in range(_FOLDS)
        ]
        liked, met = np.sum(counted, axis=0)
        columns = np.empty((len(examples), _width(layout)), dtype=np.float32)
        for f, (own_liked, own_met) in enumerate(counted):
            inside = np.flatnonzero(fold == f)
            others = liked - own_liked, met - own_met
            columns[inside] = _columns(examples.select(inside), *others, layout)
        order = np.argsort(examples.ones[:, config.list_by], kind="stable")
        lists = np.unique(examples.ones[order, config.list_by], return_counts=True)[1]
        booster = lightgbm.train(
            {
                "objective": config.objective,
                "lambdarank_truncation_level": int(lists.max()),
                "num_leaves": config.leaves,
                "learning_rate": config.learning_rate,
                "min_data_in_leaf": config.least,
                "seed": config.seed,
                "deterministic": True,
                "verbose": -1,
            },
            lightgbm.Dataset(columns[order], examples.labels[order, 0], group=lists),
            num_boost_round=config.trees,
        )
        return cls(booster, liked, met, layout)

    def logits(self, examples: Examples) -> np.ndarray:
        """float64 [n, 1]: log odds, or of LambdaMART something to order by."""
        columns = _columns(examples, self.liked, self.met, self.layout)
        return np.asarray(self.booster.predict(columns, raw_score=True))[:, None]


def _counts(examples: Examples, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """float64 [n_rows] twice: likes and examples of each category of the `ones` and the `many`."""
    label = examples.labels[:, 0].astype(np.float64)
    parts = [(examples.ones[:, f], label) for f in range(layout.ones)]
    parts += [(own.values, np.repeat(label, own.lengths)) for own in examples.many]
    liked = np.sum([np.bincount(rows, by, layout.rows) for rows, by in parts], axis=0)
    met = np.sum([np.bincount(rows, minlength=layout.rows) for rows, _ in parts], axis=0)
    return liked, met.astype(np.float64)


def _width(layout: Layout) -> int:
    return 2 * layout.ones + layout.many + layout.numbers + 1 + len(layout.candidate)


def _columns(examples: Examples, liked: np.ndarray, met: np.ndarray, layout: Layout) -> np.ndarray:
    """float32 [n, w]: of each category how often it is liked and met; of many their mean; numbers;
    how much was done before, and what share of it was like the candidate."""
    share = (liked + _PRIOR * liked.sum() / max(met.sum(), 1.0)) / (met + _PRIOR)
    done = examples.behaviours
    owner = np.repeat(np.arange(len(examples)), done.lengths)
    candidate = examples.ones[:, list(layout.candidate)]  # [n, c]
    same = (done.values == candidate[owner]).astype(np.float64)  # [h, c]
    alike = [_mean(Ragged(column, done.bounds)) for column in same.T]
    return np.column_stack(
        [
            share[examples.ones],
            np.log1p(met[examples.ones]),
            *(_mean(Ragged(share[own.values], own.bounds)) for own in examples.many),
            examples.numbers,
            np.log1p(done.lengths),
            *alike,
        ]
    ).astype(np.float32)


def _mean(rows: Ragged) -> np.ndarray:
    """float64 [n]: of each row's values, 0 of none."""
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    total = np.bincount(owner, rows.values, len(rows.lengths))
    return total / np.maximum(rows.lengths, 1)
