"""Every retriever keeps the contract; kernels agree with dense oracles; folding in is training."""

import numpy as np
import pytest

from classic.data.interactions import History
from classic.retrieve.ease import fit_ease
from classic.retrieve.ials import IalsConfig, fit_ials, project
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.user_knn import UserKnnConfig, fit_user_knn
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


@pytest.mark.parametrize("name", FITS)
def test_contract(name: str) -> None:
    check_recommender(FITS[name], DATA)


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
    for name in ("ease", "ials", "cosine", "tfidf", "bm25"):
        found = FITS[name](DATA).recommend(history, 8).item_ids
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
