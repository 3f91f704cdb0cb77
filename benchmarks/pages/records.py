"""Run records, and how their numbers are told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "results"
Rows = Iterator[tuple[str, ...]]


def record(name: str) -> dict[str, Any]:
    """Nothing, where nothing was recorded."""
    path = RECORDS / name / "record.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def gain(found: list[float]) -> str:
    mean, low, high = found
    return f"{mean:+.4f} [{low:+.3f}, {high:+.3f}]"


def mean_of(metrics: dict[str, Any], metric: str) -> str:
    """With its spread over seeds and its interval, where it has them."""
    spread = metrics["spread_over_seeds"][metric]
    over = f" ± {spread:.4f}" if spread else ""
    told = f"{metrics['means'][metric]:.4f}{over}"
    if metric not in metrics["intervals"]:
        return told
    low, high = metrics["intervals"][metric]
    return f"{told} [{low:.3f}, {high:.3f}]"
