"""`llmrec evaluate ptum`: arms beside each other at shares of the labels, people being those that
pre-training never saw."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from classic.configure import with_seed
from classic.data.datasets import FETCHED
from classic.data.movielens import people_1m, people_100k
from classic.errors import BadInput
from classic.metrics import auc
from classic.train.loop import Say, silent
from finetune.ptum.data import Opened, Protocol, Split, opened, sequences_of
from finetune.ptum.profile import ARMS, Arm, Labelled, ProfileConfig, fitted, macro_f1
from llmrec.behaviour.encoder import BehaviourEncoder
from llmrec.behaviour.recommender import Ptum, load_ptum
from llmrec.evaluate.record import write_record

TASKS = ("gender", "age", "occupation")
_PEOPLE_OF = {"ml-1m": people_1m, "ml-100k": people_100k}
_DECADES = 10
_DRAWS = 1000


@dataclass(frozen=True, eq=False)
class Trial:
    """People to learn from, whose behaviour pre-training saw but not their labels, and others."""

    learned: Labelled
    asked: Labelled


def trial(data: str, task: str, weights: Path) -> tuple[Trial, BehaviourEncoder]:
    """Raises `BadInput` for a data set that says nothing of people, and for weights whose
    pre-training saw everybody."""
    if data not in _PEOPLE_OF:
        raise BadInput(f"{data} says nothing of people; these do: {', '.join(_PEOPLE_OF)}")
    if task not in TASKS:
        raise BadInput(f"no task {task!r}; there are: {', '.join(TASKS)}")
    given, model = encoder_for(data, weights, "people")
    folder = FETCHED[data].folder()
    assert folder
    labels, classes = classes_of(data, task, folder, given.interactions.user_ids)
    everybody = sequences_of(data, given.interactions)
    whole = Labelled(everybody, labels, classes)
    split = Split.of(given.interactions, "people")
    new = np.unique(given.interactions.users[split.kept])
    old = np.setdiff1d(np.flatnonzero(everybody.lengths), new)
    return Trial(whole.take(old), whole.take(new)), model.net


def encoder_for(data: str, weights: Path, protocol: Protocol) -> tuple[Opened, Ptum]:
    """Raises `BadInput` for weights of other items, or that saw what is asked."""
    given = opened(data)
    model = load_ptum(weights, given.text)
    if model.item_ids != given.interactions.item_ids:
        raise BadInput(f"{weights} was pre-trained on other items than those of {data}")
    _refuse_seen(weights, given.sha256, protocol)
    return given, model


def _refuse_seen(weights: Path, data: str, protocol: Protocol = "people") -> None:
    """Raises `BadInput` unless the weights say that they are of this data without what is asked: a
    fifth of its people, or everybody's last two."""
    told = weights.with_suffix(".json")
    about = json.loads(told.read_text("utf-8")) if told.is_file() else {}
    if about.get("protocol") != protocol:
        raise BadInput(
            f"{weights} saw everybody: pre-train with `protocol: people` for this"
            if protocol == "people"
            else f"{weights} saw the answers: pre-train with `protocol: {protocol}` for this"
        )
    if about.get("data_sha256") != data:
        raise BadInput(f"{weights} was pre-trained on other interactions: pre-train it again")


def classes_of(
    data: str, task: str, folder: Path, user_ids: Sequence[str]
) -> tuple[np.ndarray, int]:
    """int64 [n_users], and of how many classes: `gender`, `age` (the bands of ml-1m, tens of years
    elsewhere) or `occupation`."""
    people = _PEOPLE_OF[data](folder)
    own = dict(zip(people["user"], people[task], strict=True))
    said = [own[user] for user in user_ids]
    if task == "age" and data != "ml-1m":
        said = [age // _DECADES for age in said]
    known, codes = np.unique(np.array(said), return_inverse=True)
    return codes.astype(np.int64), len(known)


@dataclass(frozen=True, eq=False)
class Told:
    """float64 [seeds, n, classes] logits of those asked, in an arm at a share of the labels."""

    logits: np.ndarray
    n_labels: int
    seconds: float

    def scores(self, labels: np.ndarray) -> dict[str, float]:
        """The means over the seeds; AUC where there are two classes."""
        classes = self.logits.shape[2]
        told = self.logits.argmax(axis=2)
        found = {"macro-f1": float(np.mean([macro_f1(t, labels, classes) for t in told]))}
        if classes == 2:
            odds = self.logits[:, :, 1] - self.logits[:, :, 0]
            found["auc"] = float(np.mean([auc(own, labels > 0) for own in odds]))
        return found

    def of(self, people: np.ndarray) -> "Told":
        return replace(self, logits=self.logits[:, people])


def measured(
    trial_: Trial,
    encoder: BehaviourEncoder,
    arms: Sequence[Arm],
    shares: Sequence[float],
    seeds: Sequence[int],
    config: ProfileConfig,
    say: Say = silent,
) -> dict[tuple[float, Arm], Told]:
    """Every arm at every share, with the same labels for all arms of a seed."""
    found = {}
    for share in shares:
        for arm in arms:
            began, logits, n = time.perf_counter(), [], 0
            for seed in seeds:
                order = np.random.default_rng(seed).permutation(len(trial_.learned.labels))
                n = max(2, round(share * len(order)))
                own = _copied(encoder, arm, seed)
                told = fitted(arm, own, trial_.learned.take(order[:n]), _seeded(config, seed))
                logits.append(told(trial_.asked.people))
            seconds = (time.perf_counter() - began) / len(seeds)
            found[share, arm] = Told(np.stack(logits), n, seconds)
            scores = found[share, arm].scores(trial_.asked.labels)
            said = ", ".join(f"{name} {value:.4f}" for name, value in scores.items())
            say(f"  {100 * share:g} % of the labels ({n}), {arm}: {said} ({seconds:.0f} s)")
    return found


def _copied(encoder: BehaviourEncoder, arm: Arm, seed: int) -> BehaviourEncoder:
    """The pre-trained net, or for `scratch` one that knows nothing."""
    torch.manual_seed(seed)
    text = encoder.text.numpy() if encoder.text.shape[1] else None
    own = BehaviourEncoder(encoder.n_items, encoder.config, text)
    if arm != "scratch":
        own.load_state_dict(encoder.state_dict())
    return own


def _seeded(config: ProfileConfig, seed: int) -> ProfileConfig:
    return replace(with_seed(config, seed), heads=replace(config.heads, seed=seed))


def gains(ours: Told, theirs: Told, labels: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """By how much ours is beyond theirs, with 95 % when people are drawn again, the same for
    both."""
    rng = np.random.default_rng(0)
    whole = _differences(ours, theirs, labels)
    drawn = []
    for _ in range(_DRAWS):
        people = rng.integers(0, len(labels), len(labels))
        drawn.append(
            list(_differences(ours.of(people), theirs.of(people), labels[people]).values())
        )
    low, high = np.quantile(np.array(drawn), (0.025, 0.975), axis=0)
    return {
        name: (value, float(a), float(b))
        for (name, value), a, b in zip(whole.items(), low, high, strict=True)
    }


def _differences(ours: Told, theirs: Told, labels: np.ndarray) -> dict[str, float]:
    a, b = ours.scores(labels), theirs.scores(labels)
    return {name: a[name] - b[name] for name in a}


def evaluate(
    data: str,
    task: str,
    weights: Path,
    shares: Sequence[float],
    seeds: Sequence[int],
    out: Path | None,
    say: Say,
    arms: Sequence[Arm] = ARMS,
    config: ProfileConfig | None = None,
) -> list[str]:
    """A line for each share and arm, and a record of all in `out`. Raises `BadInput`."""
    config = config or ProfileConfig()
    own, encoder = trial(data, task, weights)
    found = measured(own, encoder, arms, shares, seeds, config, say)
    labels = own.asked.labels
    common = np.bincount(own.learned.labels).argmax()
    majority = macro_f1(np.full(len(labels), common), labels, own.asked.classes)
    rows = []
    for (share, arm), told in found.items():
        row: dict[str, object] = {"share": share, "labels": told.n_labels, "arm": arm}
        row |= {name: round(value, 4) for name, value in told.scores(labels).items()}
        if arm != "scratch" and (share, "scratch") in found:
            over = gains(told, found[share, "scratch"], labels)
            row["over scratch"] = {m: [round(x, 4) for x in v] for m, v in over.items()}
        rows.append(row | {"seconds": round(told.seconds, 1)})
    if out:
        means = {row: told.logits.mean(axis=0) for row, told in found.items()}
        write_record(
            out,
            config={"data": data, "task": task, "weights": weights.name, "of": str(config)},
            metrics={
                "asked": len(labels),
                "classes": own.asked.classes,
                "majority macro-f1": round(majority, 4),
                "rows": rows,
            },
            per_case=[
                {"person": n, "label": int(label)}
                | {f"{share:g} {arm}": own[n].tolist() for (share, arm), own in means.items()}
                for n, label in enumerate(labels)
            ],
            data=[weights],
            seeds=seeds,
        )
    return [" ".join(f"{name} {value}" for name, value in row.items()) for row in rows]
