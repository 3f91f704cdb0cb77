"""Where a run that was cut off goes on, and that it is the same run."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from classic.errors import BadInput


def run_of(settings: Any, protocol: str, data: str) -> str:
    """What a run is: all but how long it may take."""
    told = replace(settings.training, epochs=0, minutes=0.0, folder=None)
    whole = f"{replace(settings, training=told)} {protocol} {data}"
    return hashlib.sha256(whole.encode()).hexdigest()


def go_on(progress: Path, run: str) -> None:
    """Raises `BadInput` where what lies there is of another run: it may have seen what this one
    must not."""
    mark = progress / "run"
    if mark.is_file() and mark.read_text("utf-8") != run:
        raise BadInput(
            f"{progress} holds the progress of a run with other settings or data: "
            "delete it, or give another --out"
        )
    progress.mkdir(parents=True, exist_ok=True)
    mark.write_text(run, "utf-8")
