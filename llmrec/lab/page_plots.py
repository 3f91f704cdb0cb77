"""The report as one HTML page that needs nothing else: tables and plots, the scripts inside."""

from collections.abc import Iterator, Sequence
from html import escape

import plotly.graph_objects as go

from llmrec.lab import page_text
from llmrec.lab.exposure import strays_most
from llmrec.lab.page_exposure import (
    EXPOSURE_LEGEND,
    diversity_legend,
    diversity_table,
    exposure_tables,
    kinds_of,
)
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
from llmrec.lab.report import Report


def html(report: Report) -> str:
    """The whole page."""
    parts = [
        f"<p>{escape(page_text.opening(report))}</p>",
        figure_html(ranking(report)),
        table_html(*page_text.ranking_table(report)),
        f"<p>{escape(page_text.INTERVALS)}</p>",
        "<h2>What it depends on</h2>",
        "<ul>" + "".join(f"<li>{escape(s)}</li>" for s in page_text.findings(report)) + "</ul>",
        *(figure_html(figure) for figure in _curves(report)),
        "<h2>Errors and cost</h2>",
        table_html(*page_text.cost_table(report)),
        f"<p>{escape(page_text.ERRORS_LEGEND)}</p>",
        *_calls(report),
        "<h2>Places, orders and fame</h2>",
        table_html(*page_text.bias_table(report)),
        f"<p>{escape(page_text.legend(report)).replace('*', '')}</p>",
        "<h2>What comes first</h2>",
        *(figure_html(_strays(report, kind)) for kind in kinds_of(report)),
        *(table_html(*told) for told in exposure_tables(report)),
        f"<p>{escape(EXPOSURE_LEGEND).replace('*', '')}</p>",
        table_html(*diversity_table(report)),
        f"<p>{escape(diversity_legend(report)).replace('*', '')}</p>",
        "<h2>What was asked</h2>",
        table_html(*page_text.source_table(report)),
    ]
    return page(f"Prompting strategies on {report.data}", parts)


def _calls(report: Report) -> Iterator[str]:
    for told in page_text.calls_tables(report):
        yield table_html(*told)
        yield f"<p>{escape(page_text.CALLS_LEGEND).replace('*', '')}</p>"


def ranking(report: Report) -> go.Figure:
    """NDCG@10 of every row with its interval, and chance as a line."""
    figure = go.Figure()
    for strategies, colour, name in ((True, STRATEGY, "strategy"), (False, BASELINE, "baseline")):
        rows = [row for row in report.best_first if row.strategy is strategies]
        means = [100 * row.measured.means[report.metric] for row in rows]
        bounds = [row.measured.intervals[report.metric] for row in rows]
        figure.add_scatter(
            x=means,
            y=[row.name for row in rows],
            error_x=bars(means, bounds),
            mode="markers",
            marker={"color": colour, "size": 9},
            name=name,
        )
    figure.add_vline(100 * report.chance[10], line={"color": QUIET, "dash": "dot"})
    order = [row.name for row in report.best_first]
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1])
    title = f"NDCG@10 among {report.candidates}, % (dotted: chance)"
    return laid_out(figure, title, "", 160 + 24 * len(report.rows))


def _curves(report: Report) -> Iterator[go.Figure]:
    chosen = [(row.name, row.first_choices) for row in report.strategies if row.first_choices]
    if chosen:
        figure = go.Figure()
        places = list(range(1, report.candidates + 1))
        for name, shares in chosen:
            figure.add_scatter(x=places, y=[100 * s for s in shares], mode="lines", name=name)
        figure.add_hline(100 / report.candidates, line={"color": QUIET, "dash": "dot"})
        yield laid_out(
            figure, "place in the prompt (dotted: no leaning)", "% of prompts where it came first"
        )
    placed = [(row.name, row.by_place) for row in report.strategies if row.by_place]
    if placed:
        yield _points(placed, "where the truth was shown")
    yield _points([(r.name, r.by_history) for r in report.rows], "items in the history")
    yield _lift(report)


def _points(curves: Sequence, title: str) -> go.Figure:
    figure = go.Figure()
    for name, points in curves:
        means = [100 * point[1] for point in points]
        figure.add_scatter(
            x=[point[0] for point in points],
            y=means,
            error_y=bars(means, [(point[2], point[3]) for point in points]),
            mode="lines+markers",
            name=name,
        )
    figure.update_xaxes(type="category")
    return laid_out(figure, title, "NDCG@10, %")


def _lift(report: Report) -> go.Figure:
    rows = sorted(report.rows, key=lambda row: row.lift["first"])
    means = [100 * row.lift["first"] for row in rows]
    figure = go.Figure()
    figure.add_bar(
        x=means,
        y=[row.name for row in rows],
        orientation="h",
        marker={"color": [STRATEGY if row.strategy else BASELINE for row in rows]},
        error_x=bars(means, [(row.lift["low"], row.lift["high"]) for row in rows]),
    )
    figure.add_vline(100 * rows[0].lift["truth"], line={"color": QUIET, "dash": "dot"})
    title = "percentile points that the first is better known by (dotted: the truths)"
    return laid_out(figure, title, "", 160 + 24 * len(rows))


def _strays(report: Report, kind: str) -> go.Figure:
    """Of every row the group of one kind that comes first most out of proportion."""
    rows = [row for row in report.rows if row.exposure]
    told = [strays_most(s for s in row.exposure if s.kind == kind) for row in rows]
    gaps = [100 * share.gap for share in told]
    figure = go.Figure()
    figure.add_scatter(
        x=gaps,
        y=[row.name for row in rows],
        error_x=bars(gaps, [(share.low, share.high) for share in told]),
        mode="markers+text",
        text=[share.group for share in told],
        textposition="top center",
        marker={"color": [STRATEGY if row.strategy else BASELINE for row in rows], "size": 9},
    )
    figure.add_vline(0, line={"color": QUIET, "dash": "dot"})
    title = f"{kind}: percentage points by which the named group comes first beyond its share"
    return laid_out(figure, title, "", 160 + 32 * len(told))
