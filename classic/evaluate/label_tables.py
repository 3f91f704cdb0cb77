"""Running a table of rankers: settings are chosen by validation, the test is asked once a seed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from classic.configure import with_seed
from classic.evaluate.labelled import Answers, Labelled, intervals, paired_intervals, platt
from classic.evaluate.protocol import FirstShown, OfFiles, Say
from classic.evaluate.tables import Row, over_seeds
from classic.metrics import auc, user_auc
from classic.rank.ranker import FitConfig
from classic.rank.rankers import RANKERS, Scorer

_SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class RankerEntry:
    """A row: a ranker of `classic.rank.rankers`; the settings to choose from (its own when there
    are none), by the AUC of all validation or of each person's; how it is fitted, where that is
    not its own way; seeds; what others published."""

    ranker: str
    grid: tuple[Any, ...] = ()
    chosen_by: Literal["auc", "uauc"] = "auc"
    fitting: FitConfig | None = None
    seeds: tuple[int, ...] = _SEEDS
    published: str = ""


@dataclass(frozen=True)
class LabelTable(OfFiles, FirstShown):
    """`read` makes the trial of the `files` in a folder of the data set. What a row gains is over
    the row `baseline`; or, where there is a trial `without` something, over the same ranker there,
    its settings chosen anew."""

    read: Callable[[Path], Labelled]
    entries: Mapping[str, RankerEntry]
    shown: tuple[str, ...]
    baseline: str
    without: Callable[[Path], Labelled] | None = None

    def run(self, name: str, folder: Path, say: Say) -> Row:
        trial = self.read(folder)
        entry = self.entries[name]
        config = _chosen(entry, trial, say)
        asked, seconds, found = [], [], []
        for seed in entry.seeds:
            began = time.perf_counter()
            model = _fitted(entry, config, trial, seed, say)
            seconds.append(time.perf_counter() - began)
            asked.append(_answers(model, trial))
            found.append(_measured(model, asked[-1], trial))
            told = ", ".join(f"{m} {v:.4f}" for m, v in found[-1].items())
            say(f"  {name}, seed {seed}: {told} in {seconds[-1]:.1f} s")
        base = self._base(entry, folder, trial, say)
        gains = paired_intervals(asked[0], base)
        cases = {"logit": asked[0].logits, "label": asked[0].labels, "user": asked[0].users}
        metrics, spread = over_seeds(found)
        return Row(
            config=str(config),
            seeds=entry.seeds,
            seconds=float(np.mean(seconds)),
            metrics=metrics,
            spread=spread,
            intervals={f"{m}/{trial.label}": b for m, b in intervals(asked[0]).items()},
            cases={m: np.asarray(v, dtype=np.float64) for m, v in cases.items()},
            gains={f"{m}/{trial.label}": gain for m, gain in gains.items()},
            slices={},
            beyond={},
        )

    def _base(self, entry: RankerEntry, folder: Path, trial: Labelled, say: Say) -> Answers:
        if self.without is None:
            return _answers(_fitted(self.entries[self.baseline], None, trial, 0, say), trial)
        other = self.without(folder)
        say(f"  {self.baseline}")
        return _answers(_fitted(entry, _chosen(entry, other, say), other, 0, say), other)


def _chosen(entry: RankerEntry, trial: Labelled, say: Say) -> Any:
    if len(entry.grid) < 2:
        return entry.grid[0] if entry.grid else None
    scores = []
    for config in entry.grid:
        scores.append(_by_validation(entry, trial)(_fitted(entry, config, trial, 0, say)))
        say(f"  {config}: {entry.chosen_by} {scores[-1]:.4f} on validation")
    return entry.grid[int(np.argmax(scores))]


def _fitted(entry: RankerEntry, config: Any, trial: Labelled, seed: int, say: Say) -> Scorer:
    kind = RANKERS[entry.ranker]
    settings = with_seed(config or kind.config, seed)
    fitting = with_seed(entry.fitting or kind.fitting, seed)
    return kind.fit(trial.schema, trial.train, settings, fitting, _by_validation(entry, trial), say)


def _by_validation(entry: RankerEntry, trial: Labelled) -> Callable[[Scorer], float]:
    labels, users = trial.validation.labels[:, 0] > 0, trial.validation_users

    def score(model: Scorer) -> float:
        logits = model.logits(trial.validation)[:, 0]
        by_person = entry.chosen_by == "uauc"
        return user_auc(logits, labels, users)[0] if by_person else auc(logits, labels)

    return score


def _answers(model: Scorer, trial: Labelled) -> Answers:
    return Answers(model.logits(trial.test)[:, 0], trial.test.labels[:, 0] > 0, trial.users)


def _measured(model: Scorer, asked: Answers, trial: Labelled) -> dict[str, float]:
    """As the model says it, and with its logits calibrated on validation."""
    a, b = platt(model.logits(trial.validation)[:, 0], trial.validation.labels[:, 0] > 0)
    scaled = Answers(a * asked.logits + b, asked.labels, asked.users).metrics()
    own = {f"{m}/{trial.label}": v for m, v in asked.metrics().items()}
    return own | {f"{m}/{trial.label}+platt": scaled[m] for m in ("logloss", "ece")}
