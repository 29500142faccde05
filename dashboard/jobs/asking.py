"""How a figure asks for a job; the card above the figures takes it from there."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html, set_props
from dash.development.base_component import Component

from core.errors import SweepNeededError
from dashboard import messages
from dashboard.atlas import Atlas, NothingToShow
from dashboard.ids import Id
from dashboard.jobs import sweeps
from dashboard.view import clean_query


def ask_for(atlas: Atlas, feed: object, needed: SweepNeededError) -> Component:
    """Have the card begin what a figure needs; returns what stands in the figure's place.

    feed: what the figure's callback was told. To be called in a callback.
    """
    query = clean_query(feed.get("query")) if isinstance(feed, Mapping) else {}
    entry = atlas.asked(query).entry
    if entry.study is None:
        raise NothingToShow
    wanted = sweeps.wanted(entry.slug, entry.study, needed)
    set_props(Id.JOB_WANTED, {"data": wanted})
    return html.Div(
        messages.box(
            f"This figure needs the {wanted['title']}. It is drawn as soon as that is computed."
        ),
        className="waits-for-job",
    )
