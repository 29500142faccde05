"""Givers and takers: sums of transfer given and received, and the social relations model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.analyses.analysis import INCLUDED, Analysis
from core.analyses.columns import Column, ColumnKind, frame_of
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import TransferQuery, included_tasks
from core.numerics.arrays import FloatArray, largest
from core.numerics.graphs import pieces_of_cells
from core.numerics.intervals import NO_INTERVAL, Interval, ResamplingUnit, jackknife_interval
from core.study import Study, ValueScale
from core.transfer.matrix import TransferMatrix, mean_present

if TYPE_CHECKING:
    import pandas as pd

EFFECTS_FROM, VARIANCES_FROM = 3, 4
ROUNDING = 1e-12
DESCENTS, RESIDUAL = 60, 1e-14
"""Steps of the descent, and what is left of its residual at the end."""


@dataclass(frozen=True)
class SquareTransfer:
    """Single-source transfer among the tasks that are both source and target.

    per_seed: (n_seeds, n_tasks, n_tasks) float64, row source, column target; the diagonal (a
    task on itself) is ignored, NaN = missing. one_base: some of the seeds share their base, so
    that nothing has an interval over seeds.
    """

    tasks: tuple[str, ...]
    per_seed: FloatArray
    one_base: bool = False

    @cached_property
    def values(self) -> FloatArray:
        """(n_tasks, n_tasks) float64: mean over seeds, diagonal NaN."""
        values = mean_present(self.per_seed, axis=0)
        np.fill_diagonal(values, np.nan)
        values.setflags(write=False)
        return values

    @cached_property
    def without_each_seed(self) -> tuple[SquareTransfer, ...]:
        """The square with each seed left out in turn; nothing with one seed, or with one base.

        A seed without any value of a task on another (all its runs failed) is no seed.
        """
        others = ~np.eye(len(self.tasks), dtype=bool)
        known = self.per_seed[np.isfinite(self.per_seed[:, others]).any(axis=1)]
        if len(known) < 2 or self.one_base:
            return ()
        return tuple(
            SquareTransfer(self.tasks, np.delete(known, at, axis=0)) for at in range(len(known))
        )


@dataclass(frozen=True)
class TaskBalance:
    """What one task gives and receives, in normalized improvement summed over the others.

    given: Σ over Y≠X of X→Y; received: Σ over Y≠X of Y→X; net = given − received. NaN where the
    task is not both source and target. `given_of`, `received_of`: how many cells each sum is
    over; below `full` the sum is their mean times `full`. Intervals over seeds.
    """

    task: str
    given: float
    received: float
    net: float
    given_of: int
    received_of: int
    full: int
    given_interval: Interval
    received_interval: Interval
    net_interval: Interval

    @property
    def estimated(self) -> bool:
        """A sum stands for cells that are missing."""
        return 0 < self.given_of < self.full or 0 < self.received_of < self.full


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
    `dyadic_reciprocity`: does X→Y above expectation go with Y→X above expectation? Of few tasks
    the estimates can lie beyond ±1 and are then ±1; NaN where a variance is none but rounding.
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
    def generalized_p(self) -> float:
        """Two-sided p of `generalized_reciprocity`, as of a correlation over the tasks.

        Approximate: r is freed of the noise of pairs, so that p is a little too small. NaN where r
        is undefined.
        """
        from core.analyses.association.correlation import textbook_p

        r = self.generalized_reciprocity
        return textbook_p(r, len(self.effects)) if math.isfinite(r) else math.nan

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


@dataclass(frozen=True)
class BalanceRow:
    """All that is known of one task: its sums, and its effects where the model has any."""

    sums: TaskBalance
    effects: TaskEffects | None


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

SUM, EFFECT = "sum of {measure}", "{measure}"
COLUMNS = (
    Column("task", "Task", lambda row: row.sums.task, kind=ColumnKind.TEXT),
    Column(
        "given",
        "Given",
        lambda row: row.sums.given,
        unit=SUM,
        interval=lambda row: row.sums.given_interval,
        estimated=lambda row: row.sums.given_of < row.sums.full,
    ),
    Column(
        "received",
        "Received",
        lambda row: row.sums.received,
        unit=SUM,
        interval=lambda row: row.sums.received_interval,
        estimated=lambda row: row.sums.received_of < row.sums.full,
    ),
    Column(
        "net",
        "Net",
        lambda row: row.sums.net,
        unit=SUM,
        signed=True,
        interval=lambda row: row.sums.net_interval,
        estimated=lambda row: row.sums.estimated,
        help="net",
    ),
    Column(
        "giver",
        "Giver effect",
        lambda row: row.effects.giver if row.effects else math.nan,
        unit=EFFECT,
        signed=True,
        interval=lambda row: row.effects.giver_interval if row.effects else NO_INTERVAL,
        help="effects",
        why_empty="effects need at least 3 tasks",
    ),
    Column(
        "taker",
        "Taker effect",
        lambda row: row.effects.taker if row.effects else math.nan,
        unit=EFFECT,
        signed=True,
        interval=lambda row: row.effects.taker_interval if row.effects else NO_INTERVAL,
        help="effects",
        why_empty="effects need at least 3 tasks",
    ),
)
"""What is known of a task; the command line, files, the page, hover and panel all read it."""
RAW_TITLES = {
    "given": "Sum as source",
    "received": "Sum as target",
    "net": "Difference of sums",
}
"""What sums are called where scores are as they were given: nobody gives anything there."""


@dataclass(frozen=True)
class Balance:
    """Givers and takers of one method; `tasks` in manifest order.

    seeds_of_one_base: seeds that share their base; where there are any, no interval is.
    raw: of scores as they were given (errors with their sign turned). Their sums say how hard the
    targets are rather than what is given: effects come first.
    """

    method: str
    seeds: tuple[int, ...]
    tasks: tuple[TaskBalance, ...]
    social_relations: SocialRelations | None
    seeds_of_one_base: tuple[int, ...] = ()
    raw: bool = False

    @property
    def rows(self) -> tuple[BalanceRow, ...]:
        """One a task, in manifest order."""
        model = self.social_relations
        effects = {effect.task: effect for effect in model.effects} if model else {}
        return tuple(BalanceRow(task, effects.get(task.task)) for task in self.tasks)

    def columns(self, measure: str = "normalized improvement") -> tuple[Column, ...]:
        """All columns there are; measure: what the values are, for the units."""
        shown = tuple(replace(one, unit=one.unit.format(measure=measure)) for one in COLUMNS)
        if not self.raw:
            return shown
        named = {one.key: one for one in shown}
        sums = (
            replace(named.pop(key), title=title, head=title.lower(), help="")
            for key, title in RAW_TITLES.items()
        )
        # Effects first, and what was added by others where it stands.
        late = tuple(sums)
        return (*named.values(), *late)

    def frame(self, measure: str = "normalized improvement") -> pd.DataFrame:
        """A row a task, with the ends of the intervals and the cells behind the sums."""
        table = frame_of(self.columns(measure), self.rows)
        table["cells given"] = [task.given_of for task in self.tasks]
        table["cells received"] = [task.received_of for task in self.tasks]
        return table


def square_transfer(
    transfer: TransferMatrix, tasks: Sequence[str], *, both_only: bool = False
) -> SquareTransfer:
    """The transfer among `tasks`, in the order given; a row or column that is not there is NaN.

    both_only: only those that are both source (alone) and target. In given scores a source that
    is never a target is normal; in a study of runs a task without its run lacks a value.
    """
    single = transfer.single_sources()
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    column_of = {target: j for j, target in enumerate(single.targets)}
    chosen = [t for t in tasks if not both_only or (t in row_of and t in column_of)]
    per_seed = np.full((len(single.seeds), len(chosen), len(chosen)), np.nan)
    own = [i for i, source in enumerate(chosen) if source in row_of]
    known = [j for j, target in enumerate(chosen) if target in column_of]
    rows = [row_of[chosen[i]] for i in own]
    columns = [column_of[chosen[j]] for j in known]
    every = range(len(single.seeds))
    per_seed[np.ix_(every, own, known)] = single.per_seed[np.ix_(every, rows, columns)]
    return SquareTransfer(
        tasks=tuple(chosen), per_seed=per_seed, one_base=bool(single.seeds_of_one_base)
    )


def balance(transfer: TransferMatrix, tasks: Sequence[str], *, both_only: bool = False) -> Balance:
    """Given, received and net of each of `tasks`, and the social relations model.

    A sum with missing cells is the mean of the present ones times their full number; the nets
    then need not sum to zero; a sum without any cell is NaN. both_only: sums only of and over
    tasks that are both source and target (given scores). Intervals: delete-one-seed jackknife,
    none with one seed.

    Source: METHODS, "Givers and takers".
    """
    square = square_transfer(transfer, tasks, both_only=both_only)
    estimate = _sums(square.values)
    replicates = [_sums(part.values) for part in square.without_each_seed]
    sums = _with_intervals(estimate, replicates)
    present = np.isfinite(square.values)
    position = {task: i for i, task in enumerate(square.tasks)}
    full = max(len(square.tasks) - 1, 0)
    rows = []
    for task in tasks:
        at = position.get(task)
        if at is None:
            none, no = math.nan, NO_INTERVAL
            rows.append(TaskBalance(task, none, none, none, 0, 0, 0, no, no, no))
            continue
        (given, given_interval), (received, received_interval), (net, net_interval) = sums[at]
        rows.append(
            TaskBalance(
                task=task,
                given=given,
                received=received,
                net=net,
                given_of=int(present[at].sum()),
                received_of=int(present[:, at].sum()),
                full=full,
                given_interval=given_interval,
                received_interval=received_interval,
                net_interval=net_interval,
            )
        )
    return Balance(
        method=transfer.method,
        seeds=transfer.seeds,
        tasks=tuple(rows),
        social_relations=social_relations(_connected(square)),
        seeds_of_one_base=transfer.seeds_of_one_base,
        raw=transfer.value_scale is ValueScale.RAW,
    )


def _connected(square: SquareTransfer) -> SquareTransfer:
    """Only the tasks with anything given and anything received: the others have no effects."""
    present = np.isfinite(square.values)
    keep = np.flatnonzero(present.any(axis=0) & present.any(axis=1))
    if len(keep) == len(square.tasks):
        return square
    return SquareTransfer(
        tasks=tuple(square.tasks[i] for i in keep),
        per_seed=square.per_seed[:, keep][:, :, keep],
        one_base=square.one_base,
    )


def _sums(values: FloatArray) -> FloatArray:
    """(n_tasks, 3): given, received, net; a partial sum is scaled up to all the others."""
    full = max(len(values) - 1, 0)
    given = mean_present(values, axis=1) * full
    received = mean_present(values, axis=0) * full
    return np.stack([given, received, given - received], axis=1)


def _with_intervals(
    estimate: FloatArray, replicates: Sequence[FloatArray]
) -> list[list[tuple[float, Interval]]]:
    """Each element of (n_tasks, k) with its jackknife interval over seeds."""
    stacked = np.stack(replicates) if replicates else np.empty((0, *estimate.shape))
    low, high = jackknife_interval(estimate, stacked)
    return [
        [
            (
                float(estimate[i, j]),
                Interval(float(low[i, j]), float(high[i, j]), ResamplingUnit.SEEDS),
            )
            for j in range(estimate.shape[1])
        ]
        for i in range(estimate.shape[0])
    ]


def social_relations(square: SquareTransfer) -> SocialRelations | None:
    """Giver, taker and pair effects, variances and reciprocities; None below 3 tasks.

    n tasks, row mean R, column mean C, grand mean G, no diagonal:
        giver(X) = (n−1)²/(n(n−2))·R(X) + (n−1)/(n(n−2))·C(X) − (n−1)/(n−2)·G
    and taker(X) the same with R and C exchanged. Where cells are missing the effects are least
    squares (the same where none is) and there are no variances.

    Source: METHODS; Warner, Kenny & Stoto (1979); variances after Kenny & La Voie (1984).
    """
    values = square.values
    size = len(values)
    if size < EFFECTS_FROM:
        return None
    grand, effects = _effects(values)
    replicates = [_effects(part.values)[1] for part in square.without_each_seed]
    pair = values - effects[:, [0]] - effects[:, 1][None, :] - grand
    variances = _variances(values, effects, pair)
    per_task = _with_intervals(effects, replicates)
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
    return np.asarray(values - effects[:, [0]] - effects[:, 1][None, :] - grand)


def _effects(values: FloatArray) -> tuple[float, FloatArray]:
    """(grand mean, (n_tasks, 2) giver and taker effects); NaN where not identified."""
    n = len(values)
    off_diagonal = ~np.eye(n, dtype=bool)
    if not np.isfinite(values[off_diagonal]).all():
        return _least_squares_effects(values)
    row, column = mean_present(values, axis=1), mean_present(values, axis=0)
    grand = float(values[off_diagonal].mean())
    own, cross = (n - 1) ** 2 / (n * (n - 2)), (n - 1) / (n * (n - 2))
    centre = (n - 1) / (n - 2) * grand
    return grand, np.stack(
        [own * row + cross * column - centre, own * column + cross * row - centre], axis=1
    )


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
        far = size / float(step @ along)
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
    off_diagonal = ~np.eye(n, dtype=bool)
    if n < VARIANCES_FROM or not np.isfinite(values[off_diagonal]).all():
        return dict.fromkeys(COMPONENTS, math.nan)
    # In units of the largest value: squares of values near 1e±155 would leave the range of floats.
    scale = np.float64(largest(values))
    pair, effects = pair / scale, effects / scale
    upper = np.triu_indices(n, k=1)
    mean, difference = (pair + pair.T)[upper] / 2, (pair - pair.T)[upper]
    pairs = (n - 1) * (n - 2) / 2
    between = 2 * float(mean @ mean) / (pairs - 1)
    within = float(difference @ difference) / 2 / pairs
    relation, covariance = (between + within) / 2, (between - within) / 2
    cov = np.cov(effects.T)
    own, cross = (n - 1) / (n * (n - 2)), 1 / (n * (n - 2))
    giver = float(cov[0, 0]) - own * relation - cross * covariance
    taker = float(cov[1, 1]) - own * relation - cross * covariance
    both = float(cov[0, 1]) - own * covariance - cross * relation
    # What is left of values that are the same but for rounding is no variance.
    least = ROUNDING**2
    generalized = dyadic = math.nan
    if giver > least and taker > least:
        generalized = float(np.clip(both / math.sqrt(giver * taker), -1.0, 1.0))
    if relation > least:
        dyadic = float(np.clip(covariance / relation, -1.0, 1.0))
    with np.errstate(over="ignore", under="ignore"):
        sizes = np.array([giver, taker, relation, both, covariance]) * scale * scale
    return dict(zip(COMPONENTS, (*sizes.tolist(), generalized, dyadic), strict=True))


def balance_of(study: Study, query: TransferQuery) -> Balance:
    """What each task gives and takes."""
    return balance_from(study, query, pair_matrix(study, query))


def balance_from(study: Study, query: TransferQuery, transfer: TransferMatrix) -> Balance:
    """The same of a transfer matrix that is there already."""
    tasks = included_tasks(study, query)
    return balance(transfer, tasks, both_only=study.has_given_scores)


BALANCE = Analysis("balance", Balance, balance_of, (INCLUDED,), costs=CostModel(us=1.0))
