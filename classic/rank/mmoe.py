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
class MmoeConfig:
    """`gates`: `many`, one for each task; `one` for all; `none`, where a single expert is the
    shared bottom. Labels at the places of `numbers` are numbers to come near, the others yes or
    no."""

    gates: Literal["many", "one", "none"] = "many"
    experts: int = 4
    dimensions: int = 16
    expert: tuple[int, ...] = (64,)
    hidden: tuple[int, ...] = (32,)
    dropout: float = 0.1
    numbers: tuple[int, ...] = ()
    l2: float = 1e-4


class Mmoe(Ranker):
    """y_k = h^k(f^k(x)), f^k(x) = sum over the experts of g^k(x)_i f_i(x), g^k(x) = softmax(W_gk x)
    (eq. 6-7)."""

    def __init__(self, layout: Layout, config: MmoeConfig) -> None:
        super().__init__()
        self.config, self.l2, tasks = config, config.l2, layout.labels
        self.embedded = Embedded(layout, config.dimensions)
        width = layout.fields * config.dimensions
        n_experts = 1 if config.gates == "none" else config.experts
        n_gates = {"many": tasks, "one": 1, "none": 0}[config.gates]
        self.experts = nn.ModuleList(
            tower((width, *config.expert), config.dropout) for _ in range(n_experts)
        )
        self.gates = nn.ModuleList(nn.Linear(width, n_experts, bias=False) for _ in range(n_gates))
        self.towers = nn.ModuleList(
            tower((config.expert[-1], *config.hidden), config.dropout, 1) for _ in range(tasks)
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
        logits, numbers = self(batch), list(self.config.numbers)
        yes_or_no = [t for t in range(logits.shape[1]) if t not in numbers]
        total = self.l2 * self.embedded.size(batch)
        if yes_or_no:
            total = total + log_loss(
                logits[:, yes_or_no], batch._replace(labels=batch.labels[:, yes_or_no])
            )
        if numbers:
            total = total + functional.mse_loss(logits[:, numbers], batch.labels[:, numbers])
        return total
