"""People to learn from, for the tasks of the prompt lab. Nobody's truth is among them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from classic.errors import BadInput
from llmrec.lab.likes import LikeTask
from llmrec.lab.seeded import open_task
from llmrec.lab.tallrec import Domain, Part, tallrec_task
from llmrec.lab.task import Case, RankingTask, rng_of, shuffled

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


def _next_items(task: RankingTask, n: int, seed: int, *, apart: bool) -> Iterator[Case]:
    """Round after round of people in an order drawn, each at a moment drawn."""
    rng = rng_of(seed, task.data, "apart" if apart else "learn")
    events, ids = task.train, task.train.item_ids
    known = np.flatnonzero(np.bincount(events.items, minlength=events.n_items))
    people = [
        (user, rows)
        for user, rows in enumerate(events.by_user())
        if len(rows) > _LEAST_HISTORY and (user % _APART == 0) == apart
    ]
    if not people:
        raise BadInput(f"{task.data}: nobody has {_LEAST_HISTORY} items to learn from")
    made = 0
    while True:
        for place in rng.permutation(len(people)):
            if made == n:
                return
            user, rows = people[place]
            items = events.items[rows]
            at = int(rng.integers(_LEAST_HISTORY, len(items)))
            unmet = np.setdiff1d(known, items)
            others = rng.choice(unmet, task.n_candidates - 1, replace=False)
            truth = ids[items[at]]
            name = f"{events.user_ids[user]} {made}"
            shown = shuffled(seed, name, (truth, *(ids[i] for i in others)))
            yield Case(name, tuple(ids[i] for i in items[:at]), shown, truth)
            made += 1


_JOBS: Mapping[str, Callable[[str, int, int, int], ToLearn]] = {
    "likes": _likes,
    "ranking": _ranking,
}
JOBS = tuple(_JOBS)
