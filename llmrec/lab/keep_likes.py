"""Records and report of like prediction."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from llmrec.lab.keep import keep_pages, keep_rows
from llmrec.lab.likes import LikeTask, like_baselines, like_rows
from llmrec.lab.page_cells import difference, with_interval
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
from llmrec.lab.runner import Found
from llmrec.lab.single import Judged, answers_of
from llmrec.lab.strategy import Strategy

AGAINST = "user_mean"
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
    logits = answers_of(baselines, found.scores)

    def cases(name: str) -> list[dict[str, object]]:
        return [
            {"user": case.user, "target": case.truth, "label": bool(label), "logit": float(z)}
            for case, label, z in zip(task.cases, task.labels, logits[name], strict=True)
        ]

    keep_rows(out, task, rows, cases, strategies, model, AGAINST)
    keep_pages(out, _title(task), likes_markdown(task, rows, model), likes_html(task, rows, model))
    return [_line(row) for row in rows]


def likes_markdown(task: LikeTask, rows: Sequence[Judged], model: str) -> str:
    """The whole report."""
    parts = [f"# {_title(task)}", _opening(task, model), table(_HEAD, _body(rows))]
    return "\n\n".join(parts) + "\n"


def likes_html(task: LikeTask, rows: Sequence[Judged], model: str) -> str:
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


def _body(rows: Sequence[Judged]) -> list[tuple[str, ...]]:
    return [_cells(row) for row in sorted(rows, key=lambda r: -r.metrics["auc"])]


def _plot(rows: Sequence[Judged]) -> go.Figure:
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


def _cells(row: Judged) -> tuple[str, ...]:
    name = f"**{row.name}**" if row.strategy else row.name
    pooled, *others = (with_interval(row.metrics[m], row.intervals[m]) for m in _METRICS)
    of_people = f"{row.metrics['auc_of_people']:.3f}"
    gains = (difference(row.gains.get(metric)) for metric in ("auc", "uauc"))
    return (name, pooled, of_people, *others, *gains, f"{100 * row.unread:.0f} %")


def _line(row: Judged) -> str:
    told = "  ".join(f"{m} {with_interval(row.metrics[m], row.intervals[m])}" for m in _METRICS)
    return f"{row.name:<24} {told}"
