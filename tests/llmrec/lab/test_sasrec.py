"""SASRec as a row of the lab: trained when it is asked for, kept, and on training data alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classic.models import MODELS
from classic.train.loop import silent
from llmrec.lab import evaluate as lab
from llmrec.lab.asking import Asking
from llmrec.lab.evaluate import Wanted, evaluate
from llmrec.lab.sasrec import SASREC, sasrec_scores
from tests.llmrec.lab.fake import Fan
from tests.llmrec.lab.made_up import made_up_task

TASK = made_up_task(30)


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A net of a moment's training."""
    whole = MODELS[SASREC]
    training = replace(whole.config.training, epochs=3, look_every=1)
    brief = replace(whole.config, dimensions=8, blocks=1, length=10, training=training)
    monkeypatch.setitem(MODELS, SASREC, replace(whole, config=brief))


def test_it_is_kept_and_not_trained_again(tmp_path: Path) -> None:
    said: list[str] = []
    first = sasrec_scores(TASK, tmp_path, said.append)
    assert first.shape == (30, 20) and np.isfinite(first).all()
    assert any("epoch 1" in line for line in said)
    said.clear()
    assert np.array_equal(sasrec_scores(TASK, tmp_path, said.append), first)
    assert said == []


def test_fewer_people_are_asked_of_the_same_net(tmp_path: Path) -> None:
    whole, few = sasrec_scores(TASK, tmp_path, silent), TASK.select([4, 2])
    assert np.allclose(sasrec_scores(few, tmp_path, silent), whole[[4, 2]], atol=1e-5)
    assert len(list(tmp_path.iterdir())) == 1


def test_other_training_data_or_another_seed_is_another_net(tmp_path: Path) -> None:
    for task in (TASK, replace(TASK, seed=1), made_up_task(29)):
        sasrec_scores(task, tmp_path, silent)
    assert len(list(tmp_path.iterdir())) == 3


def test_the_truth_is_not_learned_from(tmp_path: Path) -> None:
    """Another truth changes what is asked, not what answers."""
    others = tuple(
        replace(case, truth=next(i for i in case.candidates if i != case.truth))
        for case in TASK.cases
    )
    scores = sasrec_scores(TASK, tmp_path / "a", silent)
    turned = sasrec_scores(replace(TASK, cases=others), tmp_path / "b", silent)
    assert np.array_equal(scores, turned)


def test_it_is_a_row_beside_those_that_are_named_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMREC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(lab, "task_of", lambda wanted: TASK)
    monkeypatch.setattr(lab, "asking_of", lambda wanted: Asking(Fan(), 1, wanted.room))
    named = Wanted(tmp_path, strategies=["zero_shot"], baselines=["popularity", SASREC])
    told = evaluate(named, silent)
    assert {line.split()[0] for line in told} == {"zero_shot", "popularity", SASREC}
    assert (tmp_path / SASREC / "record.json").is_file()
