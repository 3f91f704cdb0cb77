"""Cold starts on MovieLens: who has said little, and what nobody has met."""

from collections.abc import Callable, Sequence
from pathlib import Path

from classic.data.datasets import FETCHED
from classic.evaluate.cold_start import KNOWN, new_items, new_people
from classic.evaluate.protocol import Trial
from classic.evaluate.tables import Entry, Table
from classic.hybrids import StackedConfig, SwitchingConfig, WeightedConfig
from classic.retrieve.cdl import CdlConfig
from classic.retrieve.ease import EaseConfig
from classic.retrieve.ials import IalsConfig
from classic.retrieve.item_knn import ItemKnnConfig
from classic.retrieve.two_tower import TwoTowerConfig
from classic.train.loop import TrainConfig

_L2 = (100.0, 300.0, 1000.0)
_TOWERS = TrainConfig(
    epochs=200, learning_rate=2e-3, averaging=0.995, look_every=2, patience=5, minutes=5
)
_ENTRIES = {
    "popularity": Entry("popularity"),
    "content": Entry("content"),
    "item-knn-cosine": Entry(
        "item-knn-cosine", tuple(ItemKnnConfig(k=k) for k in (50, 100, 200, 400))
    ),
    "ease": Entry("ease", tuple(EaseConfig(l2=l2) for l2 in _L2)),
    "ials": Entry(
        "ials",
        tuple(
            IalsConfig(64, 10, unobserved=a, regularisation=r)
            for a in (0.1, 0.3)
            for r in (0.003, 0.015)
        ),
    ),
    "cdl": Entry(
        "cdl",
        tuple(
            CdlConfig(IalsConfig(64, 10, unobserved=0.3, regularisation=0.007), tie=tie)
            for tie in (1.0, 10.0)
        ),
    ),
    "two-tower": Entry("two-tower", (TwoTowerConfig(training=_TOWERS),), epochs="refitted"),
    "weighted": Entry(
        "weighted",
        tuple(
            WeightedConfig(1.0, content, popularity, EaseConfig(l2=300.0))
            for content in (0.1, 0.3)
            for popularity in (0.1, 0.3, 1.0)
        ),
    ),
    "switching": Entry(
        "switching",
        tuple(
            SwitchingConfig(enough, popularity, EaseConfig(l2=300.0))
            for enough in (4, 8)
            for popularity in (1.0, 3.0)
        ),
    ),
    "stacked": Entry("stacked", (StackedConfig(ease=EaseConfig(l2=300.0)),)),
}


def _people(data: str) -> Callable[[Path], Sequence[Trial]]:
    def read(folder: Path) -> Sequence[Trial]:
        films, events = FETCHED[data].read(folder)
        asked = new_people(events.liked())
        inside = new_people(asked[3].train)[3]
        return [Trial((inside,), tuple(asked.values()), films)]

    return read


def _items(data: str) -> Callable[[Path], Sequence[Trial]]:
    def read(folder: Path) -> Sequence[Trial]:
        films, events = FETCHED[data].read(folder)
        asked = new_items(events.liked())
        return [Trial((new_items(asked.train),), (asked,), films)]

    return read


_FILES = {
    "ml-latest-small": ("ratings.csv", "movies.csv", "tags.csv"),
    "ml-1m": ("ratings.dat", "derived_interactions.parquet", "movies.dat"),
}


def _table(data: str, what: str) -> Table:
    by = {
        "people": (
            f"{data}, a fifth of the people new, some of their first ten likes known, asked for all"
            " that they liked later",
            _people(data),
            "ndcg@10/3 known",
            tuple(f"ndcg@10/{n} known" for n in KNOWN),
        ),
        "items": (
            f"{data}, a tenth of the items new, asked which of these somebody liked",
            _items(data),
            "ndcg@10/new items",
            ("recall@10/new items", "ndcg@10/new items"),
        ),
    }
    about, read, choose_by, shown = by[what]
    return Table(about, data, _FILES[data], read, _ENTRIES, choose_by, shown)


COLD = {
    f"cold-{what}-{size}": _table(data, what)
    for size, data in (("small", "ml-latest-small"), ("1m", "ml-1m"))
    for what in ("people", "items")
}
