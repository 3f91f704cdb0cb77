"""People to learn from, for the tasks of the prompt lab. Nobody's truth is among them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from classic.errors import BadInput
from llmrec.lab.likes import LikeTask
from llmrec.lab.seeded import open_task
from llmrec.lab.tallrec import Domain, Part, tallrec_task
from llmrec.lab.task import Case, RankingTask, rng_of, shuffled, without_rows

_LEAST_HISTORY = 5
_APART = 20
"""One person in so many tells which weights are best, and trains nothing."""
_TALLREC: Mapping[str, Domain] = {"tallrec-movie": "movie", "tallrec-book": "book"}


@dataclass(frozen=True)
class ToLearn:
    """`task` holds the cases to learn from, `apart` those that tell when it is enough; the answers
    of a `LikeTask` are its labels, of a `RankingTask` its truths."""

    task: RankingTask
    apart: RankingTask


def cases_of(job: str, data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """`rows` and `apart` cases drawn by the seed; `rows` 0 are all there are of `likes`, and as
    many as there are people of `ranking`. Raises `BadInput`."""
    return _JOBS[job](data, rows, apart, seed)


def _likes(data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """Rows of TALLRec's `train` and `valid`, whose people are others than those of `test`."""
    if data not in _TALLREC:
        raise BadInput(f"{data} has no likes to learn from; there are: {', '.join(_TALLREC)}")

    def drawn(part: Part, n: int) -> LikeTask:
        return replace(tallrec_task(_TALLREC[data], part), seed=seed).take(n or None)

    return ToLearn(drawn("train", rows), drawn("valid", apart) if apart else drawn("valid", 1))


def _ranking(data: str, rows: int, apart: int, seed: int) -> ToLearn:
    """What people took next within what trains, against as many drawn evenly as the task has."""
    task = open_task(data)
    wanted = rows or task.train.n_users
    found = {
        kind: tuple(_next_items(task, n, seed, apart=kind == "apart"))
        for kind, n in (("learn", wanted), ("apart", max(apart, 1)))
    }
    return ToLearn(*(replace(task, cases=cases) for cases in found.values()))


def latest_apart(task: RankingTask, n: int, seed: int) -> RankingTask:
    """People who trained no adapter, asked what they took last within training, which is taken out
    of it: to weigh what a model says against what a tool says. Raises `BadInput`."""
    rng = rng_of(seed, task.data, "latest apart")
    people = _people(task, apart=True)
    drawn = [people[i] for i in rng.permutation(len(people))[:n]]
    known = _known(task)
    cases = [_case(task, known, user, rows, len(rows) - 1, "", rng) for user, rows in drawn]
    latest = np.array([rows[-1] for _, rows in drawn])
    return replace(task, cases=tuple(cases), train=without_rows(task.train, latest))


def _next_items(task: RankingTask, n: int, seed: int, *, apart: bool) -> Iterator[Case]:
    """Round after round of people in an order drawn, each at a moment drawn."""
    rng = rng_of(seed, task.data, "apart" if apart else "learn")
    people, known, made = _people(task, apart=apart), _known(task), 0
    while True:
        for place in rng.permutation(len(people)):
            if made == n:
                return
            user, rows = people[place]
            at = int(rng.integers(_LEAST_HISTORY, len(rows)))
            yield _case(task, known, user, rows, at, f" {made}", rng)
            made += 1


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


def _known(task: RankingTask) -> np.ndarray:
    """int64: the items that somebody met."""
    return np.flatnonzero(np.bincount(task.train.items, minlength=task.train.n_items))


def _case(
    task: RankingTask,
    known: np.ndarray,
    user: int,
    rows: np.ndarray,
    at: int,
    mark: str,
    rng: np.random.Generator,
) -> Case:
    """A person before their `at`th item, which is among as many that they never met."""
    ids, items = task.train.item_ids, task.train.items[rows]
    others = rng.choice(np.setdiff1d(known, items), task.n_candidates - 1, replace=False)
    truth, name = ids[items[at]], f"{task.train.user_ids[user]}{mark}"
    shown = shuffled(task.seed, name, (truth, *(ids[i] for i in others)))
    return Case(name, tuple(ids[i] for i in items[:at]), shown, truth)


_JOBS: Mapping[str, Callable[[str, int, int, int], ToLearn]] = {
    "likes": _likes,
    "ranking": _ranking,
}
JOBS = tuple(_JOBS)
