"""Figures for print: a size of their own, and nothing that a caption says anyway."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.figures.parts.theme import Style

WIDTH = 460
"""Pixels of a figure without a size of its own: printed 9 cm wide, its labels have 7 points."""


def for_print(
    figure: go.Figure, style: Style, size: tuple[int, int] | None, *, height: int
) -> tuple[go.Figure, tuple[int, int] | None]:
    """The figure in a style, and its (width, height) in pixels; None = as wide as the page.

    On paper a figure that has no size gets one. Bare, title and legend go; a title's place on top
    of the axes goes with it.
    """
    if style is Style.SCREEN:
        return figure, size
    printed = go.Figure(figure)
    if size is None:
        size = (WIDTH, int(figure.layout.height or height))
    if style is Style.BARE:
        size = _without_title(printed, size)
    printed.update_layout(width=size[0], height=size[1], autosize=False)
    return printed, size


def _without_title(figure: go.Figure, size: tuple[int, int]) -> tuple[int, int]:
    figure.update_layout(showlegend=False)
    if not figure.layout.title.text:
        return size
    figure.layout.title = None
    top = figure.layout.margin.t or figure.layout.template.layout.margin.t or 0
    freed = max(int(top) - 16, 0)
    figure.update_layout(margin={"t": int(top) - freed})
    return size[0], size[1] - freed
