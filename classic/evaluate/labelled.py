"""Examples with a yes or no, some of them held out: how well a ranker tells the two apart, and how
far its chances can be believed. Intervals are over people, whose examples belong together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from classic.metrics import auc, log_loss, user_auc
from classic.rank.examples import Examples
from classic.rank.features import Schema
from classic.train.line import logistic_weights

_DRAWS = 500
_BINS = 20


@dataclass(frozen=True, eq=False)
class Labelled:
    """What to learn from, what to stop and calibrate by, and what is asked once, with the int64
    users of the latter two. `label` tells the split in the names of metrics."""

    schema: Schema
    train: Examples
    validation: Examples
    test: Examples
    validation_users: np.ndarray
    users: np.ndarray
    label: str


@dataclass(frozen=True, eq=False)
class Answers:
    """float64 [n] logits of what was asked, bool [n] what was so, and int64 [n] of whom."""

    logits: np.ndarray
    labels: np.ndarray
    users: np.ndarray

    def metrics(self) -> dict[str, float]:
        own, weighted = user_auc(self.logits, self.labels, self.users)
        return {
            "auc": auc(self.logits, self.labels),
            "uauc": own,
            "gauc": weighted,
            "logloss": log_loss(self.logits, self.labels),
            "ece": calibration_error(self.logits, self.labels),
        }


def calibration_error(logits: np.ndarray, labels: np.ndarray, bins: int = _BINS) -> float:
    """ECE: how far the mean chance and the share of yes are apart in bins of equally many, on
    average (Naeini et al., AAAI 2015; their bins are of equal width)."""
    chances = expit(logits)
    parts = np.array_split(np.argsort(chances, kind="stable"), min(bins, max(len(chances), 1)))
    gaps = [len(p) * abs(float(chances[p].mean() - labels[p].mean())) for p in parts]
    return float(np.sum(gaps) / max(len(labels), 1))


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """(a, b) for which a z + b has the least log loss (Platt 1999); (1, 0) where there is but one
    kind of label."""
    if labels.all() or not labels.any():
        return 1.0, 0.0
    a, b = logistic_weights(logits[:, None], labels)
    return float(a), float(b)


def intervals(answers: Answers, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % of AUC, uAUC and log loss when people are drawn again."""
    drawn = np.array([list(values) for values in _drawn(answers, seed)])
    return _bounds(drawn)


def paired_intervals(
    ours: Answers, theirs: Answers, seed: int = 0
) -> dict[str, tuple[float, tuple[float, float]]]:
    """The differences with their 95 %, both asked of the same people in every draw."""
    a, b = (np.array([list(v) for v in _drawn(own, seed)]) for own in (ours, theirs))
    mine, others = ours.metrics(), theirs.metrics()
    return {name: (mine[name] - others[name], bounds) for name, bounds in _bounds(a - b).items()}


_DRAWN = ("auc", "uauc", "logloss")


def _bounds(drawn: np.ndarray) -> dict[str, tuple[float, float]]:
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return {n: (float(a), float(b)) for n, a, b in zip(_DRAWN, low, high, strict=True)}


def _drawn(answers: Answers, seed: int) -> Iterator[tuple[float, float, float]]:
    """AUC, uAUC and log loss of each draw of people, everybody with all of their examples."""
    people, owner = np.unique(answers.users, return_inverse=True)
    weighted = weighted_auc(answers.logits, answers.labels)
    own = _own_auc(answers, owner, len(people))
    told = np.isfinite(own)
    missed = np.logaddexp(0.0, np.where(answers.labels, -answers.logits, answers.logits))
    of_people = np.bincount(owner, missed, len(people))
    sizes = np.bincount(owner, minlength=len(people))
    rng = np.random.default_rng(seed)
    for _ in range(_DRAWS):
        times = np.bincount(rng.integers(0, len(people), len(people)), minlength=len(people))
        both = times[told].sum()
        yield (
            weighted(times[owner].astype(np.float64)),
            float((own[told] * times[told]).sum() / max(both, 1)),
            float((of_people * times).sum() / max((sizes * times).sum(), 1)),
        )


def _own_auc(answers: Answers, owner: np.ndarray, n_people: int) -> np.ndarray:
    """float64 [n_people]: each person's AUC, NaN with one kind of label."""
    order = np.argsort(owner, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(owner, minlength=n_people))[:-1])
    return np.array([auc(answers.logits[g], answers.labels[g]) for g in groups])


def weighted_auc(scores: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], float]:
    """AUC as a function of float64 [n] weights of the examples, the sorting done once."""
    _, place = np.unique(scores, return_inverse=True)
    n = int(place.max()) + 1 if len(place) else 0

    def of(weights: np.ndarray) -> float:
        yes = np.bincount(place, weights * labels, n)
        no = np.bincount(place, weights * ~labels, n)
        wins = yes @ (np.cumsum(no) - 0.5 * no)
        return float(wins / max(yes.sum() * no.sum(), 1e-12))

    return of
