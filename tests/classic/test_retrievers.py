"""Every retriever keeps the contract; kernels agree with dense oracles; folding in is training."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from classic.data.histories import histories_of
from classic.data.interactions import History
from classic.rank.fit_staged import StagedConfig, fit_staged
from classic.rank.rankers import NETS
from classic.rank.staged import Staged
from classic.retrieve.acf import AcfConfig, fit_acf
from classic.retrieve.cdl import CdlConfig, fit_cdl
from classic.retrieve.ease import fit_ease
from classic.retrieve.hybrid import StackConfig, fit_stacked, pooled
from classic.retrieve.ials import IalsConfig, fit_ials, project
from classic.retrieve.item2vec import Item2VecConfig, fit_item2vec
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.lightgcn import LightGcnConfig, fit_lightgcn
from classic.retrieve.mmgcn import MmgcnConfig, fit_mmgcn
from classic.retrieve.modalities import modalities, word_shares
from classic.retrieve.ncf import Ncf, NcfConfig, Pretraining, fit_ncf
from classic.retrieve.pixie import PixieConfig, fit_pixie
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.two_tower import TwoTowerConfig, fit_two_tower
from classic.retrieve.user_knn import UserKnnConfig, fit_user_knn
from classic.retrieve.youtube_dnn import YoutubeDnnConfig, fit_youtube_dnn
from classic.train.loop import TrainConfig
from classic.train.losses import SampledSoftmax
from tests.check_recommender import Fit, check_recommender
from tests.small import catalog, interactions

DATA = interactions(catalog())
FITS: dict[str, Fit] = {
    "popularity": fit_popularity,
    "ease": fit_ease,
    "user-knn": lambda d: fit_user_knn(d, UserKnnConfig(k=15, shrink=1.0)),
    "ials": lambda d: fit_ials(d, IalsConfig(dimensions=6, epochs=30)),
    **{
        w: (lambda d, w=w: fit_item_knn(d, ItemKnnConfig(weighting=w, k=60)))
        for w in ("cosine", "tfidf", "bm25")
    },
}


FILMS = modalities(catalog(), DATA.item_ids, dimensions=12)
BRIEF = TrainConfig(epochs=40, learning_rate=0.02, warm_up_steps=1)
LEARNED: dict[str, Fit] = {
    **{
        kind: (
            lambda d, k=kind: fit_ncf(d, NcfConfig(k, 8, (16, 8), batch_size=64, training=BRIEF))
        )
        for kind in ("mf", "gmf", "mlp", "neumf")
    },
    "neumf-pretrained": lambda d: fit_ncf(
        d,
        NcfConfig(
            "neumf",
            8,
            (16, 8),
            batch_size=64,
            pretrained=Pretraining(20, 20, BRIEF.learning_rate),
            training=BRIEF,
        ),
    ),
    "item2vec": lambda d: fit_item2vec(
        d, Item2VecConfig(8, subsample=1.0, batch_size=256, training=BRIEF)
    ),
    "lightgcn": lambda d: fit_lightgcn(d, LightGcnConfig(8, 2, training=BRIEF)),
    "mmgcn": lambda d: fit_mmgcn(d, FILMS, MmgcnConfig(8, 2, batch_size=64, training=BRIEF)),
    "acf": lambda d: fit_acf(d, AcfConfig(8, 10, training=BRIEF), modalities=FILMS),
    "acf-ids": lambda d: fit_acf(d, AcfConfig(8, 10, training=BRIEF)),
    "two-tower": lambda d: fit_two_tower(
        d, TwoTowerConfig(8, 16, training=BRIEF), features=FILMS["fields"]
    ),
    "youtube-dnn": lambda d: fit_youtube_dnn(
        d,
        YoutubeDnnConfig(8, (16,), loss=SampledSoftmax(30), training=BRIEF),
        words=word_shares(catalog(), d.item_ids),
    ),
    "pixie": lambda d: fit_pixie(d, PixieConfig(steps=20_000)),
    "cdl": lambda d: fit_cdl(
        d, FILMS["fields"], CdlConfig(IalsConfig(dimensions=6), hidden=12, rounds=3)
    ),
    "stacked": lambda d: fit_stacked(d, (fit_ease, fit_popularity), StackConfig(pool=30, trees=20)),
}
TWO_STAGES: dict[str, Fit] = {
    name: lambda d, n=name: fit_staged(
        n, d, catalog(), NETS[n].built, StagedConfig(NETS[n].config, pool=20, training=BRIEF)
    )
    for name in ("deepfm", "din", "dien")
}


@pytest.mark.parametrize("name", FITS)
def test_contract(name: str) -> None:
    check_recommender(FITS[name], DATA)


@pytest.mark.parametrize("name", [*LEARNED, *TWO_STAGES])
def test_contract_of_what_is_drawn(name: str) -> None:
    check_recommender((LEARNED | TWO_STAGES)[name], DATA, draws_by_row=True)


def test_a_ranker_orders_candidates_and_nothing_else() -> None:
    """What no retriever has among its best stays below, in the order of their mean."""
    model = TWO_STAGES["din"](DATA)
    assert isinstance(model, Staged)
    histories = histories_of(DATA).block(0, 8)
    said = model.standard(histories)
    inside = pooled(said, histories, model.pool)
    scores = model.fold_in_rows(histories)
    mean = said.mean(axis=0)
    assert np.allclose(scores[~inside], expit(mean)[~inside] - 1.0)
    assert ((scores[inside] >= 0) & (scores[inside] <= 1)).all()


def dense() -> np.ndarray:
    return np.asarray(DATA.matrix.toarray(), dtype=np.float64)


def test_cosine_is_the_cosine() -> None:
    x = dense()
    norm = np.sqrt((x**2).sum(axis=0))
    wanted = (x.T @ x) / np.outer(norm, norm)
    np.fill_diagonal(wanted, 0.0)
    ours = fit_item_knn(DATA, ItemKnnConfig(k=60)).weights.toarray()
    assert np.allclose(ours, wanted, atol=1e-6)


def test_tfidf_weighs_users_by_how_choosy_they_are() -> None:
    x = dense()
    weighted = x * np.log1p(x.shape[1] / x.sum(axis=1))[:, None]
    norm = np.sqrt((weighted**2).sum(axis=0))
    wanted = (weighted.T @ weighted) / np.outer(norm, norm)
    np.fill_diagonal(wanted, 0.0)
    ours = fit_item_knn(DATA, ItemKnnConfig(weighting="tfidf", k=60)).weights.toarray()
    assert np.allclose(ours, wanted, atol=1e-6)


def test_bm25_follows_its_formula() -> None:
    x, k1, b = dense(), 1.2, 0.75
    length, met = x.sum(axis=0), x.sum(axis=1)
    idf = np.log1p((x.shape[1] - met + 0.5) / (met + 0.5))
    weighted = np.zeros_like(x)
    for user, item in zip(*np.nonzero(x), strict=True):
        damped = k1 * (1 - b + b * length[item] / length.mean())
        weighted[user, item] = idf[user] * x[user, item] * (k1 + 1) / (x[user, item] + damped)
    wanted = weighted.T @ weighted
    np.fill_diagonal(wanted, 0.0)
    ours = fit_item_knn(DATA, ItemKnnConfig(weighting="bm25", k=60)).weights.toarray()
    assert np.allclose(ours, wanted, rtol=1e-5)


def test_only_k_neighbours_are_kept() -> None:
    model = fit_item_knn(DATA, ItemKnnConfig(k=5))
    full = fit_item_knn(DATA, ItemKnnConfig(k=60)).weights.toarray()
    kept = model.weights.toarray()
    for row in range(len(kept)):
        floor = np.sort(full[row])[-5]
        assert set(np.flatnonzero(kept[row])) >= set(np.flatnonzero(full[row] > floor))


def test_ials_rows_solve_the_weighted_least_squares() -> None:
    """`project` against the loss itself: no nearby vector has a smaller one."""
    config = IalsConfig(dimensions=4, epochs=3)
    model = fit_ials(DATA, config)
    row = DATA.matrix[[0]].astype(np.float64)
    solved = project(row, model.factors, config)[0]
    met = row.indices
    weight = (len(met) + config.unobserved * len(model.factors)) ** config.nu

    def loss(vector: np.ndarray) -> float:
        guess = model.factors @ vector
        observed = ((guess[met] - 1.0) ** 2).sum()
        everywhere = config.unobserved * (guess**2).sum()
        return float(observed + everywhere + config.regularisation * weight * vector @ vector)

    rng = np.random.default_rng(0)
    assert all(loss(solved) < loss(solved + rng.normal(0, 0.01, 4)) for _ in range(50))


def test_folding_in_a_training_user_gives_the_training_row() -> None:
    config = IalsConfig(dimensions=6, epochs=4)
    model = fit_ials(DATA, config)
    rows = project(DATA.matrix.astype(np.float64), model.factors, config)
    liked = [DATA.item_ids[i] for i in DATA.matrix[[7]].indices]
    assert np.allclose(model.represent(History.of(*liked)), rows[7])


def test_learned_models_beat_popularity_on_what_was_held_out() -> None:
    """On data with three groups of taste, a model that learns must find the group."""
    group = {i: n % 3 for n, i in enumerate(DATA.item_ids)}
    history = History.of("item-3", "item-6", "item-9")
    for name in ("ease", "ials", "cosine", "tfidf", "bm25", *LEARNED):
        found = {**FITS, **LEARNED}[name](DATA).recommend(history, 8).item_ids
        assert sum(group[i] == 0 for i in found) >= 6, name
    crowd = FITS["popularity"](DATA).recommend(history, 8).item_ids
    assert sum(group[i] == 0 for i in crowd) < 6


def test_user_knn_is_the_dense_sum_over_the_nearest() -> None:
    x, config = dense(), UserKnnConfig(k=7, shrink=2.0)
    history = History(("item-3", "item-9"), (1.0, 1.0))
    h = np.zeros(DATA.n_items)
    h[[3, 9]] = 1.0
    near = x @ h / (np.linalg.norm(x, axis=1) * np.linalg.norm(h) + config.shrink)
    near[near < np.sort(near)[-config.k]] = 0.0
    assert np.allclose(fit_user_knn(DATA, config).fold_in(history), near @ x)


def test_neumf_starts_as_the_mean_of_gmf_and_mlp() -> None:
    torch.manual_seed(0)
    nets = {k: Ncf(5, 7, NcfConfig(k, 4, (6, 3))) for k in ("gmf", "mlp", "neumf")}
    for net in nets.values():
        for weights in net.parameters():
            torch.nn.init.normal_(weights)
    nets["neumf"].start_from(nets["gmf"], nets["mlp"])
    said = {k: net(net.user.weight, net.item.weight[None]) for k, net in nets.items()}
    assert torch.allclose(said["neumf"], (said["gmf"] + said["mlp"]) / 2, atol=1e-5)
