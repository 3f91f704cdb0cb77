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
    rows they name, with intervals; `closeness` and `attack` are against the strategy it is a
    variant of; what only strategies have is empty for a baseline."""

    measured: Measured
    strategy: bool
    above_chance: Gain
    gains: dict[str, Gain]
    lift: dict[str, float]
    by_history: Curve
    by_place: Curve = field(default_factory=list)
    first_choices: list[float] | None = None
    agreement: dict[str, float] | None = None
    closeness: dict[str, float] = field(default_factory=dict)
    attack: dict[str, float] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
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
    data: str
    about: str
    model: str
    people: int
    candidates: int
    label: str
    chance: dict[int, float]
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
    all_measured = {name: measured(name, s, task) for name, s in scores.items()}
    by_name = {s.name: s for s in strategies}
    rows = [_row(task, all_measured, name, scores, by_name.get(name), found) for name in scores]
    n = task.n_candidates
    levels = {k: chance(n, k) for k in (1, 5, 10, 20)}
    told = (task.data, task.about, model, len(task.cases), n, task.label, levels, rows)
    return Report(*told, task.reference, task.sought)


def _row(
    task: RankingTask,
    all_measured: dict[str, Measured],
    name: str,
    scores: dict[str, np.ndarray],
    strategy: Strategy | None,
    found: Found,
) -> Row:
    own, metric = all_measured[name], main_metric(task.label)
    level = chance(task.n_candidates, 10)
    low, high = own.intervals[metric]
    gains = {
        other: own.gain_over(all_measured[other], metric)
        for other in (BASELINE, task.reference)
        if other in scores and other != name
    }
    told: dict[str, Any] = {}
    if strategy:
        puts, people = of_strategy(found.puts, name), len(task.cases)
        every = [p for p in found.puts if p.strategy == name]
        told = {
            "by_place": by_place(puts, task),
            "first_choices": first_choices(puts, task.n_candidates),
            "agreement": agreement(puts, task.n_candidates),
            **_against(task, strategy, scores),
            "errors": dict(errors_of([p for p in every if not p.asked.free])),
            "prompts": len(every) / people,
            "tokens": sum(p.prompt_tokens for p in every) / people,
            "written": sum(p.completion_tokens for p in every) / people,
            "seconds": sum(p.seconds for p in every) / people,
            "about": _about(strategy),
        }
    return Row(
        own,
        strategy is not None,
        (own.means[metric] - level, (low - level, high - level)),
        gains,
        popularity_lift(scores[name], task),
        by_history(own.cases[metric], task),
        **told,
    )


def _against(
    task: RankingTask, strategy: Strategy, scores: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """What changes to the strategy without its changed settings, or to the reference."""
    other = strategy.prompt.name if strategy.prompt.name in scores else task.reference
    if other not in scores or other == strategy.name:
        return {}
    ours, theirs = scores[strategy.name], scores[other]
    told = {"closeness": closeness(ours, theirs)}
    if strategy.pushes:
        ground = Ground(task)
        places = np.array([case.candidates.index(ground.pushed(case)) for case in task.cases])
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
        "writes": strategy.writes,
        "truth_at": strategy.truth_at,
    }
