"""What tuning does for ranking and for likes, beside counting and beside what was published."""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import fmean
from typing import Any

from benchmarks.markdown import table
from benchmarks.pages.records import Rows, gain, record

_LIKES = "tallrec-movie"
_TALLREC = {"16": 0.6724, "64": 0.6748, "256": 0.7198}
"""AUC of TALLRec's 7B model by rows learned from (Bao et al., RecSys 2023, table 2)."""
_RANKED = ("llmrank-tuned", "llmrank-titles")
"""Records of answers by letters and by titles."""
_LLMRANK = {"Pop": 52.33, "best prompting of GPT-3.5": 45.83, "SASRec": 78.89}
"""NDCG@10 in % on all 6,040 people (Hou et al., ECIR 2024, table 2)."""
_MAIN = "ndcg@10/19neg"


def likes() -> str:
    """Counting, the untuned model, the means over seeds, and TALLRec's own."""
    rows = record(_LIKES).get("metrics", {}).get("rows", {})
    head = ("row", "seeds", "AUC", "AUC of people", "uAUC", "AUC over user-mean")
    return table(head, _likes(rows) if rows else ())


def _likes(rows: Mapping[str, Any]) -> Rows:
    by_shots: dict[str, list[Mapping[str, Any]]] = {}
    for name, row in rows.items():
        shots, _, seed = name.partition(", seed ")
        if seed:
            by_shots.setdefault(shots, []).append(row)
            continue
        gains = row["gains_over_user_mean"]
        yield name, "", *_cells([row]), gain(gains["auc"]) if gains else ""
    for shots, runs in by_shots.items():
        over = fmean(run["gains_over_user_mean"]["auc"][0] for run in runs)
        yield f"**{shots} rows**", str(len(runs)), *_cells(runs), f"{over:+.4f}"
    for shots, auc in _TALLREC.items():
        yield f"TALLRec 7B, K={shots}, published", "", f"{auc:.4f}", "", "", ""


def _cells(runs: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """A run with its interval over people; of several their mean and how far they lie apart."""
    told = []
    for metric in ("auc", "auc_of_people", "uauc"):
        values = [run["means"][metric] for run in runs]
        cell = f"{fmean(values):.4f}"
        if len(runs) > 1:
            cell += f" ({min(values):.3f} to {max(values):.3f})"
        elif metric in runs[0]["intervals"]:
            low, high = runs[0]["intervals"][metric]
            cell += f" [{low:.3f}, {high:.3f}]"
        told.append(cell)
    return tuple(told)


def ranked(name: str) -> str:
    metrics = record(name).get("metrics", {})
    return table(("row", "NDCG@10, %", "over EASE"), _ranked(metrics) if metrics else ())


def _ranked(metrics: Mapping[str, Any]) -> Rows:
    yield "chance, by formula", f"{100 * metrics['chance']['ndcg@10']:.2f}", ""
    for name, row in metrics["rows"].items():
        low, high = (100 * bound for bound in row["interval"])
        mean = 100 * row["means"][_MAIN]
        over = "" if name == "ease" else gain(row["over_ease"])
        yield name, f"{mean:.2f} [{low:.2f}, {high:.2f}]", over
    for name, value in _LLMRANK.items():
        yield f"{name}, published", f"{value:.2f}", ""


def weights() -> str:
    found = (record(name).get("metrics", {}).get("weights", {}) for name in _RANKED)
    told = (", ".join(f"`{name}` {value:.2f}" for name, value in own.items()) for own in found)
    return "".join(f"What each counts in a sum: {line}.\n" for line in told if line)


SECTIONS: dict[str, Callable[[], str]] = {
    _LIKES: likes,
    **{name: partial(ranked, name) for name in _RANKED},
    "llmrank-weights": weights,
}
