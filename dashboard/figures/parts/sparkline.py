"""Small lines for the panel: drawn here as SVG, so that a selection need not wait for plotly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.theme import Theme

WIDTH, HEIGHT = 252, 64
EDGE = 5.0


@dataclass(frozen=True)
class SparklineSeries:
    """One line: a value at each position, NaN = a gap. quiet: thin, behind the others."""

    values: FloatArray
    quiet: bool = False


def sparkline(
    at: Sequence[float],
    lines: Sequence[SparklineSeries],
    theme: Theme,
    *,
    low: float,
    high: float,
    marks: Sequence[float] = (),
    here: float | None = None,
) -> str:
    """An image's address (`data:image/svg+xml,…`) of lines over positions `at`.

    low, high: values at the bottom and the top. marks: values with a dotted line. here: the
    position of what is shown elsewhere, its point filled.
    """
    left, right = min(at), max(at)
    span = (right - left) or 1.0

    def x(position: float) -> float:
        share = (position - left) / span if right > left else 0.5
        return EDGE + share * (WIDTH - 2 * EDGE)

    def y(value: float) -> float:
        share = (value - low) / ((high - low) or 1.0)
        return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)

    parts = [
        f'<path d="M0 {y(mark):.1f}H{WIDTH}" stroke="{theme.line}" stroke-dasharray="2 3"/>'
        for mark in marks
        if low <= mark <= high
    ]
    for line in sorted(lines, key=lambda one: not one.quiet):
        color, width = (mix(theme.muted, theme.surface, 0.4), 1) if line.quiet else (theme.text, 2)
        points = [
            (x(position), y(float(value)), position)
            for position, value in zip(at, line.values.tolist(), strict=True)
            if math.isfinite(value)
        ]
        path = _path(at, line.values, x, y)
        if path:
            parts.append(
                f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}"'
                ' stroke-linejoin="round" stroke-linecap="round"/>'
            )
        if not line.quiet:
            parts += [
                f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{4 if position == here else 2.5}"'
                f' fill="{theme.text if position == here else theme.surface}"'
                f' stroke="{theme.text}" stroke-width="1.5"/>'
                for px, py, position in points
            ]
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'
    )
    return "data:image/svg+xml," + quote(drawing, safe="/=: ()'")


def _path(
    at: Sequence[float],
    values: FloatArray,
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> str:
    """Through the values there are, a new start after every gap."""
    path, drawing = "", False
    for position, value in zip(at, values.tolist(), strict=True):
        if math.isfinite(value):
            path += f"{'L' if drawing else 'M'}{x(position):.1f} {y(value):.1f}"
        drawing = math.isfinite(value)
    return path if "L" in path else ""


def bounds_of(
    lines: Sequence[SparklineSeries], *, within: tuple[float, float] | None
) -> tuple[float, float]:
    """A range that holds every value, and `within` where it is given."""
    found = np.concatenate([line.values for line in lines]) if lines else np.zeros(0)
    finite = found[np.isfinite(found)]
    if not finite.size:
        return within or (0.0, 1.0)
    if within is None:
        low, high = float(finite.min()), float(finite.max())
        return (low, high) if high > low else (low - 0.5, low + 0.5)
    return min(within[0], float(finite.min())), max(within[1], float(finite.max()))
