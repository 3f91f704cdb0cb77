"""Trains a small ranker, wherever it is launched, and has the first process write what it found."""

import json
import sys
from pathlib import Path

from accelerate import PartialState

from classic.rank.fm import Fm, FmConfig
from classic.rank.ranker import FitConfig, fit_ranker
from classic.train.loop import TrainConfig
from classic.train.processes import is_first
from tests.classic.test_rankers import EXAMPLES, LAYOUT


def work(out: Path) -> None:
    losses: list[str] = []
    fitting = FitConfig(100, TrainConfig(5, learning_rate=0.05, clip=None))
    net, _ = fit_ranker(EXAMPLES, lambda: Fm(LAYOUT, FmConfig()), fitting, None, losses.append)
    if is_first():
        found = {
            "processes": PartialState().num_processes,
            "losses": losses,
            "logits": net.logits(EXAMPLES)[:, 0].tolist(),
        }
        out.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    work(Path(sys.argv[1]))
