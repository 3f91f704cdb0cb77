"""Splits by the calendar and by people; and an audit that finds what was put across on purpose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.audit import Side, audit
from classic.evaluate.full_ranking import FullRanking, leave_last_out
from classic.evaluate.splits import global_time, users_held_out
from classic.retrieve.ease import fit_ease
from classic.retrieve.popularity import fit_popularity
from tests.small import catalog, interactions

DATA = interactions(catalog())
SHUFFLED = replace(DATA, timestamps=np.random.default_rng(3).permutation(len(DATA)))


def asked_of(split: FullRanking, data: Interactions) -> Interactions:
    """The events that are held out, as they stand in the data."""
    wanted = split.held_out.tocsr()
    rows = [e for e in range(len(data)) if wanted[data.users[e], data.items[e]]]
    return data.select(np.array(rows, dtype=np.int64))


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 0.6), st.integers(0, 5))
def test_nothing_of_the_future_trains(share: float, seed: int) -> None:
    times = np.random.default_rng(seed).permutation(len(DATA))
    data = replace(DATA, timestamps=times)
    split = global_time(data, share)
    asked = asked_of(split, data)
    assert split.train.timestamps is not None
    assert asked.timestamps is not None
    assert split.train.timestamps.max() < asked.timestamps.min()
    assert set(asked.users) <= set(split.train.users), "only who was there before is asked"


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.integers(0, 5))
def test_people_who_are_held_out_train_nothing(share: float, hidden: float, seed: int) -> None:
    split = users_held_out(SHUFFLED, share, hidden, seed)
    asked = asked_of(split, SHUFFLED)
    assert not set(asked.users) & set(split.train.users)
    shown = np.flatnonzero(split.given.lengths)
    assert set(shown) == set(asked.users)
    for user in shown:
        given_items = set(split.given.block(user, user + 1).items)
        hidden_items = set(split.held_out[user].indices)
        assert given_items
        assert hidden_items
        assert not given_items & hidden_items


@pytest.mark.parametrize("split", [global_time(SHUFFLED, 0.3), users_held_out(SHUFFLED, 0.4)])
def test_models_are_measured_over_them(split: FullRanking) -> None:
    own, other = (split.metrics(fit(split.train)) for fit in (fit_ease, fit_popularity))
    asked = int((np.diff(split.held_out.indptr) > 0).sum())
    assert len(own["ndcg@10/full"]) == asked
    assert own["ndcg@10/full"].mean() > other["ndcg@10/full"].mean()


def test_what_cannot_be_split_says_so() -> None:
    with pytest.raises(BadInput, match="needs timestamps"):
        global_time(replace(DATA, timestamps=None))
    with pytest.raises(BadInput, match="comes back"):
        early = replace(DATA, timestamps=DATA.users.astype(np.int64))
        global_time(early, 0.1)
    with pytest.raises(BadInput, match="two with at least two"):
        users_held_out(DATA.select(DATA.users == 0))


def sides(split: FullRanking, data: Interactions) -> tuple[Side, Side]:
    return Side.of_interactions(split.train), Side.of_interactions(asked_of(split, data))


def test_clean_splits_are_clean() -> None:
    by_time, by_user = global_time(SHUFFLED, 0.3), users_held_out(SHUFFLED, 0.3)
    assert audit(*sides(by_time, SHUFFLED), frozenset({"time"})) == []
    found = audit(*sides(by_user, SHUFFLED), frozenset({"users"}))
    assert not any(finding.fails for finding in found)


def test_leave_last_out_is_warned_of_and_fails_where_time_was_promised() -> None:
    train, test = sides(leave_last_out(SHUFFLED), SHUFFLED)
    (warned,) = audit(train, test, frozenset())
    assert not warned.fails
    assert "reaches past what is asked" in warned.text
    (failed,) = audit(train, test, frozenset({"time"}))
    assert failed.fails


def test_every_crossing_is_found() -> None:
    users, items = np.array(["a", "b"]), np.array(["x", "y"])
    train = Side(users, items, np.array(["d1", "d2"]), np.array([5.0, 9.0]))
    test = Side(users[:1], items[:1], np.array(["d2"]), np.array([7.0]))
    found = audit(train, test, frozenset({"users", "dialogues", "time"}))
    told = " | ".join(finding.text for finding in found)
    assert all(finding.fails for finding in found)
    assert "1 of 1 events to find are in training, as x of a" in told
    assert "1 of 1 users are on both sides, as a" in told
    assert "1 of 1 dialogues are on both sides, as d2" in told
    assert "50.0% of it is later" in told


def test_what_cannot_be_looked_at_is_not_clean(tmp_path: Path) -> None:
    side = Side(np.array(["a"]), np.array(["x"]))
    with pytest.raises(BadInput, match="dialogues cannot be kept apart"):
        audit(side, side, frozenset({"dialogues"}))
