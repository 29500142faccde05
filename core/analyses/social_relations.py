"""What of a transfer is of the giver, of the taker and of the pair: the social relations model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.analyses.square_transfer import SquareTransfer, with_intervals
from core.numerics.arrays import FloatArray, largest
from core.numerics.graphs import pieces_of_cells
from core.numerics.intervals import Interval

EFFECTS_FROM, VARIANCES_FROM = 3, 4
ROUNDING = 1e-12
LARGEST_R = 1 + 1e-9
"""Beyond it an estimate is none of a correlation; up to it, it is ±1 but for rounding."""
LARGER_COVARIANCE = "covariance larger than the variances allow"
NO_VARIANCE = "a variance is estimated at zero or below"
DESCENTS, RESIDUAL = 60, 1e-14
"""Steps of the descent, and what is left of its residual at the end."""


@dataclass(frozen=True)
class TaskEffects:
    """Giver and taker effect of one task, deviations from the grand mean; NaN = undefined."""

    task: str
    giver: float
    taker: float
    giver_interval: Interval
    taker_interval: Interval


@dataclass(frozen=True)
class SocialRelations:
    """The social relations model of the square of transfers (Warner, Kenny & Stoto 1979).

    pair: (n_tasks, n_tasks) float64, value − giver − taker − grand_mean, diagonal NaN.
    Variances can be estimated as negative and then stay so; NaN = undefined (fewer than 4 tasks,
    or missing cells). `generalized_reciprocity`: do tasks that teach well also learn well?
    `dyadic_reciprocity`: does X→Y above expectation go with Y→X above expectation? It lies within
    ±1 by its formula; the first need not, and what is beyond ±1 is no correlation: NaN, with the
    reason. NaN also where a variance is none but rounding.
    `attenuated_reciprocity`: the same covariance over the spread of the effects, noise in it.
    """

    grand_mean: float
    effects: tuple[TaskEffects, ...]
    pair: FloatArray
    giver_variance: float
    taker_variance: float
    pair_variance: float
    giver_taker_covariance: float
    pair_covariance: float
    generalized_reciprocity: float
    dyadic_reciprocity: float
    attenuated_reciprocity: float

    @property
    def negative_variances(self) -> tuple[str, ...]:
        """Names of the variances whose estimate is below zero."""
        named = {
            "giver": self.giver_variance,
            "taker": self.taker_variance,
            "pair": self.pair_variance,
        }
        return tuple(name for name, value in named.items() if value < 0)

    @property
    def generalized_reason(self) -> str:
        """Why `generalized_reciprocity` is undefined; empty where it is not."""
        if math.isfinite(self.generalized_reciprocity):
            return ""
        if math.isfinite(self.attenuated_reciprocity):
            return LARGER_COVARIANCE
        if math.isfinite(self.giver_variance):
            return NO_VARIANCE
        return f"needs at least {VARIANCES_FROM} tasks and every transfer between them"

    @property
    def generalized_p(self) -> float:
        """Two-sided p of the covariance of giver and taker effects; NaN without both variances.

        NaN also where the covariance is larger than even the spread of the effects. It stays where
        the covariance is too large for an r.

        As of a correlation over the tasks, of the covariance free of the noise of pairs over the
        spread of the effects as they are, noise in it. That of `generalized_reciprocity` itself
        would call half of all studies without any effect a finding: it divides by variances that
        are estimated, and is beyond ±1 where they are small.
        """
        from core.analyses.association.correlation import textbook_p

        if not abs(self.attenuated_reciprocity) <= 1:
            return math.nan
        return textbook_p(self.attenuated_reciprocity, len(self.effects))

    @property
    def dyadic_p(self) -> float:
        """Two-sided p of `dyadic_reciprocity`: F = (1 + r) / (1 − r), between over within pairs.

        Degrees of freedom (n−1)(n−2)/2 − 1 and (n−1)(n−2)/2 (Kenny & La Voie 1984). NaN where r is
        undefined.
        """
        r, n = self.dyadic_reciprocity, len(self.effects)
        if not math.isfinite(r):
            return math.nan
        from scipy import special

        within = (n - 1) * (n - 2) / 2
        # Of F the share x = d₁F / (d₁F + d₂) stays finite at r = ±1.
        share = (within - 1) * (1 + r) / ((within - 1) * (1 + r) + within * (1 - r))
        below = float(special.betainc((within - 1) / 2, within / 2, share))
        return 2 * min(below, 1 - below)


COMPONENTS = (
    "giver_variance",
    "taker_variance",
    "pair_variance",
    "giver_taker_covariance",
    "pair_covariance",
    "generalized_reciprocity",
    "dyadic_reciprocity",
)
"""What the social relations model parts the variance into, and its two reciprocities."""
ATTENUATED = "attenuated_reciprocity"


def social_relations(square: SquareTransfer) -> SocialRelations | None:
    """Giver, taker and pair effects, variances and reciprocities; None below 3 tasks.

    n tasks, row mean R, column mean C, grand mean G, no diagonal:
        giver(X) = (n−1)²/(n(n−2))·R(X) + (n−1)/(n(n−2))·C(X) − (n−1)/(n−2)·G
    and taker(X) the same with R and C exchanged. Where cells are missing the effects are least
    squares (the same where none is) and there are no variances.

    Source: docs/methods.md, "Givers and takers"; Warner, Kenny & Stoto (1979); variances after
    Kenny & La Voie (1984).
    """
    values = square.values
    size = len(values)
    if size < EFFECTS_FROM:
        return None
    grand, effects = _effects(values)
    replicates = [_effects(part.values)[1] for part in square.without_each_seed]
    pair = _left_of(values, grand, effects)
    variances = _variances(values, effects, pair)
    per_task = with_intervals(effects, replicates, square.cut)
    return SocialRelations(
        grand_mean=grand,
        effects=tuple(
            TaskEffects(task, giver, taker, giver_interval, taker_interval)
            for task, ((giver, giver_interval), (taker, taker_interval)) in zip(
                square.tasks, per_task, strict=True
            )
        ),
        pair=pair,
        **variances,
    )


def pair_effects(values: FloatArray) -> FloatArray:
    """(n_tasks, n_tasks): value − giver − taker − grand mean, diagonal NaN.

    NaN below 3 tasks, where a value is missing, and everywhere where the effects are not
    identified. Giver and taker effects as in `social_relations`.
    """
    values = values.copy()
    np.fill_diagonal(values, np.nan)
    if len(values) < EFFECTS_FROM:
        return np.full(values.shape, np.nan)
    grand, effects = _effects(values)
    return _left_of(values, grand, effects)


def _left_of(values: FloatArray, grand: float, effects: FloatArray) -> FloatArray:
    return np.asarray(values - effects[:, [0]] - effects[:, 1][None, :] - grand)


def _effects(values: FloatArray) -> tuple[float, FloatArray]:
    """(grand mean, (n_tasks, 2) giver and taker effects); NaN where not identified."""
    n = len(values)
    if not _is_complete(values):
        return _least_squares_effects(values)
    known = values.copy()
    np.fill_diagonal(known, 0.0)
    row, column = (known.sum(axis=axis) / (n - 1) for axis in (1, 0))
    grand = float(row.mean())
    own, cross = (n - 1) ** 2 / (n * (n - 2)), (n - 1) / (n * (n - 2))
    centre = (n - 1) / (n - 2) * grand
    return grand, np.stack(
        [own * row + cross * column - centre, own * column + cross * row - centre], axis=1
    )


def _is_complete(values: FloatArray) -> bool:
    """Whether nothing is missing but the diagonal, which is NaN."""
    return int(np.isfinite(values).sum()) == values.size - len(values)


def _least_squares_effects(values: FloatArray) -> tuple[float, FloatArray]:
    """Effects that sum to zero, fitted to the cells there are.

    By the normal equations of value = row + column, the rows eliminated: n unknowns however many
    cells; the design matrix itself would take gigabytes at 1,000 tasks.
    """
    n = len(values)
    present = np.isfinite(values)
    # The effects are identified if and only if rows and columns are in one piece.
    if pieces_of_cells(present).any():
        return math.nan, np.full((n, 2), np.nan)
    there = present.astype(np.float64)
    known = np.where(present, values, 0.0)
    # Of extreme scores the sums would overflow; the effects scale with the values.
    scale = max(np.abs(known).max(), np.finfo(float).tiny)
    known = known / scale
    in_row, in_column = there.sum(axis=1), there.sum(axis=0)
    of_row = known.sum(axis=1)
    right = known.sum(axis=0) - there.T @ (of_row / in_row)
    column = _by_descent(there, in_row, in_column, right)
    if column is None:
        column = _directly(there, in_row, in_column, right)
    column = column - column.mean()
    row = (of_row - there @ column) / in_row
    grand = row.mean()
    return float(grand * scale), np.stack([row - grand, column], axis=1) * scale


def _by_descent(
    there: FloatArray, in_row: FloatArray, in_column: FloatArray, right: FloatArray
) -> FloatArray | None:
    """The column effects by conjugate gradients, exact but for rounding; None where it is slow.

    Where few cells are missing the eigenvalues lie together, and some ten steps of n² do what a
    factorization does in n³. Of (D_c − Nᵀ D_r⁻¹ N) · column = right; N: (n, n), 1 where a cell is.
    """
    found = np.zeros(len(right))
    rest = right.copy()
    step = rest / in_column
    size = float(rest @ step)
    enough = size * RESIDUAL**2
    for _ in range(DESCENTS):
        if size <= enough:
            return found
        along = in_column * step - there.T @ ((there @ step) / in_row)
        curve = float(step @ along)
        if curve <= 0:
            return None  # all that is left is rounding
        far = size / curve
        found += far * step
        rest -= far * along
        scaled = rest / in_column
        before, size = size, float(rest @ scaled)
        step = scaled + size / before * step
    return None


def _directly(
    there: FloatArray, in_row: FloatArray, in_column: FloatArray, right: FloatArray
) -> FloatArray:
    """The same by a factorization; the ones are the constraint that the effects sum to zero."""
    from scipy import linalg

    n = len(right)
    normal = np.diag(in_column) - there.T @ (there / in_row[:, None]) + np.ones((n, n))
    return np.asarray(linalg.solve(normal, right, assume_a="pos"))


def _variances(values: FloatArray, effects: FloatArray, pair: FloatArray) -> dict[str, float]:
    """Variance components and reciprocities of a complete square of at least 4 tasks."""
    n = len(values)
    if n < VARIANCES_FROM or not _is_complete(values):
        return dict.fromkeys((*COMPONENTS, ATTENUATED), math.nan)
    # In units of the largest value: squares of values near 1e±155 would leave the range of floats.
    scale = np.float64(largest(values))
    pair, effects = pair / scale, effects / scale
    np.fill_diagonal(pair, 0.0)
    both_ways, difference = (pair + pair.T).ravel(), (pair - pair.T).ravel()
    pairs = (n - 1) * (n - 2) / 2
    # Each pair stands twice in either: the mean of both ways is half of the first.
    between = float(both_ways @ both_ways) / 4 / (pairs - 1)
    within = float(difference @ difference) / 4 / pairs
    relation, covariance = (between + within) / 2, (between - within) / 2
    cov = np.cov(effects.T)
    own, cross = (n - 1) / (n * (n - 2)), 1 / (n * (n - 2))
    giver = float(cov[0, 0]) - own * relation - cross * covariance
    taker = float(cov[1, 1]) - own * relation - cross * covariance
    both = float(cov[0, 1]) - own * covariance - cross * relation
    # What is left of values that are the same but for rounding is no variance.
    least = ROUNDING**2
    giver, taker, relation = (0.0 if abs(v) <= least else v for v in (giver, taker, relation))
    generalized = dyadic = attenuated = math.nan
    if giver > least and taker > least:
        generalized = both / math.sqrt(giver * taker)
        # Cut to ±1 it would read as the closest relation there can be.
        generalized = _within_one(generalized) if abs(generalized) <= LARGEST_R else math.nan
        attenuated = both / math.sqrt(float(cov[0, 0]) * float(cov[1, 1]))
        attenuated = _within_one(attenuated) if abs(attenuated) <= LARGEST_R else attenuated
    if relation > least:
        dyadic = _within_one(covariance / relation)
    with np.errstate(over="ignore", under="ignore"):
        sizes = np.array([giver, taker, relation, both, covariance]) * scale * scale
    found = dict(zip(COMPONENTS, (*sizes.tolist(), generalized, dyadic), strict=True))
    return {**found, ATTENUATED: attenuated}


def _within_one(r: float) -> float:
    """What is beyond ±1 by rounding is ±1."""
    return min(max(r, -1.0), 1.0)
