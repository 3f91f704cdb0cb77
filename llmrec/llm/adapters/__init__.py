"""Adapters that ship, each a folder of weights beside what made them."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

from llmrec.llm.protocol import ModelError

ABOUT = "about.json"
_WEIGHTS = "adapter_model.safetensors"


def shipped(job: str) -> Path | None:
    """The folder of the adapter for a job, if it is here."""
    folder = Path(str(files("llmrec.llm.adapters"))) / job
    return folder if (folder / _WEIGHTS).is_file() else None


def named(folder: Path) -> str:
    """Its name and the beginning of its weights' hash, which no other has. Raises `OSError`."""
    return f"{folder.name}-{hashlib.sha256((folder / _WEIGHTS).read_bytes()).hexdigest()[:8]}"


def made_for(folder: Path, base: str) -> None:
    """Raises `ModelError` where an adapter was tuned beside another model than `base`."""
    try:
        told = json.loads((folder / ABOUT).read_text("utf-8"))["base"]
    except (OSError, ValueError, KeyError):
        raise ModelError(f"{folder} holds no adapter that says what it was made for") from None
    if told != base:
        raise ModelError(f"the adapter in {folder} was made for {told}, not for {base}")
