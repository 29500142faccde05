"""The colours of what is negative or positive: red and blue with the same reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.legend import colorbar_below
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape
from dashboard.text.numbers import on_scale

_REACHES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


def reach_of(values: FloatArray, *, least: float = 0.0) -> float:
    """How far the colours of values within −1 and 1 reach: the next round number, at most 1.

    least: below it nothing is strong enough for the strongest colour.
    """
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=least))
    return next((reach for reach in _REACHES if largest <= reach), _REACHES[-1])


def diverging_axis(reach: float, title: str, grid: MatrixFrame, theme: Theme) -> dict[str, Any]:
    """`layout.coloraxis` from −reach to reach, its bar below the matrix; title is escaped here."""
    return {
        "colorscale": [list(stop) for stop in theme.correlation],
        "cmin": -reach,
        "cmax": reach,
        "cmid": 0.0,
        "colorbar": colorbar_below(
            grid,
            theme,
            ticks=[(-reach, on_scale(-reach)), (0, "0"), (reach, on_scale(reach))],
            title=escape(title),
        ),
    }
