"""Similarity: the CKA matrix at a layer, and whether it predicts transfer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, html
from dash.development.base_component import Component

from core.analyses import ASSOCIATION, SIMILARITY
from core.association import Association
from core.similarity import SimilarityMatrix, similarity_layers
from core.statistics import Interval
from core.study import Study
from dashboard import captions, cards, messages
from dashboard.atlas import Atlas, Scene
from dashboard.cards import Filling
from dashboard.controls import SHARED
from dashboard.figures import words
from dashboard.figures.heatmap import figure_size, similarity_heatmap
from dashboard.figures.scatter import association_scatter
from dashboard.ids import Id, feed_of, part
from dashboard.pages.page import EVERYWHERE, Feed, Page

NAME = "similarity"
MATRIX, SCATTER = part(NAME, "matrix"), part(NAME, "scatter")
MATRIX_FEED = Feed(MATRIX, ("study", "method", "seeds", "layer", "cka_at", "exclude"))
SCATTER_FEED = Feed(SCATTER, (*EVERYWHERE, "include", "layer", "cka_at"))


def layout() -> Component:
    """The scatter answers the question and comes first; the matrix is what it is made of."""
    return html.Div(
        [
            captions.first_hint(
                "Each point is one ordered pair of tasks: how alike the two single-task models"
                " are, and how much one task helps the other. Look at QAP p first.",
                "qap",
                "QAP p",
            ),
            html.Div(
                className="cards",
                children=[
                    cards.card(SCATTER, loads="CKA against transfer", wide=True),
                    cards.card(MATRIX, loads="the CKA matrix", scrolls=True),
                ],
            ),
        ]
    )


def register(app: Dash, atlas: Atlas) -> None:
    """One callback per card: the matrix does not wait for permutations."""

    @app.callback(
        *cards.outputs(MATRIX),
        Input(feed_of(MATRIX), "data"),
        prevent_initial_call=True,
    )
    def show_matrix(feed: object) -> list[Any]:
        return cards.fill(atlas, feed, 1, lambda scene: [matrix_filling(atlas, scene)])

    @app.callback(
        *cards.outputs(SCATTER),
        Input(feed_of(SCATTER), "data"),
        prevent_initial_call=True,
    )
    def show_scatter(feed: object) -> list[Any]:
        return cards.fill(atlas, feed, 1, lambda scene: [scatter_filling(atlas, scene)])


def matrix_filling(atlas: Atlas, scene: Scene) -> Filling:
    """The CKA matrix, or nothing: the other card says what a study without CKA lacks."""
    if not similarity_layers(scene.study):
        return Filling(hidden=True)
    whole = atlas.fetch(SIMILARITY, scene.study, scene.view.similarity())
    similarity = whole.without_tasks(scene.view.exclude)
    return Filling(
        finding=words.similarity_finding(
            _pairs(similarity), layer=similarity.layer, floor=similarity.mean_floor
        ),
        figure=similarity_heatmap(similarity, scene.study, scene.theme),
        size=figure_size(similarity, scene.study),
        caption=captions.join(
            f"CKA of single-task models, layer {similarity.layer}",
            captions.checkpoint_text(similarity.checkpoint),
            words.seeds_text(similarity.seeds),
            f"from {'tables' if similarity.origin == 'table' else 'representations'}",
            f"left out: {'; '.join(map(str, similarity.left_out))}" if similarity.left_out else "",
            captions.digest_text(scene.study),
        ),
    )


def _pairs(similarity: SimilarityMatrix) -> list[tuple[str, str, float]]:
    tasks = similarity.tasks
    return [
        (tasks[i], tasks[j], float(similarity.values[i, j]))
        for i in range(len(tasks))
        for j in range(i + 1, len(tasks))
    ]


def scatter_filling(atlas: Atlas, scene: Scene) -> Filling:
    """CKA against transfer, or what a study without CKA needs."""
    if not similarity_layers(scene.study):
        return Filling(message=_no_cka())
    params = scene.view.association(scene.study)
    found = atlas.fetch(ASSOCIATION, scene.study, params)
    note = captions.instead_note(scene.study, params.method, scene.view.method)
    return Filling(
        finding=words.association_finding(found),
        above=[*([html.P(note, className="note")] if note else []), _facts(found)],
        figure=association_scatter(found, scene.study, scene.theme),
        caption=_caption(found, scene),
    )


def _facts(found: Association) -> Component:
    return captions.facts(
        _interval("r, 95 % over seeds", found.interval),
        _interval("r, 95 % over tasks", found.interval_tasks),
        ("QAP p", words.number(found.qap.p), _permutations(found), ("qap", "QAP p")),
        (
            "Spearman ρ",
            words.number(found.spearman.r),
            words.p_value(found.spearman.p),
            ("", ""),
        ),
        (
            "Symmetric ceiling",
            words.percent(found.ceiling.symmetric),
            "of R² at most",
            ("ceiling", "ceilings"),
        ),
        (
            "Seed ceiling",
            words.percent(found.ceiling.seeds),
            "seeds agreeing",
            ("ceiling", "ceilings"),
        ),
    )


def _interval(name: str, interval: Interval) -> captions.Fact:
    return name, words.bounds(interval.low, interval.high), "", ("intervals", "intervals")


def _permutations(found: Association) -> str:
    every = "all " if found.qap.exhaustive and found.qap.permutations > 1 else ""
    return f"{every}{words.counted(found.qap.permutations, 'permutation')}"


def _caption(found: Association, scene: Scene) -> str:
    study: Study = scene.study
    cka = "" if found.cka_seeds == found.seeds else f"CKA of {words.seeds_text(found.cka_seeds)}"
    return captions.join(
        captions.method_label(study, found.method),
        f"layer {found.layer}",
        words.seeds_text(found.seeds),
        cka,
        captions.scale_text(study, scene.view.convention),
        captions.checkpoint_text(scene.view.checkpoint),
        f"n = {words.counted(found.n, 'pair')}",
        "band: 95 % of the line over tasks" if math.isfinite(found.band.low[0]) else "",
        captions.tasks_left_out(study, found.tasks),
        captions.digest_text(study),
    )


def _no_cka() -> Component:
    return messages.box(
        "This study has no CKA of single-task models, so there is no similarity to show.",
        hint="Add [cka] to study.toml with a summary, checkpoints or representations: with"
        " representations of the single-task models, CKA is computed here.",
    )


def fillings(atlas: Atlas, scene: Scene) -> Sequence[Filling]:
    """Both cards, scatter first."""
    return scatter_filling(atlas, scene), matrix_filling(atlas, scene)


PAGE = Page(
    name=NAME,
    title="Similarity",
    feeds=(SCATTER_FEED, MATRIX_FEED),
    layout=layout,
    register=register,
    groups=(*SHARED, Id.LAYER, Id.CKA_CHECKPOINT),
)
