"""Clouds of so many points that their number is drawn, and not they."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.theme import Theme

BINNED_FROM = 20_000
"""Points from which their number is drawn, not they."""
BINS = (140, 100)
FARTHEST = 300
"""Of a binned cloud so many points are drawn themselves, to click."""


def density_trace(
    x: FloatArray,
    y: FloatArray,
    ranges: tuple[tuple[float, float], tuple[float, float]],
    theme: Theme,
    *,
    hover: str,
    bins: tuple[int, int] = BINS,
) -> go.Heatmap:
    """How many points lie where, shaded by the logarithm of their number.

    x, y: (n,) finite. ranges: of x and of y. hover: what is said after the number of points, a
    template of plotly. A million points are more than pixels.
    """
    counts, *edges = np.histogram2d(x, y, bins=bins, range=ranges)
    counts = counts.T
    middles = [((ends[:-1] + ends[1:]) / 2).astype(np.float32) for ends in edges]
    shade = np.full(counts.shape, np.nan, dtype=np.float32)
    shade[counts > 0] = np.log10(counts[counts > 0])
    most = max(float(np.log10(max(counts.max(), 1.0))), 1.0)
    return go.Heatmap(
        x=middles[0],
        y=middles[1],
        z=shade,
        customdata=counts.astype(np.uint32),
        # A single point is told from none.
        zmin=-most / 4,
        zmax=most,
        colorscale=[list(step) for step in theme.sequential],
        showscale=False,
        name="points",
        hoverongaps=False,
        hovertemplate=f"%{{customdata:,}} {hover}<extra></extra>",
    )
