"""torch-rechub's side of `rank_steps`, in the environment of torch-rechub 0.9.0."""

import numpy as np
import torch
from torch import Tensor, nn
from torch_rechub.basic.features import SequenceFeature, SparseFeature
from torch_rechub.models.multi_task import MMOE
from torch_rechub.models.ranking import DIEN, DIN
from torch_rechub.models.ranking import DeepFM as DeepFm
from torch_rechub.trainers import CTRTrainer, MTLTrainer
from torch_rechub.utils.data import DataGenerator

from benchmarks.peers.rank_side import GENRE, ITEM, Rows, Steps, adam, compete


def bare(net: nn.Module) -> nn.Module:
    """Without batch norms: ours has those of Dice alone."""
    for name, part in net.named_children():
        if isinstance(part, nn.BatchNorm1d):
            setattr(net, name, nn.Identity())
        else:
            bare(part)
    return net


def net_of(told: dict) -> nn.Module:
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


def columns_of(rows: Rows) -> dict[str, np.ndarray]:
    found = {f"one {n}": column for n, column in enumerate(rows.ones.T)}
    if rows.reads_behaviour:
        found |= {f"done {c}": rows.done[:, :, c] for c in range(2)}
    if rows.told["model"] == "dien":
        others = rows.others()
        found |= {f"other {c}": others[:, :, c] for c in range(2)}
    return {name: np.ascontiguousarray(column) for name, column in found.items()}


class Noting:
    """The criterion of one of `n` losses that a step is the sum of; the last one notes it. DIEN's
    auxiliary loss, which is not the criterion's, is `beside`."""

    def __init__(self, criterion: nn.Module, part: "Parts", last: bool) -> None:
        self.criterion, self.part, self.last = criterion, part, last

    def __call__(self, said: Tensor, labels: Tensor) -> Tensor:
        loss: Tensor = self.criterion(said, labels)
        self.part.sum += loss.item()
        if self.last:
            self.part.steps.note(self.part.sum, len(said))
            self.part.sum = 0.0
        return loss


class Parts:
    """The losses of the step that is going on."""

    def __init__(self, steps: Steps) -> None:
        self.steps, self.sum = steps, 0.0


class Rechub:
    def __init__(self, rows: Rows) -> None:
        self.told, self.columns = rows.told, columns_of(rows)
        self.net = bare(net_of(rows.told))
        labels = rows.labels if self._is("mmoe") else rows.labels[:, 0]
        few = {name: column[:2] for name, column in self.columns.items()}
        self.loader, *_ = DataGenerator(self.columns, labels).generate_dataloader(
            few, labels[:2], few, labels[:2], batch_size=rows.told["batch_size"]
        )
        made = {"optimizer_fn": lambda weights: adam(rows.told, self.net), "optimizer_params": {}}
        if self._is("mmoe"):
            self.trainer = MTLTrainer(self.net, ["classification"] * 2, **made)
            self.criteria = list(self.trainer.loss_fns)
        else:
            self.trainer = CTRTrainer(self.net, loss_mode=not self._is("dien"), **made)
            self.criteria = [self.trainer.criterion]
        self.plain = self.net.forward

    def train(self, steps: Steps) -> None:
        part = Parts(steps)
        noting = [Noting(own, part, own is self.criteria[-1]) for own in self.criteria]
        if self._is("mmoe"):
            self.trainer.loss_fns = noting
        else:
            self.trainer.criterion = noting[0]
        if self._is("dien"):
            self.net.forward = lambda x: self._with_auxiliary(x, part)
        self.trainer.train_one_epoch(self.loader)

    def score(self, rows: np.ndarray) -> Tensor:
        own = {name: torch.from_numpy(column[rows]) for name, column in self.columns.items()}
        return self.plain(own)

    def _with_auxiliary(self, x: dict[str, Tensor], part: Parts) -> tuple[Tensor, Tensor]:
        said, other = self.plain(x)
        part.sum += other.item()
        return said, other

    def _is(self, model: str) -> bool:
        return self.told["model"] == model


if __name__ == "__main__":
    compete(Rechub)
