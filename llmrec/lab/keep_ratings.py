"""Records and report of rating prediction."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from llmrec.lab.keep import keep_pages, keep_rows
from llmrec.lab.page_cells import difference, with_interval
from llmrec.lab.page_html import BASELINE, STRATEGY, figure_html, laid_out, page, table_html
from llmrec.lab.page_text import table
from llmrec.lab.ratings import (
    BASE,
    METRICS,
    RatingTask,
    rating_baselines,
    rating_rows,
)
from llmrec.lab.runner import Found
from llmrec.lab.single import Judged, answers_of
from llmrec.lab.strategy import Strategy

_HEAD = ("row", "RMSE", "MAE", "order", f"Δ RMSE to {BASE}", "Δ order", "unread")


def keep_ratings(
    out: Path, task: RatingTask, strategies: Sequence[Strategy], found: Found, model: str
) -> list[str]:
    """Writes a record for each row and the report, and gives a line for each row."""
    baselines = rating_baselines(task)
    rows = rating_rows(task, baselines, found.scores)
    said = answers_of(baselines, found.scores)

    def cases(name: str) -> list[dict[str, object]]:
        return [
            {"user": case.user, "target": case.truth, "stars": float(was), "said": float(is_)}
            for case, was, is_ in zip(task.cases, task.stars, said[name], strict=True)
        ]

    keep_rows(out, task, rows, cases, strategies, model, "user_and_item")
    keep_pages(out, _title(task), _markdown(task, rows, model), _html(task, rows, model))
    return [f"{row.name:<24} " + "  ".join(_named_cells(row)) for row in _best_first(rows)]


def _markdown(task: RatingTask, rows: Sequence[Judged], model: str) -> str:
    parts = [f"# {_title(task)}", _opening(task, model), table(_HEAD, _body(rows))]
    return "\n\n".join(parts) + "\n"


def _html(task: RatingTask, rows: Sequence[Judged], model: str) -> str:
    opening = escape(_opening(task, model).replace("`", ""))
    plots = [figure_html(_plot(rows, metric)) for metric in ("rmse", "order")]
    return page(_title(task), [f"<p>{opening}</p>", *plots, table_html(_HEAD, _body(rows))])


def _title(task: RatingTask) -> str:
    return f"Rating prediction on {task.data}"


def _opening(task: RatingTask, model: str) -> str:
    n_people = len(set(task.people.tolist()))
    return (
        f"{len(task.cases)} rows of {n_people} people ({task.about}); model {model}; the mean is "
        f"{task.stars.mean():.2f} stars, the deviation {task.stars.std():.2f}. RMSE asks for the "
        "scale of everybody first, which means know. `order` does not: of two titles that one "
        "person gave different stars, how often the better one is put above; .500 is chance. "
        "Intervals are 95 %, people drawn again with all of their rows."
    )


def _best_first(rows: Sequence[Judged]) -> list[Judged]:
    return sorted(rows, key=lambda row: row.metrics["rmse"])


def _body(rows: Sequence[Judged]) -> list[tuple[str, ...]]:
    return [
        (
            f"**{row.name}**" if row.strategy else row.name,
            *(with_interval(row.metrics[m], row.intervals[m]) for m in METRICS),
            *(difference(row.gains.get(metric)) for metric in ("rmse", "order")),
            f"{100 * row.unread:.0f} %",
        )
        for row in _best_first(rows)
    ]


def _plot(rows: Sequence[Judged], metric: str) -> go.Figure:
    """A metric of every row with its interval, the best row uppermost."""
    figure = go.Figure()
    shown = _best_first(rows)[::-1]
    low, high = np.array([row.intervals[metric] for row in shown]).T
    means = np.array([row.metrics[metric] for row in shown])
    figure.add_scatter(
        x=means,
        y=[row.name for row in shown],
        error_x={"type": "data", "array": high - means, "arrayminus": means - low, "thickness": 1},
        mode="markers",
        marker={"color": [STRATEGY if row.strategy else BASELINE for row in shown], "size": 9},
    )
    label = {"rmse": "RMSE, stars", "order": "pairs of one person ordered right"}[metric]
    return laid_out(figure, label, "", 160 + 32 * len(shown))


def _named_cells(row: Judged) -> list[str]:
    return [f"{m} {with_interval(row.metrics[m], row.intervals[m])}" for m in METRICS]
