"""Columns become rows of vectors; what cannot is said in one line."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.rank.examples import Ragged
from classic.rank.features import Field, Schema
from classic.rank.table import FIELDS, example_table
from tests.small import catalog, interactions

ROWS = pl.DataFrame(
    {
        "user": ["a", "b", "a", "c"],
        "item": ["x", "y", "y", "z"],
        "genres": [["drama", "war"], [], ["war"], None],
        "age": [20.0, 40.0, None, float("inf")],
        "done": [[], ["x"], ["x", "y"], ["z", "y", "x"]],
        "like": [1, 0, 1, 0],
    }
)
COLUMNS = (
    Field("user"),
    Field("item"),
    Field("genres", "many", "genre"),
    Field("age", "number"),
    Field("done", "behaviour", "item"),
)


def schema(**more: Any) -> Schema:
    return Schema.of(ROWS, COLUMNS, ["like"], **more)


def test_a_table_becomes_rows() -> None:
    found = schema()
    assert found.vocabularies == {
        "user": ("a", "b", "c"),
        "item": ("x", "y", "z"),
        "genre": ("drama", "war"),
    }
    assert dict(found.first_rows) == {"user": 0, "item": 4, "genre": 8}
    layout = found.layout
    assert (layout.rows, layout.fields, layout.candidate) == (11, 4, (1,))
    told = found.encode(ROWS)
    assert told.ones.tolist() == [[1, 5], [2, 6], [1, 6], [3, 7]]
    assert told.many[0].values.tolist() == [9, 10, 10]
    assert told.many[0].lengths.tolist() == [2, 0, 1, 0]
    assert told.behaviours.values[:, 0].tolist() == [5, 5, 6, 7, 6, 5]
    assert told.numbers[:, 0].tolist() == [-1.0, 1.0, 0.0, 0.0]
    assert told.labels[:, 0].tolist() == [1, 0, 1, 0]
    assert told.weights.tolist() == [1, 1, 1, 1]


def test_unseen_and_missing_categories_are_the_first_row() -> None:
    new = ROWS.with_columns(
        user=pl.Series(["nobody", None, "a", "a"]), done=pl.Series([["new"], ["x"], ["x"], ["x"]])
    )
    told = schema().encode(new)
    assert told.ones[:, 0].tolist() == [0, 0, 1, 1]
    assert told.behaviours.values[0, 0] == 4


def test_rare_categories_are_unseen() -> None:
    assert schema(at_least=2).vocabularies["user"] == ("a",)


def test_the_latest_behaviour_is_kept() -> None:
    told = schema(length=2).encode(ROWS)
    assert told.behaviours.take(np.array([3])).values[:, 0].tolist() == [6, 5]
    long = ROWS.with_columns(done=pl.Series([["x"] * 9999 + ["y"]] * 4))
    assert schema().encode(long).behaviours.lengths.tolist() == [50] * 4


def test_a_batch_has_the_fields_of_one_example_together() -> None:
    twice = (*COLUMNS, Field("done_as_set", "many", "item"))
    rows = ROWS.with_columns(done_as_set="done")
    told = Schema.of(rows, twice, ["like"]).encode(rows)
    batch = told.batch(np.array([3, 0, 2]))
    assert batch.many_lengths.tolist() == [[0, 3], [2, 0], [1, 2]]
    assert batch.many.tolist() == [7, 6, 5, 9, 10, 10, 5, 6]
    assert batch.lengths.tolist() == [3, 0, 2]
    assert told.counts(11)[5] == 1 + 3 + 3  # x: a candidate once, done three times, in both lists


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=8), st.data())
@settings(deadline=None, max_examples=40)
def test_ragged_rows_are_taken_as_lists_are(rows: list[list[int]], data: st.DataObject) -> None:
    flat = np.array([v for row in rows for v in row], dtype=np.int32)
    kept = Ragged.of_lengths(flat, np.array(list(map(len, rows))))
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=6))
    found = kept.take(np.array(chosen, dtype=np.int64))
    assert found.values.tolist() == [v for r in chosen for v in rows[r]]
    assert found.lengths.tolist() == [len(rows[r]) for r in chosen]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop("item"), "no column 'item'"),
        (lambda t: t.with_columns(user=pl.Series([1, 2, 3, 4])), "'user' was String"),
        (lambda t: t.with_columns(genres=pl.lit("war")), "'genres' is to be a list"),
        (lambda t: t.with_columns(user=pl.Series([["a"]] * 4)), "'user' is to be one value"),
        (lambda t: t.with_columns(age=pl.lit("old")), "'age' is to be a number"),
        (lambda t: t.with_columns(like=pl.lit(None)), "'like' has no value"),
    ],
)
def test_columns_that_changed_since_training(change: Any, said: str) -> None:
    known = schema()
    with pytest.raises(BadInput, match=said):
        known.encode(change(ROWS))


def test_nothing_to_learn_from_and_nothing_to_meet() -> None:
    with pytest.raises(BadInput, match="no examples"):
        Schema.of(ROWS.clear(), COLUMNS, ["like"])
    with pytest.raises(BadInput, match="no field of its vocabulary"):
        Schema.of(ROWS, [Field("user"), Field("done", "behaviour", "item")], ["like"])


def test_lists_of_the_same_behaviour_differ() -> None:
    rows = ROWS.with_columns(done_users=pl.Series([["a"], ["a"], ["a"], ["a"]]))
    both = (*COLUMNS, Field("done_users", "behaviour", "user"))
    with pytest.raises(BadInput, match="differ in length"):
        Schema.of(rows, both, ["like"]).encode(rows)


@given(st.integers(0, 10**6), st.integers(1, 6))
@settings(deadline=None, max_examples=25)
def test_behaviour_is_what_was_liked_before(seed: int, length: int) -> None:
    """Against a loop: strictly earlier, liked, known, oldest first, the latest few."""
    rng = np.random.default_rng(seed)
    n = 60
    events = Interactions(
        rng.integers(0, 4, n).astype(np.int32),
        rng.integers(0, 9, n).astype(np.int32),
        tuple("abcd"),
        tuple(map(str, range(9))),
        rng.choice([2.0, 4.0, 5.0], n).astype(np.float32),
        rng.integers(0, 12, n),
    )
    known = rng.random(n) < 0.7
    table = example_table(events, catalog(), known=known, length=length)
    assert events.ratings is not None and events.timestamps is not None
    for e in range(n):
        before = [
            (events.timestamps[o], o)
            for o in range(n)
            if events.users[o] == events.users[e]
            and events.timestamps[o] < events.timestamps[e]
            and events.ratings[o] >= 4
            and known[o]
        ]
        wanted = [str(events.items[o]) for _, o in sorted(before)][-length:]
        found = table["liked_items"][e]
        assert ([] if found is None else found.to_list()) == wanted


def test_interactions_are_read_with_what_their_items_are() -> None:
    films = catalog()
    table = example_table(interactions(films), films)
    first = films[table["item"][0]]
    assert table["genres"][0].to_list() == list(first.genres)
    assert table["genre"][0] == first.genres[0]
    known = Schema.of(table, FIELDS, ["like"])
    assert known.layout.candidate == (1, 2)
    assert len(known.encode(table)) == len(table)


def test_ratings_without_times_are_refused() -> None:
    plain = interactions(catalog())
    bare = Interactions(plain.users, plain.items, plain.user_ids, plain.item_ids, plain.ratings)
    with pytest.raises(BadInput, match="ratings with times"):
        example_table(bare, catalog())
