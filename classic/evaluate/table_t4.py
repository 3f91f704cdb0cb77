"""T4: RecZoo's ml-1m_m1, a tenth of every user's items drawn out, full ranking."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from classic.data.benchmarks import read_reczoo
from classic.evaluate.full_ranking import FullRanking, held_out_matrix, leave_share_out
from classic.evaluate.protocol import Trial
from classic.evaluate.tables import Entry, Table
from classic.hybrids import StackedConfig
from classic.retrieve.acf import AcfConfig
from classic.retrieve.ease import EaseConfig
from classic.retrieve.ials import IalsConfig
from classic.retrieve.item2vec import Item2VecConfig
from classic.retrieve.item_knn import ItemKnnConfig
from classic.retrieve.lightgcn import LightGcnConfig
from classic.retrieve.user_knn import UserKnnConfig
from classic.train.loop import TrainConfig

_FILES = ("train_data.json", "test_data.json")
_EVERY = 10**9
_PAIRS = TrainConfig(
    epochs=200, learning_rate=0.01, clip=None, look_every=2, patience=4, minutes=20
)
_STACKED = StackedConfig(
    ease=EaseConfig(l2=400.0, keep=_EVERY, dropout=0.45, evenness=0.15),
    ials=IalsConfig(dimensions=128, epochs=10, unobserved=0.3, regularisation=0.007),
    item_knn=ItemKnnConfig(k=50),
)
"""Of parts as their own rows were chosen."""


def _read(folder: Path) -> Sequence[Trial]:
    train, test = read_reczoo(*(folder / name for name in _FILES))
    wanted = held_out_matrix(test, np.arange(len(test)))
    return [Trial((leave_share_out(train),), (FullRanking.of_known(train, wanted),))]


T4 = Table(
    about="RecZoo ml-1m_m1, a tenth of each user's items held out, all items ranked, seen left out",
    data="ml-1m-reczoo-m1",
    files=_FILES,
    read=_read,
    choose_by="ndcg@20/full",
    shown=("recall@20/full", "ndcg@20/full"),
    k=20,
    entries={
        "popularity": Entry("popularity"),
        "user-knn": Entry(
            "user-knn",
            tuple(UserKnnConfig(k=k, shrink=10.0) for k in (50, 100, 200, 400)),
        ),
        "item-knn-cosine": Entry(
            "item-knn-cosine", tuple(ItemKnnConfig(k=k) for k in (50, 100, 200, 400))
        ),
        "item-knn-bm25": Entry(
            "item-knn-bm25",
            tuple(ItemKnnConfig(weighting="bm25", k=k) for k in (50, 100, 200, 400)),
        ),
        "ials": Entry(
            "ials",
            tuple(
                IalsConfig(dimensions=64, epochs=10, unobserved=a, regularisation=r)
                for a in (0.1, 0.3)
                for r in (0.003, 0.007, 0.015)
            ),
            final={"dimensions": 128},
            seeds=(0, 1, 2),
        ),
        "ease": Entry(
            "ease",
            tuple(EaseConfig(l2=l2, keep=_EVERY) for l2 in (200.0, 350.0, 500.0, 750.0, 1000.0)),
        ),
        "ease-denoising": Entry(
            "ease",
            tuple(
                EaseConfig(l2=l2, keep=_EVERY, dropout=p, evenness=e)
                for l2 in (200.0, 400.0)
                for p in (0.33, 0.45)
                for e in (0.0, 0.15, 0.25)
            ),
            published="0.2802 / 0.2670 (SimpleX); 0.2787 / 0.2642 (UltraGCN); RecZoo",
        ),
        "item2vec": Entry(
            "item2vec", (Item2VecConfig(training=TrainConfig(8, learning_rate=5e-3)),)
        ),
        "pixie": Entry("pixie"),
        "lightgcn": Entry("lightgcn", (LightGcnConfig(training=_PAIRS),), epochs="refitted"),
        "acf": Entry(
            "acf", (AcfConfig(training=replace(_PAIRS, learning_rate=2e-3)),), epochs="refitted"
        ),
        "stacked": Entry("stacked", (_STACKED,)),
    },
)
