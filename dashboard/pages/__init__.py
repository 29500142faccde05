"""The tabs, in their order."""

from __future__ import annotations

from dashboard.pages import (
    balance,
    comparison,
    covariates,
    network,
    overview,
    pairs,
    plan,
    predictors,
    representations,
    transfer,
)
from dashboard.ui.page import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    transfer.PAGE,
    comparison.PAGE,
    predictors.PAGE,
    representations.PAGE,
    balance.PAGE,
    covariates.PAGE,
    network.PAGE,
    plan.PAGE,
    pairs.PAGE,
)
