"""One method against another, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.numerics.intervals import Interval
from core.study import Study
from core.transfer.last_steps import last_steps
from core.transfer.shrinkage import by_definition, shrink
from dashboard.text.captions import own_steps_text
from dashboard.text.findings.transfer import how_judged
from dashboard.text.names import capital, in_words, labels_of, sources_label
from dashboard.text.numbers import (
    SAME,
    bounds,
    but_for_rounding,
    counted,
    interval_but_for,
    may_be_luck,
    number,
    others_alike,
    rounding_of,
    signed,
    told_bounds,
)

if TYPE_CHECKING:
    from core.analyses.comparison import Comparison
    from core.transfer.cell_means import CellMean
    from core.transfer.matrix import TransferMatrix


CUT_ALIKE = "both are cut to the scale in every cell, so no difference can be seen"


# -- in words ----------------------------------------------------------------------------------


def comparison_finding(comparison: Comparison, study: Study) -> str:
    """Which method reaches more, over all cells, on transfer and on trained ones."""
    first, second = labels(comparison, study)
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
    fixed = fixed_cells(comparison, study)
    over += f", {fixed:,} of them 0 by definition" if fixed else ""
    if cut_alike(found):
        return f"{first} and {second} {over}: {CUT_ALIKE}."
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
    # In short where it is read first, in full after it.
    compared = study, methods_of(comparison), found.seeds
    if ends := last_steps(*compared, checkpoint=found.checkpoint):
        head += f", each run at its own last step ({ends.first:,} to {ends.last:,})"
    steps = own_steps_text(*compared, found.checkpoint)
    parts = [steps] if steps else []
    parts += [
        f"{where}: {'no difference shown' if _may_be_none(mean.interval) else signed(mean.value)}"
        + _ends(mean)
        for where, mean in (
            ("transfer", transfer),
            ("trained", trained),
        )
        if math.isfinite(mean.value) and not (where == "trained" and fixed == mean.cells)
    ]
    return f"{'; '.join([head, *parts])}."


def fixed_cells(comparison: Comparison, study: Study) -> int:
    """How many cells, trained ones all, are 1 by definition with both methods."""
    return int(by_definition(comparison.difference, study).sum())


def cut_alike(difference: TransferMatrix) -> bool:
    """Whether both methods are at the same end of the scale in every cell, with every seed."""
    known = np.isfinite(difference.per_seed)
    return bool(known.any() and (difference.clipped & (difference.per_seed == 0))[known].all())


def leads_finding(found: Comparison, study: Study) -> str:
    """The cells in which each method is furthest ahead, the larger lead first.

    Where seeds tell how sure a cell is, what is left of its lead, and of sure ones alone; else they
    are in order of what was measured, as raw leads are, which are the plain ones. Of errors as they
    are, less is ahead.
    """
    first, second = labels(found, study)
    values = found.difference.values
    known = np.isfinite(values)
    if not known.any():
        return "No cell has a value with both methods."
    shrunken = shrink(found.difference, study)
    judged = shrunken.known and not study.is_raw
    if judged:
        values, known = shrunken.values, known & shrunken.trusted
        if not known.any():
            return "In no cell a lead can be told from luck."
    lower = set(study.lower_targets)
    better = np.array([-1.0 if target in lower else 1.0 for target in found.difference.targets])
    leads = []
    for name, sign in zip((first, second), (1, -1), strict=True):
        ahead = np.where(known, values * better * sign, -np.inf)
        first_of = int(ahead.argmax())
        ties = np.isclose(ahead, ahead.ravel()[first_of], rtol=SAME, atol=0.0)
        # Of those that are the same without luck the one that was measured to be the largest.
        measured = np.where(ties, found.difference.values * better * sign, -np.inf)
        i, j = np.unravel_index(int(measured.argmax()), values.shape)
        if ahead[i, j] > 0:
            # As the rows and columns of the matrix below are named: three tasks are long words.
            source = sources_label(study, found.difference.sources[i])
            (target,) = labels_of(study, [found.difference.targets[j]])
            pair = in_words(source, target)
            # The cell's own number first: it is what stands below.
            told = signed(found.difference.values[i, j])
            if judged:
                ends = bounds(shrunken.low[i, j], shrunken.high[i, j])
                told += f", {signed(values[i, j])} without luck, 95 % {ends}"
                # Of a sign that is wrong with 5 % at most the interval of both ends may hold 0.
                told += ", may be none" if shrunken.low[i, j] <= 0 <= shrunken.high[i, j] else ""
            count = int(ties.sum())
            same = "" if judged else others_alike(count).rstrip(",")
            if judged and count > 1:
                told += f"; {counted(count - 1, 'other')} cannot be told from it"
            leads.append((ahead[i, j], name, f"{pair}{same} ({told})"))
    if not leads:
        if cut_alike(found.difference):
            return f"{capital(CUT_ALIKE)}."
        return "Both reach the same in every cell."
    (_, name, most), *others = sorted(leads, key=lambda lead: -lead[0])
    text = f"{name} leads most in {most}"
    if others:
        text += f"{';' if judged else ' and'} {others[0][1]} in {others[0][2]}"
    if judged:
        return f"{text}."
    luck = "" if shrunken.known else f"; none of it can be told from luck: {shrunken.why}"
    return f"As measured, {text}{luck}."


def contrast_finding(comparison: Comparison) -> str:
    """Whether the differences are lower with a task in the training set, and how surely."""
    contrast = comparison.contrast
    if contrast is not None and cut_alike(comparison.difference):
        return f"With {contrast.task} in the training set and without it: {CUT_ALIKE}."
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
    picked = comparison.split_by_default
    interval = interval_but_for(contrast.if_picked if picked else contrast.interval, least)
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
    return f"95 % {told_bounds(mean.interval)}"


def methods_of(comparison: Comparison) -> tuple[str, str]:
    """The names of the two methods."""
    return comparison.difference.method, comparison.difference.other or ""


def labels(comparison: Comparison, study: Study) -> tuple[str, str]:
    """The labels of the two methods; of another study's they stand in the comparison itself."""
    first, second = methods_of(comparison)
    if comparison.difference.subtracted is not None:
        return first, second
    return label(study, first), label(study, second)


def label(study: Study, method: str) -> str:
    """A method's label; its name where it has none."""
    return next((m.label for m in study.methods if m.name == method), method)
