"""Choosing is learned by the prompts of the lab, from nobody's truth, and an adapter that learned
it is better when the lab asks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from classic.configure import configured
from classic.data.datasets import load
from classic.errors import BadInput
from finetune.choices.asked import asked
from finetune.choices.cases import cases_of, latest_apart
from finetune.choices.job import (
    LIKES,
    NEXT,
    RANKING,
    RATINGS,
    ChoicesConfig,
    examples_of,
    strategy_for,
)
from finetune.choices.rerank import weights_beside
from finetune.job_file import read_job
from finetune.jobs import KEYS
from finetune.tuning.adapters import AdapterConfig, adapted
from finetune.tuning.tune import TuneConfig, tune
from llmrec.cli.main import build
from llmrec.lab import ratings
from llmrec.lab.likes import LikeTask
from llmrec.lab.ratings import RatingTask, open_ratings
from llmrec.lab.tallrec import open_likes, tallrec_task
from llmrec.lab.task import RankingTask
from llmrec.llm.transformers_model import TransformersModel
from tests.llmrec.lab.made_up import made_up_task
from tests.llmrec.lab.test_likes import rows_of
from tests.llmrec.lab.test_ratings import events
from tests.llmrec.lab.tiny import tiny_model

CONFIGS = Path(__file__).parents[3] / "finetune" / "configs"


@pytest.fixture
def likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LikeTask:
    folder = tmp_path / "data" / "tallrec" / "movie"
    folder.mkdir(parents=True)
    for part, seed in (("test", 0), ("train", 1), ("valid", 2)):
        (folder / f"{part}.json").write_text(json.dumps(rows_of(seed=seed)))
    monkeypatch.setenv("LLMREC_DATA", str(tmp_path / "data"))
    return open_likes("tallrec-movie")


@pytest.fixture
def ranking(monkeypatch: pytest.MonkeyPatch) -> RankingTask:
    task = made_up_task(n_people=40, n_candidates=5)
    monkeypatch.setattr("finetune.choices.cases.open_task", lambda data: task)
    return task


def test_a_like_is_answered_by_the_option_that_is_scored(likes: LikeTask, tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    cases = cases_of("likes", "tallrec-movie", 9, 4, seed=0)
    examples = examples_of(model.tokenizer, strategy_for("likes", LIKES.strategy), cases.task)
    assert isinstance(cases.task, LikeTask) and len(cases.apart.cases) == 4
    words = [model.tokenizer.decode(one.answer) for one in examples]
    assert words == ["Y" if label else "N" for label in cases.task.labels]
    whole = model.tokenizer.decode(examples[0].prompt)
    assert cases.task.catalog[cases.task.cases[0].truth].label in whole
    assert whole.endswith("<assistant>")


def test_rows_are_drawn_by_the_seed_from_people_who_are_not_asked(likes: LikeTask) -> None:
    first, again, other = (cases_of("likes", "tallrec-movie", 9, 4, seed=s) for s in (1, 1, 2))
    assert first.task.cases == again.task.cases != other.task.cases
    whole = cases_of("likes", "tallrec-movie", 0, 4, seed=0)
    assert len(whole.task.cases) == len(tallrec_task("movie", "train").cases)
    assert not {c.user for c in whole.task.cases} & {c.user for c in likes.cases}


def test_what_is_learned_of_rankings_is_within_what_trains(ranking: RankingTask) -> None:
    cases = cases_of("ranking", "films", 100, 30, seed=0)
    met: dict[str, list[str]] = {}
    for user, item, *_ in zip(ranking.train.users, ranking.train.items, strict=True):
        name = ranking.train.user_ids[user]
        met.setdefault(name, []).append(ranking.train.item_ids[item])
    for case in (*cases.task.cases, *cases.apart.cases):
        own = met[case.user.split()[0]]
        assert [*case.history, case.truth] == own[: len(case.history) + 1]
        assert len(case.history) >= 5 and case.truth in case.candidates
        assert len(set(case.candidates)) == 5
        assert not (set(case.candidates) - {case.truth}) & set(own)
    learn, apart = ({c.user.split()[0] for c in t.cases} for t in (cases.task, cases.apart))
    assert not learn & apart and len(cases.task.cases) == 100 and len(cases.apart.cases) == 30


@pytest.fixture
def rated(monkeypatch: pytest.MonkeyPatch) -> RatingTask:
    monkeypatch.setattr(ratings, "load", lambda data: replace(load("films"), interactions=events()))
    return open_ratings("films")


def test_what_is_learned_of_ratings_is_within_what_trains(
    rated: RatingTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune.choices.cases._APART", 4)
    cases = cases_of("ratings", "films", 30, 6, seed=0)
    given = {
        (rated.train.user_ids[u], rated.train.item_ids[i]): float(r)
        for u, i, r in zip(rated.train.users, rated.train.items, rated.train.ratings, strict=True)  # type: ignore[arg-type]
    }
    for part in (cases.task, cases.apart):
        assert isinstance(part, RatingTask)
        left = {
            (part.train.user_ids[u], part.train.item_ids[i])
            for u, i in zip(part.train.users, part.train.items, strict=True)
        }
        for case, stars in zip(part.cases, part.stars, strict=True):
            assert given[case.user, case.truth] == stars
            assert [given[case.user, i] for i in case.history] == list(case.stars)
            assert (case.user, case.truth) not in left, "a mean that is told holds the answer"
    learn, apart = ({c.user for c in t.cases} for t in (cases.task, cases.apart))
    assert not learn & apart and len(cases.task.cases) == 30 and len(cases.apart.cases) == 6


@pytest.mark.parametrize(
    ("stars", "answer"), [(0.5, "1"), (1, "1"), (3.5, "4"), (4, "4"), (5, "5")]
)
def test_stars_are_answered_by_the_nearest_whole_one(
    rated: RatingTask, tmp_path: Path, stars: float, answer: str
) -> None:
    model = tiny_model(tmp_path)
    one = replace(rated.select([0]), stars=np.array([stars]))
    [example] = examples_of(model.tokenizer, strategy_for("ratings", "stars"), one)
    assert model.tokenizer.decode(example.answer) == answer


def test_a_letter_is_that_of_the_truth(ranking: RankingTask, tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    cases = cases_of("ranking", "films", 20, 1, seed=0).task
    examples = examples_of(model.tokenizer, strategy_for("ranking", "zero_shot"), cases)
    for one, case in zip(examples, cases.cases, strict=True):
        letter = model.tokenizer.decode(one.answer)
        assert f"{letter}: {cases.catalog[case.truth].label}" in model.tokenizer.decode(one.prompt)


def test_a_title_is_learned_whole_with_its_end(ranking: RankingTask, tmp_path: Path) -> None:
    """Of the very cases that rankings are learned from; the prompt does not tell it."""
    model = tiny_model(tmp_path)
    cases = cases_of("next", "films", 20, 1, seed=0).task
    assert cases.cases == cases_of("ranking", "films", 20, 1, seed=0).task.cases
    examples = examples_of(model.tokenizer, strategy_for("next", NEXT.strategy), cases)
    for one, case in zip(examples, cases.cases, strict=True):
        title = cases.catalog[case.truth].label
        assert one.answer[-1] == model.tokenizer.eos_token_id
        assert model.tokenizer.decode(one.answer[:-1]) == title
        asked_by = model.tokenizer.decode(one.prompt)
        assert title not in asked_by and asked_by.endswith("Title:\n<assistant>")


def test_titles_that_came_later_are_learned_in_their_order(
    ranking: RankingTask, tmp_path: Path
) -> None:
    """Of what trains alone: nobody's truth in the lab is among them."""
    model = tiny_model(tmp_path)
    cases = cases_of("next", "films", 20, 1, seed=0).task
    strategy, words = strategy_for("next", NEXT.strategy), model.tokenizer
    examples = examples_of(words, strategy, cases, titles=3)
    asked_about = {case.user: case.truth for case in ranking.cases}
    train, lengths = ranking.train, set()
    taken = {u: train.items[rows] for u, rows in zip(train.user_ids, train.by_user(), strict=True)}
    for one, case in zip(examples, cases.cases, strict=True):
        titles = words.decode(one.answer).split(words.eos_token)
        user = case.user.split()[0]
        known = [train.item_ids[i] for i in taken[user][len(case.history) :][:3]]
        assert titles == [*(cases.catalog[i].label for i in known), ""]
        assert asked_about.get(user) not in known
        lengths.add(len(known))
    assert 3 in lengths


def test_a_title_that_was_learned_is_scored_higher(ranking: RankingTask, tmp_path: Path) -> None:
    """What the job makes likelier is what the lab scores."""
    model, few = tiny_model(tmp_path), replace(ranking, cases=ranking.cases[:6])
    strategy = strategy_for("next", NEXT.strategy)
    places = (np.arange(6), few.places())
    before = asked(model, few, strategy, tmp_path / "before.jsonl")[places]
    examples = examples_of(model.tokenizer, strategy, few)
    config = TuneConfig(epochs=6, batch_tokens=4096, learning_rate=1e-2, half_precision=False)
    tuned = adapted(model.model, AdapterConfig(kind="full"))
    tune(tuned, examples, config, None, lambda said: None)
    whole = TransformersModel.around(tuned, model.tokenizer, "tuned")
    after = asked(whole, few, strategy, tmp_path / "after.jsonl")[places]
    assert (after > before).all()


def test_who_weighs_a_tool_trained_nothing_and_is_asked_what_it_does_not_know(
    ranking: RankingTask,
) -> None:
    weighing = latest_apart(ranking, 100, seed=0)
    learn = cases_of("ranking", "films", 50, 5, seed=0).task
    assert not {c.user for c in weighing.cases} & {c.user.split()[0] for c in learn.cases}
    assert len(weighing.train) == len(ranking.train) - len(weighing.cases)
    for case in weighing.cases:
        user = weighing.train.user_ids.index(case.user)
        rows = weighing.train.by_user()[user]
        items = [weighing.train.item_ids[i] for i in weighing.train.items[rows]]
        assert items == list(case.history) and case.truth in case.candidates


def test_the_letters_count_as_much_as_they_know(ranking: RankingTask) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(len(ranking.cases), ranking.n_candidates))
    right = rng.normal(size=noise.shape)
    right[np.arange(len(right)), ranking.places()] += 1.5
    tool, letters = weights_beside(noise, right, ranking)
    assert letters > 3 * abs(tool) > 0


def test_what_was_learned_is_what_the_lab_hears(likes: LikeTask, tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    strategy = strategy_for("likes", LIKES.strategy)
    before = asked(model, likes, strategy, tmp_path / "before.jsonl")[:, 0]
    examples = examples_of(model.tokenizer, strategy, likes)
    config = TuneConfig(epochs=8, batch_tokens=4096, learning_rate=1e-2, half_precision=False)
    tuned = adapted(model.model, AdapterConfig(kind="full"))
    tune(tuned, examples, config, None, lambda said: None)
    whole = TransformersModel.around(tuned, model.tokenizer, "tuned")
    after = asked(whole, likes, strategy, tmp_path / "after.jsonl")[:, 0]

    def loss(logits: np.ndarray) -> float:
        return float(np.logaddexp(0, np.where(likes.labels, -logits, logits)).mean())

    assert loss(after) < loss(before)


def write_job(folder: Path, model: TransformersModel, job: str, **settings: object) -> Path:
    told = {
        "model": str(model.model.name_or_path),
        "rows": 12,
        "apart": 6,
        "adapter": {"rank": 2, "alpha": 4},
        "training": {"epochs": 2, "batch_tokens": 8192, "half_precision": False, "patience": 1},
    }
    file = folder / f"{job}.yaml"
    file.write_text(json.dumps({"out": str(folder / job), "settings": told | settings}))
    return file


def test_an_adapter_made_in_the_shell_is_asked_in_the_lab(likes: LikeTask, tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    file, board = write_job(tmp_path, model, "likes"), tmp_path / "board"
    shell = CliRunner()
    done = shell.invoke(
        build(), ["finetune", "likes", "--config", str(file), "--tensorboard", str(board)]
    )
    assert done.exit_code == 0, done.output
    assert "rows apart: loss" in done.output and list(board.glob("events*"))
    about = json.loads((tmp_path / "likes" / "about.json").read_text())
    assert about["rows"] == 12 and "tallrec-movie" in about["terms"]
    lab = ["evaluate", "prompts", "--task", "likes", "--data", "tallrec-movie", "--users", "6"]
    lab += ["--strategies", "likes_opinions", "--out", str(tmp_path / "lab")]
    lab += ["--model", str(model.model.name_or_path), "--adapter", str(tmp_path / "likes")]
    done = shell.invoke(build(), lab)
    assert done.exit_code == 0, done.output
    assert "tiny+likes-" in (tmp_path / "lab" / "report.md").read_text()


def test_a_ranking_is_tuned_in_the_shell(ranking: RankingTask, tmp_path: Path) -> None:
    file = write_job(tmp_path, tiny_model(tmp_path), "ranking", data="films")
    done = CliRunner().invoke(build(), ["finetune", "ranking", "--config", str(file)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "ranking" / "adapter_model.safetensors").is_file()


def test_titles_are_tuned_in_the_shell_and_asked_in_the_lab(
    ranking: RankingTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, shell = tiny_model(tmp_path), CliRunner()
    file = write_job(tmp_path, model, "next", data="films", strategy="title_scores")
    done = shell.invoke(build(), ["finetune", "next", "--config", str(file)])
    assert done.exit_code == 0, done.output
    assert "rows apart: loss" in done.output and "titles written 0." in done.output
    monkeypatch.setattr("llmrec.lab.evaluate.task_of", lambda wanted: ranking.take(wanted.users))
    lab = ["evaluate", "prompts", "--users", "3", "--out", str(tmp_path / "lab")]
    lab += ["--strategies", "title_scores,title_beam,written_title"]
    lab += ["--model", str(model.model.name_or_path), "--adapter", str(tmp_path / "next")]
    bill = shell.invoke(build(), [*lab, "--dry-run"])
    assert bill.exit_code == 0 and "=== title_beam (beam, single)" in bill.output
    done = shell.invoke(build(), lab)
    assert done.exit_code == 0, done.output
    assert "tiny+next-" in (tmp_path / "lab" / "report.md").read_text()


def test_ratings_are_tuned_in_the_shell(
    rated: RatingTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune.choices.cases._APART", 4)
    file = write_job(tmp_path, tiny_model(tmp_path), "ratings", data="films", strategy="stars")
    done = CliRunner().invoke(build(), ["finetune", "ratings", "--config", str(file)])
    assert done.exit_code == 0, done.output
    assert "rows apart: loss" in done.output


def test_its_mistakes_are_learned_from_in_the_shell(ranking: RankingTask, tmp_path: Path) -> None:
    model, shell = tiny_model(tmp_path), CliRunner()
    first = write_job(tmp_path, model, "ranking", data="films")
    assert shell.invoke(build(), ["finetune", "ranking", "--config", str(first)]).exit_code == 0
    adapter = {"start": str(tmp_path / "ranking")}
    second = write_job(tmp_path, model, "ranking", data="films", rejected=2, adapter=adapter)
    out = tmp_path / "preferring"
    done = shell.invoke(
        build(), ["finetune", "ranking", "--config", str(second), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    about = json.loads((out / "about.json").read_text())
    assert 0 < about["mistakes"] <= about["rows"] == 12
    assert about["config"]["rejected"] == 2 and about["config"]["adapter"]["start"] == "ranking"


def test_many_tasks_are_told_in_many_ways_and_judged_by_others(
    likes: LikeTask, ranking: RankingTask, tmp_path: Path
) -> None:
    model = tiny_model(tmp_path)
    parts = [
        {"job": "ranking", "data": "films", "strategies": ["zero_shot", "role"], "rows": 9}
        | {"unseen": ["recency"]},
        {"job": "likes", "data": "tallrec-movie", "strategies": ["likes_opinions"], "rows": 6}
        | {"unseen": ["likes_liked_only"]},
    ]
    told = {
        "model": str(model.model.name_or_path),
        "parts": parts,
        "apart": 4,
        "adapter": {"rank": 2, "alpha": 4},
        "training": {"epochs": 1, "batch_tokens": 8192, "half_precision": False},
    }
    file = tmp_path / "instructions.yaml"
    file.write_text(json.dumps({"out": str(tmp_path / "made"), "settings": told}))
    shell = CliRunner()
    done = shell.invoke(build(), ["finetune", "instructions", "--config", str(file)])
    assert done.exit_code == 0, done.output
    about = json.loads((tmp_path / "made" / "about.json").read_text())
    assert about["rows"] == 15 and set(about["by_strategy"]["seen"]) == {
        *("zero_shot", "role", "likes_opinions")
    }
    assert set(about["by_strategy"]["unseen"]) == {"recency", "likes_liked_only"}
    parts[0]["unseen"] = ["role"]
    file.write_text(json.dumps({"out": str(tmp_path / "made"), "settings": told}))
    done = shell.invoke(build(), ["finetune", "instructions", "--config", str(file)])
    assert isinstance(done.exception, BadInput) and "'role'" in str(done.exception)


@pytest.mark.parametrize(
    ("job", "settings", "why"),
    [
        ("likes", {"strategy": "zero_shot"}, "answered by letters"),
        ("ranking", {"strategy": "nothing"}, "no strategy"),
        ("ranking", {"strategy": "step_back"}, "has texts written first"),
        ("next", {"strategy": "zero_shot"}, "the job next is learned by titles"),
        ("next", {"strategy": "title_scores", "rejected": 2}, "whole titles, not options"),
        ("likes", {"data": "ml-1m"}, "no likes to learn from"),
        ("likes", {"rows": -3}, "below 0"),
    ],
)
def test_bad_input_is_said_in_a_line(
    job: str, settings: dict[str, object], why: str, likes: LikeTask, tmp_path: Path
) -> None:
    file = write_job(tmp_path, tiny_model(tmp_path), job, **settings)
    done = CliRunner().invoke(build(), ["finetune", job, "--config", str(file)])
    assert isinstance(done.exception, BadInput)
    assert why in str(done.exception) and "\n" not in str(done.exception)


def test_an_adapter_of_another_model_is_refused(likes: LikeTask, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "about.json").write_text(json.dumps({"base": "another"}))
    lab = ["evaluate", "prompts", "--task", "likes", "--data", "tallrec-movie"]
    model = str(tiny_model(tmp_path).model.name_or_path)
    lab += ["--out", str(tmp_path / "lab"), "--adapter", str(folder), "--model", model]
    done = CliRunner().invoke(build(), lab)
    assert isinstance(done.exception, BadInput) and "made for another" in str(done.exception)


@pytest.mark.parametrize(
    ("file", "default"),
    [
        ("likes-movie", LIKES),
        ("ratings-100k", RATINGS),
        ("ranking-1m", RANKING),
        ("next-1m", NEXT),
    ],
)
def test_the_files_that_ship_say_what_the_jobs_know(file: str, default: ChoicesConfig) -> None:
    job, told = file.split("-")[0], read_job(CONFIGS / f"{file}.yaml", KEYS, needed=("out",))
    config: ChoicesConfig = configured(default, told["settings"])
    assert strategy_for(job, config.strategy)
