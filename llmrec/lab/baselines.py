"""The rows that a prompt has to beat, on the same people and candidates."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from classic.data.catalog import Catalog
from classic.data.histories import Histories
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.memory import TooLarge
from classic.retrieve.content import Content
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.item_item import ItemItem
from classic.retrieve.item_knn import fit_item_knn
from classic.retrieve.recommender import Recommender
from llmrec.lab.bm25 import bm25_scores
from llmrec.lab.task import Case, RankingTask, rng_of

_AT_ONCE = 500
_PRIOR = 5.0
"""Ratings of the mean that every item is given beside its own."""


def chance(n_candidates: int, k: int) -> float:
    """The NDCG@k of a list in random order with one truth: the mean of what each place earns."""
    return float((1.0 / np.log2(np.arange(2, min(k, n_candidates) + 2))).sum() / n_candidates)


def baseline_scores(
    task: RankingTask, names: tuple[str, ...] | None = None
) -> dict[str, np.ndarray]:
    """float64 [n_cases, n_candidates] of each baseline that this task allows: `item-mean` needs
    ratings, and `ease` memory. Raises `BadInput` for a name that is none."""
    if unknown := [name for name in names or () if name not in BASELINES]:
        raise BadInput(f"no baseline {unknown[0]!r}; there are: {', '.join(BASELINES)}")
    found = {}
    for name in names or tuple(BASELINES):
        try:
            scores = BASELINES[name](task)
        except TooLarge:
            continue
        if scores is not None:
            found[name] = scores
    return found


def _random(task: RankingTask) -> np.ndarray:
    drawn = [rng_of(task.seed, case.user, "random").random() for case in task.cases]
    shape = (len(drawn), task.n_candidates)
    return np.random.default_rng(int(1e9 * float(np.sum(drawn)))).random(shape)


def _popularity(task: RankingTask) -> np.ndarray:
    return counts_of(task)[task.rows()]


def counts_of(task: RankingTask) -> np.ndarray:
    """float64 [n_items]: how many met each item in training."""
    return np.bincount(task.train.items, minlength=len(task.catalog)).astype(np.float64)


def _item_mean(task: RankingTask) -> np.ndarray | None:
    """Stars, damped towards the mean of all: an item with one rating is not the best of all."""
    ratings = task.train.ratings
    if ratings is None:
        return None
    total = np.bincount(task.train.items, ratings, minlength=len(task.catalog))
    means = (total + _PRIOR * float(ratings.mean())) / (counts_of(task) + _PRIOR)
    return np.asarray(means[task.rows()])


def _ease(task: RankingTask) -> np.ndarray:
    return folded_in(task, ease_of(task.train))


def _item_knn(task: RankingTask) -> np.ndarray:
    return folded_in(task, fit_item_knn(task.train))


def _content(task: RankingTask) -> np.ndarray:
    """How like each person's history a candidate is, summed over it, by what the catalogue says of
    both."""
    content, found = Content.of(task.catalog), []
    for case, rows in zip(task.cases, task.rows(), strict=True):
        alike = content.similarity(task.catalog.rows(case.history), rows)
        found.append(alike.sum(axis=0))
    return np.array(found)


@lru_cache(maxsize=1)
def ease_of(train: Interactions) -> ItemItem:
    """Fitted once for the report's row and for prompts that show it. Raises `TooLarge`."""
    return fit_ease(train, EaseConfig())


def folded_in(task: RankingTask, model: Recommender) -> np.ndarray:
    """float64 [n_cases, n_candidates]: the scores of a model that reads each person's history."""
    rows, found = task.rows(), []
    for first in range(0, len(task.cases), _AT_ONCE):
        block = slice(first, first + _AT_ONCE)
        scores = model.fold_in_rows(histories_of_cases(task.cases[block], task.catalog))
        found.append(np.take_along_axis(scores, rows[block], axis=1))
    return np.concatenate(found)


def histories_of_cases(cases: Sequence[Case], catalog: Catalog) -> Histories:
    """What each did, every item a plain like, by the catalogue's rows."""
    items = np.concatenate([catalog.rows(case.history) for case in cases])
    bounds = np.cumsum([0, *(len(case.history) for case in cases)])
    return Histories(items, bounds, np.ones(len(items)), len(catalog))


BASELINES: Mapping[str, Callable[[RankingTask], np.ndarray | None]] = {
    "random": _random,
    "popularity": _popularity,
    "bm25": bm25_scores,
    "item-mean": _item_mean,
    "content": _content,
    "item-knn": _item_knn,
    "ease": _ease,
}
"""Beside `chance`, which is a formula. A person's mean rating orders no list: it is a row of
like prediction alone."""
