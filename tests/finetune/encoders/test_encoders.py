"""Sentence encoders are tuned by what people took next, and rank what they read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from classic.configure import configured
from classic.data.histories import Histories
from classic.errors import BadInput
from classic.retrieve.text_encoder import encoder_available
from finetune.encoders.evaluate import found_among_all
from finetune.encoders.job import EncoderConfig
from finetune.encoders.pairs import Moments
from finetune.job_file import read_job
from finetune.jobs import KEYS
from llmrec.cli.main import build
from llmrec.encoders.bi_encoder import BiEncoder, open_encoder
from llmrec.encoders.cross_encoder import CrossEncoder, open_cross
from llmrec.encoders.texts import item_text, person_text
from llmrec.lab.baselines import folded_in
from llmrec.lab.task import RankingTask
from tests.llmrec.lab.made_up import made_up_task

CONFIGS = Path(__file__).parents[3] / "finetune" / "configs"
needs_the_encoder = pytest.mark.skipif(
    not encoder_available(), reason="the embedded sentence encoder is not installed"
)


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> RankingTask:
    made = made_up_task(n_people=6, n_candidates=5)
    monkeypatch.setattr("finetune.encoders.job.open_task", lambda data: made)
    return made


def test_people_and_items_are_told_in_words(task: RankingTask) -> None:
    assert person_text([f"Film {n}" for n in range(20)]) == "; ".join(
        f"Film {n}" for n in range(10, 20)
    )
    heat = task.catalog["heat-1995"]
    assert item_text(heat).startswith("Heat (1995). ") and "Crime" in item_text(heat)


def test_moments_are_within_what_people_did(task: RankingTask) -> None:
    moments = Moments(task.train, task.catalog)
    batches = list(moments.epoch(torch.Generator().manual_seed(1), 4))
    assert sorted(p for batch in batches for p, _ in batch) == list(range(6))
    for person, moment in (pair for batch in batches for pair in batch):
        items = moments.people[person].tolist()
        at = items.index(moment.item)
        assert at >= 3 and moment.person == person_text([moments.labels[i] for i in items[:at]])
        others = moments.others(person, 5, np.random.default_rng(0))
        assert not set(others) & set(items) and len(others) == 5
    again = list(moments.epoch(torch.Generator().manual_seed(1), 4))
    assert again == batches


class Words:
    """An encoder of letters: what shares letters is near."""

    def encode(self, texts: list[str], **_: Any) -> np.ndarray:
        counts = np.array([[t.lower().count(chr(97 + n)) for n in range(26)] for t in texts])
        return counts / np.linalg.norm(counts, axis=1, keepdims=True).clip(1e-9)


def test_a_bi_encoder_ranks_by_how_near_the_texts_are(task: RankingTask) -> None:
    model = BiEncoder.of(task.catalog, Words())
    rows = task.catalog.rows(("heat-1995", "alien-1979"))
    people = Histories(rows, np.array([0, 2, 2]), np.array([1.0, -1.0]), len(task.catalog))
    scores = model.fold_in_rows(people)
    wanted = Words().encode([person_text(["Heat (1995)"])]) @ model.vectors.T
    assert np.allclose(scores[0], wanted[0], atol=1e-6) and not scores[1].any()
    assert model.recommend_rows(people, 5).shape == (2, 5)
    found = found_among_all(model, task)
    assert set(found) == {"recall@10/full", "recall@100/full"}
    assert (found["recall@100/full"] >= found["recall@10/full"]).all()


def write_job(folder: Path, **settings: object) -> Path:
    training = {"epochs": 1, "half_precision": False, "learning_rate": 1e-4}
    told = {"batch_size": 8, "training": training} | settings
    file = folder / "job.yaml"
    file.write_text(json.dumps({"out": str(folder / "made"), "settings": told}))
    return file


@needs_the_encoder
def test_a_retriever_is_tuned_in_the_shell_and_can_be_opened(
    task: RankingTask, tmp_path: Path
) -> None:
    file = write_job(tmp_path)
    done = CliRunner().invoke(build(), ["finetune", "retriever", "--config", str(file)])
    assert done.exit_code == 0, done.output
    tuned, plain = open_encoder(tmp_path / "made"), open_encoder(None)
    texts = ["Heat (1995)", "Alien (1979)"]
    assert not np.allclose(tuned.encode(texts), plain.encode(texts), atol=1e-4)
    scores = folded_in(task, BiEncoder.of(task.catalog, tuned))
    assert scores.shape == (6, 5) and np.isfinite(scores).all()
    about = json.loads((tmp_path / "made" / "about.json").read_text())
    assert about["epochs"] == 1 and "terms" in about
    assert not list(tmp_path.glob("*.progress"))  # the next run is one of its own


@needs_the_encoder
def test_a_reranker_is_tuned_in_the_shell_and_can_be_opened(
    task: RankingTask, tmp_path: Path
) -> None:
    file = write_job(tmp_path, negatives=3)
    done = CliRunner().invoke(build(), ["finetune", "reranker", "--config", str(file)])
    assert done.exit_code == 0, done.output
    cross = CrossEncoder(task.catalog, open_cross(tmp_path / "made"))
    case = task.cases[0]
    scores = cross.scores(case.history, case.candidates)
    assert scores.shape == (5,) and len(set(scores.round(6))) > 1
    turned = cross.scores(case.history, case.candidates[::-1])
    assert np.allclose(turned[::-1], scores, atol=1e-4)


@pytest.mark.parametrize("file", ["retriever-1m.yaml", "reranker-1m.yaml"])
def test_the_files_that_ship_say_what_the_jobs_know(file: str) -> None:
    told = read_job(CONFIGS / file, KEYS, needed=("out",))
    assert configured(EncoderConfig(), told["settings"]).training.minutes == 30


def test_bad_input_is_said_in_a_line(task: RankingTask, tmp_path: Path) -> None:
    for opened in (open_encoder, open_cross):
        with pytest.raises(BadInput, match="llmrec finetune"):
            opened(tmp_path / "nothing")
    file = write_job(tmp_path, negatives=0)
    done = CliRunner().invoke(build(), ["finetune", "reranker", "--config", str(file)])
    assert isinstance(done.exception, BadInput) and "negatives" in str(done.exception)
