"""Figures whose axes have one scale: their frame is square, wherever they stand."""

from __future__ import annotations

from typing import Any

SQUARE_FRAME = {"square": True}
"""The `meta` of a layout whose frame the style sheets of the page and of reports keep square."""


def is_square(layout: Any) -> bool:
    """Whether a figure's layout, as plotly has it, asks for that."""
    return bool((layout.meta or {}).get("square"))
