"""Wide & Deep (Cheng et al., DLRS 2016): memory of crossed features, trained by FTRL with L1,
beside a deep net trained by Adagrad, both for one loss."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from classic.rank.embedded import Embedded, tower
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker

_MIX = 0x9E3779B1
"""An odd number of 32 bits, so that pairs spread evenly over the buckets."""


@dataclass(frozen=True)
class WideDeepConfig:
    """Crosses are hashed into `buckets`."""

    dimensions: int = 16
    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.2
    buckets: int = 2**18
    l2: float = 1e-4


class Wide(nn.Module):
    """w . [x, phi(x)], phi having AND(a, b) for each two fields of one category and, as the paper
    crosses what was installed with what is offered, for each behaviour and the candidate, their
    lengths brought to one."""

    a: Tensor
    b: Tensor

    def __init__(self, layout: Layout, buckets: int) -> None:
        super().__init__()
        self.single = nn.Embedding(layout.rows, layout.labels, sparse=True)
        self.crossed = nn.Embedding(buckets, layout.labels, sparse=True)
        self.bias = nn.Parameter(torch.zeros(layout.labels))
        self.candidate = list(layout.candidate)
        a, b = torch.triu_indices(layout.ones, layout.ones, offset=1)
        self.register_buffer("a", a.clone())
        self.register_buffer("b", b.clone())
        nn.init.zeros_(self.single.weight)
        nn.init.zeros_(self.crossed.weight)

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        pairs = self._bucket(batch.ones[:, self.a], batch.ones[:, self.b])  # [b, f (f - 1) / 2]
        logits = self.bias + self.single(batch.ones).sum(dim=1) + self.crossed(pairs).sum(dim=1)
        return logits + self._behaviours(batch)

    def _behaviours(self, batch: Batch) -> Tensor:  # [b, t]
        owner = torch.arange(len(batch.lengths), device=batch.lengths.device)
        owner = owner.repeat_interleave(batch.lengths)
        met = batch.ones[owner][:, self.candidate]  # [h, c]
        weights = self.crossed(self._bucket(batch.behaviours, met)).sum(dim=1)  # [h, t]
        scale = batch.lengths.clamp(min=1).to(weights.dtype).rsqrt()[owner, None]
        found = weights.new_zeros(len(batch.lengths), weights.shape[1])
        return found.index_add(0, owner, weights * scale)

    def _bucket(self, a: Tensor, b: Tensor) -> Tensor:
        """Rows of two categories, in that order, to one of the buckets."""
        return ((a * _MIX) ^ (b * 0x85EBCA6B)) % self.crossed.num_embeddings


class WideDeep(Ranker):
    reads_behaviour = True

    def __init__(self, layout: Layout, config: WideDeepConfig) -> None:
        super().__init__()
        self.wide, self.l2 = Wide(layout, config.buckets), config.l2
        self.embedded = Embedded(layout, config.dimensions)
        widths = (layout.fields * config.dimensions, *config.hidden)
        self.deep = tower(widths, config.dropout, layout.labels)

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        logits: Tensor = self.wide(batch) + self.deep(self.embedded(batch).flatten(1))
        return logits
