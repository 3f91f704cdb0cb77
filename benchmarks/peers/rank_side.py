"""What the peers' sides of `rank_steps` have in common: one ranker trained until the time has come,
each step written down, then requests scored.

A side is run by the Python of its environment, as `python -m benchmarks.peers.run_x_rank DATA.npz
OUT.jsonl SETTINGS`. DATA holds `ones` int64 [n, f], whose first columns are the person, the item
and its genre, `done` int64 [n, length, 2], items and genres of what was liked before, and `labels`
float32 [n, t]; the categories of each field are counted from 1, 0 is what is not there. OUT gets a
line about the net, then one for each step: `seconds`, when its loss was known, `targets`, of how
many rows, and the mean `loss`.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

ITEM, GENRE = 1, 2
"""The columns that behaviour is compared with."""


@dataclass(frozen=True)
class Rows:
    """`told` are the settings of the race, `sizes` among them: how many each of the ones takes."""

    told: dict[str, Any]
    ones: np.ndarray
    done: np.ndarray
    labels: np.ndarray

    @property
    def reads_behaviour(self) -> bool:
        return self.told["model"] in ("din", "dien")

    def others(self) -> np.ndarray:
        """int64, as `done`: for each thing done something that another row is of."""
        rows = np.random.default_rng(self.told["seed"]).integers(
            0, len(self.ones), self.done.shape[:2]
        )
        return np.where(self.done > 0, self.ones[rows][:, :, [ITEM, GENRE]], 0)


@dataclass
class Steps:
    """What was noted; a step that begins after `end` is not taken, but raises `TimeIsUp`."""

    end: float
    taken: list[dict[str, float]] = field(default_factory=list)

    def note(self, loss: float, rows: int) -> None:
        self.check()
        self.taken.append({"seconds": time.perf_counter(), "targets": rows, "loss": loss})

    def check(self) -> None:
        if time.perf_counter() > self.end:
            raise TimeIsUp


class TimeIsUp(Exception):
    """Nobody's fault."""


class Side(Protocol):
    net: nn.Module

    def train(self, steps: Steps) -> None:
        """An epoch as the library trains it, each step noted."""

    def score(self, rows: np.ndarray) -> Tensor:
        """What the net says of int64 [r] rows."""


def adam(told: dict[str, Any], net: nn.Module) -> torch.optim.AdamW:
    """The optimiser of all sides."""
    return torch.optim.AdamW(
        net.parameters(), told["learning_rate"], betas=(0.9, 0.98), weight_decay=0.0
    )


def compete(side_of: Callable[[Rows], Side]) -> None:
    data, out, settings = sys.argv[1:]
    told = json.loads(settings)
    torch.set_num_threads(told["threads"])
    torch.manual_seed(told["seed"])
    with np.load(data) as kept:
        rows = Rows(told, kept["ones"], kept["done"], kept["labels"])
    side = side_of(rows)
    steps = Steps(time.perf_counter() + told["seconds"])
    try:
        while True:
            side.train(steps)
    except TimeIsUp:
        pass
    about = {
        "torch": torch.__version__,
        "parameters": sum(p.numel() for p in side.net.parameters()),
        "scored_per_second": _scored_per_second(side, rows),
    }
    lines = [json.dumps(line) for line in (about, *steps.taken)]
    Path(out).write_text("\n".join(lines) + "\n", "utf-8")


def _scored_per_second(side: Side, rows: Rows) -> float:
    n, size, requests = len(rows.ones), rows.told["candidates"], rows.told["requests"]
    side.net.eval()
    with torch.inference_mode():
        for request in range(requests + 1):
            if request == 1:
                began = time.perf_counter()
            side.score(np.arange(request * size, (request + 1) * size) % n)
    return requests * size / (time.perf_counter() - began)
