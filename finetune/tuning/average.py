"""Adapters put together: of runs that differ in rows or seed, the mean errs less than each alone
(model soups; Wortsman et al., ICML 2022), here of what low-rank adapters add to the weights."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from classic.errors import BadInput
from llmrec.evaluate.record import commit_now
from llmrec.llm.adapters import ABOUT, WEIGHTS, about_of, named
from llmrec.llm.protocol import ModelError

SETTINGS = "adapter_config.json"


def average(folders: Sequence[Path], out: Path, command: str) -> dict[str, Any]:
    """Writes the adapter whose addition to every weight is the mean of those of `folders`, exactly:
    mean(s_i B_i A_i) is one product of ranks put side by side. Gives what is told of it. Raises
    `BadInput` for fewer than two, for other adapters than plain low-rank ones, and for those of
    different models."""
    if len(folders) < 2:
        raise BadInput("one adapter is its own mean: name two or more")
    abouts = [_about(folder) for folder in folders]
    if len(bases := {str(about["base"]) for about in abouts}) > 1:
        raise BadInput(f"these adapters are of different models: {', '.join(sorted(bases))}")
    settings = [_settings(folder) for folder in folders]
    rank = sum(one["r"] for one in settings)
    weights = _joined(folders, [one["lora_alpha"] / one["r"] for one in settings])
    return _written(weights, settings[0] | {"r": rank, "lora_alpha": rank}, abouts, out, command)


def _about(folder: Path) -> dict[str, Any]:
    try:
        return {"adapter": named(folder), **about_of(folder)}
    except (ModelError, OSError) as error:
        raise BadInput(str(error)) from None


def _settings(folder: Path) -> dict[str, Any]:
    file = folder / SETTINGS
    told: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    if told.get("peft_type") != "LORA" or told.get("use_dora") or told.get("rank_pattern"):
        raise BadInput(f"{folder} is no plain LoRA, of which alone a mean is taken")
    return told


def _joined(folders: Sequence[Path], scales: Sequence[float]) -> dict[str, torch.Tensor]:
    """A [r, d_in] one below the other, s/n B [d_out, r] side by side, half-precision. Raises
    `BadInput` where they are not of the same layers."""
    from safetensors.torch import load_file

    parts = [load_file(folder / WEIGHTS) for folder in folders]
    if any(set(part) != set(parts[0]) for part in parts):
        raise BadInput("these adapters are beside different layers: tune them by one recipe")
    found = {}
    for name in parts[0]:
        own = [part[name].float() for part in parts]
        if "lora_B" in name:
            own = [scale / len(own) * b for scale, b in zip(scales, own, strict=True)]
        found[name] = torch.cat(own, dim=int("lora_B" in name)).half().contiguous()
    return found


def _written(
    weights: dict[str, torch.Tensor],
    settings: dict[str, Any],
    abouts: Sequence[dict[str, Any]],
    out: Path,
    command: str,
) -> dict[str, Any]:
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, str(out / WEIGHTS), metadata={"format": "pt"})
    (out / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
    about = {
        "command": command,
        "commit": commit_now(),
        "base": abouts[0]["base"],
        "terms": "; ".join(dict.fromkeys(str(about.get("terms", "")) for about in abouts)),
        "mean_of": list(abouts),
    }
    (out / ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    return about
