"""Yes or no: metrics, intervals over people, calibration, and a table from end to end."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.interactions import Interactions
from classic.evaluate.label_tables import LabelTable, RankerEntry
from classic.evaluate.labelled import (
    Answers,
    Labelled,
    calibration_error,
    intervals,
    paired_intervals,
    platt,
    weighted_auc,
)
from classic.evaluate.table_ctr import CTR, Beside, at_random, by_time, trial_of
from classic.metrics import auc
from classic.rank.lambdamart import LambdaMart, LambdaMartConfig
from classic.rank.ranker import FitConfig
from classic.rank.rankers import RANKERS
from classic.train.loop import TrainConfig
from tests.small import catalog, interactions


def answers(n: int = 600, seed: int = 0, noise: float = 1.0) -> Answers:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=n)
    labels = rng.random(n) < 1.0 / (1.0 + np.exp(-logits))
    return Answers(logits + noise * rng.normal(size=n), labels, rng.integers(0, 40, n))


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_a_weight_is_as_many_of_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, 6, 30).astype(float), rng.random(30) < 0.4
    times = rng.integers(0, 4, 30)
    told = weighted_auc(scores, labels)
    again = auc(np.repeat(scores, times), np.repeat(labels, times))
    if np.isfinite(again):
        assert told(times.astype(float)) == pytest.approx(again)


def test_chances_that_are_right_have_no_error_of_calibration() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=200_000)
    labels = rng.random(len(logits)) < 1.0 / (1.0 + np.exp(-logits))
    assert calibration_error(logits, labels) < 0.005
    assert calibration_error(logits + 2.0, labels) > 0.2
    assert calibration_error(np.full(4, 50.0), np.zeros(4, dtype=bool)) == pytest.approx(1.0)


def test_platt_finds_what_logits_were_squeezed_by() -> None:
    rng = np.random.default_rng(0)
    right = rng.normal(size=100_000)
    labels = rng.random(len(right)) < 1.0 / (1.0 + np.exp(-right))
    a, b = platt((right - 0.5) / 3.0, labels)
    assert (a, b) == pytest.approx((3.0, 0.5), abs=0.05)
    assert platt(right, np.ones(len(right), dtype=bool)) == (1.0, 0.0)


def test_intervals_are_around_the_figure_and_narrow_with_people() -> None:
    few, many = answers(400), answers(40_000)
    many = Answers(many.logits, many.labels, np.arange(len(many.logits)) % 4000)
    for own in (few, many):
        for name, (low, high) in intervals(own).items():
            assert low < own.metrics()[name] < high
    (a, b), (c, d) = intervals(few)["auc"], intervals(many)["auc"]
    assert d - c < (b - a) / 3


def test_pairs_see_what_single_intervals_hide() -> None:
    theirs = answers(2000, noise=1.0)
    better = Answers(theirs.logits + 0.5 * theirs.labels, theirs.labels, theirs.users)
    mean, (low, high) = paired_intervals(better, theirs)["auc"]
    assert mean == pytest.approx(better.metrics()["auc"] - theirs.metrics()["auc"])
    assert 0 < low < mean < high
    same, bounds = paired_intervals(theirs, theirs)["auc"]
    assert (same, bounds) == (0.0, (0.0, 0.0))


def rated(seed: int = 0) -> Interactions:
    plain = interactions(catalog())
    rng = np.random.default_rng(seed)
    stars = np.where(plain.items % 3 == plain.users % 3, 5.0, 2.0).astype(np.float32)
    return Interactions(
        plain.users, plain.items, plain.user_ids, plain.item_ids, stars,
        rng.permutation(len(plain)),
    )  # fmt: skip


@pytest.mark.parametrize("split", [at_random, by_time])
def test_no_answer_of_the_test_is_in_a_history(split) -> None:
    """Of a random split none at all; in time only what had happened before."""
    events = rated()
    part = split(events)
    assert [int((part == p).sum()) for p in range(3)] == [
        len(events) - 2 * (len(events) // 10),
        len(events) // 10,
        len(events) // 10,
    ]
    trial = trial_of(events, catalog(), None, split, "x")
    assert len(trial.test) == len(trial.users) == len(events) // 10
    if split is by_time:
        times = events.timestamps
        assert times is not None
        assert times[part == 0].max() < times[part == 1].min()
        assert times[part == 1].max() < times[part == 2].min()
        return
    held = {(events.users[e], events.items[e]) for e in np.flatnonzero(part > 0)}
    ids = trial.schema.vocabularies["item"]
    first = trial.schema.first_rows["item"]
    rows = trial.test.behaviours
    for n, user in enumerate(trial.users):
        own = rows.values[rows.bounds[n] : rows.bounds[n + 1], 0] - first - 1
        for row in own[own >= 0]:
            assert (user, events.item_ids.index(str(ids[row]))) not in held


def test_means_are_smoothed_shares() -> None:
    trial = trial_of(rated(), catalog(), None, at_random, "x")
    model = RANKERS["user-mean"].fit(trial.schema, trial.train)
    row = trial.train.ones[0, 0]
    own = trial.train.labels[trial.train.ones[:, 0] == row, 0]
    mean = trial.train.labels.mean()
    share = (own.sum() + 10 * mean) / (len(own) + 10)
    assert model.logits(trial.train)[0, 0] == pytest.approx(np.log(share / (1 - share)), abs=1e-5)


def test_trees_rank_and_do_not_look_at_their_own_answers() -> None:
    trial = trial_of(rated(), catalog(), None, at_random, "x")
    config = LambdaMartConfig(trees=30, least=2)
    model = LambdaMart.of(trial.train, trial.schema.layout, config)
    labels = trial.test.labels[:, 0] > 0
    assert auc(model.logits(trial.test)[:, 0], labels) > 0.65
    rng = np.random.default_rng(0)
    drawn = (rng.random(trial.train.labels.shape) < 0.5).astype(np.float32)
    noise = LambdaMart.of(replace(trial.train, labels=drawn), trial.schema.layout, config)
    assert abs(auc(noise.logits(trial.test)[:, 0], labels) - 0.5) < 0.25


def small_table() -> LabelTable:
    def read(_: Path) -> Labelled:
        return trial_of(rated(), catalog(), None, at_random, "random")

    brief = FitConfig(64, TrainConfig(15, clip=None, learning_rate=0.02, warm_up_steps=0))
    entries = {
        "means": RankerEntry("user-item-mean", seeds=(0,)),
        "din": RankerEntry("din", fitting=brief, seeds=(0, 1)),
    }
    return LabelTable("small", "-", ("-",), read, entries, ("auc/random",), "means")


def test_a_row_from_end_to_end(tmp_path: Path) -> None:
    said: list[str] = []
    row = small_table().run("din", tmp_path, said.append)
    assert row.seeds == (0, 1)
    assert len(row.cases["logit"]) == len(rated()) // 10
    assert set(row.metrics) >= {"auc/random", "uauc/random", "logloss/random+platt", "ece/random"}
    assert row.metrics["auc/random"] > 0.65
    low, high = row.intervals["auc/random"]
    assert low <= row.metrics["auc/random"] + 0.1 and high >= row.metrics["auc/random"] - 0.1
    assert any("seed 1" in line for line in said)


def test_the_baseline_gains_nothing_over_itself(tmp_path: Path) -> None:
    row = small_table().run("means", tmp_path, lambda _: None)
    assert row.gains["auc/random"] == (0.0, (0.0, 0.0))


def test_every_entry_is_there() -> None:
    for table in CTR.values():
        assert table.baseline in table.entries
        assert all(entry.ranker in RANKERS for entry in table.entries.values())


def test_a_row_with_text_gains_over_the_same_ranker_without(tmp_path: Path) -> None:
    """A made-up text that half tells what is liked, of items that are met too seldom for a vector
    of their own to."""
    events = rated()
    told = np.random.default_rng(0).normal(size=(events.n_items, 2)).astype(np.float32)
    likes = told[events.items, 0] + np.random.default_rng(1).normal(size=len(events)) > 0.0
    events = replace(events, ratings=np.where(likes, 5.0, 2.0).astype(np.float32))

    def read(text: np.ndarray | None) -> Labelled:
        beside = None if text is None else Beside.of_numbers("text", text)
        return trial_of(events, catalog(), None, at_random, "random", beside=beside)

    brief = FitConfig(64, TrainConfig(10, clip=None, learning_rate=0.02, warm_up_steps=0))
    entries = {"fm": RankerEntry("fm", fitting=brief, seeds=(0,))}
    shown, said = ("auc/random",), list[str]()
    table = LabelTable(
        "", "", (), lambda _: read(told), entries, shown, "plain", lambda _: read(None)
    )
    row = table.run("fm", tmp_path, said.append)
    assert "  plain" in said
    assert row.gains["auc/random"][0] > 0.02
    assert read(told).schema.layout.numbers == read(None).schema.layout.numbers + 2
