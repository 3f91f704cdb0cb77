"""What comes first, by groups of items, against what can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.item import Item
from llmrec.lab.exposure import OTHER, Share, exposure, groups_of, strays_most
from llmrec.lab.task import Case, RankingTask
from tests.llmrec.lab.made_up import made_up_task

FOUR = (
    Item("a", "A", 1994, ("Drama", "War"), countries=("France",)),
    Item("b", "B", 1999, ("Drama",), countries=("France",)),
    Item("c", "C", 2003, ("Comedy",), countries=("France",)),
    Item("d", "D"),
)


def four_task(n_people: int = 20) -> RankingTask:
    """Everybody is shown the same four and took the first next; two met `a`, one `b`."""
    catalog = Catalog("four", FOUR)
    cases = tuple(Case(str(n), (), ("a", "b", "c", "d"), "a") for n in range(n_people))
    who, met = np.array([0, 1, 0], dtype=np.int32), np.array([0, 0, 1], dtype=np.int32)
    train = Interactions(who, met, ("0", "1"), catalog.ids)
    return RankingTask("four", "by hand", catalog, cases, train)


def shares_of(scores: np.ndarray, task: RankingTask) -> dict[tuple[str, str], Share]:
    told = exposure(scores, task.places(), groups_of(task))
    return {(share.kind, share.group): share for share in told}


def test_shares_by_hand() -> None:
    told = shares_of(np.array([[4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 4.0, 3.0]]), four_task(2))
    drama = told["genre", "Drama"]
    assert drama.candidates == pytest.approx((0.5 + 1.0) / 4)
    assert (drama.truths, drama.first) == (0.5, 0.25)
    assert drama.gap == pytest.approx(0.25 - 0.375)
    assert told["decade", "1990s"].first == told["decade", "2000s"].first == 0.5
    assert told["decade", "1990s"].truths == 1.0


def test_fame_counts_who_fewer_met_and_nobody_is_at_the_bottom() -> None:
    told = shares_of(np.ones((1, 4)), four_task(1))
    fame = {group: share for (kind, group), share in told.items() if kind == "fame"}
    assert list(fame) == ["0–10 %", "50–60 %", "70–80 %"]
    assert fame["0–10 %"].candidates == 0.5
    assert fame["70–80 %"].truths == 1.0


def test_a_kind_with_nothing_to_tell_apart_is_left_out() -> None:
    """All countries that are known are France."""
    assert [groups.kind for groups in groups_of(four_task())] == ["decade", "genre", "fame"]


def test_rare_groups_are_told_as_one() -> None:
    genres = next(g for g in groups_of(made_up_task(30)) if g.kind == "genre")
    assert genres.names[-1] == OTHER
    assert genres.parts.sum(axis=2) == pytest.approx(1.0)


def test_the_first_five_are_of_what_an_answer_named() -> None:
    told = shares_of(np.array([[np.nan, 1.0, 2.0, np.nan]]), four_task(1))
    assert (told["genre", "Comedy"].top, told["genre", "War"].top) == (0.5, 0.0)


def test_without_answers_there_is_no_exposure() -> None:
    task = four_task()
    assert exposure(np.full((20, 4), np.nan), task.places(), groups_of(task)) == []


def test_who_always_puts_comedy_first_is_found_out() -> None:
    told = shares_of(np.tile([1.0, 1.0, 9.0, 1.0], (30, 1)), four_task(30))
    most = strays_most(share for share in told.values() if share.kind == "genre")
    assert (most.group, most.first, most.sure) == ("Comedy", 1.0, True)


@given(st.integers(0, 50))
def test_gaps_of_what_every_item_is_of_sum_to_nothing(seed: int) -> None:
    told = shares_of(np.random.default_rng(seed).random((6, 4)), four_task(6))
    fame = [share for share in told.values() if share.kind == "fame"]
    assert sum(share.gap for share in fame) == pytest.approx(0.0)
    assert sum(share.first for share in fame) == pytest.approx(1.0)
    assert all(s.low <= s.gap + 1e-12 and s.gap <= s.high + 1e-12 for s in told.values())
