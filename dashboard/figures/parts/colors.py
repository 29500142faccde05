"""Arithmetic on colours: mixing, reading a colour scale, contrast."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from core.numerics.arrays import FloatArray

AA = 4.5
"""Contrast that WCAG 2 asks of text."""


@lru_cache(maxsize=1024)
def rgb(color: str) -> tuple[float, float, float]:
    """(red, green, blue), each 0 to 255, of `#rrggbb` or `#rgb`."""
    digits = color.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return (float(int(digits[:2], 16)), float(int(digits[2:4], 16)), float(int(digits[4:6], 16)))


def hexadecimal(channels: Sequence[float]) -> str:
    """`#rrggbb` of three channels, 0 to 255."""
    return "#" + "".join(f"{min(255, max(0, round(c))):02x}" for c in channels)


def mix(first: str, second: str, share: float) -> str:
    """`first` with `share` (0 to 1) of `second` in it."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return hexadecimal([a + (b - a) * share for a, b in pairs])


def translucent(color: str, share: float) -> str:
    """`rgba(255,255,255,0.75)`: the colour, so much of it that `share` hides what is behind."""
    red, green, blue = (round(channel) for channel in rgb(color))
    return f"rgba({red},{green},{blue},{share:g})"


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2, 0 (black) to 1 (white)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in rgb(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio after WCAG 2, 1 (the same) to 21 (black on white)."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def scale_colors(
    scale: Sequence[tuple[float, str]], values: FloatArray, low: float, high: float
) -> list[str]:
    """The colour plotly paints each of these finite values in, interpolated in RGB."""
    stops: FloatArray = np.array([stop for stop, _ in scale])
    channels: FloatArray = np.array([rgb(color) for _, color in scale])
    span = high - low if high > low else 1.0
    at: FloatArray = np.clip((values - low) / span, 0.0, 1.0)
    mixed = np.stack([np.interp(at, stops, channels[:, c]) for c in range(3)], axis=-1)
    return [hexadecimal(row) for row in mixed.tolist()]


@lru_cache(maxsize=4096)
def ink_on(background: str, dark: str, light: str) -> str:
    """The one of two text colours that is read better on a background."""
    return max((dark, light), key=lambda ink: contrast(ink, background))


def numbers_font(
    behind: Sequence[str], quiet: Sequence[bool], inks: tuple[str, str]
) -> dict[str, list[str]]:
    """Colour and style of numbers on their backgrounds; inks: the dark and the light one.

    A quiet one is slanted, too: on a colour of middling lightness it cannot fade and be read.
    """
    return {
        "color": [
            (quiet_ink_on if is_quiet else ink_on)(color, *inks)
            for color, is_quiet in zip(behind, quiet, strict=True)
        ],
        "style": ["italic" if is_quiet else "normal" for is_quiet in quiet],
    }


@lru_cache(maxsize=4096)
def quiet_ink_on(background: str, dark: str, light: str) -> str:
    """The same text colour faded towards its background, as far as it stays readable (AA)."""
    ink = ink_on(background, dark, light)
    for share in (0.55, 0.45, 0.35, 0.25, 0.15):
        faded = mix(ink, background, share)
        if contrast(faded, background) >= AA:
            return faded
    return ink
