"""Examples from Parquet files: the same as from a table, without ever being all in memory."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from benchmarks.stream import World, written
from classic.errors import BadInput
from classic.metrics import auc
from classic.rank.features import Schema
from classic.rank.fm import Fm, FmConfig
from classic.rank.ranker import FitConfig, fit_ranker
from classic.rank.stream import Stream, ahead
from classic.train.loop import TrainConfig
from tests.classic.test_rankers import EXAMPLES, FIELDS, LAYOUT, SCHEMA, TABLE


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, ...]:
    """The table in three files of different length."""
    files = [tmp_path / f"{name}.parquet" for name in "abc"]
    for path, first, n in zip(files, (0, 150, 151), (150, 1, 249), strict=True):
        TABLE.slice(first, n).write_parquet(path)
    return tuple(files)


def drawn(stream: Stream, seed: int = 0) -> np.ndarray:
    """Every row of an epoch, by its numbers and categories."""
    batches = list(stream.batches(torch.Generator().manual_seed(seed), 40))
    assert all(30 <= len(batch.labels) <= 60 or len(batch.labels) < 40 for batch in batches)
    rows = [torch.cat([b.ones.float(), b.numbers, b.labels], dim=1) for b in batches]
    return torch.cat(rows).numpy()


def test_a_schema_of_files_is_that_of_the_table(paths: tuple[Path, ...]) -> None:
    known = Schema.of(pl.scan_parquet(paths), FIELDS, ["like"])
    assert known.vocabularies == SCHEMA.vocabularies
    assert known.layout == SCHEMA.layout
    assert known.scales["age"] == pytest.approx(SCHEMA.scales["age"])


@pytest.mark.parametrize("chunk", [7, 100, 10_000])
def test_an_epoch_has_every_row_once_in_an_order_of_its_own(
    paths: tuple[Path, ...], chunk: int
) -> None:
    stream = Stream(paths, SCHEMA, chunk)
    assert len(stream) == len(TABLE)
    ones = EXAMPLES.ones.astype(np.float32)
    whole = np.concatenate([ones, EXAMPLES.numbers, EXAMPLES.labels], axis=1)
    first, again, other = drawn(stream), drawn(stream), drawn(stream, seed=1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    for found in (first, other):
        assert np.allclose(np.unique(found, axis=0), np.unique(whole, axis=0))
        assert len(found) == len(whole)


def test_categories_are_counted_as_in_the_table(paths: tuple[Path, ...]) -> None:
    counts = Stream(paths, SCHEMA, 64).counts(LAYOUT.rows)
    assert np.array_equal(counts, EXAMPLES.counts(LAYOUT.rows))


def test_a_ranker_learns_from_files_as_from_a_table(paths: tuple[Path, ...]) -> None:
    fitting = FitConfig(40, TrainConfig(25, learning_rate=0.05, clip=None))
    nets = [
        fit_ranker(of, lambda: Fm(LAYOUT, FmConfig()), fitting)[0]
        for of in (EXAMPLES, Stream(paths, SCHEMA, 100))
    ]
    likes = EXAMPLES.labels[:, 0] > 0
    table, stream = (auc(net.logits(EXAMPLES)[:, 0], likes) for net in nets)
    assert stream > 0.75
    assert stream == pytest.approx(table, abs=0.03)


def test_behaviour_that_nobody_reads_stays_on_the_disk(paths: tuple[Path, ...]) -> None:
    bare = Stream(paths, SCHEMA, 100).without_behaviour()
    batch = next(bare.batches(torch.Generator().manual_seed(0), 40))
    assert batch.behaviours.shape == (0, 0)
    assert batch.lengths.tolist() == [0] * len(batch.labels)
    assert set(batch.ones.flatten().tolist()) <= set(EXAMPLES.ones.ravel().tolist())


def test_files_whose_columns_changed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.parquet"
    TABLE.drop("kind").write_parquet(path)
    with pytest.raises(BadInput, match="no column 'kind'"):
        drawn(Stream((path,), SCHEMA))


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    TABLE.clear().write_parquet(path)
    with pytest.raises(BadInput, match="no examples to learn from"):
        drawn(Stream((path,), SCHEMA))


def test_one_job_runs_ahead() -> None:
    began: list[int] = []
    jobs = [lambda n=n: (began.append(n), n)[1] for n in range(4)]
    found = ahead(jobs)  # type: ignore[arg-type]
    assert next(found) == 0
    assert len(began) <= 2
    assert list(found) == [1, 2, 3]
    assert list(ahead([])) == []


def test_made_up_rows_are_drawn_alike_and_tell_of_their_odds(tmp_path: Path) -> None:
    world = World(users=500, items=100)
    (path,) = written(world, 20_000, tmp_path)
    table = pl.read_parquet(path)
    assert table.equals(world.part(0, 20_000))
    assert not table.equals(world.part(1, 20_000))
    sure, unsure = (table.filter(pl.col("odds") > 1.0), table.filter(pl.col("odds") < -1.0))
    assert sure["like"].mean() > 0.7 > 0.3 > unsure["like"].mean()  # type: ignore[operator]
