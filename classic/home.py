"""Where this program keeps its files."""

import os
import sys
from pathlib import Path


def home() -> Path:
    """`$LLMREC_HOME`, else the platform's folder for a user's program data."""
    if named := os.environ.get("LLMREC_HOME"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "llmrec"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "llmrec"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "llmrec"
