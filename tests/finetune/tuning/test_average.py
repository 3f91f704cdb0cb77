"""The mean of adapters adds the mean of what each adds, and says what it is made of."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from classic.errors import BadInput
from finetune.tuning.adapters import AdapterConfig, adapted, saved
from finetune.tuning.average import SETTINGS, average
from llmrec.cli.main import build
from llmrec.llm.transformers_model import TransformersModel
from tests.llmrec.lab.tiny import tiny_model


def adapter(folder: Path, seed: int, rank: int, alpha: int, kind: Any = "lora") -> Path:
    """Of the tiny model, with weights drawn by the seed."""
    model = tiny_model(folder.parent).model
    torch.manual_seed(seed)
    tuned = adapted(model, AdapterConfig(kind=kind, rank=rank, alpha=alpha))
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.1)
    saved(tuned, folder)
    (folder / "about.json").write_text(json.dumps({"base": "tiny", "terms": "ours"}))
    return folder


def added(folder: Path, base: TransformersModel) -> dict[str, torch.Tensor]:
    """What an adapter adds to each weight, as the library applies it."""
    from peft import PeftModel

    before = {n: w.detach().clone() for n, w in base.model.named_parameters()}
    merged = PeftModel.from_pretrained(base.model, str(folder)).merge_and_unload()
    return {n: w.detach() - before[n] for n, w in merged.named_parameters() if n in before}


def test_what_it_adds_is_the_mean_of_what_they_add(tmp_path: Path) -> None:
    made = [adapter(tmp_path / "a", 0, 4, 8), adapter(tmp_path / "b", 1, 2, 6)]
    average(made, tmp_path / "mean", "x")
    parts = [added(folder, tiny_model(tmp_path)) for folder in made]
    mean = added(tmp_path / "mean", tiny_model(tmp_path))
    assert any(w.abs().max() > 1e-3 for w in mean.values())
    for name, weight in mean.items():
        assert torch.allclose(weight, (parts[0][name] + parts[1][name]) / 2, atol=2e-3), name
    told = json.loads((tmp_path / "mean" / SETTINGS).read_text())
    assert (told["r"], told["lora_alpha"]) == (6, 6)


def test_the_shell_says_what_it_is_made_of(tmp_path: Path) -> None:
    made = [str(adapter(tmp_path / name, seed, 2, 4)) for seed, name in enumerate("ab")]
    done = CliRunner().invoke(
        build(), ["finetune", "average", *made, "--out", str(tmp_path / "mean")]
    )
    assert done.exit_code == 0, done.output
    about = json.loads((tmp_path / "mean" / "about.json").read_text())
    assert [part["adapter"][:2] for part in about["mean_of"]] == ["a-", "b-"]
    assert about["base"] == "tiny" and about["terms"] == "ours"
    assert about["command"] == "llmrec finetune average a b --out mean"


@pytest.mark.parametrize(
    ("kind", "base", "n", "why"),
    [
        ("lora", "tiny", 1, "name two or more"),
        ("lora", "another", 2, "different models: another, tiny"),
        ("dora", "tiny", 2, "no plain LoRA"),
    ],
)
def test_what_has_no_mean_is_said(tmp_path: Path, kind: str, base: str, n: int, why: str) -> None:
    made = [adapter(tmp_path / "a", 0, 2, 4), adapter(tmp_path / "b", 1, 2, 4, kind)]
    (made[1] / "about.json").write_text(json.dumps({"base": base}))
    with pytest.raises(BadInput, match=why):
        average(made[:n], tmp_path / "mean", "x")


def test_a_folder_without_an_adapter_is_said(tmp_path: Path) -> None:
    made = adapter(tmp_path / "a", 0, 2, 4)
    with pytest.raises(BadInput, match="nothing"):
        average([made, tmp_path / "nothing"], tmp_path / "mean", "x")
