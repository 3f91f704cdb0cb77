"""The taste map as a figure."""

from collections.abc import Sequence

import plotly.graph_objects as go

from llmrec.shelf import TastePoint

_LOOK = {
    "catalogue": ("rgba(140,140,150,.28)", 5),
    "suggested": ("#d9822b", 12),
    "yours": ("#2f9e77", 12),
    "disliked": ("#c2413b", 10),
}


def taste_map(points: Sequence[TastePoint]) -> go.Figure:
    """Every item as a dot; yours, the suggested and the disliked ones marked and named."""
    figure = go.Figure()
    for group, (colour, size) in _LOOK.items():
        mine = [p for p in points if p.group == group]
        figure.add_scatter(
            x=[p.x for p in mine],
            y=[p.y for p in mine],
            text=[p.title for p in mine],
            hovertemplate="%{text}<extra></extra>",
            mode="markers",
            name=group,
            marker={"color": colour, "size": size},
        )
    figure.update_layout(
        height=320,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.05, "font": {"color": "#8a8a93"}},
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure
