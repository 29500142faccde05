"""A square cut by its diagonal: the better side of it is blue, and neither where none is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.label_placement import LINE_HEIGHT
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape

NAME_SIZE, NAME_PAD = 12, 4
"""Pixels of the letters in the corners, and around them."""
LOOKS = 20


@dataclass(frozen=True)
class DiagonalSide:
    """One side of the diagonal: the name of its shapes, and what stands in its corner."""

    name: str
    text: str


def side_areas(
    low: float,
    high: float,
    above: DiagonalSide,
    below: DiagonalSide,
    theme: Theme,
    *,
    better_above: bool | None = True,
) -> list[dict[str, Any]]:
    """Shapes: a tint of blue on the better side, of red on the other, and the dotted diagonal.

    better_above: None = neither side is better for all points: grey.
    """
    color_above, color_below = _sides(theme, better_above=better_above)
    tint = {"type": "path", "layer": "below", "line": {"width": 0}}
    corner = f"M{low},{low}L{high},{high}"
    return [
        {
            **tint,
            "name": above.name,
            "path": f"{corner}L{low},{high}Z",
            "fillcolor": _tint(color_above, theme),
        },
        {
            **tint,
            "name": below.name,
            "path": f"{corner}L{high},{low}Z",
            "fillcolor": _tint(color_below, theme),
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


def clear_of_names(
    points: FloatArray,
    reach: tuple[float, float],
    sides: tuple[DiagonalSide, DiagonalSide],
    *,
    inner: int,
    mark: float,
) -> tuple[float, float]:
    """The range of both axes, widened until no point lies under what `side_names` writes.

    points: (n, 2) x and y, finite. reach: the range so far. sides: above and below the diagonal.
    inner: pixels of the square. mark: pixels across a point.
    """
    low, high = reach
    share = min((NAME_SIZE * LINE_HEIGHT + 2 * NAME_PAD + mark / 2) / inner, 0.5)
    wide = [(text_width(side.text, NAME_SIZE) + 2 * NAME_PAD + mark / 2) / inner for side in sides]
    x, y = points.T
    # A wider range brings points nearer to the corner: those are looked at once more.
    for _ in range(LOOKS):
        reach = low, high
        under = y[x < low + wide[0] * (high - low)]
        high = max([high, *((under - share * low) / (1 - share))])
        over = y[x > high - wide[1] * (high - low)]
        low = min([low, *((over - share * high) / (1 - share))])
        if (low, high) == reach:
            break
    return low, high


def side_names(
    above: DiagonalSide,
    below: DiagonalSide,
    theme: Theme,
    *,
    better_above: bool | None = True,
    covering: bool = False,
) -> list[dict[str, Any]]:
    """Annotations in the two corners; the texts are escaped here.

    covering: they cover what is drawn under them, such as error bars.
    """
    shared = {"showarrow": False, "xref": "x domain", "yref": "y domain", "borderpad": NAME_PAD}
    color_above, color_below = _sides(theme, better_above=better_above)
    places = (
        (above, color_above, {"x": 0, "y": 1, "xanchor": "left", "yanchor": "top"}),
        (below, color_below, {"x": 1, "y": 0, "xanchor": "right", "yanchor": "bottom"}),
    )
    return [
        {
            **shared,
            **place,
            "name": half.name,
            "text": escape(half.text),
            "font": {"size": NAME_SIZE, "color": color},
            **({"bgcolor": _tint(color, theme)} if covering else {}),
        }
        for half, color, place in places
    ]


def _sides(theme: Theme, *, better_above: bool | None) -> tuple[str, str]:
    """The colours above and below the diagonal."""
    if better_above is None:
        return theme.muted, theme.muted
    colors = theme.positive, theme.negative
    return colors if better_above else (colors[1], colors[0])


def _tint(color: str, theme: Theme) -> str:
    return mix(theme.background, color, 0.07)
