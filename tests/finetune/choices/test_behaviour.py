"""Behaviour beside words, in the shell: tuned for both jobs, asked by the lab, and controlled."""

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from typer.testing import CliRunner, Result

from classic.configure import configured
from classic.errors import BadInput
from finetune.choices.job import LIKES, RANKING, ChoicesConfig, strategy_for
from finetune.job_file import read_job
from finetune.jobs import KEYS
from finetune.tuning.behaviour import BehaviourConfig
from llmrec.cli.main import build
from llmrec.lab import evaluate as lab
from llmrec.llm.transformers_model import TransformersModel
from tests.finetune.choices.test_choices import CONFIGS, write_job
from tests.llmrec.behaviour.tiny import tiny_encoder
from tests.llmrec.lab.made_up import made_up_task
from tests.llmrec.lab.tiny import tiny_model

TASK = made_up_task(n_people=40, n_candidates=5)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TransformersModel:
    monkeypatch.setattr("finetune.choices.cases.open_task", lambda data: TASK)
    monkeypatch.setattr(lab, "task_of", lambda wanted: TASK.take(wanted.users))
    return tiny_model(tmp_path)


def tuned(folder: Path, model: TransformersModel, **adapter: object) -> Result:
    given = {"kind": "behaviour", "tokens": 2, "encoder": str(tiny_encoder(folder))} | adapter
    file = write_job(folder, model, "ranking", data="films", adapter=given)
    return CliRunner().invoke(build(), ["finetune", "ranking", "--config", str(file)])


def asked(
    folder: Path, model: TransformersModel, out: str, strategies: str = "zero_shot"
) -> Result:
    told = ["evaluate", "prompts", "--strategies", strategies, "--users", "6"]
    told += ["--model", str(model.model.name_or_path), "--adapter", str(folder / "ranking")]
    return CliRunner().invoke(build(), [*told, "--out", str(folder / out)])


def scores(folder: Path, out: str) -> list[Any]:
    lines = (folder / out / "answers.jsonl").read_text().splitlines()
    return [json.loads(line)["raw"] for line in lines]


def test_an_adapter_made_in_the_shell_is_asked_in_the_lab(
    model: TransformersModel, tmp_path: Path
) -> None:
    done = tuned(tmp_path, model)
    assert done.exit_code == 0, done.output
    assert "rows apart: loss" in done.output and "with the vectors of others: loss" in done.output
    about = json.loads((tmp_path / "ranking" / "about.json").read_text())
    assert about["base"] == "tiny" and about["terms"] and about["rows"] == 12
    assert about["behaviour"]["terms"] == "those of who was read"
    assert len(about["behaviour"]["sha256"]) == 64
    assert about["config"]["adapter"] == {
        "kind": "behaviour",
        "encoder": "encoder-0.npz",
        "tokens": 2,
        "control": "",
    }
    assert about["apart"] != about["apart_as_others"]
    first = asked(tmp_path, model, "lab")
    assert first.exit_code == 0, first.output
    assert "tiny+ranking-" in (tmp_path / "lab" / "report.md").read_text()
    told = scores(tmp_path, "lab")
    assert asked(tmp_path, model, "lab").exit_code == 0
    assert scores(tmp_path, "lab") == told and len(told) == 6, "nothing is asked twice"


def test_a_control_learns_and_is_asked_as_somebody_else(
    model: TransformersModel, tmp_path: Path
) -> None:
    assert tuned(tmp_path, model).exit_code == 0
    assert asked(tmp_path, model, "own").exit_code == 0
    own = load_file(tmp_path / "ranking" / "adapter_model.safetensors")
    done = tuned(tmp_path, model, control="shuffled")
    assert done.exit_code == 0 and "vectors of others" not in done.output
    other = load_file(tmp_path / "ranking" / "adapter_model.safetensors")
    assert own.keys() == other.keys()
    assert (own["outer.weight"] != other["outer.weight"]).any()
    about = json.loads((tmp_path / "ranking" / "about.json").read_text())
    assert about["behaviour"]["control"] == "shuffled" and "apart_as_others" not in about
    assert asked(tmp_path, model, "shuffled").exit_code == 0
    assert scores(tmp_path, "own") != scores(tmp_path, "shuffled")


def test_the_same_seed_makes_the_same_adapter(model: TransformersModel, tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        assert tuned(tmp_path, model).exit_code == 0
        made.append((tmp_path / "ranking" / "adapter_model.safetensors").read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("adapter", "why"),
    [
        ({"encoder": "books"}, "nothing is pre-trained on books"),
        ({"encoder": ""}, "names no encoder"),
        ({"control": "nobody"}, "will not do"),
        ({"rank": 4}, "no setting adapter.rank"),
    ],
)
def test_bad_settings_are_said_in_a_line(
    adapter: dict[str, object], why: str, model: TransformersModel, tmp_path: Path
) -> None:
    done = tuned(tmp_path, model, **adapter)
    assert isinstance(done.exception, BadInput)
    assert why in str(done.exception) and "\n" not in str(done.exception)


def test_preferences_and_other_jobs_refuse_it(model: TransformersModel, tmp_path: Path) -> None:
    given = {"kind": "behaviour", "encoder": str(tiny_encoder(tmp_path))}
    for job, more in (("ranking", {"rejected": 2}), ("next", {}), ("chat", {})):
        told = {"adapter": given, **more}
        file = tmp_path / f"{job}.yaml"
        file.write_text(json.dumps({"out": str(tmp_path / job), "settings": told}))
        done = CliRunner().invoke(build(), ["finetune", job, "--config", str(file)])
        assert isinstance(done.exception, BadInput), done.output


def test_what_is_written_cannot_begin_with_vectors(
    model: TransformersModel, tmp_path: Path
) -> None:
    assert tuned(tmp_path, model).exit_code == 0
    done = asked(tmp_path, model, "lab", "written_list")
    assert isinstance(done.exception, BadInput) and "cannot answer by" in str(done.exception)


@pytest.mark.parametrize(
    ("file", "job", "default"),
    [("behaviour-1m.yaml", "ranking", RANKING), ("behaviour-likes.yaml", "likes", LIKES)],
)
def test_the_files_that_ship_say_what_the_jobs_know(
    file: str, job: str, default: ChoicesConfig
) -> None:
    told = read_job(CONFIGS / file, KEYS, needed=("out",))
    config = configured(default, told["settings"])
    assert strategy_for(job, config.strategy) and isinstance(config.adapter, BehaviourConfig)
    assert config.adapter.encoder.endswith(".npz") and config.adapter.tokens == 4
