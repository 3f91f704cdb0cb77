"""Scores of candidates as ranks, and ranks as metrics with intervals over people."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classic.metrics import interval, paired_interval
from llmrec.lab.task import RankingTask

CUTS = (1, 5, 10, 20)
_MAIN = 10


def ranks_of(scores: np.ndarray, places: np.ndarray) -> np.ndarray:
    """float64 [n]: the rank of the candidate at int64 [n] `places`, 1 the best. Ties go by the
    order of the columns, which is drawn; a candidate without a score (NaN) stands behind all that
    have one, and a truth without a score has no rank: infinity."""
    n, width = scores.shape
    wanted = scores[np.arange(n), places][:, None]
    known = np.nan_to_num(scores, nan=-np.inf)
    earlier = np.arange(width)[None, :] < places[:, None]
    before = (known > wanted) | ((known == wanted) & earlier)
    ranks = 1.0 + before.sum(axis=1)
    return np.where(np.isnan(wanted[:, 0]), np.inf, ranks)


def best_of(scores: np.ndarray, top: int) -> np.ndarray:
    """int64 [n, top]: the columns of the best candidates, best first, ties as in `ranks_of`; -1
    where an answer spoke of fewer."""
    known = np.nan_to_num(scores, nan=-np.inf)
    best = np.argsort(-known, axis=1, kind="stable")[:, :top]
    return np.where(np.isfinite(np.take_along_axis(known, best, axis=1)), best, -1)


def metrics_of(ranks: np.ndarray, label: str) -> dict[str, np.ndarray]:
    """Per person, float64 [n], by name: `ndcg@k`, `hr@k` and `mrr` of one truth. No rank is 0."""
    gain = np.where(np.isfinite(ranks), 1.0 / np.log2(1.0 + ranks), 0.0)
    found = {f"ndcg@{k}/{label}": np.where(ranks <= k, gain, 0.0) for k in CUTS}
    found |= {f"hr@{k}/{label}": (ranks <= k).astype(np.float64) for k in CUTS[:-1]}
    found[f"mrr/{label}"] = np.where(np.isfinite(ranks), 1.0 / ranks, 0.0)
    return found


def main_metric(label: str) -> str:
    return f"ndcg@{_MAIN}/{label}"


@dataclass(frozen=True)
class Measured:
    """A row of the report: values per person by metric, and their means with 95 % intervals."""

    name: str
    cases: Mapping[str, np.ndarray]
    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]

    def gain_over(self, other: "Measured", metric: str) -> tuple[float, tuple[float, float]]:
        """The mean difference over the same people, and its interval."""
        return paired_interval(self.cases[metric], other.cases[metric])


def measured(name: str, scores: np.ndarray, task: RankingTask) -> Measured:
    cases = metrics_of(ranks_of(scores, task.places()), task.label)
    means = {metric: float(values.mean()) for metric, values in cases.items()}
    return Measured(name, cases, means, {m: interval(v) for m, v in cases.items()})
