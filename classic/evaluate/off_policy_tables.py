"""Running a table of policies: what estimators say of each from another's log, and what is true."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from classic.data.catalog import Catalog
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.off_policy import (
    Log,
    by_person,
    direct,
    doubly_robust,
    effective_size,
    ips,
    logged,
    snips,
    softmax_policy,
    true_values,
)
from classic.evaluate.protocol import FirstShown, OfFiles, Say
from classic.evaluate.rerank_tables import for_epochs
from classic.evaluate.reranked import best_of, parts_of
from classic.evaluate.tables import Row, over_seeds
from classic.metrics import interval, paired_interval
from classic.models import model_named
from classic.rerank.listwise import SHOWN, ListwiseConfig, Slates
from classic.rerank.reinforce import ReinforceConfig, drawn
from classic.rerank.simulator import Viewer
from classic.source import Source
from classic.train.line import logistic_weights
from classic.train_listwise import lists_seen, slates_of, taught

_LOGGING = "logging"
_SIMULATED_TRIES = 32
Shape = Literal["relevance", "listwise", "reinforced"]


@dataclass(frozen=True)
class PolicyEntry:
    """A row: a softmax, so `sharp`, of the retriever's relevance or of what a net that learned
    finds a candidate worth with the dial at 0."""

    by: Shape = "relevance"
    sharp: float = 1.0
    published: str = ""


@dataclass(frozen=True)
class OffPolicyTable(OfFiles, FirstShown):
    """`read` makes what is asked, and what the items are. The policy `logging` shows everybody who
    is asked one candidate, `visits` times in all; reward is whether they liked it later. Estimates
    are of one log for each of `seeds`; what nets know comes from the people of training, who are
    not in it. What a row gains is the truth, over the logging policy's."""

    read: Callable[[Path], tuple[FullRanking, Catalog]]
    entries: Mapping[str, PolicyEntry]
    retriever: str
    epochs: int
    visits: int = 20
    seeds: tuple[int, ...] = tuple(range(10))
    baseline: str = _LOGGING
    shown: tuple[str, ...] = ("truth", "ips", "snips", "direct", "doubly robust", "simulator")

    def run(self, name: str, folder: Path, say: Say) -> Row:
        everybody, catalog = self.read(folder)
        asked = everybody.of_asked()
        model = model_named(self.retriever).fit(Source(asked.train, catalog), None, None, say)
        slates = slates_of(asked, *best_of(model, asked), parts_of(asked.train, catalog))
        began = time.perf_counter()
        worth = self._worth(self.entries[name], asked, catalog, slates, say)
        seconds = time.perf_counter() - began
        policy = softmax_policy(worth, slates.inside)
        showing = self.entries[_LOGGING]
        other = softmax_policy(_relevance(slates, showing), slates.inside)
        truth, base = (true_values(p, slates.wanted) for p in (policy, other))
        found = [
            estimates(logged(other, slates.wanted, self.visits, seed), policy, slates)
            for seed in self.seeds
        ]
        simulated = _simulated(worth, slates)
        runs = [
            {m: float(v.mean()) for m, v in one.items()}
            | {"truth": float(truth.mean()), "simulator": float(simulated.mean())}
            for one in found
        ]
        metrics, spread = over_seeds(runs)
        say(f"  {name}: " + ", ".join(f"{m} {v:.4f} ± {spread[m]:.4f}" for m, v in metrics.items()))
        cases = {**found[0], "truth": truth, "simulator": simulated}
        log = logged(other, slates.wanted, self.visits, self.seeds[0])
        return Row(
            config=str(self.entries[name]),
            seeds=self.seeds,
            seconds=seconds,
            metrics=metrics,
            spread=spread,
            intervals={m: interval(values) for m, values in cases.items()},
            cases=cases,
            gains={"truth": paired_interval(truth, base)},
            slices={},
            beyond={"lines": float(len(log)), "effective lines": effective_size(log, policy)},
        )

    def _worth(
        self, entry: PolicyEntry, asked: FullRanking, catalog: Catalog, slates: Slates, say: Say
    ) -> np.ndarray:
        """float64 [people, m]."""
        if entry.by == "relevance":
            return _relevance(slates, entry)
        config = ListwiseConfig() if entry.by == "listwise" else ReinforceConfig()
        seen = lists_seen(asked.train, catalog, self.retriever, say)
        net = taught(seen, for_epochs(config, self.epochs), say).eval()
        parts = (torch.from_numpy(own) for own in (slates.told, slates.alike, slates.inside))
        with torch.inference_mode():
            found = net(*parts, torch.zeros(len(slates)))
        return np.asarray(entry.sharp * found.double().numpy())


def estimates(log: Log, policy: np.ndarray, slates: Slates) -> dict[str, np.ndarray]:
    """By estimator, float64 [people]."""
    predicted = expected_rewards(log, slates)
    found = {
        "ips": ips(log, policy),
        "snips": snips(log, policy),
        "direct": direct(log, policy, predicted),
        "doubly robust": doubly_robust(log, policy, predicted),
    }
    return {name: by_person(log, values) for name, values in found.items()}


def expected_rewards(log: Log, slates: Slates) -> np.ndarray:
    """float64 [people, m]: logistic regression on what the nets read, of each half of the people
    by the lines of the other half."""
    told = slates.told.astype(np.float64)
    found = np.zeros(told.shape[:2])
    for half in (0, 1):
        lines = log.people % 2 != half
        x = told[log.people[lines], log.shown[lines]]
        *weights, constant = logistic_weights(x, log.rewards[lines] > 0.0)
        odds = told[half::2] @ np.array(weights) + constant
        found[half::2] = 1.0 / (1.0 + np.exp(-odds))
    return np.where(slates.inside, found, 0.0)


def _relevance(slates: Slates, entry: PolicyEntry) -> np.ndarray:
    return np.asarray(entry.sharp * slates.told[:, :, 0].astype(np.float64))


def _simulated(worth: np.ndarray, slates: Slates) -> np.ndarray:
    """float64 [people]: what the simulated viewer takes to of slates that the policy draws, the
    dial being at 0; shown beside the truth for what a simulator's word is worth."""
    torch.manual_seed(0)
    held = torch.from_numpy(np.where(slates.inside, worth, -1e9))
    tried = drawn(held, _SIMULATED_TRIES, min(SHOWN, held.shape[1]))
    wanted, alike = torch.from_numpy(slates.wanted).double(), torch.from_numpy(slates.alike)
    reward = Viewer().reward(tried, wanted, alike.double(), torch.zeros(len(worth)).double())
    return np.asarray(reward.mean(dim=0).numpy())
