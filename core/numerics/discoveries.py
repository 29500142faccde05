"""What is found among many: how much of it may be there by luck."""

from __future__ import annotations

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray

_NEARLY_NORMAL = 1_000
_FEWEST_BINS, _MOST_BINS, _PER_BIN = 20, 100, 20


def above(t: FloatArray, freedom: IntArray | FloatArray | int) -> FloatArray:
    """The probability that Student's t is at least this; with 1,000 degrees the normal one."""
    from scipy import special

    if np.min(np.asarray(freedom, dtype=np.float64), initial=np.inf) >= _NEARLY_NORMAL:
        return np.asarray(special.ndtr(-t))
    return np.asarray(special.stdtr(freedom, -t))


def null_probability(p: FloatArray) -> FloatArray:
    """The probability, for each of many p, that there is nothing: the local false discovery rate.

    p: (m,) float64 in 0 to 1. Returns (m,) float64, π₀ / f(p), at most 1: f is the density of
    these p, counted in 20 to 100 bins and made to fall with p (Grenander, as Strimmer 2008 has it);
    π₀ = (1 + #{p > ½}) / (m / 2), at most 1, the share of p of which there is nothing (Storey
    2002, λ = ½). p that hang together leave it right on average and less sure in one study.
    """
    from scipy.optimize import isotonic_regression

    m = len(p)
    nothing = min(1.0, (1 + np.count_nonzero(p > 0.5)) / (m / 2))
    bins = int(np.clip(m // _PER_BIN, _FEWEST_BINS, _MOST_BINS))
    at = np.minimum((p * bins).astype(np.int64), bins - 1)
    density = isotonic_regression(np.bincount(at, minlength=bins) * (bins / m), increasing=False).x
    return np.asarray(np.minimum(nothing / density[at], 1.0))


def settled(p: FloatArray, rate: float) -> BoolArray:
    """Which of these p are findings, with at most this share of false ones expected among them.

    p: (m,) float64. Source: Benjamini & Hochberg 1995.
    """
    ordered = np.sort(p)
    kept = np.flatnonzero(ordered <= rate * np.arange(1, len(p) + 1) / max(len(p), 1))
    return p <= (ordered[kept[-1]] if len(kept) else -1.0)
