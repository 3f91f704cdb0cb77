"""The cheap cut before a ranker: two towers that learn from it what it would say (distillation;
Hinton, Vinyals & Dean 2015), so that a candidate costs one product of two vectors."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.rank.embedded import Embedded
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker

_NEVER = -1e9


@dataclass(frozen=True)
class LightConfig:
    """`dimensions` of a category, `width` of the vectors that are compared."""

    dimensions: int = 16
    width: int = 32
    l2: float = 1e-4


class Light(Ranker):
    """u(behaviour) . v(item): u is made of the behaviours, weighed by how long ago they were, v of
    the item's own fields. Numbers of a pair of them do not enter."""

    reads_behaviour = True

    def __init__(self, layout: Layout, config: LightConfig, length: int) -> None:
        super().__init__()
        self.l2 = config.l2
        self.embedded = Embedded(replace(layout, numbers=0), config.dimensions)
        done = config.dimensions * len(layout.candidate)
        own = config.dimensions * (layout.ones + layout.many)
        self.recency = nn.Parameter(torch.zeros(length))
        self.of_person, self.of_item = nn.Linear(done, config.width), nn.Linear(own, config.width)

    def forward(self, batch: Batch) -> Tensor:  # [b, 1]
        return (self.people(batch) * self.things(batch)).sum(dim=1, keepdim=True)

    def people(self, batch: Batch) -> Tensor:  # [b, w]
        e, inside = self.embedded.behaviours(batch)  # [b, l, d], oldest first
        ago = (batch.lengths[:, None] - 1 - torch.arange(e.shape[1])).clamp(min=0)
        # Where nobody did anything, weights that are all alike are taken of vectors of zeros.
        weights = self.recency[ago].masked_fill(~inside, _NEVER).softmax(dim=1)
        found: Tensor = self.of_person((weights[:, None, :] @ e)[:, 0])
        return found

    def things(self, batch: Batch) -> Tensor:  # [b, w]
        fields = self.embedded(batch._replace(numbers=batch.numbers[:, :0]))
        found: Tensor = self.of_item(functional.relu(fields.flatten(1)))
        return found
