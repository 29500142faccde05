"""Pieces of every result: numbers, intervals, rows and tables. Undefined is null, never NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.analyses.columns import Column
from core.errors import one_line
from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval
from core.numerics.permutation import SAMPLED_PERMUTATIONS

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.association.qap import PermutationTest

STAR = "*"
"""Behind an interval some of whose values were cut to the scale."""
APPROXIMATE = f"{STAR} approximate: some of its values are cut to the scale, which spread less"
LEAST_P = 0.001
"""Of a p below this how exact it is does not matter."""


def number(value: float) -> float | None:
    """A JSON number; None where the value is undefined."""
    return float(value) if math.isfinite(value) else None


def numbers(values: FloatArray) -> list[float | None]:
    """A row of JSON numbers."""
    found: list[float | None] = values.astype(np.float64, copy=False).tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        found[at] = None
    return found


def plain_columns(columns: Sequence[Column], rows: Any) -> dict[str, list[Any]]:
    """`values_report` of many rows at once, name by name; rows: what a row has, as arrays."""
    return {one.key: plain_column(one.value(rows)) for one in columns}


def plain_column(values: npt.NDArray[Any]) -> list[Any]:
    """(n,) values as JSON has them; numbers that are undefined are None."""
    plain: list[Any] = numbers(values) if values.dtype.kind == "f" else values.tolist()
    return plain


def qap_report(test: PermutationTest) -> dict[str, Any]:
    """A permutation test as JSON: how many were made, and the standard error of p by drawing."""
    return {
        "p": number(test.p),
        "permutations": test.permutations,
        "exhaustive": test.exhaustive,
        "error": number(test.error),
    }


def with_error(p: float, error: float) -> str:
    """`0.873 ± 0.012`: the standard error by drawing, where p is not too small for it to matter."""
    if not error > 0:
        return short(p)
    return f"{short(p)} ± {short(error)}" if p >= LEAST_P else short(p)


def qap_text(test: PermutationTest) -> str:
    """`0.873 ± 0.012 (800 random relabellings, stopped before 10,000)`."""
    drawn = f"{test.permutations:,}"
    drawn = f"all {drawn}" if test.exhaustive else f"{drawn} random"
    ended = f", stopped before {SAMPLED_PERMUTATIONS:,}" if test.stopped else ""
    return f"{with_error(test.p, test.error)} ({drawn} relabellings{ended})"


def interval_report(interval: Interval) -> dict[str, Any]:
    """An interval as JSON; its ends are null where there is none.

    Of one that is approximate how many of its values were cut to the scale.
    """
    return {
        "low": number(interval.low),
        "high": number(interval.high),
        "over": interval.over.value,
        **(
            {"clipped": interval.clipped, "values": interval.values}
            if interval.is_approximate
            else {}
        ),
    }


def one_base_report(seeds: Sequence[int]) -> dict[str, list[int]]:
    """The seeds that share a base, where any do: why intervals are null."""
    return {"seeds_of_one_base": list(seeds)} if seeds else {}


def one_base_line(seeds: Sequence[int]) -> str:
    """Why nothing has an interval over seeds that share a base, as a line; empty without any."""
    if not seeds:
        return ""
    named = ", ".join(map(str, seeds))
    return f"seeds {named} share a base and agree by birth: no interval over seeds\n"


def row_report(columns: Sequence[Column], row: Any) -> dict[str, Any]:
    """A row of a tabular result; `intervals` of the columns that have one."""
    return {
        **values_report(columns, row),
        "intervals": {
            one.key: interval_report(one.interval(row))
            for one in columns
            if one.interval is not None
        },
    }


def values_report(columns: Sequence[Column], row: Any) -> dict[str, Any]:
    """The same without intervals."""
    return {one.key: _plain(one.value(row)) for one in columns}


def _plain(value: Any) -> Any:
    return number(value) if isinstance(value, float) else value


def columns_text(columns: Sequence[Column], rows: Sequence[Any], *, least: float = 0.0) -> str:
    """Rows of a tabular result, the first column in front; intervals in brackets.

    least: numbers nearer to zero are written as 0. A star stands behind an interval some of whose
    values were cut to the scale, and a line below says so.
    """
    import pandas as pd

    first, *others = columns
    table = pd.DataFrame(
        {one.head or one.key: [_cell_text(one, row, least) for row in rows] for one in others},
        index=pd.Index([first.value(row) for row in rows], name=first.key),
    )
    text = table_text(table)
    return f"{text}\n{APPROXIMATE}" if f"]{STAR}" in text else text


def _cell_text(column: Column, row: Any, least: float) -> str:
    value = column.value(row)
    if not isinstance(value, float):
        return str(value)
    interval = column.interval(row) if column.interval is not None else None
    known = interval is not None and math.isfinite(interval.low)
    text = short(0.0 if abs(value) < least else value)
    if interval is None or not known:
        return text
    low, high = (0.0 if abs(end) < least else end for end in (interval.low, interval.high))
    star = STAR if interval.is_approximate else ""
    return f"{text} [{range_text(replace(interval, low=low, high=high))}]{star}"


def short(value: float) -> str:
    """A number for a terminal."""
    return _digits(value).replace("-", "−") if math.isfinite(value) else "undefined"


def _digits(value: float) -> str:
    """Three decimals; what is smaller or larger than that with three digits that count."""
    return f"{value:.3f}" if value == 0 or 0.01 <= abs(value) < 1e6 else f"{value:.3g}"


def range_text(interval: Interval) -> str:
    """`0.650 to 0.770`; `undefined` without one."""
    if not math.isfinite(interval.low):
        return "undefined"
    return f"{short(interval.low)} to {short(interval.high)}"


def table_text(table: pd.DataFrame) -> str:
    """A table for a terminal; names from files cannot break its lines."""
    safe = table.rename(index=visible, columns=visible)
    return safe.to_string(float_format=_digits, na_rep="", index_names=False)


def visible(name: Any) -> str:
    """A name in one line."""
    return one_line(str(name))
