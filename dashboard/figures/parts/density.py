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

    x, y: (n,) finite. ranges: from where to where x and y reach; these are the middles of the
    outermost bins, so that a hover there says the value that many are cut off at. hover: what is
    said after the number of points, a template of plotly. A million points are more than pixels.
    """
    middles = [_middles(low, high, n) for (low, high), n in zip(ranges, bins, strict=True)]
    reach = [(m[0] - (m[1] - m[0]) / 2, m[-1] + (m[1] - m[0]) / 2) for m in middles]
    counts, _, _ = np.histogram2d(x, y, bins=bins, range=reach)
    counts = counts.T
    shade = np.full(counts.shape, np.nan, dtype=np.float32)
    shade[counts > 0] = np.log10(counts[counts > 0])
    return go.Heatmap(
        x=middles[0].astype(np.float32),
        y=middles[1].astype(np.float32),
        z=shade,
        customdata=counts.astype(np.uint32),
        coloraxis="coloraxis",
        name="points",
        hoverongaps=False,
        hovertemplate=f"%{{customdata:,}} {hover}<extra></extra>",
    )


def _middles(low: float, high: float, count: int) -> FloatArray:
    """(count,) evenly from `low` to `high`; where these are one, from it to a little more."""
    span, size = high - low, max(abs(low), abs(high))
    if span <= 1e-9 * size:
        span = size * 0.1 or 0.1
    return np.linspace(low, low + span, count)


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
