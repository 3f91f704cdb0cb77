"""Fields as vectors: the raw input that every ranker starts from."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.rank.examples import Batch
from classic.rank.features import Layout

_SPREAD = 0.01


class Embedded(nn.Module):
    """A vector of k numbers for each field of an example: that of its category, the mean of its
    many, or a number times a vector. Only the rows that a batch looks up have a gradient."""

    def __init__(self, layout: Layout, k: int) -> None:
        super().__init__()
        self.layout = layout
        self.table = nn.Embedding(layout.rows, k, sparse=True)
        self.of_numbers = nn.Parameter(_SPREAD * torch.randn(layout.numbers, k))
        nn.init.normal_(self.table.weight, std=_SPREAD)

    def forward(self, batch: Batch) -> Tensor:  # [b, fields, k]
        ones = self._vectors(batch.ones)  # [b, f, k]
        numbers = batch.numbers[:, :, None] * self.of_numbers  # [b, m, k]
        return torch.cat([ones, self._means(batch), numbers], dim=1)

    def candidate(self, batch: Batch) -> Tensor:  # [b, c * k]
        """What behaviours are compared with."""
        return self._vectors(batch.ones[:, list(self.layout.candidate)]).flatten(1)

    def behaviours(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """[b, l, c * k], oldest first, zeros after the end; and bool [b, l], what is before it."""
        vectors = self._vectors(batch.behaviours).flatten(1)  # [h, c * k]
        longest = max(int(batch.lengths.max()), 1)
        inside = torch.arange(longest, device=vectors.device) < batch.lengths[:, None]
        padded = vectors.new_zeros(*inside.shape, vectors.shape[1])
        # In the order of `vectors`: row by row, oldest first.
        return padded.masked_scatter(inside[:, :, None], vectors), inside

    def looked_up(self, batch: Batch) -> Tensor:
        """int64 [.]: the row of every category of the batch, as often as it stands there."""
        return torch.cat([batch.ones.flatten(), batch.many, batch.behaviours.flatten()])

    def size(self, batch: Batch) -> Tensor:
        """The squared length of all that was looked up, by example: L2 that leaves the rest of the
        table alone."""
        rows, places = self._met(self.looked_up(batch))
        total: Tensor = self.table(rows).square().sum(dim=1) @ torch.bincount(places).float()
        return total / len(batch.labels)

    def _vectors(self, categories: Tensor) -> Tensor:
        """[..., k] of int64 [...]. Each category is taken from the table once, however often it
        stands there, so that its gradient is summed in a small dense matrix: a sparse one would
        hold a row for every place, and sorting those was most of a step."""
        if not torch.is_grad_enabled():
            return functional.embedding(categories, self.table.weight)
        rows, places = self._met(categories)
        return functional.embedding(places, self.table(rows))

    def _met(self, categories: Tensor) -> tuple[Tensor, Tensor]:
        """int64 [u]: the different categories, in order; and int64 [...]: at which of them each
        of the given ones is."""
        met = torch.zeros(self.layout.rows, dtype=torch.bool, device=categories.device)
        met[categories.flatten()] = True
        return met.nonzero()[:, 0], (met.cumsum(0) - 1)[categories]

    def _means(self, batch: Batch) -> Tensor:  # [b, g, k]
        lengths = batch.many_lengths
        k = self.table.embedding_dim
        if not lengths.shape[1]:
            return self.table.weight.new_zeros(len(lengths), 0, k)
        rows, places = self._met(batch.many)
        starts = lengths.flatten().cumsum(0) - lengths.flatten()
        pooled = functional.embedding_bag(places, self.table(rows), starts, mode="mean")
        return pooled.view(*lengths.shape, k)


def tower(widths: Sequence[int], dropout: float, last: int | None = None) -> nn.Sequential:
    """Layers of ReLU, from `widths[0]` inputs on; to `last` logits, where that is said."""
    steps: list[nn.Module] = []
    for a, b in pairwise(widths):
        steps += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*steps, *([nn.Linear(widths[-1], last)] if last else []))
