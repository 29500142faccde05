"""Overview: the study in a minute, and where a reader comes in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dash import html
from dash.development.base_component import Component

from core import analyses
from dashboard.pages.overview.data_quality import (
    LISTINGS,
    condition_contents,
    data_quality_of,
    listed_reasons,
)
from dashboard.pages.overview.ids import CONDITION_CARD, LISTS, METHODS, NAME, STUDY, listing_id
from dashboard.pages.overview.methods import methods_card
from dashboard.pages.overview.standouts import strongest_card, surprises_card
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import captions, numbers
from dashboard.ui import card, facts, fetched
from dashboard.ui.card import CardContent
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

FIGURE_INPUT = FigureInput(NAME, (*EVERYWHERE, Key.INCLUDE))
WHOLE_INPUT = FigureInput(part(NAME, "whole"), (Key.STUDY,))


def layout() -> Component:
    """What the study is, what stands out in it, all methods, and the state of the data."""
    return html.Div(
        [
            fetched.place(STUDY, className="study-head"),
            html.Div(
                className="cards cards-overview",
                children=[
                    html.Div(
                        className="cards-three",
                        children=[card.card(name, loads="what stands out") for name in LISTS],
                    ),
                    card.card(METHODS, wide=True, loads="all methods"),
                    card.card(CONDITION_CARD, wide=True, loads="the state of the data"),
                ],
            ),
        ]
    )


def study_head(app_context: AppContext, context: ViewContext) -> Component:
    """Title, description, and how large the study is."""
    study, census = context.study, data_quality_of(app_context, context).census
    made = [f"{census.tuned:,} fine-tuned", f"{census.bases:,} base"]
    if study.has_given_scores:
        made = [f"{numbers.counted(census.given, 'row')} of given scores"]
    if census.failed:
        made.append(f"{census.failed:,} failed")
    tested = [method.name for method in study.tested_methods]
    alike = captions.alike_text(study, tested, census.seeds)
    # Where no file names a seed its number is ours, and tells nobody anything.
    listed = _listed(census.seeds) if study.names_seeds else ""
    seeds = "; ".join(filter(None, (listed, alike)))
    out = f"{census.excluded:,} excluded" if census.excluded else ""
    return html.Div(
        [
            html.H2(study.title, className="study-name"),
            *(
                [html.P(study.description, className="study-description")]
                if study.description
                else []
            ),
            facts.facts(
                ("Runs", f"{census.runs:,}", ", ".join(made), ("", "")),
                ("Seeds", f"{len(census.seeds):,}", seeds, ("seeds", "seeds")),
                ("Tasks", f"{census.tasks:,}", out, ("", "")),
                ("Methods", f"{census.methods:,}", "", ("", "")),
                ("Evaluations", f"{census.evaluations:,}", "", ("", "")),
            ),
        ]
    )


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(str(seed) for seed in seeds[:6]) + (", …" if len(seeds) > 6 else "")


def contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """Methods, gifts, harms, surprises."""
    found = app_context.fetch(analyses.OVERVIEW, context.study, context.view.transfer_query)
    return (
        methods_card(found, context),
        strongest_card(found, context, harm=False),
        strongest_card(found, context, harm=True),
        surprises_card(found, context),
    )


PAGE = Page(
    name=NAME,
    title="Overview",
    keywords=("summary", "harm", "gains", "surprises"),
    layout=layout,
    cards=(
        CardGroup((METHODS, *LISTS), contents, FIGURE_INPUT),
        CardGroup((CONDITION_CARD,), condition_contents, WHOLE_INPUT),
    ),
    fetched=(
        FetchedHtml(STUDY, WHOLE_INPUT.keys, study_head),
        *(
            FetchedHtml(listing_id(key), WHOLE_INPUT.keys, partial(listed_reasons, listing))
            for key, listing in LISTINGS.items()
        ),
    ),
    kept_in="in the means of methods and the state of the data",
    groups=(Id.SEEDS, Id.SCALE, Id.CHECKPOINT, Id.TASKS, Id.STYLE),
)
