"""When the tab has a card to show, and how long the headline above it may be."""

from __future__ import annotations

from dataclasses import replace

from core.similarity.matrix import similarity_layers
from core.similarity.predictor_matrix import predictor_places
from dashboard.state.context import ViewContext
from dashboard.ui.page import TRANSFER as NEEDS_TRANSFER

TWO_LINES, ABOVE_MATRIX = 165, 72
"""Characters of a sentence on a screen of 1440 pixels; above a matrix at least."""


def has_similarity(context: ViewContext) -> bool:
    """Whether models of one task each are compared, in a table or by representations."""
    return bool(similarity_layers(context.study, replace(context.view.similarity_query, trained=1)))


def has_transfer(context: ViewContext) -> bool:
    """Whether there is transfer that a predictor can be held against."""
    return NEEDS_TRANSFER.there(context.study)


def has_places(context: ViewContext) -> bool:
    """Whether there are layers and checkpoints to look at."""
    if not has_transfer(context):
        return False
    name = context.view.predictor
    if name is None:
        return has_similarity(context)
    layers, checkpoints = predictor_places(context.study.predictor(name))
    return len(layers) > 1 or len(checkpoints) > 2
