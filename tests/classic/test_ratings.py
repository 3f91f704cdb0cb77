"""Models of stars: fold-in, oracles, what they learn, what they refuse."""

import numpy as np
import pytest

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.evaluate.ratings import RatingFold
from classic.retrieve.autorec import AutoRecConfig, fit_autorec
from classic.retrieve.biased_mf import BiasedMfConfig, fit_biased_mf
from classic.retrieve.rating import RatingRecommender
from classic.retrieve.rating_blend import RatingBlendConfig, fit_rating_blend
from classic.retrieve.rating_knn import RatingKnnConfig, fit_rating_knn
from classic.retrieve.timesvdpp import TimeSvdConfig, fit_timesvd
from classic.train.loop import TrainConfig
from tests.check_recommender import check_contributions, check_unknown

TRAINING = TrainConfig(epochs=60, learning_rate=0.01, clip=None)


def rated(seed: int = 0, n_users: int = 60, n_items: int = 30) -> Interactions:
    """Two tastes: who likes the even items dislikes the odd, and the other way round."""
    rng = np.random.default_rng(seed)
    met = rng.random((n_users, n_items)) < 0.6
    users, items = np.nonzero(met)
    agree = (users % 2) == (items % 2)
    stars = np.clip(np.where(agree, 4.5, 1.5) + rng.normal(0, 0.3, len(users)), 0.5, 5.0)
    ids = tuple(f"item-{i}" for i in range(n_items))
    times = rng.integers(0, 10**8, len(users))
    return Interactions(
        users.astype(np.int32),
        items.astype(np.int32),
        tuple(map(str, range(n_users))),
        ids,
        stars.astype(np.float32),
        times,
    )


FITS = {
    "item-knn": lambda d: fit_rating_knn(d, RatingKnnConfig("item", shrink=5.0)),
    "user-knn": lambda d: fit_rating_knn(d, RatingKnnConfig("user", shrink=5.0)),
    "biased-mf-adam": lambda d: fit_biased_mf(d, BiasedMfConfig(4, 0.02, 64, TRAINING)),
    "biased-mf-sgd": lambda d: fit_biased_mf(
        d, BiasedMfConfig(4, 0.02, 16, TrainConfig(60, "sgd", 0.02, clip=None))
    ),
    "timesvdpp": lambda d: fit_timesvd(d, TimeSvdConfig(4, 5, 0.02, 0.5, 64, TRAINING)),
    "item-autorec": lambda d: fit_autorec(
        d, AutoRecConfig("item", 16, batch_size=10, fold_in_l2=0.1, training=TRAINING)
    ),
    "user-autorec": lambda d: fit_autorec(
        d, AutoRecConfig("user", 16, batch_size=10, fold_in_l2=0.1, training=TRAINING)
    ),
    "blend": lambda d: fit_rating_blend(d, (FITS["item-knn"], FITS["user-knn"])),
}


@pytest.fixture(scope="module")
def fold() -> RatingFold:
    return RatingFold(rated(), rated()).validation(0.2)


@pytest.mark.parametrize("name", FITS)
def test_a_model_of_stars(name: str, fold: RatingFold) -> None:
    model: RatingRecommender = FITS[name](fold.train)
    found = model.predict(fold.test)
    assert fold.test.ratings is not None
    assert found.min() >= 0.5
    assert found.max() <= 5.0
    error = fold.metrics(model)["rmse/ratings"].mean() ** 0.5
    spread = float(fold.test.ratings.std())
    assert error < 0.6 * spread, f"{error:.3f} of {spread:.3f}"
    assert np.allclose(FITS[name](fold.train).predict(fold.test), found, atol=1e-5)


@pytest.mark.parametrize("name", FITS)
def test_a_new_person_is_folded_in(name: str) -> None:
    model = FITS[name](rated())
    history = History(("item-0", "item-4", "item-3"), (1.0, 1.0, -1.5))
    scores = model.fold_in(history) - model.fold_in(History())
    even, odd = scores[6::2].mean(), scores[7::2].mean()
    assert even > odd
    check_contributions(model)
    check_unknown(model)
    found = model.recommend(history, 8)
    assert not set(history.item_ids) & set(found.item_ids)
    assert list(found.scores) == sorted(found.scores, reverse=True)


@pytest.mark.parametrize("name", [n for n in FITS if n != "blend"])
def test_without_stars_there_is_nothing_to_learn(name: str) -> None:
    data = rated()
    unrated = Interactions(data.users, data.items, data.user_ids, data.item_ids)
    with pytest.raises(BadInput, match="ratings"):
        FITS[name](unrated)


def test_item_knn_by_hand() -> None:
    """Three users, three items: the shrunk mean, the shrunk correlation, the weighted rest."""
    users = np.array([0, 0, 1, 1, 2, 2, 2], dtype=np.int32)
    items = np.array([0, 1, 0, 1, 0, 1, 2], dtype=np.int32)
    stars = np.array([5, 4, 1, 2, 4, 5, 3], dtype=np.float32)
    data = Interactions(users, items, ("a", "b", "c"), ("x", "y", "z"), stars)
    config = RatingKnnConfig(shrink=1.0)
    model = fit_rating_knn(data, config)
    base = model.baseline(users, items)
    left = np.zeros((3, 3))
    left[users, items] = stars - base
    x, y = left[:, 0], left[:, 1]
    wanted = max(0.0, (x @ y) / np.sqrt((x @ x) * (y @ y)) * 2.0 / 3.0)
    assert np.isclose(model.alike[0, 1], wanted)
    asked = Interactions(np.array([0], np.int32), np.array([2], np.int32), data.user_ids, "xyz")
    told = model.baseline(np.array([0]), np.array([2]))
    near = model.alike[2]
    told = told + (near @ left[0]) / max(near.sum(), 1e-9)
    assert np.allclose(model.predict(asked), np.clip(told, 1.0, 5.0))


def test_blended_weights_add_up_to_one() -> None:
    model = fit_rating_blend(
        rated(), (FITS["item-knn"], FITS["biased-mf-adam"]), RatingBlendConfig(share=0.2)
    )
    assert np.isclose(model.weights.sum(), 1.0)
