"""Running a published table: models are chosen on hold-outs inside training, reported once."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classic.configure import with_seed
from classic.data.interactions import Interactions
from classic.evaluate.protocol import Protocol, Say, Trial
from classic.metrics import interval

Fit = Callable[[Interactions, Any], Any]
Watched = Callable[[Interactions, Any, Callable[[Any], float] | None, Say], Any]


@dataclass(frozen=True)
class Entry:
    """A model of a table: the configurations to choose from, how the chosen one is grown for the
    report (`final`), the seeds to repeat it with, and what others published.

    A `fit` is given the report's training part once its configuration is chosen. A `watched` one
    stops by what a hold-out says, so it is trained on that hold-out's training part alone; with
    `refit`, the number of epochs that was best there is chosen with the configuration, and every
    seed is trained for so long on all of the report's training part.
    """

    fit: Fit | None = None
    watched: Watched | None = None
    grid: tuple[Any, ...] = (None,)
    final: Mapping[str, Any] | None = None
    seeds: tuple[int, ...] = (0,)
    published: str = ""
    refit: bool = False


@dataclass(frozen=True)
class Table:
    """`read` makes the trials (several for cross-validation) of the `files` in a folder of the data
    set. `choose_by` names the metric of the hold-outs; `shown` those of the report, in the order of
    their columns."""

    about: str
    data: str
    files: tuple[str, ...]
    read: Callable[[Path], Sequence[Trial]]
    entries: Mapping[str, Entry]
    choose_by: str
    shown: tuple[str, ...]
    k: int = 10
    lower_is_better: bool = False

    @property
    def needs(self) -> str:
        """The file that tells that a folder is the right one."""
        return self.files[0]


@dataclass(frozen=True)
class Row:
    """One line of a table: `metrics` are means over seeds and folds; `cases` the values of the
    first seed by user, from which the intervals are."""

    config: str
    seeds: tuple[int, ...]
    seconds: float
    metrics: Mapping[str, float]
    spread: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    cases: Mapping[str, np.ndarray]


def run_row(name: str, table: Table, trials: Sequence[Trial], say: Say) -> Row:
    entry = table.entries[name]
    chosen = [_chosen(entry, table, trial, say) for trial in trials]
    runs, seconds = [], []
    for seed in entry.seeds:
        folds = []
        for trial, config in zip(trials, chosen, strict=True):
            seeded = with_seed(config, seed) if len(entry.seeds) > 1 else config
            began = time.perf_counter()
            model = _fitted(entry, seeded, table, trial, say)
            seconds.append(time.perf_counter() - began)
            folds.append(trial.reported(model, table.k))
        runs.append({m: np.concatenate([fold[m] for fold in folds]) for m in folds[0]})
        told = ", ".join(f"{m} {_mean(m, v):.4f}" for m, v in runs[-1].items())
        say(f"  {name}, seed {seed}: {told} in {seconds[-1]:.1f} s")
    means = {m: [_mean(m, run[m]) for run in runs] for m in runs[0]}
    return Row(
        str(chosen[0]) if len(set(map(str, chosen))) == 1 else "; ".join(map(str, chosen)),
        entry.seeds,
        float(np.mean(seconds)),
        {m: float(np.mean(values)) for m, values in means.items()},
        {m: float(np.std(values)) for m, values in means.items()},
        {m: _interval(m, values) for m, values in runs[0].items()},
        runs[0],
    )


def _chosen(entry: Entry, table: Table, trial: Trial, say: Say) -> Any:
    """The configuration of the grid with the best mean on the hold-outs inside training."""
    config = entry.grid[0]
    if len(entry.grid) > 1:
        scores = []
        for tried in entry.grid:
            found = [
                _score(_fit_on(entry, tried, inside, table, say), inside, table)
                for inside in trial.inside
            ]
            scores.append(float(np.mean(found)))
            say(f"  {tried}: {table.choose_by} {abs(scores[-1]):.4f} on the hold-outs")
        config = entry.grid[int(np.argmax(scores))]
    config = replace(config, **entry.final) if entry.final else config
    if entry.refit:
        epochs = _fit_on(entry, config, trial.inside[0], table, say).epochs
        say(f"  best after {epochs} epochs")
        config = replace(config, training=replace(config.training, epochs=epochs))
    return config


def _fitted(entry: Entry, config: Any, table: Table, trial: Trial, say: Say) -> Any:
    if entry.fit:
        return entry.fit(trial.train, config)
    if entry.refit:
        assert entry.watched is not None
        return entry.watched(trial.train, config, None, say)
    return _fit_on(entry, config, trial.inside[0], table, say)


def _fit_on(entry: Entry, config: Any, inside: Protocol, table: Table, say: Say) -> Any:
    if entry.fit:
        return entry.fit(inside.train, config)
    assert entry.watched is not None
    return entry.watched(inside.train, config, lambda m: _score(m, inside, table), say)


def _score(model: Any, inside: Protocol, table: Table) -> float:
    """What the hold-out says, higher the better."""
    found = _mean(table.choose_by, inside.metrics(model, table.k)[table.choose_by])
    return -found if table.lower_is_better else found


def _mean(metric: str, values: np.ndarray) -> float:
    """RMSE is the root of the mean of what is kept case by case, the squared error."""
    mean = float(values.mean())
    return mean**0.5 if metric.startswith("rmse") else mean


def _interval(metric: str, values: np.ndarray) -> tuple[float, float]:
    low, high = interval(values)
    return (low**0.5, high**0.5) if metric.startswith("rmse") else (low, high)
