"""Rankers told to tell likes from the rest: ml-100k and ml-latest-small, likes being four stars and
more, split at random and by time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.movielens import people_100k, read_100k, read_latest
from classic.evaluate.label_tables import LabelTable, RankerEntry
from classic.evaluate.labelled import Labelled
from classic.rank.deepfm import DeepFmConfig
from classic.rank.dien import DienConfig
from classic.rank.din import DinConfig
from classic.rank.features import Field, Schema
from classic.rank.fm import FmConfig
from classic.rank.lambdamart import LambdaMartConfig
from classic.rank.logistic import LogisticConfig
from classic.rank.table import FIELDS, example_table
from classic.rank.wide_deep import WideDeepConfig
from classic.rank.youtube_ranking import YoutubeRankingConfig

_HELD = 0.1
"""Of the examples for validation, and as much for the test."""
_AT_LEAST = 2
"""Examples from which a category has a vector of its own."""
_FIVE = (0, 1, 2, 3, 4)
_OF_PEOPLE = (Field("age_band"), Field("gender"), Field("occupation"))
Read = Callable[[Path], Labelled]
Split = Callable[[Interactions], np.ndarray]
"""int64 [n]: 0 where an event is learned from, 1 of validation, 2 of the test."""


@dataclass(frozen=True, eq=False)
class Beside:
    """What else is known of items: a row of `columns` for each, and what they are as fields."""

    fields: tuple[Field, ...]
    columns: pl.DataFrame

    @classmethod
    def of_numbers(cls, name: str, numbers: np.ndarray) -> "Beside":
        """A field for each column of float32 [n_items, w]."""
        names = [f"{name} {n}" for n in range(numbers.shape[1])]
        columns = pl.DataFrame(dict(zip(names, numbers.T, strict=True)))
        return cls(tuple(Field(n, "number") for n in names), columns)


def at_random(events: Interactions) -> np.ndarray:
    part = np.repeat([0, 1, 2], _sizes(len(events)))
    return np.random.default_rng(0).permutation(part)


def by_time(events: Interactions) -> np.ndarray:
    """The latest events of everybody are the test, those before them validation."""
    assert events.timestamps is not None
    part = np.empty(len(events), dtype=np.int64)
    order = np.lexsort((np.arange(len(events)), events.timestamps))
    part[order] = np.repeat([0, 1, 2], _sizes(len(events)))
    return part


def _sizes(n: int) -> list[int]:
    held = int(_HELD * n)
    return [n - 2 * held, held, held]


def trial_of(
    events: Interactions,
    catalog: Catalog,
    people: pl.DataFrame | None,
    split: Split,
    label: str,
    labels: tuple[str, ...] = ("like",),
    beside: "Beside | None" = None,
) -> Labelled:
    """Behaviour is what was liked before; split at random, only among what is learned from, so
    that no answer of the test is in anybody's history. `beside` says more of the items."""
    part = split(events)
    table = example_table(events, catalog, known=None if split is by_time else part == 0)
    fields: tuple[Field, ...] = FIELDS
    if people is not None:
        banded = people.with_columns(age_band=pl.col("age") // 10)
        table = table.join(banded, on="user", how="left", maintain_order="left")
        fields = (*FIELDS, *_OF_PEOPLE)
    if beside is not None:
        own = beside.columns[events.items.astype(np.int64)]
        table = pl.concat([table, own], how="horizontal")
        fields = (*fields, *beside.fields)
    table = table.with_columns(
        watched=pl.when(pl.col("like") > 0).then(pl.col("stars")).otherwise(1.0)
    )
    train, validation, test = (table.filter(pl.Series(part == p)) for p in range(3))
    schema = Schema.of(train, fields, labels, _AT_LEAST, weight="watched")
    return Labelled(
        schema,
        schema.encode(train),
        schema.encode(validation),
        schema.encode(test),
        events.users[part == 1].astype(np.int64),
        events.users[part == 2].astype(np.int64),
        label,
    )


def _of_100k(split: Split, label: str) -> Read:
    def read(folder: Path) -> Labelled:
        catalog, events = read_100k(folder)
        return trial_of(events, catalog, people_100k(folder), split, label)

    return read


def _of_small(split: Split, label: str) -> Read:
    def read(folder: Path) -> Labelled:
        catalog, events = read_latest(folder)
        return trial_of(events, catalog, None, split, label)

    return read


def trees(objective: Literal["lambdarank", "binary"]) -> RankerEntry:
    """LambdaMART is chosen by what it is for."""
    grid = (LambdaMartConfig(objective, n, m) for n in (50, 100, 300) for m in (15, 63))
    if objective == "lambdarank":
        return RankerEntry("lambdamart", tuple(grid), chosen_by="uauc")
    return RankerEntry("trees", tuple(grid))


_L2 = (1e-4, 1e-3)
ENTRIES: Mapping[str, RankerEntry] = {
    "user-mean": RankerEntry("user-mean", seeds=(0,)),
    "item-mean": RankerEntry("item-mean", seeds=(0,)),
    "user-item-mean": RankerEntry("user-item-mean", seeds=(0,)),
    "lambdamart": trees("lambdarank"),
    "trees": trees("binary"),
    "logistic": RankerEntry("logistic", tuple(LogisticConfig(l2=a) for a in (0.0, 1e-4, 1e-3))),
    "fm": RankerEntry("fm", tuple(FmConfig(l2=a) for a in (1e-4, 1e-3, 3e-3))),
    "wide-deep": RankerEntry("wide-deep", tuple(WideDeepConfig(l2=a) for a in _L2)),
    "deepfm": RankerEntry("deepfm", tuple(DeepFmConfig(l2=a) for a in _L2), seeds=_FIVE),
    "youtube-ranking": RankerEntry(
        "youtube-ranking", tuple(YoutubeRankingConfig(l2=a) for a in _L2)
    ),
    "din": RankerEntry("din", tuple(DinConfig(l2=a) for a in (1e-3, 1e-2)), seeds=_FIVE),
    "dien": RankerEntry("dien", (DienConfig(),)),
    "dien-no-auxiliary": RankerEntry("dien", (DienConfig(auxiliary=0.0),)),
}


def ctr_table(about: str, data: str, files: tuple[str, ...], read: Read, label: str) -> LabelTable:
    shown = tuple(f"{m}/{label}" for m in ("auc", "uauc", "logloss", "ece"))
    shown = (*shown, f"ece/{label}+platt")
    return LabelTable(about, data, files, read, ENTRIES, shown, "user-item-mean")


_100K, _SMALL = ("u.data", "u.item", "u.genre", "u.user"), ("ratings.csv", "movies.csv")
CTR: Mapping[str, LabelTable] = {
    "ctr-100k-random": ctr_table(
        "ml-100k, four stars and more against the rest, a tenth at random held out",
        "ml-100k",
        _100K,
        _of_100k(at_random, "random"),
        "random",
    ),
    "ctr-100k-time": ctr_table(
        "ml-100k, four stars and more against the rest, the latest tenth of all held out",
        "ml-100k",
        _100K,
        _of_100k(by_time, "time"),
        "time",
    ),
    "ctr-small-random": ctr_table(
        "ml-latest-small, four stars and more against the rest, a tenth at random held out",
        "ml-latest-small",
        _SMALL,
        _of_small(at_random, "random"),
        "random",
    ),
    "ctr-small-time": ctr_table(
        "ml-latest-small, four stars and more against the rest, the latest tenth of all held out",
        "ml-latest-small",
        _SMALL,
        _of_small(by_time, "time"),
        "time",
    ),
}
