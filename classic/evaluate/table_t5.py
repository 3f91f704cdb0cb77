"""T5: the five folds of ml-100k, stars predicted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from classic.evaluate.protocol import Trial
from classic.evaluate.ratings import read_folds
from classic.evaluate.tables import Entry, Table
from classic.retrieve.autorec import AutoRecConfig
from classic.retrieve.biased_mf import BiasedMfConfig
from classic.retrieve.ncf_stars import NcfStarsConfig
from classic.retrieve.rating_knn import RatingKnnConfig
from classic.retrieve.timesvdpp import TimeSvdConfig
from classic.train.loop import TrainConfig

_TRAINING = TrainConfig(epochs=60, learning_rate=1e-3, clip=None, patience=3)
_PATIENT = replace(_TRAINING, epochs=200, patience=8)
_FOLDS = tuple((f"u{n}.base", f"u{n}.test") for n in range(1, 6))


def _knn(by: Literal["item", "user"]) -> Entry:
    grid = tuple(RatingKnnConfig(by, k, shrink) for k in (20, 40, 80) for shrink in (30.0, 100.0))
    return Entry(f"{by}-knn-stars", grid)


def _read(folder: Path) -> Sequence[Trial]:
    return [Trial((fold.validation(),), (fold,)) for fold in read_folds(folder, _FOLDS)]


T5 = Table(
    about="ml-100k, five folds as given (u1 to u5), RMSE over all test ratings",
    data="ml-100k",
    files=tuple(name for pair in _FOLDS for name in pair),
    read=_read,
    choose_by="rmse/ratings",
    shown=("rmse/ratings", "mae/ratings"),
    lower_is_better=True,
    baseline="",
    entries={
        "item-knn": _knn("item"),
        "user-knn": _knn("user"),
        "biased-mf-sgd": Entry(
            "biased-mf-sgd",
            tuple(
                BiasedMfConfig(
                    128, l2, training=replace(_TRAINING, optimizer="sgd", learning_rate=0.005)
                )
                for l2 in (0.05, 0.08)
            ),
            epochs="watched",
        ),
        "biased-mf-adam": Entry(
            "biased-mf-adam",
            tuple(BiasedMfConfig(128, l2, training=_TRAINING) for l2 in (0.05, 0.08)),
            epochs="watched",
        ),
        "ncf": Entry(
            "ncf-stars",
            tuple(NcfStarsConfig(l2=l2, training=_TRAINING) for l2 in (0.03, 0.08)),
            epochs="watched",
        ),
        "timesvdpp": Entry(
            "timesvdpp",
            (TimeSvdConfig(64, l2=0.05, l2_drift=2.0, training=_TRAINING),),
            epochs="watched",
        ),
        "item-autorec": Entry(
            "item-autorec",
            tuple(
                AutoRecConfig("item", 200, l2, dropout=0.7, training=_PATIENT)
                for l2 in (0.01, 0.02)
            ),
            epochs="watched",
        ),
        "user-autorec": Entry(
            "user-autorec",
            tuple(
                AutoRecConfig("user", 300, l2, dropout=0.7, training=_PATIENT) for l2 in (0.03, 0.1)
            ),
            epochs="watched",
        ),
        "blend": Entry("rating-blend"),
    },
)
