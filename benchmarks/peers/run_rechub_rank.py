"""torch-rechub's side of `rank_steps`: trains one ranker and writes what every step was.

    python run_rechub_rank.py DATA.npz OUT.jsonl SETTINGS

Runs in the environment of torch-rechub 0.9.0 and knows nothing of this project. DATA holds `ones`
int64 [n, f], whose first columns are the person, the item and its genre, `done` int64 [n, length,
2], items and genres of what was liked before, and `labels` float32 [n, t]; the categories of each
field are counted from 1, 0 is what is not there. OUT gets a line about the net, then one for each
step.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch_rechub.basic.features import SequenceFeature, SparseFeature
from torch_rechub.models.multi_task import MMOE
from torch_rechub.models.ranking import DIEN, DIN
from torch_rechub.models.ranking import DeepFM as DeepFm
from torch_rechub.trainers import CTRTrainer, MTLTrainer
from torch_rechub.utils.data import DataGenerator

ITEM, GENRE = 1, 2
"""The columns that behaviour is compared with."""


def bare(net: nn.Module) -> nn.Module:
    """Without batch norms: ours has those of Dice alone."""
    for name, part in net.named_children():
        if isinstance(part, nn.BatchNorm1d):
            setattr(net, name, nn.Identity())
        else:
            bare(part)
    return net


def net_of(told: dict, columns: dict[str, np.ndarray]) -> nn.Module:
    sizes, k = told["sizes"], told["dimensions"]
    ones = [SparseFeature(f"one {n}", size, k, padding_idx=0) for n, size in enumerate(sizes)]
    met = [f"one {ITEM}", f"one {GENRE}"]
    done, other = (
        [
            SequenceFeature(f"{what} {c}", sizes[column], k, "concat", met[c], padding_idx=0)
            for c, column in enumerate((ITEM, GENRE))
        ]
        for what in ("done", "other")
    )
    target = [one for one in ones if one.name in met]
    rest = [one for one in ones if one.name not in met]
    tower = {"dims": [80, 40], "dropout": 0.0}
    if told["model"] == "deepfm":
        return DeepFm(ones, ones, {"dims": [128, 64], "dropout": 0.0, "activation": "relu"})
    if told["model"] == "din":
        return DIN(rest, done, target, tower, {"dims": [36], "activation": "dice"})
    if told["model"] == "dien":
        # Its auxiliary loss is summed over the two histories.
        return DIEN(rest, done, other, target, tower, alpha=0.25)
    expert, top = {"dims": [64], "activation": "relu"}, {"dims": [32], "activation": "relu"}
    return MMOE(ones, ["classification"] * 2, 4, expert, [top, top])


def columns_of(told: dict, ones: np.ndarray, done: np.ndarray) -> dict[str, np.ndarray]:
    found = {f"one {n}": ones[:, n] for n in range(ones.shape[1])}
    if told["model"] in ("din", "dien"):
        found |= {f"done {c}": done[:, :, c] for c in range(2)}
    if told["model"] == "dien":
        rows = np.random.default_rng(told["seed"]).integers(0, len(ones), done.shape[:2])
        for c, column in enumerate((ITEM, GENRE)):
            found[f"other {c}"] = np.where(done[:, :, c] > 0, ones[rows, column], 0)
    return found


class Timed:
    """The batches of a loader until the time has come, noting when each is asked for."""

    def __init__(self, batches: Iterable, end: float) -> None:
        self.batches, self.end = batches, end

    def __iter__(self) -> Iterator:
        for batch in self.batches:
            if time.perf_counter() > self.end:
                return
            yield batch


def noting(net: DIEN, steps: list[dict]) -> None:
    """The auxiliary loss stands in the step that comes to an end with it."""
    plain = net.forward

    def forward(x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        said, other = plain(x)
        if net.training:
            steps.append({"loss": other.item()})
        return said, other

    net.forward = forward


class Noted:
    """A criterion that notes when each step was, its rows and their loss."""

    def __init__(self, criterion: nn.Module, steps: list[dict], begins: bool) -> None:
        self.criterion, self.steps, self.begins = criterion, steps, begins

    def __call__(self, said: Tensor, labels: Tensor) -> Tensor:
        loss = self.criterion(said, labels)
        if self.begins:
            self.steps.append({"loss": 0.0})
        step = self.steps[-1]
        step |= {"seconds": time.perf_counter(), "targets": len(said)}
        step["loss"] += loss.item()
        return loss


def scored_per_second(net: nn.Module, columns: dict[str, np.ndarray], told: dict) -> float:
    n, size = len(next(iter(columns.values()))), told["candidates"]
    requests = [np.arange(a * size, (a + 1) * size) % n for a in range(told["requests"] + 1)]
    net.eval()
    with torch.inference_mode():
        for number, rows in enumerate(requests):
            if number == 1:
                began = time.perf_counter()
            net({name: torch.from_numpy(column[rows]) for name, column in columns.items()})
    return told["requests"] * size / (time.perf_counter() - began)


def main(data: str, out: str, settings: str) -> None:
    told = json.loads(settings)
    torch.set_num_threads(told["threads"])
    torch.manual_seed(told["seed"])
    with np.load(data) as rows:
        columns, labels = columns_of(told, rows["ones"], rows["done"]), rows["labels"]
    net = bare(net_of(told, columns))
    few = {name: column[:2] for name, column in columns.items()}
    y = labels if told["model"] == "mmoe" else labels[:, 0]
    loader, *_ = DataGenerator(columns, y).generate_dataloader(
        few, y[:2], few, y[:2], batch_size=told["batch_size"]
    )
    adam = {
        "optimizer_fn": torch.optim.AdamW,
        "optimizer_params": {
            "lr": told["learning_rate"],
            "betas": (0.9, 0.98),
            "weight_decay": 0.0,
        },
    }
    steps: list[dict] = []
    if told["model"] == "dien":
        noting(net, steps)
    if told["model"] == "mmoe":
        trainer = MTLTrainer(net, ["classification"] * 2, **adam)
        fns = trainer.loss_fns
        trainer.loss_fns = [Noted(fn, steps, begins=n == 0) for n, fn in enumerate(fns)]
    else:
        trainer = CTRTrainer(net, loss_mode=told["model"] != "dien", **adam)
        trainer.criterion = Noted(trainer.criterion, steps, begins=told["model"] != "dien")
    end = time.perf_counter() + told["seconds"]
    while time.perf_counter() < end:
        trainer.train_one_epoch(Timed(loader, end))
    about = {
        "torch": torch.__version__,
        "parameters": sum(p.numel() for p in net.parameters()),
        "scored_per_second": scored_per_second(net, columns, told),
    }
    lines = [json.dumps(line) for line in (about, *steps)]
    Path(out).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
