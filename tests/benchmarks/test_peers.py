"""Rank agreement: ours with closed forms always, with other libraries where they are installed."""

from pathlib import Path

import numpy as np
import pytest
from implicit.nearest_neighbours import CosineRecommender

from benchmarks.peers.environments import FOLDER
from benchmarks.peers.exchange import Job, Train
from benchmarks.peers.jobs import ENTRIES, OURS
from benchmarks.peers.runner import run_job
from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.metrics import top_items
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.recommender import Recommender

K, L2 = 10, 5.0
SMALLER = {
    ("ease", OURS): {"l2": L2},
    ("ease", "cornac"): {"lamb": L2},
    ("ease", "lenskit"): {"regularization": L2},
    ("ease", "rectools"): {"regularization": L2},
    ("ials", "cornac"): {"max_iter": 2},
}
"""Settings that fit data this small."""


def uneven(n_users: int = 200, n_items: int = 50, seed: int = 0) -> Interactions:
    """Two tastes, and items from popular to rare, so that EASE's weights lean one way."""
    rng = np.random.default_rng(seed)
    popular = 2.0 / (np.arange(n_items) // 2 + 3.0)
    liked = np.arange(n_users)[:, None] % 2 == np.arange(n_items) % 2
    users, items = np.nonzero(rng.random((n_users, n_items)) < popular * np.where(liked, 1.2, 0.4))
    return Interactions(
        users.astype(np.int32),
        items.astype(np.int32),
        tuple(map(str, range(n_users))),
        tuple(map(str, range(n_items))),
    )


DATA = uneven()
X = DATA.matrix.toarray().astype(np.float64)


def ease_weights() -> np.ndarray:
    """Steck 2019, eq. 8, dense."""
    inverse = np.linalg.inv(X.T @ X + L2 * np.eye(X.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def recommended(model: Recommender) -> np.ndarray:
    return model.recommend_rows(histories_of(DATA), K)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """The share of the places, of those that both fill, with the same item."""
    both = (one >= 0) & (other >= 0)
    assert both.mean() > 0.9
    return float((one == other)[both].mean())


def test_ease_ranks_as_its_closed_form_and_not_as_its_transpose():
    ours = recommended(fit_ease(DATA, EaseConfig(l2=L2, keep=10**9)))
    weights = ease_weights()
    assert agreement(ours, top_items(X @ weights, DATA.matrix, K)) > 0.999
    assert agreement(ours, top_items(X @ weights.T, DATA.matrix, K)) < 0.9


def test_item_knn_ranks_as_implicit():
    near = 15
    ours = recommended(fit_item_knn(DATA, ItemKnnConfig("cosine", k=near)))
    model = CosineRecommender(K=near + 1)
    model.fit(DATA.matrix, show_progress=False)
    items, scores = model.recommend(np.arange(DATA.n_users), DATA.matrix, N=K)
    assert agreement(ours, np.where(scores > 0.0, items, -1)) > 0.99


def test_ials_ranks_by_the_vectors_it_folds_in():
    """alpha_0 Y'Y + sum y y' + lambda (n + alpha_0 N)^nu I, solved person by person."""
    config = IalsConfig(dimensions=8, epochs=3, unobserved=0.3, regularisation=0.01)
    model = fit_ials(DATA, config)
    factors = np.asarray(model.factors, dtype=np.float64)
    people = np.zeros((DATA.n_users, config.dimensions))
    for person, met in enumerate(X > 0):
        ridge = config.regularisation * (met.sum() + config.unobserved * len(met)) ** config.nu
        system = config.unobserved * factors.T @ factors + factors[met].T @ factors[met]
        system += ridge * np.eye(config.dimensions)
        people[person] = np.linalg.solve(system, factors[met].sum(axis=0))
    wanted = top_items(people @ factors.T, DATA.matrix, K)
    assert agreement(recommended(model), wanted) > 0.99


def raced(model: str, contestant: str, folder: Path) -> np.ndarray:
    """What the contestant's runner recommends; skips the test where its environment is not made."""
    if contestant != OURS and not (FOLDER / contestant / "bin" / "python").is_file():
        pytest.skip(f"{contestant} is not installed here: benchmarks.peers.race does that")
    Train(DATA.users, DATA.items, DATA.n_users, DATA.n_items).write(folder / "train.npz")
    entry = ENTRIES[model][contestant]
    settings = dict(entry.settings) | SMALLER.get((model, contestant), {})
    job = Job(model, settings, K, str(folder / "train.npz"), str(folder / "top.npz"))
    cost, top = run_job(contestant, job, entry.environment, 250.0)
    assert set(cost) == {"fit_s", "recommend_s", "peak_mb"} and min(cost.values()) > 0.0
    assert top.shape == (DATA.n_users, K) and top.max() < DATA.n_items
    seen = np.take_along_axis(X > 0, np.maximum(top, 0), axis=1) & (top >= 0)
    assert not seen.any()
    return top


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["cornac", "lenskit"])
def test_ease_ranks_as_the_peers(peer: str, tmp_path: Path):
    ours = recommended(fit_ease(DATA, EaseConfig(l2=L2, keep=10**9)))
    assert agreement(ours, raced("ease", peer, tmp_path)) > 0.99


@pytest.mark.slow
def test_rectools_ranks_as_the_transposed_weights(tmp_path: Path):
    theirs = raced("ease", "rectools", tmp_path)
    weights = ease_weights()
    assert agreement(theirs, top_items(X @ weights.T, DATA.matrix, K)) > 0.99
    assert agreement(theirs, top_items(X @ weights, DATA.matrix, K)) < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["implicit", "lenskit", "rectools"])
def test_item_knn_ranks_as_the_peers(peer: str, tmp_path: Path):
    ours = recommended(fit_item_knn(DATA, ItemKnnConfig("cosine", k=100)))
    assert agreement(ours, raced("item-knn", peer, tmp_path)) > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["implicit", "cornac", "lenskit", "rectools"])
def test_ials_of_the_peers_is_read(peer: str, tmp_path: Path):
    raced("ials", peer, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("model", ENTRIES)
def test_our_runner_recommends(model: str, tmp_path: Path):
    raced(model, OURS, tmp_path)
