"""Transfer: what a method reaches, what its single sources predict, and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, html
from dash.development.base_component import Component

from core.analyses import TRANSFER
from core.errors import RequestError
from core.study import Study
from core.transfer import Kind, TransferMatrix
from dashboard import captions, cards, messages
from dashboard.atlas import Atlas, Scene
from dashboard.cards import Filling
from dashboard.controls import SHARED
from dashboard.figures import words
from dashboard.figures.heatmap import Limits, figure_size, shared_limits, transfer_heatmap
from dashboard.glossary import help_button
from dashboard.ids import Id, feed_of, part
from dashboard.pages.page import EVERYWHERE, Feed, Page

NAME = "transfer"
CARDS = tuple(part(NAME, name) for name in ("actual", "predicted", "difference", "versus"))
SIDE_BY_SIDE = 363
"""A third of the workspace on a screen of 1440 pixels, less gaps and a scroll bar."""
CELLS = (35.0, 34.0, 33.0, 32.0, 31.0, 30.0, 29.0, 28.0)
HELP = {
    Kind.ACTUAL: ("improvement", "normalized improvement"),
    Kind.PREDICTED: ("predicted", "predicted"),
    Kind.CROSS_FITTED: ("crossfitted", "cross-fitted"),
    Kind.DIFFERENCE: ("predicted", "predicted"),
    Kind.VERSUS: ("versus", "versus"),
}
FEED = Feed(NAME, (*EVERYWHERE, "prediction", "against"))


def layout() -> Component:
    """Four cards: the last only where a method is compared with."""
    return html.Div(
        [
            captions.first_hint(
                "Rows: what was trained on. Columns: what it was tested on. Outlined cells were"
                " trained, the others transferred; hover one for its raw values.",
                "reading",
                "how to read a matrix",
            ),
            html.Div(
                className="cards cards-matrices",
                children=[cards.card(name, loads="the matrix", scrolls=True) for name in CARDS],
            ),
        ]
    )


def register(app: Dash, atlas: Atlas) -> None:
    """One callback for all four: they share their colours."""

    @app.callback(
        *[output for name in CARDS for output in cards.outputs(name)],
        Input(feed_of(FEED.name), "data"),
        prevent_initial_call=True,
    )
    def show_transfer(feed: object) -> list[Any]:
        return cards.fill(atlas, feed, len(CARDS), lambda scene: fillings(atlas, scene))


def fillings(atlas: Atlas, scene: Scene) -> Sequence[Filling]:
    """What the four cards show."""
    actual = _matrix(atlas, scene, Kind.ACTUAL)
    method = scene.study.method(scene.view.method)
    if method.predicted_from is None:
        limits = shared_limits([actual], scene.study)
        return (
            _card(actual, scene, words.transfer_finding(actual, label=method.label), limits),
            Filling(message=_no_prediction(scene)),
            Filling(hidden=True),
            _versus(atlas, scene),
        )
    predicted = _matrix(atlas, scene, scene.view.prediction)
    difference = _difference(atlas, scene)
    limits = shared_limits([actual, predicted], scene.study)
    return (
        _card(
            actual,
            scene,
            words.transfer_finding(actual, predicted, difference, label=method.label),
            limits,
        ),
        _card(predicted, scene, _prediction_finding(predicted, scene), limits),
        _difference_card(difference, scene),
        _versus(atlas, scene),
    )


def _matrix(atlas: Atlas, scene: Scene, kind: Kind) -> TransferMatrix:
    return atlas.fetch(TRANSFER, scene.study, scene.view.transfer(kind))


def _difference(atlas: Atlas, scene: Scene) -> TransferMatrix | None:
    """Actual − predicted; None for the cross-fitted one, which core does not subtract."""
    if scene.view.prediction is Kind.CROSS_FITTED:
        return None
    return _matrix(atlas, scene, Kind.DIFFERENCE)


def _card(matrix: TransferMatrix, scene: Scene, finding: str, limits: Limits) -> Filling:
    called = {method.name: method.label for method in scene.study.methods}
    title = words.kind_in_words(matrix, called)
    cell = _fitting_cell(matrix, scene.study)
    return Filling(
        finding=finding,
        above=[
            html.Div([title, help_button(*HELP[matrix.kind])], className="figure-title"),
            captions.means(matrix),
        ],
        figure=transfer_heatmap(matrix, scene.study, scene.theme, limits=limits, cell=cell),
        size=figure_size(matrix, scene.study, cell=cell),
        caption=captions.matrix_caption(matrix, scene.study),
    )


def _fitting_cell(matrix: TransferMatrix, study: Study) -> float | None:
    """The side of a cell at which three matrices stand side by side; None = the usual one.

    Matrices too wide for that even with the smallest readable cells keep the usual size.
    """
    if figure_size(matrix, study)[0] <= SIDE_BY_SIDE:
        return None
    return next((c for c in CELLS if figure_size(matrix, study, cell=c)[0] <= SIDE_BY_SIDE), None)


def _prediction_finding(predicted: TransferMatrix, scene: Scene) -> str:
    source = scene.study.method(scene.view.method).predicted_from or ""
    label = captions.method_label(scene.study, source)
    return words.transfer_finding(predicted, label=f"The best single source of {label}")


def _difference_card(difference: TransferMatrix | None, scene: Scene) -> Filling:
    if difference is None:
        return Filling(
            message=messages.box(
                "The difference is shown against the best source.",
                hint="Choose “Best source” under Prediction to see it.",
            )
        )
    label = captions.method_label(scene.study, difference.method)
    finding = words.difference_finding(difference, labels=(label, "its prediction"))
    return _card(difference, scene, finding, shared_limits([difference], scene.study))


def _no_prediction(scene: Scene) -> Component:
    label = captions.method_label(scene.study, scene.view.method)
    predicted = [m.label for m in scene.study.tested_methods if m.predicted_from]
    hint = (
        f"Choose {' or '.join(predicted)} on the left to see a prediction beside the result."
        if predicted
        else "Name a single-source method as `predicted_from` in study.toml to get one."
    )
    return messages.box(
        f"{label} has no prediction: the study names no single-source method for it.", hint=hint
    )


def _versus(atlas: Atlas, scene: Scene) -> Filling:
    if scene.view.against is None:
        return Filling(hidden=True)
    try:
        matrix = _matrix(atlas, scene, Kind.VERSUS)
    except RequestError as error:
        return Filling(message=messages.box(str(error), tone="warning"))
    labels = (
        captions.method_label(scene.study, matrix.method),
        captions.method_label(scene.study, scene.view.against),
    )
    finding = words.difference_finding(matrix, labels=labels)
    return _card(matrix, scene, finding, shared_limits([matrix], scene.study))


PAGE = Page(
    name=NAME,
    title="Transfer",
    feeds=(FEED,),
    layout=layout,
    register=register,
    groups=(*SHARED, Id.PREDICTION, Id.AGAINST),
    pairs=False,
)
