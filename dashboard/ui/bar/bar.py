"""The bar on top: which study, which tab, and what is of the whole view."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.ui.bar.go_to import go_to_button
from dashboard.ui.bar.open_file import open_button
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id, group_of, panel_of, tab_of
from dashboard.ui.page import Page

APPEARANCES = (("system", "System"), ("light", "Light"), ("dark", "Dark"))


def bar(pages: Sequence[Page], *, opens: bool) -> Component:
    """Brand, study, tabs and tools. opens: whether files can be opened on the page."""
    return html.Header(
        id=Id.BAR,
        className="bar",
        children=[
            html.Span("Transfer Atlas", className="brand"),
            _study_chooser(),
            _tabs(pages),
            _tools(opens=opens),
        ],
    )


def _study_chooser() -> Component:
    """Which study, where there are several; its title."""
    return html.Div(
        className="study-chooser",
        children=[
            html.Div(
                id=group_of(Id.STUDY),
                hidden=True,
                children=[
                    html.Label("Study", htmlFor=Id.STUDY, className="visually-hidden"),
                    dbc.Select(id=Id.STUDY, size="sm"),
                ],
            ),
            html.Span(id=Id.STUDY_TITLE, className="study-title"),
        ],
    )


def _tabs(pages: Sequence[Page]) -> Component:
    """A tab a page."""
    return html.Div(
        className="tabs",
        role="tablist",
        **aria(label="Views"),
        children=[
            html.Button(
                page.title,
                id=tab_of(page.name),
                type="button",
                role="tab",
                className="tab",
                tabIndex="-1",
                **data(tab=page.name),
                **aria(selected="false", controls=panel_of(page.name)),
            )
            for page in pages
        ],
    )


def _tools(*, opens: bool) -> Component:
    """What is of the whole view: how it looks, where else to go, what to take along."""
    return html.Div(
        className="bar-tools",
        children=[
            html.Label("Appearance", htmlFor=Id.APPEARANCE, className="visually-hidden"),
            dbc.Select(
                id=Id.APPEARANCE,
                size="sm",
                value="system",
                options=[{"value": v, "label": label} for v, label in APPEARANCES],
            ),
            go_to_button(),
            *([open_button()] if opens else []),
            html.Button(
                "Copy link",
                id=Id.SHARE,
                type="button",
                className="tool",
                title="Copy a link to exactly this view",
            ),
            html.Span(id=Id.SHARED, role="status", className="visually-hidden"),
            # What the cursor of a matrix stands on: matrix-keyboard.js.
            html.Span(id=Id.CURSOR_SAID, role="status", className="visually-hidden"),
            html.A(
                "Report",
                # report.js adds what is chosen.
                href="report.html",
                download="",
                className="tool",
                title="Save all tabs, as the controls stand, as one file that works alone",
                **data(report="all"),
            ),
            html.Span(id=Id.REPORT_SAID, role="status", className="visually-hidden"),
            html.Button(
                "Help",
                type="button",
                className="tool",
                **data(glossary="reading"),
            ),
        ],
    )
