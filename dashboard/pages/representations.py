"""Representations: how alike models are, training set by training set, and over training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from dash import html
from dash.development.base_component import Component

from core.analyses.query import MapQuery
from core.analyses.registry import BALANCE, ITEM_MAPS, SIMILARITY, TRAJECTORIES
from core.errors import RequestError
from core.numerics.clustering import Dendrogram, Order, cluster_by_similarity, order_by_net
from core.similarity.item_maps import ItemMaps, map_layers
from core.similarity.matrix import (
    OverlapMean,
    SimilarityMatrix,
    TaskOverlap,
    TrainingSet,
    compared_sizes,
    has_similarity,
)
from core.similarity.trajectories import Trajectories
from core.transfer.groups import order_by_group
from dashboard.figures.parts.cell_hover import source_key
from dashboard.figures.similarity import item_maps as maps_drawn
from dashboard.figures.similarity.heatmap import similarity_heatmap
from dashboard.figures.similarity.trajectories import TrainingLine, training_figure, training_lines
from dashboard.figures.transfer import figure_size
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.predictors import Plane
from dashboard.text import captions, names, numbers
from dashboard.text.findings.similarity import (
    left_out_text,
    maps_finding,
    maps_over_training_finding,
    models_text,
    representations_finding,
    sharing_text,
    training_finding,
    training_note,
)
from dashboard.ui import card, facts, messages
from dashboard.ui.card import CardContent
from dashboard.ui.controls import SHARED
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, TRANSFER, CardGroup, FigureInput, Need, Page

if TYPE_CHECKING:
    import pandas as pd

NAME = "representations"
MATRIX, TRAINING = part(NAME, "matrix"), part(NAME, "training")
MAPS, COURSE = part(NAME, "maps"), part(NAME, "course")
TWO_LINES, OVER_TRAINING = 80, 180
"""Characters of a sentence above the matrix at least, and beside it on 1440 pixels."""
MAPS_SHOWN = 11
"""Side by side; more would be too small to compare."""
_MAP_KEYS = (*EVERYWHERE, "include", "layer", "cka_at", "plane")
MAPS_INPUT = FigureInput(MAPS, (*_MAP_KEYS, "style"))
COURSE_INPUT = FigureInput(COURSE, (*_MAP_KEYS, "select", "style"))
MATRIX_INPUT = FigureInput(
    MATRIX, (*EVERYWHERE, "include", "layer", "cka_at", "measure", "size", "order", "style")
)
TRAINING_INPUT = FigureInput(
    TRAINING,
    ("study", "method", "seeds", "exclude", "include", "layer", "measure", "select", "style"),
)
SIZES_OVER_TRAINING = 3
"""Over training, models of at most so many numbers of tasks: more lines cannot be told apart."""
SIGNS = {
    TaskOverlap.ALL: ("outlined", "same training set, other seed"),
    TaskOverlap.SOME: ("dot", "some tasks in common"),
    TaskOverlap.NONE: ("plain", "no task in common"),
}


def layout() -> Component:
    """The matrix first; how it came about beside it, or below where it is large."""
    return html.Div(
        [
            facts.first_hint(
                "How alike two models represent the same items. The outlined diagonal, the same"
                " tasks with another seed, is about the most to expect.",
                "floor",
                "the noise floor",
            ),
            html.Div(
                className="cards",
                children=[
                    card.card(MATRIX, loads="the similarity of the models", scrolls=True),
                    card.card(TRAINING, loads="similarity over training", wide=True),
                ],
            ),
            card.folded(
                "See the representations: where each model puts the items",
                [
                    card.card(MAPS, loads="the maps of the items", scrolls=True),
                    card.card(COURSE, loads="a map over training", scrolls=True),
                ],
            ),
        ]
    )


# -- the matrix ---------------------------------------------------------------------------------


def matrix_contents(atlas: AppContext, scene: ViewContext) -> list[CardContent]:
    """Similarity training set by training set, or what a study without any needs."""
    if not has_similarity(scene.study):
        return [CardContent(message=_nothing())]
    whole = atlas.fetch(SIMILARITY, scene.study, scene.view.similarity_query)
    shown, tree, note = _arranged(atlas, scene, whole.without_tasks(scene.view.exclude))
    size = figure_size(shown, scene.study, tree=tree)
    return [
        CardContent(
            finding=representations_finding(shown),
            headline=max(TWO_LINES, card.two_lines(size[0])),
            above=[
                _title(shown, scene, tree),
                *([html.P(note, className="note")] if note else []),
                _legend(shown),
            ],
            figure=similarity_heatmap(shown, scene.study, scene.theme, tree=tree),
            size=size,
            caption=_matrix_caption(shown, scene, tree),
            table_of=partial(_matrix_table, shown),
            every_task=True,
        )
    ]


def _arranged(
    atlas: AppContext, scene: ViewContext, similarity: SimilarityMatrix
) -> tuple[SimilarityMatrix, Dendrogram | None, str]:
    """Rows in the order asked for, the tree where they are clustered, and what stood against it."""
    if scene.view.order is Order.CLUSTER:
        tree = cluster_by_similarity(similarity.values)
        return similarity.reordered(tree.order), tree, ""
    if scene.view.order is Order.NET:
        try:
            balance = atlas.fetch(BALANCE, scene.study, scene.view.pairs_query(scene.study))
        except RequestError as reason:
            return similarity, None, f"In the order of the study: {reason}."
        net = {task.task: task.net for task in balance.tasks}
        return similarity.reordered(order_by_net(similarity.sets, net)), None, ""
    if scene.view.order in (Order.GROUP, Order.GROUPS):
        return similarity.reordered(order_by_group(similarity.sets, scene.study)), None, ""
    return similarity, None, ""


def _title(similarity: SimilarityMatrix, scene: ViewContext, tree: Dendrogram | None) -> Component:
    models = models_text(_trained(similarity, scene))
    parts: list[Component | str] = [
        f"{_capital(similarity.name)} of {models}",
        help_button("measure", "the measures"),
    ]
    if tree is not None:
        parts += [", clustered", help_button("clustering", "clustering and its tree")]
    return html.Div(parts, className="figure-title")


def _legend(similarity: SimilarityMatrix) -> Component:
    """What the marks of the matrix mean, with the mean of the cells that have them."""

    def item(mean: OverlapMean) -> Component:
        sign, text = SIGNS[mean.shared]
        return html.Li(
            [
                html.Span(className=f"sign sign-{sign}"),
                html.Span([f"{text}: ", html.B(sharing_text(mean))]),
            ]
        )

    return html.Ul(
        className="legend",
        **aria(label="Legend"),
        children=[item(mean) for mean in reversed(similarity.mean_by_overlap())],
    )


def _matrix_caption(
    similarity: SimilarityMatrix, scene: ViewContext, tree: Dendrogram | None
) -> str:
    floor = similarity.mean_floor
    return captions.join(
        f"{_capital(similarity.name)} of {models_text(_trained(similarity, scene))}",
        f"layer {similarity.layer}",
        captions.checkpoint_text(similarity.checkpoint),
        names.seeds_text(similarity.seeds),
        "mean over pairs of runs, never a run with itself",
        f"independent noise of these shapes: {numbers.number(floor)}"
        if math.isfinite(floor)
        else "noise floor unknown: no representations of these models"
        if similarity.is_plain
        else "",
        "rows by average linkage on 1 − similarity; the tree joins at the mean of a group"
        if tree is not None
        else "",
        f"from {'tables' if similarity.origin == 'table' else 'representations'}",
        left_out_text(similarity.left_out),
        captions.tasks_kept(scene.study, scene.view.exclude),
        captions.digest_text(scene.study),
    )


def _trained(similarity: SimilarityMatrix, scene: ViewContext) -> int:
    return len(similarity.sets[0]) if similarity.sets else scene.view.trained


def _matrix_table(similarity: SimilarityMatrix) -> pd.DataFrame:
    """Every unordered pair of training sets once, the diagonal with them."""
    import pandas as pd

    rows, columns = np.triu_indices(len(similarity.sets))
    names = np.array([source_key(tasks) for tasks in similarity.sets], dtype=object)
    shared = np.array([one.name.lower() for one in TaskOverlap], dtype=object)
    return pd.DataFrame(
        {
            "first training set": names[rows],
            "second training set": names[columns],
            "training tasks in common": shared[similarity.shared[rows, columns]],
            "layer": similarity.layer,
            "checkpoint": str(similarity.checkpoint),
            similarity.name: similarity.values[rows, columns],
            "sd over pairs of runs": similarity.sd[rows, columns],
            "pairs of runs": similarity.n[rows, columns],
            "independent noise": similarity.floor[rows, columns],
        }
    )


# -- over training ------------------------------------------------------------------------------


def training_contents(atlas: AppContext, scene: ViewContext) -> list[CardContent]:
    """Similarity along the checkpoints; hidden where the other card says what is missing."""
    found, missing = _trajectories(atlas, scene)
    if not found:
        reasons = list(missing.values())
        return [
            CardContent(message=messages.box(reasons[0])) if reasons else CardContent(hidden=True)
        ]
    pairs, chosen = _pairs(scene, found[0])
    lines = training_lines(found, pairs, scene.study, scene.theme, chosen=chosen)
    floor = _floor(lines)
    name = found[0].name
    return [
        CardContent(
            finding=training_finding(found),
            headline=OVER_TRAINING,
            above=html.Div(
                [f"{_capital(name)} over training", help_button("training", "over training")],
                className="figure-title",
            ),
            figure=training_figure(lines, scene.theme, name=name, floor=floor),
            caption=_training_caption(found, scene, missing, chosen=chosen, pairs=len(pairs)),
            more=[html.P(note)] if (note := training_note(found)) else [],
            table_of=partial(_training_table, lines, name),
        )
    ]


def _trajectories(
    atlas: AppContext, scene: ViewContext
) -> tuple[list[Trajectories], dict[int, str]]:
    """Of the sizes that have any, without the tasks left out; size -> why it has none."""
    view, study = scene.view, scene.study
    shown = view.shown_tasks(study)
    gone = [task.name for task in study.tasks if task.name not in shown]
    found: list[Trajectories] = []
    missing: dict[int, str] = {}
    for size in compared_sizes(study)[:SIZES_OVER_TRAINING]:
        try:
            whole = atlas.fetch(TRAJECTORIES, study, replace(view.similarity_query, trained=size))
        except RequestError as reason:
            missing[size] = str(reason)
            continue
        found.append(whole.without_tasks(gone))
    return found, missing


def _pairs(
    scene: ViewContext, found: Trajectories
) -> tuple[tuple[tuple[TrainingSet, TrainingSet], ...], bool]:
    """The selected pair where its models are compared, else a few telling ones."""
    chosen = scene.view.selection
    if len(chosen) == 2:
        pair = (chosen[0],), (chosen[1],)
        curve = found.pair(*pair)
        if curve is not None and curve.known.any():
            return (pair,), True
    return found.telling_pairs(), False


def _floor(lines: tuple[TrainingLine, ...]) -> float:
    """Mean floor of the groups: what independent noise has, whatever it was trained on."""
    floors = np.concatenate([[np.nan], *(line.curve.floor for line in lines)])
    known = floors[np.isfinite(floors)]
    return float(known.mean()) if known.size else math.nan


def _training_caption(
    found: list[Trajectories],
    scene: ViewContext,
    missing: Iterable[int],
    *,
    chosen: bool,
    pairs: int,
) -> str:
    seeds = sorted({seed for one in found for at in one.seeds for seed in at})
    first = found[0].sharing(TaskOverlap.NONE)
    apart = "last" in found[0].checkpoints and len(found[0].checkpoints) > 1
    steps = [s for s, c in zip(found[0].seeds, found[0].checkpoints, strict=True) if c != "last"]
    along = sorted({seed for at in steps for seed in at})
    gone = " and ".join(numbers.counted(size, "task") for size in missing)
    return captions.join(
        f"{_capital(found[0].name)}, layer {found[0].layer}",
        f"lines: {names.seeds_text(along)}, last: {names.seeds_text(seeds)}"
        if apart and along != seeds
        else names.seeds_text(seeds),
        "band: ± sd over the pairs",
        f"n = {numbers.counted(int(first.n.max()), 'pair')} without a common task",
        "" if chosen or not pairs else "thin lines: the most and least alike and the most changed",
        f"models trained on {gone} have no {found[0].name} at this layer" if gone else "",
        captions.tasks_left_out(scene.study, _tasks_of(scene)),
        captions.digest_text(scene.study),
    )


def _tasks_of(scene: ViewContext) -> tuple[str, ...]:
    return scene.view.shown_tasks(scene.study)


def _training_table(lines: tuple[TrainingLine, ...], name: str) -> pd.DataFrame:
    """A row for every line and checkpoint."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "line": line.words,
                "checkpoint": str(checkpoint),
                f"mean {name}": line.curve.mean[at],
                "sd": line.curve.sd[at],
                "n": int(line.curve.n[at]),
                "n counts": line.of[1],
                "independent noise": line.curve.floor[at],
            }
            for line in lines
            for at, checkpoint in enumerate(line.checkpoints)
        ]
    )


# -- maps of the items --------------------------------------------------------------------------


def maps_contents(atlas: AppContext, scene: ViewContext) -> list[CardContent]:
    """The maps of the models of one task each, side by side, or what they need."""
    tasks = scene.view.shown_tasks(scene.study)
    if not map_layers(scene.study):
        return [
            CardContent(
                message=messages.box(
                    "No representation of a model of one task alone is stored.",
                    hint="Add representations under [cka] in study.toml; two columns of numbers in"
                    " its items.csv are taken as the items’ coordinates.",
                )
            )
        ]
    try:
        found = _maps(atlas, scene, tasks[:MAPS_SHOWN], over_training=False)
    except RequestError as reason:
        return [CardContent(message=messages.box(f"{_capital(str(reason))}."))]
    more = len(tasks) - len(tasks[:MAPS_SHOWN])
    return [_map_card(found, scene, over_training=False, more=more)]


def course_contents(atlas: AppContext, scene: ViewContext) -> list[CardContent]:
    """The map of the selected task, or of the first, along its checkpoints."""
    view, study = scene.view, scene.study
    shown = view.shown_tasks(study)
    chosen = [task for task in (*view.selected_sources, view.selected_target) if task in shown]
    if not (map_layers(study) and shown):
        return [CardContent(hidden=True)]
    try:
        found = _maps(atlas, scene, (chosen or shown)[:1], over_training=True)
    except RequestError as reason:
        return [CardContent(message=messages.box(f"{_capital(str(reason))}."))]
    if len(found.maps) < 2:
        return [CardContent(hidden=True)]
    return [_map_card(found, scene, over_training=True)]


def _maps(
    atlas: AppContext, scene: ViewContext, tasks: Sequence[str], *, over_training: bool
) -> ItemMaps:
    view, study = scene.view, scene.study
    wanted = MapQuery(tuple(tasks), over_training, view.plane is Plane.COMPONENTS)
    layers = map_layers(study)
    layer = view.layer if view.layer in layers else layers[-1]
    return atlas.fetch(
        ITEM_MAPS, study, view.similarity_query.at(layer, view.cka_checkpoint), wanted
    )


def _map_card(
    found: ItemMaps, scene: ViewContext, *, over_training: bool, more: int = 0
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
        figure=maps_drawn.maps_figure(found, scene.theme, over_training=over_training)
        if found.maps
        else None,
        message=None if found.maps else messages.box(f"{_capital(found.missing[0][1])}."),
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
            captions.digest_text(scene.study),
        ),
        table_of=partial(_map_table, found),
    )


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


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _nothing() -> Component:
    return messages.box(
        "This study has no similarity of models to show.",
        hint="Add [cka] to study.toml with a summary, checkpoints or representations: with"
        " representations, CKA is computed here.",
    )


SIMILARITY_OR_TRANSFER = Need(
    # Beside transfer, the page itself says what it lacks.
    there=lambda study: TRANSFER.there(study) or has_similarity(study),
    lacking="similarity of models",
    add="This tab needs [cka] in study.toml, with a summary, checkpoints or representations.",
)

PAGE = Page(
    name=NAME,
    title="Representations",
    layout=layout,
    cards=(
        CardGroup((MATRIX,), matrix_contents, MATRIX_INPUT),
        CardGroup((TRAINING,), training_contents, TRAINING_INPUT),
        CardGroup((MAPS,), maps_contents, MAPS_INPUT),
        CardGroup((COURSE,), course_contents, COURSE_INPUT),
    ),
    kept_in="in the matrix",
    needs=SIMILARITY_OR_TRANSFER,
    groups=(*SHARED, Id.LAYER, Id.CKA_CHECKPOINT, Id.MEASURE, Id.TRAINED, Id.PLANE, Id.ORDER),
)
