"""The tabs, in their order."""

from __future__ import annotations

from dashboard.pages import (
    balance,
    compare,
    network,
    overview,
    pairs,
    representations,
    similarity,
    teachers,
    transfer,
)
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    transfer.PAGE,
    compare.PAGE,
    similarity.PAGE,
    representations.PAGE,
    balance.PAGE,
    teachers.PAGE,
    network.PAGE,
    pairs.PAGE,
)
