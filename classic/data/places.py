"""Where the files of a data set may lie on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from classic.home import home


def data_folders() -> Iterator[Path]:
    """In this order: `$LLMREC_DATA`, the program's own folder, `../shared/data` of a checkout."""
    if named := os.environ.get("LLMREC_DATA"):
        yield Path(named).expanduser()
    yield home() / "data"
    yield Path(__file__).resolve().parents[3] / "shared" / "data"


def find_folder(name: str, needed: str) -> Path | None:
    """The first folder of that name which holds the file `needed`."""
    for folder in data_folders():
        if (folder / name / needed).is_file():
            return folder / name
    return None
