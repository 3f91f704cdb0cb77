"""T1: MovieLens 1M, leave-latest-out, among the 99 negatives that He et al. (2017) give."""

from collections.abc import Sequence
from pathlib import Path

from classic.evaluate.given_negatives import NCF_FILES, read_ncf
from classic.evaluate.protocol import Trial
from classic.evaluate.tables import Entry, Table
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, Weighting, fit_item_knn
from classic.retrieve.ncf import NcfConfig, fit_ncf
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.user_knn import UserKnnConfig, fit_user_knn
from classic.train.loop import TrainConfig

_HOLD_OUTS = 2
_ADAM = TrainConfig(epochs=40, learning_rate=2e-3, averaging=0.998, patience=3)
_SGD = TrainConfig(epochs=60, optimizer="sgd", learning_rate=50.0, clip=None, patience=3)


def _read(folder: Path) -> Sequence[Trial]:
    whole = read_ncf(folder)
    return [Trial(tuple(whole.validation(seed) for seed in range(_HOLD_OUTS)), (whole,))]


def _knn(weighting: Weighting) -> Entry:
    grid = tuple(ItemKnnConfig(weighting=weighting, k=k) for k in (50, 100, 200, 400))
    return Entry(fit_item_knn, grid=grid)


def _ncf(*grid: NcfConfig, published: str = "") -> Entry:
    return Entry(watched=fit_ncf, grid=grid, refit=True, published=published)


T1 = Table(
    about="ml-1m, leave-latest-out, 99 given negatives (He et al. 2017)",
    data="ml-1m-ncf",
    files=NCF_FILES,
    read=_read,
    choose_by="ndcg@10/99neg",
    shown=("hr@10/99neg", "ndcg@10/99neg"),
    entries={
        "popularity": Entry(
            lambda data, _: fit_popularity(data), published="0.4535 / 0.2543 (Rendle et al. 2020)"
        ),
        "user-knn": Entry(
            fit_user_knn,
            grid=tuple(
                UserKnnConfig(k=k, shrink=s) for k in (100, 200, 400, 800) for s in (10.0, 100.0)
            ),
        ),
        "item-knn-cosine": _knn("cosine"),
        "item-knn-tfidf": _knn("tfidf"),
        "item-knn-bm25": _knn("bm25"),
        "ease": Entry(
            fit_ease,
            grid=tuple(
                EaseConfig(l2=l2, keep=10**9)
                for l2 in (250.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0)
            ),
            published="0.7184 / 0.4494 (Rendle et al. 2022)",
        ),
        "ease-denoising": Entry(
            fit_ease,
            grid=tuple(
                EaseConfig(l2=l2, keep=10**9, dropout=p, evenness=e)
                for l2 in (500.0, 1000.0)
                for p in (0.2, 0.33)
                for e in (0.0, 0.2)
            ),
        ),
        "ials": Entry(
            fit_ials,
            grid=tuple(
                # At the size reported: what suits 64 dimensions overfits 192.
                IalsConfig(dimensions=192, epochs=12, unobserved=a, regularisation=r)
                for a in (0.1, 0.3)
                for r in (0.003, 0.007, 0.015)
            ),
            seeds=(0, 1, 2, 3, 4),
            published="0.7294 / 0.4523 (MF, d = 192; Rendle et al. 2020)",
        ),
        "mf-sgd": _ncf(NcfConfig(kind="mf", l2=0.01, training=_SGD)),
        "mf-adam": _ncf(NcfConfig(kind="mf", l2=0.01, training=_ADAM)),
        "gmf": _ncf(NcfConfig(kind="gmf", l2=0.006, training=_ADAM)),
        "mlp": _ncf(NcfConfig(kind="mlp", l2=0.006, dropout=0.1, training=_ADAM)),
        "neumf": _ncf(
            NcfConfig(l2=0.006, dropout=0.1, training=_ADAM),
            published="0.7093 / 0.4349 (Rendle et al. 2020)",
        ),
    },
)
