"""The card of a job: what is computed, how far it is, cancel, go on.

A figure that needs a job asks for it (dashboard/ui/job_request.py); the card below the figures
begins it, follows it, and has the figures drawn when it is done. One tab follows one job. What
stands in the card is in assets/js/widgets/job-card.js: it is the tab that knows whether it
cancelled.
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.jobs.job_kinds import performer
from dashboard.jobs.timeouts import POLL_MS
from dashboard.state.context import AppContext
from dashboard.ui.html_attributes import aria
from dashboard.ui.ids import Id, part

NAME = "job"
ORDER, ENDED, BUSY = (part(NAME, name) for name in ("order", "ended", "busy"))
CARD, TITLE, BAR, TEXT = (part(NAME, name) for name in ("card", "title", "bar", "text"))
START, CANCEL = (part(NAME, name) for name in ("start", "cancel"))


def card() -> Component:
    """The card, hidden until a figure needs a job."""
    return html.Section(
        id=CARD,
        className="card-job",
        hidden=True,
        **aria(label="Background computation"),
        children=[
            *[dcc.Store(id=store) for store in (Id.JOB_WANTED, ORDER, ENDED, BUSY)],
            html.P(id=TITLE, className="job-title", role="status"),
            html.Progress(id=BAR, max="1", value="0", **aria(labelledby=TITLE)),
            html.P(id=TEXT, className="job-text"),
            html.Div(
                children=[
                    html.Button("Cancel", id=CANCEL, type="button", className="tool"),
                    html.Button("Go on", id=START, type="button", className="tool", hidden=True),
                ],
            ),
        ],
    )


def register(app: Dash, app_context: AppContext) -> None:
    """Wire the card; the application's background callback manager does the work."""
    perform = performer(app_context)

    @app.callback(
        Output(ENDED, "data"),
        Input(ORDER, "data"),
        background=True,
        prevent_initial_call=True,
        interval=POLL_MS,
        progress=[Output(BAR, "value"), Output(BAR, "max"), Output(TEXT, "children")],
        running=[(Output(BUSY, "data"), True, False)],
        cancel=[Input(CANCEL, "n_clicks")],
    )
    def do_job(job: Any, order: Any) -> Any:
        return perform(job, order)

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "followJob"),
        Input(Id.JOB_WANTED, "data"),
        Input(START, "n_clicks"),
        Input(CANCEL, "n_clicks"),
        Input(ENDED, "data"),
        Input(BUSY, "data"),
        prevent_initial_call=True,
    )
