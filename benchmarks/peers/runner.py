"""One run in a process of its own, by the Python of whoever runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from benchmarks.peers.environments import ROOT, python_of
from benchmarks.peers.exchange import Job
from benchmarks.peers.jobs import OURS


def run_job(
    contestant: str, job: Job, environment: Mapping[str, str], seconds: float
) -> tuple[dict[str, float], np.ndarray]:
    """(fit_s, recommend_s, peak_mb; int32 [n_users, k]) of a process of its own, which is ended
    with all that it started. Raises `SubprocessError` where it failed or took longer."""
    python = Path(sys.executable) if contestant == OURS else python_of(contestant)
    path = Path(job.top).with_suffix(".json")
    job.write(path)
    runner = subprocess.Popen(
        [python, "-m", f"benchmarks.peers.run_{contestant}", path],
        cwd=ROOT,
        env=without_threads(os.environ) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, errors = runner.communicate(timeout=seconds)
    finally:
        end_group(runner)
    if runner.returncode:
        raise subprocess.CalledProcessError(runner.returncode, runner.args, out, errors)
    with np.load(job.top) as saved:
        top = saved["top"]
    Path(job.top).unlink()
    return json.loads(out.splitlines()[-1]), top


def without_threads(environment: Mapping[str, str]) -> dict[str, str]:
    """Nobody inherits how many threads somebody else is to have."""
    return {name: value for name, value in environment.items() if not name.endswith("_THREADS")}


def end_group(process: subprocess.Popen) -> None:
    """What is left of the process and of those that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def why(error: Exception) -> str:
    """One line of what went wrong."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"not done after {error.timeout:.0f} s"
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.stderr or "").strip().splitlines()
        ended = f"exit {error.returncode}"  # a signal where it is negative, -9 out of memory
        return f"{ended}: {lines[-1][:300]}" if lines else ended
    return f"{type(error).__name__}: {error}"
