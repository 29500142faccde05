"""How a figure asks for a job; the card below the figures takes it from there."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.similarity.store import SweepNeededError
from dashboard.jobs import analysis_job, sweep_job
from dashboard.state.computing import ComputationNeededError
from dashboard.state.context import AppContext, NothingToShow
from dashboard.state.view import clean_query
from dashboard.ui import messages
from dashboard.ui.ids import Id

FORESEEN = "foreseen"
"""Key of a figure's input that nobody has asked for yet (controls.js): no job begins for it."""


def why_not(
    app_context: AppContext, figure_input: object, what: str, error: Exception
) -> Component:
    """What stands in place of a figure: that it waits for a job, or what is wrong.

    figure_input: what the figure's callback was told. To be called in a callback. Raises
    PreventUpdate where the study has nothing to show: the page says so already; and where a job is
    needed for what nobody has asked for yet.
    """
    if isinstance(error, NothingToShow):
        raise PreventUpdate from None
    if isinstance(error, SweepNeededError | ComputationNeededError):
        if isinstance(figure_input, Mapping) and figure_input.get(FORESEEN):
            raise PreventUpdate from None
        return ask_for(app_context, figure_input, error)
    return messages.why_not(what, error)


def ask_for(
    app_context: AppContext, figure_input: object, needed: SweepNeededError | ComputationNeededError
) -> Component:
    """Have the card begin what a figure needs; returns what stands in the figure's place.

    figure_input: what the figure's callback was told. To be called in a callback.
    """
    query = clean_query(figure_input.get("query")) if isinstance(figure_input, Mapping) else {}
    entry = app_context.resolve(query).entry
    if entry.study is None:
        raise NothingToShow
    if isinstance(needed, ComputationNeededError):
        wanted = analysis_job.wanted(entry.slug, needed)
    else:
        wanted = sweep_job.wanted(entry.slug, entry.study, needed)
    set_props(Id.JOB_WANTED, {"data": wanted})
    return html.Div(
        messages.box(
            f"This figure needs the {wanted['title']}. It is drawn as soon as that is computed."
        ),
        className="waits-for-job",
    )
