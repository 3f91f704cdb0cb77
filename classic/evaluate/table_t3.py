"""T3: SASRec's ml-1m file, leave-last-out, full ranking."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from classic.data.benchmarks import read_sasrec
from classic.evaluate.full_ranking import leave_last_out
from classic.evaluate.protocol import Trial
from classic.evaluate.tables import Entry, Table
from classic.retrieve.caser import CaserConfig, fit_caser
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.gru import GruConfig, fit_gru
from classic.retrieve.hstu import HstuConfig, fit_hstu
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
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
    return [Trial((leave_last_out(data, before=1),), (whole, whole.with_seen()))]


T3 = Table(
    about="SASRec's ml-1m, the last item of each user held out, all items ranked",
    data="ml-1m-sasrec",
    files=_FILES,
    read=_read,
    choose_by="ndcg@10/full",
    shown=("recall@10/full", "ndcg@10/full", "recall@10/full+seen", "ndcg@10/full+seen"),
    entries={
        "popularity": Entry(lambda data, _: fit_popularity(data)),
        "item-knn-bm25": Entry(
            fit_item_knn,
            grid=tuple(ItemKnnConfig(weighting="bm25", k=k) for k in (25, 50, 100, 200)),
        ),
        "ials": Entry(
            fit_ials,
            grid=tuple(
                IalsConfig(dimensions=64, epochs=10, unobserved=a, regularisation=r)
                for a in (0.03, 0.1, 0.3)
                for r in (0.001, 0.003, 0.007)
            ),
            final={"dimensions": 128},
        ),
        "ease": Entry(
            fit_ease,
            grid=tuple(EaseConfig(l2=l2, keep=_EVERY) for l2 in (50.0, 100.0, 200.0, 300.0, 500.0)),
        ),
        "caser": Entry(watched=fit_caser, grid=(CaserConfig(training=_HALF_HOUR),)),
        "gru": Entry(
            watched=fit_gru,
            grid=(GruConfig(training=_HALF_HOUR),),
            published="0.281 / 0.165 (HSTU authors)",
        ),
        "sasrec-bce": Entry(
            watched=fit_sasrec,
            grid=(SasRecConfig(loss=GBce(negatives=1, calibration=0.0), training=_HALF_HOUR),),
            published="0.199 / 0.108",
        ),
        "sasrec-gbce": Entry(
            watched=fit_sasrec,
            grid=(SasRecConfig(loss=GBce(), training=_HALF_HOUR),),
            published="0.300 / 0.173 (seen left out)",
        ),
        "sasrec-sampled": Entry(
            watched=fit_sasrec, grid=(SasRecConfig(loss=SampledSoftmax(), training=_HALF_HOUR),)
        ),
        "sasrec": Entry(
            watched=fit_sasrec,
            grid=(SasRecConfig(training=_TRAINING),),
            seeds=_SEEDS,
            published="0.306 / 0.178",
            refit=True,
        ),
        "hstu": Entry(
            watched=fit_hstu,
            grid=(HstuConfig(training=_HALF_HOUR),),
            published="0.329 / 0.189 (HSTU-large); 0.364 / 0.216 (later reimplementation)",
        ),
    },
)
