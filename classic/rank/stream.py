"""Examples in Parquet files, read as they are needed: a table may be larger than memory."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import polars as pl
import torch

from classic.errors import BadInput
from classic.rank.examples import Batch, Examples
from classic.rank.features import Schema


@dataclass(frozen=True, eq=False)
class Stream:
    """The rows of `paths`, encoded by the schema `chunk` at a time, while those before them are
    learned from. An epoch takes the chunks in a new order and the rows of a chunk in a new order:
    of files that are sorted, a batch holds neighbours, so shuffle once when they are written."""

    paths: tuple[Path, ...]
    schema: Schema
    chunk: int = 2**18

    def __len__(self) -> int:
        return sum(n for _, _, n in self._chunks)

    def batches(self, generator: torch.Generator, size: int) -> Iterator[Batch]:
        for examples in self._read(torch.randperm(len(self._chunks), generator=generator)):
            yield from examples.batches(generator, size)

    def counts(self, n_rows: int) -> np.ndarray:
        found = np.zeros(n_rows, dtype=np.int64)
        for examples in self._read(range(len(self._chunks))):
            found += examples.counts(n_rows)
        return found

    def without_behaviour(self) -> "Stream":
        return replace(self, schema=self.schema.without_behaviour())

    @cached_property
    def _chunks(self) -> list[tuple[Path, int, int]]:
        """File, first row and number of rows. Raises `BadInput` where there is nothing to read."""
        sizes = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in self.paths]
        found = [
            (path, first, min(self.chunk, size - first))
            for path, size in zip(self.paths, sizes, strict=True)
            for first in range(0, size, self.chunk)
        ]
        if not found:
            raise BadInput("there are no examples to learn from")
        return found

    def _read(self, places: Sequence[int] | torch.Tensor) -> Iterator[Examples]:
        return ahead([partial(self._encoded, *self._chunks[int(place)]) for place in places])

    def _encoded(self, path: Path, first: int, n: int) -> Examples:
        rows = pl.scan_parquet(path)
        held = rows.collect_schema()
        wanted = [*(f.name for f in self.schema.fields), *self.schema.told_by]
        # Whatever else there is stays on the disk; what is missing, the schema tells.
        return self.schema.encode(
            rows.slice(first, n).select([name for name in wanted if name in held]).collect()
        )


def ahead(jobs: Sequence[Callable[[], Examples]]) -> Iterator[Examples]:
    """What the jobs give, one after the other, the next being at work while one is looked at."""
    with ThreadPoolExecutor(1) as worker:
        coming = [worker.submit(job) for job in jobs[:1]]
        for job in jobs[1:]:
            coming.append(worker.submit(job))
            yield coming.pop(0).result()
        yield from (last.result() for last in coming)
