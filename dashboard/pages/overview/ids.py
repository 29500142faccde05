"""What the parts of the tab are called in Dash."""

from __future__ import annotations

from dashboard.ui.ids import part

NAME = "overview"
STUDY = part(NAME, "study")
METHODS, CONDITION_CARD = part(NAME, "methods"), part(NAME, "condition")
LISTS = tuple(part(NAME, name) for name in ("gifts", "harms", "surprises"))


def listing_id(key: str) -> str:
    """Of a line that opens a list of reasons."""
    return part(NAME, key)
