"""`llmrec evaluate ptum --task next`, `cold` and `match`: what pre-training is worth where nothing
but behaviour is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from classic.data.histories import Histories, histories_of
from classic.data.interactions import Interactions
from classic.evaluate.full_ranking import FullRanking, held_out_matrix, leave_last_out
from classic.metrics import interval, paired_interval
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.train.loop import Say, TrainConfig
from finetune.ptum.data import Opened, Protocol, Split, sequences_of
from finetune.ptum.evaluate import encoder_for
from finetune.ptum.objectives import ObjectiveConfig
from finetune.ptum.pretrain import PretrainConfig, pretrained
from llmrec.behaviour.encoder import BehaviourEncoder
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import Sequences
from llmrec.evaluate.record import write_record

TASKS = ("next", "cold", "match")
COLD = (1, 3, 5, 10)
_K, _WATCHED = 10, 500


@dataclass(frozen=True, eq=False)
class Ground:
    """Data, the encoder, what every arm may learn from, what is asked, and `inside`, by which
    SASRec stops."""

    data: str
    given: Opened
    model: Ptum
    learned: Interactions
    asked: Interactions
    inside: FullRanking

    @classmethod
    def of(cls, data: str, weights: Path, protocol: Protocol) -> "Ground":
        """Raises `BadInput` for weights that saw what is asked."""
        given, model = encoder_for(data, weights, protocol)
        split = Split.of(given.interactions, protocol)
        learned, asked = split.to_learn, given.interactions.select(split.kept)
        inside = (
            leave_last_out(replace(given.interactions, ratings=None), before=1)
            if protocol == "last-two"
            else leave_last_out(replace(learned, ratings=None))
        )
        return cls(data, given, model, learned, asked, inside)

    @property
    def scratch(self) -> BehaviourEncoder:
        """The same net without what it learned."""
        net = self.model.net
        return BehaviourEncoder(net.n_items, net.config, self.given.text)


@dataclass(eq=False)
class Knowing(Ptum):
    """Reads of its `people` how and when they did what they did, which plain histories leave
    out."""

    people: Sequences

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        return self.scores(self.people.take(users))


def arms_of(ground: Ground, minutes: float, seed: int, say: Say) -> dict[str, Recommender]:
    """The encoder as it is; the same fine-tuned to foretell what is next alone; the same net from
    scratch by that objective; SASRec of its size; and popularity. Each that learns has the same
    `minutes`."""
    net, events = ground.model.net, ground.learned
    own = sequences_of(ground.data, events)
    config = PretrainConfig(net.config, ObjectiveConfig(masked=0.0))
    training = replace(config.training, minutes=minutes, seed=seed)
    config = replace(config, training=training)

    def tuned(start: BehaviourEncoder | None) -> Ptum:
        made, _ = pretrained(own, config, ground.given.text, say, start=start)
        return Ptum.of(made, events.item_ids)

    shape = net.config
    sasrec = SasRecConfig(
        shape.dimensions,
        shape.blocks,
        shape.heads,
        shape.length,
        shape.dropout,
        training=TrainConfig(1000, look_every=2, minutes=minutes, seed=seed),
    )
    inside = ground.inside
    few = np.random.default_rng(seed).permutation(inside.asked)[:_WATCHED]
    watched = replace(
        inside, given=inside.given.take(few), held_out=inside.held_out[few], users=None
    )

    def watch(model: Recommender) -> float:
        return float(np.mean(watched.metrics(model, _K)[f"ndcg@{_K}/full"]))

    return {
        "popularity": fit_popularity(events),
        "pre-trained": ground.model,
        "fine-tuned": tuned(net),
        "scratch": tuned(None),
        "sasrec": fit_sasrec(inside.train, sasrec, watch, say),
    }


@dataclass(frozen=True, eq=False)
class Moment:
    """What is asked, of whom `told` says what they did before it."""

    ranking: FullRanking
    told: Interactions


def next_item(interactions: Interactions) -> dict[str, Moment]:
    """Everybody's last item, of who is told all before it."""
    ranking = leave_last_out(interactions)
    return {"all": Moment(ranking, ranking.train)}


def cold(learned: Interactions, asked: Interactions) -> dict[str, Moment]:
    """People who trained nothing, told their first few behaviours and asked for the one after: as
    many of them as did enough."""
    most = max(map(len, asked.by_user()))
    return {str(n): _after(learned, asked, n) for n in COLD if n < most}


def _after(learned: Interactions, asked: Interactions, n: int) -> Moment:
    own = [rows for rows in asked.by_user() if len(rows) > n]
    told = asked.select(np.concatenate([rows[:n] for rows in own]))
    out = held_out_matrix(asked, np.array([rows[n] for rows in own]))
    users = np.arange(asked.n_users)
    return Moment(FullRanking(learned, histories_of(told), out, users), told)


def matched(model: Ptum, people: Interactions) -> np.ndarray:
    """float64 [n]: for each person the share of the others whose later half is less like this
    person's earlier half than their own is, by the cosine of profiles: the AUC of telling the same
    person from another (the matching of UserBERT, Wu et al. 2021)."""
    own = [rows for rows in people.by_user() if len(rows) >= 2]
    halves = []
    for later in (False, True):
        parts = [rows[len(rows) // 2 :] if later else rows[: len(rows) // 2] for rows in own]
        told = people.select(np.concatenate(parts))
        every = Sequences.of(told).without_times()
        x = model.profiles(every.take(np.flatnonzero(every.lengths)))
        halves.append((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6))
    before, after = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in halves)
    alike = before @ after.T
    mine = np.diag(alike)[:, None]
    below = (alike < mine).sum(axis=1) + 0.5 * ((alike == mine).sum(axis=1) - 1)
    return np.asarray(below / max(len(own) - 1, 1))


def evaluate(
    data: str,
    task: str,
    weights: Path,
    minutes: float,
    seeds: Sequence[int],
    out: Path | None,
    say: Say,
) -> list[str]:
    """A line for each arm, and a record of all in `out`. Raises `BadInput`."""
    ground = Ground.of(data, weights, "last-two" if task == "next" else "people")
    found: dict[str, list[np.ndarray]] = {}
    for seed in seeds:
        for row, values in _measured(ground, task, minutes, seed, say).items():
            found.setdefault(row, []).append(values)
    means = {row: np.mean(values, axis=0) for row, values in found.items()}
    rows = [_row(name, values, means) for name, values in means.items()]
    if out:
        write_record(
            out,
            config={"data": data, "task": task, "weights": weights.name, "minutes": minutes},
            metrics={"metric": "auc" if task == "match" else f"ndcg@{_K}/full", "rows": rows},
            data=[weights],
            seeds=seeds,
        )
    return [" ".join(f"{name} {value}" for name, value in row.items()) for row in rows]


def _measured(
    ground: Ground, task: str, minutes: float, seed: int, say: Say
) -> dict[str, np.ndarray]:
    """A value a person, by the arm's name and, where people are cold, how much was told."""
    if task == "match":
        torch.manual_seed(seed)
        plain = Ptum.of(ground.scratch.eval(), ground.model.item_ids)
        nets = {"pre-trained": ground.model, "scratch": plain}
        return {name: matched(model, ground.asked) for name, model in nets.items()}
    moments = (
        next_item(ground.given.interactions)
        if task == "next"
        else cold(ground.learned, ground.asked)
    )
    arms = arms_of(ground, minutes, seed, say)
    found = {}
    for told, moment in moments.items():
        people = sequences_of(ground.data, moment.told)
        for arm, model in arms.items():
            if isinstance(model, Ptum):
                model = Knowing(model.name, model.item_ids, model.net, people)
            own = moment.ranking.metrics(model, _K)
            found[f"{arm} ({told})"] = own[f"ndcg@{_K}/full"]
    return found


def _row(name: str, values: np.ndarray, means: dict[str, np.ndarray]) -> dict[str, object]:
    low, high = interval(values)
    row: dict[str, object] = {"arm": name, "people": len(values)}
    row |= {"mean": round(float(values.mean()), 4), "interval": [round(low, 4), round(high, 4)]}
    base = "scratch" + name[name.index(" (") :] if " (" in name else "scratch"
    if name != base:
        gain, (low, high) = paired_interval(values, means[base])
        row["over scratch"] = [round(x, 4) for x in (gain, low, high)]
    return row
