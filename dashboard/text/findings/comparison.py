"""One method against another, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.numerics.intervals import Interval
from core.study import Study
from dashboard.text.findings.transfer import how_judged
from dashboard.text.numbers import (
    bounds,
    but_for_rounding,
    counted,
    interval_but_for,
    may_be_luck,
    number,
    rounding_of,
    signed,
)

if TYPE_CHECKING:
    from core.analyses.comparison import Comparison
    from core.transfer.cell_means import CellMean
    from core.transfer.matrix import TransferMatrix


# -- in words ----------------------------------------------------------------------------------


def comparison_finding(comparison: Comparison, study: Study) -> str:
    """Which method reaches more, over all cells, on transfer and on trained ones."""
    first, second = (label(study, name) for name in methods_of(comparison))
    every, transfer, trained = (
        but_for_rounding(mean, comparison.difference)
        for mean in (comparison.overall, comparison.transfer, comparison.trained)
    )
    if not math.isfinite(every.value):
        return f"No cell that is shown has a value with both {first} and {second}."
    gap = every.value
    over = f"over {counted(every.cells, 'cell')}"
    found = comparison.difference
    lower, mixed = found.lower_is_better, found.mixes_directions
    if _may_be_none(every.interval):
        head = f"No difference shown between {first} and {second} {over}"
        head += f" ({signed(gap)}, {_sureness(every, found)})"
    elif number(abs(gap)) == "0":
        reach = "are" if lower or mixed else "reach"
        head = f"{first} and {second} {reach} the same {over} ({_sureness(every, found)})"
    else:
        more, less = (
            ("is higher", "is lower") if lower or mixed else ("reaches more", "reaches less")
        )
        does = more if gap > 0 else less
        known = math.isfinite(every.interval.low)
        head = (
            f"{'' if known else 'As measured, '}{first} {does} than {second}{how_judged(found)}:"
            f" {signed(gap)} {over} ({_sureness(every, found)})"
        )
    parts = [
        f"{where}: {'no difference shown' if _may_be_none(mean.interval) else signed(mean.value)}"
        + _ends(mean)
        for where, mean in (
            ("transfer", transfer),
            ("trained", trained),
        )
        if math.isfinite(mean.value)
    ]
    return f"{head}; {'; '.join(parts)}."


def contrast_finding(comparison: Comparison) -> str:
    """Whether the differences are lower with a task in the training set, and how surely."""
    contrast = comparison.contrast
    if contrast is None:
        return (
            f"The differences over {counted(comparison.overall.cells, 'cell')}: no task is in some"
            " of the training sets and not in others, so there is nothing to tell apart."
        )
    name = contrast.task
    with_task, without_task = (
        but_for_rounding(mean, comparison.difference)
        for mean in (contrast.with_task, contrast.without_task)
    )
    least = rounding_of(comparison.difference)
    gap = contrast.difference if abs(contrast.difference) > least else 0.0
    lie = f"lie {number(abs(gap))} {'lower' if gap < 0 else 'higher'}"
    if gap == 0:
        lie = "are the same on average"
    text = (
        f"With {name} in the training set the differences {lie}:"
        f" {signed(with_task.value)} against {signed(without_task.value)}"
    )
    interval = interval_but_for(contrast.interval, least)
    if math.isfinite(interval.low):
        sure = ", which may be none" if _may_be_none(interval) else ""
        ends = bounds(interval.low, interval.high)
        text += f" (95 % of the distance over seeds: {ends}{sure})"
    else:
        text += f" ({may_be_luck(comparison.difference)})"
    return f"{text}."


def _may_be_none(interval: Interval) -> bool:
    """Whether the interval holds zero; one that is not known holds nothing."""
    return interval.low <= 0 <= interval.high


def _ends(mean: CellMean) -> str:
    """` (0.038 to 0.049)`, as another stands before it; empty where there is none."""
    if not math.isfinite(mean.interval.low):
        return ""
    return f" ({bounds(mean.interval.low, mean.interval.high)})"


def _sureness(mean: CellMean, difference: TransferMatrix) -> str:
    """`95 % 0.038 to 0.049`, or why nothing is sure."""
    if not math.isfinite(mean.interval.low):
        return may_be_luck(difference)
    return f"95 % {bounds(mean.interval.low, mean.interval.high)}"


def methods_of(comparison: Comparison) -> tuple[str, str]:
    """The names of the two methods."""
    return comparison.difference.method, comparison.difference.other or ""


def label(study: Study, method: str) -> str:
    """A method's label; its name where it has none."""
    return next((m.label for m in study.methods if m.name == method), method)
