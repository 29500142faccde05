"""Matrices as figures: transfer of training sets to targets, and similarity of tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.numerics.arrays import BoolArray, FloatArray
from core.transfer.matrix import TransferMatrix, mean_present
from dashboard.figures.parts.cell_hover import CellTexts, mean_text
from dashboard.figures.parts.colors import mix, numbers_font, scale_colors
from dashboard.figures.parts.legend import colorbar_below, in_lines
from dashboard.figures.parts.matrix_frame import MatrixFrame, text_width
from dashboard.figures.parts.theme import Colorscale, Theme
from dashboard.text.names import (
    escape,
    lines_of,
    sources_in_words,
)
from dashboard.text.numbers import in_power, power_text

FULL_HOVER_UP_TO = 1_600
REASONS_UP_TO = 2_000
HATCHED_UP_TO = 400
FLOAT32_FROM = 40_000
_BITS_LEFT_OUT = 8


@dataclass(frozen=True)
class Colors:
    """A colour scale, the values at its ends and what its bar says.

    power: of ten, that the numbers in the cells are written in; 0 = as they are.
    """

    scale: Colorscale
    low: float
    high: float
    caption: str
    ticks: tuple[tuple[float, str], ...]
    power: int = 0

    def axis(self, theme: Theme, grid: MatrixFrame) -> dict[str, Any]:
        """`layout.coloraxis`, its bar below the matrix."""
        cells = f"cells × {power_text(self.power)}" if self.power else ""
        title = in_lines(self.caption, cells, grid)
        return {
            "colorscale": [list(stop) for stop in self.scale],
            "cmin": self.low,
            "cmax": self.high,
            "cmid": 0.0 if self.low < 0 else None,
            "colorbar": colorbar_below(grid, theme, ticks=self.ticks, title=title),
        }


def values_trace(
    values: FloatArray, grid: MatrixFrame, hover: dict[str, Any], stands_for: dict[str, Any]
) -> dict[str, Any]:
    """The cells with a value."""
    return {
        "type": "heatmap",
        "meta": stands_for,
        "z": _sent(values),
        "coloraxis": "coloraxis",
        "xgap": grid.gap,
        "ygap": grid.gap,
        "name": "values",
        **hover,
    }


def counted_hover(
    template: str, counts: npt.NDArray[np.unsignedinteger], present: BoolArray
) -> dict[str, Any]:
    """Hover of a large matrix that ends with a count; one that all cells share travels once."""
    known = counts[present]
    if known.size and known.min() == known.max():
        text = f"{template}{known.min()}<extra></extra>"
        return {"hoverongaps": False, "hovertemplate": text}
    text = f"{template}%{{customdata}}<extra></extra>"
    return {"hoverongaps": False, "customdata": counts, "hovertemplate": text}


def _sent(values: FloatArray) -> npt.NDArray[np.floating]:
    """As it travels to the browser: a numpy array, a third as many bytes where it is large.

    What no hover shows is left out, so that it can be compressed: each value is one float32 with
    few bits whose four digits (`.4~g`) are those of the value.
    """
    if values.size <= FLOAT32_FROM:
        return values
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) - 3)
        rounded = np.round(values / unit) * unit
        # Zeros, and what is so small or large that its unit is no number, stay as they are.
        sent = np.where(np.isfinite(rounded), rounded, values).astype(np.float32)
    bits = sent.view(np.uint32)
    # To the nearest of the floats whose last bits are zero: 1 part in 65,536 at most.
    short = ((bits + np.uint32(1 << (_BITS_LEFT_OUT - 1))) >> _BITS_LEFT_OUT) << _BITS_LEFT_OUT
    return np.where(np.isfinite(sent), short.view(np.float32), sent)


def missing_trace(present: BoolArray, grid: MatrixFrame, theme: Theme) -> dict[str, Any]:
    """The cells without one, grey."""
    hover: dict[str, Any] = {"hoverinfo": "skip"}
    if present.size > FULL_HOVER_UP_TO and not has_reasons(present):
        hover = {"hovertemplate": "<b>%{y} → %{x}</b><br>no value<extra></extra>"}
    return flat_trace(~present, theme.missing, grid, name="missing", **hover)


def has_reasons(present: BoolArray) -> bool:
    """A large matrix whose gaps are few enough to carry their reasons one by one."""
    return present.size > FULL_HOVER_UP_TO and int((~present).sum()) <= REASONS_UP_TO


def reasons_trace(texts: CellTexts, present: BoolArray, grid: MatrixFrame) -> dict[str, Any]:
    """Marks nobody sees, over the gaps of a large matrix, that say why there is no value."""
    rows, columns = np.nonzero(~present)
    return {
        "type": "scatter",
        "x": columns.astype(np.float32),
        "y": rows.astype(np.float32),
        "mode": "markers",
        "marker": {"size": max(grid.cell, 4.0), "opacity": 0},
        "name": "reasons",
        "hoverinfo": "text",
        "hovertext": [
            "<br>".join(
                [
                    *(f"<b>{escape(line)}</b>" for line in texts.title(i, j)),
                    "no value:",
                    *(escape(line) for line in lines_of(texts.reason(i, j))),
                ]
            )
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        ],
    }


def flat_trace(
    where: BoolArray, color: str, grid: MatrixFrame, *, name: str, **hover: Any
) -> dict[str, Any]:
    """Cells of one colour."""
    return {
        "type": "heatmap",
        "z": np.where(where, 1.0, np.nan).astype(np.float32),
        "zmin": 0.0,
        "zmax": 1.0,
        "colorscale": [[0, color], [1, color]],
        "showscale": False,
        "xgap": grid.gap,
        "ygap": grid.gap,
        "name": name,
        "hoverongaps": False,
        **hover,
    }


def mean_traces(matrix: TransferMatrix, grid: MatrixFrame) -> list[dict[str, Any]]:
    """Strips at the right and below; the means are `core`'s mean of the cells there are."""
    traces: list[dict[str, Any]] = []
    values = matrix.values
    rows, columns = values.shape
    shared = {
        "type": "heatmap",
        "coloraxis": "coloraxis",
        "hoverinfo": "text",
        "hoverongaps": False,
    }
    if grid.row_means:
        means = mean_present(values, axis=1)
        words = [
            mean_text(f"trained on {sources_in_words(s)}", float(m), "target", there)
            for s, m, there in zip(matrix.sources, means, np.isfinite(values), strict=True)
        ]
        traces.append(
            {
                **shared,
                "z": means[:, None],
                "x": list(grid.strip(columns)),
                "y": np.arange(rows),
                "hovertext": [[word] for word in words],
                "ygap": grid.gap,
                "name": "row means",
            }
        )
    if grid.column_means:
        means = mean_present(values, axis=0)
        words = [
            mean_text(f"tested on {t}", float(m), "training set", there)
            for t, m, there in zip(matrix.targets, means, np.isfinite(values).T, strict=True)
        ]
        traces.append(
            {
                **shared,
                "z": means[None, :],
                "x": np.arange(columns),
                "y": list(grid.strip(rows)),
                "hovertext": [words],
                "xgap": grid.gap,
                "name": "column means",
            }
        )
    return traces


def number_traces(
    values: FloatArray,
    doubtful: BoolArray,
    grid: MatrixFrame,
    colors: Colors,
    theme: Theme,
    *,
    shades: FloatArray | None = None,
) -> list[go.Scatter]:
    """The number of every cell that has one, in an ink chosen for its background.

    shades: what the background is by, None = the values.
    """
    rows, columns = np.nonzero(np.isfinite(values))
    shown = [(values[rows, columns], columns.astype(float), rows.astype(float))]
    by = (values if shades is None else shades)[rows, columns]
    quiet = doubtful[rows, columns]
    total_rows, total_columns = values.shape
    if grid.row_means:
        means = mean_present(values, axis=1)
        at = np.flatnonzero(np.isfinite(means))
        middle = sum(grid.strip(total_columns)) / 2
        shown.append((means[at], np.full(len(at), middle), at.astype(float)))
    if grid.column_means:
        means = mean_present(values, axis=0)
        at = np.flatnonzero(np.isfinite(means))
        middle = sum(grid.strip(total_rows)) / 2
        shown.append((means[at], at.astype(float), np.full(len(at), middle)))
    number_of, x, y = (np.concatenate(part) for part in zip(*shown, strict=True))
    quiet = np.concatenate([quiet, np.zeros(len(number_of) - len(quiet), dtype=bool)])
    by = np.concatenate([by, number_of[len(by) :]])
    behind = scale_colors(colors.scale, by, colors.low, colors.high)
    font = numbers_font(behind, quiet.tolist(), (theme.ink_dark, theme.ink_light))
    text = [in_power(value, colors.power) for value in number_of.tolist()]
    # A minus sign is a sixth of a small cell: one size down, it does not touch the border.
    size = next((s for s in (11, 10, 9) if all(text_width(t, s) <= grid.cell - 2 for t in text)), 8)
    return [
        go.Scatter(
            x=x,
            y=y,
            mode="text",
            text=text,
            textfont={"size": size, **font},
            hoverinfo="skip",
            name="numbers",
        )
    ]


def matrix_layout(
    grid: MatrixFrame, colors: Colors, theme: Theme, *, rows: str, columns: str
) -> dict[str, Any]:
    """Axes and margins of a matrix."""
    layout: dict[str, Any] = {
        "template": theme.template,
        "coloraxis": colors.axis(theme, grid),
        **grid.axes(theme, rows=rows, columns=columns),
    }
    short: dict[str, dict[str, str]] = {}
    for axis, labels in (("xaxis", grid.columns), ("yaxis", grid.rows)):
        if len(labels) > 1 and grid.step(len(labels)) > 1:
            # Labels that are not drawn still name the cell in its hover, and are drawn where
            # somebody zooms in (matrix-labels.js): cut, where they are long.
            layout[axis]["labelalias"] = {str(i): escape(label) for i, label in enumerate(labels)}
            layout[axis]["hoverformat"] = "d"
            cut = zip(labels, grid.short(labels), strict=True)
            short[axis] = {
                str(i): escape(name) for i, (label, name) in enumerate(cut) if name != label
            }
    if short:
        # Where groups are named instead, cells are where each of them has room.
        layout["meta"] = {"short": short, "groups": grid.group_axes}
    elif whole := _whole(grid):
        layout["meta"] = {"whole": whole}
    edges = grid.edges(color=theme.text)
    layout["shapes"] = [] if edges is None else [edges]
    return layout


def _whole(grid: MatrixFrame) -> dict[str, list[str]]:
    """The names that are drawn cut, as they are: a picture may have the room (whole_names)."""
    axes = {"xaxis": grid.columns, "yaxis": grid.rows}
    if any(grid.notes) or any(grid.step(len(labels)) > 1 for labels in axes.values()):
        return {}
    if all(grid.short(labels) == list(labels) for labels in axes.values()):
        return {}
    return {axis: [escape(label) for label in labels] for axis, labels in axes.items()}


def positions(mask: BoolArray) -> list[tuple[int, int]]:
    """Row and column of every True."""
    return [(int(i), int(j)) for i, j in np.argwhere(mask)]


def hatch(theme: Theme) -> str:
    """The colour of the hatching of empty cells."""
    return mix(theme.missing, theme.muted, 0.4)
