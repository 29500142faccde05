"""Representations: how alike models are, training set by training set, and over training."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.numerics.clustering import Order
from core.similarity.matrix import has_similarity
from dashboard.pages.representations.item_maps import course_contents, maps_contents
from dashboard.pages.representations.matrix import matrix_contents
from dashboard.pages.representations.training import training_contents
from dashboard.state.fields.keys import Key
from dashboard.state.view import View
from dashboard.ui import card, facts
from dashboard.ui.controls import SHARED
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, TRANSFER, CardGroup, FigureInput, Need, Page

NAME = "representations"
MATRIX, TRAINING = part(NAME, "matrix"), part(NAME, "training")
MAPS, COURSE = part(NAME, "maps"), part(NAME, "course")
MAPS_OPENER = part(MAPS, "opener")
_MAP_KEYS = (*EVERYWHERE, Key.INCLUDE, Key.LAYER, Key.CKA_AT, Key.PLANE)
MAPS_INPUT = FigureInput(MAPS, (*_MAP_KEYS, Key.STYLE))
COURSE_INPUT = FigureInput(COURSE, (*_MAP_KEYS, Key.SELECT, Key.STYLE))
MATRIX_INPUT = FigureInput(
    MATRIX,
    (*EVERYWHERE, Key.INCLUDE, Key.LAYER, Key.CKA_AT, Key.MEASURE, Key.SIZE, Key.ORDER, Key.STYLE),
)
TRAINING_INPUT = FigureInput(
    TRAINING,
    (
        Key.STUDY,
        Key.METHOD,
        Key.SEEDS,
        Key.EXCLUDE,
        Key.INCLUDE,
        Key.LAYER,
        Key.MEASURE,
        Key.SELECT,
        Key.STYLE,
    ),
)


def layout() -> Component:
    """The matrix first; how it came about beside it, or below where it is large."""
    return html.Div(
        [
            facts.first_hint(
                "How alike two models represent the same items. The outlined diagonal: the same"
                " tasks with another seed.",
                "floor",
                "the noise floor",
            ),
            html.Div(
                className="cards cards-fitted",
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
                opener=MAPS_OPENER,
            ),
        ]
    )


def ignored(view: View) -> frozenset[str]:
    """Base models have neither method nor scale: the order by net alone looks at transfer."""
    of_transfer = (Id.METHOD, Id.SCALE, Id.CHECKPOINT)
    return frozenset() if view.order is Order.NET else frozenset(of_transfer)


SIMILARITY_OR_TRANSFER = Need(
    # Beside transfer, the page itself says what it lacks.
    there=lambda study: TRANSFER.there(study) or has_similarity(study),
    lacking="similarity of models",
    add="This tab needs [cka] in study.toml, with a summary, checkpoints or representations.",
    add_opened="This tab needs a similarity of models: open the file again together with a table of"
    " CKA between the runs, columns exp1, exp2, layer and final_cka.",
)

PAGE = Page(
    name=NAME,
    title="Representations",
    keywords=("cka", "similarity", "layers", "maps"),
    layout=layout,
    stays=True,
    cards=(
        CardGroup((MATRIX,), matrix_contents, MATRIX_INPUT),
        CardGroup((TRAINING,), training_contents, TRAINING_INPUT),
        CardGroup((MAPS,), maps_contents, MAPS_INPUT, MAPS_OPENER),
        CardGroup((COURSE,), course_contents, COURSE_INPUT, MAPS_OPENER),
    ),
    kept_in="in the matrix",
    needs=SIMILARITY_OR_TRANSFER,
    ignores=ignored,
    groups=(*SHARED, Id.LAYER, Id.CKA_CHECKPOINT, Id.MEASURE, Id.TRAINED, Id.PLANE, Id.ORDER),
)
