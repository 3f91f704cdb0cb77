"""`Report`: everything that is told of a run, worked out once; the pages only show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from llmrec.lab.baselines import chance
from llmrec.lab.bias import (
    Curve,
    agreement,
    attack,
    by_history,
    by_place,
    closeness,
    errors_of,
    first_choices,
    of_strategy,
    popularity_lift,
)
from llmrec.lab.calls import Calls, calls_of
from llmrec.lab.diversity import diversity, gini_of_truths, of_candidates
from llmrec.lab.exposure import Groups, Share, exposure, groups_of
from llmrec.lab.ground import Ground
from llmrec.lab.measure import Measured, main_metric, measured
from llmrec.lab.runner import Found
from llmrec.lab.strategy import Strategy
from llmrec.lab.task import RankingTask

BASELINE = "popularity"
Gain = tuple[float, tuple[float, float]]


@dataclass(frozen=True)
class Row:
    """A strategy or a baseline. `gains` are mean differences over the same people against the
    rows they name, with intervals; `closeness` and `attack` are against `like`, the strategy it is
    a variant of; `rewords` when it says the same in another way. What only strategies have is empty
    for a baseline."""

    measured: Measured
    strategy: bool
    above_chance: Gain
    gains: dict[str, Gain]
    lift: dict[str, float]
    exposure: list[Share]
    diversity: dict[str, float]
    by_history: Curve
    by_place: Curve = field(default_factory=list)
    first_choices: list[float] | None = None
    agreement: dict[str, float] | None = None
    like: str = ""
    rewords: bool = False
    closeness: dict[str, float] = field(default_factory=dict)
    attack: dict[str, float] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    calls: Calls | None = None
    prompts: float = 0.0
    tokens: float = 0.0
    written: float = 0.0
    seconds: float = 0.0
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.measured.name

    def verdict(self) -> str:
        """Against chance, as the interval tells."""
        low, high = self.above_chance[1]
        return "above chance" if low > 0 else "below chance" if high < 0 else "not told from chance"


@dataclass(frozen=True)
class Report:
    """`distance` is how unlike the candidates of a person are on average, where it can be told."""

    data: str
    about: str
    model: str
    people: int
    candidates: int
    label: str
    chance: dict[int, float]
    distance: float | None
    gini_of_truths: float
    rows: list[Row]
    reference: str
    sought: str

    @property
    def metric(self) -> str:
        return main_metric(self.label)

    @property
    def strategies(self) -> list[Row]:
        return [row for row in self.rows if row.strategy]

    @property
    def best_first(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: -row.measured.means[self.metric])


def report_of(
    task: RankingTask,
    strategies: Sequence[Strategy],
    found: Found,
    baselines: dict[str, np.ndarray],
    model: str,
) -> Report:
    scores = {**baselines, **found.scores}
    ground = Ground(task)
    seen = _Seen(
        ground,
        found,
        scores,
        {name: measured(name, s, task) for name, s in scores.items()},
        {s.name: s for s in strategies},
        groups_of(task),
        of_candidates(task, ground.content),
    )
    rows = [_row(seen, name) for name in scores]
    n = task.n_candidates
    levels = {k: chance(n, k) for k in (1, 5, 10, 20)}
    return Report(
        task.data,
        task.about,
        model,
        len(task.cases),
        n,
        task.label,
        levels,
        None if seen.distances is None else float(seen.distances.mean()),
        gini_of_truths(task),
        rows,
        task.reference,
        task.sought,
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """What every row of a report is worked out from; `scores` and `measured` are by row, and
    `distances` float64 [n_cases] within the candidates of each person."""

    ground: Ground
    found: Found
    scores: dict[str, np.ndarray]
    measured: dict[str, Measured]
    strategies: dict[str, Strategy]
    kinds: list[Groups]
    distances: np.ndarray | None

    @property
    def task(self) -> RankingTask:
        return self.ground.task

    def like(self, strategy: Strategy) -> str:
        """The strategy without its changed settings, or the reference; nothing without either."""
        likes = (strategy.prompt.name, self.task.reference)
        there = [name for name in likes if name in self.scores and name != strategy.name]
        return there[0] if there else ""


def _row(seen: _Seen, name: str) -> Row:
    task, scores, strategy = seen.task, seen.scores[name], seen.strategies.get(name)
    own, metric = seen.measured[name], main_metric(task.label)
    level = chance(task.n_candidates, 10)
    low, high = own.intervals[metric]
    like = seen.like(strategy) if strategy else ""
    gains = {
        other: own.gain_over(seen.measured[other], metric)
        for other in (BASELINE, task.reference, like)
        if other in seen.scores and other != name
    }
    return Row(
        own,
        strategy is not None,
        (own.means[metric] - level, (low - level, high - level)),
        gains,
        popularity_lift(scores, task),
        exposure(scores, task.places(), seen.kinds),
        diversity(scores, task, seen.ground.content, seen.distances),
        by_history(own.cases[metric], task),
        **(_of_prompts(seen, strategy) if strategy else {}),
    )


def _of_prompts(seen: _Seen, strategy: Strategy) -> dict[str, Any]:
    """What only a strategy has, by the fields of `Row`."""
    task, people = seen.task, len(seen.task.cases)
    asked = [put for put in seen.found.puts if put.strategy == strategy.name]
    puts = of_strategy(asked, strategy.name)
    return {
        "by_place": by_place(puts, task),
        "first_choices": first_choices(puts, task.n_candidates),
        "agreement": agreement(puts, task.n_candidates),
        "rewords": strategy.rewords,
        **_against(seen, strategy),
        "errors": dict(errors_of([put for put in asked if not put.asked.free])),
        "calls": calls_of(strategy, asked, people),
        "prompts": len(asked) / people,
        "tokens": sum(put.prompt_tokens for put in asked) / people,
        "written": sum(put.completion_tokens for put in asked) / people,
        "seconds": sum(put.seconds for put in asked) / people,
        "about": _about(strategy),
    }


def _against(seen: _Seen, strategy: Strategy) -> dict[str, Any]:
    """What changes to the strategy that it is like."""
    like = seen.like(strategy)
    if not like:
        return {}
    ours, theirs = seen.scores[strategy.name], seen.scores[like]
    told: dict[str, Any] = {"like": like, "closeness": closeness(ours, theirs)}
    if strategy.pushes:
        cases, pushed = seen.task.cases, seen.ground.pushed
        places = np.array([case.candidates.index(pushed(case)) for case in cases])
        told["attack"] = attack(ours, theirs, places)
    return told


def _about(strategy: Strategy) -> dict[str, Any]:
    prompt = strategy.prompt
    return {
        "source": prompt.source,
        "version": prompt.version,
        "hash": prompt.hash,
        "channel": prompt.channel,
        "aggregator": strategy.aggregator,
        "settings": {name: str(settings) for name, settings in strategy.context.items()},
        "role": strategy.role,
        "writes": strategy.writes,
        "truth_at": strategy.truth_at,
    }
