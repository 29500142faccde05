"""What a transfer matrix found, in a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.transfer.cell_means import CellMean, cell_mean
from core.transfer.matrix import mean_present
from core.transfer.normalization import Scale
from core.transfer.predictions import PREDICTIONS, USUAL
from dashboard.text.names import seeds_named
from dashboard.text.numbers import (
    bounds,
    but_for_rounding,
    counted,
    may_be_luck,
    number,
    signed,
    told_bounds,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.numerics.arrays import BoolArray
    from core.transfer.copied_seeds import CopiedSeeds
    from core.transfer.matrix import TransferMatrix


BEST = "its best single sources"

# -- findings: a sentence with numbers, the figure's text alternative as well -------------------


def transfer_finding(
    actual: TransferMatrix,
    predicted: TransferMatrix | None = None,
    difference: TransferMatrix | None = None,
    *,
    fitted: TransferMatrix | None = None,
    label: str = "",
    fixed: BoolArray | None = None,
    copied: Sequence[CopiedSeeds] = (),
    names_seeds: bool = True,
) -> str:
    """What a method reaches on trained and other targets, and against its prediction.

    label: the method's, where it should be called otherwise than in the files. fitted: actual minus
    the cross-fitted prediction, told after the one that is drawn: the best of several noisy sources
    is too good on average. What is said of a prediction comes before the means themselves. Where
    only some rows have one, as of a method that predicts itself, it says so. fixed: (n_sources,
    n_targets), cells that the scale makes 1, of which nothing is told. copied: seeds that
    may be one.
    """
    name = label or actual.method
    some = difference is not None and len(difference.sources) < len(actual.sources)
    told = f"{name} on several tasks" if some else name
    if not math.isfinite(actual.mean):
        return f"{name} has no value to show: {matrix_note(actual) or 'no cells'}."
    told_of = actual.trained if fixed is None else actual.trained & ~fixed
    trained, transfer = float(mean_present(actual.values[told_of])), actual.transfer_mean
    parts = []
    if math.isfinite(trained):
        parts.append(f"{number(trained)} on trained targets")
    if math.isfinite(transfer):
        ends = cell_mean(actual, ~actual.trained).interval
        alike = "".join(f", seeds {one.first} and {one.second} alike" for one in copied[:1])
        sure = f" (95 % {told_bounds(ends)}{alike})" if math.isfinite(ends.low) else ""
        parts.append(f"{number(transfer)} on {'the others' if parts else 'other targets'}{sure}")
    if not parts:
        seeds = seeds_named(actual.seeds, named=names_seeds)
        return f"{name} has only values that its scale makes 1; {seeds}."
    reaches = f"{'is at' if actual.lower_is_better else 'reaches'} {' and '.join(parts)}"
    drawn = difference is not None and math.isfinite(difference.transfer_mean)
    says = ""
    if drawn:
        says = f"what {PREDICTIONS[USUAL if predicted is None else predicted.kind].predicts}"
    if fitted is not None and math.isfinite(fitted.transfer_mean):
        if difference is not None and drawn:
            # What is drawn is biased: how sure it is would be said of the wrong thing.
            # In two lines of a card: what else there is to say comes after it.
            against = _against(told, fitted, BEST, brief=True)
            fair = but_for_rounding(cell_mean(fitted, ~fitted.trained), fitted).value
            text = (
                f"{against}; that is"
                f" transfer, cross-fitted ({signed(fair)}); as drawn, which is biased, it is"
                f" {signed(difference.transfer_mean)}"
            )
        else:
            text = _against(told, fitted, "its cross-fitted prediction")
        text += f"{_on_trained(fitted)}; {name} {reaches}"
    elif difference is not None and drawn:
        against = f"{_against(told, difference, says)}{_on_trained(difference)}"
        text = f"{against}; {name if some else 'it'} {reaches}"
    else:
        text = f"{name} {reaches}"
        if predicted is not None and math.isfinite(predicted.transfer_mean):
            text += f"; predicted there: {number(predicted.transfer_mean)}"
    over = "means over " if len(actual.seeds) > 1 else ""
    alike = f", of which {of_which(copied)}" if copied else ""
    return f"{text}; {over}{seeds_named(actual.seeds, named=names_seeds)}{alike}."


def of_which(copied: Sequence[CopiedSeeds]) -> str:
    """`1 and 2 hold the same values`, of seeds that were named before."""
    rest = len(copied) - 1
    more = f", and {rest:,} more such pair{'s' * (rest > 1)}," if rest else ""
    return f"{copied[0].first} and {copied[0].second}{more} hold the same values"


def _against(told: str, difference: TransferMatrix, says: str, *, brief: bool = False) -> str:
    """How far the targets a run was not trained on are from a prediction, and whether for sure.

    Where nothing tells how sure it is, it is what was measured. told: whose transfer. brief: for a
    headline; the difference itself is told elsewhere where it is none.
    """
    gap = but_for_rounding(cell_mean(difference, ~difference.trained), difference)
    low, high = gap.interval.low, gap.interval.high
    known = math.isfinite(low)
    over = f"95 % {told_bounds(gap.interval)}" if known else may_be_luck(difference)
    if known and low <= 0 <= high:
        whose = told if brief else f"Transfer of {told}"
        return f"{whose}: no difference seen from {says} ({over if brief else _difference(gap)})"
    whose = f"{'Transfer' if known else 'As measured, transfer'} of {told}"
    if number(abs(gap.value)) == "0":
        return f"{whose} is just {says} ({over})"
    where = "above" if gap.value > 0 else "below"
    return f"{whose} is {number(abs(gap.value))} {where} {says} ({over}){how_judged(difference)}"


def how_judged(difference: TransferMatrix) -> str:
    """`, and lower is better` of a difference of errors; what stands in one mean beside them."""
    if difference.mixes_directions:
        return ", errors and other scores in one mean"
    return ", and lower is better" if difference.lower_is_better else ""


def _on_trained(difference: TransferMatrix) -> str:
    """`; on trained targets 0.031 below (95 % −0.044 to −0.018)`; empty where it is not told."""
    gap = but_for_rounding(cell_mean(difference, difference.trained), difference)
    low, high = gap.interval.low, gap.interval.high
    if not (low > 0 or high < 0):
        return ""
    where = "above" if gap.value > 0 else "below"
    return f"; on trained targets {number(abs(gap.value))} {where} (95 % {bounds(low, high)})"


def _difference(gap: CellMean) -> str:
    """`+0.021, 95 % 0.011 to 0.031`."""
    ends = told_bounds(gap.interval)
    return signed(gap.value) + (f", 95 % {ends}" if math.isfinite(gap.interval.low) else "")


def difference_finding(
    difference: TransferMatrix, *, labels: tuple[str, str] = ("", ""), names_seeds: bool = True
) -> str:
    """How far one matrix is from another, over all, trained and other targets."""
    first = labels[0] or difference.method
    second = labels[1] or (difference.other or "its prediction")
    if not math.isfinite(difference.mean):
        return f"{first} and {second} have no cell in common."
    every = but_for_rounding(cell_mean(difference, np.ones_like(difference.trained)), difference)
    over = (
        f" ({_difference(every).partition(', ')[2]})" if math.isfinite(every.interval.low) else ""
    )
    parts = [f"{signed(every.value)} over all cells{over}"]
    if math.isfinite(difference.trained_mean):
        parts.append(f"{signed(difference.trained_mean)} on trained targets")
    if math.isfinite(difference.transfer_mean):
        parts.append(f"{signed(difference.transfer_mean)} on the others")
    text = f"{first} minus {second}: {parts[0]}"
    if every.interval.low <= 0 <= every.interval.high:
        text += ", no difference seen"
    rest = f"; {', '.join(parts[1:])}" if parts[1:] else ""
    return f"{text}{rest}; {seeds_named(difference.seeds, named=names_seeds)}."


def cell_by_cell(difference: TransferMatrix, *, label: str, picked: bool) -> tuple[str, int]:
    """What a matrix of differences from a prediction is, and how much of that is a headline.

    What is found of it stands above the matrix of results, once: its numbers follow here. picked:
    the prediction is the best of several sources, and another one is tested.
    """
    head = f"{label} minus its prediction, cell by cell"
    if picked:
        head += "; the best of several is a little too high"
    if not math.isfinite(difference.mean):
        return difference_finding(difference, labels=(label, "its prediction")), len(head)
    numbers = difference_finding(difference, labels=(label, "its prediction")).partition(": ")[2]
    return f"{head}; {numbers}", len(head)


def matrix_note(matrix: TransferMatrix) -> str:
    """How many values were clipped and how many are missing; empty where neither."""
    total = matrix.per_seed.size
    parts = []
    if matrix.scale is Scale.PUBLISHED and matrix.clipped_count:
        parts.append(f"{counted(matrix.clipped_count, 'value')} of {total:,} cut at 0 or 1.5")
    gone = int((matrix.reason > 0).sum())
    if gone:
        parts.append(f"{gone:,} of {total:,} missing")
    return "; ".join(parts)
