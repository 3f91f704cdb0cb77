"""DIN: interests as far as they speak to the candidate (Zhou et al., KDD 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.rank.embedded import Embedded
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker, log_loss


@dataclass(frozen=True)
class DinConfig:
    """`l2` is lambda of the mini-batch aware regularisation."""

    dimensions: int = 16
    attention: int = 36
    hidden: tuple[int, ...] = (80, 40)
    l2: float = 1e-3


class Dice(nn.Module):
    """f(s) = p(s) s + (1 - p(s)) alpha s with p = sigmoid((s - E[s]) / sqrt(Var[s] + eps)) (eq. 8),
    the moments being the batch's in training and running ones afterwards."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.alpha = nn.Parameter(torch.zeros(width))

    def forward(self, s: Tensor) -> Tensor:  # [n, w]
        p = torch.sigmoid(self.norm(s) if len(s) > 1 or not self.training else s)
        return p * s + (1.0 - p) * self.alpha * s


class ActivationUnit(nn.Module):
    """a(e, v): how much a behaviour says about a candidate, from the two, their difference and
    their outer product, that is from A e + B v + C (e - v) and e' M v for a matrix M to each hidden
    unit. As (A + C) e + (B - C) v + (M v)' e it is one product for each behaviour, and a product of
    d x d numbers is never made."""

    def __init__(self, d: int, hidden: int) -> None:
        super().__init__()
        self.plain = nn.Linear(3 * d, hidden)
        self.outer = nn.Parameter(torch.randn(hidden, d, d) / d)
        self.dice, self.out = Dice(hidden), nn.Linear(hidden, 1)

    def forward(self, e: Tensor, v: Tensor, inside: Tensor) -> Tensor:
        """[b, l, d], [b, d] and bool [b, l] to [b, l], 0 outside: not normalised, for how strong an
        interest is shall be kept (section 4.3)."""
        of_e, of_v, of_both = self.plain.weight.chunk(3, dim=1)  # [hidden, d] each
        by_behaviour = torch.einsum("hij,bj->bih", self.outer, v) + (of_e + of_both).T
        by_candidate = functional.linear(v, of_v - of_both, self.plain.bias)  # [b, hidden]
        entered = e @ by_behaviour + by_candidate[:, None, :]  # [b, l, hidden]
        activated: Tensor = self.dice(entered[inside])  # [behaviours, hidden]
        return entered.new_zeros(inside.shape).masked_scatter(inside, self.out(activated)[:, 0])


def dice_tower(widths: Sequence[int], last: int) -> nn.Sequential:
    steps: list[nn.Module] = []
    for a, b in pairwise(widths):
        steps += [nn.Linear(a, b), Dice(b)]
    return nn.Sequential(*steps, nn.Linear(widths[-1], last))


class Din(Ranker):
    """v_U(A) = sum of a(e_j, v_A) e_j over the behaviours (eq. 3), beside all other fields."""

    reads_behaviour = True

    counts: Tensor

    def __init__(self, layout: Layout, config: DinConfig, counts: Tensor) -> None:
        super().__init__()
        self.l2 = config.l2
        self.embedded = Embedded(layout, config.dimensions)
        d = config.dimensions * len(layout.candidate)
        self.unit = ActivationUnit(d, config.attention)
        widths = (layout.fields * config.dimensions + d, *config.hidden)
        self.deep = dice_tower(widths, layout.labels)
        self.register_buffer("counts", counts.clamp(min=1).float())

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        e, inside = self.embedded.behaviours(batch)  # [b, l, d], [b, l]
        a = self.unit(e, self.embedded.candidate(batch), inside)  # [b, l]
        interest = (a[:, None, :] @ e)[:, 0]  # [b, d]
        logits: Tensor = self.deep(torch.cat([self.embedded(batch).flatten(1), interest], dim=1))
        return logits

    def loss(self, batch: Batch) -> Tensor:
        """With the mini-batch aware regularisation: each category of the batch once, by one over
        how often it stands in the data (eq. 6)."""
        plain = log_loss(self(batch), batch)
        if not self.l2:
            return plain
        rows = torch.unique(self.embedded.looked_up(batch))
        size = self.embedded.table(rows).square().sum(dim=1) / self.counts[rows]
        return plain + self.l2 * size.sum()
