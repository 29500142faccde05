"""The tabs, in their order."""

from __future__ import annotations

from dashboard.pages import balance, network, similarity, transfer
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (transfer.PAGE, similarity.PAGE, balance.PAGE, network.PAGE)
