"""The YAML file that says what a job of this floor does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from classic.errors import BadInput


def read_job(path: Path, keys: Sequence[str], needed: Sequence[str]) -> dict[str, Any]:
    """What it says. Raises `BadInput` for a file that is missing, no mapping, says what is none of
    `keys`, or does not say what is needed."""
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path} cannot be read as YAML: {str(error).splitlines()[0]}") from None
    told = found if isinstance(found, dict) else {}
    if unknown := [key for key in told if key not in keys]:
        raise BadInput(f"{path}: nobody knows {unknown[0]!r}; there are: {', '.join(keys)}")
    if missing := [key for key in needed if key not in told]:
        raise BadInput(f"{path} says no {missing[0]!r}")
    return told
