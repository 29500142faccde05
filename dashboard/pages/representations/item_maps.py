"""Where each model puts the items, side by side and over training."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from dash import html

from core import analyses
from core.analyses.query import MapQuery
from core.errors import RequestError
from core.similarity.item_maps import ItemMaps, map_layers
from dashboard.figures.similarity import item_maps as maps_drawn
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.predictors import Plane
from dashboard.text import captions, names, numbers
from dashboard.text.findings.similarity import (
    maps_finding,
    maps_over_training_finding,
)
from dashboard.ui import messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    import pandas as pd

MAPS_SHOWN = 11
"""Side by side; more would be too small to compare."""


def maps_contents(app_context: AppContext, context: ViewContext) -> list[CardContent]:
    """The maps of the models of one task each, side by side, or what they need."""
    tasks = context.view.shown_tasks(context.study)
    if not map_layers(context.study):
        return [
            CardContent(
                message=messages.box(
                    "No representation of a model of one task alone is stored.",
                    hint="Representations stand in a study's folder; a file alone has none."
                    if context.opened
                    else "Add representations under [cka] in study.toml; two columns of numbers in"
                    " its items.csv are taken as the items’ coordinates.",
                )
            )
        ]
    try:
        found = _maps(app_context, context, tasks[:MAPS_SHOWN], over_training=False)
    except RequestError as reason:
        return [CardContent(message=messages.box(names.sentence(reason)))]
    more = len(tasks) - len(tasks[:MAPS_SHOWN])
    return [_map_card(found, context, over_training=False, more=more)]


def course_contents(app_context: AppContext, context: ViewContext) -> list[CardContent]:
    """The map of the selected task, or of the first, along its checkpoints."""
    view, study = context.view, context.study
    shown = view.shown_tasks(study)
    chosen = [task for task in (*view.selected_sources, view.selected_target) if task in shown]
    if not (map_layers(study) and shown):
        return [CardContent(hidden=True)]
    try:
        found = _maps(app_context, context, (chosen or shown)[:1], over_training=True)
    except RequestError as reason:
        return [CardContent(message=messages.box(names.sentence(reason)))]
    if len(found.maps) < 2:
        return [CardContent(hidden=True)]
    return [_map_card(found, context, over_training=True)]


def _maps(
    app_context: AppContext, context: ViewContext, tasks: Sequence[str], *, over_training: bool
) -> ItemMaps:
    view, study = context.view, context.study
    wanted = MapQuery(tuple(tasks), over_training, view.plane is Plane.COMPONENTS)
    layers = map_layers(study)
    layer = view.layer if view.layer in layers else layers[-1]
    return app_context.fetch(
        analyses.ITEM_MAPS, study, view.similarity_query.at(layer, view.cka_checkpoint), wanted
    )


def _map_card(
    found: ItemMaps, context: ViewContext, *, over_training: bool, more: int = 0
) -> CardContent:
    items = len(maps_drawn.drawn_items(found))
    return CardContent(
        finding=maps_over_training_finding(found) if over_training else maps_finding(found),
        above=html.Div(
            [
                "Select a task to see another one" if over_training else "Maps of the items",
                help_button("maps", "maps of the items"),
            ],
            className="figure-title",
        ),
        figure=maps_drawn.maps_figure(found, context.theme, over_training=over_training)
        if found.maps
        else None,
        message=None if found.maps else messages.box(_why_none(found)),
        size=maps_drawn.figure_size(found),
        caption=captions.join(
            f"layer {found.layer}",
            "each item by a linear probe that has not seen it, 10 folds, ridge"
            if found.axes
            else "first two principal components, laid on each other by Procrustes",
            f"{numbers.counted(len(found.items), 'item')}"
            + (f", {items:,} drawn" if items < len(found.items) else ""),
            _seeds_of_maps(found),
            f"{numbers.counted(more, 'task')} more not drawn: untick others" if more else "",
            "; ".join(f"{task}: {why}" for task, why in found.missing[:3]),
            captions.digest_text(context.study),
        ),
        table_of=partial(_map_table, found),
    )


def _why_none(found: ItemMaps) -> str:
    """Why nothing is drawn."""
    return names.sentence(found.missing[0][1]) if found.missing else "No task is chosen."


def _seeds_of_maps(found: ItemMaps) -> str:
    drawn = sorted({one.seed for one in found.maps})
    spread = [
        f"{one.task} {numbers.bounds(min(one.qualities), max(one.qualities))}"
        for one in found.maps
        if len(one.qualities) > 1
    ]
    text = f"drawn: {names.seeds_text(drawn)}"
    return f"{text}; over seeds {', '.join(spread)}" if spread and found.axes else text


def _map_table(found: ItemMaps) -> pd.DataFrame:
    """A row for every item and map: where it is put, and where it is."""
    import pandas as pd

    x, y = found.axes or ("component 1", "component 2")
    tables = []
    for one in found.maps:
        table = {
            "task": one.task,
            "run": one.run,
            "checkpoint": one.checkpoint,
            "R² of the probe" if found.axes else "share of variance": one.quality,
            "item": found.items,
            **({"group": found.groups} if found.groups else {}),
            f"{x}, by the model": one.points[:, 0],
            f"{y}, by the model": one.points[:, 1],
        }
        if found.target is not None:
            table |= {x: found.target[:, 0], y: found.target[:, 1]}
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
