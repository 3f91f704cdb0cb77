"""What a report's HTML page is made of: it needs nothing else, the scripts are inside."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

STRATEGY, BASELINE, QUIET = "#2f7f9e", "#8a8a93", "#c2413b"
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


def page(title: str, parts: Sequence[str]) -> str:
    """The whole page."""
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    script = f"<script>{get_plotlyjs()}</script>"
    body = "\n".join((f"<h1>{escape(title)}</h1>", *parts))
    return f"<!doctype html><html lang='en'><head>{head}{script}</head><body>{body}</body></html>"


def bars(means: Sequence[float], bounds: Sequence[tuple[float, float]]) -> dict:
    """Error bars, in percent, of means in percent and bounds in shares."""
    above = [100 * high - mean for mean, (_, high) in zip(means, bounds, strict=True)]
    below = [mean - 100 * low for mean, (low, _) in zip(means, bounds, strict=True)]
    return {"type": "data", "array": above, "arrayminus": below, "thickness": 1}


def laid_out(figure: go.Figure, x: str, y: str, height: int = 420) -> go.Figure:
    figure.update_layout(
        template="plotly_white", height=height, margin={"l": 10, "r": 10, "t": 20, "b": 10}
    )
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y, automargin=True)
    return figure


def figure_html(figure: go.Figure) -> str:
    return str(
        figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False})
    )


def table_html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = [f"<tr>{cells}</tr>"]
    for row in rows:
        plain = (cell.replace("*", "").replace("`", "") for cell in row)
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in plain)
        lines.append(f"<tr>{cells}</tr>")
    return f"<div class='wide'><table>{''.join(lines)}</table></div>"
