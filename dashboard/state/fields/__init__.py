"""What the address holds: one object per key, which everything else is made from.

The classes `ViewFields` is made of are the list, in this order. The View has an attribute for each,
`parse_view` and `query_of` read and write them, the rail shows their controls, the line "Shown"
says them, figures depend on their keys, and the export commands take their flags. A control is
added by one `Field` in one of them, and by what it means: a query or a function of the core.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.state.fields.drawing import DrawingFields
from dashboard.state.fields.field import (
    NO_COMPARISON,
    Choice,
    Field,
    FieldReader,
    Flag,
    Kind,
    Look,
    Offer,
    Query,
    Reach,
    quote,
)
from dashboard.state.fields.methods import MethodFields, first_method, method_steps, pairs_method
from dashboard.state.fields.network import NetworkFields
from dashboard.state.fields.plan import PlanFields
from dashboard.state.fields.predictors import PredictorFields
from dashboard.state.fields.selection import SelectionFields
from dashboard.state.fields.tasks import TaskFields

__all__ = [
    "NO_COMPARISON",
    "Choice",
    "Field",
    "FieldReader",
    "Flag",
    "Kind",
    "Look",
    "Offer",
    "Query",
    "Reach",
    "ViewFields",
    "address_fields",
    "all_fields",
    "first_method",
    "flags_of",
    "keys_of",
    "method_steps",
    "pairs_method",
    "quote",
]


class ViewFields(
    MethodFields,
    PredictorFields,
    TaskFields,
    PlanFields,
    DrawingFields,
    NetworkFields,
    SelectionFields,
):
    """The list, by what its fields are about: a class, so that a view's attributes have types."""


def all_fields() -> tuple[Field[Any], ...]:
    """The list: every field, in the order of the address."""
    owners = (*ViewFields.__bases__, ViewFields)
    return tuple(one for owner in owners for one in vars(owner).values() if isinstance(one, Field))


def address_fields() -> tuple[Field[Any], ...]:
    """Those with a key of their own."""
    return tuple(one for one in all_fields() if one.key)


def keys_of(reach: Reach) -> tuple[str, ...]:
    """The keys that so much depends on."""
    return tuple(one.key for one in address_fields() if one.reach is reach)


def flags_of(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the flags of the command line ask for, as the address would say it."""
    asked = {one.key: one.given(one.flags, given) for one in address_fields() if one.flags}
    return {key: values for key, values in asked.items() if values}
