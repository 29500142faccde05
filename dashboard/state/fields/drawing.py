"""How figures are drawn, and what they compare."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.analyses.network.graph import Signs
from core.analyses.query import default_opponent
from core.numerics.clustering import Order
from core.transfer.predictions import PREDICTIONS, USUAL
from dashboard.figures.parts.theme import Style
from dashboard.state.fields.field import (
    AUTO,
    NO_COMPARISON,
    Choice,
    Field,
    FieldReader,
    Kind,
    Look,
    Offer,
    Reach,
    one_of,
    quote,
    say_nothing,
)
from dashboard.state.fields.keys import Key
from dashboard.state.fields.tasks import all_tasks

LONGEST_BESIDE = 300

_ORDERS = (
    Choice(Order.MANIFEST.value, "As in the study"),
    Choice(Order.NET.value, "By net", "givers first"),
    Choice(Order.CLUSTER.value, "By clustering", "alike side by side"),
)
_ORDERS_OF_GROUPS = (
    Choice(Order.GROUP.value, "By group", "of tasks"),
    Choice(Order.GROUPS.value, "Groups alone", "means of blocks"),
)


def _order_choices(offer: Offer) -> Sequence[Choice]:
    """Those by group only where tasks have one."""
    # Without transfer there is no net to order by.
    orders = [
        choice
        for choice in _ORDERS
        if offer.study.tested_methods or choice.value != Order.NET.value
    ]
    return (*orders, *_ORDERS_OF_GROUPS) if offer.study.groups else orders


def _order(asked: FieldReader) -> Order:
    found = one_of(Key.ORDER, Order, Order.MANIFEST, "order", "that of the manifest")(asked)
    if found in (Order.GROUP, Order.GROUPS) and not asked.study.groups:
        asked.fell_back("order", found.value, "that of the manifest")
        return Order.MANIFEST
    return found


def _prediction(asked: FieldReader) -> str:
    text = asked.one(Key.PREDICTION)
    if text is None or text in PREDICTIONS:
        return text or USUAL
    asked.fell_back("prediction", text, USUAL)
    return USUAL


def _against(asked: FieldReader) -> str | None:
    text, method = asked.one(Key.AGAINST), asked.found["method"]
    others = [other.name for other in asked.study.tested_methods if other.name != method]
    if text is None or text in others:
        return text
    if text == method:
        # A notice is for addresses alone: who chooses the two alike on the page is not told.
        asked.notices.append(
            f"{quote(text)} cannot be compared with itself: no method to compare is chosen."
        )
    else:
        asked.fell_back("method to compare", text, "no comparison")
    return None


def _no_other_method(offer: Offer) -> bool:
    """Nothing to choose, or on the page of comparisons a method of another study is."""
    compares = DrawingFields.split.id in offer.groups
    return len(offer.study.tested_methods) < 2 or (compares and offer.view.beside is not None)


def _beside(asked: FieldReader) -> str | None:
    """Which studies are open is not known here: whether there is such a one, the page says."""
    text = asked.one(Key.BESIDE)
    if text is None or (all(text.partition("/")) and len(text) <= LONGEST_BESIDE):
        return text
    asked.fell_back("method of another study", text, "no other study")
    return None


def _beside_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(NO_COMPARISON, "none"), *offer.others]


def _split(asked: FieldReader) -> str | None:
    text = asked.one(Key.SPLIT)
    if text is None or text in asked.study.task_index:
        return text
    asked.fell_back("task to split by", text, "one that suits")
    return None


def _threshold(asked: FieldReader) -> float | None:
    text = asked.one(Key.THRESHOLD)
    if text is None or text == AUTO:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value >= 0:
        return value
    asked.fell_back("threshold", text, "one that suits the graph")
    return None


def _other_methods(offer: Offer) -> Sequence[Choice]:
    study, method = offer.study, offer.view.method
    others = [other for other in study.tested_methods if other.name != method]
    # On the page with a split there is always another method.
    compares = DrawingFields.split.id in offer.groups
    default = default_opponent(study, method) if compares else None
    none = f"most in common: {study.method(default).label}" if default else "nothing"
    offered = [Choice(o.name, o.label, about=o.description) for o in others]
    return [Choice(NO_COMPARISON, none), *offered]


def _split_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(NO_COMPARISON, "the task that differs most"), *all_tasks(offer)]


def _is_predicted(offer: Offer) -> bool:
    method = offer.view.method
    return bool(method) and offer.study.method(method).predicted_from is not None


def _has_seeds(offer: Offer) -> bool:
    """Whether there are several, so that it can be known how sure a sign is."""
    seeds = offer.view.seeds
    return len(offer.study.seeds_of(offer.view.method) if seeds is None else seeds) > 1


class DrawingFields:
    """How figures are drawn, and what they compare."""

    order: Field[Order] = Field(
        key=Key.ORDER,
        parse=_order,
        default=Order.MANIFEST,
        look=Look.RADIO,
        label="Rows and columns",
        help="order",
        fixed=lambda: _ORDERS,
        options=_order_choices,
        shown=say_nothing,
    )
    prediction: Field[str] = Field(
        key=Key.PREDICTION,
        parse=_prediction,
        default=USUAL,
        look=Look.RADIO,
        label="Prediction",
        help="predicted",
        fixed=lambda: [Choice(rule.name, rule.label) for rule in PREDICTIONS.values()],
        hidden=lambda offer: not _is_predicted(offer),
    )
    against: Field[str | None] = Field(
        # The method to subtract.
        key=Key.AGAINST,
        parse=_against,
        default=None,
        kind=Kind.OPTIONAL,
        label="Against another method",
        help="versus",
        options=_other_methods,
        tells=True,
        hidden=_no_other_method,
    )
    beside: Field[str | None] = Field(
        # The study, by its name in addresses, `/`, and its method.
        key=Key.BESIDE,
        parse=_beside,
        default=None,
        kind=Kind.OPTIONAL,
        label="Method of another study",
        help="beside",
        about="two studies",
        options=_beside_choices,
        hidden=lambda offer: not offer.others,
    )
    split: Field[str | None] = Field(
        # The task whose presence in the training set tells cells apart.
        key=Key.SPLIT,
        parse=_split,
        default=None,
        kind=Kind.OPTIONAL,
        label="With and without",
        help="split",
        about="with and without a task",
        options=_split_choices,
    )
    threshold: Field[float | None] = Field(
        # None = chosen from the graph.
        key=Key.THRESHOLD,
        parse=_threshold,
        write=lambda view: [AUTO if view.threshold is None else f"{view.threshold:g}"],
        default=None,
        kind=Kind.AUTO,
        look=Look.SLIDER,
        label="Weakest arrow shown",
        help="threshold",
    )
    signs: Field[Signs] = Field(
        key=Key.SIGNS,
        parse=one_of(Key.SIGNS, Signs, Signs.ANY, "choice of arrows", "every arrow"),
        default=Signs.ANY,
        look=Look.RADIO,
        label="Arrows",
        help="shrunken",
        about="which signs are sure",
        fixed=lambda: (
            Choice(Signs.ANY.value, "All"),
            Choice(Signs.SURE.value, "Of sure sign"),
        ),
        # One seed, or a scale without a zero: nothing is known of signs.
        hidden=lambda offer: offer.study.is_raw or not _has_seeds(offer),
    )
    style: Field[Style] = Field(
        # What figures are for.
        key=Key.STYLE,
        parse=one_of(Key.STYLE, Style, Style.SCREEN, "style", "that for the screen"),
        default=Style.SCREEN,
        look=Look.RADIO,
        label="Figures for",
        help="paper",
        fixed=lambda: (
            Choice(Style.SCREEN.value, "Screen"),
            Choice(Style.PAPER.value, "Paper", "white, thick axes"),
            Choice(
                Style.BARE.value,
                "Paper, bare",
                "without title and legend",
            ),
        ),
        shown=say_nothing,
        reach=Reach.FIGURES,
    )
