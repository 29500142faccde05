"""Student's t: how far out a value is, and how probable it is to be farther."""

from __future__ import annotations

import numpy as np

from core.numerics.arrays import FloatArray, IntArray
from core.numerics.interrupt import breathe

_NEARLY_NORMAL = 200
_AT_ONCE = 16_384
"""Values whose deviates are made together: what comes in between stays in the cache of a core."""


def in_spreads(values: FloatArray, spread: FloatArray) -> FloatArray:
    """values / spread, of the same shapes; without spread 0 is 0, all else infinitely far out."""
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.asarray(values / spread)
    # What is known without it is most often all: where nothing else is, there is nothing to put.
    left = np.isfinite(values) & ~np.isfinite(away)
    if not left.any():
        return away
    without = np.where(values == 0, 0.0, np.copysign(np.inf, values))
    return np.asarray(np.where(left, without, away))


def above(t: FloatArray, freedom: FloatArray | IntArray | int) -> FloatArray:
    """The probability that Student's t is at least this; NaN where either is."""
    from scipy import special

    degrees = np.asarray(freedom, dtype=np.float64)
    few = degrees < _NEARLY_NORMAL
    if not few.any():
        return _from_normal(t, degrees)
    if few.all():
        return np.asarray(special.stdtr(degrees, -t))
    t, degrees, few = np.broadcast_arrays(t, degrees, few)
    tail = np.empty(t.shape)
    tail[few] = special.stdtr(degrees[few], -t[few])
    tail[~few] = _from_normal(t[~few], degrees[~few])
    return tail


def _from_normal(t: FloatArray, degrees: FloatArray) -> FloatArray:
    """The same with many degrees of freedom."""
    from scipy import special

    with np.nditer(
        [t, degrees, None],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly"], ["readonly"], ["writeonly", "allocate"]],
        op_dtypes=["f8"] * 3,
        casting="same_kind",
        buffersize=_AT_ONCE,
    ) as parts:
        for some, of, tail in parts:
            breathe()
            tail[...] = special.ndtr(-_normal_of(some, of))
        return np.asarray(parts.operands[2])


def _normal_of(t: FloatArray, degrees: FloatArray) -> FloatArray:
    """The normal deviate that is as far out as this t, on its side.

    With at least 200 degrees of freedom its tail is Student's to 1e-15, of t up to 8 to 4e-12 of
    itself, in a fifth of the time.

    Source: Hill 1970, Algorithm 395.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        a = degrees - 0.5
        b = 48 * a * a
        y = a * np.log1p(t * t / degrees)
        series = ((-0.4 * y - 3.3) * y - 24) * y - 85.5
        z = np.sqrt(y) * ((series / (0.8 * y * y + 100 + b) + y + 3) / b + 1)
    return np.asarray(np.copysign(np.where(np.isinf(t), np.inf, z), t))
