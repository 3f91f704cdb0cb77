"""Examples in columns, and batches of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from classic.data.histories import spans
from classic.train.processes import batches_of


class Batch(NamedTuple):
    """b examples. `ones` int64 [b, f]; `numbers` float32 [b, m]; `many` int64 [v] one example's
    fields after the other's, by `many_lengths` int64 [b, g]; `behaviours` int64 [h, c], by
    `lengths` int64 [b]; `labels` float32 [b, t]; `weights` and `offsets`
    float32 [b]."""

    ones: Tensor
    numbers: Tensor
    many: Tensor
    many_lengths: Tensor
    behaviours: Tensor
    lengths: Tensor
    labels: Tensor
    weights: Tensor
    offsets: Tensor


class Learnable(Protocol):
    """Examples to learn from, wherever they are kept."""

    def batches(self, generator: torch.Generator, size: int) -> Iterator[Batch]:
        """All of them once, in an order that the generator draws."""

    def counts(self, n_rows: int) -> np.ndarray:
        """int64 [n_rows]: in how many places each category stands."""

    def without_behaviour(self) -> Self:
        """The same for who does not read it, which is most of what a batch takes."""


@dataclass(frozen=True, eq=False)
class Ragged:
    """Row r is `values[bounds[r] : bounds[r + 1]]`; `values` is int32 [v] or [v, c]."""

    values: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of_lengths(cls, values: np.ndarray, lengths: np.ndarray) -> "Ragged":
        return cls(values, np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))))

    @classmethod
    def aligned(cls, columns: "Sequence[Ragged]", n: int) -> "Ragged":
        """Columns of one length, side by side; n rows of nothing where there are none."""
        if not columns:
            return cls(np.zeros((0, 0), dtype=np.int32), np.zeros(n + 1, dtype=np.int64))
        return cls(np.stack([own.values for own in columns], axis=1), columns[0].bounds)

    @property
    def lengths(self) -> np.ndarray:
        """int64 [n]."""
        return self.bounds[1:] - self.bounds[:-1]

    def take(self, rows: np.ndarray) -> "Ragged":
        lengths = self.lengths[rows]
        return Ragged.of_lengths(self.values[spans(self.bounds[rows], lengths)], lengths)


@dataclass(frozen=True, eq=False)
class Examples:
    """n of them, encoded by a `Schema`. `ones` int32 [n, f]; `numbers` float32 [n, m]; `many` one
    for each such field; `behaviours` with values int32 [h, c]; `labels` float32 [n, t]; `weights`
    float32 [n], how much each counts; `offsets` float32 [n], the log odds that were said before the
    ranker, which learns what to add to them."""

    ones: np.ndarray
    numbers: np.ndarray
    many: tuple[Ragged, ...]
    behaviours: Ragged
    labels: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: np.ndarray) -> "Examples":
        many = tuple(own.take(rows) for own in self.many)
        own = self.ones[rows], self.numbers[rows], many, self.behaviours.take(rows)
        return Examples(*own, self.labels[rows], self.weights[rows], self.offsets[rows])

    def batch(self, rows: np.ndarray) -> Batch:
        many = [own.take(rows) for own in self.many]
        lengths = [own.lengths for own in many]
        done = self.behaviours.take(rows)
        return Batch(
            torch.from_numpy(self.ones[rows].astype(np.int64)),
            torch.from_numpy(self.numbers[rows]),
            torch.from_numpy(_by_example(many)),
            torch.from_numpy(np.stack(lengths, 1) if many else np.zeros((len(rows), 0), np.int64)),
            torch.from_numpy(done.values.astype(np.int64)),
            torch.from_numpy(done.lengths),
            torch.from_numpy(self.labels[rows]),
            torch.from_numpy(self.weights[rows]),
            torch.from_numpy(self.offsets[rows]),
        )

    def batches(self, generator: torch.Generator, size: int) -> Iterator[Batch]:
        for rows in batches_of(torch.randperm(len(self), generator=generator).numpy(), size):
            yield self.batch(rows)

    def counts(self, n_rows: int) -> np.ndarray:
        every = [self.ones, *(own.values for own in self.many), self.behaviours.values]
        return np.sum([np.bincount(v.ravel(), minlength=n_rows) for v in every], axis=0)

    def without_behaviour(self) -> "Examples":
        return replace(self, behaviours=Ragged.aligned((), len(self)))


def _by_example(columns: Sequence[Ragged]) -> np.ndarray:
    """int64 [v]: the fields' values of the first example, then those of the second..."""
    if not columns:
        return np.zeros(0, dtype=np.int64)
    lengths = np.stack([own.lengths for own in columns], axis=1)  # [b, g]
    ends = np.cumsum(lengths).reshape(lengths.shape)
    found = np.zeros(int(lengths.sum()), dtype=np.int64)
    for g, own in enumerate(columns):
        found[spans((ends - lengths)[:, g], lengths[:, g])] = own.values
    return found
