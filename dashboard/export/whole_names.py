"""Names of rows and columns that the page cuts, whole where a picture for a paper has the room."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from dashboard.export.fitted_cells import RIGHT
from dashboard.figures.parts.matrix_frame import TEXT_FROM, drawn_width


def with_whole_names(figure: go.Figure, width: float) -> None:
    """Write the names of a matrix whole, where `width` pixels leave its cells room for numbers.

    All of them or none: a name that is a row and a column is written alike. width: of the picture,
    infinite where it has that of the figure.
    """
    layout = figure.layout
    whole = (layout.meta or {}).get("whole")
    if not whole or layout.xaxis.tickangle != -90:
        return
    more = {axis: _more(layout[axis], names) for axis, names in whole.items()}
    across = abs(layout.xaxis.range[1] - layout.xaxis.range[0])
    if width - layout.margin.l - more["yaxis"] - RIGHT < TEXT_FROM * across:
        return
    for axis, names in whole.items():
        # Behind the names stands that of the means.
        layout[axis].ticktext = (*names, *layout[axis].ticktext[len(names) :])
    layout.margin.l += more["yaxis"]
    layout.margin.t += more["xaxis"]
    layout.width += more["yaxis"]
    layout.height += more["xaxis"]


def _more(axis: go.layout.XAxis | go.layout.YAxis, names: list[str]) -> int:
    """Pixels that the longest name takes more than what stands there."""
    written, wanted = (
        max((drawn_width(name, axis.tickfont.size) for name in some), default=0.0)
        for some in (axis.ticktext, names)
    )
    return max(math.ceil(wanted - written), 0)
