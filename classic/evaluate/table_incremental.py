"""Learning as it arrives, on MovieLens in the order of its times."""

from collections.abc import Mapping
from pathlib import Path

from classic.data.interactions import Interactions
from classic.data.movielens import read_latest, timed_likes_1m
from classic.evaluate.arriving import arriving
from classic.evaluate.incremental_tables import IncrementalTable
from classic.evaluate.tables import Entry
from classic.retrieve.ease import EaseConfig
from classic.retrieve.ials import IalsConfig

_ENTRIES: Mapping[str, Entry] = {
    "ials": Entry(
        "ials",
        tuple(
            IalsConfig(64, 10, unobserved=a, regularisation=r)
            for a in (0.1, 0.3)
            for r in (0.005, 0.015, 0.05)
        ),
        seeds=(0, 1, 2),
    ),
    "ease": Entry("ease", tuple(EaseConfig(l2=l2) for l2 in (100.0, 300.0, 1000.0, 3000.0))),
}
_STARTS = {"": (0.8, 10), "-early": (0.2, 16)}
"""The share that is fitted first, and in how many parts the rest arrives."""


def _likes_small(folder: Path) -> Interactions:
    return read_latest(folder)[1].liked()


def _table(size: str, start: str) -> IncrementalTable:
    first, parts = _STARTS[start]
    what, data, files, likes = {
        "1m": (
            "ml-1m until December 2000, likes (four stars and more)",
            "ml-1m",
            ("derived_interactions.parquet", "ratings.dat", "movies.dat"),
            timed_likes_1m,
        ),
        "small": (
            "ml-latest-small, likes",
            "ml-latest-small",
            ("ratings.csv", "movies.csv", "tags.csv"),
            _likes_small,
        ),
    }[size]
    about = (
        f"{what} in the order of time, the first {first:.0%} to fit on, the rest in {parts} parts; "
        "whoever comes back is asked for the next part by all that they liked before"
    )
    return IncrementalTable(
        about, data, files, lambda folder: arriving(likes(folder), first, parts), _ENTRIES
    )


INCREMENTAL: Mapping[str, IncrementalTable] = {
    f"incremental-{size}{start}": _table(size, start)
    for size in ("1m", "small")
    for start in _STARTS
}
