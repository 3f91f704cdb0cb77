"""What a policy would have been worth, from a log of what another one showed.

A policy gives every candidate of a person's pool a chance; it shows one, and what comes of it is
logged with the chance that it had. All estimates are means of contributions, a number for each line
of the log, so that intervals over people are those of any other metric here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from classic.errors import BadInput


@dataclass(frozen=True, eq=False)
class Log:
    """Line n: the person int64 `people[n]`, a row of the pools, was shown the candidate
    int64 `shown[n]` of their pool, which had the float64 chance `chances[n]`, and float64
    `rewards[n]` came of it."""

    people: np.ndarray
    shown: np.ndarray
    chances: np.ndarray
    rewards: np.ndarray

    def __post_init__(self) -> None:
        if not ((self.chances > 0.0) & (self.chances <= 1.0)).all():
            raise BadInput("a log has to say the chance of what was shown: above 0, at most 1")

    def __len__(self) -> int:
        return len(self.people)

    def weights(self, policy: np.ndarray) -> np.ndarray:
        """float64 [n]: how much likelier float64 [people, m] chances of a policy make each line."""
        return np.asarray(policy[self.people, self.shown] / self.chances)


def softmax_policy(worth: np.ndarray, inside: np.ndarray, sharpness: float = 1.0) -> np.ndarray:
    """float64 [people, m]: the chances of candidates by what they are worth, of those `inside`."""
    held = np.where(inside, sharpness * worth, -np.inf)
    return np.exp(np.asarray(log_softmax(held, axis=1)))


def logged(policy: np.ndarray, liked: np.ndarray, visits: int, seed: int) -> Log:
    """What `policy` shows everybody so many times, and whether bool [people, m] says that they like
    it: full information, of which the log keeps what a log would."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(len(policy)), visits)
    shown = (policy.cumsum(axis=1)[people] < rng.random(len(people))[:, None]).sum(axis=1)
    shown = np.minimum(shown, (policy > 0.0).cumsum(axis=1).argmax(axis=1)[people])
    chances, rewards = policy[people, shown], liked[people, shown].astype(np.float64)
    return Log(people, shown, chances, rewards)


def true_values(policy: np.ndarray, liked: np.ndarray) -> np.ndarray:
    """float64 [people]: what the policy is worth to each, where everything is known."""
    return np.asarray((policy * liked).sum(axis=1))


def ips(log: Log, policy: np.ndarray) -> np.ndarray:
    """float64 [n]: w r (Horvitz & Thompson 1952). Unbiased, and wild where w is."""
    return log.weights(policy) * log.rewards


def snips(log: Log, policy: np.ndarray) -> np.ndarray:
    """float64 [n] whose mean is sum(w r) / sum(w) (Swaminathan & Joachims, NeurIPS 2015), and whose
    spread is that of the ratio to first order."""
    weights = log.weights(policy)
    total = weights.sum()
    value = float((weights * log.rewards).sum() / total) if total > 0.0 else 0.0
    return value + weights * (log.rewards - value) / max(float(weights.mean()), 1e-12)


def direct(log: Log, policy: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """float64 [n]: what a model of rewards, float64 [people, m], expects of the policy. As biased
    as the model."""
    return true_values(policy, predicted)[log.people]


def doubly_robust(log: Log, policy: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """float64 [n]: the model's expectation, and w times what it missed of the line (Dudik et al.,
    ICML 2011). Unbiased if either the chances or the model are right."""
    missed = log.rewards - predicted[log.people, log.shown]
    return direct(log, policy, predicted) + log.weights(policy) * missed


def effective_size(log: Log, policy: np.ndarray) -> float:
    """How many lines of the policy's own the log is as good as: (sum w)^2 / sum w^2 (Kish 1965)."""
    weights = log.weights(policy)
    return float(weights.sum() ** 2 / max(float(np.square(weights).sum()), 1e-300))


def by_person(log: Log, contributions: np.ndarray) -> np.ndarray:
    """float64 [people of the log]: the mean of each person's lines."""
    sums = np.bincount(log.people, weights=contributions)
    counts = np.bincount(log.people)
    return np.asarray(sums[counts > 0] / counts[counts > 0])
