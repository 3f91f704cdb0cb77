"""Rating prediction: how many stars will this person give this one title? Beside counting, and
beside a neighbourhood of items that were rated alike.

Squared error asks for a person's scale before anything else, and means know it; so beside RMSE and
MAE stands the order within people: of two titles that a person gave different stars, is the better
one put above? Intervals are over people, whose rows belong together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Self

import numpy as np

from classic.data.datasets import load
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.rating_knn import Baseline, RatingKnnConfig, fit_rating_knn
from llmrec.lab.single import Judged, answers_of
from llmrec.lab.task import Case, RankingTask, latest_rows, rng_of, without_rows

METRICS = ("rmse", "mae", "order")
BASE = "user+item"
_ASKED = 5
"""The latest so many of everybody are asked about, and train nothing."""
_LEAST_HISTORY = 5
_DRAWS = 2000


@dataclass(frozen=True, eq=False)
class RatingTask(RankingTask):
    """Each case asks about its one candidate, after a history with stars. `stars` is float64
    [n_cases], what was given."""

    stars: np.ndarray = ()  # type: ignore[assignment]

    @property
    def label(self) -> str:
        return "ratings"

    def select(self, rows: Sequence[int] | np.ndarray) -> Self:
        return replace(super().select(rows), stars=self.stars[np.asarray(rows)])

    def take(self, n: int | None) -> Self:
        """All that `n` people are asked: the order within them takes more than one."""
        drawn = rng_of(self.seed, self.data, "people").permutation(self.people.max() + 1)[:n]
        return self.select(np.flatnonzero(np.isin(self.people, drawn)))

    @property
    def pairs(self) -> Interactions:
        """Who is asked about what, by the codes of `train`."""
        code = {user: n for n, user in enumerate(self.train.user_ids)}
        users = np.array([code[case.user] for case in self.cases], dtype=np.int32)
        items = self.rows()[:, 0].astype(np.int32)
        return Interactions(users, items, self.train.user_ids, self.train.item_ids)


def open_ratings(data: str, seed: int = 0) -> RatingTask:
    """The latest five ratings of everybody who rated five before them. Raises `BadInput` for data
    without stars."""
    loaded = load(data)
    if loaded.interactions is None or loaded.interactions.ratings is None:
        raise BadInput(f"{data} has no stars to predict: try --data ml-100k")
    events = loaded.interactions.once()
    assert events.ratings is not None
    train = without_rows(events, latest_rows(events, _ASKED))
    found = [
        (stars_case(events, rows[:-_ASKED], row), float(events.ratings[row]))
        for rows in events.by_user()
        if len(rows) >= _ASKED + _LEAST_HISTORY
        for row in rows[-_ASKED:]
    ]
    if not found:
        raise BadInput(f"{data}: nobody has {_ASKED + _LEAST_HISTORY} ratings")
    cases, stars = zip(*found, strict=True)
    about = f"the latest {_ASKED} ratings of everybody, after what they rated before those"
    return RatingTask(data, about, loaded.catalog, cases, train, seed, (), np.array(stars))


def stars_case(events: Interactions, known: np.ndarray, asked: int) -> Case:
    """Somebody before the rating in row `asked`, who had given those of int64 `known`, oldest
    first."""
    assert events.ratings is not None
    item = events.item_ids[events.items[asked]]
    return Case(
        events.user_ids[events.users[asked]],
        tuple(events.item_ids[i] for i in events.items[known]),
        (item,),
        item,
        stars=tuple(float(r) for r in events.ratings[known]),
    )


def rating_baselines(task: RatingTask) -> dict[str, np.ndarray]:
    """float64 [n_cases] stars by each: the mean of all, of the person, of the title, of both (each
    shrunk), and item-kNN around both (Koren, TKDD 2010)."""
    config = RatingKnnConfig("item")
    means, pairs = Baseline.of(task.train, config), task.pairs
    everybody = np.full(len(task.cases), means.mean)
    return {
        "mean": everybody,
        "user-mean": everybody + means.user[pairs.users],
        "item-mean": everybody + means.item[pairs.items],
        BASE: means(pairs.users, pairs.items),
        "item-knn": fit_rating_knn(task.train, config).predict(pairs),
    }


def rating_rows(
    task: RatingTask, baselines: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]
) -> list[Judged]:
    """Every row, the baselines first, with differences to `user+item`; `found` holds float64
    [n_cases, 1] by strategy. A row without an answer is given the mean of all."""
    said = answers_of(baselines, found)
    sums = {n: _sums(task, np.where(np.isnan(s), baselines["mean"], s)) for n, s in said.items()}
    people = len(sums[BASE])
    times = np.random.default_rng(0).multinomial(people, np.full(people, 1 / people), _DRAWS)
    drawn = {name: _metrics(times @ own) for name, own in sums.items()}
    told = {name: _metrics(own.sum(axis=0)) for name, own in sums.items()}
    return [
        Judged(
            name,
            name in found,
            _by_name(told[name]),
            _bounds(drawn[name]),
            {} if name == BASE else _gains(told[name] - told[BASE], drawn[name] - drawn[BASE]),
            float(np.isnan(said[name]).mean()),
        )
        for name in said
    ]


def _sums(task: RatingTask, said: np.ndarray) -> np.ndarray:
    """float64 [n_people, 5]: of each the squared and absolute errors, how many, and of pairs with
    different stars how many are ordered right, a tie half, and how many there are."""
    people = task.people
    left = said - task.stars
    sums = np.zeros((people.max() + 1, 5))
    for column, values in enumerate((left**2, np.abs(left), np.ones(len(left)))):
        sums[:, column] = np.bincount(people, values)
    order = np.argsort(people, kind="stable")
    for person, rows in enumerate(np.split(order, np.cumsum(np.bincount(people))[:-1])):
        for a, b in combinations(rows, 2):
            if apart := float(task.stars[a] - task.stars[b]):
                sums[person, 3] += (1 + np.sign(said[a] - said[b]) * np.sign(apart)) / 2
                sums[person, 4] += 1
    return sums


def _metrics(sums: np.ndarray) -> np.ndarray:
    """float64 [..., 3], as `METRICS` says, of sums [..., 5]; the order is NaN without pairs."""
    squared, absolute, n, right, pairs = np.moveaxis(sums, -1, 0)
    order = np.where(pairs, right / np.maximum(pairs, 1), np.nan)
    return np.stack([np.sqrt(squared / n), absolute / n, order], axis=-1)


def _by_name(values: np.ndarray) -> dict[str, float]:
    return dict(zip(METRICS, map(float, values), strict=True))


def _bounds(drawn: np.ndarray) -> dict[str, tuple[float, float]]:
    low, high = np.nanquantile(drawn, (0.025, 0.975), axis=0)
    return {m: (float(a), float(b)) for m, a, b in zip(METRICS, low, high, strict=True)}


def _gains(gain: np.ndarray, drawn: np.ndarray) -> dict[str, tuple[float, tuple[float, float]]]:
    bounds = _bounds(drawn)
    return {m: (value, bounds[m]) for m, value in _by_name(gain).items()}
