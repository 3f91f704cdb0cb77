"""How often a person likes, and how often an item is liked: what a ranker has to beat."""

from dataclasses import dataclass

import numpy as np

from classic.rank.examples import Examples
from classic.rank.features import Schema
from classic.train.line import log_odds


@dataclass(frozen=True)
class MeansConfig:
    """By the categories of these fields; `prior` examples count as if they had the mean of all."""

    fields: tuple[str, ...] = ("user", "item")
    prior: float = 10.0


@dataclass(frozen=True, eq=False)
class Means:
    """The log odds of the first label, by category: of all (`base`), and by how much each of the
    fields at `places` of the `ones` changes them (`shifts`, float64 [n_rows])."""

    base: float
    shifts: np.ndarray
    places: tuple[int, ...]

    def logits(self, examples: Examples) -> np.ndarray:
        """float64 [n, 1]."""
        return self.base + self.shifts[examples.ones[:, list(self.places)]].sum(1, keepdims=True)


def fit_means(schema: Schema, examples: Examples, config: MeansConfig) -> Means:
    names = [f.name for f in schema.of_kind("one")]
    places = tuple(names.index(name) for name in config.fields)
    label = examples.labels[:, 0].astype(np.float64)
    mean, n_rows = label.mean(), schema.layout.rows
    rows = examples.ones[:, list(places)]
    n = np.bincount(rows.ravel(), minlength=n_rows)
    n_liked = np.bincount(rows.ravel(), np.repeat(label, len(places)), minlength=n_rows)
    share = (n_liked + config.prior * mean) / (n + config.prior)
    base = float(log_odds(mean))
    return Means(base, log_odds(share) - base, places)
