"""Candidate lists drawn by a seed, from any data set that knows who did what."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classic.data.datasets import load
from classic.errors import BadInput
from llmrec.lab.llmrank import films_1m, games
from llmrec.lab.task import (
    Case,
    RankingTask,
    latest_rows,
    read_cases,
    read_head,
    rng_of,
    shuffled,
    without_rows,
)

_PUBLISHED = {"llmrank-ml-1m": films_1m, "llmrank-games": games}
_LEAST_HISTORY = 5


@dataclass(frozen=True, eq=False)
class Lists:
    """Lists of `data`: what somebody took among `negatives` drawn of int64 `known`, the rows of
    what anybody met, in an order by `seed`."""

    data: str
    item_ids: tuple[str, ...]
    known: np.ndarray
    negatives: int
    seed: int

    def case(self, name: str, items: np.ndarray, at: int, rng: np.random.Generator) -> Case:
        """A person before item `at` of theirs, oldest first, with others that they never met.
        Raises `BadInput` where there are too few."""
        unmet = np.setdiff1d(self.known, items)
        if len(unmet) < self.negatives:
            raise BadInput(
                f"{self.data}: {name} leaves fewer than {self.negatives} items to set against"
            )
        drawn = rng.choice(unmet, self.negatives, replace=False)
        truth, *others = (self.item_ids[i] for i in (items[at], *drawn))
        history = tuple(self.item_ids[i] for i in items[:at])
        return Case(name, history, shuffled(self.seed, name, (truth, *others)), truth)


def open_task(data: str, seed: int = 0, negatives: int = 19) -> RankingTask:
    """LLMRank's lists by name, a task file by its path, or lists drawn from a data set. Raises
    `BadInput`."""
    if data in _PUBLISHED:
        return _PUBLISHED[data](seed)
    if data.endswith(".jsonl"):
        return of_file(Path(data))
    return draw(data, seed, negatives)


def draw(data: str, seed: int = 0, negatives: int = 19) -> RankingTask:
    """Everybody with five items or more before their latest, which is the truth; the others are
    drawn evenly from what somebody met and this person did not. Nobody's latest trains. Raises
    `BadInput` for data without interactions, or with too few items."""
    loaded = load(data)
    if loaded.interactions is None:
        raise BadInput(f"{data} tells nothing of who did what: try --data ml-latest-small")
    events = loaded.interactions.once()
    train = without_rows(events, latest_rows(events, 1))
    lists = Lists(data, events.item_ids, np.unique(train.items), negatives, seed)
    cases = []
    for user, rows in enumerate(events.by_user()):
        if len(rows) <= _LEAST_HISTORY:
            continue
        name = events.user_ids[user]
        rng = rng_of(seed, name, "negatives")
        cases.append(lists.case(name, events.items[rows], len(rows) - 1, rng))
    if not cases:
        raise BadInput(f"{data}: nobody has {_LEAST_HISTORY} items before the latest one")
    about = f"the latest against {negatives} drawn evenly from what others met, seed {seed}"
    return RankingTask(data, about, loaded.catalog, tuple(cases), train, seed)


def of_file(path: Path) -> RankingTask:
    """The people and lists of a task file, over the data set that it names. Raises `BadInput`."""
    head = read_head(path)
    seed = int(str(head.get("seed", 0)))
    whole = open_task(str(head.get("data", "")), seed)
    cases = read_cases(path, whole.catalog)
    about = f"{head.get('about', path.name)}"
    return RankingTask(whole.data, about, whole.catalog, cases, whole.train, seed, (path,))
