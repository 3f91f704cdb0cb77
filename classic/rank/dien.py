"""DIEN: how interests evolve towards the candidate (Zhou et al., AAAI 2019)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.rank.din import dice_tower
from classic.rank.embedded import Embedded, tower
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker, log_loss


@dataclass(frozen=True)
class DienConfig:
    """`auxiliary` is alpha, the weight of the next-behaviour loss; 0 leaves it out."""

    dimensions: int = 16
    hidden: tuple[int, ...] = (80, 40)
    auxiliary: float = 0.5
    l2: float = 1e-4


class AuGru(nn.Module):
    """A GRU whose update gate is scaled by attention: u~'_t = a_t u'_t, h'_t = (1 - u~'_t) h'_(t-1)
    + u~'_t h~'_t (eq. 15-16). Where a_t is 0, as after the end, the state stays as it was."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.given, self.kept = nn.Linear(d, 3 * d), nn.Linear(d, 2 * d, bias=False)
        self.candidate = nn.Linear(d, d, bias=False)

    def forward(self, interests: Tensor, a: Tensor) -> Tensor:  # [b, l, d], [b, l] -> [b, d]
        h = interests.new_zeros(len(interests), interests.shape[2])
        gates_of, new_of = self.kept.weight.T, self.candidate.weight.T  # [d, 2 d], [d, d]
        # Apart at once: to slice a step out of all would fill its gradient up with zeros.
        steps = zip(self.given(interests).unbind(1), a[:, :, None].unbind(1), strict=True)
        for given, a_t in steps:  # [b, 3 d], [b, 1]
            gates, new = given.tensor_split((2 * h.shape[1],), dim=1)
            u, r = torch.sigmoid(torch.addmm(gates, h, gates_of)).chunk(2, dim=1)
            h = h.lerp(torch.tanh(torch.addmm(new, r * h, new_of)), a_t * u)
        return h


class Dien(Ranker):
    reads_behaviour = True

    def __init__(self, layout: Layout, config: DienConfig) -> None:
        super().__init__()
        self.config, self.l2 = config, config.l2
        self.embedded = Embedded(layout, config.dimensions)
        d = config.dimensions * len(layout.candidate)
        self.extractor = nn.GRU(d, d, batch_first=True)
        self.attention = nn.Linear(d, d, bias=False)
        self.evolving = AuGru(d)
        self.next = tower((2 * d, d), 0.0, 1)
        widths = (layout.fields * config.dimensions + d, *config.hidden)
        self.deep = dice_tower(widths, layout.labels)

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        e, inside = self.embedded.behaviours(batch)  # [b, l, d], [b, l]
        return self._logits(batch, self.extractor(e)[0], inside)

    def loss(self, batch: Batch) -> Tensor:
        """L_target + alpha L_aux (eq. 7)."""
        e, inside = self.embedded.behaviours(batch)
        interests = self.extractor(e)[0]  # [b, l, d]
        total = log_loss(self._logits(batch, interests, inside), batch)
        if self.config.auxiliary and inside[:, 1:].any():
            total = total + self.config.auxiliary * self._auxiliary(interests, e, inside)
        return total + self.l2 * self.embedded.size(batch)

    def _logits(self, batch: Batch, interests: Tensor, inside: Tensor) -> Tensor:
        v = self.attention(self.embedded.candidate(batch))  # [b, d]
        a = (interests @ v[:, :, None])[:, :, 0]  # a_t is softmax of h_t W e_a (eq. 8)
        a = a.masked_fill(~inside, torch.finfo(a.dtype).min).softmax(dim=1) * inside
        final = self.evolving(interests, a)
        return self.deep(torch.cat([self.embedded(batch).flatten(1), final], dim=1))

    def _auxiliary(self, interests: Tensor, e: Tensor, inside: Tensor) -> Tensor:
        """After each step, what was done next against what another of the batch did (eq. 6)."""
        going_on = inside[:, 1:]
        h, after = interests[:, :-1][going_on], e[:, 1:][going_on]  # [n, d]
        other = after[torch.randperm(len(after), device=after.device)]
        near = self.next(torch.cat([h, after], dim=1))
        far = self.next(torch.cat([h, other], dim=1))
        return (functional.softplus(-near) + functional.softplus(far)).mean()
