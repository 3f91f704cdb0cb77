"""What is learned as it arrives is what a fit would have found, exactly or nearly; and how that is
measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from classic.data.interactions import Interactions
from classic.data.movielens import timed_likes_1m
from classic.errors import BadInput
from classic.evaluate.arriving import arriving
from classic.evaluate.incremental_tables import IncrementalTable
from classic.evaluate.tables import Entry
from classic.retrieve.ease import EaseConfig, fit_ease, inverse_of
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.incremental import LEARNERS, IncrementalEase, IncrementalIals
from tests.small import catalog, interactions

DATA = interactions(catalog())
IALS = IalsConfig(8, 10, unobserved=0.2, regularisation=0.05)
EASE = EaseConfig(l2=5.0, keep=1000)
NEW_ITEM = 7


def of_people(rows: np.ndarray, people: int) -> Interactions:
    """What stands in the rows, where only so many people are known."""
    return replace(DATA.select(rows), user_ids=DATA.user_ids[:people])


def halves(seed: int = 0) -> tuple[Interactions, Interactions]:
    """A first stretch of thirty people without one of the items; and all the rest, which some of
    the thirty did."""
    drawn = np.random.default_rng(seed).random(len(DATA)) < 0.8
    first = drawn & (DATA.users < 30) & (DATA.items != NEW_ITEM)
    return of_people(np.flatnonzero(first), 30), DATA.select(~first)


def small_part() -> tuple[Interactions, Interactions]:
    """The whole without two of the likes of one person; and these."""
    new = np.isin(np.arange(len(DATA)), np.flatnonzero(DATA.users == 3)[:2])
    return DATA.select(~new), DATA.select(new)


def learned(first: Interactions) -> IncrementalIals:
    return IncrementalIals.of(fit_ials(first, IALS), first)


def equation(met: np.ndarray, others: np.ndarray) -> np.ndarray:
    """A row of `fit_ials`, in double precision, from bool `met` of all the others."""
    y = others.astype(np.float64)
    ridge = IALS.regularisation * (met.sum() + IALS.unobserved * len(y)) ** IALS.nu
    system = IALS.unobserved * y.T @ y + y[met].T @ y[met] + ridge * np.eye(y.shape[1])
    return np.linalg.solve(system, y[met].sum(axis=0))


def loss(of: IncrementalIals) -> float:
    x, y = of.seen.matrix.toarray(), of.model.factors
    said, n, m = of.people @ y.T, *of.seen.matrix.shape
    fit = (np.square(said - 1.0)[x > 0]).sum() + IALS.unobserved * np.square(said).sum()
    people = IALS.regularisation * (x.sum(axis=1) + IALS.unobserved * m)
    items = IALS.regularisation * (x.sum(axis=0) + IALS.unobserved * n)
    shrunk = people @ np.square(of.people).sum(axis=1) + items @ np.square(y).sum(axis=1)
    return float(fit + shrunk)


def test_what_is_touched_solves_the_equation_of_the_fit() -> None:
    first, new = halves()
    before = learned(first)
    after = before.updated(new)
    x = after.seen.matrix.toarray() > 0
    assert (x.sum(), x.shape) == (DATA.matrix.sum(), DATA.matrix.shape)
    for person in np.unique(new.users):
        place = after.seen.user_ids.index(DATA.user_ids[person])
        wanted = equation(x[place], before.model.factors)
        assert np.allclose(after.people[place], wanted, atol=1e-4)
    for item in np.unique(new.items):
        assert np.allclose(after.model.factors[item], equation(x[:, item], after.people), atol=1e-4)


def test_what_is_not_touched_stays_to_the_bit() -> None:
    first, new = small_part()
    before = learned(first)
    kept = before.people.copy(), before.model.factors.copy()
    after = before.updated(new, sweeps=3)
    for was, now, touched in (
        (before.people, after.people, np.unique(new.users)),
        (before.model.factors, after.model.factors, np.unique(new.items)),
    ):
        assert np.flatnonzero((was != now).any(axis=1)).tolist() == touched.tolist()
    assert np.array_equal(before.people, kept[0])
    assert np.array_equal(before.model.factors, kept[1])


def test_who_and_what_is_new_gets_a_vector() -> None:
    first, new = halves()
    before, after = learned(first), learned(first).updated(new)
    assert not before.model.factors[NEW_ITEM].any()
    assert after.model.factors[NEW_ITEM].any()
    assert (len(before.people), len(after.people)) == (30, DATA.n_users)
    assert after.people[30:].any(axis=1).all()
    fans = [after.seen.user_ids.index(DATA.user_ids[u]) for u in DATA.users[DATA.items == NEW_ITEM]]
    others = np.setdiff1d(np.arange(DATA.n_users), fans)
    said = after.people @ after.model.factors[NEW_ITEM]
    assert said[fans].mean() > said[others].mean() + 0.1


def test_more_sweeps_come_nearer_to_the_fit() -> None:
    first, new = halves()
    before = learned(first)
    refit = IncrementalIals.of(fit_ials(DATA, replace(IALS, epochs=60)), DATA)
    losses = [loss(before.updated(new, sweeps)) for sweeps in (1, 4, 16)]
    assert losses == sorted(losses, reverse=True)
    gaps = np.abs(np.array(losses) - loss(refit))
    assert gaps[2] < gaps[0]
    assert gaps[2] < 0.01 * loss(refit)


@pytest.mark.parametrize("seed", range(5))
def test_ease_finds_exactly_what_a_fit_finds(seed: int) -> None:
    """After two parts, of people who came back and of new ones."""
    first, new = halves(seed)
    learner = IncrementalEase.of(first, EASE)
    odd = np.arange(len(new)) % 2 == 1
    for part in (new.select(odd), new.select(~odd)):
        learner = learner.updated(part)
    assert np.allclose(learner.inverse, inverse_of(DATA, EASE), rtol=0, atol=1e-12)
    weights, wanted = learner.model.weights, fit_ease(DATA, EASE).weights
    assert np.allclose(weights.toarray(), wanted.toarray(), rtol=0, atol=1e-6)


def test_what_was_seen_before_teaches_nothing() -> None:
    learner = IncrementalEase.of(DATA, EASE)
    again = learner.updated(DATA.select(np.arange(20)))
    assert np.allclose(again.inverse, learner.inverse, rtol=0, atol=1e-12)
    assert (again.seen.matrix != learner.seen.matrix).nnz == 0


@pytest.mark.parametrize(("name", "config"), [("ials", IALS), ("ease", EASE)])
def test_nothing_new_and_what_has_no_row(name: str, config: object) -> None:
    first, new = halves()
    learner = LEARNERS[name](first, config)
    assert learner.updated(new.select(np.zeros(0, dtype=np.int64))) is learner
    renamed = replace(new, item_ids=tuple(f"other {i}" for i in new.item_ids))
    with pytest.raises(BadInput, match="no row for item 'other"):
        learner.updated(renamed)


def test_ids_are_what_counts_not_their_numbers() -> None:
    first, new = halves()
    order = np.random.default_rng(1).permutation(DATA.n_items)
    turned = replace(
        new,
        items=np.argsort(order)[new.items].astype(np.int32),
        item_ids=tuple(new.item_ids[i] for i in order),
    )
    straight = learned(first).updated(new)
    assert np.array_equal(learned(first).updated(turned).model.factors, straight.model.factors)


def test_variants_of_ease_are_refused() -> None:
    for config in (EaseConfig(dropout=0.3), EaseConfig(evenness=0.25)):
        with pytest.raises(BadInput, match="plain EASE"):
            IncrementalEase.of(DATA, config)


def test_parts_follow_each_other_and_nobody_is_asked_what_they_met() -> None:
    shuffled = np.random.default_rng(0).permutation(len(DATA)).astype(np.int64)
    late = len(DATA) * (DATA.users >= 30)
    events = arriving(replace(DATA, timestamps=shuffled + late), 0.5, 5)
    assert (events.parts, events.ends[-1]) == (5, len(DATA))
    assert np.array_equal(np.unique(events.events.users), np.arange(DATA.n_users))
    assert [events.until(part).n_users for part in (1, 5)] == [30, DATA.n_users]
    for part in range(1, events.parts):
        before, new, there = events.until(part - 1), events.part(part), events.until(part)
        assert before.timestamps is not None and new.timestamps is not None
        assert before.timestamps.max() < new.timestamps.min()
        assert np.array_equal(np.concatenate([before.items, new.items]), there.items)
        assert there.n_users == len(np.unique(there.users))
        asked = events.asked(part)
        assert asked.held_out.shape == (there.n_users, DATA.n_items)
        assert asked.held_out.nnz
        assert not asked.held_out.multiply(there.matrix).nnz
    with pytest.raises(BadInput, match="timestamps"):
        arriving(replace(DATA, timestamps=None))


def test_a_table_asks_all_three_the_same() -> None:
    times = np.random.default_rng(0).permutation(len(DATA)).astype(np.int64)
    entries = {
        "ials": Entry("ials", (IALS, replace(IALS, regularisation=9.0)), seeds=(0, 1)),
        "ease": Entry("ease", (EASE,)),
    }
    table = IncrementalTable(
        "small", "-", ("-",), lambda _: arriving(replace(DATA, timestamps=times), 0.6, 3), entries
    )
    said: list[str] = []
    row = table.run("ials", Path(), said.append)
    assert row.config == str(IALS)
    assert sum("on the hold-out" in line for line in said) == 2
    assert set(row.metrics) == set(table.shown)
    assert {len(v) for v in row.cases.values()} == {row.beyond["people asked"]}
    assert row.gains[table.choose_by] != row.gains["ndcg@10/refitted"] == (0.0, (0.0, 0.0))
    assert row.slices["stale"]["gain"] == 0.0
    exact = table.run("ease", Path(), said.append)
    assert exact.gains[table.choose_by][0] == pytest.approx(0.0, abs=1e-9)
    assert exact.metrics["ndcg@10/updated"] != exact.metrics["ndcg@10/stale"]


def test_true_times_of_ml_1m_from_either_file(tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text("1::A (1999)::Drama\n2::B (1998)::Drama\n", "utf-8")
    early, late = 975_768_738, 975_768_739
    rows = [(1, 1, 4, early), (1, 2, 3, early), (2, 2, 5, early - 9), (2, 1, 5, late)]
    derived = pl.DataFrame(
        rows, schema=["user_id", "movie_id", "rating", "timestamp"], orient="row"
    ).with_columns(chron_rank=pl.Series([1, 0, 0, 1]), ge3=pl.lit(1))
    unknown = pl.lit(None, dtype=pl.Int64)
    hidden = pl.when(pl.col("rating") == 3).then(unknown).otherwise(pl.col("timestamp"))
    derived.with_columns(timestamp=hidden).write_parquet(tmp_path / "derived_interactions.parquet")
    found = [timed_likes_1m(tmp_path)]
    text = "\n".join("::".join(map(str, row)) for row in rows)
    (tmp_path / "ratings.dat").write_text(text + "\n", "utf-8")
    found.append(timed_likes_1m(tmp_path))
    for likes in found:
        assert likes.timestamps is not None
        assert likes.timestamps.tolist() == [early, early - 9]
        assert (likes.users.tolist(), likes.items.tolist()) == ([0, 1], [0, 1])
