"""What a page fetches as HTML, tables above all: its place in the layout, and its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, abort, request

from dashboard.figures.parts.theme import Mode
from dashboard.state.context import AppContext, NothingToShow
from dashboard.ui import messages
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.page import FetchedHtml, Page
from dashboard.ui.safe_html import safe_html

ROUTE = "/fetched/<name>"
METHODS = ("GET", "POST")
"""Of everything that is asked for by the query of the page's address."""


def place(name: str, *, className: str | None = None) -> Component:
    """Where a piece stands, in sight as long as its tab is."""
    return html.Div(id=name, className=className, **data(fetched=name))


def folded(name: str, title: str) -> Component:
    """A table under a line that opens it; it is fetched then."""
    return html.Details([html.Summary(title), place(name)], className="as-table")


def framed(table: Component, *, label: str, held: bool = True) -> Component:
    """A table in a frame that scrolls; held: in height, too."""
    return html.Div(
        table,
        className=f"table-frame{' table-frame-held' if held else ''}",
        tabIndex="0",
        role="region",
        **aria(label=label),
    )


def register(server: Flask, app_context: AppContext, pages: Sequence[Page]) -> None:
    """Answer `/fetched/<name>` for the query of an address."""
    pieces = {piece.name: piece for page in pages for piece in page.fetched}

    @server.route(ROUTE, methods=METHODS)
    def fetched_html(name: str) -> Response:
        if name not in pieces:
            abort(404)
        return html_part(_shown(pieces[name], app_context, asked_for()))


def asked_for() -> dict[str, Any]:
    """The query and the colours of the request under way, from its address or from its body.

    An address has an end: what is longer comes as a form (assets/js/page/requests.js).
    """
    query = parse_qs(request.query_string.decode("utf-8", "replace"))
    for key, values in request.form.lists():
        query.setdefault(key, []).extend(values)
    (mode,) = query.pop("mode", [Mode.LIGHT.value])[:1]
    return {"query": query, "mode": mode}


def html_part(children: object) -> Response:
    """Components as a part of the page."""
    return Response(safe_html(children), content_type="text/html; charset=utf-8")


def _shown(piece: FetchedHtml, app_context: AppContext, figure_input: object) -> Component | None:
    """The piece, or why it cannot be shown."""
    try:
        return piece.show(app_context, app_context.view_context(figure_input))
    except NothingToShow:
        return None
    except Exception as error:
        return messages.why_not("a table", error)
