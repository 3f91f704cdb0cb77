"""Records and report of like prediction."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from llmrec.evaluate.record import write_record
from llmrec.lab.likes import LikeMeasured, LikeTask, like_baselines, like_rows
from llmrec.lab.page_html import (
    BASELINE,
    QUIET,
    STRATEGY,
    bars,
    figure_html,
    laid_out,
    page,
    table_html,
)
from llmrec.lab.page_text import table
from llmrec.lab.reports import remember
from llmrec.lab.runner import Found
from llmrec.lab.strategy import Strategy, folder_of

_METRICS = ("auc", "uauc", "logloss")
_HEAD = (
    *("row", "AUC", "AUC of people", "uAUC", "log loss"),
    *("Δ AUC to user-mean", "Δ uAUC", "unread"),
)


def keep_likes(
    out: Path, task: LikeTask, strategies: Sequence[Strategy], found: Found, model: str
) -> list[str]:
    """Writes a record for each row and the report, and gives a line for each row."""
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
            metrics=told_of(row),
            per_case=[
                {"user": case.user, "target": case.truth, "label": bool(label), "logit": float(z)}
                for case, label, z in zip(task.cases, task.labels, logits[row.name], strict=True)
            ],
            data=task.files,
            seeds=[task.seed],
        )
    (out / "report.md").write_text(likes_markdown(task, rows, model), "utf-8")
    (out / "report.html").write_text(likes_html(task, rows, model), "utf-8")
    remember(out / "report.html", _title(task))
    return [_line(row) for row in rows]


def told_of(row: LikeMeasured) -> dict[str, object]:
    """What a record says of a row."""
    return {
        "means": {m: _rounded(v) for m, v in row.metrics.items()},
        "intervals": {m: [_rounded(b) for b in v] for m, v in row.intervals.items()},
        "gains_over_user_mean": {
            m: [_rounded(mean), *map(_rounded, bounds)] for m, (mean, bounds) in row.gains.items()
        },
        "unread": row.unread,
    }


def likes_markdown(task: LikeTask, rows: Sequence[LikeMeasured], model: str) -> str:
    """The whole report."""
    parts = [f"# {_title(task)}", _opening(task, model), table(_HEAD, _body(rows))]
    return "\n\n".join(parts) + "\n"


def likes_html(task: LikeTask, rows: Sequence[LikeMeasured], model: str) -> str:
    """The same as a page with a plot."""
    opening = escape(_opening(task, model).replace("`", ""))
    parts = [f"<p>{opening}</p>", figure_html(_plot(rows)), table_html(_HEAD, _body(rows))]
    return page(_title(task), parts)


def _title(task: LikeTask) -> str:
    return f"Like prediction on {task.data}"


def _opening(task: LikeTask, model: str) -> str:
    n_people = len(set(task.people.tolist()))
    return (
        f"{len(task.cases)} rows of {n_people} people ({task.about}); model {model}; "
        f"{100 * task.labels.mean():.1f} % are liked. `user-mean` counts how much of what is shown "
        "was liked and knows nothing of the title: pooled AUC rewards that, uAUC, within people, "
        "does not; `AUC of people` is what AUC remains when each person's mean answer stands for "
        "all of theirs. Intervals are 95 %, people drawn again with all of their rows."
    )


def _body(rows: Sequence[LikeMeasured]) -> list[tuple[str, ...]]:
    return [_cells(row) for row in sorted(rows, key=lambda r: -r.metrics["auc"])]


def _plot(rows: Sequence[LikeMeasured]) -> go.Figure:
    """AUC and uAUC of every row with their intervals; chance as a line."""
    figure = go.Figure()
    names = [row.name for row in sorted(rows, key=lambda r: r.metrics["auc"])]
    for metric, colour in (("auc", STRATEGY), ("uauc", BASELINE)):
        known = [row for row in rows if not np.isnan(row.metrics[metric])]
        means = [100 * row.metrics[metric] for row in known]
        figure.add_scatter(
            x=means,
            y=[row.name for row in known],
            error_x=bars(means, [row.intervals[metric] for row in known]),
            mode="markers",
            marker={"color": colour, "size": 9},
            name={"auc": "AUC", "uauc": "uAUC"}[metric],
        )
    figure.add_vline(50, line={"color": QUIET, "dash": "dot"})
    figure.update_yaxes(categoryorder="array", categoryarray=names)
    return laid_out(figure, "% (dotted: chance)", "", 160 + 32 * len(rows))


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
