"""What others are given in the race of rankers, and all of its sides in small."""

import numpy as np
import polars as pl
import pytest

from benchmarks.peers import rank_steps
from benchmarks.peers.environments import FOLDER
from benchmarks.peers.rank_steps import OURS, RUNNERS, THEIRS, Shape
from classic.rank.table import example_table
from tests.small import catalog, interactions

MODELS = ("deepfm", "din", "dien", "mmoe")
SHAPE = Shape(batch_size=40, dimensions=4, length=3)
TABLE = example_table(interactions(catalog()), catalog(), length=3).with_columns(
    loved=(pl.col("stars") >= 4.5).cast(pl.Float32)
)
ONE = rank_steps.rows_of(TABLE, ["like"], SHAPE)
TWO = rank_steps.rows_of(TABLE, ["like", "loved"], SHAPE)


def test_the_peer_is_given_the_same_rows() -> None:
    examples, schema = ONE
    columns, sizes = rank_steps.peer_columns(examples, schema, SHAPE.length)
    ones, done = columns["ones"], columns["done"]
    assert (ones >= 1).all() and (ones < sizes).all()
    for name, column, size in zip(("user", "item", "genre"), ones.T, sizes, strict=False):
        # The same categories are told apart, and no others.
        assert len(np.unique(column)) == TABLE[name].n_unique() <= size
        assert len(set(zip(column, TABLE[name], strict=True))) == TABLE[name].n_unique()
    lengths = (done[:, :, 0] > 0).sum(axis=1)
    assert np.array_equal(lengths, TABLE["liked_items"].list.len().fill_null(0).to_numpy())
    item_of = dict(zip(TABLE["item"], ones[:, 1], strict=True))
    row = int(np.argmax(lengths))
    assert done[row, : lengths[row], 0].tolist() == [item_of[i] for i in TABLE["liked_items"][row]]


@pytest.mark.parametrize("model", MODELS)
def test_our_side_in_small(model: str) -> None:
    run, scored = rank_steps.ours(model, *(TWO if model == "mmoe" else ONE), SHAPE, 0.3, 0)
    assert sum(step.targets for step in run.steps[: -(-len(TABLE) // 40)]) >= len(TABLE) - 40
    assert run.steps[0].loss > 0.0
    assert scored > 0.0


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("peer", RUNNERS)
def test_a_race_in_small(peer: str, model: str) -> None:
    if not (FOLDER / peer / "bin" / "python").is_file():
        pytest.skip(f"{peer} is not installed: benchmarks.peers.rank_steps does it")
    told = {model: TWO if model == "mmoe" else ONE}
    reports, cases = rank_steps.race(peer, [model], told, SHAPE, 1, 4.0)
    assert [one["failed"] for one in cases] == ["", ""]
    curve = reports[model]["curve"]
    assert curve[OURS][0] == pytest.approx(curve[THEIRS][0], rel=0.25), "they start alike"
