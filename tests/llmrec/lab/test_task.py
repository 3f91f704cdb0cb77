"""Ranking tasks: lists drawn by a seed, task files, and LLMRank's committed lists."""

import json
from pathlib import Path

import numpy as np
import pytest

from classic.errors import BadInput
from llmrec.lab import seeded
from llmrec.lab.baselines import baseline_scores
from llmrec.lab.measure import measured
from llmrec.lab.seeded import draw, of_file, open_task
from llmrec.lab.task import RankingTask, read_cases, read_head, write_task
from tests.llmrec.lab.made_up import made_up_task


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> RankingTask:
    """Lists drawn from the made-up people, whose fifteen films are in the order of time."""
    task = made_up_task(30)
    loaded = type("Loaded", (), {"catalog": task.catalog, "interactions": task.train})()
    monkeypatch.setattr(seeded, "load", lambda _: loaded)
    return draw("films", seed=3, negatives=9)


def test_the_truth_is_the_latest_and_trains_nothing(drawn: RankingTask) -> None:
    events = made_up_task(30).train
    for case, rows in zip(drawn.cases, events.by_user(), strict=True):
        ids = [events.item_ids[i] for i in events.items[rows]]
        assert case.truth == ids[-1]
        assert list(case.history) == ids[:-1]
        assert set(case.candidates) & set(ids) == {case.truth}
    pairs = set(zip(drawn.train.users.tolist(), drawn.train.items.tolist(), strict=True))
    truths = {(n, drawn.catalog.row(case.truth)) for n, case in enumerate(drawn.cases)}
    assert not pairs & truths


def test_fewer_people_are_part_of_more(drawn: RankingTask) -> None:
    assert drawn.take(20).cases[:7] == drawn.take(7).cases
    assert drawn.take(None).cases != drawn.cases


def test_the_truth_stands_anywhere(drawn: RankingTask) -> None:
    assert len(set(drawn.places().tolist())) > 5


def test_a_task_file_gives_the_same_task(drawn: RankingTask, tmp_path: Path) -> None:
    write_task(drawn.take(5), tmp_path / "task.jsonl")
    again = of_file(tmp_path / "task.jsonl")
    assert again.cases == drawn.take(5).cases
    assert np.array_equal(again.train.items, drawn.train.items)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"candidates": ["no-such-film", "x"]}, "hold the truth"),
        ({"history": ["no-such-film"]}, "another data set"),
        ({"user": "u", "truth": None}, "hold the truth"),
    ],
)
def test_candidates_of_another_data_set_are_refused(
    drawn: RankingTask, tmp_path: Path, change: dict, said: str
) -> None:
    path = tmp_path / "task.jsonl"
    write_task(drawn.take(2), path)
    head, first, _ = path.read_text().splitlines()
    path.write_text("\n".join([head, json.dumps({**json.loads(first), **change})]))
    with pytest.raises(BadInput, match=said):
        read_cases(path, drawn.catalog)


def test_the_truth_in_the_history_is_refused(drawn: RankingTask, tmp_path: Path) -> None:
    path = tmp_path / "task.jsonl"
    write_task(drawn.take(1), path)
    head, first = path.read_text().splitlines()
    row = json.loads(first)
    path.write_text("\n".join([head, json.dumps({**row, "history": [row["truth"]]})]))
    with pytest.raises(BadInput, match="truth is in the history"):
        read_cases(path, drawn.catalog)


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"format": "something else"}'])
def test_what_is_no_task_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "task.jsonl").write_text(text)
    with pytest.raises(BadInput, match="no task file"):
        read_head(tmp_path / "task.jsonl")


def test_data_without_people_is_refused() -> None:
    with pytest.raises(BadInput, match="who did what"):
        open_task("films")


@pytest.mark.data
def test_llmrank_films_are_those_of_the_paper(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting what people met gives the published popularity row to within what ties and the
    authors' count leave open: 22.91, 45.16, 52.33, 55.36."""
    monkeypatch.setenv("LLMREC_DATA", str(real_data))
    task = open_task("llmrank-ml-1m")
    assert (len(task.cases), task.n_candidates) == (6040, 20)
    row = measured("popularity", baseline_scores(task, ("popularity",))["popularity"], task)
    found = [100 * row.means[f"ndcg@{k}/19neg"] for k in (1, 5, 10, 20)]
    assert found == pytest.approx([23.26, 44.99, 52.28, 55.35], abs=0.05)
    random = measured("random", baseline_scores(task, ("random",))["random"], task)
    assert 100 * random.means["ndcg@10/19neg"] == pytest.approx(22.72, abs=1.0)


@pytest.mark.data
def test_llmrank_games_have_titles(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMREC_DATA", str(real_data))
    task = open_task("llmrank-games")
    assert (len(task.cases), len(task.catalog)) == (200, 16_859)
    assert all(case.truth not in case.history for case in task.cases)


def test_missing_lists_say_where_they_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmrec.lab.llmrank.find_folder", lambda *_: None)
    with pytest.raises(BadInput, match="LLMREC_DATA"):
        open_task("llmrank-ml-1m")
