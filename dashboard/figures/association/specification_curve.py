"""r under every choice, from the smallest to the largest, and where each choice lies among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray, IntArray
from core.numerics.permutation import LEVEL
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.points import padded
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape, shortened_apart
from dashboard.text.numbers import drawn_p, number

if TYPE_CHECKING:
    from core.analyses.association.specifications import Specifications


MOST_POINTS, MOST_BINS = 400, 120
COUNTED_UP_TO = 10
"""Specifications that have a tick each."""
MOST_OF_ONE = 14
"""Levels of one kind of choice that have a row."""
NAME_LENGTH = 24
ROW_HEIGHT, CURVE_HEIGHT, BETWEEN = 17, 230, 34


def rows_of(result: Specifications) -> list[tuple[int, int]]:
    """(dimension, level) of each row: where there was anything to choose."""
    return [
        (dimension, level)
        for dimension, levels in enumerate(result.levels)
        if len(levels) > 1
        for level in range(min(len(levels), MOST_OF_ONE))
    ]


def drawn(result: Specifications) -> IntArray:
    """Positions that are drawn as points: evenly spread, the one that is shown among them."""
    every = np.linspace(0, len(result.r) - 1, MOST_POINTS).round().astype(np.int64)
    return np.union1d(every, [result.chosen] if result.chosen >= 0 else every[:1])


def specification_curve(result: Specifications, theme: Theme) -> go.Figure:
    """Above every r in order, with the band of relabelled curves; below a row a choice.

    A row is stronger where more of the specifications at that place of the curve were made by that
    choice. Full colour: p ≤ 0.05 by itself; the ring is the specification that the other figures
    show.
    """
    rows = rows_of(result)
    levels = (result.levels[d][level] for d, level in rows)
    names = [escape(name) for name in shortened_apart(levels, NAME_LENGTH)]
    below = ROW_HEIGHT * len(rows)
    height = CURVE_HEIGHT + BETWEEN + below + 74
    share = (below / (CURVE_HEIGHT + BETWEEN + below)) if rows else 0.0
    gap = BETWEEN / (CURVE_HEIGHT + BETWEEN + below)
    reach = np.concatenate([result.r, result.low, result.high])
    span = (-0.5 - 0.01 * len(result.r), len(result.r) - 0.5 + 0.01 * len(result.r))
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": height,
        "margin": {
            "l": round(max((text_width(name, 11) for name in names), default=30.0)) + 24,
            "r": 16,
            "t": 10,
            "b": 52,
        },
        "showlegend": False,
        "xaxis": {
            "range": span,
            "title": {"text": "choices, smallest r first"},
            # Specifications are counted: no tick stands between two.
            "tickformat": ",d",
            **({"dtick": 1} if len(result.r) <= COUNTED_UP_TO else {}),
            "anchor": "y2" if rows else "y",
        },
        "yaxis": {
            "range": padded(reach),
            "domain": (share + gap, 1.0) if rows else (0.0, 1.0),
            "title": {"text": "r with transfer", "standoff": 4},
        },
        "yaxis2": {
            "range": (len(rows) - 0.5, -0.5),
            "domain": (0.0, share),
            "tickvals": list(range(len(rows))),
            "ticktext": names,
            "tickfont": {"size": 11},
            "showline": False,
            "ticks": "",
            "showgrid": False,
        },
        "shapes": [_zero(theme), *_between_kinds(rows, theme)],
    }
    if not rows:
        del layout["yaxis2"]
    traces = [*_band(result, theme), _points(result, theme), *_chosen(result, theme)]
    if rows:
        traces.append(_choices(result, rows, theme))
    return assembled(data=traces, layout=layout)


def _zero(theme: Theme) -> dict[str, Any]:
    line = {"color": theme.line, "width": 1}
    place = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": 0, "y1": 0}
    return {"type": "line", "name": "zero", "layer": "below", "line": line, **place}


def _between_kinds(rows: list[tuple[int, int]], theme: Theme) -> list[dict[str, Any]]:
    """A line between the rows of one kind of choice and the next."""
    return [
        {
            "type": "line",
            "name": "kind",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y2",
            "y0": at - 0.5,
            "y1": at - 0.5,
            "line": {"color": theme.line, "width": 1},
        }
        for at in range(1, len(rows))
        if rows[at][0] != rows[at - 1][0]
    ]


def _band(result: Specifications, theme: Theme) -> list[go.Scatter]:
    color = mix(theme.background, theme.muted, 0.18)
    shared: dict[str, Any] = {
        "x": result.band_at,
        "mode": "lines",
        "line": {"width": 0, "color": color},
        "hoverinfo": "skip",
    }
    return [
        go.Scatter(y=result.low, name="relabelled, low", **shared),
        go.Scatter(
            y=result.high, name="relabelled, high", fill="tonexty", fillcolor=color, **shared
        ),
    ]


def _points(result: Specifications, theme: Theme) -> go.Scatter:
    at = drawn(result)
    sure = result.p[at] <= LEVEL
    return go.Scatter(
        x=at,
        y=result.r[at],
        mode="markers",
        name="r",
        marker={
            "size": np.where(sure, 6, 4),
            "color": [theme.text if one else theme.muted for one in sure.tolist()],
            "line": {"width": 0},
        },
        hoverinfo="text",
        hovertext=[_hover(result, one) for one in at.tolist()],
    )


def _chosen(result: Specifications, theme: Theme) -> list[go.Scatter]:
    if result.chosen < 0:
        return []
    ring = {"size": 15, "color": "rgba(0,0,0,0)", "line": {"width": 3, "color": theme.accent}}
    at, r = result.chosen, float(result.r[result.chosen])
    left = at > len(result.r) / 2
    return [
        go.Scatter(
            x=[at],
            y=[r],
            mode="markers+text",
            name="as shown",
            marker=ring,
            text=[f"as shown, {number(r)}"],
            textposition="top left" if left else "bottom right",
            textfont={"size": 12, "color": theme.accent},
            hoverinfo="skip",
        )
    ]


def _hover(result: Specifications, at: int) -> str:
    at_all = float(result.p[at])
    p = escape(drawn_p(at_all, result.error_of(at_all)))
    first = f"r <b>{number(float(result.r[at]))}</b>, {p}, n = {int(result.n[at]):,}"
    return "<br>".join([first, *map(escape, result.choices(at))])


def _choices(result: Specifications, rows: list[tuple[int, int]], theme: Theme) -> go.Heatmap:
    """How much of each part of the curve each choice has."""
    bins = min(MOST_BINS, len(result.r))
    edges = np.linspace(0, len(result.r), bins + 1).round().astype(np.int64)
    shares: FloatArray = np.empty((len(rows), bins))
    hover = []
    for at, (dimension, level) in enumerate(rows):
        made = result.at[:, dimension] == level
        so_far: IntArray = np.concatenate([[0], np.cumsum(made)])
        shares[at] = (so_far[edges[1:]] - so_far[edges[:-1]]) / np.diff(edges)
        middle = number(float(np.median(result.r[made]))) if made.any() else "none"
        said = f"{result.levels[dimension][level]}: median r {middle}, {int(made.sum()):,}"
        hover.append([escape(said)] * bins)
    return go.Heatmap(
        z=shares,
        x=(edges[:-1] + edges[1:] - 1) / 2,
        y=list(range(len(rows))),
        yaxis="y2",
        zmin=0,
        zmax=1,
        colorscale=[[0, theme.background], [1, theme.text]],
        showscale=False,
        ygap=3,
        name="choices",
        hoverinfo="text",
        hovertext=hover,
    )
