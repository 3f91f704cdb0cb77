"""Several tasks from one input: MMoE (Ma et al., KDD 2018), and what it is compared with, a shared
bottom and experts behind one gate."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.rank.embedded import Embedded, tower
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker, log_loss


@dataclass(frozen=True)
class Task:
    """So many `labels` side by side, each yes or no, or a `number` to come near."""

    name: str
    labels: int = 1
    number: bool = False


@dataclass(frozen=True)
class MmoeConfig:
    """`gates`: `many`, one for each task; `one` for all; `none`, where a single expert is the
    shared bottom. The labels are those of the `tasks`, one task after the other; where none are
    said each label is a task of its own, yes or no."""

    gates: Literal["many", "one", "none"] = "many"
    tasks: tuple[Task, ...] = ()
    experts: int = 4
    dimensions: int = 16
    expert: tuple[int, ...] = (64,)
    hidden: tuple[int, ...] = (32,)
    dropout: float = 0.1
    l2: float = 1e-4


class Mmoe(Ranker):
    """y_k = h^k(f^k(x)), f^k(x) = sum over the experts of g^k(x)_i f_i(x), g^k(x) = softmax(W_gk x)
    (eq. 6-7)."""

    def __init__(self, layout: Layout, config: MmoeConfig) -> None:
        super().__init__()
        self.config, self.l2 = config, config.l2
        self.tasks = config.tasks or tuple(Task(str(t)) for t in range(layout.labels))
        self.embedded = Embedded(layout, config.dimensions)
        width = layout.fields * config.dimensions
        n_experts = 1 if config.gates == "none" else config.experts
        n_gates = {"many": len(self.tasks), "one": 1, "none": 0}[config.gates]
        self.experts = nn.ModuleList(
            tower((width, *config.expert), config.dropout) for _ in range(n_experts)
        )
        self.gates = nn.ModuleList(nn.Linear(width, n_experts, bias=False) for _ in range(n_gates))
        self.towers = nn.ModuleList(
            tower((config.expert[-1], *config.hidden), config.dropout, task.labels)
            for task in self.tasks
        )

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        x = self.embedded(batch).flatten(1)  # [b, w]
        found = torch.stack([expert(x) for expert in self.experts], dim=1)  # [b, n, e]
        mixed = [(gate(x).softmax(dim=1)[:, None, :] @ found)[:, 0] for gate in self.gates] or [
            found[:, 0]
        ]  # each [b, e]
        mixed *= len(self.towers) // len(mixed)
        return torch.cat([h(f) for h, f in zip(self.towers, mixed, strict=True)], dim=1)

    def loss(self, batch: Batch) -> Tensor:
        return self.task_losses(batch).sum() + self.l2 * self.embedded.size(batch)

    def task_losses(self, batch: Batch) -> Tensor:  # [tasks]
        sizes = [task.labels for task in self.tasks]
        told = zip(
            self.tasks,
            torch.split(self(batch), sizes, 1),
            torch.split(batch.labels, sizes, 1),
            strict=True,
        )
        return torch.stack(
            [
                functional.mse_loss(logits, labels)
                if task.number
                else log_loss(logits, batch._replace(labels=labels))
                for task, logits, labels in told
            ]
        )
