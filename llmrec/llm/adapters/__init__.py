"""Adapters that ship, each a folder of weights beside what made them."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from llmrec.llm.protocol import ModelError

ABOUT = "about.json"
WEIGHTS = "adapter_model.safetensors"
BEHAVIOUR = "behaviour"
"""What is told of the encoder of an adapter that reads what people did."""


def shipped(job: str) -> Path | None:
    """The folder of the adapter for a job, if it is here."""
    folder = Path(str(files("llmrec.llm.adapters"))) / job
    return folder if (folder / WEIGHTS).is_file() else None


def named(folder: Path) -> str:
    """Its name and the beginning of its weights' hash, which no other has. Raises `OSError`."""
    return f"{folder.name}-{hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:8]}"


def made_for(folder: Path, base: str) -> None:
    """Raises `ModelError` where an adapter was tuned beside another model than `base`."""
    told = about_of(folder)["base"]
    if told != base:
        raise ModelError(f"the adapter in {folder} was made for {told}, not for {base}")


def about_of(folder: Path) -> dict[str, Any]:
    """What made an adapter, its `base` at least. Raises `ModelError`."""
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
    except (OSError, ValueError):
        about = None
    if not isinstance(about, dict) or "base" not in about:
        raise ModelError(f"{folder} holds no adapter that says what it was made for")
    return about


def reads_behaviour(folder: Path) -> bool:
    """Whether an adapter reads what people did, through an encoder. Raises `ModelError`."""
    return BEHAVIOUR in about_of(folder)
