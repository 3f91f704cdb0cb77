"""Diversity: how unlike the first five are, and over how many items the firsts of all people are
spread. By the measures of the classic models, whose terms these are."""

import numpy as np

from classic.evaluate.beyond import coverage, gini, intra_list_diversity
from classic.metrics import paired_interval
from classic.retrieve.content import Content
from llmrec.lab.exposure import TOP
from llmrec.lab.measure import best_of
from llmrec.lab.task import RankingTask


def distances(rows: np.ndarray, content: Content) -> np.ndarray:
    """float64 [n]: of int64 [n, k] rows of items, the mean over the pairs of each list of 1 less
    how alike two are in genres, people, keywords and decade (Ziegler et al., WWW 2005)."""
    return intra_list_diversity(rows, lambda own: content.similarity(own, own))


def of_candidates(task: RankingTask, content: Content) -> np.ndarray | None:
    """float64 [n_cases]: how unlike the candidates of each person are, which is what five drawn of
    them are on average; `None` where nothing is known of any but its title."""
    rows = task.rows()
    return distances(rows, content) if content.fields[np.unique(rows)].nnz else None


def diversity(
    scores: np.ndarray, task: RankingTask, content: Content, typical: np.ndarray | None
) -> dict[str, float]:
    """Of float64 [n_cases, n_candidates] scores: `different`, the share of all people's candidates
    that is among anybody's first five, and `gini` of what comes first. With `typical`, which
    `of_candidates` gives: the mean `distance` within the first five, and its `gap` to that of the
    candidates with its interval, of people of whom five were told. Empty without answers."""
    known, places = np.unique(task.rows(), return_inverse=True)
    best = best_of(scores, TOP)
    told = best >= 0
    if not told.any():
        return {}
    chosen = np.take_along_axis(places, best, axis=1)
    found = {
        "different": coverage(chosen[told], len(known)),
        "gini": gini(chosen[told[:, 0], 0], len(known)),
    }
    whole = told.all(axis=1) & (best.shape[1] > 1)
    if typical is None or not whole.any():
        return found
    own = distances(known[chosen[whole]], content)
    gap, (low, high) = paired_interval(own, typical[whole])
    return {**found, "distance": float(own.mean()), "gap": gap, "low": low, "high": high}


def gini_of_truths(task: RankingTask) -> float:
    """What the Gini coefficient of a perfect ranking's firsts is."""
    known, places = np.unique(task.rows(), return_inverse=True)
    truths = np.take_along_axis(places, task.places()[:, None], axis=1)
    return gini(truths, len(known))
