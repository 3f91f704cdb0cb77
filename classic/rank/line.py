"""Logistic regression on a few numbers, exactly."""

from typing import Any

import numpy as np
from scipy.special import expit, logit

_STEPS = 50
_RIDGE = 1e-6
_RAREST = 1e-6


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
