"""What the race hands to a contestant and gets back: files in, top-k items out.

This runs in the environment of every peer, so it knows numpy and scipy only.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Job:
    """One run: `model` is fitted in the peer's own `settings` on the file `train`, and its best `k`
    unseen items for everybody go into the file `top`."""

    model: str
    settings: Mapping[str, Any]
    k: int
    train: str
    top: str

    @classmethod
    def read(cls, path: Path) -> "Job":
        return cls(**json.loads(path.read_text("utf-8")))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), "utf-8")


@dataclass(frozen=True)
class Train:
    """`users[e]` met `items[e]`, int32 codes, no pair twice, each user's in the order of time."""

    users: np.ndarray
    items: np.ndarray
    n_users: int
    n_items: int

    @classmethod
    def read(cls, path: Path) -> "Train":
        with np.load(path) as saved:
            return cls(saved["users"], saved["items"], int(saved["n_users"]), int(saved["n_items"]))

    def write(self, path: Path) -> None:
        np.savez(path, **asdict(self))

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """float32 [n_users, n_items]: 1 where they met."""
        ones = np.ones(len(self.users), dtype=np.float32)
        return sparse.csr_matrix(
            (ones, (self.users, self.items)), shape=(self.n_users, self.n_items)
        )


class Contestant(Protocol):
    """`fit` and `recommend` are timed. What is made with it holds the data in the form that the
    library wants, and `codes` brings what it recommended into ours; neither is timed."""

    def fit(self) -> None: ...

    def recommend(self, k: int) -> Any: ...

    def codes(self, found: Any) -> np.ndarray:
        """int [n_users, <= k]: items by their codes, best first, -1 where there are fewer."""
        ...


Make = Callable[[Train, str, Mapping[str, Any]], Contestant]


def compete(make: Make) -> None:
    """Does the job in the file that the command line names, and prints what it cost."""
    job = Job.read(Path(sys.argv[1]))
    contestant = make(Train.read(Path(job.train)), job.model, job.settings)
    began = time.perf_counter()
    contestant.fit()
    fitted = time.perf_counter()
    found = contestant.recommend(job.k)
    ended = time.perf_counter()
    peak = peak_mb()
    np.savez(job.top, top=contestant.codes(found).astype(np.int32))
    cost = {"fit_s": fitted - began, "recommend_s": ended - fitted, "peak_mb": peak}
    print(json.dumps(cost), flush=True)


def peak_mb() -> float:
    """The most memory that this process has held. From Linux's /proc: `ru_maxrss` of a process
    begins with what the one that started it held."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def listed(rows: Mapping[int, np.ndarray], n_users: int, k: int) -> np.ndarray:
    """int64 [n_users, k] from the lists of some users, -1 behind them and for everybody else."""
    top = np.full((n_users, k), -1, dtype=np.int64)
    for user, items in rows.items():
        top[user, : len(items)] = items
    return top
