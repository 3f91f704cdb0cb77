"""Shared fixtures: nothing here touches the network or the user's own data."""

import os
from pathlib import Path

import pytest

# The nets of tests are so small that a second thread only waits for the first.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


@pytest.fixture(autouse=True)
def _private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a home of its own, so that no test reads or writes a person's chats."""
    monkeypatch.setenv("LLMREC_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; skips the test where there is none."""
    named = os.environ.get("LLMREC_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "ml-latest-small" / "ratings.csv").is_file():
        pytest.skip("real data sets not found: set LLMREC_DATA to a folder with ml-latest-small")
    return folder
