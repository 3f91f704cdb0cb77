"""T5: the five folds of ml-100k, stars predicted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from classic.evaluate.protocol import Trial
from classic.evaluate.ratings import read_folds
from classic.evaluate.tables import Entry, Table
from classic.retrieve.autorec import AutoRecConfig, fit_autorec
from classic.retrieve.biased_mf import BiasedMfConfig, fit_biased_mf
from classic.retrieve.rating_blend import fit_rating_blend
from classic.retrieve.rating_knn import RatingKnnConfig, fit_rating_knn
from classic.retrieve.timesvdpp import TimeSvdConfig, fit_timesvd
from classic.train.loop import TrainConfig

_TRAINING = TrainConfig(epochs=60, learning_rate=1e-3, clip=None, patience=3)
_PATIENT = replace(_TRAINING, epochs=200, patience=8)
_BLENDED = (
    lambda data: fit_rating_knn(data, RatingKnnConfig("item")),
    lambda data: fit_rating_knn(data, RatingKnnConfig("user")),
    lambda data: fit_timesvd(
        data, TimeSvdConfig(64, l2=0.05, l2_drift=2.0, training=replace(_TRAINING, epochs=10))
    ),
    lambda data: fit_autorec(
        data, AutoRecConfig("item", 200, 0.02, dropout=0.7, training=replace(_TRAINING, epochs=54))
    ),
)
"""Epochs as the models' own validation stopped them."""
_FOLDS = tuple((f"u{n}.base", f"u{n}.test") for n in range(1, 6))


def _knn(by: Literal["item", "user"]) -> Entry:
    grid = tuple(RatingKnnConfig(by, k, shrink) for k in (20, 40, 80) for shrink in (30.0, 100.0))
    return Entry(fit_rating_knn, grid=grid)


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
    entries={
        "item-knn": _knn("item"),
        "user-knn": _knn("user"),
        "biased-mf-sgd": Entry(
            watched=fit_biased_mf,
            grid=tuple(
                BiasedMfConfig(
                    128, l2, training=replace(_TRAINING, optimizer="sgd", learning_rate=0.005)
                )
                for l2 in (0.05, 0.08)
            ),
        ),
        "biased-mf-adam": Entry(
            watched=fit_biased_mf,
            grid=tuple(BiasedMfConfig(128, l2, training=_TRAINING) for l2 in (0.05, 0.08)),
        ),
        "timesvdpp": Entry(
            watched=fit_timesvd,
            grid=(TimeSvdConfig(64, l2=0.05, l2_drift=2.0, training=_TRAINING),),
        ),
        "item-autorec": Entry(
            watched=fit_autorec,
            grid=tuple(
                AutoRecConfig("item", 200, l2, dropout=0.7, training=_PATIENT)
                for l2 in (0.01, 0.02)
            ),
        ),
        "user-autorec": Entry(
            watched=fit_autorec,
            grid=tuple(
                AutoRecConfig("user", 300, l2, dropout=0.7, training=_PATIENT) for l2 in (0.03, 0.1)
            ),
        ),
        "blend": Entry(lambda data, _: fit_rating_blend(data, _BLENDED)),
    },
)
