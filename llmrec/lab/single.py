"""What tasks share that ask about one item a case: likes and ratings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Judged:
    """A line of the report, by metric: values, intervals over people, differences to one of the
    baselines. `unread` is the share of rows without an answer."""

    name: str
    strategy: bool
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    gains: Mapping[str, tuple[float, tuple[float, float]]]
    unread: float


def answers_of(
    baselines: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """float64 [n_cases] by row, the baselines first; `found` holds [n_cases, 1] by strategy."""
    return {**baselines, **{name: scores[:, 0] for name, scores in found.items()}}
