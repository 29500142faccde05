"""One method against another, in sentences."""

from __future__ import annotations

import math

from core.analyses.comparison import Comparison, PresenceContrast
from core.study import Study
from dashboard.text.numbers import bounds, counted, number, signed

# -- in words ----------------------------------------------------------------------------------


def comparison_finding(comparison: Comparison, study: Study) -> str:
    """Which method reaches more, over all cells, on transfer and on trained ones."""
    first, second = (label(study, name) for name in methods_of(comparison))
    every = comparison.overall
    if not math.isfinite(every.value):
        return f"No cell that is shown has a value with both {first} and {second}."
    gap = every.value
    rows = counted(len(comparison.difference.sources), "training set")
    lower = comparison.difference.lower_is_better
    more, less = ("is higher", "is lower") if lower else ("reaches more", "reaches less")
    head = (
        f"{first} and {second} {'are' if lower else 'reach'} the same"
        if number(abs(gap)) == "0"
        else f"{first} {more if gap > 0 else less} than {second}: {signed(gap)}"
        + (", and lower is better," if lower else "")
    )
    parts = [
        f"{signed(mean.value)} {where}"
        for where, mean in (
            ("on transfer", comparison.transfer),
            ("on trained targets", comparison.trained),
        )
        if math.isfinite(mean.value)
    ]
    return f"{head} over the {counted(every.cells, 'cell')} of {rows}; {', '.join(parts)}."


def contrast_finding(comparison: Comparison) -> str:
    """Whether the differences are lower with a task in the training set, and how surely."""
    contrast = comparison.contrast
    if contrast is None:
        return (
            f"The differences over {counted(comparison.overall.cells, 'cell')}: no task is in some"
            " of the training sets and not in others, so there is nothing to tell apart."
        )
    name = contrast.task
    gap = contrast.difference
    lie = "lower" if gap < 0 else "higher"
    text = (
        f"With {name} in the training set the differences lie {number(abs(gap))} {lie}:"
        f" {signed(contrast.with_task.value)} against {signed(contrast.without_task.value)}"
    )
    if math.isfinite(contrast.interval.low):
        sure = "" if not _holds_zero(contrast) else ", which may be none"
        ends = bounds(contrast.interval.low, contrast.interval.high)
        text += f" (95 % of the distance over seeds: {ends}{sure})"
    return f"{text}."


def _holds_zero(contrast: PresenceContrast) -> bool:
    return contrast.interval.low <= 0 <= contrast.interval.high


def methods_of(comparison: Comparison) -> tuple[str, str]:
    """The names of the two methods."""
    return comparison.difference.method, comparison.difference.other or ""


def label(study: Study, method: str) -> str:
    """A method's label; its name where it has none."""
    return next((m.label for m in study.methods if m.name == method), method)
