"""HTML attributes whose names are no Python names: `aria-…` and `data-…`."""

from __future__ import annotations

from typing import Any


def aria(**named: str) -> dict[str, Any]:
    """`aria(label="Legend")` is `{"aria-label": "Legend"}`."""
    return {f"aria-{name}": value for name, value in named.items()}


def data(**named: str) -> dict[str, Any]:
    """`data(tab="balance")` is `{"data-tab": "balance"}`."""
    return {f"data-{name}": value for name, value in named.items()}
