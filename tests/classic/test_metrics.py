"""Metrics against ranx, on random rankings."""

import numpy as np
from ranx import Qrels, Run, evaluate

from classic.evaluate.beyond import (
    coverage,
    gini,
    intra_list_diversity,
    novelty,
    popularity_lift,
)
from classic.metrics import (
    auc,
    hits,
    interval,
    joint_intervals,
    log_loss,
    ndcg,
    paired_interval,
    top_items,
    user_auc,
)


def test_ndcg_equals_ranx() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random((30, 50))
    wanted = rng.random((30, 50)) < 0.1
    wanted[:, 0] = True
    seen = np.zeros_like(wanted)
    ours = ndcg(hits(top_items(scores, seen, 10), wanted), wanted.sum(axis=1)).mean()
    qrels = {f"u{u}": {f"i{i}": 1 for i in np.flatnonzero(wanted[u])} for u in range(30)}
    run = {f"u{u}": {f"i{i}": float(scores[u, i]) for i in range(50)} for u in range(30)}
    assert np.isclose(ours, evaluate(Qrels(qrels), Run(run), "ndcg@10"), atol=1e-9)


def test_seen_items_are_never_ranked() -> None:
    scores = np.arange(12.0).reshape(2, 6)
    seen = np.zeros((2, 6), dtype=bool)
    seen[:, 5] = True
    assert top_items(scores, seen, 3).tolist() == [[4, 3, 2], [4, 3, 2]]


def test_interval_holds_the_mean() -> None:
    values = np.random.default_rng(0).normal(0.4, 0.1, 400)
    low, high = interval(values)
    assert low < values.mean() < high
    assert high - low < 0.04


def test_auc_counts_pairs_and_halves_ties() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 6, 80).astype(float), rng.random(80) < 0.4
    pairs = scores[labels][:, None] - scores[~labels][None, :]
    assert np.isclose(auc(scores, labels), (pairs > 0).mean() + 0.5 * (pairs == 0).mean())
    assert np.isnan(auc(scores, np.ones(80, dtype=bool)))


def test_user_auc_weighs_users_or_cases() -> None:
    users = np.array([5, 5, 5, 2, 2, 9])
    labels = np.array([True, False, False, True, False, True])
    scores = np.array([0.5, 0.9, 0.1, 0.8, 0.2, 0.3])
    assert user_auc(scores, labels, users) == (0.75, (0.5 * 3 + 1.0 * 2) / 5)
    assert np.isnan(user_auc(scores, users == 5, users)).all()


def test_log_loss_is_that_of_the_probabilities() -> None:
    logits, labels = np.array([2.0, -1.0, 800.0]), np.array([True, True, True])
    wanted = -np.log(1.0 / (1.0 + np.exp(-logits))).mean()
    assert np.isclose(log_loss(logits, labels), wanted)
    assert np.isclose(log_loss(-logits, ~labels), wanted)


def test_paired_interval_is_narrower_than_either() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(300)
    difference, (low, high) = paired_interval(base + 0.01 + rng.normal(0, 0.001, 300), base)
    assert low < difference < high
    assert low > 0.0


def test_lists_beyond_being_right() -> None:
    top = np.array([[0, 1], [0, 2]])
    counts = np.array([4.0, 2.0, 1.0, 0.0])
    assert coverage(top, 4) == 0.75
    assert np.isclose(gini(top, 4), (3 * 2 + 1 * 1 - 1 * 1 - 0) / (4 * 4))
    assert np.allclose(novelty(top, counts, 4), [0.5, 1.0])
    assert np.allclose(popularity_lift(top, counts, np.array([3.0, 5.0])), [0.0, -0.5])
    alike = intra_list_diversity(top, lambda rows: np.full((2, 2), 0.25 * rows[1]))
    assert alike.tolist() == [0.75, 0.5]
    assert gini(np.array([[0, 1, 2, 3]]), 4) == 0.0


def test_joint_intervals_hold_together() -> None:
    """Of thirty means of nothing, single intervals miss one nearly always; joint ones seldom."""
    rng = np.random.default_rng(0)
    single = joint = 0
    for _ in range(30):
        values = rng.normal(size=(80, 20))
        bounds = joint_intervals(values, draws=300)
        joint += bool(((bounds[:, 0] > 0) | (bounds[:, 1] < 0)).any())
        own = np.array([interval(column, draws=100) for column in values.T])
        single += bool(((own[:, 0] > 0) | (own[:, 1] < 0)).any())
    assert joint <= 5 and single >= 12


def test_a_joint_interval_of_one_mean_is_about_its_own() -> None:
    values = np.random.default_rng(1).random((200, 1))
    (low, high), (own_low, own_high) = joint_intervals(values)[0], interval(values[:, 0])
    assert abs(low - own_low) < 0.01 and abs(high - own_high) < 0.01


def test_what_never_varies_has_no_width() -> None:
    assert joint_intervals(np.ones((10, 2))).tolist() == [[1.0, 1.0], [1.0, 1.0]]
