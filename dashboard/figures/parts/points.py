"""What scatters share: marks, rings, notes and room at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.theme import Mode, Theme

LABEL_ALL_UP_TO, LABEL_EXTREMES = 60, 24
GL_FROM = 2_000
MARK = 9
MANY, MARK_OF_MANY = 200, 6
"""Above so many points they are smaller."""
CLOUD = 600
"""Above so many each lets those behind it through."""
NAME_LENGTH = 18


def extremes_first(*axes: FloatArray) -> FloatArray:
    """(n,) how soon each point is named: whichever is farthest out along any axis, either way.

    axes: (n,) each, what is told first first. First both ends of each, then who comes next there.
    """
    places = [
        np.argsort(np.argsort(-sign * values, kind="stable")) for values in axes for sign in (1, -1)
    ]
    # Of two equally far out the end that is asked for first decides.
    ranks = np.array(places) + np.arange(len(places))[:, None] / len(places)
    soon: FloatArray = -ranks.min(axis=0)
    return soon


def in_a_cloud(count: int) -> dict[str, float]:
    """Size and opacity of the marks of so many points: where they lie thick it is to be seen."""
    size = MARK if count <= MANY else MARK_OF_MANY
    return {"size": size, "opacity": 0.85 if count <= CLOUD else 0.55}


def rim(theme: Theme) -> str:
    """Around marks: on the dark page a dark task is seen by its rim."""
    return theme.background if theme.mode is Mode.LIGHT else theme.muted


def padded(values: FloatArray, share: float = 0.08) -> tuple[float, float]:
    """A range with room around the values; never empty."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = (high - low) * share if high > low else max(abs(high) * 0.1, 0.05)
    return low - room, high + room


def heading(axes: tuple[str, str], text: str, color: str, *, name: str) -> dict[str, Any]:
    """A line above one of several small frames, from its left edge; text is Plotly's HTML."""
    return {
        "name": name,
        "text": text,
        "xref": f"{axes[0]} domain",
        "yref": f"{axes[1]} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "borderpad": 2,
        "font": {"size": 12, "color": color},
    }


def note(text: str, theme: Theme) -> dict[str, Any]:
    """A sentence in the frame of a figure."""
    return {
        "text": text,
        "name": "note",
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "font": {"size": 13, "color": theme.muted},
    }
