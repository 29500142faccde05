"""Cells that are picked because they are large, told as what another set of seeds would show.

The largest of many noisy values is large partly by luck. Each cell is drawn towards what cells like
it are, the more the noisier it is, so that what is picked afterwards is picked honestly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.numerics.intervals import summed_freedom, t_quantile
from core.numerics.student import above, in_spreads
from core.study import Study, ValueScale
from core.transfer.cell_kinds import KindFit, fit_kind
from core.transfer.matrix import MatrixKind, TransferMatrix, mean_present
from core.transfer.seed_variance import (
    no_two_seeds,
    of_unlike,
    pooled_variance,
    without_spread,
)

LEVEL = 0.05
"""A cell's sign is believed where it is wrong with at most this probability."""


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
                     has its own variance
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
    added up); values at the cut of the published scale are left out of it. A cell's mean y over K
    seeds is N(θ, v = s²/K), θ is N(prior, τ²), and τ² = max(0, variance of y about the prior − mean
    v). θ has the mean prior + (1 − B)(y − prior), B = v/(v + τ²). Its variance counts also that the
    prior and τ² are estimated (Morris 1983): v(1 − (1 − h)B) + 2/(d − 2) · B² · (y − prior)² ·
    (mean v + τ²)/(v + τ²), with h what y itself is of its prior and d the degrees of freedom of τ²;
    towards the prior the last part is (1 − B)² · (y − prior)² at most. Interval and sign by
    Student's t with the degrees of freedom of s².

    Where the targets' seeds differ unlike (one more than four times as much as another, and
    p < 0.001 by Bartlett's test of equal variances), one variance would call luck sure and sure
    luck: each target has the variance of its own cells then, and all of this is of values in units
    of its square root, or as they are: by which they are more likely (docs/inference.md).

    Of two studies cells of one seed may go together, as they share a zero that those of the other
    have not: where the mean of all moves more from seed to seed than cells each for itself would
    let it, that much of v is common to them. It is no difference between cells, so it is not drawn
    off: it stays in the variance of each, with the few degrees of freedom of the seeds. What was
    taken off with seeds of another study (`TransferMatrix.subtracted`) adds its own v.

    Trained cells, which are a kind of their own, and the others have each their prior and τ².
    Cells that the scale makes 1 (`one = "diagonal"`) are in none of these numbers.
    Nothing with one seed, where seeds share a base, or where no cell has two seeds.

    Source: docs/methods.md, "Findings chosen because they are large"; Efron & Morris 1975.
    """
    return fit_shrinkage(matrix, study).of_cells(matrix.values, matrix.n, matrix.trained)


@dataclass(frozen=True)
class ShrinkageFit:
    """All that shrinking any cell of a matrix takes, in as many numbers as it has rows and columns.

    variance, degrees: (n_targets,) float64, as in `Shrunken`, NaN = not known. trained, others:
    the two kinds of cells, None where there is none of it; of differences all are the others.
    fixed: (n_sources,) int64, of each row the column of the cell that the scale fixes, -1 = none.
    added: (n_sources, n_targets) float64, the variance of a mean that was taken off with seeds of
    its own, None = no such. unlike: as in `Shrunken`.
    """

    sources: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    variance: FloatArray
    degrees: FloatArray
    trained: KindFit | None
    others: KindFit | None
    fixed: IntArray
    of_differences: bool
    signless: bool
    why: str
    partly: str
    added: FloatArray | None = None
    unlike: bool = False

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
        if self.why:
            return _no_shrunken(values.shape, self.why)
        i = np.arange(len(self.sources)) if rows is None else rows
        j = np.arange(len(self.targets)) if columns is None else columns
        fixed = (self.fixed[i][:, None] == j) & np.isfinite(values)
        variance = np.broadcast_to(self.variance[j], values.shape)
        degrees = self.degrees[j]
        of_mean = variance / np.maximum(n, 1)
        if self.added is not None:
            of_mean = of_mean + self.added[np.ix_(i, j)]
        whole = np.isfinite(values) & np.isfinite(of_mean) & ~fixed
        nothing = np.full(values.shape, np.nan)
        prior, shrunken, below, beyond = (nothing.copy() for _ in range(4))
        apart = np.zeros_like(trained) if self.of_differences else trained
        for group, fitted in ((whole & ~apart, self.others), (whole & apart, self.trained)):
            if fitted is not None and group.any():
                breathe()
                fitted.put(values, of_mean, group, (i, j), (prior, shrunken, below, beyond))
        full = np.broadcast_to(degrees, values.shape)
        quantile, freedom = self._by_kind(j, apart)
        spread = np.where(shrunken > 0, below, beyond)
        some_fixed = bool(fixed.any())

        def unless_fixed(found: FloatArray) -> FloatArray:
            return np.where(fixed, values, found) if some_fixed else found

        return Shrunken(
            values=unless_fixed(shrunken),
            low=unless_fixed(shrunken - quantile * below),
            high=unless_fixed(shrunken + quantile * beyond),
            false_sign_rate=nothing
            if self.signless
            else above(np.abs(in_spreads(shrunken, spread)), freedom),
            prior=unless_fixed(prior),
            variance=np.where(whole, variance, np.nan),
            degrees=np.where(whole, full, np.nan),
            fixed=fixed,
            partly=self.partly,
            unlike=self.unlike,
        )

    def _by_kind(self, columns: IntArray, apart: BoolArray) -> tuple[FloatArray, FloatArray]:
        """(quantile of Student's t, degrees of freedom) of cells; apart: those that are trained.

        All cells of a kind and target have the same: one quantile for each.
        """
        kinds = [
            self.degrees[columns] if fitted is None else fitted.freedom[columns]
            for fitted in (self.others, self.trained)
        ]
        quantiles = [t_quantile(np.where(np.isfinite(one), one, 1)) for one in kinds]
        if not apart.any() or np.array_equal(kinds[0], kinds[1], equal_nan=True):
            shape = apart.shape
            return np.broadcast_to(quantiles[0], shape), np.broadcast_to(kinds[0], shape)
        return np.where(apart, *quantiles[::-1]), np.where(apart, *kinds[::-1])


def _no_shrunken(shape: tuple[int, ...], why: str) -> Shrunken:
    no = np.full(shape, np.nan)
    return Shrunken(no, no, no, no, no, no, no, np.zeros(shape, dtype=bool), why)


def fit_shrinkage(matrix: TransferMatrix, study: Study) -> ShrinkageFit:
    """What `shrink` learns of a matrix before it shrinks the cells."""
    nothing = np.full(len(matrix.targets), np.nan)
    sides = [one for one in (matrix, matrix.subtracted) if one is not None]
    why = next((said for one in sides if (said := _no_other_seed(one))), "")
    partly, added = "", None
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
    if not why and matrix.subtracted is not None:
        pooled = pooled_variance(matrix.subtracted, study, free)
        its_variance, its_degrees, _ = of_unlike(matrix.subtracted, free, *pooled)
        of_other = matrix.subtracted, its_variance, its_degrees
        added, degrees = _both(of_other, (matrix, variance, degrees))
    trained = others = None
    unlike = bool((unit != 1.0).any())
    differences = matrix.kind in (MatrixKind.DIFFERENCE, MatrixKind.VERSUS)
    if not why:
        of_mean = variance / np.maximum(matrix.n, 1) + (0.0 if added is None else added)
        whole = np.isfinite(matrix.values) & np.isfinite(of_mean) & free
        apart = np.zeros_like(matrix.trained) if differences else matrix.trained
        cells = matrix, [unit, np.ones_like(unit)] if unlike else [unit], of_mean, degrees
        others = fit_kind(*cells, whole & ~apart, additive=not differences)
        trained = fit_kind(*cells, whole & apart, additive=False)
    return ShrinkageFit(
        sources=matrix.sources,
        targets=matrix.targets,
        variance=variance,
        degrees=degrees,
        trained=trained,
        others=others,
        fixed=fixed,
        of_differences=differences,
        signless=matrix.value_scale is ValueScale.RAW,
        why=why,
        partly=partly,
        added=added,
        unlike=unlike,
    )


def _no_other_seed(matrix: TransferMatrix) -> str:
    """Why its seeds cannot tell how far another would differ; empty where they can."""
    if len(matrix.seeds) < 2:
        return f"{matrix.one_seed} says nothing of how far another would differ"
    if matrix.seeds_of_one_base:
        return "seeds that share a base say nothing of how far another would differ"
    return ""


_Spread = tuple[TransferMatrix, FloatArray, FloatArray]
"""A matrix, and of each target the variance of a seed and its degrees of freedom."""


def _both(subtracted: _Spread, own: _Spread) -> tuple[FloatArray, FloatArray]:
    """(variance of the mean that was taken off, by cell; degrees of freedom of both, by target)."""
    of_means = [spread / np.maximum(one.n, 1) for one, spread, _ in (subtracted, own)]
    there = (own[0].n > 0) & (subtracted[0].n > 0)
    by_target = [mean_present(np.where(there, one, np.nan), axis=0) for one in of_means]
    return of_means[0], summed_freedom(by_target, (subtracted[2], own[2]))


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
