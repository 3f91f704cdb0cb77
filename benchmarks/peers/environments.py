"""One virtual environment for each peer, made from the package index when it is first raced."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "peers"

PEERS: Mapping[str, tuple[str, ...]] = {
    "implicit": ("implicit==0.7.3", "psutil"),
    "cornac": ("cornac==3.0.1", "tensorflow-cpu==2.21.0", "psutil"),
    "lenskit": ("lenskit==2025.8.1", "psutil"),
    "rectools": ("rectools==0.19.0", "psutil"),
    "torch-rechub": ("torch-rechub==0.9.0", "psutil"),
    "deepctr-torch": ("deepctr-torch==0.3.0", "requests", "psutil"),
}
"""The releases that were raced; what they drag along, torch among it, is theirs. cornac's WMF runs
on TensorFlow, which its wheel does not ask for; nor does that of deepctr-torch for requests."""


def python_of(peer: str) -> Path:
    """The Python of the peer's environment, which is made if it is not there. Raises
    `CalledProcessError`, with what pip said, when it cannot be made; nothing half made stays."""
    home = FOLDER / peer
    python = home / "bin" / "python"
    if python.is_file():
        return python
    print(f"{peer}: installing {', '.join(PEERS[peer])} into {home}", file=sys.stderr)
    try:
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        ask = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*ask, *PEERS[peer]], check=True)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return python
