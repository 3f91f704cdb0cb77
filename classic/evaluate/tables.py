"""Running a published table: models are chosen on hold-outs inside training, reported once."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from classic.configure import with_seed
from classic.data.interactions import Interactions
from classic.evaluate.beyond import beyond_accuracy
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.protocol import OfFiles, Protocol, Say, Trial
from classic.evaluate.slices import slices_of
from classic.metrics import interval, paired_interval
from classic.models import model_named
from classic.retrieve.sequence import Watch


@dataclass(frozen=True)
class Entry:
    """A row: a model of `classic.models`, the configurations to choose from (its own when there are
    none), how the chosen one is grown for the report (`final`), the seeds to repeat it with, and
    what others published.

    One with `given` epochs is trained on the report's training part. A `watched` one stops by what
    a hold-out says, so it is trained on that hold-out's training part alone. A `refitted` one is
    watched so once; every seed is then trained for the epochs that were best on all of the report's
    training part.
    """

    model: str
    grid: tuple[Any, ...] = ()
    epochs: Literal["given", "watched", "refitted"] = "given"
    final: Mapping[str, Any] | None = None
    seeds: tuple[int, ...] = (0,)
    published: str = ""

    def fit(
        self, trial: Trial, train: Interactions, config: Any, watch: Watch | None, say: Say
    ) -> Any:
        return model_named(self.model).fit(trial.source(train), config, watch, say)


@dataclass(frozen=True)
class Table(OfFiles):
    """`read` makes the trials (several for cross-validation) of the `files` in a folder of the data
    set. `choose_by` names the metric of the hold-outs; `shown` those of the report, in the order of
    their columns."""

    read: Callable[[Path], Sequence[Trial]]
    entries: Mapping[str, Entry]
    choose_by: str
    shown: tuple[str, ...]
    k: int = 10
    lower_is_better: bool = False
    baseline: str = "popularity"

    def run(self, name: str, folder: Path, say: Say) -> "Row":
        return run_row(name, self, self.read(folder), say)


@dataclass(frozen=True)
class Row:
    """One line of a table: `metrics` are means over seeds and folds; `cases` the values of the
    first seed by user, from which the intervals are. `gains` are those over the table's baseline,
    by user; `slices` and `beyond` are of the report's first protocol where it ranks everything.
    """

    config: str
    seeds: tuple[int, ...]
    seconds: float
    metrics: Mapping[str, float]
    spread: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    cases: Mapping[str, np.ndarray]
    gains: Mapping[str, tuple[float, tuple[float, float]]]
    slices: Mapping[str, Mapping[str, float]]
    beyond: Mapping[str, float]


def run_row(name: str, table: Table, trials: Sequence[Trial], say: Say) -> Row:
    entry = table.entries[name]
    chosen = [_chosen(entry, table, trial, say) for trial in trials]
    runs: list[dict[str, np.ndarray]] = []
    seconds, last = [], None
    for seed in entry.seeds:
        folds = []
        for trial, config in zip(trials, chosen, strict=True):
            seeded = with_seed(config, seed) if len(entry.seeds) > 1 else config
            began = time.perf_counter()
            model = last = _fitted(entry, seeded, table, trial, say)
            seconds.append(time.perf_counter() - began)
            folds.append(trial.reported(model, table.k))
        runs.append({m: np.concatenate([fold[m] for fold in folds]) for m in folds[0]})
        told = ", ".join(f"{m} {_mean(m, v):.4f}" for m, v in runs[-1].items())
        say(f"  {name}, seed {seed}: {told} in {seconds[-1]:.1f} s")
    slices, beyond = _looked_into(trials, last, runs[0], table)
    metrics, spread = over_seeds([{m: _mean(m, v) for m, v in run.items()} for run in runs])
    return Row(
        str(chosen[0]) if len(set(map(str, chosen))) == 1 else "; ".join(map(str, chosen)),
        entry.seeds,
        float(np.mean(seconds)),
        metrics,
        spread,
        {m: _interval(m, values) for m, values in runs[0].items()},
        runs[0],
        _gains(table, trials, runs[0], say),
        slices,
        beyond,
    )


def over_seeds(
    found: Sequence[Mapping[str, float]],
) -> tuple[dict[str, float], dict[str, float]]:
    """The mean of each metric, and its deviation."""
    values = {m: [one[m] for one in found] for m in found[0]}
    return (
        {m: float(np.mean(v)) for m, v in values.items()},
        {m: float(np.std(v)) for m, v in values.items()},
    )


def _gains(
    table: Table, trials: Sequence[Trial], ours: Mapping[str, np.ndarray], say: Say
) -> dict[str, tuple[float, tuple[float, float]]]:
    if not table.baseline:
        return {}
    base = table.entries[table.baseline]
    found = [trial.reported(_fitted(base, None, table, trial, say), table.k) for trial in trials]
    theirs = {m: np.concatenate([fold[m] for fold in found]) for m in ours}
    return {m: paired_interval(ours[m], theirs[m]) for m in ours}


def _looked_into(
    trials: Sequence[Trial], model: Any, cases: Mapping[str, np.ndarray], table: Table
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Slices of the first seed's cases, and what the last model's lists are like."""
    protocol = trials[0].report[0]
    if len(trials) > 1 or not isinstance(protocol, FullRanking):
        return {}, {}
    own = {m: v for m, v in cases.items() if m.endswith(f"/{protocol.label}")}
    slices = {
        name: {m: float(v[inside].mean()) for m, v in own.items()}
        for name, inside in slices_of(protocol).items()
        if inside.any()
    }
    return slices, beyond_accuracy(protocol, model, table.k)


def _chosen(entry: Entry, table: Table, trial: Trial, say: Say) -> Any:
    """The configuration of the grid with the best mean on the hold-outs inside training."""
    grid = entry.grid or (model_named(entry.model).config,)
    config = grid[0]
    if len(grid) > 1:
        scores = []
        for tried in grid:
            found = [
                _score(_fit_inside(entry, tried, trial, inside, table, say), inside, table)
                for inside in trial.inside
            ]
            scores.append(float(np.mean(found)))
            say(f"  {tried}: {table.choose_by} {abs(scores[-1]):.4f} on the hold-outs")
        config = grid[int(np.argmax(scores))]
    config = replace(config, **entry.final) if entry.final else config
    if entry.epochs == "refitted":
        epochs = _fit_inside(entry, config, trial, trial.inside[0], table, say).epochs
        say(f"  best after {epochs} epochs")
        config = replace(config, training=replace(config.training, epochs=epochs))
    return config


def _fitted(entry: Entry, config: Any, table: Table, trial: Trial, say: Say) -> Any:
    if entry.epochs == "watched":
        return _fit_inside(entry, config, trial, trial.inside[0], table, say)
    return entry.fit(trial, trial.train, config, None, say)


def _fit_inside(
    entry: Entry, config: Any, trial: Trial, inside: Protocol, table: Table, say: Say
) -> Any:
    watch = None if entry.epochs == "given" else lambda model: _score(model, inside, table)
    return entry.fit(trial, inside.train, config, watch, say)


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
