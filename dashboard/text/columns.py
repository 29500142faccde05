"""The values of a column in words: what a table, a hover and the panel write."""

from __future__ import annotations

import math
from typing import Any

from core.analyses.columns import Column, ColumnKind
from dashboard.text import numbers


def value_text(column: Column, row: Any) -> str:
    """The value by itself: `0.71`, `+0.71` of a signed column, `—` for none."""
    value = column.value(row)
    if column.kind is ColumnKind.TEXT:
        return str(value)
    if column.kind is ColumnKind.COUNT:
        return f"{value:,}"
    if column.kind is ColumnKind.P:
        said = numbers.p_value(value, "").replace(" = ", "").strip()
        return said if math.isfinite(value) else numbers.NOTHING
    if column.kind is ColumnKind.SHARE:
        return numbers.percent(value) if math.isfinite(value) else numbers.NOTHING
    if column.kind is ColumnKind.QUANTITY:
        return numbers.quantity(value)
    return numbers.signed(value) if column.signed else numbers.number(value)


def bounds_text(column: Column, row: Any) -> str:
    """`0.65 to 0.77`; `—` where there is no interval."""
    if column.interval is None:
        return numbers.NOTHING
    interval = column.interval(row)
    return numbers.bounds(interval.low, interval.high)


def clipped_text(column: Column, row: Any) -> str:
    """`3 of 6 clipped`: the interval is approximate; empty where it is not."""
    return column.interval(row).said_of_clipped if column.interval is not None else ""


def value_and_interval(column: Column, row: Any) -> str:
    """`0.71 (95 % over seeds: 0.65 to 0.77)`; without brackets for a column that has none."""
    text = value_text(column, row)
    if column.interval is None:
        return text
    return f"{text} ({numbers.interval_text(column.interval(row))})"


def in_words(column: Column, row: Any) -> str:
    """The same with what is said of it: `0.71 (net giver)`; of no value, why there is none."""
    value = column.value(row)
    if isinstance(value, float) and not math.isfinite(value):
        return column.why_empty or "undefined"
    remark = column.remark(row) if column.remark is not None else ""
    known = column.interval is not None and math.isfinite(column.interval(row).low)
    text = value_and_interval(column, row) if known else value_text(column, row)
    return text + (f" ({remark})" if remark else "")
