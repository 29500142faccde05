"""What a transfer matrix found, in a sentence."""

from __future__ import annotations

import math

from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.predictions import PREDICTIONS, USUAL
from dashboard.text.names import seeds_named
from dashboard.text.numbers import counted, number, signed

# -- findings: a sentence with numbers, the figure's text alternative as well -------------------


def transfer_finding(
    actual: TransferMatrix,
    predicted: TransferMatrix | None = None,
    difference: TransferMatrix | None = None,
    *,
    label: str = "",
) -> str:
    """What a method reaches on trained and other targets, and against its prediction.

    label: the method's, where it should be called otherwise than in the files.
    """
    name = label or actual.method
    if not math.isfinite(actual.mean):
        return f"{name} has no value to show: {matrix_note(actual) or 'no cells'}"
    trained, transfer = actual.trained_mean, actual.transfer_mean
    parts = []
    if math.isfinite(trained):
        parts.append(f"{number(trained)} on targets it was trained on")
    if math.isfinite(transfer):
        parts.append(f"{number(transfer)} on {'the others' if parts else 'other targets'}")
    text = f"{name} reaches {' and '.join(parts)}"
    if difference is not None and math.isfinite(difference.transfer_mean):
        gap = difference.transfer_mean
        where = "above" if gap > 0 else "below"
        says = PREDICTIONS[USUAL if predicted is None else predicted.kind].predicts
        text += (
            f", just what {says}"
            if number(abs(gap)) == "0"
            else f", {number(abs(gap))} {where} what {says} there"
        )
    elif predicted is not None and math.isfinite(predicted.transfer_mean):
        text += f"; predicted there: {number(predicted.transfer_mean)}"
    return f"{text} (means over {seeds_named(actual.seeds)})."


def difference_finding(difference: TransferMatrix, *, labels: tuple[str, str] = ("", "")) -> str:
    """How far one matrix is from another, over all, trained and other targets."""
    first = labels[0] or difference.method
    second = labels[1] or (difference.other or "its prediction")
    if not math.isfinite(difference.mean):
        return f"{first} and {second} have no cell in common."
    parts = [f"{signed(difference.mean)} over all cells"]
    if math.isfinite(difference.trained_mean):
        parts.append(f"{signed(difference.trained_mean)} on trained targets")
    if math.isfinite(difference.transfer_mean):
        parts.append(f"{signed(difference.transfer_mean)} on the others")
    return f"{first} minus {second}: {', '.join(parts)} ({seeds_named(difference.seeds)})."


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
