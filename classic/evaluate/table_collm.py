"""CoLLM's split of ml-1m: its last twenty months, ten to learn from, five for validation, five for
the test; four stars and more against the rest (Zhang et al., TKDE 2025)."""

from pathlib import Path

import numpy as np
import polars as pl

from classic.data.movielens import natural_title
from classic.errors import BadInput
from classic.evaluate.label_tables import LabelTable, RankerEntry
from classic.evaluate.labelled import Labelled
from classic.evaluate.table_ctr import trees
from classic.rank.deepfm import DeepFmConfig
from classic.rank.dien import DienConfig
from classic.rank.din import DinConfig
from classic.rank.features import Field, Schema
from classic.rank.fm import FmConfig
from classic.rank.logistic import LogisticConfig

_FILES = ("train_ood2.parquet", "valid_ood2.parquet", "test_ood2.parquet")
_FIELDS = (
    Field("user"),
    Field("item"),
    Field("decade"),
    Field("liked_items", "behaviour", "item"),
)
_NOTHING = 0
"""What their histories begin with."""
_FIVE = (0, 1, 2, 3, 4)
_L2 = (1e-4, 1e-3, 1e-2)


def read_collm(path: Path) -> pl.DataFrame:
    """`user`, `item`, `decade`, `liked_items` and `like`. Raises `BadInput`."""
    if not path.is_file():
        raise BadInput(f"{path} is not there")
    table = pl.read_parquet(path)
    years = [natural_title(title)[2] for title in table["title"]]
    return table.select(
        user="uid",
        item="iid",
        decade=pl.Series(years, dtype=pl.Int64) // 10 * 10,
        liked_items=pl.col("his").list.filter(pl.element() != _NOTHING),
        like=pl.col("label").cast(pl.Float32),
    )


def _read(folder: Path) -> Labelled:
    train, validation, test = (read_collm(folder / name) for name in _FILES)
    schema = Schema.of(train, _FIELDS, ("like",))
    return Labelled(
        schema,
        schema.encode(train),
        schema.encode(validation),
        schema.encode(test),
        validation["user"].to_numpy().astype(np.int64),
        test["user"].to_numpy().astype(np.int64),
        "time",
    )


COLLM = LabelTable(
    about="ml-1m as CoLLM splits it in time, four stars and more against the rest; published "
    "figures by CoLLM's authors, unverified",
    data="ml-1m-collm",
    files=_FILES,
    read=_read,
    entries={
        "user-mean": RankerEntry("user-mean", seeds=(0,)),
        "item-mean": RankerEntry("item-mean", seeds=(0,)),
        "user-item-mean": RankerEntry("user-item-mean", seeds=(0,)),
        "lambdamart": trees("lambdarank"),
        "trees": trees("binary"),
        "logistic": RankerEntry("logistic", tuple(LogisticConfig(l2=a) for a in (0.0, *_L2))),
        "fm": RankerEntry("fm", tuple(FmConfig(l2=a) for a in _L2), published=".648 / .636 (MF)"),
        "deepfm": RankerEntry("deepfm", tuple(DeepFmConfig(l2=a) for a in _L2)),
        "din": RankerEntry(
            "din",
            tuple(DinConfig(l2=a) for a in (1e-3, 1e-2, 1e-1)),
            seeds=_FIVE,
            published=".717 (DIN); .708 / .688 (SASRec)",
        ),
        "dien": RankerEntry("dien", tuple(DienConfig(l2=a) for a in _L2[:2])),
    },
    shown=("auc/time", "uauc/time", "logloss/time", "ece/time", "ece/time+platt"),
    baseline="user-item-mean",
)
