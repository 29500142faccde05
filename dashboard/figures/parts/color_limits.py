"""Limits of color scales that several matrices share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from core.numerics.arrays import FloatArray
from core.study import Study, ValueScale
from core.transfer.matrix import TransferMatrix, is_difference
from core.transfer.normalization import CLIP_HIGH, CLIP_LOW, Scale

Limits = tuple[float, float]
"""Values at both ends of a colour scale."""

_NICE = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5)
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
WHOLE_REACH_UP_TO = 1_000


def color_limits(matrix: TransferMatrix, study: Study) -> Limits:
    """Values at the ends of a matrix' colours.

    Published: always 0 to 1.5, so that methods can be compared. Strict: −1.5 to 1.5, what is
    beyond has the colour of the end. Differences: symmetric around 0, as far as they reach.
    Given scores: from 0 where none is negative, else symmetric.
    """
    return shared_limits([matrix], study)


def shared_limits(
    matrices: Iterable[TransferMatrix], study: Study, *, shown: Sequence[FloatArray] | None = None
) -> Limits:
    """The limits that several matrices have in common: actual and predicted side by side.

    shown: what of each is shown in place of its values, such as means of its blocks.
    """
    several = list(matrices)
    values = [m.values for m in several] if shown is None else list(shown)
    if several and all(is_raw(m) for m in several):
        # As they are: from the worst there is to the best there is.
        found = np.concatenate([one[np.isfinite(one)] for one in values])
        low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
        return (low, high) if high > low else (low - 0.5, low + 0.5)
    reach = max(map(_largest, values), default=0.0)
    if any(is_difference(m.kind) for m in several):
        most = _nice(reach, capped=not study.has_given_scores)
        return -most, most
    if study.has_given_scores:
        most = _nice(reach, capped=False)
        negative = any((one < 0).any() for one in values)
        return (-most, most) if negative else (0.0, most)
    if all(m.scale is Scale.PUBLISHED for m in several):
        return CLIP_LOW, CLIP_HIGH
    return -CLIP_HIGH, CLIP_HIGH


def is_raw(matrix: TransferMatrix) -> bool:
    """Scores as they were given, whose sign means nothing."""
    return matrix.value_scale is ValueScale.RAW and not is_difference(matrix.kind)


def _largest(values: FloatArray) -> float:
    """How far colours must reach: in a large matrix a few outliers may lie beyond."""
    finite = np.abs(values[np.isfinite(values)])
    if not finite.size:
        return 0.0
    return float(finite.max() if finite.size <= WHOLE_REACH_UP_TO else np.quantile(finite, 0.995))


def _nice(reach: float, *, capped: bool) -> float:
    """The next round number; with `capped` the colours end at 1.5."""
    for step in _NICE:
        if reach <= step:
            return step
    if capped:
        return _NICE[-1]
    power = 10.0 ** math.floor(math.log10(reach))
    return next(m * power for m in _STEPS if reach <= m * power * (1 + 1e-9))
