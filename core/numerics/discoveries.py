"""What is found among many: how much of it may be there by luck."""

from __future__ import annotations

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray

_FEWEST_BINS, _MOST_BINS, _PER_BIN = 20, 100, 20


def null_probability(p: FloatArray, of: BoolArray | None = None) -> FloatArray:
    """The probability, for each of many p, that there is nothing: the local false discovery rate.

    p: (m,) float64 in 0 to 1; of: (m,) bool, those that are asked about, None = all. Returns a
    float64 for each of these, π₀ / f(p), at most 1: f is the density of
    these p, counted in 20 to 100 bins and made to fall with p (Grenander, as Strimmer 2008 has it);
    π₀ = (1 + #{p > ½}) / (m / 2), at most 1, the share of p of which there is nothing (Storey
    2002, λ = ½). p that hang together leave it right on average and less sure in one study.
    """
    m = len(p)
    nothing = min(1.0, (1 + np.count_nonzero(p > 0.5)) / (m / 2))
    bins = int(np.clip(m // _PER_BIN, _FEWEST_BINS, _MOST_BINS))
    at = np.minimum((p * bins).astype(np.int64), bins - 1)
    density = falling(np.bincount(at, minlength=bins).astype(np.float64) * (bins / m))
    return np.asarray(np.minimum(nothing / density[at if of is None else at[of]], 1.0))


def falling(y: FloatArray) -> FloatArray:
    """The values nearest to these, by least squares, that never rise; (n,) float64, n small.

    As scipy.optimize.isotonic_regression has it, which takes 23 MB and most of a second to import.

    Source: Robertson, Wright & Dykstra 1988, the max-min formula over means of neighbours.
    """
    n = len(y)
    total: FloatArray = np.concatenate([[0.0], np.cumsum(y)])
    last: IntArray = np.arange(n)
    first: IntArray = last[:, None]
    means = np.full((n, n), np.inf)
    np.divide(total[1:] - total[:-1, None], last - first + 1, out=means, where=last >= first)
    least = np.minimum.accumulate(means, axis=0)
    return np.asarray(np.where(last >= first, least, -np.inf).max(axis=1))


def settled(p: FloatArray, rate: float) -> BoolArray:
    """Which of these p are findings, with at most this share of false ones expected among them.

    p: (m,) float64. Source: Benjamini & Hochberg 1995.
    """
    ordered: FloatArray = np.sort(p)
    kept = np.flatnonzero(ordered <= rate * np.arange(1, len(p) + 1) / max(len(p), 1))
    return p <= (ordered[kept[-1]] if len(kept) else -1.0)
