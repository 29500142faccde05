"""A matrix as wide as a column of a paper: its cells give way, its letters do not.

On the page a matrix has a size of its own. In print it is given a width and letters of a size, so
that cells are what is left. A number that would be too small to read in its cell is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.figures.parts.legend import LONGEST_BAR, SHORTEST_BAR
from dashboard.figures.parts.matrix_frame import BAR_WIDTH, ColumnLabels, drawn_width

READABLE_PT = 5.0
"""Letters below it are too small in print."""
NAMED_CELL = 13.0
"""Pixels of a cell whose row has a name."""
LARGEST_CELL = 56.0
HIGHEST = 1.25
"""Of its width, how high a matrix grows."""
RIGHT = 14
_SMALLER = re.compile(r"font-size:([\d.]+)px")


@dataclass(frozen=True)
class LeftOut:
    """Numbers that are not drawn: the size they would have, and the width that shows them."""

    type_pt: float
    width_mm: float


def is_matrix(figure: go.Figure) -> bool:
    """Whether its first trace are cells."""
    return bool(figure.data) and figure.data[0].type == "heatmap"


def fit_cells(figure: go.Figure, width: float) -> None:
    """Make cells so large that the figure is `width` pixels wide, where they can be.

    They stay large enough for a name beside each row that has one, and end at `LARGEST_CELL`.
    Names of columns that no longer fit beside each other are turned.
    """
    layout = figure.layout
    margin = layout.margin
    x, y = layout.xaxis, layout.yaxis
    across, down = abs(x.range[1] - x.range[0]), abs(y.range[0] - y.range[1])
    before = _cell(figure)
    least = NAMED_CELL / _step(y.tickvals)
    cell = (width - margin.l - RIGHT) / across
    # What is much higher than wide grows no further down the page.
    roomy = min(LARGEST_CELL, (HIGHEST * width - margin.t - margin.b) / down)
    cell = min(max(cell, least), max(roomy, before))
    labels = ColumnLabels.drawn(x.ticktext or (), x.tickfont.size)
    was_turned, turned = x.tickangle == -90, labels.crowd(cell * _step(x.tickvals))
    if turned != was_turned:
        margin.t += labels.room(turned=turned) - labels.room(turned=was_turned)
        x.ticktext = labels.written(turned=turned)
        x.tickangle = -90 if turned else 0
    margin.r = RIGHT + max(BAR_WIDTH - round(across * cell), 0)
    bar = layout.coloraxis.colorbar
    if bar.len is not None:
        # One that is longer than a narrow matrix is wide stays as it is.
        shortest = min(bar.len, SHORTEST_BAR)
        bar.len = min(max(len(figure.data[0].z[0]) * cell, shortest), LONGEST_BAR)
        # Its title may be longer still; `drawn_width` is rather too wide.
        title = 0.95 * drawn_width(bar.title.text or "", bar.title.font.size or 12)
        needed = (bar.len + title) / 2 + 6 - across * cell
        margin.r = max(margin.r, round(needed))
    layout.width = round(margin.l + margin.r + across * cell)
    layout.height = round(margin.t + margin.b + down * cell)
    _fit_numbers(figure, cell)


def without_small_numbers(
    figure: go.Figure, mm_per_pixel: float, least_pt: float
) -> LeftOut | None:
    """Take the numbers out of the cells where they would be smaller; what was taken."""
    numbers = next((one for one in figure.data if one.name == "numbers"), None)
    if numbers is None or not numbers.text:
        return None
    points = mm_per_pixel / 25.4 * 72
    smallest = min(_sizes(numbers))
    if smallest * points >= least_pt - 0.01:
        return None
    figure.data = [one for one in figure.data if one is not numbers]
    needed = least_pt / (smallest * points)
    layout = figure.layout
    beside = layout.margin.l + layout.margin.r
    wider = beside + (layout.width - beside) * needed
    return LeftOut(type_pt=smallest * points, width_mm=wider * mm_per_pixel)


def _cell(figure: go.Figure) -> float:
    layout = figure.layout
    inner = layout.width - layout.margin.l - layout.margin.r
    return float(inner / abs(layout.xaxis.range[1] - layout.xaxis.range[0]))


def _step(places: tuple[float, ...] | None) -> float:
    """Every how many cells one has a name; that of the means is not one of them."""
    return float(places[1] - places[0]) if places is not None and len(places) > 2 else 1.0


def _sizes(numbers: go.Scatter) -> list[float]:
    """Of all letters of the numbers, in pixels."""
    smaller = {float(found) for text in numbers.text for found in _SMALLER.findall(text)}
    return [float(numbers.textfont.size), *sorted(smaller)]


def _fit_numbers(figure: go.Figure, cell: float) -> None:
    """As large as the cells let them be, and no larger than the names of rows."""
    for numbers in (one for one in figure.data if one.name == "numbers" and one.text):
        size = float(numbers.textfont.size)
        wide, high = 1.0, 1.0
        for text in set(numbers.text):
            lines = text.split("<br>")
            sizes = [float((_SMALLER.findall(line) or [size])[0]) for line in lines]
            widths = [drawn_width(a, b) for a, b in zip(lines, sizes, strict=True)]
            wide, high = max(wide, *widths), max(high, 1.2 * sum(sizes))
        most = float(figure.layout.yaxis.tickfont.size) / size
        by = min((cell - 2) / wide, (cell - 2) / high, most)
        numbers.textfont.size = round(size * by, 1)
        numbers.text = [_scaled(text, by) for text in numbers.text]


def _scaled(text: str, by: float) -> str:
    return _SMALLER.sub(lambda found: f"font-size:{float(found[1]) * by:.1f}px", text)
