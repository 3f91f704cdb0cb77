"""Running a table of what arrives: a model that is never told of it, one that learns it as it
comes, and one that is fitted again."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classic.configure import with_seed
from classic.data.interactions import Interactions
from classic.evaluate.arriving import Arriving
from classic.evaluate.protocol import OfFiles, Say, Trial
from classic.evaluate.splits import global_time
from classic.evaluate.tables import Entry, Row, over_seeds
from classic.metrics import interval, paired_interval
from classic.retrieve.incremental import LEARNERS

WAYS = ("stale", "updated", "refitted")
_K = 10
_ALONE = Trial((), ())
"""Of the items nothing is known but who met them."""


@dataclass(frozen=True)
class Told:
    """`values` of each metric and way, float64 [n], for each person who was asked after each part;
    `people` int64 [n], who that was; mean `seconds` a part of each way."""

    values: Mapping[str, np.ndarray]
    people: np.ndarray
    seconds: Mapping[str, float]

    def by_person(self) -> dict[str, np.ndarray]:
        """float64 [people]: the mean over the parts, so that everybody counts once."""
        _, owner, parts = np.unique(self.people, return_inverse=True, return_counts=True)
        return {name: np.bincount(owner, v) / parts for name, v in self.values.items()}


@dataclass(frozen=True)
class IncrementalTable(OfFiles):
    """`read` makes what arrives. Rows are of models that `LEARNERS` has; their settings are chosen
    by the latest tenth of the first stretch."""

    read: Callable[[Path], Arriving]
    entries: Mapping[str, Entry]
    shown: tuple[str, ...] = tuple(f"{m}@{_K}/{way}" for m in ("ndcg", "recall") for way in WAYS)
    choose_by: str = f"ndcg@{_K}/updated"
    baseline: str = "the refit"

    def run(self, name: str, folder: Path, say: Say) -> Row:
        events, entry = self.read(folder), self.entries[name]
        config = _chosen(entry, events.until(0), say)
        runs = [_told(entry, with_seed(config, seed), events, say) for seed in entry.seeds]
        people = [run.by_person() for run in runs]
        # Every seed asks the same people, so that what is gained is told of all seeds.
        cases = {m: np.mean([one[m] for one in people], axis=0) for m in self.shown}
        metrics, spread = over_seeds([{m: float(one[m].mean()) for m in cases} for one in people])
        seconds, _ = over_seeds([run.seconds for run in runs])
        return Row(
            config=str(config),
            seeds=entry.seeds,
            seconds=seconds["refitted"],
            metrics=metrics,
            spread=spread,
            intervals={m: interval(values) for m, values in cases.items()},
            cases=cases,
            gains={m: _gain(cases, m, "refitted") for m in cases},
            slices={way: _way(way, metrics, cases, seconds[way]) for way in WAYS},
            beyond={"people asked": len(cases[self.choose_by]), **_counted(events)},
        )


def _chosen(entry: Entry, first: Interactions, say: Say) -> Any:
    """The settings of the grid that are best in the latest tenth of what is there at first."""
    inside, scores = global_time(first), []
    for config in entry.grid:
        model = entry.fit(_ALONE, inside.train, config, None, say)
        scores.append(float(inside.metrics(model, _K)[f"ndcg@{_K}/full"].mean()))
        say(f"  {config}: ndcg@{_K}/full {scores[-1]:.4f} on the hold-out")
    return entry.grid[int(np.argmax(scores))]


def _told(entry: Entry, config: Any, events: Arriving, say: Say) -> Told:
    learner = LEARNERS[entry.model](events.until(0), config)
    models, people = {"stale": learner.model}, []
    values, seconds = defaultdict(list), defaultdict(list, stale=[0.0])
    for part in range(1, events.parts):
        new, there = events.part(part), events.until(part)
        began = time.perf_counter()
        learner = learner.updated(new)
        models["updated"] = learner.model
        learned = time.perf_counter()
        models["refitted"] = entry.fit(_ALONE, there, config, None, say)
        seconds["updated"].append(learned - began)
        seconds["refitted"].append(time.perf_counter() - learned)
        asked = events.asked(part)
        people.append(asked.asked)
        for way, model in models.items():
            for metric, found in replace(asked.of_asked(), label=way).metrics(model, _K).items():
                values[metric].append(found)
        told = ", ".join(f"{way} {values[f'ndcg@{_K}/{way}'][-1].mean():.4f}" for way in WAYS)
        say(f"  after part {part}, {len(asked.asked)} people: {told}")
    return Told(
        {metric: np.concatenate(found) for metric, found in values.items()},
        np.concatenate(people),
        {way: float(np.mean(seconds[way])) for way in WAYS},
    )


def _gain(
    cases: Mapping[str, np.ndarray], metric: str, over: str
) -> tuple[float, tuple[float, float]]:
    """By person, over the same metric of another way."""
    return paired_interval(cases[metric], cases[f"{metric.partition('/')[0]}/{over}"])


def _way(
    way: str, metrics: Mapping[str, float], cases: Mapping[str, np.ndarray], seconds: float
) -> dict[str, float]:
    mean, (low, high) = _gain(cases, f"ndcg@{_K}/{way}", "stale")
    found = {m: metrics[f"{m}@{_K}/{way}"] for m in ("ndcg", "recall")}
    return {**found, "gain": mean, "low": low, "high": high, "seconds": seconds}


def _counted(events: Arriving) -> dict[str, float]:
    """What one part brings, on average."""
    found: dict[str, list[int]] = defaultdict(list)
    for part in range(1, events.parts):
        new, before = events.part(part), events.until(part - 1)
        who, what = np.unique(new.users), np.unique(new.items)
        found["people"].append(len(who))
        found["new people"].append(int((who >= before.n_users).sum()))
        found["items"].append(len(what))
        found["new items"].append(len(np.setdiff1d(what, before.items)))
    return {name: float(np.mean(counts)) for name, counts in found.items()}
