"""Factorization machines (Rendle, ICDM 2010)."""

from dataclasses import dataclass

from torch import Tensor

from classic.rank.embedded import Embedded
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.logistic import Linear
from classic.rank.ranker import Ranker


@dataclass(frozen=True)
class FmConfig:
    dimensions: int = 16
    l2: float = 1e-4


def pairwise(x: Tensor) -> Tensor:  # [b, fields, k] -> [b, 1]
    """The sum over i < j of <v_i x_i, v_j x_j>, in O(k d): half of what the square of the sum has
    beyond the squares (lemma 3.1)."""
    return 0.5 * (x.sum(dim=1).square() - x.square().sum(dim=1)).sum(dim=1, keepdim=True)


class Fm(Ranker):
    """w_0 + sum of w_i x_i + sum over i < j of <v_i, v_j> x_i x_j (eq. 1); a field of many has the
    mean of theirs for its v x."""

    def __init__(self, layout: Layout, config: FmConfig) -> None:
        super().__init__()
        self.linear, self.l2 = Linear(layout), config.l2
        self.embedded = Embedded(layout, config.dimensions)

    def forward(self, batch: Batch) -> Tensor:  # [b, 1]
        logits: Tensor = self.linear(batch) + pairwise(self.embedded(batch))
        return logits
