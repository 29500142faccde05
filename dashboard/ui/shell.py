"""The shell: bar on top, rail of controls, the pages, the panel, help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.state.fields import NO_COMPARISON, Look, address_fields
from dashboard.ui import card, messages
from dashboard.ui.bar.bar import bar
from dashboard.ui.bar.open_file import open_dialog
from dashboard.ui.controls import all_controls, rail_groups
from dashboard.ui.first_steps import first_steps
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id, input_store_id, panel_of, tab_of
from dashboard.ui.job_card import card as job_card
from dashboard.ui.page import Page


def shell(
    pages: Sequence[Page],
    *,
    panel: Component,
    panel_parts: Mapping[str, object],
    upload_mb: int | None = None,
    boards: bool = False,
) -> Component:
    """The whole page; what is in it comes from callbacks.

    panel: what stands at the right; panel_parts: what its script needs to know of it. upload_mb:
    how large a file may be that is opened on the page; None = none can be. boards: whether figures
    can be pinned to some.
    """
    return html.Div(
        className="shell",
        **(data(boards="on") if boards else {}),
        children=[
            *_stores(pages, panel_parts),
            html.A("Skip to the figures", href="#workspace", className="skip-link"),
            html.A(
                "Skip to what is selected",
                href=f"#{Id.PANEL_TITLE}",
                className="skip-link skip-selected",
            ),
            bar(pages, opens=upload_mb is not None),
            html.Div(
                className="below-bar",
                id="below-bar",
                children=[
                    _rail(),
                    html.Main(
                        id=Id.WORKSPACE,
                        tabIndex="-1",
                        className="workspace",
                        children=[
                            html.Div(id=Id.NOTICE, className="notice", role="status", hidden=True),
                            _offer(),
                            html.Div(id=Id.ALARM, className="notice notice-alarm", role="alert"),
                            _lost(),
                            html.Div(messages.first_reading(), id=Id.PROBLEMS),
                            html.Div(id=Id.READING, hidden=True),
                            *[_panel_of_page(page) for page in pages],
                            # Below the figures, where it pushes none of them as it comes and goes.
                            job_card(),
                        ],
                    ),
                    panel,
                ],
            ),
            _sheet_buttons(),
            first_steps(),
            _help(),
            *([] if upload_mb is None else [open_dialog(upload_mb)]),
        ],
    )


def _lost() -> Component:
    """That answers are lost: what is seen may not be what was asked for. requests.js shows it."""
    return html.Div(
        id=Id.LOST,
        className="notice notice-offer",
        role="alert",
        hidden=True,
        children=[
            html.Span(
                "The server does not answer: figures and captions may not be what the controls and"
                " the address say."
            ),
            html.Button("Try again", id=Id.LOST_AGAIN, type="button", className="tool"),
        ],
    )


def _offer() -> Component:
    """That the study's files have changed; study-versions.js shows it."""
    return html.Div(
        id=Id.OFFER,
        className="notice notice-offer",
        role="status",
        hidden=True,
        children=[
            html.Span(id=Id.OFFER_TEXT),
            html.Button("Show the new data", id=Id.OFFER_TAKE, type="button", className="tool"),
        ],
    )


def _stores(pages: Sequence[Page], panel_parts: Mapping[str, object]) -> list[Component]:
    plan = {
        "controls": [vars(control) for control in all_controls()],
        "noComparison": NO_COMPARISON,
        "pages": {
            page.name: {
                "title": page.title,
                "panel": panel_of(page.name),
                "tab": tab_of(page.name),
                "singleSources": page.single_sources,
                "figureInputs": [
                    {
                        "store": input_store_id(figure_input.name),
                        "keys": figure_input.told,
                        **({"cards": group.cards, "opener": group.opener} if group else {}),
                    }
                    for figure_input, group in page.fillings
                ],
                "fetched": {piece.name: piece.keys for piece in page.fetched},
            }
            for page in pages
        },
        "panel": panel_parts,
        "cardInside": card.inside(),
        "cardParts": card.PARTS,
        "figureConfig": card.CONFIG,
    }
    return [
        dcc.Store(id=Id.PLAN, data=plan),
        dcc.Store(id=Id.ADDRESS),
        dcc.Store(id=Id.STATE),
        dcc.Store(id=Id.PAGE_STATE),
        dcc.Store(id=Id.TAB, data=pages[0].name),
        *[dcc.Store(id=one.id, data=[]) for one in address_fields() if one.look is Look.STORE],
        dcc.Store(id=Id.MODE),
        dcc.Store(id=Id.HELP_SCALE),
        *[
            dcc.Store(id=input_store_id(figure_input.name))
            for page in pages
            for figure_input in page.own
        ],
    ]


def _rail() -> Component:
    return html.Aside(
        id=Id.RAIL,
        className="rail",
        **aria(label="Controls"),
        children=[
            html.Div(
                className="rail-head",
                children=[
                    html.Span("Controls", className="rail-title"),
                    html.Button(
                        id="rail-fold",
                        type="button",
                        className="fold",
                        **data(fold="rail"),
                        **aria(
                            expanded="true",
                            controls="rail-body",
                            label="Fold or unfold the controls",
                        ),
                    ),
                ],
            ),
            html.Div(
                id="rail-body",
                className="rail-body",
                children=[
                    html.Div(rail_groups(), className="rail-groups"),
                    html.Div(
                        className="rail-summary",
                        children=[
                            html.Span("Shown: ", className="quiet"),
                            html.Span(id=Id.SUMMARY, role="status"),
                        ],
                    ),
                ],
            ),
        ],
    )


def _panel_of_page(page: Page) -> Component:
    return html.Div(
        [html.H1(page.title, className="visually-hidden"), page.layout()],
        id=panel_of(page.name),
        role="tabpanel",
        className="page",
        hidden=True,
        **aria(labelledby=tab_of(page.name)),
        **(data(keeps="") if page.stays else {}),
    )


def _sheet_buttons() -> Component:
    return html.Div(
        className="sheet-buttons",
        children=html.Button(
            "Controls",
            type="button",
            className="tool",
            **data(fold="rail"),
            **aria(controls="rail-body"),
        ),
    )


def _help() -> Component:
    """All words in a drawer; a word's own explanation stands beside it, help.js."""
    help_panel: Component = dbc.Offcanvas(
        [
            html.Button("First steps", type="button", className="tool", **data(steps="again")),
            # What scrolls can have the focus, so that keys scroll it.
            html.Div(
                # `arrange` fills it, as the words are meant on the scale of the study.
                id=Id.HELP_BODY,
                className="help-body",
                tabIndex="0",
                role="region",
                **aria(label="Explanations"),
            ),
        ],
        id=Id.HELP,
        title=html.Span("What the words mean", id="help-title"),
        labelledby="help-title",
        placement="end",
        is_open=False,
        scrollable=True,
        className="help",
    )
    return help_panel
