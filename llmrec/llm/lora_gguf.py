"""A LoRA folder (peft) as the file that llama.cpp reads beside a Llama."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from classic.home import home
from llmrec.llm.protocol import ModelError

_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_HEAD = 64
"""Width of an attention head in every small Llama."""


def lora_gguf(folder: Path) -> Path:
    """The file made of an adapter's folder, made on first use. Raises `ModelError`."""
    weights = folder / "adapter_model.safetensors"
    if not weights.is_file():
        raise ModelError(f"there is no adapter in {folder}")
    mark = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    target = home() / "cache" / "adapters" / f"{mark}.gguf"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}.partial")
        _write(folder, weights, partial)
        partial.replace(target)
    return target


def _write(folder: Path, weights: Path, target: Path) -> None:
    import gguf
    from safetensors.numpy import load_file

    settings = folder / "adapter_config.json"
    if not settings.is_file():
        raise ModelError(f"{folder} is no LoRA: only transformers can put vectors before a prompt")
    told: dict[str, Any] = json.loads(settings.read_text("utf-8"))
    if told.get("use_dora") or told.get("peft_type") != "LORA":
        raise ModelError(f"{folder} is no plain LoRA, which is all that llama.cpp reads")
    writer = gguf.GGUFWriter(str(target), "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(told["lora_alpha"]))
    for name, values in sorted(load_file(weights).items()):
        writer.add_tensor(_name(name), np.ascontiguousarray(_placed(name, values)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _name(name: str) -> str:
    """`...layers.3.self_attn.q_proj.lora_A.weight` is `blk.3.attn_q.weight.lora_a` there."""
    _, _, after = name.partition("layers.")
    layer, _, rest = after.partition(".")
    module, _, side = rest.removesuffix(".weight").rpartition(".")
    if module not in _NAMES or side not in ("lora_A", "lora_B"):
        raise ModelError(f"the adapter has a part that llama.cpp cannot read: {name}")
    return f"blk.{layer}.{_NAMES[module]}.weight.{side.lower()}"


def _placed(name: str, values: Any) -> Any:
    """Queries and keys are rotated in pairs of neighbours there, in halves here."""
    rotated = "q_proj.lora_B" in name or "k_proj.lora_B" in name
    if not rotated:
        return values
    rows, rank = values.shape
    heads = values.reshape(rows // _HEAD, 2, _HEAD // 2, rank)
    return heads.swapaxes(1, 2).reshape(rows, rank)
