"""Ranks, metrics and baselines against what can be worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic.errors import BadInput
from llmrec.lab.baselines import BASELINES, baseline_scores, chance, counts_of
from llmrec.lab.bm25 import bm25_scores
from llmrec.lab.measure import measured, metrics_of, ranks_of
from tests.llmrec.lab.made_up import made_up_task


def test_chance_is_the_published_row() -> None:
    found = [round(100 * chance(20, k), 2) for k in (1, 5, 10, 20)]
    assert found == [5.0, 14.74, 22.72, 35.2]


def test_ranks_by_hand() -> None:
    scores = np.array([[0.1, 0.9, 0.5], [0.5, 0.5, 0.5], [np.nan, 0.1, 0.2], [0.1, np.nan, 0.2]])
    assert ranks_of(scores, np.array([2, 1, 0, 0])).tolist() == [2.0, 2.0, math.inf, 2.0]


def test_no_rank_counts_as_a_miss_everywhere() -> None:
    found = metrics_of(np.array([1.0, 3.0, math.inf]), "2neg")
    assert found["ndcg@5/2neg"].tolist() == [1.0, 0.5, 0.0]
    assert found["hr@1/2neg"].tolist() == [1.0, 0.0, 0.0]
    assert found["mrr/2neg"] == pytest.approx([1.0, 1 / 3, 0.0])
    assert found["ndcg@1/2neg"].tolist() == [1.0, 0.0, 0.0]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20), st.data())
def test_a_rank_is_the_place_after_a_stable_sort(scores: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(scores) - 1))
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    assert ranks_of(np.array([scores]), np.array([place]))[0] == order.index(place) + 1


def test_a_random_ranker_is_at_chance() -> None:
    task = made_up_task(400)
    row = measured("random", baseline_scores(task, ("random",))["random"], task)
    low, high = row.intervals["ndcg@10/19neg"]
    assert low < chance(20, 10) < high


def test_popularity_counts_training_alone() -> None:
    task = made_up_task()
    scores = baseline_scores(task, ("popularity",))["popularity"]
    film = task.cases[0].candidates[4]
    met = sum(film in case.history for case in task.cases)
    assert scores[0, 4] == met == counts_of(task)[task.catalog.row(film)]


def test_baselines_know_more_than_chance_where_fame_decides() -> None:
    task = made_up_task(150)
    rows = {n: measured(n, s, task) for n, s in baseline_scores(task).items()}
    assert set(rows) == set(BASELINES)
    gain, (low, _) = rows["popularity"].gain_over(rows["random"], "ndcg@10/19neg")
    assert gain > 0.1
    assert low > 0


def test_bm25_is_the_textbook_sum() -> None:
    """Against the formula, term by term, for one person."""
    from classic.text import stems

    task = made_up_task(2)
    case, titles = task.cases[0], [stems(item.title) for item in task.catalog]
    mean = sum(map(len, titles)) / len(titles)
    asked = [w for i in case.history for w in set(stems(task.catalog[i].title))]

    def score(words: tuple[str, ...]) -> float:
        total = 0.0
        for word in asked:
            n = sum(word in other for other in titles)
            tf = words.count(word)
            idf = math.log1p((len(titles) - n + 0.5) / (n + 0.5))
            total += idf * tf * 2.5 / (tf + 1.5 * (0.25 + 0.75 * len(words) / mean)) if tf else 0.0
        return total

    wanted = [score(stems(task.catalog[i].title)) for i in case.candidates]
    assert bm25_scores(task)[0] == pytest.approx(wanted)


def test_an_unknown_baseline_is_named() -> None:
    with pytest.raises(BadInput, match="no baseline 'magic'"):
        baseline_scores(made_up_task(2), ("magic",))
