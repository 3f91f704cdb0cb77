"""Records and report of like prediction."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from llmrec.evaluate.record import write_record
from llmrec.lab.likes import LikeMeasured, LikeTask, like_baselines, like_rows
from llmrec.lab.page_text import table
from llmrec.lab.runner import Found
from llmrec.lab.strategy import Strategy, folder_of

_METRICS = ("auc", "uauc", "logloss")
_OVER = ("Δ AUC to user-mean", "Δ uAUC")


def keep_likes(
    out: Path, task: LikeTask, strategies: Sequence[Strategy], found: Found, model: str
) -> list[str]:
    """Writes a record for each row and `report.md`, and gives a line for each row."""
    baselines = like_baselines(task)
    rows = like_rows(task, baselines, found.scores)
    logits = {**baselines, **{name: s[:, 0] for name, s in found.scores.items()}}
    prompts = {s.name: s.prompt for s in strategies}
    for row in rows:
        prompt = prompts.get(row.name)
        write_record(
            out / folder_of(row.name),
            config={
                "data": task.data,
                "protocol": task.about,
                "row": row.name,
                "model": model if row.strategy else None,
                "strategy": {"hash": prompt.hash, "source": prompt.source} if prompt else None,
            },
            metrics={
                "means": {m: _rounded(v) for m, v in row.metrics.items()},
                "intervals": {m: [_rounded(b) for b in v] for m, v in row.intervals.items()},
                "gains_over_user_mean": {
                    m: [_rounded(mean), *map(_rounded, bounds)]
                    for m, (mean, bounds) in row.gains.items()
                },
                "unread": row.unread,
            },
            per_case=[
                {"user": case.user, "target": case.truth, "label": bool(label), "logit": float(z)}
                for case, label, z in zip(task.cases, task.labels, logits[row.name], strict=True)
            ],
            data=task.files,
            seeds=[task.seed],
        )
    (out / "report.md").write_text(likes_markdown(task, rows, model), "utf-8")
    return [_line(row) for row in rows]


def likes_markdown(task: LikeTask, rows: Sequence[LikeMeasured], model: str) -> str:
    """The whole report."""
    n_people = len(set(task.people.tolist()))
    parts = [
        f"# Like prediction on {task.data}",
        f"{len(task.cases)} rows of {n_people} people ({task.about}); model {model}; "
        f"{100 * task.labels.mean():.1f} % are liked. `user-mean` counts how much of what is shown "
        "was liked and knows nothing of the title: pooled AUC rewards that, uAUC, within people, "
        "does not; `AUC of people` is what AUC remains when each person's mean answer stands for "
        "all of theirs. Intervals are 95 %, people drawn again with all of their rows.",
        table(
            (
                "row",
                "AUC",
                "AUC of people",
                "uAUC",
                "log loss",
                "Δ AUC to user-mean",
                "Δ uAUC",
                "unread",
            ),
            [_cells(row) for row in sorted(rows, key=lambda r: -r.metrics["auc"])],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _cells(row: LikeMeasured) -> tuple[str, ...]:
    name = f"**{row.name}**" if row.strategy else row.name
    pooled, *others = (_with_interval(row.metrics[m], row.intervals[m]) for m in _METRICS)
    of_people = f"{row.metrics['auc_of_people']:.3f}"
    gains = (_signed(row, metric) for metric in ("auc", "uauc"))
    return (name, pooled, of_people, *others, *gains, f"{100 * row.unread:.0f} %")


def _with_interval(value: float, bounds: tuple[float, float]) -> str:
    return "-" if np.isnan(value) else f"{value:.3f} [{bounds[0]:.3f}, {bounds[1]:.3f}]"


def _signed(row: LikeMeasured, metric: str) -> str:
    gain, bounds = row.gains.get(metric, (float("nan"), (0.0, 0.0)))
    return "" if np.isnan(gain) else f"{gain:+.3f} [{bounds[0]:+.3f}, {bounds[1]:+.3f}]"


def _line(row: LikeMeasured) -> str:
    told = "  ".join(f"{m} {_with_interval(row.metrics[m], row.intervals[m])}" for m in _METRICS)
    return f"{row.name:<24} {told}"


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 5)
