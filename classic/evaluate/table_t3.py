"""T3: SASRec's ml-1m file, leave-last-out, full ranking."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from classic.data.benchmarks import films_of, read_sasrec
from classic.evaluate.full_ranking import leave_last_out
from classic.evaluate.protocol import Trial
from classic.evaluate.tables import Entry, Table
from classic.hybrids import FusedConfig, SequencesConfig
from classic.retrieve.caser import CaserConfig
from classic.retrieve.ease import EaseConfig
from classic.retrieve.gru import GruConfig
from classic.retrieve.hstu import HstuConfig
from classic.retrieve.ials import IalsConfig
from classic.retrieve.item_knn import ItemKnnConfig
from classic.retrieve.sasrec import SasRecConfig
from classic.retrieve.two_tower import TwoTowerConfig
from classic.retrieve.youtube_dnn import YoutubeDnnConfig
from classic.train.loop import TrainConfig
from classic.train.losses import GBce, SampledSoftmax

_FILES = ("ml-1m.txt",)
_EVERY = 10**9
_SEEDS = (0, 1, 2)
_TRAINING = TrainConfig(
    epochs=400,
    learning_rate=2e-3,
    averaging=0.995,
    look_every=5,
    patience=6,
    minutes=60,
    half_precision=True,
)
_HALF_HOUR = replace(_TRAINING, minutes=30)
"""For the rows that SASRec is compared with: about what a seed of it takes."""


def _read(folder: Path) -> Sequence[Trial]:
    """Validation is the last but one; a closed form chosen on it is fitted again with it, and a
    model that stops by it is not."""
    data = read_sasrec(folder / _FILES[0])
    whole = leave_last_out(data)
    films = films_of(folder / "sas_to_original_items.txt", " ")
    return [Trial((leave_last_out(data, before=1),), (whole, whole.with_seen()), films)]


def _watched(model: str, config: Any, published: str = "") -> Entry:
    return Entry(model, (config,), epochs="watched", published=published)


T3 = Table(
    about="SASRec's ml-1m, the last item of each user held out, all items ranked",
    data="ml-1m-sasrec",
    files=_FILES,
    read=_read,
    choose_by="ndcg@10/full",
    shown=("recall@10/full", "ndcg@10/full", "recall@10/full+seen", "ndcg@10/full+seen"),
    entries={
        "popularity": Entry("popularity"),
        "item-knn-bm25": Entry(
            "item-knn-bm25",
            tuple(ItemKnnConfig(weighting="bm25", k=k) for k in (25, 50, 100, 200)),
        ),
        "ials": Entry(
            "ials",
            tuple(
                IalsConfig(dimensions=64, epochs=10, unobserved=a, regularisation=r)
                for a in (0.1, 0.3, 1.0)
                for r in (0.001, 0.003, 0.007)
            ),
            final={"dimensions": 128},
        ),
        "ease": Entry(
            "ease",
            tuple(EaseConfig(l2=l2, keep=_EVERY) for l2 in (50.0, 100.0, 200.0, 300.0, 500.0)),
        ),
        "two-tower": _watched("two-tower", TwoTowerConfig(training=_HALF_HOUR)),
        "youtube-dnn": _watched("youtube-dnn", YoutubeDnnConfig(training=_HALF_HOUR)),
        "caser": _watched("caser", CaserConfig(training=_HALF_HOUR)),
        "gru": _watched("gru", GruConfig(training=_HALF_HOUR), "0.281 / 0.165 (HSTU authors)"),
        "sasrec-bce": _watched(
            "sasrec-bce",
            SasRecConfig(loss=GBce(negatives=1, calibration=0.0, shared=1), training=_HALF_HOUR),
            "0.199 / 0.108",
        ),
        "sasrec-gbce": _watched(
            "sasrec-gbce",
            SasRecConfig(loss=GBce(), training=_HALF_HOUR),
            "0.300 / 0.173 (seen left out)",
        ),
        "sasrec-sampled": _watched(
            "sasrec-sampled", SasRecConfig(loss=SampledSoftmax(), training=_HALF_HOUR)
        ),
        "sasrec": Entry(
            "sasrec",
            (SasRecConfig(training=_TRAINING),),
            epochs="refitted",
            seeds=_SEEDS,
            published="0.306 / 0.178",
        ),
        "hstu": _watched(
            "hstu",
            HstuConfig(training=_HALF_HOUR),
            "0.329 / 0.189 (HSTU-large); 0.364 / 0.216 (later reimplementation)",
        ),
        "sequences": _watched("sequences", SequencesConfig(_HALF_HOUR)),
        "fused": Entry(
            "fused",
            (
                FusedConfig(
                    _HALF_HOUR,
                    ease=EaseConfig(l2=200.0, keep=_EVERY),
                    ials=IalsConfig(128, 10, unobserved=1.0, regularisation=0.001),
                    item_knn=ItemKnnConfig(weighting="bm25", k=50),
                ),
            ),
        ),
    },
)
