"""Rows of the table of pairs that pass filters, in the order asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analyses.pairs.columns import PairColumn
from core.errors import RequestError
from core.numerics.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from core.analyses.pairs.table import PairTable

# -- looking for rows, putting them in order -----------------------------------------------------


class FilterOperator(StrEnum):
    """What a condition asks of a cell; the names are those of AG Grid's filters."""

    __test__ = False  # nothing for pytest

    CONTAINS = "contains"
    NOT_CONTAINS = "notContains"
    EQUALS = "equals"
    NOT_EQUAL = "notEqual"
    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    LESS = "lessThan"
    LESS_OR_EQUAL = "lessThanOrEqual"
    GREATER = "greaterThan"
    GREATER_OR_EQUAL = "greaterThanOrEqual"
    IN_RANGE = "inRange"
    BLANK = "blank"
    NOT_BLANK = "notBlank"


@dataclass(frozen=True)
class Filter:
    """A test of one column. `value` is a text or a number, as the column is; `upto` ends a range.

    Texts are compared without regard to case, and with underscores as spaces. A row without a
    number passes no test but `blank`.
    """

    column: str
    test: FilterOperator
    value: str | float = ""
    upto: float = math.nan


@dataclass(frozen=True)
class SortKey:
    """A column to sort by; rows without a value come last either way."""

    column: str
    descending: bool = False


def find_rows(
    pairs: PairTable, conditions: Sequence[Filter] = (), sorting: Sequence[SortKey] = ()
) -> IntArray:
    """(n_found,) int64: the rows that pass all conditions, in the order asked for.

    Rows that are equal in all columns of `sorting` keep the order of the matrix. Raises
    RequestError for a column that is not there and a test that does not suit it.
    """
    keep = np.ones(len(pairs), dtype=bool)
    for condition in conditions:
        column = pairs.column(condition.column)
        keep &= (
            _passes_text(pairs, column, condition)
            if column.is_text
            else _passes_number(pairs.numbers(column), condition)
        )
    rows = np.flatnonzero(keep)
    for sort in reversed(sorting):
        column = pairs.column(sort.column)
        if column.is_text:
            names, which = pairs.texts(column)
            folded = np.array([_folded(name) for name in names])
            key = np.unique(folded, return_inverse=True)[1][which[rows]].astype(np.float64)
            key[np.array([not name for name in names], dtype=bool)[which[rows]]] = np.nan
        else:
            key = pairs.numbers(column)[rows]
        # NaN sorts last; it stays so when the sign is turned.
        rows = rows[np.argsort(-key if sort.descending else key, kind="stable")]
    return rows


def _folded(text: str) -> str:
    return text.replace("_", " ").casefold().strip()


_TEXT_TESTS: Mapping[FilterOperator, Any] = {
    FilterOperator.CONTAINS: lambda cell, asked: asked in cell,
    FilterOperator.NOT_CONTAINS: lambda cell, asked: asked not in cell,
    FilterOperator.EQUALS: lambda cell, asked: cell == asked,
    FilterOperator.NOT_EQUAL: lambda cell, asked: cell != asked,
    FilterOperator.STARTS_WITH: lambda cell, asked: cell.startswith(asked),
    FilterOperator.ENDS_WITH: lambda cell, asked: cell.endswith(asked),
    FilterOperator.BLANK: lambda cell, _: not cell,
    FilterOperator.NOT_BLANK: lambda cell, _: bool(cell),
}


def _passes_text(pairs: PairTable, column: PairColumn, condition: Filter) -> BoolArray:
    test = _TEXT_TESTS.get(condition.test)
    if test is None:
        raise RequestError(f"{column.title} is text: {condition.test.value} is no test of it")
    names, which = pairs.texts(column)
    asked = _folded(str(condition.value))
    cells = [_folded(name) for name in names]
    if condition.test in (FilterOperator.CONTAINS, FilterOperator.NOT_CONTAINS):
        # A whole name means that one: "angle" is not in "trianglearea".
        whole = np.array([asked in _names_in(cell) for cell in cells], dtype=bool)
        if whole.any():
            return np.asarray((whole == (condition.test is FilterOperator.CONTAINS))[which])
    passed = np.array([test(cell, asked) for cell in cells], dtype=bool)
    return np.asarray(passed[which])


def _names_in(cell: str) -> list[str]:
    """The names a cell has: its own, and those of the tasks of a training set."""
    return [cell, *(part.strip() for part in cell.split("+"))]


def _passes_number(values: FloatArray, condition: Filter) -> BoolArray:
    present = np.isfinite(values)
    if condition.test in (FilterOperator.BLANK, FilterOperator.NOT_BLANK):
        return present if condition.test is FilterOperator.NOT_BLANK else ~present
    try:
        asked = float(condition.value)
    except ValueError:
        raise RequestError(f"{condition.column}: {condition.value!r} is no number") from None
    low, high = (
        (asked, condition.upto) if condition.test is FilterOperator.IN_RANGE else (asked, asked)
    )
    passed = {
        FilterOperator.EQUALS: values == asked,
        FilterOperator.NOT_EQUAL: values != asked,
        FilterOperator.LESS: values < asked,
        FilterOperator.LESS_OR_EQUAL: values <= asked,
        FilterOperator.GREATER: values > asked,
        FilterOperator.GREATER_OR_EQUAL: values >= asked,
        FilterOperator.IN_RANGE: (values >= low) & (values <= high),
    }.get(condition.test)
    if passed is None:
        raise RequestError(
            f"{condition.column} is a number: {condition.test.value} is no test of it"
        )
    return np.asarray(present & passed)
