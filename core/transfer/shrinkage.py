"""Cells that are picked because they are large, told as what another set of seeds would show.

The largest of many noisy values is large partly by luck. Each cell is drawn towards what cells like
it are, the more the noisier it is, so that what is picked afterwards is picked honestly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.graphs import pieces_of_cells
from core.numerics.intervals import t_quantile
from core.study import Study, ValueScale
from core.transfer.matrix import MatrixKind, TransferMatrix

LEVEL = 0.05
"""A cell's sign is believed where it is wrong with at most this probability."""

_SWEEPS = 500
_CONVERGED = 1e-13
_NEARLY_NORMAL = 1_000
_FEWEST_DEGREES = 3
"""Below so many degrees of freedom for the spread of cells nothing can be said of it."""


@dataclass(frozen=True)
class Shrunken:
    """The cells of a matrix, drawn towards what cells like them are (empirical Bayes).

    All (n_sources, n_targets) float64, NaN where a cell has no value, and everywhere where there
    is no variance over seeds to do it with: `why` says the reason.

    values:          posterior mean, on the scale of the matrix
    low, high:       its 95 % interval over seeds
    false_sign_rate: probability that the sign of `values` is wrong (Stephens 2017); NaN where
                     signs mean nothing (raw scores)
    prior:           what cells like it are: trained cells their mean; the others the grand mean
                     and the effects of their row and column; of differences the grand mean
    variance:        of one seed about a cell's mean, pooled over all cells of the target's metric
    degrees:         of freedom of that variance
    """

    values: FloatArray
    low: FloatArray
    high: FloatArray
    false_sign_rate: FloatArray
    prior: FloatArray
    variance: FloatArray
    degrees: FloatArray
    why: str = ""

    @property
    def known(self) -> bool:
        """Is there anything?"""
        return not self.why

    @property
    def trusted(self) -> BoolArray:
        """(n_sources, n_targets) bool: cells whose sign is wrong with at most 5 %."""
        return self.false_sign_rate <= LEVEL

    def seeds_for(self, width: float) -> IntArray:
        """(n_sources, n_targets) int64: seeds for a 95 % interval no wider than this; 0 = unknown.

        Of a cell's own mean, 2 · t · s/√K with the pooled s and its degrees of freedom, which
        grow with K only a little and are taken as they are. At least 2.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            needed = np.ceil((2 * t_quantile(self.degrees) / width) ** 2 * self.variance)
        return np.where(np.isnan(needed), 0, needed.clip(2, 2.0**53)).astype(np.int64)


def shrink(matrix: TransferMatrix, study: Study) -> Shrunken:
    """Every cell of a matrix, shrunken, with its interval and how likely its sign is wrong.

    One variance of seeds, pooled over all cells of targets with one metric (degrees of freedom
    added up); values at the cut of the published scale are left out of it. A cell's mean y over
    K seeds is N(θ, v = s²/K), θ is N(prior, τ²), and τ² = max(0, variance of y about the prior −
    mean v). θ has the mean prior + (1 − B)(y − prior), B = v/(v + τ²). Its variance counts also
    that the prior and τ² are estimated (Morris 1983): v(1 − (1 − h)B) + 2/(d − 2) · B² ·
    (y − prior)² · (mean v + τ²)/(v + τ²), with h what y itself is of its prior and d the degrees
    of freedom of τ². Interval and sign by Student's t with the degrees of freedom of s².

    Trained cells, which are a kind of their own, and the others have each their prior and τ².
    Nothing with one seed, where seeds share a base, or where no cell has two seeds.

    Source: METHODS, "Findings chosen because they are large"; Efron & Morris 1975.
    """
    nothing = np.full(matrix.values.shape, np.nan)
    why = ""
    if len(matrix.seeds) < 2:
        why = "one seed says nothing of how far another would differ"
    elif matrix.seeds_of_one_base:
        why = "seeds that share a base say nothing of how far another would differ"
    variance, degrees = nothing, nothing
    if not why:
        variance, degrees = _pooled(matrix, study)
        if not np.isfinite(variance).any():
            why = "no cell has two seeds that are not cut to the scale"
    if why:
        return Shrunken(nothing, nothing, nothing, nothing, nothing, nothing, nothing, why)
    of_mean = variance / np.maximum(matrix.n, 1)
    whole = np.isfinite(matrix.values) & np.isfinite(of_mean)
    values, spread, prior = nothing.copy(), nothing.copy(), nothing.copy()
    differences = matrix.kind in (MatrixKind.DIFFERENCE, MatrixKind.VERSUS)
    groups = [whole] if differences else [whole & ~matrix.trained, whole & matrix.trained]
    for group, additive in zip(groups, (not differences, False), strict=False):
        if group.any():
            prior[group], values[group], spread[group] = _posterior(
                matrix.values, of_mean, group, additive=additive
            )
    # All cells of a target have the same degrees of freedom: one quantile for each.
    half = t_quantile(np.where(np.isfinite(degrees[:1]), degrees[:1], 1)) * spread
    signless = matrix.value_scale is ValueScale.RAW
    return Shrunken(
        values=values,
        low=values - half,
        high=values + half,
        false_sign_rate=nothing if signless else _false_sign(values, spread, degrees),
        prior=prior,
        variance=np.where(whole, variance, np.nan),
        degrees=np.where(whole, degrees, np.nan),
    )


def _pooled(matrix: TransferMatrix, study: Study) -> tuple[FloatArray, FloatArray]:
    """(variance of a seed, its degrees of freedom) of each cell: those of the target's metric."""
    free = ~matrix.clipped.any(axis=0)
    squares = np.nansum((matrix.per_seed - matrix.values) ** 2, axis=0)
    metrics = [study.task(target).metric for target in matrix.targets]
    variance, degrees = (np.full(matrix.values.shape, np.nan) for _ in range(2))
    for metric in dict.fromkeys(metrics):
        columns = np.array([one is metric for one in metrics])
        used = free & columns & (matrix.n > 1)
        freedom = float((matrix.n[used] - 1).sum())
        if freedom > 0:
            variance[:, columns] = squares[used].sum() / freedom
            degrees[:, columns] = freedom
    return variance, degrees


def _posterior(
    values: FloatArray, of_mean: FloatArray, group: BoolArray, *, additive: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(prior, posterior mean, its standard deviation) of the cells of a group, in their order."""
    prior, share, rank = _additive(values, group) if additive else _grand_mean(values, group)
    degrees = int(group.sum()) - rank
    if additive and degrees < _FEWEST_DEGREES:
        prior, share, rank = _grand_mean(values, group)
        degrees = int(group.sum()) - rank
    y, v = values[group], of_mean[group]
    if degrees < _FEWEST_DEGREES:
        # Too few cells to know how far cells differ: they stay as they are.
        return prior, y, np.sqrt(v)
    away = y - prior
    tau = max(0.0, float(away @ away) / degrees - float(v.mean()))
    total = np.maximum(v + tau, np.finfo(float).tiny)
    b = v / total
    estimated = 2 / max(degrees - 2, 1) * b**2 * away**2 * (v.mean() + tau) / total
    return prior, prior + (1 - b) * away, np.sqrt(v * (1 - (1 - share) * b) + estimated)


def _grand_mean(values: FloatArray, group: BoolArray) -> tuple[FloatArray, FloatArray, int]:
    """(prior, share of a cell in its own prior, rank) of one mean for all."""
    y = values[group]
    return np.full(len(y), y.mean()), np.full(len(y), 1 / len(y)), 1


def _additive(values: FloatArray, group: BoolArray) -> tuple[FloatArray, FloatArray, int]:
    """The same of grand mean + row effect + column effect, by least squares over the group.

    Of single sources these are giver and taker effects. By turns over rows and columns, which
    converges at once where few cells are missing. A cell's share in its own prior is that of a
    pattern in which all rows, and all columns, have equally many cells.
    """
    in_row, in_column = group.sum(axis=1, keepdims=True), group.sum(axis=0, keepdims=True)
    known = np.where(group, values, 0.0)
    scale = max(float(np.abs(known).max()), np.finfo(float).tiny)
    known = known / scale
    rows, columns = np.zeros(in_row.shape), np.zeros(in_column.shape)
    for _ in range(_SWEEPS):
        before = rows
        rows = ((known - columns) * group).sum(axis=1, keepdims=True) / np.maximum(in_row, 1)
        columns = ((known - rows) * group).sum(axis=0, keepdims=True) / np.maximum(in_column, 1)
        if np.abs(rows - before).max() < _CONVERGED:
            break
    # Each piece costs one effect.
    labels = pieces_of_cells(group)
    used = np.concatenate([in_row.ravel(), in_column.ravel()]) > 0
    rank = int(used.sum()) - len(np.unique(labels[used]))
    share = (1 / np.maximum(in_row, 1) + 1 / np.maximum(in_column, 1) - 1 / group.sum())[group]
    return ((rows + columns) * scale)[group], share.clip(0.0, 1.0), rank


def _false_sign(values: FloatArray, spread: FloatArray, degrees: FloatArray) -> FloatArray:
    """The probability on the other side of zero; half where nothing is known of the side."""
    from scipy import special

    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.abs(values) / spread
    away = np.where(
        np.isfinite(values) & ~np.isfinite(away), np.where(values == 0, 0, np.inf), away
    )
    if np.nanmin(degrees, initial=np.inf) >= _NEARLY_NORMAL:
        return np.asarray(special.ndtr(-_normal_of(away, degrees)))
    return np.asarray(special.stdtr(degrees, -away))


def _normal_of(t: FloatArray, degrees: FloatArray) -> FloatArray:
    """The normal deviate that is as far out as this t ≥ 0.

    With at least 1,000 degrees of freedom its tail is Student's to 1e-15, in a fifth of the time.

    Source: Hill 1970, Algorithm 395.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        a = degrees - 0.5
        b = 48 * a * a
        y = a * np.log1p(t * t / degrees)
        series = ((-0.4 * y - 3.3) * y - 24) * y - 85.5
        z = np.sqrt(y) * ((series / (0.8 * y * y + 100 + b) + y + 3) / b + 1)
    return np.asarray(np.where(np.isinf(t), np.inf, z))
