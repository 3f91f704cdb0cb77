"""The report as one HTML page that needs nothing else: tables and plots, the scripts inside."""

from collections.abc import Iterator, Sequence
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from llmrec.lab import page_text
from llmrec.lab.report import Report

_STRATEGY, _BASELINE, _QUIET = "#2f7f9e", "#8a8a93", "#c2413b"
_STYLE = """
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: #1f2328; }
h2 { margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .8rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #e3e3e8; text-align: left;
  white-space: nowrap; }
td:last-child { white-space: normal; min-width: 8rem; }
"""


def html(report: Report) -> str:
    """The whole page."""
    parts = [
        f"<h1>Prompting strategies on {escape(report.data)}</h1>",
        f"<p>{escape(page_text.opening(report))}</p>",
        _figure(ranking(report)),
        _table(*page_text.ranking_table(report)),
        f"<p>{escape(page_text.INTERVALS)}</p>",
        "<h2>What it depends on</h2>",
        "<ul>" + "".join(f"<li>{escape(s)}</li>" for s in page_text.findings(report)) + "</ul>",
        *(_figure(figure) for figure in _curves(report)),
        "<h2>Errors and cost</h2>",
        _table(*page_text.cost_table(report)),
        f"<p>{escape(page_text.ERRORS_LEGEND)}</p>",
        "<h2>Places, orders and fame</h2>",
        _table(*page_text.bias_table(report)),
        f"<p>{escape(page_text.legend(report)).replace('*', '')}</p>",
        "<h2>What was asked</h2>",
        _table(*page_text.source_table(report)),
    ]
    title = f"Prompting strategies on {escape(report.data)}"
    head = f"<meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style>"
    script = f"<script>{get_plotlyjs()}</script>"
    body = "\n".join(parts)
    return f"<!doctype html><html lang='en'><head>{head}{script}</head><body>{body}</body></html>"


def ranking(report: Report) -> go.Figure:
    """NDCG@10 of every row with its interval, and chance as a line."""
    figure = go.Figure()
    for strategies, colour, name in ((True, _STRATEGY, "strategy"), (False, _BASELINE, "baseline")):
        rows = [row for row in report.best_first if row.strategy is strategies]
        means = [100 * row.measured.means[report.metric] for row in rows]
        bounds = [row.measured.intervals[report.metric] for row in rows]
        figure.add_scatter(
            x=means,
            y=[row.name for row in rows],
            error_x=_bars(means, bounds),
            mode="markers",
            marker={"color": colour, "size": 9},
            name=name,
        )
    figure.add_vline(100 * report.chance[10], line={"color": _QUIET, "dash": "dot"})
    order = [row.name for row in report.best_first]
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1])
    title = f"NDCG@10 among {report.candidates}, % (dotted: chance)"
    return _laid_out(figure, title, "", 160 + 24 * len(report.rows))


def _curves(report: Report) -> Iterator[go.Figure]:
    chosen = [(row.name, row.first_choices) for row in report.strategies if row.first_choices]
    if chosen:
        figure = go.Figure()
        places = list(range(1, report.candidates + 1))
        for name, shares in chosen:
            figure.add_scatter(x=places, y=[100 * s for s in shares], mode="lines", name=name)
        figure.add_hline(100 / report.candidates, line={"color": _QUIET, "dash": "dot"})
        yield _laid_out(
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
            error_y=_bars(means, [(point[2], point[3]) for point in points]),
            mode="lines+markers",
            name=name,
        )
    figure.update_xaxes(type="category")
    return _laid_out(figure, title, "NDCG@10, %")


def _lift(report: Report) -> go.Figure:
    rows = sorted(report.rows, key=lambda row: row.lift["first"])
    means = [100 * row.lift["first"] for row in rows]
    figure = go.Figure()
    figure.add_bar(
        x=means,
        y=[row.name for row in rows],
        orientation="h",
        marker={"color": [_STRATEGY if row.strategy else _BASELINE for row in rows]},
        error_x=_bars(means, [(row.lift["low"], row.lift["high"]) for row in rows]),
    )
    figure.add_vline(100 * rows[0].lift["truth"], line={"color": _QUIET, "dash": "dot"})
    title = "percentile points that the first is better known by (dotted: the truths)"
    return _laid_out(figure, title, "", 160 + 24 * len(rows))


def _bars(means: Sequence[float], bounds: Sequence[tuple[float, float]]) -> dict:
    above = [100 * high - mean for mean, (_, high) in zip(means, bounds, strict=True)]
    below = [mean - 100 * low for mean, (low, _) in zip(means, bounds, strict=True)]
    return {"type": "data", "array": above, "arrayminus": below, "thickness": 1}


def _laid_out(figure: go.Figure, x: str, y: str, height: int = 420) -> go.Figure:
    figure.update_layout(
        template="plotly_white", height=height, margin={"l": 10, "r": 10, "t": 20, "b": 10}
    )
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y, automargin=True)
    return figure


def _figure(figure: go.Figure) -> str:
    return str(
        figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False})
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = [f"<tr>{cells}</tr>"]
    for row in rows:
        plain = (cell.replace("*", "").replace("`", "") for cell in row)
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in plain)
        lines.append(f"<tr>{cells}</tr>")
    return f"<div class='wide'><table>{''.join(lines)}</table></div>"
