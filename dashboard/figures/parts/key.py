"""Which colour is which, in the figure itself: for one that leaves the page.

On the page the key stands above the figure, as text that can be read at any size (ui/group_key).
"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from dashboard.figures.parts.matrix_frame import text_width
from dashboard.text.names import escape

NAME = "key"
LETTERS, LINE, DOT = 12, 20, 34
"""Pixels: of letters, of a line, and of a dot with the space around it and its name."""


def with_key(
    figure: go.Figure, title: str, colors: Mapping[str, str], *, width: int, height: int
) -> tuple[go.Figure, int]:
    """The figure with a legend of these colours below all else, and its height with it.

    title: whose colours they are. width, height: in pixels, of the figure as it is.
    """
    keyed = go.Figure(figure)
    if not keyed.layout.showlegend:
        # The legend of the figure itself stays away.
        keyed.update_traces(showlegend=False)
    keyed.add_traces(
        [
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                marker={"color": color, "size": 9},
                name=escape(name),
                legend="legend2",
                showlegend=True,
                hoverinfo="skip",
                meta=NAME,
            )
            for name, color in colors.items()
        ]
    )
    more = LINE * _lines([f"{title}:", *colors], width)
    margin = keyed.layout.margin.b
    usual = keyed.layout.template.layout.margin.b
    below = next((one for one in (margin, usual) if one is not None), 80)
    keyed.update_layout(
        showlegend=True,
        height=height + more,
        margin={"b": below + more},
        legend2={
            "orientation": "h",
            "title": {"text": f"{escape(title)}:", "side": "left"},
            "font": {"size": LETTERS},
            "x": 0,
            "xref": "container",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    return keyed, height + more


def _lines(names: list[str], width: int) -> int:
    """How many lines the names need, each in a column as wide as the longest."""
    longest = max(text_width(name, LETTERS) for name in names[1:]) + DOT
    columns = max(int((width - text_width(names[0], LETTERS)) / longest), 1)
    return -(-(len(names) - 1) // columns)
