"""Made-up people meet as many items as the real ones, and the same items are popular."""

import numpy as np

from benchmarks.peers.synthetic import grow
from classic.data.interactions import Interactions
from tests.small import catalog, interactions

REAL = interactions(catalog())
TIMES = 5


def degrees(codes: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(codes, minlength=n)


def test_user_degrees_are_the_real_ones_times_over():
    grown = grow(REAL, TIMES)
    assert grown.n_users == TIMES * REAL.n_users
    assert grown.item_ids == REAL.item_ids
    real = degrees(REAL.users, REAL.n_users)
    assert np.array_equal(degrees(grown.users, grown.n_users), np.tile(real, TIMES))


def test_nobody_meets_an_item_twice():
    grown = grow(REAL, TIMES)
    assert grown.matrix.nnz == len(grown)


def test_item_degrees_keep_their_shape():
    real = skewed()
    grown = grow(real, TIMES)
    theirs = degrees(real.items, real.n_items) / len(real)
    ours = degrees(grown.items, grown.n_items) / len(grown)
    assert 0.5 * np.abs(theirs - ours).sum() < 0.06
    assert np.corrcoef(theirs, ours)[0, 1] > 0.98


def test_like_tastes_stay_together():
    """In the small data each person likes one third of the items; so does the made-up one."""
    grown = grow(REAL, TIMES)
    own = (grown.items % 3 == np.tile(np.arange(REAL.n_users), TIMES)[grown.users] % 3).mean()
    assert own > 0.7


def test_the_seed_decides():
    assert np.array_equal(grow(REAL, 2, seed=1).items, grow(REAL, 2, seed=1).items)
    assert not np.array_equal(grow(REAL, 2, seed=1).items, grow(REAL, 2, seed=2).items)


def test_who_met_nothing_meets_nothing():
    real = REAL.select(REAL.users != 3)
    grown = grow(real, 2)
    assert not np.isin(grown.users, (3, 3 + real.n_users)).any()


def skewed(n_users: int = 400, n_items: int = 100, seed: int = 0) -> Interactions:
    """Item n is met with a chance that falls as 1 / (n + 3)."""
    rng = np.random.default_rng(seed)
    met = rng.random((n_users, n_items)) < 2.0 / (np.arange(n_items) + 3.0)
    users, items = np.nonzero(met)
    return Interactions(
        users.astype(np.int32),
        items.astype(np.int32),
        tuple(map(str, range(n_users))),
        tuple(map(str, range(n_items))),
    )
