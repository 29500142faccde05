"""A square cut by its diagonal: what lies above it is better in one way, below it in the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape


@dataclass(frozen=True)
class DiagonalSide:
    """One side of the diagonal: the name of its shapes, and what stands in its corner."""

    name: str
    text: str


def halves(
    low: float, high: float, above: DiagonalSide, below: DiagonalSide, theme: Theme
) -> list[dict[str, Any]]:
    """Shapes: a tint of blue above the diagonal, of red below it, and the dotted diagonal."""
    tint = {"type": "path", "layer": "below", "line": {"width": 0}}
    corner = f"M{low},{low}L{high},{high}"
    return [
        {
            **tint,
            "name": above.name,
            "path": f"{corner}L{low},{high}Z",
            "fillcolor": _tint(theme.positive, theme),
        },
        {
            **tint,
            "name": below.name,
            "path": f"{corner}L{high},{low}Z",
            "fillcolor": _tint(theme.negative, theme),
        },
        {
            "type": "line",
            "name": "diagonal",
            "x0": low,
            "y0": low,
            "x1": high,
            "y1": high,
            "layer": "below",
            "line": {"color": theme.muted, "width": 1.5, "dash": "dot"},
        },
    ]


def half_names(
    above: DiagonalSide, below: DiagonalSide, theme: Theme, *, covering: bool = False
) -> list[dict[str, Any]]:
    """Annotations in the two corners; the texts are escaped here.

    covering: they cover what is drawn under them, such as error bars.
    """
    shared = {"showarrow": False, "xref": "x domain", "yref": "y domain", "borderpad": 4}
    places = (
        (above, theme.positive, {"x": 0, "y": 1, "xanchor": "left", "yanchor": "top"}),
        (below, theme.negative, {"x": 1, "y": 0, "xanchor": "right", "yanchor": "bottom"}),
    )
    return [
        {
            **shared,
            **place,
            "name": half.name,
            "text": escape(half.text),
            "font": {"size": 12, "color": color},
            **({"bgcolor": _tint(color, theme)} if covering else {}),
        }
        for half, color, place in places
    ]


def _tint(color: str, theme: Theme) -> str:
    return mix(theme.background, color, 0.07)
