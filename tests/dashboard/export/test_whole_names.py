"""Names that the page cuts are whole in a picture that has the room."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.export.whole_names import with_whole_names
from dashboard.figures.parts.matrix import Colors, matrix_layout
from dashboard.figures.parts.matrix_frame import MatrixFrame, drawn_width
from dashboard.figures.parts.theme import Mode, theme

LONG = ("natural-language-inference & more", "question-answering in several languages", "short")
COLORS = Colors(((0.0, "#000000"), (1.0, "#ffffff")), 0.0, 1.0, "", ())


def matrix(names=LONG, *, means=True) -> go.Figure:
    grid = MatrixFrame(names, names, means=means)
    layout = matrix_layout(grid, COLORS, theme(Mode.LIGHT), rows="", columns="")
    return go.Figure(
        data=[{"type": "heatmap", "z": np.ones((len(names), len(names)))}],
        layout={**layout, "width": grid.size.width},
    )


@pytest.mark.parametrize("width", [math.inf, 900.0])
def test_names_are_whole_where_there_is_room_and_no_edge_cuts_them(width):
    figure = matrix()
    before = figure.to_dict()["layout"]
    with_whole_names(figure, width)
    layout = figure.layout
    for axis, side, long in ((layout.yaxis, "l", "width"), (layout.xaxis, "t", "height")):
        assert [text.replace("&amp;", "&") for text in axis.ticktext[:3]] == list(LONG)
        assert axis.ticktext[3] == "<i>mean</i>"
        longest = max(drawn_width(text, axis.tickfont.size) for text in axis.ticktext)
        assert layout.margin[side] >= longest
        # Cells keep their size.
        assert layout[long] - before[long] == layout.margin[side] - before["margin"][side] > 0


def test_names_stay_cut_where_cells_would_have_no_room_for_numbers():
    figure = matrix()
    before = figure.to_dict()
    with_whole_names(figure, 300.0)
    assert figure.to_dict() == before


def test_names_that_are_whole_stay_as_they_are():
    figure = matrix(("a", "b", "c"))
    before = figure.to_dict()
    with_whole_names(figure, math.inf)
    assert figure.to_dict() == before
