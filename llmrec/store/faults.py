"""Our own faults: a trace on disk without anything that a person typed."""

import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from classic.home import home


def write_trace(error: BaseException) -> Path:
    """The stack and the kind of error, without its message, which may quote a person."""
    folder = home() / "traces"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="llmrec-trace-"))
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    frames = traceback.format_tb(error.__traceback__)
    path.write_text(f"{type(error).__name__}\n{''.join(frames)}", "utf-8")
    return path
