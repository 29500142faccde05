"""Clouds of so many points that their number is drawn, and not they."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.theme import Theme

BINNED_FROM = 20_000
"""Points from which their number is drawn, not they."""
BINS = (140, 100)
BAR_MARGIN = 62
"""Pixels at the right of a figure with a bar of counts."""
FARTHEST = 300
"""Of a binned cloud so many points are drawn themselves, to click."""


def density_trace(
    x: FloatArray,
    y: FloatArray,
    ranges: tuple[tuple[float, float], tuple[float, float]],
    *,
    hover: str,
    bins: tuple[int, int] = BINS,
) -> go.Heatmap:
    """How many points lie where, shaded by the logarithm of their number: `density_axis`.

    x, y: (n,) finite. ranges: of x and of y. hover: what is said after the number of points, a
    template of plotly. A million points are more than pixels.
    """
    counts, *edges = np.histogram2d(x, y, bins=bins, range=ranges)
    counts = counts.T
    middles = [((ends[:-1] + ends[1:]) / 2).astype(np.float32) for ends in edges]
    shade = np.full(counts.shape, np.nan, dtype=np.float32)
    shade[counts > 0] = np.log10(counts[counts > 0])
    return go.Heatmap(
        x=middles[0],
        y=middles[1],
        z=shade,
        customdata=counts.astype(np.uint32),
        coloraxis="coloraxis",
        name="points",
        hoverongaps=False,
        hovertemplate=f"%{{customdata:,}} {hover}<extra></extra>",
    )


def density_axis(density: go.Heatmap, theme: Theme, *, unit: str, bar: bool) -> dict[str, Any]:
    """`layout.coloraxis` of a density: its shades, and at the right how many points each is.

    unit: what is counted. bar: whether it has one.
    """
    high = max(float(np.log10(max(int(np.max(density.customdata)), 1))), 1.0)
    axis: dict[str, Any] = {
        "colorscale": [list(step) for step in theme.sequential],
        # A single point is told from none.
        "cmin": -high / 4,
        "cmax": high,
        "showscale": bar,
    }
    if bar:
        steps = [10**power for power in range(int(high) + 1)]
        axis["colorbar"] = {
            "thickness": 8,
            "len": 0.6,
            "y": 1,
            "yanchor": "top",
            "ypad": 0,
            "outlinewidth": 0,
            "tickvals": [float(np.log10(step)) for step in steps],
            "ticktext": [f"{step:,}" for step in steps],
            "ticks": "outside",
            "ticklen": 3,
            "tickcolor": theme.muted,
            "tickfont": {"size": 11, "color": theme.text},
            "title": {"text": unit, "side": "top", "font": {"size": 11, "color": theme.muted}},
        }
    return axis
