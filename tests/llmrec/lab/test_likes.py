"""TALLRec's files and like prediction: whose rows they are, and what counting already knows."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from classic.errors import BadInput
from classic.metrics import auc
from llmrec.cli.main import build
from llmrec.lab import evaluate as lab
from llmrec.lab.asking import Asking
from llmrec.lab.likes import LikeTask, like_baselines, like_rows
from llmrec.lab.tallrec import open_likes, read_rows, tallrec_task
from tests.llmrec.lab.fake import Fan


def listed(titles: list[str]) -> str:
    return ", ".join(f'"{title}"' for title in titles)


def rows_of(n_people: int = 4, n: int = 12, seed: int = 0) -> list[dict[str, str]]:
    """People whose windows of ten titles move on by one; each likes a share of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(n_people):
        titles = [f"Film {person} {k}, The ({1950 + k})" for k in range(n + 10)]
        liked = rng.random(len(titles)) < (person + 1) / (n_people + 1)
        for at in range(n):
            window = range(at, at + 10)
            rows.append(
                {
                    "instruction": "",
                    "input": f"User Preference: {listed([titles[k] for k in window if liked[k]])}\n"
                    f"User Unpreference: {listed([titles[k] for k in window if not liked[k]])}\n"
                    f'Whether the user will like the target movie "{titles[at + 10]}"?',
                    "output": "Yes." if liked[at + 10] else "No.",
                }
            )
    return rows


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LikeTask:
    folder = tmp_path / "data" / "tallrec" / "movie"
    folder.mkdir(parents=True)
    for part, seed in (("test", 0), ("train", 1)):
        (folder / f"{part}.json").write_text(json.dumps(rows_of(seed=seed)))
    monkeypatch.setenv("LLMREC_DATA", str(tmp_path / "data"))
    return open_likes("tallrec-movie")


def test_people_are_told_apart_by_their_windows(task: LikeTask) -> None:
    assert np.bincount(task.people).tolist() == [12] * 4
    first = task.cases[0]
    assert len(first.history) + len(first.disliked) == 10
    assert task.catalog[first.truth].label == "The Film 0 10 (1960)"
    assert first.candidates == (first.truth,)


def test_titles_with_quotes_commas_and_authors(tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    row = {
        "input": 'User Preference: "Paris, Texas (1984)", "He Said "Go" Twice"\n'
        'User Unpreference: \nWhether the user will like the target movie "Heat"?',
        "output": "No.",
    }
    book = {
        "input": 'User Preference: "Sula" written by Toni Morrison\nUser Unpreference: "It" '
        'written by S. King\nWhether the user will like the target book ""Pigs" written by B. K"?',
        "output": "Yes.",
    }
    path.write_text(json.dumps([row, book]))
    film, read = read_rows(path, "test")
    assert film.liked == ("Paris, Texas (1984)", 'He Said "Go" Twice')
    assert (film.disliked, film.target, film.label) == ((), "Heat", False)
    assert read.liked == ('"Sula" written by Toni Morrison',)
    assert (read.target, read.label) == ('"Pigs" written by B. K', True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "list of instructions"),
        ('[{"input": "hello", "output": "Yes."}]', "row 0 is no question"),
        ('[{"output": "Yes."}]', "list of instructions"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "test.json").write_text(text)
    with pytest.raises(BadInput, match=said):
        read_rows(tmp_path / "test.json", "test")


def test_a_missing_file_says_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmrec.lab.tallrec.find_folder", lambda *_: None)
    with pytest.raises(BadInput, match=r"tallrec/book/test\.json is not here"):
        tallrec_task("book")


def test_counting_tells_people_apart_and_titles_not(task: LikeTask) -> None:
    rows = {row.name: row for row in like_rows(task, like_baselines(task), {})}
    assert rows["user-mean"].metrics["auc"] > 0.65
    low, high = rows["user-mean"].intervals["auc"]
    assert low < rows["user-mean"].metrics["auc"] < high


def test_who_knows_beats_counting_within_people_too(task: LikeTask) -> None:
    knows = task.labels.astype(np.float64)[:, None]
    silent = np.full_like(knows, np.nan)
    rows = {
        r.name: r for r in like_rows(task, like_baselines(task), {"knows": knows, "silent": silent})
    }
    assert rows["knows"].metrics["uauc"] == 1.0
    assert rows["knows"].gains["uauc"][1][0] > 0
    assert (rows["silent"].unread, rows["silent"].metrics["auc"]) == (1.0, 0.5)


def test_the_command_reports_likes(
    task: LikeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    liked = [task.catalog[c.truth].label for c, y in zip(task.cases, task.labels, strict=True) if y]
    fan = Fan(liked)
    monkeypatch.setattr(lab, "asking_of", lambda wanted: Asking(fan))
    out = tmp_path / "out"
    given = ["--task", "likes", "--data", "tallrec-movie", "--users", "0", "--out", str(out)]
    answer = CliRunner().invoke(build(), ["evaluate", "prompts", *given])
    assert answer.exception is None, answer.output
    record = json.loads((out / "likes_opinions" / "record.json").read_text())
    assert record["metrics"]["means"]["uauc"] == 1.0
    assert {"user-mean", "item-mean", "likes_none"} <= {p.name for p in out.iterdir()}
    assert "48 rows of 4 people" in (out / "report.md").read_text()
    assert "I did not like: The Film" in "".join(fan.seen)


@pytest.mark.data
def test_counting_scores_what_tallrec_was_published_with(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AUC 0.726 by counting the liked among those shown; 0.672 to 0.720 are published."""
    monkeypatch.setenv("LLMREC_DATA", str(real_data))
    task = open_likes("tallrec-movie")
    assert len(set(task.people.tolist())) == 16
    liked = np.array([len(case.history) for case in task.cases])
    share = liked / (liked + [len(case.disliked) for case in task.cases])
    assert auc(share, task.labels) == pytest.approx(0.726, abs=5e-4)
    rows = {r.name: r for r in like_rows(task, like_baselines(task), {})}
    assert rows["user-mean"].metrics["auc"] == pytest.approx(0.726, abs=2e-3)
    assert rows["user-mean"].metrics["uauc"] == pytest.approx(0.541, abs=2e-3)
