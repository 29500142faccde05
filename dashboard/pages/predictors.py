"""Similarity: does it predict transfer, where, and what carries it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from core.analyses.association.association import Association
from core.analyses.association.by_layer import AssociationSweep
from core.analyses.association.influence import DRAWS, ItemInfluence, why_no_groups
from core.analyses.association.qap import LEVEL
from core.analyses.association.specifications import Dimension, Specifications
from core.analyses.columns import frame_of
from core.analyses.predictor_scores import SCORE_COLUMNS, PredictorScores
from core.analyses.registry import (
    ASSOCIATION,
    ASSOCIATION_SWEEP,
    ITEM_INFLUENCE,
    PREDICTORS,
    SIMILARITY,
    SPECIFICATIONS,
    TOGETHER,
    TRANSFER,
)
from core.errors import RequestError
from core.numerics.intervals import Interval
from core.similarity.matrix import similarity_layers
from core.similarity.predictor_matrix import (
    PredictorMatrix,
    predictor_matrix,
    predictor_places,
)
from core.study import Layer, Study
from dashboard.figures.association import by_layer, influence, scoreboard
from dashboard.figures.association.scatter import BINNED_FROM, FARTHEST, association_scatter
from dashboard.figures.association.specification_curve import drawn, specification_curve
from dashboard.figures.similarity.predictor_heatmap import predictor_heatmap, predictor_size
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings import predictors
from dashboard.text.findings.association import association_finding
from dashboard.text.names import capital
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.controls import SHARED
from dashboard.ui.help import help_button
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Need, Page
from dashboard.ui.page import TRANSFER as NEEDS_TRANSFER

if TYPE_CHECKING:
    import pandas as pd

NAME = "predictors"
MATRIX = part(NAME, "matrix")
SCATTER, CEILINGS = part(NAME, "scatter"), part(NAME, "ceilings")
SWEEP, SWEEP_TABLE = part(NAME, "sweep"), part(NAME, "sweep-table")
TASKS = part(NAME, "tasks")
SCOREBOARD, SCOREBOARD_TABLE = part(NAME, "scoreboard"), part(NAME, "scoreboard-table")
TOGETHER_TABLE = part(NAME, "together")
ITEMS, ITEM_PAIRS = part(NAME, "items"), part(NAME, "item-pairs")
CURVE, CURVE_OPENER = part(NAME, "curve"), part(NAME, "curve-opener")
TWO_LINES, ABOVE_MATRIX = 165, 72
"""Characters of a sentence on a screen of 1440 pixels; above a matrix at least."""
PLACE = part(NAME, "place")
"""The store of the layer and checkpoint of a button that was pressed."""

_PREDICTS = ("predictor", "predictor_layer")
_KEYS = (*EVERYWHERE, "include", "layer", "cka_at", "measure", *_PREDICTS)
MATRIX_INPUT = FigureInput(MATRIX, (*_KEYS, "style"))
SCATTER_INPUT = FigureInput(SCATTER, _KEYS)
SWEEP_INPUT = FigureInput(SWEEP, _KEYS)
_PLACE_KEYS = (*EVERYWHERE, "include", "measure", *_PREDICTS)
CURVE_INPUT = FigureInput(CURVE, _KEYS)
ITEMS_INPUT = FigureInput(ITEMS, _KEYS)
SCOREBOARD_INPUT = FigureInput(SCOREBOARD, (*EVERYWHERE, "include"))


def layout() -> Component:
    """What is held against transfer; the predictor itself where there is no transfer yet."""
    return html.Div(
        [
            dcc.Store(id=PLACE),
            html.Div(
                className="cards",
                children=[card.card(MATRIX, loads="what the predictor says", scrolls=True)],
            ),
            _against_transfer(),
        ]
    )


def _against_transfer() -> Component:
    """The scatter answers the question; beside it, where else to look and what is possible.

    The style sheet hides it where the matrix stands in its place.
    """
    return html.Div(
        className="against-transfer",
        children=[
            facts.first_hint(
                "Each point is an ordered pair of tasks. Look at QAP p first; a cell of the small"
                " matrix takes the scatter to its layer and checkpoint.",
                "qap",
                "QAP p",
            ),
            html.Div(
                className="cards",
                children=[
                    card.card(SCATTER, loads="similarity against transfer", wide=True),
                    html.Div(
                        className="cards-column",
                        children=[
                            html.Div(
                                [
                                    card.card(
                                        SWEEP, loads="r by layer and checkpoint", scrolls=True
                                    ),
                                    fetched.folded(
                                        SWEEP_TABLE, "Layers and checkpoints as a table of buttons"
                                    ),
                                ]
                            ),
                        ],
                    ),
                ],
            ),
            card.folded(
                "Which predictor finds the best source of a target",
                [
                    html.Div(
                        className="cards-column cards-column-wide",
                        children=[
                            card.card(SCOREBOARD, loads="the scoreboard of predictors", wide=True),
                            fetched.folded(SCOREBOARD_TABLE, "All predictors as a table"),
                            fetched.folded(TOGETHER_TABLE, "Several predictors together (MRQAP)"),
                        ],
                    )
                ],
            ),
            card.folded(
                "r under every choice one could make",
                [card.card(CURVE, loads="r under every choice", wide=True)],
                opener=CURVE_OPENER,
            ),
            card.folded(
                "How much could be explained at most",
                [card.card(CEILINGS, loads="the ceilings")],
            ),
            card.folded(
                "What carries it: without each task, without each group of items",
                [
                    html.Div(
                        className="cards-column cards-column-wide",
                        children=[
                            card.card(TASKS, loads="r without each task"),
                            card.card(ITEMS, loads="r without each group of items"),
                        ],
                    ),
                    card.card(ITEM_PAIRS, loads="changes of pairs", scrolls=True),
                ],
            ),
        ],
    )


def register(app: Dash, _atlas: AppContext) -> None:
    """A click on the small matrix, or on one of its buttons, chooses layer and checkpoint."""

    # One callback sets both controls: one step of the history.
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "goToPlace"),
        Output(Id.LAYER, "value", allow_duplicate=True),
        Output(Id.CKA_CHECKPOINT, "value", allow_duplicate=True),
        Output(part(SWEEP, "graph"), "clickData"),
        Input(part(SWEEP, "graph"), "clickData"),
        Input(PLACE, "data"),
        State(part(SWEEP, "graph"), "figure"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "markPlace"),
        Input(Id.LAYER, "value"),
        Input(Id.CKA_CHECKPOINT, "value"),
        prevent_initial_call=True,
    )


def _has_similarity(scene: ViewContext) -> bool:
    return bool(similarity_layers(scene.study, replace(scene.view.similarity_query, trained=1)))


def _has_transfer(scene: ViewContext) -> bool:
    """Whether there is transfer that a predictor can be held against."""
    return NEEDS_TRANSFER.there(scene.study)


def _has_places(scene: ViewContext) -> bool:
    """Whether there are layers and checkpoints to look at."""
    if not _has_transfer(scene):
        return False
    name = scene.view.predictor
    if name is None:
        return _has_similarity(scene)
    layers, checkpoints = predictor_places(scene.study.predictor(name))
    return len(layers) > 1 or len(checkpoints) > 2


# -- the predictor itself ----------------------------------------------------------------------


def matrix_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """What the predictor says of every pair, where there is no transfer to hold it against."""
    if _has_transfer(scene):
        return [CardContent(hidden=True)]
    study, query = scene.study, scene.view.predictor_query
    tasks = scene.view.shown_tasks(study)
    whole = (
        PredictorMatrix.of_models(atlas.fetch(SIMILARITY, study, query))
        if query.predictor is None
        else predictor_matrix(study, query)
    )
    found = replace(whole, values=whole.of(tasks), tasks=tasks)
    return [
        CardContent(
            finding=predictors.predictor_finding(found),
            above=_named(capital(found.label), "predictor"),
            figure=predictor_heatmap(found, study, scene.theme),
            size=predictor_size(found, study),
            caption=captions.join(
                found.label,
                predictors.place_words(found.layer, found.checkpoint),
                names.seeds_text(found.seeds) if found.seeds else "",
                "" if found.higher_is_better else "lower is better",
                "" if found.directed else "the same in both directions",
                "the study has no transfer yet to hold it against",
                captions.tasks_left_out(study, tasks),
                captions.digest_text(study),
            ),
            table_of=partial(_matrix_table, found),
        )
    ]


def _matrix_table(found: PredictorMatrix) -> pd.DataFrame:
    """Every ordered pair with a value."""
    import pandas as pd

    rows, columns = np.nonzero(found.known)
    named = np.array(found.tasks, dtype=object)
    return pd.DataFrame(
        {
            "source": named[rows],
            "target": named[columns],
            found.label: found.values[rows, columns],
        }
    )


# -- the association ---------------------------------------------------------------------------


def association_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """Scatter, ceilings and what each task carries; without any CKA, what the study needs.

    Nothing without transfer: the matrix stands in its place.
    """
    if not _has_transfer(scene):
        return [CardContent(hidden=True)] * 3
    if not similarity_layers(scene.study) and scene.view.predictor is None:
        nothing = CardContent(hidden=True)
        return CardContent(message=_no_cka()), nothing, nothing
    query = scene.view.pairs_query(scene.study)
    found = atlas.fetch(ASSOCIATION, scene.study, query, scene.view.predictor_query)
    note = captions.instead_note(scene.study, query.method, scene.view.method)
    dependence = predictors.dependence(found)
    return (
        CardContent(
            finding=association_finding(found),
            headline=TWO_LINES,
            above=[html.P(note, className="note")] if note else None,
            more=[
                _facts(found),
                *([html.P(dependence, className="aside")] if dependence else []),
            ],
            figure=association_scatter(
                found,
                scene.study,
                scene.theme,
                transfer=atlas.fetch(TRANSFER, scene.study, query),
            ),
            caption=_caption(found, scene),
            table_of=partial(_points, found),
        ),
        CardContent(
            finding=predictors.ceiling_finding(found),
            headline=TWO_LINES,
            above=_named("R² and its ceilings", "ceiling"),
            figure=by_layer.ceiling_bars(found, scene.theme),
            caption=captions.join(
                captions.method_label(scene.study, found.method),
                names.seeds_text(found.seeds),
                f"n = {numbers.counted(found.n, 'pair')}",
                f"shaded by how many; points: the {FARTHEST} farthest from the line"
                if found.n > BINNED_FROM
                else "",
            ),
            table_of=partial(_ceilings_table, found),
        ),
        CardContent(hidden=True)
        if not math.isfinite(found.pearson.r)
        else CardContent(
            finding=predictors.task_influence_finding(found),
            headline=TWO_LINES,
            above=_named("Without each task", "influence"),
            figure=influence.task_influence(found, scene.study, scene.theme),
            caption=captions.join(
                "r without each task in turn, dotted: r of all",
                _where(found),
                captions.method_label(scene.study, found.method),
                names.seeds_text(found.seeds),
            ),
            table_of=partial(_without_task_table, found),
        ),
    )


def _named(name: str, help_key: str) -> Component:
    """What a figure is, with help beside it."""
    return html.Span([name, help_button(help_key, name)], className="figure-title")


def _facts(found: Association) -> Component:
    return facts.facts(
        ("QAP p", numbers.number(found.qap.p), _permutations(found), ("qap", "QAP p")),
        (
            "r of pair effects",
            numbers.number(found.pair_effects.r),
            numbers.p_value(found.pair_effects.p, "QAP p"),
            ("pair_effects", "pair effects"),
        ),
        (
            "Spearman ρ",
            numbers.number(found.spearman.r),
            numbers.p_value(found.rank_qap.p, "QAP p"),
            ("qap", "QAP p"),
        ),
        _interval("r, 95 % over seeds", found.interval),
        _interval("r, 95 % over tasks", found.interval_tasks),
        _interval("R², 95 % over seeds", found.r_squared_interval),
        (
            "|r| that can be found",
            f"from {numbers.number(found.detectable_r)}"
            if math.isfinite(found.detectable_r)
            else "none",
            "in 4 of 5 studies",
            ("detectable", "what could be found"),
        ),
        ("Textbook p", numbers.number(found.pearson.p), "pairs independent", ("qap", "QAP p")),
    )


def _interval(name: str, interval: Interval) -> facts.Fact:
    return name, numbers.bounds(interval.low, interval.high), "", ("intervals", "intervals")


def _permutations(found: Association) -> str:
    every = "all " if found.qap.exhaustive and found.qap.permutations > 1 else ""
    return f"{every}{numbers.counted(found.qap.permutations, 'permutation')}"


def _where(found: Association | ItemInfluence) -> str:
    """`CKA, layer 3, checkpoint 800`."""
    at = found.cka_checkpoint if isinstance(found, Association) else found.checkpoint
    place = predictors.place_words(found.layer, at)
    return ", ".join(part for part in (predictors.measure_of(found), place) if part)


def _caption(found: Association, scene: ViewContext) -> str:
    study: Study = scene.study
    name = predictors.measure_of(found)
    others = found.cka_seeds and found.cka_seeds != found.seeds
    models = names.seeds_text(found.cka_seeds) if others else ""
    return captions.join(
        captions.method_label(study, found.method),
        _where(found),
        names.seeds_text(found.seeds),
        captions.one_base_text(found.seeds_of_one_base),
        f"{name} of {models}" if models else "",
        "" if found.higher_is_better else f"of {name} lower is better",
        captions.scale_text(study, scene.view.scale),
        captions.evaluated_at(study, scene.view.checkpoint),
        f"n = {numbers.counted(found.n, 'pair')}",
        "band: 95 % of the line over tasks" if math.isfinite(found.band.low[0]) else "",
        captions.tasks_left_out(study, found.tasks),
        captions.digest_text(study),
    )


def _ceilings_table(found: Association) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [(name, value) for name, value, _ in predictors.ceilings(found)],
        columns=["what", "share of the variance of transfer"],
    )


def _without_task_table(found: Association) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"task": found.tasks, "r without the task": found.without_task})


def _points(found: Association) -> pd.DataFrame:
    import pandas as pd

    points, names_of = found.points, np.array(found.points.tasks, dtype=object)
    return pd.DataFrame(
        {
            "source": names_of[points.source],
            "target": names_of[points.target],
            predictors.measure_of(found): points.cka,
            "transfer": points.transfer,
        }
    )


def _no_cka() -> Component:
    return messages.box(
        "This study has no CKA of single-task models, so there is no similarity to show.",
        hint="Add [cka] to study.toml with a summary, checkpoints or representations: with"
        " representations of the single-task models, CKA is computed here. Or add a predictor of"
        " your own, [predictors.<name>] with a path to a table source,target,value.",
    )


# -- every layer and checkpoint ----------------------------------------------------------------


def sweep_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """r at every layer and checkpoint; nothing where the other cards say what is lacking.

    Nor for a given predictor that has one place alone: the scatter shows it.
    """
    if not _has_places(scene):
        return [CardContent(hidden=True)]
    found = _sweep(atlas, scene)
    return [
        CardContent(
            finding=predictors.sweep_finding(found),
            headline=max(ABOVE_MATRIX, card.two_lines(by_layer.sweep_size(found)[0])),
            above=_named("Every layer and checkpoint", "sweep"),
            figure=by_layer.sweep_heatmap(found, scene.theme, chosen=_chosen(scene)),
            size=by_layer.sweep_size(found),
            caption=captions.join(
                f"r of {predictors.measure_of(found)} and transfer",
                captions.method_label(scene.study, found.method),
                names.seeds_text(found.seeds),
                predictors.models_of_places(found),
                "p of the strongest: of the maximum over all places",
                f"quieter: QAP p above {numbers.CHANCE:g}" if by_layer.has_numbers(found) else "",
                "outlined: the scatter's",
            ),
            table_of=partial(_sweep_table, found),
        )
    ]


def _sweep(atlas: AppContext, scene: ViewContext) -> AssociationSweep:
    return atlas.fetch(
        ASSOCIATION_SWEEP,
        scene.study,
        scene.view.pairs_query(scene.study),
        scene.view.predictor_query,
    )


def _chosen(scene: ViewContext) -> tuple[Layer, Any] | None:
    view = scene.view
    if view.predictor is not None:
        return None if view.predictor_layer is None else (view.predictor_layer, "last")
    return None if view.layer is None else (view.layer, view.cka_checkpoint)


def _sweep_table(found: AssociationSweep) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            (layer, str(step), found.r[i, j], found.r_squared[i, j], found.qap_p[i, j],
             found.n[i, j], found.why(i, j))
            for i, layer in enumerate(found.layers)
            for j, step in enumerate(found.checkpoints)
        ],
        columns=["layer", "checkpoint", "r", "R²", "QAP p", "n (ordered pairs)", "why no r"],
    )  # fmt: skip


def places(atlas: AppContext, scene: ViewContext) -> Component | None:
    """The sweep as a table of buttons, for the keyboard; of a given predictor without buttons."""
    if not _has_places(scene):
        return None
    found = _sweep(atlas, scene)
    head = [html.Th(predictors.checkpoint_words(step), scope="col") for step in found.checkpoints]
    rows = [
        html.Tr(
            [
                html.Th("" if layer is None else str(layer), scope="row"),
                *[html.Td(_place(found, i, j)) for j in range(len(found.checkpoints))],
            ]
        )
        for i, layer in enumerate(found.layers)
    ]
    return fetched.framed(
        html.Table(
            [html.Thead(html.Tr([html.Th("Layer", scope="col"), *head])), html.Tbody(rows)],
            className="data-table",
        ),
        label="r, R² and QAP p at every layer and checkpoint",
    )


def _place(found: AssociationSweep, row: int, column: int) -> list[Component]:
    beside = (
        f"R² {numbers.number(float(found.r_squared[row, column]))},"
        f" {numbers.p_value(float(found.qap_p[row, column]), 'QAP p')}"
    )
    why = found.why(row, column)
    if found.measure is not None and not found.cka_seeds[row][column]:
        return [html.Span(numbers.NOTHING, title=why)]
    layer, step = found.layers[row], found.checkpoints[column]
    r = f"r = {numbers.number(float(found.r[row, column]))}" if not why else "r undefined"
    if found.measure is None:
        return [html.Span(r), html.Span(why or beside, className="quiet")]
    return [
        facts.place_button(
            [str(layer), str(step)],
            r,
            label=f"Show layer {layer}, {predictors.checkpoint_words(step)}",
        ),
        html.Span(why or beside, className="quiet"),
    ]


# -- which predictor finds the best source -----------------------------------------------------


def scoreboard_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """What is lost by believing each predictor, every target left out in turn."""
    if not _has_transfer(scene) or not (similarity_layers(scene.study) or scene.study.predictors):
        return [CardContent(hidden=True)]
    try:
        found = _scores(atlas, scene)
    except RequestError as nothing:
        return [CardContent(message=messages.box(f"{capital(str(nothing))}."))]
    shown = scoreboard.drawn(found)
    return [
        CardContent(
            finding=predictors.scoreboard_finding(found),
            headline=TWO_LINES,
            above=_named("Scoreboard of predictors", "scoreboard"),
            figure=scoreboard.scoreboard(found, scene.study, scene.theme),
            caption=captions.join(
                "regret: transfer of the best source less that of the source believed in",
                captions.method_label(scene.study, found.method),
                names.seeds_text(found.seeds),
                "each target left out in turn; lines: 95 % over targets",
                f"the first {len(shown)} of {len(found.scores):,}"
                if len(shown) < len(found.scores)
                else "",
                captions.scale_text(scene.study, scene.view.scale),
                captions.tasks_left_out(scene.study, found.tasks),
                captions.digest_text(scene.study),
            ),
            table_of=partial(_scores_table, found),
        )
    ]


def _scores(atlas: AppContext, scene: ViewContext) -> PredictorScores:
    return atlas.fetch(PREDICTORS, scene.study, scene.view.pairs_query(scene.study))


def _scores_table(found: PredictorScores) -> pd.DataFrame:
    return frame_of(SCORE_COLUMNS, found.scores)


def scores_table(atlas: AppContext, scene: ViewContext) -> Component | None:
    """Every predictor, the smallest regret first; nothing where there is no choice of sources."""
    try:
        found = _scores(atlas, scene)
    except RequestError:
        return None
    predictor, *columns = SCORE_COLUMNS
    return fetched.framed(
        column_table(
            "Every predictor, the smallest regret first; in brackets 95 % over targets.",
            columns,
            found.scores,
            named=lambda score: score.label,
            corner=predictor.title,
        ),
        label="Scoreboard of predictors",
    )


def together_table(atlas: AppContext, scene: ViewContext) -> Component:
    """Similarity and every given predictor in one regression; a sentence where that cannot be."""
    study = scene.study
    similarity = replace(scene.view.similarity_query, trained=1)
    try:
        found = atlas.fetch(TOGETHER, study, scene.view.pairs_query(study), similarity)
    except RequestError as why:
        return messages.box(f"{capital(str(why))}.")
    heads = ("b", "beta", "t", "p")
    rows = [
        html.Tr(
            [
                html.Th(one.label, scope="row"),
                *[
                    html.Td(numbers.number(value), className="numeric")
                    for value in (one.b, one.beta, one.t, one.p)
                ],
            ]
        )
        for one in found.coefficients
    ]
    every = "all " if found.exhaustive else ""
    drawn = every + numbers.counted(found.permutations, "relabelling")
    head = [html.Th("Predictor", scope="col")]
    head += [html.Th(text, scope="col", className="numeric") for text in heads]
    caption = (
        f"Transfer on all of them, R² {numbers.number(found.r_squared)},"
        f" {numbers.counted(found.n, 'pair')}. Each beside the others: b per unit, beta of"
        f" standardized values, p by double semi-partialling ({drawn})."
    )
    return fetched.framed(
        html.Table(
            [html.Caption(caption), html.Thead(html.Tr(head)), html.Tbody(rows)],
            className="data-table",
        ),
        label="Several predictors together",
    )


# -- every choice ------------------------------------------------------------------------------


def curve_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """r under every choice; a sentence where there are too few tasks for it."""
    study = scene.study
    if not _has_transfer(scene) or not (
        similarity_layers(study) or scene.view.predictor is not None
    ):
        return [CardContent(hidden=True)]
    query = scene.view.pairs_query(study)
    try:
        found = atlas.fetch(SPECIFICATIONS, study, query, scene.view.predictor_query)
    except RequestError as why:
        return [CardContent(message=messages.box(_sentence(str(why))))]
    every = "all " if found.exhaustive else ""
    return [
        CardContent(
            finding=predictors.curve_finding(found),
            headline=TWO_LINES,
            above=_named("Every choice", "specifications"),
            figure=specification_curve(found, scene.theme),
            caption=captions.join(
                f"r of {found.label} and transfer",
                captions.method_label(study, found.method),
                names.seeds_text(found.seeds),
                "ring: as the other figures have it",
                f"black: p ≤ {LEVEL:g} by itself",
                f"{numbers.counted(found.significant, 'choice')} in one direction, as many in"
                f" {numbers.percent(found.significant_p)} of relabellings",
                "darker rows: more of the choices there",
                f"{every}{numbers.counted(found.permutations, 'relabelling')}"
                + ("" if found.exhaustive else f", p ± {numbers.number(found.error)}"),
                f"grey: 95 % of relabelled curves of {numbers.counted(len(found.tasks), 'task')}",
                f"not varied, as too many: {', '.join(found.reduced)}" if found.reduced else "",
                f"{numbers.counted(found.undefined, 'choice')} without r"
                if found.undefined
                else "",
                f"{len(drawn(found)):,} of {len(found.r):,} drawn"
                if len(drawn(found)) < len(found.r)
                else "",
                captions.evaluated_at(study, scene.view.checkpoint),
                captions.digest_text(study),
            ),
            table_of=partial(_curve_table, found),
        )
    ]


def _curve_table(found: Specifications) -> pd.DataFrame:
    import pandas as pd

    levels = [np.array(level, dtype=object) for level in found.levels]
    chosen = {
        key.value: level[found.at[:, at]]
        for at, (key, level) in enumerate(zip(Dimension, levels, strict=True))
    }
    return pd.DataFrame({**chosen, "n (ordered pairs)": found.n, "r": found.r, "p": found.p})


# -- items -------------------------------------------------------------------------------------


def item_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """What each group of items carries, or what the study needs for that."""
    if not _has_transfer(scene) or scene.view.predictor is not None or not _has_similarity(scene):
        return CardContent(hidden=True), CardContent(hidden=True)
    if why := why_no_groups(scene.study):
        message = messages.box(
            "Which items carry the similarity cannot be said here.", hint=_sentence(why)
        )
        return CardContent(message=message), CardContent(hidden=True)
    asked = scene.view.pairs_query(scene.study), scene.view.similarity_query
    found = atlas.fetch(ITEM_INFLUENCE, scene.study, *asked)
    shown = atlas.fetch(ASSOCIATION, scene.study, *asked)
    caption = captions.join(
        _where(found),
        f"from the representations of {numbers.counted(found.models, 'model')}",
        f"{numbers.counted(found.n_items, 'item')} in"
        f" {numbers.counted(len(found.groups), 'group')}",
        f"{numbers.counted(found.ungrouped, 'item')} in none" if found.ungrouped else "",
        predictors.untried_note(found),
        f"left out: {'; '.join(found.left_out)}" if found.left_out else "",
    )
    return (
        CardContent(
            finding=predictors.item_influence_finding(found),
            headline=TWO_LINES,
            above=_named("Without each group of items", "influence"),
            figure=influence.item_influence(found, scene.theme),
            caption=captions.join(
                f"◇ without as many items at random, mean of {DRAWS} draws",
                caption,
                captions.method_label(scene.study, found.method),
                names.seeds_text(found.seeds),
                influence.rows_note(found),
                predictors.tables_note(found, shown),
            ),
            table_of=partial(_groups_table, found),
        ),
        CardContent(
            finding=predictors.pair_change_finding(found),
            headline=max(
                ABOVE_MATRIX, card.two_lines(influence.pair_changes_size(found, scene.study)[0])
            ),
            figure=influence.pair_changes(found, scene.study, scene.theme),
            size=influence.pair_changes_size(found, scene.study),
            caption=captions.join(
                f"{predictors.measure_of(found)} without the group minus with all items",
                "outlined: the largest change of the pair",
                influence.pairs_note(found),
            ),
            table_of=partial(_pair_changes_table, found),
        ),
    )


def _groups_table(found: ItemInfluence) -> pd.DataFrame:
    import pandas as pd

    mean = f"mean {predictors.measure_of(found)} without"
    return pd.DataFrame(
        {
            "group": found.groups,
            "items": found.items,
            mean: found.mean_without,
            "r without": found.r_without,
            f"{mean} as many at random": found.mean_random,
            "r without as many at random": found.r_random,
        }
    )


def _pair_changes_table(found: ItemInfluence) -> pd.DataFrame:
    import pandas as pd

    measure, group = predictors.measure_of(found), "group without which it changes most"
    return pd.DataFrame(
        [(p.first, p.second, p.similarity, p.group, p.change) for p in found.pair_changes()],
        columns=["task", "other task", measure, group, "change"],
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


PREDICTOR_OR_TRANSFER = Need(
    there=lambda study: NEEDS_TRANSFER.there(study) or bool(study.predictors),
    lacking="transfer and no predictor yet",
    add="This tab needs results of fine-tuned runs, or a predictor: add [evaluations] to"
    " study.toml, or [predictors.<name>] with a path to a table source,target,value.",
)

PAGE = Page(
    name=NAME,
    title="Predictors",
    formerly=("similarity",),
    layout=layout,
    needs=PREDICTOR_OR_TRANSFER,
    cards=(
        CardGroup((MATRIX,), matrix_contents, MATRIX_INPUT),
        CardGroup((SCATTER, CEILINGS, TASKS), association_contents, SCATTER_INPUT),
        CardGroup((SWEEP,), sweep_contents, SWEEP_INPUT),
        CardGroup((SCOREBOARD,), scoreboard_contents, SCOREBOARD_INPUT),
        CardGroup((CURVE,), curve_contents, CURVE_INPUT, CURVE_OPENER),
        CardGroup((ITEMS, ITEM_PAIRS), item_contents, ITEMS_INPUT),
    ),
    fetched=(
        FetchedHtml(SWEEP_TABLE, _PLACE_KEYS, places),
        FetchedHtml(SCOREBOARD_TABLE, SCOREBOARD_INPUT.keys, scores_table),
        FetchedHtml(TOGETHER_TABLE, _KEYS, together_table),
    ),
    register=register,
    single_sources=True,
    groups=(*(*SHARED, Id.PREDICTOR, Id.PREDICTOR_LAYER, Id.LAYER, Id.CKA_CHECKPOINT, Id.MEASURE),),
)
