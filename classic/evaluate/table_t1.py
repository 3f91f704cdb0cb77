"""T1: MovieLens 1M, leave-latest-out, among the 99 negatives that He et al. (2017) give."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from classic.data.benchmarks import films_of
from classic.evaluate.given_negatives import NCF_FILES, read_ncf
from classic.evaluate.protocol import Trial
from classic.evaluate.tables import Entry, Table
from classic.retrieve.acf import AcfConfig
from classic.retrieve.cdl import CdlConfig
from classic.retrieve.ease import EaseConfig
from classic.retrieve.ials import IalsConfig
from classic.retrieve.item2vec import Item2VecConfig
from classic.retrieve.item_knn import ItemKnnConfig, Weighting
from classic.retrieve.mmgcn import MmgcnConfig
from classic.retrieve.ncf import NcfConfig, Pretraining
from classic.retrieve.user_knn import UserKnnConfig
from classic.train.loop import TrainConfig

_HOLD_OUTS = 2
_ADAM = TrainConfig(epochs=40, learning_rate=2e-3, averaging=0.998, patience=3)
_SGD = TrainConfig(epochs=60, optimizer="sgd", learning_rate=50.0, clip=None, patience=3)
_PAIRS = TrainConfig(epochs=100, learning_rate=5e-3, clip=None, patience=3, minutes=10)


def _read(folder: Path) -> Sequence[Trial]:
    whole = read_ncf(folder)
    hold_outs = tuple(whole.validation(seed) for seed in range(_HOLD_OUTS))
    return [Trial(hold_outs, (whole,), films_of(folder / "item_map.tsv", "\t"))]


def _knn(weighting: Weighting) -> Entry:
    grid = tuple(ItemKnnConfig(weighting=weighting, k=k) for k in (50, 100, 200, 400))
    return Entry(f"item-knn-{weighting}", grid)


T1 = Table(
    about="ml-1m, leave-latest-out, 99 given negatives (He et al. 2017)",
    data="ml-1m-ncf",
    files=NCF_FILES,
    read=_read,
    choose_by="ndcg@10/99neg",
    shown=("hr@10/99neg", "ndcg@10/99neg"),
    entries={
        "popularity": Entry("popularity", published="0.4535 / 0.2543 (Rendle et al. 2020)"),
        "content": Entry("content"),
        "user-knn": Entry(
            "user-knn",
            tuple(
                UserKnnConfig(k=k, shrink=s) for k in (100, 200, 400, 800) for s in (10.0, 100.0)
            ),
        ),
        "item-knn-cosine": _knn("cosine"),
        "item-knn-tfidf": _knn("tfidf"),
        "item-knn-bm25": _knn("bm25"),
        "ease": Entry(
            "ease",
            tuple(
                EaseConfig(l2=l2, keep=10**9)
                for l2 in (250.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0)
            ),
            published="0.7184 / 0.4494 (Rendle et al. 2022)",
        ),
        "ease-denoising": Entry(
            "ease",
            tuple(
                EaseConfig(l2=l2, keep=10**9, dropout=p, evenness=e)
                for l2 in (500.0, 1000.0)
                for p in (0.2, 0.33)
                for e in (0.0, 0.2)
            ),
        ),
        "ials": Entry(
            "ials",
            tuple(
                # At the size reported: what suits 64 dimensions overfits 192.
                IalsConfig(dimensions=192, epochs=12, unobserved=a, regularisation=r)
                for a in (0.1, 0.3)
                for r in (0.003, 0.007, 0.015)
            ),
            seeds=(0, 1, 2, 3, 4),
            published="0.7294 / 0.4523 (MF, d = 192; Rendle et al. 2020)",
        ),
        "cdl": Entry(
            "cdl",
            tuple(
                CdlConfig(factors=IalsConfig(64, 10, unobserved=a, regularisation=0.007), tie=tie)
                for a in (0.1, 0.3)
                for tie in (1.0, 10.0)
            ),
        ),
        "mf-sgd": Entry("mf", (NcfConfig(kind="mf", l2=0.01, training=_SGD),), epochs="refitted"),
        "mf-adam": Entry("mf", (NcfConfig(kind="mf", l2=0.01, training=_ADAM),), epochs="refitted"),
        "gmf": Entry("gmf", (NcfConfig("gmf", l2=0.006, training=_ADAM),), epochs="refitted"),
        "mlp": Entry(
            "mlp", (NcfConfig("mlp", l2=0.006, dropout=0.1, training=_ADAM),), epochs="refitted"
        ),
        "neumf": Entry(
            "neumf",
            (NcfConfig(l2=0.006, dropout=0.1, training=_ADAM),),
            epochs="refitted",
        ),
        "neumf-pretrained": Entry(
            "neumf",
            # The parts as in their own rows; together they have little left to learn.
            (
                NcfConfig(
                    l2=0.006,
                    dropout=0.1,
                    pretrained=Pretraining(gmf=8, mlp=19, learning_rate=_ADAM.learning_rate),
                    training=replace(_ADAM, learning_rate=5e-5, patience=2),
                ),
            ),
            epochs="refitted",
            published="0.7093 / 0.4349 (Rendle et al. 2020)",
        ),
        "item2vec": Entry(
            "item2vec", (Item2VecConfig(training=TrainConfig(8, learning_rate=5e-3)),)
        ),
        "pixie": Entry("pixie"),
        "acf": Entry(
            "acf", (AcfConfig(training=replace(_PAIRS, learning_rate=2e-3)),), epochs="refitted"
        ),
        "mmgcn": Entry(
            "mmgcn", (MmgcnConfig(training=replace(_PAIRS, minutes=30)),), epochs="refitted"
        ),
        "weighted": Entry("weighted"),
    },
)
