"""What a page is: a tab, its layout, its callbacks, and what of the view they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from dashboard.state.context import AppContext, ViewContext
from dashboard.ui.card import CardContent
from dashboard.ui.controls import SHARED

EVERYWHERE = ("study", "method", "seeds", "scale", "at", "exclude")
"""Keys of the query every figure depends on."""


@dataclass(frozen=True)
class FigureInput:
    """What one callback is told: the part of the query with these keys, when it changes.

    A callback whose feed stays the same is not called, so a tab one returns to stands as it was.
    """

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One tab. The list in `dashboard.pages` is all there is to adding one.

    exhibits: what its cards show of a scene, by the names of the cards; what is taken along in
    downloads and exports comes from here. groups: its control groups. pairs: it leaves out the
    tasks the manifest excludes; kept_in: where on it they are kept all the same, in words.
    formerly: names it had in addresses, which are still understood.
    """

    name: str
    title: str
    feeds: tuple[FigureInput, ...]
    layout: Callable[[], Component]
    register: Callable[[Dash, AppContext], None]
    exhibits: Callable[[AppContext, ViewContext], Mapping[str, CardContent]] | None = None
    groups: tuple[str, ...] = SHARED
    pairs: bool = True
    kept_in: str = ""
    formerly: tuple[str, ...] = ()
