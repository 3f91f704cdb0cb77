"""torch-rechub's side of `steps`: trains one model and writes what every step was.

    python run_rechub.py DATA.npz OUT.jsonl SETTINGS

Runs in the environment of torch-rechub 0.9.0 and knows nothing of this project. DATA holds windows,
`given` and `following`, int32 [n, length]: items counted from 1, and 0 where a window has ended.
SETTINGS is the JSON of `steps.settings`. OUT gets a line about the net, then one for each step.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch_rechub.basic.features import DenseFeature, SequenceFeature, SparseFeature
from torch_rechub.basic.initializers import RandomNormal
from torch_rechub.models.matching import DSSM, SASRec
from torch_rechub.models.matching import GRU4Rec as Gru4Rec
from torch_rechub.trainers import MatchTrainer
from torch_rechub.utils.data import MatchDataGenerator


class MendedGru4Rec(Gru4Rec):
    """0.9.0's list-wise scores are summed over the candidates, which leaves one for each dimension;
    here over the dimensions, which leaves one for each candidate."""

    def forward(self, x: dict[str, Tensor]) -> Tensor:
        return (self.user_tower(x) * self.item_tower(x)).sum(dim=2)


class MendedSasRec(SASRec):
    """`MatchTrainer` cannot train 0.9.0's SASRec: `BPRLoss` takes scores of one dimension and is
    given two (pair-wise), and `item_tower` asks the embedding layer for an attribute that it lacks
    (in-batch). Here the scores are laid out in one row, without the places of padding."""

    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        wanted, other = super().forward(x)
        real = x["pos"] != 0
        return wanted[real], other[real]


@dataclass
class Task:
    """What `MatchTrainer` is given: `mode` is its kind of loss, and `rows_per_target` how many of
    its rows a target takes."""

    net: nn.Module
    columns: dict[str, np.ndarray]
    labels: np.ndarray
    mode: int
    rows_per_target: int = 1


def pairs(given: np.ndarray, following: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int64 [m, length] what was met before, zeros first, and int64 [m] what came next): a row for
    every place of every window, as `generate_seq_feature_match` makes one for every interaction."""
    window, place = np.nonzero(following)
    columns = place[:, None] - np.arange(given.shape[1])[::-1]
    met = np.where(columns >= 0, given[window[:, None], np.maximum(columns, 0)], 0)
    return met.astype(np.int64), following[window, place].astype(np.int64)


def two_tower(given: np.ndarray, following: np.ndarray, told: dict) -> Task:
    """Point-wise: a row for the wanted item and one for each of the others, drawn evenly. The
    towers lose the batch norms and the last activation, which ours do not have."""
    n, d, wide = told["n_items"] + 1, told["dimensions"], told["hidden"]
    net = DSSM(
        [SequenceFeature("met", n, d, pooling="mean", shared_with="item", padding_idx=0)],
        [SparseFeature("item", n, d, padding_idx=0, initializer=RandomNormal(0.0, d**-0.5))],
        user_params={"dims": [wide, d]},
        item_params={"dims": [wide, d]},
    )
    net.user_mlp, net.item_mlp = (
        nn.Sequential(nn.Linear(d, wide), nn.ReLU(), nn.Linear(wide, d)) for _ in range(2)
    )
    met, item = pairs(given, following)
    candidates = np.column_stack([item, drawn(told, len(item), told["negatives"])])
    labels = np.zeros(candidates.shape)
    labels[:, 0] = 1.0
    rows = candidates.shape[1]
    columns = {"met": np.repeat(met, rows, axis=0), "item": candidates.ravel()}
    return Task(net, columns, labels.ravel(), mode=0, rows_per_target=rows)


def gru(given: np.ndarray, following: np.ndarray, told: dict) -> Task:
    """List-wise. The model wants a field of the person, which is always 0 here, and its last layers
    become the linear one of ours. Its GRU has two layers, which cannot be chosen, and no biases, so
    that zeros before a history leave the state at 0."""
    n, d = told["n_items"] + 1, told["dimensions"]
    net = MendedGru4Rec(
        [DenseFeature("nothing")],
        [SequenceFeature("met", n, d, pooling="concat", shared_with="item", padding_idx=0)],
        [SparseFeature("item", n, d, padding_idx=0, initializer=RandomNormal(0.0, d**-0.5))],
        [SequenceFeature("others", n, d, pooling="concat", shared_with="item", padding_idx=0)],
        user_params={"dims": [d]},
    )
    net.user_mlp = nn.Linear(1 + d, d)
    met, item = pairs(given, following)
    columns = {
        "met": met,
        "item": item,
        "others": drawn(told, len(item), told["negatives"]),
        "nothing": np.zeros(len(item), dtype=np.float32),
    }
    return Task(net, columns, np.zeros(len(item), dtype=np.int64), mode=2)


def sasrec(given: np.ndarray, following: np.ndarray, told: dict) -> Task:
    """Pair-wise at every place, the other item drawn evenly for each."""
    n, d = told["n_items"] + 1, told["dimensions"]
    start = RandomNormal(0.0, d**-0.5)
    features = [
        SequenceFeature("seq", n, d, pooling="concat", padding_idx=0, initializer=start),
        SequenceFeature("pos", n, d, pooling="concat", shared_with="seq", padding_idx=0),
        SequenceFeature("neg", n, d, pooling="concat", shared_with="seq", padding_idx=0),
    ]
    net = MendedSasRec(
        features,
        max_len=told["length"],
        dropout_rate=0.0,
        num_blocks=told["blocks"],
        num_heads=told["heads"],
    )
    columns = {
        "seq": given.astype(np.int64),
        "pos": following.astype(np.int64),
        "neg": np.where(following > 0, drawn(told, *following.shape), 0),
    }
    return Task(net, columns, np.zeros(len(given), dtype=np.int64), mode=1)


def drawn(told: dict, *shape: int) -> np.ndarray:
    """int64 of that shape: items, evenly."""
    return np.random.default_rng(told["seed"]).integers(1, told["n_items"] + 1, shape)


MODELS: dict[str, Callable[[np.ndarray, np.ndarray, dict], Task]] = {
    "two-tower": two_tower,
    "gru": gru,
    "sasrec": sasrec,
}


class Noted:
    """A criterion that notes when each step was, its targets and their loss."""

    def __init__(self, criterion: Callable[..., Tensor], rows_per_target: int) -> None:
        self.criterion, self.rows_per_target = criterion, rows_per_target
        self.steps: list[dict] = []

    def __call__(self, scores: Tensor, *others: Tensor) -> Tensor:
        loss = self.criterion(scores, *others)
        rows = self.rows_per_target
        targets = len(scores) // rows
        self.steps.append(
            {"seconds": time.perf_counter(), "targets": targets, "loss": loss.item() * rows}
        )
        return loss


class Until:
    """The batches of a loader, and none when the time has come."""

    def __init__(self, batches: Iterable, end: float) -> None:
        self.batches, self.end = batches, end

    def __iter__(self) -> Iterator:
        for batch in self.batches:
            if time.perf_counter() > self.end:
                return
            yield batch


def main(data: str, out: str, settings: str) -> None:
    told = json.loads(settings)
    torch.set_num_threads(told["threads"])
    torch.manual_seed(told["seed"])
    with np.load(data) as windows:
        task = MODELS[told["model"]](windows["given"], windows["following"], told)
    few = {name: column[:1] for name, column in task.columns.items()}
    loader, _, _ = MatchDataGenerator(task.columns, task.labels).generate_dataloader(
        few, few, batch_size=told["batch"], num_workers=0
    )
    trainer = MatchTrainer(
        task.net,
        mode=task.mode,
        optimizer_fn=torch.optim.AdamW,
        optimizer_params={"lr": told["learning_rate"], "betas": (0.9, 0.98), "weight_decay": 0.0},
    )
    trainer.criterion = noted = Noted(trainer.criterion, task.rows_per_target)
    end = time.perf_counter() + told["seconds"]
    while time.perf_counter() < end:
        trainer.train_one_epoch(Until(loader, end))
    n_parameters = sum(p.numel() for p in task.net.parameters())
    about = {"torch": torch.__version__, "parameters": n_parameters}
    lines = [json.dumps(line) for line in (about, *noted.steps)]
    Path(out).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
