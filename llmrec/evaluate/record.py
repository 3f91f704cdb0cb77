"""Run records: every figure that is quoted comes from one, with what it took to make it."""

import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path

_LIBRARIES = ("numpy", "torch", "transformers", "xllamacpp", "gradio", "langgraph", "polars")
_BEGAN = time.time()


def write_record(
    out: Path,
    *,
    config: Mapping[str, object],
    metrics: Mapping[str, object],
    per_case: Sequence[Mapping[str, object]] = (),
    data: Sequence[Path] = (),
    seeds: Sequence[int] = (),
) -> Path:
    """Writes `out/record.json`, and `out/cases.parquet` when there are scores case by case."""
    out.mkdir(parents=True, exist_ok=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    record = {
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "commit": commit_now(),
        "config": dict(config),
        "seeds": list(seeds),
        "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in data},
        "libraries": {
            d.name: d.version for d in distributions() if d.name and d.name.lower() in _LIBRARIES
        },
        "hardware": {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "wall_seconds": round(time.time() - _BEGAN, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_memory_mb": round(used.ru_maxrss / 1024),
        "metrics": dict(metrics),
    }
    path = out / "record.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if per_case:
        import polars as pl

        pl.DataFrame(list(per_case)).write_parquet(out / "cases.parquet")
    return path


def commit_now() -> str:
    """The commit that ran, with a star when files had changed since; other records do not count."""
    try:
        ask = ["git", "-C", str(Path(__file__).parent)]
        head = subprocess.run(
            [*ask, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            [*ask, "status", "--porcelain", ":/", ":(top,exclude)results"],
            capture_output=True,
            text=True,
        )
        return head.stdout.strip() + ("*" if changed.stdout.strip() else "")
    except (OSError, subprocess.CalledProcessError):
        return "not a checkout"
