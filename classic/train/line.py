"""Lines through a few numbers, fitted exactly: the odds of yes, and of being the one chosen."""

from typing import Any

import numpy as np
from scipy.special import expit, logit

_STEPS = 50
_RIDGE = 1e-6
_RAREST = 1e-6
_SHARED_RIDGE = 1e-5
"""By how much was chosen."""


def log_odds(share: Any) -> np.ndarray:
    """float64: of shares, none taken for never or always."""
    return np.asarray(logit(np.clip(share, _RAREST, 1.0 - _RAREST)))


def logistic_weights(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """float64 [m + 1]: the weights of float [n, m] numbers and a constant, the last, with the least
    log loss of bool [n] labels, by Newton's method with a touch of L2."""
    x = np.column_stack([x, np.ones(len(labels))])
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        chances = expit(x @ w)
        slope = x.T @ (chances - labels) + _RIDGE * w
        curve = (x * (chances * (1.0 - chances))[:, None]).T @ x + _RIDGE * np.eye(len(w))
        move = np.linalg.solve(curve, slope)
        w -= move
        if np.abs(move).max() < 1e-9:
            break
    return w


def choice_weights(x: np.ndarray, owner: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """float64 [m]: the weights of float [n, m] numbers under which what was `chosen` (bool [n]) is
    likeliest among the rows of the same owner, which stand together (conditional logit; McFadden
    1974), by Newton's method with a touch of L2. Numbers that an owner's rows share say nothing."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    picks = np.add.reduceat(chosen.astype(np.float64), starts)
    picks_of_row = np.repeat(picks, np.diff([*starts, len(owner)]))
    ridge = _SHARED_RIDGE * max(picks.sum(), 1.0)
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        shares = np.exp(log_shares(x @ w, owner)) * picks_of_row
        weighted = x * shares[:, None]
        means = np.add.reduceat(weighted, starts)
        slope = x[chosen].sum(axis=0) - weighted.sum(axis=0) - ridge * w
        of_one = means / np.sqrt(np.maximum(picks, 1.0))[:, None]
        curve = x.T @ weighted - of_one.T @ of_one + ridge * np.eye(len(w))
        move = np.linalg.solve(curve, slope)
        w += move / max(1.0, float(np.abs(move).max()))
        if np.abs(move).max() < 1e-6:
            break
    return w


def log_shares(scores: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """float64 [n]: the log softmax of scores over the rows of the same owner, which stand
    together."""
    if not len(scores):
        return np.zeros(0)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    sizes = np.diff([*starts, len(owner)])
    above = scores - np.repeat(np.maximum.reduceat(scores, starts), sizes)
    return np.asarray(above - np.repeat(np.log(np.add.reduceat(np.exp(above), starts)), sizes))
