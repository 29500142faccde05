"""What cells of one kind are like: their prior, how far they differ, what they have in common.

`core.transfer.shrinkage` draws each cell towards it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.graphs import pieces_of_cells
from core.numerics.interrupt import breathe
from core.numerics.intervals import summed_freedom
from core.transfer.matrix import TransferMatrix, mean_present

_SWEEPS = 500
_CONVERGED = 1e-13
_FEWEST_DEGREES = 3
"""Below so many degrees of freedom for the spread of cells nothing can be said of it."""


@dataclass(frozen=True)
class KindFit:
    """What cells of one kind are like, and how far they differ.

    unit: (n_targets,) float64, what the values of a target are counted in here, v in its square.
    The prior of a cell is rows + columns: (n_sources,) and (n_targets,) float64; its share in its
    own prior is row_share + column_share − less, of the same shapes. degrees: of freedom of τ²,
    below 3 too few for it, and cells stay as they are. tau: τ². noise: the mean of what is each
    cell's own of v. common: the share of v that all cells have in common. freedom: (n_targets,)
    float64, of the variance of a cell that was drawn to its prior.
    """

    rows: FloatArray
    columns: FloatArray
    row_share: FloatArray
    column_share: FloatArray
    less: float
    degrees: int
    tau: float
    noise: float
    freedom: FloatArray
    unit: FloatArray
    common: float = 0.0

    def posterior(
        self, y: FloatArray, v: FloatArray, prior: FloatArray, share: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(posterior mean, its standard deviation below and above) of cells of this kind; (n,)."""
        if self.degrees < _FEWEST_DEGREES:
            # Too few cells to know how far cells differ: they stay as they are.
            return y, np.sqrt(v), np.sqrt(v)
        breathe()
        away = y - prior
        own = v * (1 - self.common) if self.common else v
        total = np.maximum(own + self.tau, np.finfo(float).tiny)
        b = own / total
        least = max(self.degrees - 2, 1)
        estimated = 2 / least * b**2 * away**2 * (self.noise + self.tau) / total
        variance = own * (1 - (1 - share) * b)
        if self.common:
            variance = variance + v * self.common
        # However wrong τ² is, what is true of the cell lies on this side of its prior: towards it
        # there is no more room than that. Else what was measured farther out would be less sure.
        breathe()
        room = np.minimum(estimated, ((1 - b) * away) ** 2)
        up = away > 0
        below, above = (
            np.sqrt(variance + np.where(outwards, estimated, room)) for outwards in (~up, up)
        )
        return prior + (1 - b) * away, below, above

    def put(
        self,
        y: FloatArray,
        v: FloatArray,
        group: BoolArray,
        at: tuple[IntArray, IntArray],
        into: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    ) -> None:
        """Write prior, posterior mean and its deviations below and above of the cells of a group.

        y, v, group and each of `into`: (n_rows, n_columns), on the matrix' scale; at: positions of
        those rows, columns.
        """
        rows, columns = at
        unit = self.unit[columns]
        is_counted = bool((unit != 1.0).any())
        if is_counted:
            y, v = y / unit, v / unit**2
        # Of most cells all are made and then chosen: picking takes longer than making.
        some = group if 2 * np.count_nonzero(group) < group.size else np.s_[:]
        like = (self.rows[rows][:, None] + self.columns[columns])[some]
        breathe()
        share = (self.row_share[rows][:, None] + self.column_share[columns] - self.less)[some]
        with np.errstate(over="ignore", invalid="ignore"):
            made = self.posterior(y[some], v[some], like, share.clip(0.0, 1.0))
        for values, found in zip(into, (like, *made), strict=True):
            breathe()
            if is_counted:
                found = found * np.broadcast_to(unit, group.shape)[some]
            if some is group:
                values[group] = found
            else:
                np.copyto(values, found, where=group)

    def log_likelihood(self, y: FloatArray, v: FloatArray, group: BoolArray) -> float:
        """How likely the values of a group's cells are, but for a constant; as in `put`."""
        told = group & (v > 0)
        if 2 * np.count_nonzero(told) < told.size:
            i, j = np.nonzero(told)
            away = y[i, j] / self.unit[j] - self.rows[i] - self.columns[j]
            own = v[i, j] / self.unit[j] ** 2
        else:
            away = (_counted(y, self.unit) - self.rows[:, None] - self.columns)[told]
            own = _counted(v, self.unit**2)[told]
        total = own * (1 - self.common) + self.tau
        in_units = -0.5 * float((np.log(total) + away**2 / total).sum())
        return in_units - float(told.sum(axis=0) @ np.log(self.unit))


def fit_kind(
    matrix: TransferMatrix,
    units: Sequence[FloatArray],
    of_mean: FloatArray,
    freedom: FloatArray,
    group: BoolArray,
    *,
    additive: bool,
) -> KindFit | None:
    """Prior, τ² and what is common of the cells of a group; None where it has none.

    units: (n_targets,) each, what the values of a target may be counted in; that by which they are
    most likely is. Of targets on scales of their own true differences are as much larger as the
    noise of their seeds is; but where one target alone is quiet and differs as the others do, in
    such units all would look as far apart as it, and the luck of the others would stay.

    of_mean: (n_sources, n_targets), v. freedom: (n_targets,), of v.
    """
    if not group.any():
        return None
    fits = [
        _fit_in(unit, matrix, _counted(of_mean, unit**2), freedom, group, additive=additive)
        for unit in units
    ]
    if len(fits) == 1 or fits[0].degrees < _FEWEST_DEGREES:
        return fits[0]
    return max(fits, key=lambda fit: fit.log_likelihood(matrix.values, of_mean, group))


def _counted(values: FloatArray, unit: FloatArray) -> FloatArray:
    """values / unit, themselves where that changes nothing; (n_sources, n_targets), (n_targets,)"""
    return np.asarray(values / unit) if (unit != 1.0).any() else values


def _fit_in(
    unit: FloatArray,
    matrix: TransferMatrix,
    of_mean: FloatArray,
    freedom: FloatArray,
    group: BoolArray,
    *,
    additive: bool,
) -> KindFit:
    """The same of values in one unit, in whose squares v is."""
    values = _counted(matrix.values, unit)
    prior, rank = _additive(values, group) if additive else _grand_mean(values, group)
    degrees = int(group.sum()) - rank
    if additive and degrees < _FEWEST_DEGREES:
        additive = False
        prior, rank = _grand_mean(values, group)
        degrees = int(group.sum()) - rank
    if degrees < _FEWEST_DEGREES:
        return replace(prior, degrees=degrees, freedom=freedom, unit=unit)
    common, of_common = 0.0, 1.0
    if matrix.subtracted is not None and not additive:
        common, of_common = _in_common(matrix, unit, of_mean, group)
    breathe()
    away = values[group] - (prior.rows[:, None] + prior.columns)[group]
    noise = float(of_mean[group].mean()) * (1 - common)
    tau = max(0.0, float(away @ away) / degrees - noise)
    fitted = replace(prior, degrees=degrees, tau=tau, noise=noise, freedom=freedom, unit=unit)
    if not common:
        return fitted
    v = mean_present(np.where(group, of_mean, np.nan), axis=0)
    own = v * (1 - common)
    b = own / np.maximum(own + tau, np.finfo(float).tiny)
    share = prior.row_share[0] + prior.column_share - prior.less
    joint = summed_freedom((v * common, own * (1 - (1 - share) * b)), (of_common, freedom))
    return replace(fitted, freedom=joint, common=common)


def _in_common(
    matrix: TransferMatrix, unit: FloatArray, of_mean: FloatArray, group: BoolArray
) -> tuple[float, float]:
    """(share of v that all cells of a group have in common, its degrees of freedom).

    Of two studies: what a seed moves in all cells of one, such as its zero, the other has not,
    while two methods of a study, or a run and its prediction, have it from one base. The
    variance of the group's mean over seeds, v/n of n cells that have nothing in common; what is
    above it is common to them. Cells with one seed cannot tell.
    """
    variances, degrees = [], []
    sides = [one for one in (matrix, matrix.subtracted) if one is not None]
    telling = group & np.all([one.n > 1 for one in sides], axis=0)
    n = int(telling.sum())
    if n < 2:
        return 0.0, 1.0
    for one in sides:
        away = np.where(telling, (one.per_seed - one.values) / unit / np.maximum(one.n, 1), 0.0)
        moved = np.where(np.isfinite(away), away, 0.0).sum(axis=(1, 2)) / n
        seeds = int(np.isfinite(one.per_seed[:, telling]).any(axis=1).sum())
        variances.append(float(moved @ moved) * seeds / (seeds - 1))
        degrees.append(seeds - 1.0)
    alone = float(of_mean[telling].mean())
    if not alone:
        return 0.0, 1.0
    share = (sum(variances) / alone - 1 / n) / (1 - 1 / n)
    return min(max(share, 0.0), 1.0), float(summed_freedom(variances, degrees))


def _grand_mean(values: FloatArray, group: BoolArray) -> tuple[KindFit, int]:
    """(prior, rank) of one mean for all; τ² is not known yet."""
    y = values[group]
    n_rows, n_columns = values.shape
    return (
        KindFit(
            rows=np.full(n_rows, y.mean()),
            columns=np.zeros(n_columns),
            row_share=np.full(n_rows, 1 / len(y)),
            column_share=np.zeros(n_columns),
            less=0.0,
            degrees=0,
            tau=0.0,
            noise=0.0,
            freedom=np.full(n_columns, np.nan),
            unit=np.ones(n_columns),
        ),
        1,
    )


def _additive(values: FloatArray, group: BoolArray) -> tuple[KindFit, int]:
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
        KindFit(
            rows=rows * scale,
            columns=columns * scale,
            row_share=1 / np.maximum(in_row, 1),
            column_share=1 / np.maximum(in_column, 1),
            less=float(1 / group.sum()),
            degrees=0,
            tau=0.0,
            noise=0.0,
            freedom=np.full(known.shape[1], np.nan),
            unit=np.ones(known.shape[1]),
        ),
        int(used.sum()) - len(np.unique(labels[used])),
    )
