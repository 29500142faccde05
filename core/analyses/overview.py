"""A study in a minute: every strategy at a glance, and the cells that stand out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.analyses.query import TransferQuery, included_tasks, own_seeds
from core.errors import RequestError
from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval, ResamplingUnit
from core.study import Checkpoint, Study, ValueScale
from core.transfer.build import transfer_matrix
from core.transfer.cell_means import CellMean, cell_mean
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.normalization import Scale

TOP_K = 5
"""How many gifts, harms and surprises are picked out."""


@dataclass(frozen=True)
class MethodSummary:
    """What one method reaches on targets it was trained on, and on the others.

    sizes: how many tasks its training sets have, ascending. exposed: of the transfer cells, how
    many are of targets of which some samples were seen. seeds_of_one_base: seeds that share their
    base; where there are any, no interval is.
    """

    method: str
    sizes: tuple[int, ...]
    training_sets: int
    seeds: tuple[int, ...]
    trained: CellMean
    transfer: CellMean
    exposed: int
    seeds_of_one_base: tuple[int, ...] = ()


@dataclass(frozen=True)
class NotableCell:
    """One cell that stands out: its value (or actual − predicted) and 95 % interval over seeds.

    seeds: those the value is over. actual, predicted: of a surprise, mean over these seeds; NaN
    otherwise.
    """

    method: str
    sources: tuple[str, ...]
    target: str
    trained: bool
    value: float
    interval: Interval
    seeds: tuple[int, ...]
    actual: float = math.nan
    predicted: float = math.nan

    @property
    def doubtful(self) -> bool:
        """Its interval holds zero, or there is none: one seed says nothing of others."""
        return not (self.interval.low > 0 or self.interval.high < 0)


@dataclass(frozen=True)
class HarmCount:
    """Of one single-source method: how many of its pairs with a value lie below zero."""

    method: str
    harmful: int
    pairs: int


@dataclass(frozen=True)
class SkippedMethod:
    """A method that has nothing to show for what is asked, and why."""

    method: str
    reason: str


@dataclass(frozen=True)
class Overview:
    """Every method of a study side by side, and the cells that stand out.

    strategies: in manifest order, on the scale asked for, over all tasks but excluded ones.
    largest_gains, largest_losses: the largest and the most negative X→Y of single-source methods,
    on the strict scale (given scores as they are); a pair that several methods have stands once,
    with the method in which it is largest (as a harm: most negative). picked_from: the pairs with
    a value.
    harm_counts: how many pairs each single-source method harms, in manifest order. weakest: the
    least pair, harm or not. largest_residuals: the largest
    |actual − predicted| of all methods with a prediction, on the scale asked for, trained cells
    among them, those exactly as predicted not; predicted_cells: how many there are.
    """

    scale: Scale
    checkpoint: Checkpoint
    strategies: tuple[MethodSummary, ...]
    left_out: tuple[SkippedMethod, ...]
    largest_gains: tuple[NotableCell, ...]
    largest_losses: tuple[NotableCell, ...]
    picked_from: int
    harm_counts: tuple[HarmCount, ...]
    weakest: NotableCell | None
    single_source_methods: tuple[str, ...]
    largest_residuals: tuple[NotableCell, ...]
    predicted_cells: int
    predicted_methods: tuple[str, ...]


def overview(study: Study, query: TransferQuery) -> Overview:
    """All methods side by side, and the largest gifts, harms and surprises.

    The included tasks may stand out, as source and as target. Of the seeds asked for, each method
    counts with the ones it has; excluded targets are dropped from everything, with every training
    set that has one. A method without these seeds or this checkpoint is left out, with its reason.
    The query's own method plays no part.

    Source: METHODS, "Matrices", "Intervals"; sign and harm on the strict scale.
    """
    scale, tasks = query.scale, included_tasks(study, query)

    def matrix(method: str, kind: str, scale: Scale) -> TransferMatrix:
        seeds = own_seeds(study, method, query.seeds)
        return transfer_matrix(
            study, replace(query, method=method, kind=kind, seeds=seeds, scale=scale)
        )

    strategies, left_out = [], []
    strict: list[TransferMatrix] = []
    gaps: list[tuple[TransferMatrix, TransferMatrix]] = []
    single_source = {method.name for method in study.single_source_methods}
    for method in study.tested_methods:
        try:
            actual = matrix(method.name, MatrixKind.ACTUAL, scale)
        except RequestError as error:
            left_out.append(SkippedMethod(method.name, str(error)))
            continue
        strategies.append(_strategy(actual))
        if method.name in single_source:
            # Given scores have one scale.
            same = study.has_given_scores or scale is Scale.STRICT
            signed = actual if same else matrix(method.name, MatrixKind.ACTUAL, Scale.STRICT)
            strict.append(_among(signed.single_sources(), tasks))
        if method.predicted_from is not None:
            gap = matrix(method.name, MatrixKind.DIFFERENCE, scale)
            gaps.append((_among(gap, tasks), _among(actual, tasks)))
    best, worst = _best_and_worst(strict, tasks)
    if study.value_scale is ValueScale.RAW:
        # Nobody knows what no transfer is: nothing is a gain or a loss.
        best, worst = np.full_like(best, np.nan), np.full_like(worst, np.nan)
        strict = []
    least = worst[np.isfinite(worst)].min(initial=np.inf)
    return Overview(
        scale=scale,
        checkpoint=query.checkpoint,
        strategies=tuple(strategies),
        left_out=tuple(left_out),
        largest_gains=tuple(_pairs(strict, np.where(best > 0, best, np.nan), tasks)),
        largest_losses=tuple(_pairs(strict, np.where(worst < 0, worst, np.nan), tasks)),
        picked_from=int(np.isfinite(best).sum()),
        harm_counts=tuple(_harm_count(matrix, tasks) for matrix in strict),
        weakest=next(iter(_pairs(strict, np.where(worst == least, worst, np.nan), tasks)), None),
        single_source_methods=tuple(m.method for m in strict),
        largest_residuals=_surprises(gaps),
        predicted_cells=sum(int(np.isfinite(gap.values).sum()) for gap, _ in gaps),
        predicted_methods=tuple(gap.method for gap, _ in gaps),
    )


def _strategy(actual: TransferMatrix) -> MethodSummary:
    known = np.isfinite(actual.values)
    return MethodSummary(
        method=actual.method,
        sizes=tuple(sorted({len(sources) for sources in actual.sources})),
        training_sets=len(actual.sources),
        seeds=actual.seeds,
        trained=cell_mean(actual, actual.trained),
        transfer=cell_mean(actual, ~actual.trained),
        exposed=int((known & actual.exposed & ~actual.trained).sum()),
        seeds_of_one_base=actual.seeds_of_one_base,
    )


def _among(matrix: TransferMatrix, tasks: Sequence[str]) -> TransferMatrix:
    """Only these tasks, as sources and as targets."""
    known = {task for sources in matrix.sources for task in sources} | set(matrix.targets)
    return matrix.without_tasks(known - set(tasks))


def _best_and_worst(
    matrices: Sequence[TransferMatrix], tasks: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """For each pair of tasks the largest and the smallest value any method has.

    (n_tasks, n_tasks) float64 each, row source, column target; NaN on the diagonal and where no
    method has a value.
    """
    best = np.full((len(tasks), len(tasks)), np.nan)
    worst = best.copy()
    for matrix in matrices:
        here = _on_tasks(matrix, tasks)
        best, worst = np.fmax(best, here), np.fmin(worst, here)
    return best, worst


def _harm_count(matrix: TransferMatrix, tasks: Sequence[str]) -> HarmCount:
    values = _on_tasks(matrix, tasks)
    return HarmCount(matrix.method, int((values < 0).sum()), int(np.isfinite(values).sum()))


def _on_tasks(matrix: TransferMatrix, tasks: Sequence[str]) -> FloatArray:
    """The values of single sources placed on (source, target) of `tasks`; no diagonal."""
    at = {task: i for i, task in enumerate(tasks)}
    placed = np.full((len(tasks), len(tasks)), np.nan)
    rows = [at[sources[0]] for sources in matrix.sources]
    columns = [at[target] for target in matrix.targets]
    placed[np.ix_(rows, columns)] = matrix.values
    np.fill_diagonal(placed, np.nan)
    return placed


def _pairs(
    matrices: Sequence[TransferMatrix], values: FloatArray, tasks: Sequence[str]
) -> Iterable[NotableCell]:
    """The pairs of these values that are furthest from zero; NaN = not to be picked."""
    for i, j in _furthest(np.abs(values)):
        source, target = (tasks[i],), tasks[j]
        for matrix in matrices:
            if source not in matrix.sources or target not in matrix.targets:
                continue
            cell = matrix.sources.index(source), matrix.targets.index(target)
            # Of methods with equal values the first in the manifest.
            if matrix.values[cell] == values[i, j]:
                yield _standout(matrix, cell)
                break


def _furthest(values: FloatArray) -> list[tuple[int, int]]:
    """Positions of the largest values, NaN left out; of equal ones the first."""
    flat = np.where(np.isfinite(values), values, -np.inf).ravel()
    order = np.argsort(-flat, kind="stable")[:TOP_K]
    found = order[np.isfinite(flat[order])]
    return [(int(at) // values.shape[1], int(at) % values.shape[1]) for at in found]


def _surprises(gaps: Sequence[tuple[TransferMatrix, TransferMatrix]]) -> tuple[NotableCell, ...]:
    """gaps: (difference, actual) of each method, with the same labels."""
    found = []
    for gap, actual in gaps:
        for cell in _furthest(np.where(gap.values == 0, np.nan, np.abs(gap.values))):
            at = (slice(None), *cell)
            reached = float(actual.per_seed[at][np.isfinite(gap.per_seed[at])].mean())
            plain = _standout(gap, cell)
            found.append(replace(plain, actual=reached, predicted=reached - plain.value))
    return tuple(sorted(found, key=lambda s: -abs(s.value))[:TOP_K])


def _standout(matrix: TransferMatrix, cell: tuple[int, int]) -> NotableCell:
    alone = matrix.take([cell[0]], [cell[1]])
    low, high = alone.interval
    has = np.isfinite(alone.per_seed[:, 0, 0])
    return NotableCell(
        method=matrix.method,
        sources=matrix.sources[cell[0]],
        target=matrix.targets[cell[1]],
        trained=bool(matrix.trained[cell]),
        value=float(matrix.values[cell]),
        interval=Interval(float(low[0, 0]), float(high[0, 0]), ResamplingUnit.SEEDS),
        seeds=tuple(seed for seed, there in zip(matrix.seeds, has, strict=True) if there),
    )
