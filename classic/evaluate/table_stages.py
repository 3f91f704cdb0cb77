"""The stages on ml-1m, in the order of each person's events, and on ml-latest-small, in time."""

from collections.abc import Mapping
from pathlib import Path

from classic.data.catalog import Catalog
from classic.data.movielens import read_1m, read_latest
from classic.evaluate.full_ranking import FullRanking, leave_last_out
from classic.evaluate.splits import global_time
from classic.evaluate.stage_tables import StagesEntry, StagesTable
from classic.retrieve.ease import EaseConfig
from classic.retrieve.sasrec import SasRecConfig
from classic.train.loop import TrainConfig

_POOL = 250
"""Of each of four retrievers: a thousand candidates at the most."""
_RANKERS = ("logistic", "fm", "wide-deep", "deepfm", "din", "dien", "youtube-ranking")


_SEQUENCE = SasRecConfig(
    training=TrainConfig(60, learning_rate=2e-3, averaging=0.995, minutes=30, half_precision=True)
)


def _read_1m(folder: Path) -> tuple[FullRanking, Catalog]:
    """The last of everybody is the test; the stages learn from the last but one."""
    catalog, events = read_1m(folder)
    return leave_last_out(events), catalog


def _read_small(folder: Path) -> tuple[FullRanking, Catalog]:
    catalog, events = read_latest(folder)
    return global_time(events.liked()), catalog


STAGES: Mapping[str, StagesTable] = {
    "stages-1m": StagesTable(
        "ml-1m, the last film of each person held out, the stages fitted by the last but one",
        "ml-1m",
        ("derived_interactions.parquet", "ratings.dat", "movies.dat"),
        _read_1m,
        {name: StagesEntry(name) for name in _RANKERS},
        {
            "ease": EaseConfig(l2=100.0),
            "sequence": _SEQUENCE,
            "pool": _POOL,
            "people": 10**9,
            "last": 1,
        },
    ),
    "stages-small": StagesTable(
        "ml-latest-small, likes, the latest tenth of all held out",
        "ml-latest-small",
        ("ratings.csv", "movies.csv"),
        _read_small,
        {name: StagesEntry(name, seeds=(0, 1, 2)) for name in _RANKERS},
        {"ease": EaseConfig(l2=300.0), "sequence": _SEQUENCE, "pool": _POOL, "last": 10},
    ),
}
