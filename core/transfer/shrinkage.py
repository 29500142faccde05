"""Cells that are picked because they are large, told as what another set of seeds would show.

The largest of many noisy values is large partly by luck. Each cell is drawn towards what cells like
it are, the more the noisier it is, so that what is picked afterwards is picked honestly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.graphs import pieces_of_cells
from core.numerics.intervals import t_quantile
from core.numerics.student import above, in_spreads
from core.study import Study, ValueScale
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.seed_variance import (
    no_two_seeds,
    of_unlike,
    pooled_variance,
    without_spread,
)

LEVEL = 0.05
"""A cell's sign is believed where it is wrong with at most this probability."""

_SWEEPS = 500
_CONVERGED = 1e-13
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
    variance:        of one seed about a cell's mean, pooled over all cells of the target's metric,
                     or of the target where `unlike`
    degrees:         of freedom of that variance
    fixed:           bool, 1 by definition (0 of a difference of two methods): the cell stays what
                     it is, its sign is no finding, and nothing is learnt from it
    partly:          why there is nothing of some targets; empty where there is of all
    unlike:          seeds of some targets differ far more than those of others, so that each target
                     has its own variance, and what cells are like is told in units of it
    """

    values: FloatArray
    low: FloatArray
    high: FloatArray
    false_sign_rate: FloatArray
    prior: FloatArray
    variance: FloatArray
    degrees: FloatArray
    fixed: BoolArray
    why: str = ""
    partly: str = ""
    unlike: bool = False

    @property
    def known(self) -> bool:
        """Is there anything?"""
        return not self.why

    @property
    def trusted(self) -> BoolArray:
        """(n_sources, n_targets) bool: cells whose sign is wrong with at most 5 %."""
        return self.false_sign_rate <= LEVEL

    @property
    def judged(self) -> BoolArray:
        """(n_sources, n_targets) bool: cells that could be `trusted`; not those that are fixed."""
        return np.isfinite(self.false_sign_rate)

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

    Where the targets' seeds differ unlike (one more than four times as much as another, and
    p < 0.001 by Bartlett's test of equal variances), one variance would call luck sure and sure
    luck: each target has the variance of its own cells then, and all of this is of values in units
    of its square root (docs/inference.md has the simulations).

    Trained cells, which are a kind of their own, and the others have each their prior and τ².
    Cells that the scale makes 1 (`one = "diagonal"`) are in none of these numbers.
    Nothing with one seed, where seeds share a base, or where no cell has two seeds.

    Source: docs/methods.md, "Findings chosen because they are large"; Efron & Morris 1975.
    """
    return fit_shrinkage(matrix, study).of_cells(matrix.values, matrix.n, matrix.trained)


@dataclass(frozen=True)
class GroupFit:
    """What cells of one kind are like, and how far they differ.

    The prior of a cell is rows + columns: (n_sources,) and (n_targets,) float64, on the matrix'
    scale; its share in its own prior is row_share + column_share − less, of the same shapes.
    degrees: of freedom of τ², below 3 too few for it, and cells stay as they are. tau: τ². noise:
    the mean v.
    """

    rows: FloatArray
    columns: FloatArray
    row_share: FloatArray
    column_share: FloatArray
    less: float
    degrees: int
    tau: float
    noise: float

    def posterior(
        self, y: FloatArray, v: FloatArray, prior: FloatArray, share: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """(posterior mean, its standard deviation) of cells of this kind; all (n,)."""
        if self.degrees < _FEWEST_DEGREES:
            # Too few cells to know how far cells differ: they stay as they are.
            return y, np.sqrt(v)
        away = y - prior
        total = np.maximum(v + self.tau, np.finfo(float).tiny)
        b = v / total
        least = max(self.degrees - 2, 1)
        estimated = 2 / least * b**2 * away**2 * (self.noise + self.tau) / total
        return prior + (1 - b) * away, np.sqrt(v * (1 - (1 - share) * b) + estimated)

    def put(
        self,
        y: FloatArray,
        v: FloatArray,
        group: BoolArray,
        at: tuple[IntArray, IntArray],
        into: tuple[FloatArray, FloatArray, FloatArray],
    ) -> None:
        """Write prior, posterior mean and standard deviation of the cells of a group.

        y, v, group and each of `into`: (n_rows, n_columns); at: positions of those rows, columns.
        """
        rows, columns = at
        # Of most cells all are made and then chosen: picking takes longer than making.
        some = group if 2 * np.count_nonzero(group) < group.size else np.s_[:]
        like = (self.rows[rows][:, None] + self.columns[columns])[some]
        share = (self.row_share[rows][:, None] + self.column_share[columns] - self.less)[some]
        with np.errstate(over="ignore", invalid="ignore"):
            made = self.posterior(y[some], v[some], like, share.clip(0.0, 1.0))
        for values, found in zip(into, (like, *made), strict=True):
            if some is group:
                values[group] = found
            else:
                np.copyto(values, found, where=group)


@dataclass(frozen=True)
class ShrinkageFit:
    """All that shrinking any cell of a matrix takes, in as many numbers as it has rows and columns.

    variance, degrees: (n_targets,) float64, as in `Shrunken`, NaN = not known. unit: (n_targets,)
    float64, what a target's values are counted in by `trained` and `others`. These are
    the two kinds of cells, None where there is none of it; of differences all are the others.
    fixed: (n_sources,) int64, of each row the column of the cell that the scale fixes, -1 = none.
    """

    sources: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    variance: FloatArray
    degrees: FloatArray
    unit: FloatArray
    trained: GroupFit | None
    others: GroupFit | None
    fixed: IntArray
    of_differences: bool
    signless: bool
    why: str
    partly: str

    def of_cells(
        self,
        values: FloatArray,
        n: IntArray,
        trained: BoolArray,
        *,
        rows: IntArray | None = None,
        columns: IntArray | None = None,
    ) -> Shrunken:
        """The cells of these rows and columns (positions; None = all), shrunken.

        values, n, trained: (n_rows, n_columns) of `TransferMatrix`.
        """
        nothing = np.full(values.shape, np.nan)
        if self.why:
            none = np.zeros(values.shape, dtype=bool)
            return Shrunken(
                nothing, nothing, nothing, nothing, nothing, nothing, nothing, none, self.why
            )
        i = np.arange(len(self.sources)) if rows is None else rows
        j = np.arange(len(self.targets)) if columns is None else columns
        fixed = (self.fixed[i][:, None] == j) & np.isfinite(values)
        variance = np.broadcast_to(self.variance[j], values.shape)
        degrees = self.degrees[j]
        of_mean = variance / np.maximum(n, 1)
        whole = np.isfinite(values) & np.isfinite(of_mean) & ~fixed
        shrunken, spread, prior = nothing.copy(), nothing.copy(), nothing.copy()
        apart = np.zeros_like(trained) if self.of_differences else trained
        unit, counted = self.unit[j], values
        if self.unlike:
            counted, of_mean = values / unit, of_mean / unit**2
        for group, fitted in ((whole & ~apart, self.others), (whole & apart, self.trained)):
            if fitted is not None and group.any():
                fitted.put(counted, of_mean, group, (i, j), (prior, shrunken, spread))
        if self.unlike:
            shrunken, spread, prior = shrunken * unit, spread * unit, prior * unit
        # All cells of a target have the same degrees of freedom: one quantile for each.
        half = t_quantile(np.where(np.isfinite(degrees), degrees, 1)) * spread
        full = np.broadcast_to(degrees, values.shape)
        return Shrunken(
            values=np.where(fixed, values, shrunken),
            low=np.where(fixed, values, shrunken - half),
            high=np.where(fixed, values, shrunken + half),
            false_sign_rate=nothing
            if self.signless
            else above(np.abs(in_spreads(shrunken, spread)), full),
            prior=np.where(fixed, values, prior),
            variance=np.where(whole, variance, np.nan),
            degrees=np.where(whole, full, np.nan),
            fixed=fixed,
            partly=self.partly,
            unlike=self.unlike,
        )

    @property
    def unlike(self) -> bool:
        """Does each target have a variance of its own?"""
        return bool((self.unit != 1.0).any())


def fit_shrinkage(matrix: TransferMatrix, study: Study) -> ShrinkageFit:
    """What `shrink` learns of a matrix before it shrinks the cells."""
    nothing = np.full(len(matrix.targets), np.nan)
    why = partly = ""
    if len(matrix.seeds) < 2:
        why = "one seed says nothing of how far another would differ"
    elif matrix.seeds_of_one_base:
        why = "seeds that share a base say nothing of how far another would differ"
    variance, degrees, unit = nothing, nothing, np.ones(len(matrix.targets))
    fixed = _fixed(matrix, study)
    free = fixed[:, None] != np.arange(len(matrix.targets))
    if not why:
        variance, degrees = pooled_variance(matrix, study, free)
        if not np.isfinite(variance).any():
            why = no_two_seeds(matrix, free, "" if free.all() else " that the scale leaves free")
        else:
            partly = without_spread(matrix, variance, free)
            variance, degrees, unit = of_unlike(matrix, free, variance, degrees)
    trained = others = None
    differences = matrix.kind in (MatrixKind.DIFFERENCE, MatrixKind.VERSUS)
    if not why:
        of_mean = variance / np.maximum(matrix.n, 1)
        whole = np.isfinite(matrix.values) & np.isfinite(of_mean) & free
        apart = np.zeros_like(matrix.trained) if differences else matrix.trained
        values, of_mean = matrix.values / unit, of_mean / unit**2
        others = _fit_group(values, of_mean, whole & ~apart, additive=not differences)
        trained = _fit_group(values, of_mean, whole & apart, additive=False)
    return ShrinkageFit(
        sources=matrix.sources,
        targets=matrix.targets,
        variance=variance,
        degrees=degrees,
        unit=unit,
        trained=trained,
        others=others,
        fixed=fixed,
        of_differences=differences,
        signless=matrix.value_scale is ValueScale.RAW,
        why=why,
        partly=partly,
    )


def by_definition(matrix: TransferMatrix, study: Study) -> BoolArray:
    """(n_sources, n_targets) bool: cells with a value that the scale fixes; none is a finding."""
    fixed = _fixed(matrix, study)[:, None] == np.arange(len(matrix.targets))
    return np.asarray(fixed & np.isfinite(matrix.values))


def _fixed(matrix: TransferMatrix, study: Study) -> IntArray:
    """(n_sources,) int64: of each row the column of the cell that the scale fixes, -1 = none.

    With `one = "diagonal"` a task trained alone is 1 on itself with every seed, whatever was
    measured, and two methods there are no way apart. A prediction is on the scale of another run.
    """
    fixed = np.full(len(matrix.sources), -1, dtype=np.int64)
    if matrix.kind not in (MatrixKind.ACTUAL, MatrixKind.VERSUS):
        return fixed
    if matrix.value_scale is not ValueScale.NORMALIZED:
        return fixed
    column = {t: j for j, t in enumerate(matrix.targets) if study.task(t).one == "diagonal"}
    for i, sources in enumerate(matrix.sources if column else ()):
        if len(sources) == 1:
            fixed[i] = column.get(sources[0], -1)
    return fixed


def _fit_group(
    values: FloatArray, of_mean: FloatArray, group: BoolArray, *, additive: bool
) -> GroupFit | None:
    """Prior and τ² of the cells of a group; None where it has none."""
    if not group.any():
        return None
    prior, rank = _additive(values, group) if additive else _grand_mean(values, group)
    degrees = int(group.sum()) - rank
    if additive and degrees < _FEWEST_DEGREES:
        prior, rank = _grand_mean(values, group)
        degrees = int(group.sum()) - rank
    if degrees < _FEWEST_DEGREES:
        return replace(prior, degrees=degrees)
    away = values[group] - (prior.rows[:, None] + prior.columns)[group]
    noise = float(of_mean[group].mean())
    tau = max(0.0, float(away @ away) / degrees - noise)
    return replace(prior, degrees=degrees, tau=tau, noise=noise)


def _grand_mean(values: FloatArray, group: BoolArray) -> tuple[GroupFit, int]:
    """(prior, rank) of one mean for all; τ² is not known yet."""
    y = values[group]
    n_rows, n_columns = values.shape
    return (
        GroupFit(
            rows=np.full(n_rows, y.mean()),
            columns=np.zeros(n_columns),
            row_share=np.full(n_rows, 1 / len(y)),
            column_share=np.zeros(n_columns),
            less=0.0,
            degrees=0,
            tau=0.0,
            noise=0.0,
        ),
        1,
    )


def _additive(values: FloatArray, group: BoolArray) -> tuple[GroupFit, int]:
    """The same of grand mean + row effect + column effect, by least squares over the group.

    Of single sources these are giver and taker effects. By turns over rows and columns, which
    converges at once where few cells are missing. A cell's share in its own prior is that of a
    pattern in which all rows, and all columns, have equally many cells.
    """
    in_row, in_column = group.sum(axis=1), group.sum(axis=0)
    known = np.where(group, values, 0.0)
    scale = max(float(np.abs(known).max()), np.finfo(float).tiny)
    known = known / scale
    of_row, of_column = known.sum(axis=1), known.sum(axis=0)
    there = group.astype(np.float64)
    rows, columns = np.zeros(len(known)), np.zeros(known.shape[1])
    for _ in range(_SWEEPS):
        before = rows
        rows = (of_row - there @ columns) / np.maximum(in_row, 1)
        columns = (of_column - rows @ there) / np.maximum(in_column, 1)
        if np.abs(rows - before).max() < _CONVERGED:
            break
    # Each piece costs one effect.
    labels = pieces_of_cells(group)
    used = np.concatenate([in_row, in_column]) > 0
    return (
        GroupFit(
            rows=rows * scale,
            columns=columns * scale,
            row_share=1 / np.maximum(in_row, 1),
            column_share=1 / np.maximum(in_column, 1),
            less=float(1 / group.sum()),
            degrees=0,
            tau=0.0,
            noise=0.0,
        ),
        int(used.sum()) - len(np.unique(labels[used])),
    )
