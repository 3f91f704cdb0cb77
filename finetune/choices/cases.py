"""People to learn from, for the tasks of the prompt lab. Nobody's truth is among them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from classic.errors import BadInput
from llmrec.lab.ratings import RatingTask, open_ratings, stars_case
from llmrec.lab.seeded import Lists, open_task
from llmrec.lab.tallrec import DOMAINS, tallrec_task
from llmrec.lab.task import Case, RankingTask, rng_of, without_rows

_LEAST_HISTORY = 5
_APART = 20
"""One person in so many tells which weights are best, and trains nothing."""


@dataclass(frozen=True, eq=False)
class NextTask(RankingTask):
    """`later` is what each person took after the truth, by case, oldest first."""

    later: tuple[tuple[str, ...], ...] = ()

    def select(self, rows: Sequence[int] | np.ndarray) -> Self:
        return replace(super().select(rows), later=tuple(self.later[i] for i in rows))


@dataclass(frozen=True)
class ToLearn:
    """`task` holds the cases to learn from, `apart` those that tell when it is enough; the answers
    of a `LikeTask` are its labels, of a `RatingTask` its stars, of a `NextTask` its truths and what
    came after them."""

    task: RankingTask
    apart: RankingTask


def cases_of(job: str, data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """`rows` and `apart` cases drawn by the seed, one apart at least; `rows` 0 are all there are of
    `likes`, and as many as there are people of the others. Raises `BadInput`."""
    return _JOBS[job](data, rows, max(apart, 1), seed)


def _likes(data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """Rows of TALLRec's `train` and `valid`, whose people are others than those of `test`."""
    if data not in DOMAINS:
        raise BadInput(f"{data} has no likes to learn from; there are: {', '.join(DOMAINS)}")
    learn, valid = (tallrec_task(DOMAINS[data], part, seed) for part in ("train", "valid"))
    return ToLearn(learn.take(rows or None), valid.take(apart))


def _ranking(data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """What people took next within what trains, against as many drawn evenly as the task has, and
    what they took later."""
    task = open_task(data)
    whole = NextTask(**{f.name: getattr(task, f.name) for f in fields(task)})
    found = []
    for n, kind in ((rows or task.train.n_users, False), (apart, True)):
        cases, later = zip(*_next_items(task, n, seed, apart=kind), strict=True)
        found.append(replace(whole, cases=cases, later=later))
    return ToLearn(*found)


def latest_apart(task: RankingTask, n: int, seed: int) -> RankingTask:
    """People who trained no adapter, asked what they took last within training, which is taken out
    of it: to weigh what a model says against what a tool says. Raises `BadInput`."""
    rng = rng_of(seed, task.data, "latest apart")
    people, lists, train = _people(task, apart=True), _lists(task), task.train
    drawn = [people[i] for i in rng.permutation(len(people))[:n]]
    cases = [
        lists.case(train.user_ids[user], train.items[rows], len(rows) - 1, rng)
        for user, rows in drawn
    ]
    latest = np.array([rows[-1] for _, rows in drawn])
    return replace(task, cases=tuple(cases), train=without_rows(train, latest))


def _next_items(
    task: RankingTask, n: int, seed: int, *, apart: bool
) -> Iterator[tuple[Case, tuple[str, ...]]]:
    rng, lists, train = rng_of(seed, task.data, "lists", str(apart)), _lists(task), task.train
    for made, (user, rows, at) in enumerate(_moments(task, n, seed, apart=apart)):
        items = train.items[rows]
        later = tuple(train.item_ids[i] for i in items[at + 1 :])
        yield lists.case(f"{train.user_ids[user]} {made}", items, at, rng), later


def _ratings(data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """What people rated within what trains, after what they had rated before it."""
    task = open_ratings(data, seed)
    wanted = rows or task.train.n_users
    return ToLearn(
        *(_rated(task, n, seed, apart=kind) for n, kind in ((wanted, False), (apart, True)))
    )


def _rated(task: RatingTask, n: int, seed: int, *, apart: bool) -> RatingTask:
    """What is asked about is taken out of what counts: a mean that is told must not hold it."""
    moments = [(rows[:at], int(rows[at])) for _, rows, at in _moments(task, n, seed, apart=apart)]
    events = task.train
    assert events.ratings is not None
    asked = np.array([row for _, row in moments])
    cases = tuple(stars_case(events, known, row) for known, row in moments)
    stars = events.ratings[asked].astype(np.float64)
    return replace(task, cases=cases, stars=stars, train=without_rows(events, asked))


def _moments(
    task: RankingTask, n: int, seed: int, *, apart: bool
) -> Iterator[tuple[int, np.ndarray, int]]:
    """(user, its rows oldest first, which of them is asked about), `n` times: round after round of
    people in an order drawn, each at a moment drawn."""
    rng, people = rng_of(seed, task.data, "apart" if apart else "learn"), _people(task, apart=apart)
    while True:
        for place in rng.permutation(len(people)):
            if not n:
                return
            n -= 1
            user, rows = people[place]
            yield user, rows, int(rng.integers(_LEAST_HISTORY, len(rows)))


def _people(task: RankingTask, *, apart: bool) -> list[tuple[int, np.ndarray]]:
    """Who has enough to learn from, with the rows of each, oldest first. Raises `BadInput`."""
    people = [
        (user, rows)
        for user, rows in enumerate(task.train.by_user())
        if len(rows) > _LEAST_HISTORY and (user % _APART == 0) == apart
    ]
    if not people:
        raise BadInput(f"{task.data}: nobody has {_LEAST_HISTORY} items to learn from")
    return people


def _lists(task: RankingTask) -> Lists:
    train = task.train
    negatives = task.n_candidates - 1
    return Lists(task.data, train.item_ids, np.unique(train.items), negatives, task.seed)


_JOBS: Mapping[str, Callable[[str, int, int, int], ToLearn]] = {
    "likes": _likes,
    "ranking": _ranking,
    "next": _ranking,
    "ratings": _ratings,
}
