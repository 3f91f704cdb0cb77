"""Parts weighed by what comes next: who is loud, what each of them was fitted on, and when."""

from dataclasses import dataclass

import numpy as np
import pytest

from classic.data.histories import Histories, histories_of, without_latest
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.fused import FuseConfig, fit_fused
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import BatchRecommender

N_USERS, N_ITEMS, LENGTH = 60, 40, 12


def walks(n_users: int = N_USERS, length: int = LENGTH) -> Interactions:
    """Everybody goes from an item of their own to the next, and to the next."""
    first = np.random.default_rng(0).integers(0, N_ITEMS, n_users)
    items = (first[:, None] + np.arange(length)) % N_ITEMS
    users = np.repeat(np.arange(n_users), length)
    ids = tuple(f"u{n}" for n in range(n_users)), tuple(f"i{n}" for n in range(N_ITEMS))
    return Interactions(users.astype(np.int32), items.ravel().astype(np.int32), *ids)


DATA = walks()


@dataclass(eq=False)
class Next(BatchRecommender):
    """Knows that an item follows the last, as surely as `sure` against noise."""

    item_ids: tuple[str, ...]
    sure: float
    name: str = "next"
    epochs: int = 7

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        # Noise of its own: what two share, weights of either sign take out.
        rng = np.random.default_rng([len(histories), abs(int(10 * self.sure))])
        found = rng.normal(size=(len(histories), N_ITEMS))
        last = histories.items[histories.bounds[1:] - 1]
        found[np.arange(len(histories)), (last + 1) % N_ITEMS] += self.sure
        return found


class Fitted:
    """Fits by doing nothing, and remembers on what."""

    def __init__(self, sure: float) -> None:
        self.sure, self.seen = sure, list[Interactions]()

    def __call__(self, interactions: Interactions) -> Next:
        self.seen.append(interactions)
        return Next(interactions.item_ids, self.sure)


def test_who_finds_what_comes_next_is_heard() -> None:
    noise, knows = Fitted(0.0), Fitted(4.0)
    model = fit_fused(DATA, (noise,), lambda inside: (knows(inside),), FuseConfig(pool=20))
    assert model.weights[1] > 5 * abs(model.weights[0])
    found = model.recommend_rows(histories_of(DATA), 1)[:, 0]
    last = DATA.items.reshape(N_USERS, LENGTH)[:, -1]
    assert (found == (last + 1) % N_ITEMS).mean() > 0.9
    assert model.epochs == 7


def test_nobody_is_fitted_on_what_is_asked_and_closed_forms_then_on_everything() -> None:
    closed, net = Fitted(1.0), Fitted(1.0)
    model = fit_fused(DATA, (closed,), lambda inside: (net(inside),), FuseConfig(pool=30))
    assert [len(seen) for seen in closed.seen] == [N_USERS * (LENGTH - 1), len(DATA)]
    assert [len(seen) for seen in net.seen] == [N_USERS * (LENGTH - 1)]
    hidden = {(u, LENGTH - 1) for u in range(N_USERS)}
    rows = net.seen[0]
    met = np.zeros((N_USERS, N_ITEMS), dtype=bool)
    met[rows.users, rows.items] = True
    assert not any(met[u, DATA.items[u * LENGTH + place]] for u, place in hidden)
    counts = np.bincount(DATA.items, minlength=N_ITEMS)
    assert np.allclose(model.popularity, np.log1p(counts))


def test_scores_are_the_weighted_sum_of_what_is_told() -> None:
    model = fit_fused(DATA, (Fitted(1.0), fit_popularity), lambda i: (Fitted(2.0)(i),))
    block = histories_of(DATA).block(0, 3)
    told = model.told(block)
    assert told.shape == (4, 3, N_ITEMS)
    assert np.allclose(model.fold_in_rows(block), np.einsum("p,pni->ni", model.weights, told))
    assert np.allclose(told[2].mean(axis=1), 0.0) and np.allclose(told[2].std(axis=1), 1.0)


def test_what_nobody_finds_says_nothing_and_is_said() -> None:
    with pytest.raises(BadInput, match="needs more data"):
        fit_fused(DATA, (Fitted(-50.0),), lambda i: (Fitted(-50.0)(i),), FuseConfig(pool=1))
    with pytest.raises(BadInput, match="people with 5 items"):
        fit_fused(walks(length=4), (Fitted(1.0),), lambda i: (Fitted(1.0)(i),))


def test_the_latest_are_hidden_each_after_what_came_before_it() -> None:
    inside, histories, wanted = without_latest(DATA, 7, 3, np.random.default_rng(0))
    assert len(inside) == len(DATA) - 7 * 3
    assert len(histories) == len(wanted) == 7 * 3
    assert sorted(set(histories.lengths)) == [LENGTH - 3, LENGTH - 2, LENGTH - 1]
    last = histories.items[histories.bounds[1:] - 1]
    assert np.array_equal(wanted, (last + 1) % N_ITEMS)
    half, _, _ = without_latest(walks(length=6), 10**9, 50, np.random.default_rng(0))
    assert len(half) == N_USERS * 3, "at most half of what somebody did"
