"""Filters and order of the table of pairs as words of the address.

A filter is `source contains compass` or `values inRange 0.2 0.5`, an order `values desc`: a
column's key, a test, what is asked; assets/js/widgets/pairs-grid.js reads and writes the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey

TEXT_TESTS = (
    FilterOperator.CONTAINS,
    FilterOperator.NOT_CONTAINS,
    FilterOperator.EQUALS,
    FilterOperator.NOT_EQUAL,
    FilterOperator.STARTS_WITH,
    FilterOperator.ENDS_WITH,
    FilterOperator.BLANK,
    FilterOperator.NOT_BLANK,
)
NUMBER_TESTS = (
    FilterOperator.GREATER_OR_EQUAL,
    FilterOperator.LESS_OR_EQUAL,
    FilterOperator.GREATER,
    FilterOperator.LESS,
    FilterOperator.EQUALS,
    FilterOperator.NOT_EQUAL,
    FilterOperator.IN_RANGE,
    FilterOperator.BLANK,
    FilterOperator.NOT_BLANK,
)
DIRECTIONS = {"asc": False, "desc": True}


def parse_filter(text: str, columns: Mapping[str, bool]) -> Filter | None:
    """The condition a text stands for; None where it is none.

    columns: key -> whether it is a column of text, of all there are.
    """
    column, _, rest = text.partition(" ")
    test, _, value = rest.partition(" ")
    if column not in columns:
        return None
    known = TEXT_TESTS if columns[column] else NUMBER_TESTS
    if test not in set(known):
        return None
    if test in (FilterOperator.BLANK, FilterOperator.NOT_BLANK):
        return None if value else Filter(column, FilterOperator(test))
    if columns[column]:
        return Filter(column, FilterOperator(test), value) if value.strip() else None
    return _of_numbers(column, FilterOperator(test), value.split())


def _of_numbers(column: str, test: FilterOperator, values: list[str]) -> Filter | None:
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return None
    ends = 2 if test is FilterOperator.IN_RANGE else 1
    if len(numbers) != ends or not all(map(math.isfinite, numbers)):
        return None
    return Filter(column, test, *numbers)


def filter_text(condition: Filter) -> str:
    """What `parse_filter` reads."""
    value = condition.value
    parts = [condition.column, condition.test.value]
    if condition.test not in (FilterOperator.BLANK, FilterOperator.NOT_BLANK):
        parts.append(value if isinstance(value, str) else _number(value))
    if math.isfinite(condition.upto):
        parts.append(_number(condition.upto))
    return " ".join(parts)


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def parse_sorting(text: str, columns: Mapping[str, bool]) -> SortKey | None:
    """The order a text stands for, `values desc`; None where it is none."""
    column, _, direction = text.partition(" ")
    if column not in columns or direction not in DIRECTIONS:
        return None
    return SortKey(column, descending=DIRECTIONS[direction])


def sorting_text(sorting: SortKey) -> str:
    """What `parse_sorting` reads."""
    return f"{sorting.column} {'desc' if sorting.descending else 'asc'}"
