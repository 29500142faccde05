"""A study in a minute: every method at a glance, and the cells that stand out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analyses.analysis import INCLUDED, Analysis, Takes
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel, training_sets
from core.analyses.query import TransferQuery, included_tasks, own_seeds
from core.analyses.standouts import (
    JudgedCells,
    NotableCell,
    SignCount,
    Standouts,
    judged,
    pairs_only,
    sign_count,
    standouts,
    weakest,
)
from core.errors import RequestError
from core.evaluations import Checkpoint
from core.numerics.intervals import NO_INTERVAL, Interval
from core.study import Study
from core.transfer.build import actual_matrices, transfer_matrix
from core.transfer.cell_means import CellMean, cell_mean
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.predictions import CROSS_FITTED, USUAL
from core.transfer.shrinkage import by_definition

_PREDICTED_S = 3e-3
"""Seconds of the predictions of one training set, for all seeds."""


@dataclass(frozen=True)
class MethodSummary:
    """What one method reaches on targets it was trained on, and on the others.

    sizes: how many tasks its training sets have, ascending. exposed: of the transfer cells, how
    many are of targets of which some samples were seen. seeds_of_one_base: seeds that share their
    base; where there are any, no interval is. fixed: how many trained cells are 1 by definition:
    they are no result and left out of `trained`, which is NaN where there is no other.
    """

    method: str
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    trained: CellMean
    transfer: CellMean
    exposed: int
    seeds_of_one_base: tuple[int, ...] = ()
    fixed: int = 0


@dataclass(frozen=True)
class SummaryRow:
    """What a method reaches on targets of one role: with one seed, or the mean over all.

    role: trained or transfer. cells: of the mean. seed: its number, or `mean`.
    """

    method: str
    role: str
    cells: int
    seed: str
    value: float
    interval: Interval = NO_INTERVAL


def summary_columns(measure: str) -> tuple[Column, ...]:
    """What is known of it; measure: what the values are."""
    return (
        Column("method", "Method", lambda row: row.method, kind=ColumnKind.TEXT),
        Column("role", "Targets", lambda row: row.role, kind=ColumnKind.TEXT),
        Column("cells", "Cells", lambda row: row.cells, kind=ColumnKind.COUNT),
        Column("seed", "Seed", lambda row: row.seed, kind=ColumnKind.TEXT),
        Column("value", measure, lambda row: row.value, interval=lambda row: row.interval),
    )


@dataclass(frozen=True)
class SkippedMethod:
    """A method that has nothing to show for what is asked, and why."""

    method: str
    reason: str


@dataclass(frozen=True)
class Overview:
    """Every method of a study side by side, and the cells that stand out.

    methods: in manifest order, on the scale asked for, over all tasks but excluded ones.
    gains, losses: the largest and the most negative X→Y of single-source methods, on the strict
    scale (given scores as they are), ranked by what is left when luck is taken off. picked_from:
    the pairs with a value.
    sign_counts: how many pairs of each single-source method help or harm, in manifest order.
    weakest: the least pair, harm or not. largest_residuals: the largest |actual − predicted| of
    all methods with a prediction, on the scale asked for, trained cells among them;
    predicted_cells: how many there are. The prediction is the cross-fitted one where there are
    several seeds, as the best of noisy sources is too high.
    """

    scale: Scale
    checkpoint: Checkpoint
    methods: tuple[MethodSummary, ...]
    left_out: tuple[SkippedMethod, ...]
    gains: Standouts
    losses: Standouts
    picked_from: int
    sign_counts: tuple[SignCount, ...]
    weakest: NotableCell | None
    single_source_methods: tuple[str, ...]
    largest_residuals: Standouts
    predicted_cells: int
    predicted_methods: tuple[str, ...]

    @property
    def summary_rows(self) -> tuple[SummaryRow, ...]:
        """Of each method and role every seed, then the mean."""
        return tuple(
            row
            for method in self.methods
            for role, mean in (("trained", method.trained), ("transfer", method.transfer))
            for row in (
                *[
                    SummaryRow(method.method, role, mean.cells, str(seed), value)
                    for seed, value in zip(mean.seeds, mean.per_seed.tolist(), strict=True)
                ],
                SummaryRow(method.method, role, mean.cells, "mean", mean.value, mean.interval),
            )
        )


def overview(study: Study, query: TransferQuery) -> Overview:
    """All methods side by side, and the largest gifts, harms and surprises.

    The included tasks may stand out, as source and as target. Of the seeds asked for, each method
    counts with the ones it has; excluded targets are dropped from everything, with every training
    set that has one. A method without these seeds or this checkpoint is left out, with its reason.
    The query's own method plays no part.

    Source: docs/methods.md, "Matrices", "Intervals"; sign and harm on the strict scale.
    """
    scale, tasks = query.scale, included_tasks(study, query)

    def matrix(method: str, kind: str, scale: Scale, *, prediction: str = USUAL) -> TransferMatrix:
        seeds = own_seeds(study, method, query.seeds)
        asked = replace(query, method=method, kind=kind, seeds=seeds, scale=scale)
        if kind == MatrixKind.ACTUAL:
            return actual_matrices(study, asked, (method,))[0]
        return transfer_matrix(study, replace(asked, prediction=prediction))

    methods, left_out = [], []
    strict: list[JudgedCells] = []
    gaps: list[tuple[JudgedCells, TransferMatrix, TransferMatrix]] = []
    single_source = {method.name for method in study.single_source_methods}
    for method in study.tested_methods:
        try:
            actual = matrix(method.name, MatrixKind.ACTUAL, scale)
        except RequestError as error:
            left_out.append(SkippedMethod(method.name, str(error)))
            continue
        methods.append(_summary(actual, study))
        if method.name in single_source:
            # Given scores have one scale.
            same = study.has_given_scores or scale is Scale.STRICT
            signed = actual if same else matrix(method.name, MatrixKind.ACTUAL, Scale.STRICT)
            strict.append(pairs_only(judged(signed.single_sources(), study, tasks)))
        if method.predicted_from is not None:
            best = matrix(method.name, MatrixKind.DIFFERENCE, scale)
            fitted = matrix(method.name, MatrixKind.DIFFERENCE, scale, prediction=CROSS_FITTED)
            gap = fitted if np.isfinite(fitted.per_seed).any() else best
            gaps.append((judged(gap, study, tasks), actual, best))
    if study.is_raw:
        # Nobody knows what no transfer is: nothing is a gain or a loss.
        strict = []
    return Overview(
        scale=scale,
        checkpoint=query.checkpoint,
        methods=tuple(methods),
        left_out=tuple(left_out),
        gains=standouts(strict, sign=1),
        losses=standouts(strict, sign=-1),
        picked_from=_cells_of_any(strict),
        sign_counts=tuple(sign_count(cells) for cells in strict),
        weakest=weakest(strict),
        single_source_methods=tuple(cells.matrix.method for cells in strict),
        largest_residuals=_largest_residuals(gaps),
        predicted_cells=sum(int(gap.usable.sum()) for gap, _, _ in gaps),
        predicted_methods=tuple(gap.matrix.method for gap, _, _ in gaps),
    )


def _cells_of_any(methods: Sequence[JudgedCells]) -> int:
    """How many cells may be picked, those of several methods once."""
    rows = {s: at for at, s in enumerate({s for one in methods for s in one.matrix.sources})}
    columns = {t: at for at, t in enumerate({t for one in methods for t in one.matrix.targets})}
    known = np.zeros((len(rows), len(columns)), dtype=bool)
    for one in methods:
        at = [rows[s] for s in one.matrix.sources], [columns[t] for t in one.matrix.targets]
        known[np.ix_(*at)] |= one.usable
    return int(known.sum())


def _summary(actual: TransferMatrix, study: Study) -> MethodSummary:
    known = np.isfinite(actual.values)
    fixed = known & actual.trained & by_definition(actual, study)
    return MethodSummary(
        method=actual.method,
        sizes=tuple(sorted({len(sources) for sources in actual.sources})),
        seeds=actual.seeds,
        trained=cell_mean(actual, actual.trained & ~fixed),
        transfer=cell_mean(actual, ~actual.trained),
        exposed=int((known & actual.exposed & ~actual.trained).sum()),
        seeds_of_one_base=actual.seeds_of_one_base,
        fixed=int(fixed.sum()),
    )


def _largest_residuals(
    gaps: Sequence[tuple[JudgedCells, TransferMatrix, TransferMatrix]],
) -> Standouts:
    """gaps: (actual − prediction, actual, actual − best of each seed) of each method."""
    found = standouts([gap for gap, _, _ in gaps], sign=0)
    by_method = {gap.matrix.method: rest for gap, *rest in gaps}
    told = []
    for plain in found.cells:
        actual, against = by_method[plain.method]
        row, column = actual.sources.index(plain.sources), actual.targets.index(plain.target)
        # A difference may have fewer rows: of those on one task alone nothing is predicted.
        at_best = against.sources.index(plain.sources), against.targets.index(plain.target)
        seeds = [actual.seeds.index(seed) for seed in plain.seeds]
        reached = float(actual.per_seed[seeds, row, column].mean())
        # Shrunken towards the mean of all differences, not towards the actual value.
        told.append(
            replace(
                plain,
                actual=reached,
                predicted=reached - plain.value,
                against_best=float(against.values[at_best]),
            )
        )
    return replace(found, cells=tuple(told))


def predicting_seconds(study: Study, _queries: Sequence[Any], _tasks: int) -> float:
    """About what the predictions of all methods take, which are made twice."""
    names = [method.name for method in study.tested_methods if method.predicted_from is not None]
    return _PREDICTED_S * training_sets(study, names)


OVERVIEW = Analysis(
    "overview",
    Overview,
    overview,
    (Takes(TransferQuery, INCLUDED.reads - {"method"}),),
    costs=CostModel(us=2.0, ms=5.0, more=predicting_seconds),
)
