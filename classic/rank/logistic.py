"""Logistic regression: the floor."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from classic.rank.embedded import Embedded
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker


@dataclass(frozen=True)
class LogisticConfig:
    l2: float = 0.0


class Linear(nn.Module):
    """w_0 + sum over the fields of w_i x_i."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.weights = Embedded(layout, layout.labels)
        self.bias = nn.Parameter(torch.zeros(layout.labels))

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        return self.bias + self.weights(batch).sum(dim=1)


class Logistic(Ranker):
    def __init__(self, layout: Layout, config: LogisticConfig) -> None:
        super().__init__()
        self.linear, self.l2 = Linear(layout), config.l2
        self.embedded = self.linear.weights

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        logits: Tensor = self.linear(batch)
        return logits
