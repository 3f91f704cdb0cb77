"""Tasks learned together: liking and stars on ml-100k; on ml-1m, of which genres the next film is
and whether a woman watches."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from classic.data.histories import spans
from classic.data.interactions import Interactions
from classic.data.movielens import people_1m, people_100k, read_1m, read_100k
from classic.evaluate.labelled import Labelled
from classic.evaluate.table_ctr import at_random, trial_of
from classic.evaluate.task_tables import TaskEntry, TaskTable
from classic.rank.features import Field, Schema
from classic.rank.mmoe import MmoeConfig, Task
from classic.rank.table import item_table

_LENGTH = 20
"""Of what a person did before, so many films are read."""
_MOMENTS = 10
"""Of each person."""
_HELD = 0.1
"""Of the people for validation, and as many for the test."""
_FIELDS = (
    Field("last_item", vocabulary="item"),
    Field("last_genre", vocabulary="genre"),
    Field("decade"),
    Field("items", "many", "item"),
    Field("genres", "many", "genre"),
)
_L2 = (1e-4, 1e-3)
_ONE = tuple(MmoeConfig("none", expert=(128,), l2=l2) for l2 in _L2)
_MANY = tuple(MmoeConfig("many", experts=4, expert=(32,), l2=l2) for l2 in _L2)
"""As many units as the one expert has."""
_ENTRIES: Mapping[str, TaskEntry] = {
    "single-task": TaskEntry(_ONE, alone=True),
    "shared-bottom": TaskEntry(_ONE),
    "one-gate": TaskEntry(tuple(replace(config, gates="one") for config in _MANY)),
    "mmoe": TaskEntry(_MANY),
}


def _read_100k(folder: Path) -> Labelled:
    catalog, events = read_100k(folder)
    people = people_100k(folder)
    return trial_of(events, catalog, people, at_random, "random", ("like", "stars"))


def _read_1m(folder: Path) -> Labelled:
    catalog, events = read_1m(folder)
    return next_and_who(events, item_table(events.item_ids, catalog), people_1m(folder))


def next_and_who(events: Interactions, items: pl.DataFrame, people: pl.DataFrame) -> Labelled:
    """Moments of people, who are held out whole: what they did before, the genres of what they did
    next (a label for each, in alphabetical order), and whether they are women."""
    rng = np.random.default_rng(0)
    rows, first, lengths = _moments(events, rng)
    before = spans(first, lengths)
    order = np.concatenate(events.by_user())
    met, following = events.items[order][before].astype(np.int64), events.items[order][rows]
    of = pl.DataFrame({"row": np.repeat(np.arange(len(rows)), lengths), "item": items["item"][met]})
    done = (
        of.with_columns(genre=items["genre"][met], decade=items["decade"][met])
        .group_by("row", maintain_order=True)
        .agg(
            items="item",
            genres="genre",
            last_item=pl.col("item").last(),
            last_genre=pl.col("genre").last(),
            decade=pl.col("decade").last(),
        )
    )
    wanted = items["genres"][following.astype(np.int64)]
    names = sorted(set(wanted.explode().drop_nulls()))
    users = events.users[order][rows].astype(np.int64)
    table = done.with_columns(
        *(wanted.list.contains(name).cast(pl.Float32).alias(f"next {name}") for name in names),
        user=pl.Series(events.user_ids)[users],
    ).join(people.select("user", woman=pl.col("gender") == "F"), on="user", maintain_order="left")
    drawn = rng.random(events.n_users)[users]
    part = (drawn < 2 * _HELD).astype(int) + (drawn < _HELD)
    train, validation, test = (table.filter(pl.Series(part == p)) for p in range(3))
    schema = Schema.of(train, _FIELDS, (*(f"next {name}" for name in names), "woman"), at_least=2)
    return Labelled(
        schema,
        schema.encode(train),
        schema.encode(validation),
        schema.encode(test),
        users[part == 1],
        users[part == 2],
        "people",
    )


def _moments(
    events: Interactions, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int64 [n], places in the order of people and times: what is asked for; and the first of what
    came before it, and how much that is."""
    ends = np.cumsum([len(own) for own in events.by_user()])
    asked, starts = [], []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        places = rng.permutation(np.arange(start + 1, end))[:_MOMENTS]
        asked.append(np.sort(places))
        starts.append(np.full(len(places), start))
    rows, start = np.concatenate(asked), np.concatenate(starts)
    lengths = np.minimum(rows - start, _LENGTH)
    return rows, rows - lengths, lengths


_100K = (Task("like"), Task("stars", number=True))
_GENRES = 18
TASKS: Mapping[str, TaskTable] = {
    "tasks-100k": TaskTable(
        "ml-100k, likes (four stars and more) and stars, a tenth at random held out",
        "ml-100k",
        ("u.data", "u.item", "u.genre", "u.user"),
        _read_100k,
        _100K,
        _ENTRIES,
        ("auc/like", "logloss/like", "rmse/stars"),
        "single-task",
    ),
    "tasks-1m": TaskTable(
        "ml-1m, of which genres the next film is and whether the person is a woman, told from the "
        "films before; a tenth of the people held out",
        "ml-1m",
        ("derived_interactions.parquet", "ratings.dat", "movies.dat", "users.dat"),
        _read_1m,
        (Task("genres", labels=_GENRES), Task("woman")),
        _ENTRIES,
        ("auc/genres", "logloss/genres", "auc/woman", "logloss/woman"),
        "single-task",
    ),
}
