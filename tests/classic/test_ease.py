"""EASE agrees with its closed form and keeps the contract of a recommender."""

from pathlib import Path

import numpy as np
import pytest

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.item_item import ItemItem
from tests.small import catalog, interactions

CATALOG = catalog()
DATA = interactions(CATALOG)
CONFIG = EaseConfig(l2=5.0, keep=1000)


def oracle(data: Interactions, l2: float) -> np.ndarray:
    """Steck's equation, item by item as a ridge regression without the item itself."""
    x = np.zeros((data.n_users, data.n_items))
    x[data.users, data.items] = 1.0
    weights = np.zeros((data.n_items, data.n_items))
    for item in range(data.n_items):
        others = [j for j in range(data.n_items) if j != item]
        gram = x[:, others].T @ x[:, others] + l2 * np.eye(len(others))
        weights[others, item] = np.linalg.solve(gram, x[:, others].T @ x[:, item])
    return weights


@pytest.mark.parametrize("n_items", [60, 30])
def test_weights_equal_ridge_regressions(n_items: int) -> None:
    """Both sides of the Woodbury identity: more items than users, and fewer."""
    kept = DATA.select(DATA.items < n_items)
    data = Interactions(kept.users, kept.items, kept.user_ids, CATALOG.ids[:n_items])
    dense = fit_ease(data, CONFIG).weights.toarray()
    assert np.allclose(dense, oracle(data, 5.0), atol=1e-5)


def test_scores_are_sums_of_contributions_and_seen_is_left_out() -> None:
    model = fit_ease(DATA, CONFIG)
    history = History(("item-3", "item-9", "unknown"), (1.0, -0.5, 1.0))
    parts = model.contributions(history)
    assert np.allclose(parts.sum(axis=0), model.fold_in(history), atol=1e-6)
    found = model.recommend(history, 10)
    assert len(set(found.item_ids)) == 10
    assert not {"item-3", "item-9"} & set(found.item_ids)
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_dislike_lowers_what_a_like_raises() -> None:
    model = fit_ease(DATA, CONFIG)
    liked = model.fold_in(History.of("item-3"))
    disliked = model.fold_in(History(("item-3",), (-1.0,)))
    assert np.allclose(liked, -disliked)


def test_order_of_items_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(len(CATALOG))
    place = np.argsort(order)
    turned = Interactions(
        DATA.users,
        place[DATA.items].astype(np.int32),
        DATA.user_ids,
        tuple(CATALOG.ids[i] for i in order),
    )
    straight = fit_ease(DATA, CONFIG).recommend(History.of("item-5"), 5).item_ids
    assert fit_ease(turned, CONFIG).recommend(History.of("item-5"), 5).item_ids == straight


def test_pruned_model_survives_the_disk(tmp_path: Path) -> None:
    model = fit_ease(DATA, EaseConfig(l2=5.0, keep=7))
    assert np.diff(model.weights.indptr).max() <= 7
    model.save(tmp_path / "model.npz")
    again = ItemItem.load(tmp_path / "model.npz")
    history = History.of("item-1", "item-2")
    assert again.recommend(history, 8).item_ids == model.recommend(history, 8).item_ids


def test_unknown_item_is_a_clear_error() -> None:
    with pytest.raises(BadInput, match="knows no item 'nothing'"):
        fit_ease(DATA, CONFIG).similar_items("nothing")
