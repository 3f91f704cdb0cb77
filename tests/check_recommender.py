"""The contract that every retriever keeps, whatever its equations."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from classic.data.histories import histories_of
from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import BatchRecommender, Recommender
from classic.saving import load, save

Fit = Callable[[Interactions], Recommender]
HISTORY = History(("item-3", "item-9", "item-14", "item-20"), (1.0, 1.0, 0.5, -1.0))


def check_recommender(fit: Fit, data: Interactions, draws_by_row: bool = False) -> None:
    """Deterministic; sorted unique top-k without the seen; scores are sums; unknown items are
    ignored; many people at once are as one by one. The order of items does not matter, but for
    what draws its first weights or its negatives row by row."""
    model = fit(data)
    assert np.allclose(model.fold_in(HISTORY), fit(data).fold_in(HISTORY))
    found = model.recommend(HISTORY, 12)
    assert len(set(found.item_ids)) == len(found.item_ids) == 12
    assert not set(HISTORY.item_ids) & set(found.item_ids)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    places = [model.item_ids.index(i) for i in found.item_ids]
    assert np.allclose(found.scores, model.fold_in(HISTORY)[places])
    check_contributions(model)
    check_unknown(model)
    check_batch(model, data)
    check_saved(model)
    if not draws_by_row:
        check_permutation(fit, data)
    similar = model.similar_items("item-3", 5)
    assert "item-3" not in similar.item_ids


def check_contributions(model: Recommender) -> None:
    parts = model.contributions(HISTORY)
    assert parts.shape == (len(HISTORY), len(model.item_ids))
    by_leaving_out = (Recommender.contributions, BatchRecommender.contributions)
    if type(model).contributions in by_leaving_out:
        without = model.fold_in(HISTORY.without(HISTORY.item_ids[0]))
        assert np.allclose(parts[0], model.fold_in(HISTORY) - without, atol=1e-4)
    elif parts.any():
        assert np.allclose(parts.sum(axis=0), model.fold_in(HISTORY), atol=1e-6)


def check_unknown(model: Recommender) -> None:
    stranger = History((*HISTORY.item_ids, "nobody-knows"), (*HISTORY.weights, 1.0))
    assert np.allclose(model.fold_in(stranger), model.fold_in(HISTORY))
    assert np.isfinite(model.fold_in(History())).all()


def check_saved(model: Recommender) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        save(model, path)
        again = load(path)
    assert (again.name, again.item_ids) == (model.name, model.item_ids)
    assert np.array_equal(again.fold_in(HISTORY), model.fold_in(HISTORY))


def check_batch(model: Recommender, data: Interactions) -> None:
    everybody = histories_of(data)
    for person in (0, 7):
        ids = (data.item_ids[i] for i in everybody.block(person, person + 1).items)
        alone = model.fold_in(History.of(*ids))
        together = model.fold_in_rows(everybody.block(0, 9))[person]
        assert np.allclose(alone, together, atol=1e-4)
    top = model.recommend_rows(everybody, data.n_items)
    for person in (0, 7):
        ids = tuple(data.item_ids[i] for i in everybody.block(person, person + 1).items)
        shown = top[person][top[person] >= 0]
        assert len(shown) == data.n_items - len(set(ids))
        assert not {model.item_ids[i] for i in shown} & set(ids)
        alone = model.fold_in(History.of(*ids))[shown]
        assert (np.diff(alone) <= 1e-4).all()


def check_permutation(fit: Fit, data: Interactions) -> None:
    """Items in another order get the same scores."""
    order = np.random.default_rng(1).permutation(data.n_items)
    turned = Interactions(
        data.users,
        np.argsort(order)[data.items].astype(np.int32),
        data.user_ids,
        tuple(data.item_ids[i] for i in order),
    )
    here, there = fit(data), fit(turned)
    scores = dict(zip(there.item_ids, there.fold_in(HISTORY), strict=True))
    again = np.array([scores[i] for i in here.item_ids])
    assert np.allclose(again, here.fold_in(HISTORY), atol=1e-5)
