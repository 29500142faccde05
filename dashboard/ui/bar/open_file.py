"""*Open…*: the button in the bar and the dialog that takes a file; uploads.js does the rest."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from core.metrics import METRICS
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id


def open_button() -> Component:
    """The button in the bar."""
    return html.Button(
        "Open…",
        id=Id.OPEN,
        type="button",
        className="tool",
        title="Open a file of results; it can also be dropped on the page",
        **aria(haspopup="dialog"),
    )


def open_again() -> Component:
    """The same beside advice on a study that was opened on the page."""
    return html.Button(
        "Open it again…",
        type="button",
        className="tool",
        **data(open="again"),
        **aria(haspopup="dialog"),
    )


def _metrics() -> list[tuple[str, str]]:
    """Every metric and what it is, those of which more is better first: what can be chosen."""
    order = sorted(METRICS.values(), key=lambda metric: not metric.higher_is_better)
    return [(one.name, f"{one.better} ({one.label}: {_begins(one.sentence)})") for one in order]


def _begins(sentence: str) -> str:
    return sentence.partition(";")[0].partition(",")[0]


def open_dialog(most_mb: int) -> Component:
    """The dialog, still without a file. most_mb: what one upload may have."""
    return html.Dialog(
        id=Id.OPEN_DIALOG,
        className="open-dialog",
        **data(most=str(most_mb), metrics=json.dumps(_metrics())),
        **aria(labelledby=Id.OPEN_TITLE),
        children=[
            html.Div(
                className="open-head",
                children=[
                    html.H2("Open a file of results", id=Id.OPEN_TITLE, tabIndex="-1"),
                    html.Button(
                        "×",
                        type="button",
                        className="panel-close",
                        **data(open="close"),
                        **aria(label="Close"),
                    ),
                ],
            ),
            html.Div(
                className="open-drop",
                children=[
                    html.Button(
                        "Choose a file", type="button", className="tool", **data(open="choose")
                    ),
                    html.Span("or drop it here."),
                    html.P(
                        "CSV, TSV, Excel, Parquet or JSON: a row a score, or a matrix. Several at"
                        " once: scores, and beside them what may predict them, such as similarity."
                        f" Up to {most_mb} MB. It is kept on this server until you remove it.",
                        className="quiet",
                    ),
                ],
            ),
            html.P(id=Id.OPEN_STATUS, role="status", className="open-status"),
            html.P(id=Id.OPEN_PROBLEM, role="alert", className="notice notice-alarm", hidden=True),
            html.Div(id=Id.OPEN_BODY),
            html.Div(id=Id.OPEN_KEPT),
        ],
    )
