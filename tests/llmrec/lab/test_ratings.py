"""Rating prediction: who is asked what, what means already know, and what is reported."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from classic.data.datasets import load
from classic.data.films import load_films
from classic.data.interactions import Interactions
from classic.errors import BadInput
from llmrec.cli.main import build
from llmrec.lab import evaluate as lab
from llmrec.lab import ratings
from llmrec.lab.asking import Asking
from llmrec.lab.channels import channel_named
from llmrec.lab.ratings import BASE, RatingTask, open_ratings, rating_baselines, rating_rows
from llmrec.lab.reading import Shown
from llmrec.llm.answers import MISSING
from llmrec.llm.protocol import Messages, Usage
from tests.llmrec.lab.fake import Fan

PEOPLE, EACH = 8, 14


def events() -> Interactions:
    """Everybody with a level of their own, films with one too, and noise."""
    films = load_films()
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(PEOPLE), EACH).astype(np.int32)
    items = np.concatenate([rng.choice(30, EACH, replace=False) for _ in range(PEOPLE)])
    level, worth = rng.normal(3.4, 0.6, PEOPLE), rng.normal(0, 0.7, 30)
    stars = np.clip(np.round(level[users] + worth[items] + rng.normal(0, 0.4, len(users))), 1, 5)
    names = tuple(f"p{n}" for n in range(PEOPLE))
    return Interactions(
        users, items.astype(np.int32), names, films.ids, stars.astype(np.float32),
        np.arange(len(users), dtype=np.int64),
    )  # fmt: skip


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> RatingTask:
    whole = replace(load("films"), interactions=events())
    monkeypatch.setattr(ratings, "load", lambda data: whole)
    return open_ratings("films")


def test_fewer_people_are_asked_all_of_theirs_and_are_part_of_more(task: RatingTask) -> None:
    some, more = task.take(3), task.take(6)
    assert len(some.cases) == 15 and len({c.user for c in some.cases}) == 3
    assert {c.user for c in some.cases} < {c.user for c in more.cases}
    assert task.take(None).cases == task.cases
    stars = {(c.user, c.truth): s for c, s in zip(task.cases, task.stars, strict=True)}
    assert [stars[c.user, c.truth] for c in some.cases] == some.stars.tolist()


def test_the_latest_five_are_asked_and_train_nothing(task: RatingTask) -> None:
    assert len(task.cases) == 5 * PEOPLE
    assert len(task.train) == PEOPLE * (EACH - 5)
    known, all_of = task.cases[0], events()
    assert known.history == tuple(all_of.item_ids[i] for i in all_of.items[: EACH - 5])
    assert known.stars == tuple(all_of.ratings[: EACH - 5].tolist())  # type: ignore[index]
    assert [c.truth for c in task.cases[:5]] == [
        all_of.item_ids[i] for i in all_of.items[EACH - 5 : EACH]
    ]
    assert task.stars[:5].tolist() == all_of.ratings[EACH - 5 : EACH].tolist()  # type: ignore[index]


def test_fewer_are_part_of_more_with_their_own_stars(task: RatingTask) -> None:
    by_question = {(c.user, c.truth): s for c, s in zip(task.cases, task.stars, strict=True)}
    few = task.take(7)
    assert [by_question[c.user, c.truth] for c in few.cases] == few.stars.tolist()


def test_data_without_stars_is_refused() -> None:
    with pytest.raises(BadInput, match="no stars to predict: try --data ml-100k"):
        open_ratings("films")


def test_means_know_something_and_the_truth_knows_all(task: RatingTask) -> None:
    truth = task.stars[:, None]
    silent = np.full_like(truth, np.nan)
    found = {"truth": truth, "backwards": -truth, "silent": silent}
    rows = {r.name: r for r in rating_rows(task, rating_baselines(task), found)}
    assert rows[BASE].metrics["rmse"] < rows["mean"].metrics["rmse"]
    assert rows["user-mean"].metrics["order"] == 0.5, "one number for all of a person's"
    assert rows["truth"].metrics == {"rmse": 0.0, "mae": 0.0, "order": 1.0}
    assert rows["backwards"].metrics["order"] == 0.0
    assert rows["truth"].gains["rmse"][1][1] < 0 < rows["truth"].gains["order"][1][0]
    assert rows["silent"].unread == 1.0
    assert rows["silent"].metrics["rmse"] == rows["mean"].metrics["rmse"]
    low, high = rows[BASE].intervals["rmse"]
    assert low < rows[BASE].metrics["rmse"] < high


def test_metrics_are_those_of_all_rows(task: RatingTask) -> None:
    said = np.random.default_rng(1).uniform(1, 5, len(task.cases))
    row = rating_rows(task, rating_baselines(task), {"said": said[:, None]})[-1]
    assert row.metrics["rmse"] == pytest.approx(np.sqrt(np.mean((said - task.stars) ** 2)))
    assert row.metrics["mae"] == pytest.approx(np.mean(np.abs(said - task.stars)))


@given(st.lists(st.floats(-19, 0), min_size=5, max_size=5))
def test_stars_are_read_as_their_mean(scores: list[float]) -> None:
    reading = channel_named("stars").read(scores, Shown(("x",), ("X",)))
    odds = np.exp(scores)
    assert reading.scores["x"] == pytest.approx(odds @ np.arange(1, 6) / odds.sum())


def test_stars_of_which_none_is_told_are_unread() -> None:
    reading = channel_named("stars").read([MISSING] * 5, Shown(("x",), ("X",)))
    assert not reading.scores
    assert reading.errors == {"unparsable": 1}


class Critic(Fan):
    """Gives every film four stars."""

    def score_options(
        self, messages: Messages, options: object, *, usage: Usage | None = None
    ) -> list[float]:
        self._hear(messages, usage)
        assert options == ("1", "2", "3", "4", "5")
        return [-9.0, -9.0, -9.0, 0.0, -9.0]


def test_the_command_reports_ratings(
    task: RatingTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    critic = Critic()
    monkeypatch.setattr(lab, "asking_of", lambda wanted: Asking(critic))
    out = tmp_path / "out"
    asked = ["--task", "ratings", "--data", "films", "--users", "0", "--out", str(out)]
    answer = CliRunner().invoke(build(), ["evaluate", "prompts", *asked])
    assert answer.exception is None, answer.output
    record = json.loads((out / "stars" / "record.json").read_text())
    assert record["metrics"]["means"]["mae"] == pytest.approx(
        np.abs(4 - task.stars).mean(), abs=0.01
    )
    assert {"mean", "user-mean", "item-mean", "item-knn", "stars_with_means"} <= {
        p.name for p in out.iterdir()
    }
    assert "40 rows of 8 people" in (out / "report.md").read_text()
    said = "".join(critic.seen)
    assert f"- {task.catalog[task.cases[0].history[0]].label}: {task.cases[0].stars[0]:g}" in said
    assert "On average I give" in said
