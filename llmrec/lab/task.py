"""`RankingTask`: people, what they did, and lists that hold the item they took next."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.errors import BadInput
from llmrec.lab.dialogue import Line

FORMAT = "llmrec ranking task, version 1"


@dataclass(frozen=True, slots=True)
class Case:
    """One person: item ids, `history` oldest first, `candidates` in the order they are shown in,
    the `truth` among them. Where opinions are known, the history is what was liked, beside what was
    `disliked`; where people talk, `lines` are what was said."""

    user: str
    history: tuple[str, ...]
    candidates: tuple[str, ...]
    truth: str
    disliked: tuple[str, ...] = ()
    stars: tuple[float, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def place(self) -> int:
        """Where the truth is shown, 0 the first."""
        return self.candidates.index(self.truth)


@dataclass(frozen=True, eq=False)
class RankingTask:
    """`train` is what baselines learn from, of everybody and without anybody's truth; its items are
    the catalogue's. `data` names the data set, `about` tells how the lists came about, and `files`
    are what was read."""

    data: str
    about: str
    catalog: Catalog
    cases: tuple[Case, ...]
    train: Interactions
    seed: int = 0
    files: tuple[Path, ...] = ()

    @property
    def label(self) -> str:
        """The protocol, as in `ndcg@10/19neg`."""
        return f"{self.n_candidates - 1}neg"

    @property
    def reference(self) -> str:
        """The strategy that others are told from."""
        return "zero_shot"

    @property
    def sought(self) -> str:
        """What the truth is."""
        return "what a person took next"

    @property
    def n_candidates(self) -> int:
        return len(self.cases[0].candidates)

    @property
    def people(self) -> np.ndarray:
        """int64 [n_cases]: whose each case is."""
        return np.unique([case.user for case in self.cases], return_inverse=True)[1]

    def take(self, n: int | None) -> Self:
        """The first `n` people of one order drawn by the seed, so that fewer are part of more."""
        order = rng_of(self.seed, self.data, "people").permutation(len(self.cases))
        return self.select(order[:n])

    def select(self, rows: Sequence[int] | np.ndarray) -> Self:
        """The cases of these rows, in their order."""
        return replace(self, cases=tuple(self.cases[i] for i in rows))

    def places(self) -> np.ndarray:
        """int64 [n_cases]: where each truth is shown."""
        return np.array([case.place for case in self.cases], dtype=np.int64)

    def rows(self) -> np.ndarray:
        """int64 [n_cases, n_candidates]: the catalogue's rows of the candidates as shown."""
        return np.array([self.catalog.rows(case.candidates) for case in self.cases])


def rng_of(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and the names alone, not on who was drawn before."""
    digest = hashlib.sha256("\0".join((str(seed), *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def shuffled(seed: int, user: str, candidates: Sequence[str]) -> tuple[str, ...]:
    """The candidates in an order drawn for one person."""
    order = rng_of(seed, user, "candidates").permutation(len(candidates))
    return tuple(candidates[i] for i in order)


def latest_rows(interactions: Interactions, n: int) -> np.ndarray:
    """int64: the rows of everybody's latest `n` interactions."""
    return np.concatenate([rows[-n:] for rows in interactions.by_user()])


def without_rows(interactions: Interactions, rows: np.ndarray) -> Interactions:
    kept = np.ones(len(interactions), dtype=bool)
    kept[rows] = False
    return interactions.select(kept)


def write_task(task: RankingTask, path: Path) -> None:
    """JSON lines: what it is, then a person a line, ids only."""
    head = {"format": FORMAT, "data": task.data, "about": task.about, "seed": task.seed}
    lines = [json.dumps(head)]
    for case in task.cases:
        row = {"user": case.user, "history": case.history, "candidates": case.candidates}
        lines.append(json.dumps({**row, "truth": case.truth}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def read_head(path: Path) -> dict[str, object]:
    """The first line of a task file. Raises `BadInput` when it is none."""
    try:
        with path.open(encoding="utf-8") as lines:
            head = json.loads(lines.readline())
    except (OSError, ValueError):
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BadInput(f"{path} is no task file: its first line must say {FORMAT!r}")
    return head


def read_cases(path: Path, catalog: Catalog) -> tuple[Case, ...]:
    """The people of a task file. Raises `BadInput` for lists of another catalogue, of several
    lengths, or without their truth, naming the line."""
    cases: list[Case] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines()[1:], start=2):
        case = _case(line, f"{path}, line {number}")
        strange = [i for i in (*case.history, *case.candidates) if i not in catalog]
        if strange:
            raise BadInput(
                f"{path}, line {number}: {catalog.name} has no item {strange[0]!r}: "
                "these candidates are of another data set"
            )
        if cases and len(case.candidates) != len(cases[0].candidates):
            raise BadInput(f"{path}, line {number}: every list needs as many candidates")
        cases.append(case)
    if not cases:
        raise BadInput(f"{path} has no people in it")
    return tuple(cases)


def _case(line: str, where: str) -> Case:
    try:
        row = json.loads(line)
        history, candidates = (tuple(map(str, row[part])) for part in ("history", "candidates"))
        case = Case(str(row["user"]), history, candidates, str(row["truth"]))
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{where}: user, history, candidates and truth are wanted") from None
    if case.candidates.count(case.truth) != 1 or len(set(candidates)) != len(candidates):
        raise BadInput(f"{where}: the candidates must hold the truth, and every item once")
    if case.truth in case.history:
        raise BadInput(f"{where}: the truth is in the history")
    return case
