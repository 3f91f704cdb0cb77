"""How varied what is shown is, against what can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.retrieve.content import Content
from llmrec.lab.diversity import distances, diversity, gini_of_truths, of_candidates
from llmrec.lab.task import Case, RankingTask
from tests.llmrec.lab.made_up import made_up_task

SIX = tuple("abcdef")


def six_task(n_people: int = 4, fields: bool = True) -> RankingTask:
    """Everybody is shown the same three dramas and three comedies; the truth is the first."""
    kinds = [("Drama",), ("Comedy",)] if fields else [(), ()]
    items = (Item(i, i, genres=kinds[n // 3]) for n, i in enumerate(SIX))
    catalog = Catalog("six", tuple(items))
    cases = tuple(Case(str(n), (), SIX, "a") for n in range(n_people))
    nobody = np.zeros(0, dtype=np.int32)
    return RankingTask("six", "by hand", catalog, cases, Interactions(nobody, nobody, (), SIX))


def told_of(scores: list[list[float]], task: RankingTask) -> dict[str, float]:
    content = Content.of(task.catalog)
    return diversity(np.array(scores), task, content, of_candidates(task, content))


def test_distances_by_hand() -> None:
    """Items of one genre are the same, of two have nothing in common."""
    content = Content.of(six_task().catalog)
    lists = np.array([[0, 1, 2], [0, 1, 3], [0, 3, 4]])
    assert distances(lists, content) == pytest.approx([0.0, 2 / 3, 2 / 3])


def test_the_first_five_beside_the_candidates() -> None:
    task = six_task(1)
    told = told_of([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]], task)
    assert told["distance"] == pytest.approx(6 / 10)
    assert told["gap"] == pytest.approx(6 / 10 - 9 / 15)
    assert told["different"] == pytest.approx(5 / 6)


def test_one_first_for_all_is_as_uneven_as_it_gets() -> None:
    task = six_task(4)
    same = told_of([[9.0, 1.0, 1.0, 1.0, 1.0, 1.0]] * 4, task)
    assert same["gini"] == pytest.approx(5 / 6) == gini_of_truths(task)
    others = np.eye(6)[[0, 1, 2, 3]].tolist()
    assert told_of(others, task)["gini"] < same["gini"]


def test_without_facts_only_the_spread_is_told() -> None:
    told = told_of([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]], six_task(1, fields=False))
    assert set(told) == {"different", "gini"}


def test_an_answer_of_fewer_than_five_has_no_distance() -> None:
    nan = float("nan")
    told = told_of([[2.0, 1.0, nan, nan, nan, nan]], six_task(1))
    assert "distance" not in told and told["different"] == pytest.approx(2 / 6)
    assert told_of([[nan] * 6], six_task(1)) == {}


@given(st.integers(0, 30))
def test_the_order_people_stand_in_changes_nothing(seed: int) -> None:
    task, rng = made_up_task(6), np.random.default_rng(seed)
    scores, order = rng.random((6, 20)), rng.permutation(6)
    turned = replace(task, cases=tuple(task.cases[n] for n in order))
    a, b = told_of(scores.tolist(), task), told_of(scores[order].tolist(), turned)
    for part in ("distance", "gap", "different", "gini"):
        assert a[part] == pytest.approx(b[part])
