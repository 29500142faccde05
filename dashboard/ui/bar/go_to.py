"""*Go to*: the button in the bar, and what its dialog asks (assets/js/page/go-to.js)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask import Flask, Response

from dashboard.server.headers import uncached_json
from dashboard.state.context import AppContext
from dashboard.ui.bar.destinations import Destination, Place, destinations
from dashboard.ui.fetched import METHODS, asked_for
from dashboard.ui.html_attributes import aria
from dashboard.ui.ids import Id
from dashboard.ui.page import Page

ROUTE = "/go-to"
TYPED = "typed"


def go_to_button() -> Component:
    """The button in the bar."""
    return html.Button(
        html.Span("Go to", className="visually-hidden"),
        id=Id.GO_TO,
        type="button",
        className="tool go-to-tool",
        title="Go to: find a task, group, pair, method, tab or study by its name (Ctrl-K or ⌘K)",
        **aria(haspopup="dialog", keyshortcuts="Control+K Meta+K"),
    )


def register(
    server: Flask,
    app_context: AppContext,
    pages: Sequence[Page],
    more: Callable[[], Iterable[Destination]] = tuple,
) -> None:
    """Answer what is found for what is typed at an address. more: what else can be gone to."""

    @server.route(ROUTE, methods=METHODS)
    def go_to() -> Response:
        query = asked_for()["query"]
        (typed,) = query.pop(TYPED, [""])[:1]
        found = destinations(
            typed,
            _place(app_context, pages, query),
            pages,
            app_context.library.entries(wait_s=0),
            more(),
        )
        return uncached_json({"found": [asdict(one) for one in found]})


def _place(app_context: AppContext, pages: Sequence[Page], query: dict[str, Any]) -> Place:
    asked = app_context.resolve(query)
    (tab,) = (query.get("tab") or [""])[:1]
    page = next((page for page in pages if page.name == tab), pages[0])
    return Place(page, asked.entry.study if asked.view else None, asked.entry.slug)
