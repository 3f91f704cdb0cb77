"""Running a table of several tasks at once: one net for all of them, or one for each."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from classic.configure import with_seed
from classic.evaluate.labelled import Answers, Labelled, intervals, paired_intervals
from classic.evaluate.protocol import FirstShown, OfFiles, Say
from classic.evaluate.tables import Row, over_seeds
from classic.metrics import auc, log_loss
from classic.rank.examples import Examples
from classic.rank.mmoe import Mmoe, MmoeConfig, Task
from classic.rank.ranker import Ranker, fit_ranker
from classic.rank.rankers import NETS

_DRAWS = 500
_BATCH, _BATCHES = 1024, 50
"""By which the directions of gradients are told."""
ByTask = Mapping[str, np.ndarray]
"""float64 [n, labels of the task]: what was said, or what was so."""
Gains = dict[str, tuple[float, tuple[float, float]]]


@dataclass(frozen=True)
class TaskEntry:
    """A row: the settings to choose from, and whether every task has a net `alone`."""

    grid: tuple[MmoeConfig, ...]
    alone: bool = False
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    published: str = ""


@dataclass(frozen=True)
class TaskTable(OfFiles, FirstShown):
    """`read` makes the trial, whose labels are those of the `tasks`, one task after the other."""

    read: Callable[[Path], Labelled]
    tasks: tuple[Task, ...]
    entries: Mapping[str, TaskEntry]
    shown: tuple[str, ...]
    baseline: str

    def run(self, name: str, folder: Path, say: Say) -> Row:
        trial, entry = self.read(folder), self.entries[name]
        config = self._chosen(entry, trial, say)
        was = by_task(self.tasks, trial.test.labels)
        asked, seconds, measured, directions = [], [], [], []
        for seed in entry.seeds:
            began = time.perf_counter()
            nets = self._fitted(entry, config, trial, seed, say)
            seconds.append(time.perf_counter() - began)
            asked.append(_said(nets, trial.test))
            measured.append(_measured(self.tasks, asked[-1], was))
            directions += [conflict(net, trial.train) for net in nets if len(net.tasks) > 1]
            told = ", ".join(f"{m} {v:.4f}" for m, v in measured[-1].items())
            say(f"  {name}, seed {seed}: {told} in {seconds[-1]:.1f} s")
        base = self.entries[self.baseline]
        other = self._fitted(base, self._chosen(base, trial, say), trial, base.seeds[0], say)
        cases = {f"{task}{n}": v for task, own in asked[0].items() for n, v in enumerate(own.T)}
        metrics, spread = over_seeds(measured)
        return Row(
            config=str(config),
            seeds=entry.seeds,
            seconds=float(np.mean(seconds)),
            metrics=metrics,
            spread=spread,
            intervals=_intervals(self.tasks, asked[0], was, trial.users),
            cases={"user": trial.users.astype(np.float64), **cases},
            gains=_gains(self.tasks, asked[0], _said(other, trial.test), was, trial.users),
            slices={},
            beyond=_averaged(directions),
        )

    def _chosen(self, entry: TaskEntry, trial: Labelled, say: Say) -> MmoeConfig:
        if len(entry.grid) == 1:
            return entry.grid[0]
        scores = []
        for config in entry.grid:
            nets = self._fitted(entry, config, trial, 0, say)
            scores.append(_score(self.tasks, nets, trial.validation))
            say(f"  {config}: {scores[-1]:.4f} on validation")
        return entry.grid[int(np.argmax(scores))]

    def _fitted(
        self, entry: TaskEntry, config: MmoeConfig, trial: Labelled, seed: int, say: Say
    ) -> list[Mmoe]:
        groups = [(task,) for task in self.tasks] if entry.alone else [self.tasks]
        return [self._fit(group, config, trial, seed, say) for group in groups]

    def _fit(
        self, group: tuple[Task, ...], config: MmoeConfig, trial: Labelled, seed: int, say: Say
    ) -> Mmoe:
        """One net for a group of the tasks, stopped by what validation says of them."""
        train, held = (self._only(group, part) for part in (trial.train, trial.validation))
        layout = replace(trial.schema.layout, labels=train.labels.shape[1])

        def watch(net: Ranker) -> float:
            assert isinstance(net, Mmoe)
            return _score(group, [net], held)

        net, _ = fit_ranker(
            train,
            lambda: Mmoe(layout, replace(config, tasks=group)),
            with_seed(NETS["mmoe"].fitting, seed),
            watch,
            say,
        )
        assert isinstance(net, Mmoe)
        return net

    def _only(self, group: Sequence[Task], examples: Examples) -> Examples:
        """The same examples with the labels of those tasks, all of them counting alike."""
        every = by_task(self.tasks, examples.labels)
        labels = np.concatenate([every[task.name] for task in group], axis=1)
        weights = np.ones_like(examples.weights)
        return replace(examples, labels=labels.astype(np.float32), weights=weights)


def by_task(tasks: Sequence[Task], values: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of all labels, by the task that they are of."""
    ends = list(accumulate(task.labels for task in tasks))
    parts = np.split(values.astype(np.float64), ends[:-1], axis=1)
    return {task.name: part for task, part in zip(tasks, parts, strict=True)}


def conflict(net: Mmoe, examples: Examples) -> dict[str, float]:
    """How the gradients of the first two tasks stand to each other in what the tasks share: the
    mean of the cosines over batches, and the share of batches where they point apart."""
    shared = [net.embedded.table.weight, *net.experts.parameters()]
    cosines = []
    for rows in np.split(np.arange(len(examples)), range(_BATCH, len(examples), _BATCH))[:_BATCHES]:
        first, second = net.task_losses(examples.batch(rows))[:2]
        a, b = (_direction(loss, shared) for loss in (first, second))
        cosines.append(float(functional.cosine_similarity(a, b, dim=0)))
    found = np.array(cosines)
    return {"gradient cosine": float(found.mean()), "batches apart": float((found < 0).mean())}


def _direction(loss: Tensor, of: Sequence[Tensor]) -> Tensor:
    found = torch.autograd.grad(loss, of, retain_graph=True)
    return torch.cat([(g.to_dense() if g.is_sparse else g).flatten() for g in found])


def _said(nets: Sequence[Mmoe], examples: Examples) -> ByTask:
    return {
        name: values
        for net in nets
        for name, values in by_task(net.tasks, net.logits(examples)).items()
    }


def _score(tasks: Sequence[Task], nets: Sequence[Mmoe], held: Examples) -> float:
    """The mean over the tasks of AUC, or of the share of a number's variance that is explained."""
    said, was = _said(nets, held), by_task(tasks, held.labels)
    found = []
    for task in tasks:
        a, b = said[task.name].ravel(), was[task.name].ravel()
        found.append(1.0 - np.square(a - b).mean() / b.var() if task.number else auc(a, b > 0))
    return float(np.mean(found))


def _measured(tasks: Sequence[Task], said: ByTask, was: ByTask) -> dict[str, float]:
    found = {}
    for task in tasks:
        a, b = said[task.name].ravel(), was[task.name].ravel()
        if task.number:
            found[f"rmse/{task.name}"] = float(np.square(a - b).mean() ** 0.5)
        else:
            found[f"auc/{task.name}"] = auc(a, b > 0)
            found[f"logloss/{task.name}"] = log_loss(a, b > 0)
    return found


def _intervals(
    tasks: Sequence[Task], said: ByTask, was: ByTask, users: np.ndarray
) -> dict[str, tuple[float, float]]:
    found = {}
    for task in tasks:
        a, b = said[task.name], was[task.name]
        if task.number:
            found[f"rmse/{task.name}"] = _middle(_rmse_drawn(a, b, users))
        else:
            own = intervals(_answers(a, b, users))
            found |= {f"{m}/{task.name}": own[m] for m in ("auc", "logloss")}
    return found


def _gains(
    tasks: Sequence[Task], ours: ByTask, theirs: ByTask, was: ByTask, users: np.ndarray
) -> Gains:
    found: Gains = {}
    for task in tasks:
        b = was[task.name]
        pair = ours[task.name], theirs[task.name]
        if task.number:
            more, less = (_rmse_drawn(a, b, users) for a in pair)
            found[f"rmse/{task.name}"] = float((more - less).mean()), _middle(more - less)
        else:
            mine, others = (_answers(a, b, users) for a in pair)
            own = paired_intervals(mine, others)
            found |= {f"{m}/{task.name}": own[m] for m in ("auc", "logloss")}
    return found


def _answers(said: np.ndarray, was: np.ndarray, users: np.ndarray) -> Answers:
    """All labels of a task as answers of their own."""
    return Answers(said.ravel(), was.ravel() > 0, np.repeat(users, said.shape[1]))


def _rmse_drawn(said: np.ndarray, was: np.ndarray, users: np.ndarray) -> np.ndarray:
    """float64 [draws]: the error when people are drawn again, the same ones in every call."""
    _, owner = np.unique(users, return_inverse=True)
    sizes = np.bincount(owner)
    missed = np.bincount(owner, np.square(said - was).mean(axis=1))
    rng = np.random.default_rng(0)
    times = rng.multinomial(len(sizes), np.full(len(sizes), 1.0 / len(sizes)), size=_DRAWS)
    return np.asarray(np.sqrt((times @ missed) / (times @ sizes)))


def _middle(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _averaged(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return (
        {name: float(np.mean([one[name] for one in found])) for name in found[0]} if found else {}
    )
