"""The job from the shell: what it writes, and what it says when something is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classic.errors import BadInput
from finetune.chat.job import ChatConfig, tune_chat
from finetune.chat.rows import RowsConfig
from finetune.job_file import read_job
from finetune.jobs import KEYS, app
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.tune import TuneConfig
from llmrec.llm.adapters import ABOUT
from tests.finetune.chat.conftest import needs_the_model

CONFIGS = Path(__file__).parents[3] / "finetune" / "configs"


def small(model: Path, **more: object) -> ChatConfig:
    return ChatConfig(
        model=str(model),
        unseen=20,
        rows=RowsConfig(rows=40),
        adapter=AdapterConfig(rank=2, alpha=4),
        training=TuneConfig(batch_tokens=512, half_precision=False, **more),  # type: ignore[arg-type]
    )


@needs_the_model
def test_an_adapter_says_what_made_it_and_not_where(model: Path, tmp_path: Path) -> None:
    out, said = tmp_path / "out" / "chat", list[str]()
    about = tune_chat(small(model), out, "llmrec finetune chat", said.append)
    told = json.loads((out / ABOUT).read_text())
    assert told["base"] == "small" and told["rows"] == 40 and len(told["rows_sha256"]) == 64
    assert set(told["unseen"]) == {"phrasings", "titles", "noise"}
    assert told["ran"]["loss"] == about["ran"]["loss"] > 0
    for file in out.glob("*.json"):
        assert str(tmp_path) not in file.read_text() and str(model.parent) not in file.read_text()
    assert [f.name for f in out.parent.iterdir()] == ["chat"]


@needs_the_model
def test_the_same_seed_gives_the_same_adapter(model: Path, tmp_path: Path) -> None:
    runs = [tune_chat(small(model), tmp_path / n, "x", lambda s: None) for n in ("a", "b")]
    assert runs[0]["ran"]["loss"] == runs[1]["ran"]["loss"]
    assert runs[0]["unseen"] == runs[1]["unseen"]


@needs_the_model
def test_a_run_that_was_cut_leaves_its_progress_and_goes_on(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(model, keep_every_minutes=0.0)
    whole = tune_chat(config, tmp_path / "whole", "x", lambda s: None)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("finetune.tuning.job.saved", full)
    with pytest.raises(OSError, match="space"):
        tune_chat(config, tmp_path / "cut", "x", lambda s: None)
    monkeypatch.undo()
    assert list(tmp_path.glob("cut.*.progress/checkpoint.pt"))
    again = tune_chat(config, tmp_path / "cut", "x", lambda s: None)
    for kind, of in whole["unseen"].items():
        assert again["unseen"][kind]["loss"] == pytest.approx(of["loss"], rel=1e-5)
    assert not list(tmp_path.glob("cut.*.progress"))


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("chat-*.yaml")), ids=lambda f: f.stem)
def test_the_files_that_ship_say_what_the_job_knows(file: Path) -> None:
    from classic.configure import configured

    told = read_job(file, KEYS, needed=("out",))
    assert configured(ChatConfig(), told["settings"]).rows.rows > 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("out: x\nepochs: 3\n", "epochs"),
        ("settings: {}\n", "'out'"),
        ("out: x\nsettings: {training: {epoch: 3}}\n", "epoch"),
        ("out: x\nsettings: {adapter: {kind: magic}}\n", "kind"),
        ("out: x\nsettings: {model: /does/not/exist, rows: {rows: 2}}\n", "could not be opened"),
        (": : :", "YAML"),
    ],
)
def test_bad_input_is_said_in_a_line(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(text)
    done = CliRunner().invoke(app, ["chat", "--config", str(file)])
    assert isinstance(done.exception, BadInput)
    assert why in str(done.exception) and "\n" not in str(done.exception)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["chat", "--config", str(tmp_path / "none.yaml")])
    assert isinstance(done.exception, BadInput)
