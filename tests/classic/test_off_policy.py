"""Estimators against what is true: exactly, over every log there can be, and on real machinery."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.errors import BadInput
from classic.evaluate.off_policy import (
    Log,
    by_person,
    direct,
    doubly_robust,
    effective_size,
    ips,
    logged,
    snips,
    softmax_policy,
    true_values,
)
from classic.evaluate.off_policy_tables import OffPolicyTable, PolicyEntry
from classic.evaluate.splits import users_held_out
from tests.small import catalog, interactions

RNG = np.random.default_rng(0)
LIKED = RNG.random((2, 3)) < 0.5
EVERYWHERE = np.ones((2, 3), dtype=bool)
LOGGING = softmax_policy(RNG.normal(size=(2, 3)), EVERYWHERE)
POLICY = softmax_policy(2.0 * RNG.normal(size=(2, 3)), EVERYWHERE)
GUESS = RNG.random((2, 3))


def expected(estimate: str, predicted: np.ndarray = GUESS, chances: np.ndarray = LOGGING) -> float:
    """The mean of an estimate over all logs of one visit each, by how likely each log is."""
    total = 0.0
    for shown in product(range(3), repeat=2):
        people, own = np.arange(2), np.array(shown)
        rewards = LIKED[people, own].astype(float)
        log = Log(people, own, chances[people, own], rewards)
        found = {
            "ips": lambda log=log: ips(log, POLICY),
            "direct": lambda log=log: direct(log, POLICY, predicted),
            "dr": lambda log=log: doubly_robust(log, POLICY, predicted),
        }[estimate]()
        total += float(LOGGING[people, own].prod() * found.mean())
    return total


TRUTH = float(true_values(POLICY, LIKED).mean())


def test_ips_and_doubly_robust_are_unbiased_where_the_chances_are_right() -> None:
    assert expected("ips") == pytest.approx(TRUTH)
    assert expected("dr") == pytest.approx(TRUTH)
    assert expected("direct") != pytest.approx(TRUTH, abs=0.01)


def test_doubly_robust_is_unbiased_where_the_model_is_right_and_the_chances_are_not() -> None:
    wrong = softmax_policy(np.zeros((2, 3)), EVERYWHERE)
    assert expected("ips", chances=wrong) != pytest.approx(TRUTH, abs=0.01)
    assert expected("dr", LIKED.astype(float), wrong) == pytest.approx(TRUTH)
    assert expected("direct", LIKED.astype(float)) == pytest.approx(TRUTH)


@given(st.integers(0, 10**6), st.floats(-5.0, 5.0))
@settings(deadline=None, max_examples=30)
def test_snips_moves_with_the_rewards_and_stays_among_them(seed: int, shift: float) -> None:
    """The two things that plain IPS does not do."""
    log = logged(LOGGING, LIKED, 20, seed)
    value = float(snips(log, POLICY).mean())
    moved = float(snips(replace(log, rewards=log.rewards + shift), POLICY).mean())
    assert moved == pytest.approx(value + shift, abs=1e-9)
    assert -1e-9 <= value <= 1.0 + 1e-9
    weights = log.weights(POLICY)
    assert value == pytest.approx((weights * log.rewards).sum() / weights.sum())


def test_a_log_has_the_chances_that_it_says() -> None:
    log = logged(LOGGING, LIKED, 40_000, 0)
    for person in range(2):
        shares = np.bincount(log.shown[log.people == person], minlength=3) / 40_000
        assert np.allclose(shares, LOGGING[person], atol=0.01)
    assert np.array_equal(log.chances, LOGGING[log.people, log.shown])
    assert ips(log, POLICY).mean() == pytest.approx(TRUTH, abs=0.02)
    assert snips(log, POLICY).mean() == pytest.approx(TRUTH, abs=0.02)


def test_who_shows_the_same_is_told_as_it_was() -> None:
    log = logged(LOGGING, LIKED, 50, 0)
    for estimate in (ips, snips):
        assert estimate(log, LOGGING).mean() == pytest.approx(log.rewards.mean())
    assert effective_size(log, LOGGING) == pytest.approx(len(log))
    assert effective_size(log, POLICY) < len(log)


def test_nothing_outside_a_pool_is_shown() -> None:
    inside = np.array([[True, True, False], [True, False, False]])
    policy = softmax_policy(np.array([[1.0, 2.0, 9.0], [1.0, 9.0, 9.0]]), inside)
    assert np.allclose(policy.sum(axis=1), 1.0)
    log = logged(policy, np.ones((2, 3), dtype=bool), 500, 0)
    assert inside[log.people, log.shown].all()


def test_the_mean_of_a_person_is_over_their_lines() -> None:
    log = Log(np.array([2, 0, 2]), np.zeros(3, np.int64), np.ones(3), np.zeros(3))
    assert by_person(log, np.array([1.0, 5.0, 3.0])).tolist() == [5.0, 2.0]


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.2, np.nan])
def test_a_log_without_chances_is_refused(chance: float) -> None:
    with pytest.raises(BadInput, match="the chance of what was shown"):
        Log(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([chance]), np.ones(1))


@pytest.mark.slow
def test_a_table_from_end_to_end(tmp_path: Path) -> None:
    def read(_: Path) -> tuple:
        return users_held_out(interactions(catalog()), 0.4), catalog()

    entries = {
        "logging": PolicyEntry(sharp=2.0),
        "sharper": PolicyEntry(sharp=8.0),
        "reinforced": PolicyEntry("reinforced"),
    }
    table = OffPolicyTable("", "", (), read, entries, "item-knn-cosine", 3, seeds=(0, 1))
    said: list[str] = []
    for name in entries:
        row = table.run(name, tmp_path, said.append)
        assert set(table.shown) <= set(row.metrics)
        assert row.metrics["doubly robust"] == pytest.approx(row.metrics["truth"], abs=0.15)
        assert row.beyond["effective lines"] <= row.beyond["lines"]
    assert table.run("logging", tmp_path, said.append).gains["truth"] == (0.0, (0.0, 0.0))
