"""Adapters: as llama.cpp reads them they do what they do in torch; a wrong one is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from llmrec.llm.adapters import ABOUT, made_for, shipped
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.lora_gguf import lora_gguf
from llmrec.llm.protocol import ModelError

HELLO = [{"role": "user", "content": "I loved Heat. A, B or C?"}]


def adapter(folder: Path, *, rank: int = 4, **told: object) -> Path:
    """One layer's worth of an adapter for the embedded model, large enough to be felt."""
    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    shapes = {"self_attn.q_proj": (576, 576), "self_attn.k_proj": (576, 192)}
    shapes |= {"mlp.up_proj": (576, 1536), "mlp.down_proj": (1536, 576)}
    weights = {}
    for name, (n_in, n_out) in shapes.items():
        head = f"base_model.model.model.layers.20.{name}"
        weights[f"{head}.lora_A.weight"] = rng.normal(0, 0.2, (rank, n_in)).astype(np.float32)
        weights[f"{head}.lora_B.weight"] = rng.normal(0, 0.2, (n_out, rank)).astype(np.float32)
    folder.mkdir()
    save_file(weights, str(folder / "adapter_model.safetensors"))
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": 8, "use_dora": False}
    config |= {"task_type": "CAUSAL_LM", "target_modules": sorted(n.split(".")[1] for n in shapes)}
    (folder / "adapter_config.json").write_text(json.dumps(config | told))
    return folder


@pytest.mark.slow
@pytest.mark.skipif(embedded_gguf() is None, reason="the embedded model is not installed")
def test_both_engines_are_moved_alike(tmp_path: Path) -> None:
    from llmrec.llm.transformers_model import TransformersModel

    path = embedded_gguf()
    assert path is not None
    folder = adapter(tmp_path / "adapter")
    options = ["A", "B", "C", "D"]
    plain = LlamaCpp(path, 2).score_options(HELLO, options)
    theirs = LlamaCpp(path, 2, adapters=[folder]).score_options(HELLO, options)
    ours = TransformersModel("embedded", folder).score_options(HELLO, options)
    assert np.abs(np.subtract(theirs, plain)).max() > 0.5
    assert np.abs(np.subtract(theirs, ours)).max() < 0.25


@pytest.mark.slow
@pytest.mark.skipif(embedded_gguf() is None, reason="the embedded model is not installed")
def test_two_adapters_answer_in_turn_from_one_engine(tmp_path: Path) -> None:
    path = embedded_gguf()
    assert path is not None
    folders = [adapter(tmp_path / "one"), adapter(tmp_path / "two", lora_alpha=24)]
    options = ["A", "B", "C", "D"]
    both = LlamaCpp(path, 1, adapters=folders)
    for place, folder in [*enumerate(folders), (0, folders[0])]:
        alone = LlamaCpp(path, 1, adapters=[folder]).score_options(HELLO, options)
        assert (
            np.abs(np.subtract(both.using(place).score_options(HELLO, options), alone)).max() < 1e-3
        )


def test_the_file_is_made_once(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "adapter")
    made = lora_gguf(folder)
    before = made.stat().st_mtime_ns
    assert lora_gguf(folder) == made and made.stat().st_mtime_ns == before


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no adapter"):
        lora_gguf(tmp_path)
    with pytest.raises(ModelError, match="plain LoRA"):
        lora_gguf(adapter(tmp_path / "dora", use_dora=True))


def test_an_adapter_for_another_model_is_refused(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "adapter")
    with pytest.raises(ModelError, match="made for"):
        made_for(folder, "this-model")
    (folder / ABOUT).write_text(json.dumps({"base": "that-model"}))
    with pytest.raises(ModelError, match="that-model, not for this-model"):
        made_for(folder, "this-model")
    made_for(folder, "that-model")


def test_only_what_is_there_ships() -> None:
    assert shipped("nobody") is None
