"""What is known of tasks against what they give and receive, in small scatters."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from core.numerics.permutation import LEVEL
from core.study import Study
from dashboard.figures.association.scatter import extremity
from dashboard.figures.parts.assembled import assembled
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
LETTERS = 12
"""Pixels of the letters of a figure of its own size."""
NARROWEST = 72
TURNED_MARGIN = {"l": 104, "r": 12, "t": 16, "b": 46}
TURNED_NAME = 18
"""Letters on a line of a name that stands beside its row."""
HEAD = 22
MARGIN = {"l": 62, "r": 12, "t": 4, "b": 76}
MARK, MARK_OF_SOME, MARK_OF_MANY = 8.0, 5.0, 3.5
SOME = 40
"""Above so many tasks their points are smaller, above `MANY` smaller still."""
LABEL_ALL_UP_TO, LABEL_EXTREMES, LABEL_LENGTH = 14, 6, 12
GL_FROM = 300
NAME_LINES, NAME_WIDTH = 3, 25
NOT_TESTED = "not tested"


def is_turned(result: CovariateTests, theme: Theme) -> bool:
    """Whether covariates stand below each other: in a column of a paper they find no room beside.

    Responses are then on the axis across.
    """
    return theme.canvas is not None and _usual_width(result, theme) > _room(theme)


def _room(theme: Theme) -> int:
    """Pixels across a picture, where its letters are those of a figure of its own size."""
    if theme.canvas is None:
        return 0
    return round(theme.canvas.width * LETTERS / (theme.canvas.labels or LETTERS))


def cell_width(result: CovariateTests, theme: Theme) -> int:
    """Of each scatter; a picture for a paper has narrow ones, so that its letters stay large."""
    if is_turned(result, theme):
        count = len(result.responses)
        beside = TURNED_MARGIN["l"] + TURNED_MARGIN["r"] + (count - 1) * GAP
        return max((_room(theme) - beside) // count, NARROWEST)
    return _usual_cell(result, theme)


def _usual_cell(result: CovariateTests, theme: Theme) -> int:
    return WIDER_CELLS.get(len(result.shown), CELL[0]) if theme.canvas is None else CELL[0]


def _usual_width(result: CovariateTests, theme: Theme) -> int:
    columns = max(len(result.shown), 1)
    cells = columns * _usual_cell(result, theme) + (columns - 1) * GAP
    return MARGIN["l"] + cells + MARGIN["r"]


def figure_size(result: CovariateTests, theme: Theme) -> tuple[int, int]:
    """Width and height in pixels: a column for each covariate, a row for each response.

    Where it is turned, the other way round.
    """
    turned = is_turned(result, theme)
    margin = TURNED_MARGIN if turned else MARGIN
    rows, columns = len(result.responses), max(len(result.shown), 1)
    if turned:
        rows, columns = columns, rows
    return (
        margin["l"] + columns * cell_width(result, theme) + (columns - 1) * GAP + margin["r"],
        margin["t"] + rows * CELL[1] + (rows - 1) * GAP + margin["b"],
    )


def covariate_scatters(result: CovariateTests, study: Study, theme: Theme) -> go.Figure:
    """Given, received and net (rows) against every covariate that has a test (columns).

    Each scatter has one trace, its points the tasks that have both values, a click selects one;
    ρ and its p stand above it, quiet where p > 0.05. In a narrow picture it is turned.
    """
    turned = is_turned(result, theme)
    margin = TURNED_MARGIN if turned else MARGIN
    width, height = figure_size(result, theme)
    cell = cell_width(result, theme)
    layout: dict[str, Any] = {
        "template": theme.template,
        "width": width,
        "height": height,
        "margin": margin,
    }
    data: list[go.Scatter | go.Scattergl] = []
    annotations: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    inner = (width - margin["l"] - margin["r"], height - margin["t"] - margin["b"])
    rows, columns = len(result.responses), len(result.shown)
    if turned:
        rows, columns = columns, rows
    for at, (row, column) in enumerate(product(range(rows), range(columns))):
        of, known = (column, row) if turned else (row, column)
        response, covariate = result.responses[of], result.shown[known]
        axes = f"x{at + 1}" if at else "x", f"y{at + 1}" if at else "y"
        of_response = padded(result.response_values[of], 0.14)
        of_covariate = padded(covariate.values, 0.12)
        x_range, y_range = (of_response, of_covariate) if turned else (of_covariate, of_response)
        name = _axis_name(covariate, theme, TURNED_NAME if turned else NAME_WIDTH)
        across, up = (response, name) if turned else (name, response)
        left = column * (cell + GAP) / inner[0]
        top = 1 - (row * (CELL[1] + GAP) + HEAD) / inner[1]
        bottom = 1 - (row * (CELL[1] + GAP) + CELL[1]) / inner[1]
        layout[f"xaxis{at + 1 if at else ''}"] = {
            "domain": (left, min(left + cell / inner[0], 1.0)),
            "anchor": axes[1],
            "range": x_range,
            "nticks": 3 if turned else 5,
            **_across(across if row == rows - 1 else None),
        }
        layout[f"yaxis{at + 1 if at else ''}"] = {
            "domain": (max(bottom, 0.0), top),
            "anchor": axes[0],
            "range": y_range,
            **_up(up if column == 0 else None),
        }
        test = result.test(response, covariate.name)
        trace = _points(result, study, covariate, of, axes, theme)
        if turned:
            trace.x, trace.y = trace.y, trace.x
        data.append(trace)
        annotations.append(_head(test, axes, theme, turned=turned))
        annotations += _labels(result, study, covariate, of, axes, x_range, y_range, theme)
        if of_response[0] < 0 < of_response[1]:
            shapes.append(_zero(axes, theme, turned=turned))
    if not result.shown:
        annotations = [note("nothing is known of at least 3 tasks", theme)]
        layout |= {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return assembled(data=data, layout={**layout, "annotations": annotations, "shapes": shapes})


def _across(title: str | None) -> dict[str, Any]:
    """Looks of an axis across; None = one below says what it is."""
    return {
        "showticklabels": title is not None,
        "tickfont": {"size": 11},
        # The next column begins where one ends.
        "ticklabeloverflow": "hide past domain",
        "ticklen": 4,
        "title": {"text": title or "", "standoff": 6, "font": {"size": 12}},
    }


def _up(title: str | None) -> dict[str, Any]:
    """Looks of an axis up; None = one at the left says what it is."""
    return {
        "nticks": 4,
        "showticklabels": title is not None,
        "ticks": "outside" if title is not None else "",
        "tickfont": {"size": 11},
        "ticklen": 4,
        "title": {"text": title or "", "standoff": 4},
    }


def _axis_name(covariate: Covariate, theme: Theme, width: int) -> str:
    """At most three lines of so many letters, the unit quiet at the end."""
    lines = lines_of(covariate.name, width)
    shown = [escape(line.strip()) for line in lines[:NAME_LINES]]
    if len(lines) > NAME_LINES:
        shown[-1] = escape(shortened(lines[NAME_LINES - 1].strip() + "…", width))
    if covariate.unit and len(shown) < NAME_LINES + 1:
        unit = escape(shortened(unit_text(covariate.unit), width))
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
    turned = is_turned(result, theme)
    if turned:
        x, y = y, x
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
        avoid=None if turned else _along_zero(x_range, y_range),
        mark=_mark(len(result.tasks)),
    )
    return [{**label, "xref": axes[0], "yref": axes[1]} for label in placed]


def _along_zero(x_range: tuple[float, float], y_range: tuple[float, float]) -> FloatArray | None:
    """(100, 2) places on the line at zero; None where it is not in sight."""
    if not y_range[0] < 0 < y_range[1]:
        return None
    return np.column_stack([np.linspace(*x_range, 100), np.zeros(100)])


def _head(
    test: CovariateTest, axes: tuple[str, str], theme: Theme, *, turned: bool
) -> dict[str, Any]:
    """`ρ = 0.96, p = 0.003` above a scatter, or why there is none."""
    found = test.correlation
    if math.isfinite(found.rho):
        parts = [f"ρ = {number(found.rho)}"]
        parts += [p_value(found.p)] if math.isfinite(found.p) else []
        text = ("\n" if turned else ", ").join(parts)
    else:
        # Why not stands in the table of all tests.
        text = NOT_TESTED if found.why.startswith(NOT_TESTED) else found.why
        text = shortened(text, int(CELL[0] / max(text_width("n", 12), 1)))
    clear = found.p <= LEVEL
    color = theme.text if clear else mix(theme.muted, theme.text, 0.25)
    said = escape(text).replace("\n", "<br>")
    return heading(axes, f"<b>{said}</b>" if clear else said, color, name="test")


def _zero(axes: tuple[str, str], theme: Theme, *, turned: bool) -> dict[str, Any]:
    if turned:
        across = {"xref": axes[0], "yref": f"{axes[1]} domain", "x0": 0, "x1": 0, "y0": 0, "y1": 1}
        return _zero(axes, theme, turned=False) | across
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
