"""r at every layer and checkpoint as a small heatmap; R² against what could be reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.evaluations import Checkpoint
from core.study import Layer
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.axes import diverging_axis, reach_of
from dashboard.figures.parts.colors import numbers_font, scale_colors
from dashboard.figures.parts.matrix import flat_trace, hatch, positions
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.named_rows import row_axis
from dashboard.figures.parts.theme import Theme
from dashboard.text.findings.predictors import ceilings, full_place, seeds_of_columns
from dashboard.text.names import escape, lines_of, seeds_text, shortened
from dashboard.text.numbers import CHANCE, counted, drawn_p, in_cell, number, percent

if TYPE_CHECKING:
    from core.analyses.association.association import Association
    from core.analyses.association.by_layer import AssociationSweep


TWO_LINES, TWO_LINES_UP_TO = 52.0, 8
LARGE, SMALL = 12, 10

BARS_HEIGHT = 148
BAR_LABELS = 130
LABEL_LENGTH = 24
WEAK = 0.2
"""Colours reach this r at least, so that 0.03 is not the strongest there is."""


# -- r at every layer and checkpoint -----------------------------------------------------------


def sweep_heatmap(
    sweep: AssociationSweep,
    theme: Theme,
    *,
    chosen: tuple[Layer, Checkpoint] | None = None,
) -> go.Figure:
    """r of the similarity and transfer: a row a layer, a column a checkpoint.

    Orange is negative, violet positive, with the same reach. What is no more than chance would
    give is quieter; what is undefined is hatched, with the reason in its hover. chosen: layer and
    checkpoint of the scatter, outlined in the accent. The first trace holds the values; its
    `customdata` are layer and checkpoint as text, where there is anything to choose.
    """
    grid = _grid(sweep)
    present = np.isfinite(sweep.r)
    reach = reach_of(sweep.r, least=WEAK)
    layout: dict[str, Any] = {
        "template": theme.template,
        "coloraxis": diverging_axis(reach, f"r of {_called(sweep)} and transfer", grid, theme),
        **grid.axes(theme, rows="layer", columns="checkpoint"),
    }
    rows, columns = sweep.r.shape
    places = [[_place(sweep, i, j) for j in range(columns)] for i in range(rows)]
    traces: list[Any] = [
        go.Heatmap(
            z=sweep.r,
            coloraxis="coloraxis",
            xgap=grid.gap,
            ygap=grid.gap,
            name="r",
            customdata=places,
            hoverinfo="text",
            hoverongaps=True,
            hovertext=[[_hover(sweep, i, j) for j in range(columns)] for i in range(rows)],
        )
    ]
    if not present.all():
        traces.append(flat_trace(~present, theme.missing, grid, name="missing", hoverinfo="skip"))
    if grid.has_text:
        traces += _numbers(sweep, grid, reach, theme)
    at = _position(sweep, chosen)
    shapes = [
        grid.hatching(positions(~present), color=hatch(theme)),
        # The darker or lighter line parts it from a cell whose colour is much like the accent.
        *(
            grid.outline([at], color=color, width=width, name=name)
            for color, width, name in (
                (theme.background, 7, "apart"),
                (theme.accent, 3, "chosen"),
            )
            if at
        ),
    ]
    layout["shapes"] = [shape for shape in shapes if shape is not None]
    return assembled(data=traces, layout=layout)


def _called(sweep: AssociationSweep) -> str:
    return "similarity" if sweep.measure is not None else shortened(sweep.label, LABEL_LENGTH)


def sweep_size(sweep: AssociationSweep) -> tuple[int, int]:
    """(width, height) in pixels at which the cells have their intended size."""
    size = _grid(sweep).size
    return size.width, size.height


def has_numbers(sweep: AssociationSweep) -> bool:
    """Whether the cells have room for numbers."""
    return _grid(sweep).has_text


def _grid(sweep: AssociationSweep) -> MatrixFrame:
    rows = tuple("" if layer is None else str(layer) for layer in sweep.layers)
    columns = tuple("last" if c == "last" else f"{c:,}" for c in sweep.checkpoints)
    cell = TWO_LINES if max(len(rows), len(columns)) <= TWO_LINES_UP_TO else None
    notes = seeds_of_columns(sweep)
    return MatrixFrame(rows, columns, means=False, wanted_cell=cell, notes=notes)


def _place(sweep: AssociationSweep, row: int, column: int) -> list[str]:
    """Layer and checkpoint as the controls have them; nothing without similarity of models."""
    if sweep.measure is None or not sweep.cka_seeds[row][column]:
        return []
    return [str(sweep.layers[row]), str(sweep.checkpoints[column])]


def _position(
    sweep: AssociationSweep, chosen: tuple[Layer, Checkpoint] | None
) -> tuple[int, int] | None:
    if chosen is None or chosen[0] not in sweep.layers or chosen[1] not in sweep.checkpoints:
        return None
    return sweep.layers.index(chosen[0]), sweep.checkpoints.index(chosen[1])


def _hover(sweep: AssociationSweep, row: int, column: int) -> str:
    heading = full_place(sweep.layers[row], sweep.checkpoints[column])
    lines = [f"<b>{escape(heading)}</b>"]
    if why := sweep.why(row, column):
        return "<br>".join([*lines, "no r:", *(escape(line) for line in lines_of(why, 46))])
    qap = drawn_p(float(sweep.qap_p[row, column]), float(sweep.qap_error[row, column]), "QAP p")
    lines += [
        f"r <b>{number(float(sweep.r[row, column]))}</b>",
        f"R² {number(float(sweep.r_squared[row, column]))}",
        escape(qap.replace(" = ", " ")),
        f"{counted(int(sweep.n[row, column]), 'ordered pair')}",
        escape(f"{sweep.label} of {seeds_text(sweep.cka_seeds[row][column])}"),
    ]
    return "<br>".join(lines)


def _numbers(
    sweep: AssociationSweep, grid: MatrixFrame, reach: float, theme: Theme
) -> list[go.Scatter]:
    """r in every cell and, where there is room, QAP p under it."""
    rows, columns = np.nonzero(np.isfinite(sweep.r))
    r, p = sweep.r[rows, columns], sweep.qap_p[rows, columns]
    behind = scale_colors(theme.correlation, r, -reach, reach)
    font = numbers_font(behind, (p > CHANCE).tolist(), (theme.ink_dark, theme.ink_light))
    two = grid.cell >= TWO_LINES
    text = [in_cell(value) for value in r.tolist()]
    if two:
        text = [
            f'{first}<br><span style="font-size:{SMALL}px">{_short_p(value)}</span>'
            for first, value in zip(text, p.tolist(), strict=True)
        ]
    return [
        go.Scatter(
            x=columns.astype(float),
            y=rows.astype(float),
            mode="text",
            text=text,
            textfont={"size": LARGE if two else 11, **font},
            hoverinfo="skip",
            name="numbers",
        )
    ]


def _short_p(p: float) -> str:
    if not math.isfinite(p):
        return ""
    return "p &lt; 0.01" if p < 0.005 else f"p {p:.2f}"


# -- R² against its ceilings -------------------------------------------------------------------


def ceiling_bars(association: Association, theme: Theme) -> go.Figure:
    """R² as a bar under the two ceilings, all three on one scale from 0 to 1.

    A row each, so that no label meets another; what is undefined says why.
    """
    rows = ceilings(association)
    values = [value for _, value, _ in rows]
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": BARS_HEIGHT,
        "margin": {"l": BAR_LABELS, "r": 58, "t": 8, "b": 50},
        "bargap": 0.45,
        "xaxis": {
            "range": (0, 1),
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "ticktext": ["0", "25", "50", "75", "100"],
            "title": {"text": "% of the variance of transfer", "standoff": 6},
        },
        "yaxis": {
            **row_axis([name for name, _, _ in rows]),
            "ticklabelstandoff": 6,
        },
    }
    layout["annotations"] = [
        _row_text(at, value, why, theme) for at, (_, value, why) in enumerate(rows)
    ]
    layout["shapes"] = _ceiling_lines(values, theme)
    first, *others = values
    known = [at for at, value in enumerate(others, start=1) if math.isfinite(value)]
    hover = [f"{escape(name)}<br>{percent(value)} of the variance" for name, value, _ in rows]
    return assembled(
        data=[
            go.Bar(
                x=[first if math.isfinite(first) else None],
                y=[0],
                orientation="h",
                name="R²",
                marker={"color": theme.text},
                hoverinfo="text",
                hovertext=hover[:1],
            ),
            go.Scatter(
                x=[min(max(values[at], 0.0), 1.0) for at in known],
                y=known,
                mode="markers",
                name="ceilings",
                cliponaxis=False,
                marker={
                    "symbol": "line-ns",
                    "size": 18,
                    "line": {"width": 3, "color": theme.text},
                },
                hoverinfo="text",
                hovertext=[hover[at] for at in known],
            ),
        ],
        layout=layout,
    )


def _ceiling_lines(values: Sequence[float], theme: Theme) -> list[dict[str, Any]]:
    """A dotted line from 0 to each ceiling; the first of `values` is no ceiling."""
    return [
        {
            "type": "line",
            "name": "ceiling",
            "x0": 0,
            "x1": min(max(value, 0.0), 1.0),
            "y0": at,
            "y1": at,
            "line": {"color": theme.muted, "width": 1.5, "dash": "dot"},
        }
        for at, value in enumerate(values)
        if at and math.isfinite(value)
    ]


def _row_text(at: int, value: float, why: str, theme: Theme) -> dict[str, Any]:
    """The value at the right margin; why there is none, at the axis."""
    shared = {"name": "value", "y": at, "showarrow": False, "xref": "paper"}
    if math.isfinite(value):
        return {
            **shared,
            "text": percent(value),
            "x": 1,
            "xanchor": "right",
            "xshift": 54,
            "font": {"size": 12, "color": theme.text},
        }
    return {
        **shared,
        "text": escape(f"none: {why}"),
        "x": 0,
        "xanchor": "left",
        "xshift": 4,
        "font": {"size": 11, "color": theme.muted},
    }
