"""The tabs that are measured: all there are, as the dashboard has them."""

from __future__ import annotations

from dashboard.pages import PAGES

TABS: tuple[str, ...] = tuple(page.name for page in PAGES)
"""Their names, in their order."""
