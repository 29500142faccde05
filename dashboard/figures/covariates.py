"""What is known of tasks against what they give and receive, in small scatters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from core.numerics.permutation import LEVEL
from core.study import Study
from dashboard.figures.association.scatter import extremity
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.label_placement import label_annotations
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.points import MANY, heading, note, padded
from dashboard.figures.parts.selection import selects_points
from dashboard.figures.parts.theme import Mode, Theme, task_colors
from dashboard.text.names import escape, lines_of, shortened, shortened_apart
from dashboard.text.numbers import number, p_value, quantity, signed, unit_text

if TYPE_CHECKING:
    from core.analyses.covariates import CovariateTest, CovariateTests
    from core.analyses.task_covariates import Covariate


CELL = (162, 150)
"""Width and height of a scatter, its head included, in pixels."""
WIDER_CELLS = {1: 340, 2: 340, 3: 300, 4: 240, 5: 196}
"""Widths on the page where there are so few columns that it has room."""
GAP = 18
HEAD = 22
MARGIN = {"l": 62, "r": 12, "t": 4, "b": 76}
MARK, MARK_OF_SOME, MARK_OF_MANY = 8.0, 5.0, 3.5
SOME = 40
"""Above so many tasks their points are smaller, above `MANY` smaller still."""
LABEL_ALL_UP_TO, LABEL_EXTREMES, LABEL_LENGTH = 14, 6, 12
GL_FROM = 300
NAME_LINES, NAME_WIDTH = 3, 25
NOT_TESTED = "not tested"


def cell_width(result: CovariateTests, theme: Theme) -> int:
    """Of each scatter; a picture for a paper has narrow ones, so that its letters stay large."""
    return WIDER_CELLS.get(len(result.shown), CELL[0]) if theme.canvas is None else CELL[0]


def figure_size(result: CovariateTests, theme: Theme) -> tuple[int, int]:
    """Width and height in pixels: a column for each covariate, a row for each response."""
    columns = max(len(result.shown), 1)
    return (
        MARGIN["l"] + columns * cell_width(result, theme) + (columns - 1) * GAP + MARGIN["r"],
        MARGIN["t"]
        + len(result.responses) * CELL[1]
        + (len(result.responses) - 1) * GAP
        + MARGIN["b"],
    )


def covariate_scatters(result: CovariateTests, study: Study, theme: Theme) -> go.Figure:
    """Given, received and net (rows) against every covariate that has a test (columns).

    Each scatter has one trace, its points the tasks that have both values, a click selects one;
    ρ and its p stand above it, quiet where p > 0.05.
    """
    width, height = figure_size(result, theme)
    cell = cell_width(result, theme)
    layout: dict[str, Any] = {
        "template": theme.template,
        "width": width,
        "height": height,
        "margin": MARGIN,
    }
    data: list[go.Scatter | go.Scattergl] = []
    annotations: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    inner = (width - MARGIN["l"] - MARGIN["r"], height - MARGIN["t"] - MARGIN["b"])
    last = len(result.responses) - 1
    for row, response in enumerate(result.responses):
        y_range = padded(result.response_values[row], 0.14)
        for column, covariate in enumerate(result.shown):
            at = row * len(result.shown) + column
            axes = f"x{at + 1}" if at else "x", f"y{at + 1}" if at else "y"
            x_range = padded(covariate.values, 0.12)
            left = column * (cell + GAP) / inner[0]
            top = 1 - (row * (CELL[1] + GAP) + HEAD) / inner[1]
            bottom = 1 - (row * (CELL[1] + GAP) + CELL[1]) / inner[1]
            layout[f"xaxis{at + 1 if at else ''}"] = {
                "domain": (left, min(left + cell / inner[0], 1.0)),
                "anchor": axes[1],
                "range": x_range,
                "nticks": 5,
                "showticklabels": row == last,
                "tickfont": {"size": 11},
                # The next column begins where one ends.
                "ticklabeloverflow": "hide past domain",
                "ticklen": 4,
                "title": {
                    "text": _axis_name(covariate, theme) if row == last else "",
                    "standoff": 6,
                    "font": {"size": 12},
                },
            }
            layout[f"yaxis{at + 1 if at else ''}"] = {
                "domain": (max(bottom, 0.0), top),
                "anchor": axes[0],
                "range": y_range,
                "nticks": 4,
                "showticklabels": column == 0,
                "ticks": "outside" if column == 0 else "",
                "tickfont": {"size": 11},
                "ticklen": 4,
                "title": {"text": response if column == 0 else "", "standoff": 4},
            }
            test = result.test(response, covariate.name)
            data.append(_points(result, study, covariate, row, axes, theme))
            annotations.append(_head(test, axes, theme))
            annotations += _labels(result, study, covariate, row, axes, x_range, y_range, theme)
            if y_range[0] < 0 < y_range[1]:
                shapes.append(_zero(axes, theme))
    if not result.shown:
        annotations = [note("nothing is known of at least 3 tasks", theme)]
        layout |= {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return go.Figure(data=data, layout={**layout, "annotations": annotations, "shapes": shapes})


def _axis_name(covariate: Covariate, theme: Theme) -> str:
    """At most three lines, the unit quiet at the end."""
    lines = lines_of(covariate.name, NAME_WIDTH)
    shown = [escape(line.strip()) for line in lines[:NAME_LINES]]
    if len(lines) > NAME_LINES:
        shown[-1] = escape(shortened(lines[NAME_LINES - 1].strip() + "…", NAME_WIDTH))
    if covariate.unit and len(shown) < NAME_LINES + 1:
        unit = escape(shortened(unit_text(covariate.unit), NAME_WIDTH))
        shown.append(f'<span style="font-size:11px;color:{theme.muted}">{unit}</span>')
    return "<br>".join(shown)


def _known(result: CovariateTests, covariate: Covariate, row: int) -> list[int]:
    both = np.isfinite(covariate.values) & np.isfinite(result.response_values[row])
    return [int(at) for at in np.flatnonzero(both)]


def _mark(count: int) -> float:
    """Diameter of a point: these frames are small, and what is extreme is to be told apart."""
    return MARK if count <= SOME else MARK_OF_SOME if count <= MANY else MARK_OF_MANY


def _points(
    result: CovariateTests,
    study: Study,
    covariate: Covariate,
    row: int,
    axes: tuple[str, str],
    theme: Theme,
) -> go.Scatter | go.Scattergl:
    known = _known(result, covariate, row)
    tasks = [result.tasks[at] for at in known]
    colors = task_colors(study.tasks)
    unit = f" {unit_text(covariate.unit)}" if covariate.unit else ""
    say = number if result.responses[row] in ("given", "received") else signed
    kind = go.Scatter if len(known) <= GL_FROM else go.Scattergl
    return kind(
        x=covariate.values[known],
        y=result.response_values[row][known],
        xaxis=axes[0],
        yaxis=axes[1],
        mode="markers",
        name=f"{result.responses[row]} against {escape(covariate.name)}",
        **selects_points([(task,) for task in tasks]),
        marker={
            "size": _mark(len(result.tasks)),
            "color": [colors.get(task, theme.muted) for task in tasks],
            "line": {
                "width": 1 if len(known) <= MANY else 0,
                "color": theme.background if theme.mode is Mode.LIGHT else theme.muted,
            },
        },
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(task)}</b>"
            f"<br>{escape(covariate.name)}"
            f" {quantity(float(covariate.values[at]))}{escape(unit)}"
            f"<br>{result.responses[row]} {say(float(result.response_values[row][at]))}"
            + ("<br>a sum that stands for missing cells" if task in result.estimated else "")
            for at, task in zip(known, tasks, strict=True)
        ],
    )


def _labels(
    result: CovariateTests,
    study: Study,
    covariate: Covariate,
    row: int,
    axes: tuple[str, str],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    theme: Theme,
) -> list[dict[str, Any]]:
    known = _known(result, covariate, row)
    if not known:
        return []
    x: FloatArray = covariate.values[known]
    y: FloatArray = result.response_values[row][known]
    width = cell_width(result, theme)
    length = LABEL_LENGTH * width // CELL[0]
    names = shortened_apart((study.task(result.tasks[at]).label for at in known), length)
    placed = label_annotations(
        x,
        y,
        names,
        extremity(x) + extremity(y),
        x_range,
        y_range,
        (width, CELL[1] - HEAD),
        theme,
        most=None if len(known) <= LABEL_ALL_UP_TO else LABEL_EXTREMES,
        avoid=_along_zero(x_range, y_range),
        mark=_mark(len(result.tasks)),
    )
    return [{**label, "xref": axes[0], "yref": axes[1]} for label in placed]


def _along_zero(x_range: tuple[float, float], y_range: tuple[float, float]) -> FloatArray | None:
    """(100, 2) places on the line at zero; None where it is not in sight."""
    if not y_range[0] < 0 < y_range[1]:
        return None
    return np.column_stack([np.linspace(*x_range, 100), np.zeros(100)])


def _head(test: CovariateTest, axes: tuple[str, str], theme: Theme) -> dict[str, Any]:
    """`ρ = 0.96, p = 0.003` above a scatter, or why there is none."""
    found = test.correlation
    if math.isfinite(found.rho):
        p = f", {p_value(found.p)}" if math.isfinite(found.p) else ""
        text = f"ρ = {number(found.rho)}{p}"
    else:
        # Why not stands in the table of all tests.
        text = NOT_TESTED if found.why.startswith(NOT_TESTED) else found.why
        text = shortened(text, int(CELL[0] / max(text_width("n", 12), 1)))
    clear = found.p <= LEVEL
    color = theme.text if clear else mix(theme.muted, theme.text, 0.25)
    said = escape(text)
    return heading(axes, f"<b>{said}</b>" if clear else said, color, name="test")


def _zero(axes: tuple[str, str], theme: Theme) -> dict[str, Any]:
    return {
        "type": "line",
        "name": "zero",
        "xref": f"{axes[0]} domain",
        "yref": axes[1],
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "layer": "below",
        "line": {"color": theme.muted, "width": 1, "dash": "dot"},
    }
