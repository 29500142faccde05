"""The panel at the right: all that is known of the selected pair, task or training set.

It belongs to the shell, not to a page: every tab selects, and every tab shows it. Its parts are
HTML made here, no callbacks: assets/js/select/panel.js asks for them by address. Dash resets the
state of every component that a callback replaces, one by one, which for a panel of 280 components
was most of a second a click.
"""

from __future__ import annotations

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, abort

from core.similarity.matrix import similarity_layers
from dashboard.details.pair import PanelPart, about_pair
from dashboard.details.similarity import about_similarity
from dashboard.details.task import about_task
from dashboard.state.context import AppContext, NothingToShow, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import names
from dashboard.ui import messages
from dashboard.ui.fetched import METHODS, asked_for, html_part
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id
from dashboard.ui.page import EVERYWHERE

STORY, SIMILARITY = "story", "similarity"
PARTS = {
    STORY: (*EVERYWHERE, Key.INCLUDE, Key.AGAINST, Key.SELECT),
    SIMILARITY: (Key.STUDY, Key.METHOD, Key.SEEDS, Key.LAYER, Key.CKA_AT, Key.MEASURE, Key.SELECT),
}
"""What of the query each part depends on; the similarity may have to be computed first."""

ROUTE = "/panel/<part>"


def layout() -> Component:
    """The empty panel; on a narrow screen the style sheet makes it a sheet from below."""
    return html.Aside(
        id=Id.PANEL,
        className="panel",
        hidden=True,
        **aria(labelledby=Id.PANEL_TITLE),
        children=[
            html.Button(
                "×",
                type="button",
                className="panel-close",
                title="Let go (Escape)",
                **data(select="[]"),
                **aria(label="Let go of the selection"),
            ),
            html.Button(
                "",
                type="button",
                id=Id.PANEL_SIDE,
                className="panel-close panel-side",
                **aria(label="To the left: over the controls"),
            ),
            # Says aloud what is selected; the focus stays where the selection was made.
            html.H2(
                id=Id.PANEL_TITLE, className="panel-title", tabIndex="-1", **aria(live="polite")
            ),
            html.Div(id=Id.PANEL_BODY),
            html.Div(id=Id.PANEL_SIMILARITY),
        ],
    )


def register(server: Flask, app_context: AppContext) -> None:
    """Answer what panel.js asks: a part of the panel for the query of an address."""
    tells = {STORY: pair_part, SIMILARITY: similarity_part}

    @server.route(ROUTE, methods=METHODS)
    def panel_part(part: str) -> Response:
        if part not in tells:
            abort(404)
        answer = tells[part](app_context, asked_for())
        return html_part(None if answer is None else answer.component())


def pair_part(app_context: AppContext, figure_input: object) -> PanelPart | None:
    """Heading and body of the panel; None where nothing is selected or can be shown."""
    context = _context(app_context, figure_input)
    if context is None:
        return None
    view = context.view
    if view.selected_target is None:
        heading = names.sources_in_words(view.selected_sources)
        return PanelPart(heading, _instead(lambda: about_task(app_context, context), "the panel"))
    heading = names.in_words(view.selected_sources, view.selected_target)
    return PanelPart(
        heading, _instead(lambda: about_pair(app_context, context), "the panel"), view.number
    )


def similarity_part(app_context: AppContext, figure_input: object) -> PanelPart | None:
    """Similarity of the selected pair over layers and training; empty without any."""
    context = _context(app_context, figure_input)
    if context is None:
        return None
    if context.view.selected_target is None or not similarity_layers(context.study):
        return PanelPart("")
    return PanelPart(
        "", _instead(lambda: about_similarity(app_context, context), "the similarity of a pair")
    )


def _context(app_context: AppContext, figure_input: object) -> ViewContext | None:
    """What is asked for, where something is selected in a study that can be read."""
    try:
        context = app_context.view_context(figure_input)
    except NothingToShow:
        return None
    return context if context.view.selection else None


def _instead(tell: Callable[[], list[Component]], what: str) -> Component | list[Component]:
    """What is to be told, or why it cannot be."""
    try:
        return tell()
    except Exception as error:
        return messages.why_not(what, error)
