"""One method against another on the training sets that both have.

Every number here is over cells of the *versus* matrix (docs/methods.md, "Matrices"): first −
second, per seed. Cells share rows, columns and seeds, so they are not independent: intervals are
over seeds alone, and nothing here is a test.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from core.analyses.analysis import Analysis, of_transfer
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel
from core.errors import RequestError, listed
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.intervals import Interval
from core.study import Study
from core.transfer.build import actual_matrices
from core.transfer.cell_means import CellMean, RowMeans, cell_mean
from core.transfer.difference import minus_method, shared_cells
from core.transfer.display_order import row_column_order
from core.transfer.matrix import TransferMatrix
from core.transfer.query import TransferQuery

BINS = 24
"""About as many bins as a histogram has, before their width is rounded."""
NARROWEST = 1e-9
"""Of the largest value: narrower bins than this would have the same edges."""


@dataclass(frozen=True)
class PresenceContrast:
    """The differences split by whether a task is in the training set.

    difference: mean with the task − mean without it, with its 95 % interval over seeds; NaN
    where either part is empty. if_picked: the same where the task is picked because its difference
    is the largest, 95 % for the intervals of all tasks together (Bonferroni). rows_with,
    rows_without: how many training sets each has.
    """

    task: str
    with_task: CellMean
    without_task: CellMean
    rows_with: int
    rows_without: int
    difference: float
    interval: Interval
    if_picked: Interval


def _cells(mean: CellMean) -> str:
    return f"{mean.cells:,} cell" + ("" if mean.cells == 1 else "s")


CONTRAST_COLUMNS = (
    Column("task", "Task", lambda row: row.task, kind=ColumnKind.TEXT),
    Column(
        "with_task",
        "With it",
        lambda row: row.with_task.value,
        signed=True,
        remark=lambda row: _cells(row.with_task),
    ),
    Column(
        "without_task",
        "Without",
        lambda row: row.without_task.value,
        signed=True,
        remark=lambda row: _cells(row.without_task),
    ),
    Column(
        "difference",
        "Distance",
        lambda row: row.difference,
        signed=True,
        interval=lambda row: row.interval,
    ),
)
"""What is known of a task's presence in the training sets."""


@dataclass(frozen=True)
class Histogram:
    """How often differences are how large; the two counts together are all cells.

    edges: (n_bins + 1,) float64, of equal width, one of them 0 where it lies between the ends;
    a bin holds its left edge, the last one its right edge too
    with_task, without_task: (n_bins,) int64; without a task to part by, all are in the second
    """

    edges: FloatArray
    with_task: IntArray
    without_task: IntArray


@dataclass(frozen=True)
class Comparison:
    """Method against method, cell by cell.

    difference:    first − second, kind `versus`, without what is hidden
    first, second: (n_sources, n_targets) float64, mean over the seeds that both methods have in
                   that cell, so that first − second is the difference; NaN = none
    overall, trained, transfer: the mean difference over all cells, trained ones, the others
    contrasts:     one for each task that some of the training sets have and others have not, in
                   manifest order
    split_task:    the task the histogram is split by, None where there is none
    split_by_default: nobody chose it: it splits the differences furthest
    """

    difference: TransferMatrix
    first: FloatArray
    second: FloatArray
    overall: CellMean
    trained: CellMean
    transfer: CellMean
    contrasts: tuple[PresenceContrast, ...]
    split_task: str | None
    split_by_default: bool
    histogram: Histogram

    @property
    def contrast(self) -> PresenceContrast | None:
        """The one the histogram shows."""
        return next((p for p in self.contrasts if p.task == self.split_task), None)


def compare(study: Study, query: TransferQuery) -> Comparison:
    """The query's method against its `other`, over the training sets, seeds and targets both have.

    Seeds that one of them lacks are left out. split: the task the histogram is split by; None,
    or one that does not part these training sets = the one whose presence makes the largest
    difference.

    Raises RequestError where there is no `other`, and as `transfer_matrix` does for kind `versus`.
    """
    method, other, split = query.method, query.other, query.split
    if other is None:
        raise RequestError("a comparison needs the other method")
    both = replace(query, seeds=_both_have(study, method, other, query.seeds))
    first, second = shared_cells(*actual_matrices(study, both, (method, other)))
    difference = minus_method(first, second)
    shown = row_column_order(
        difference, hidden_sources=query.hidden_sources, hidden_targets=query.hidden_targets
    )
    first, second, difference = (shown.of(matrix) for matrix in (first, second, difference))
    in_both = np.isfinite(difference.per_seed)
    return compared_cells(
        difference,
        _means_where(first.per_seed, in_both),
        _means_where(second.per_seed, in_both),
        split,
    )


def compared_cells(
    difference: TransferMatrix, first: FloatArray, second: FloatArray, split: str | None
) -> Comparison:
    """All there is to say of differences that are there.

    first, second: (n_sources, n_targets) float64, the methods' own means where the difference has
    one. split: as in `TransferQuery`.
    """
    contrasts = tuple(_contrasts(difference))
    split_task = split if any(p.task == split for p in contrasts) else _furthest(contrasts)
    return Comparison(
        difference=difference,
        first=first,
        second=second,
        overall=cell_mean(difference, np.ones_like(difference.trained)),
        trained=cell_mean(difference, difference.trained),
        transfer=cell_mean(difference, ~difference.trained),
        contrasts=contrasts,
        split_task=split_task,
        split_by_default=split_task is not None and split_task != split,
        histogram=_histogram(difference, split_task),
    )


def _both_have(
    study: Study, method: str, other: str, seeds: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """The seeds asked for that both methods have; None = all."""
    if seeds is None:
        return None
    shared = set(study.seeds_of(method)) & set(study.seeds_of(other))
    chosen = tuple(seed for seed in seeds if seed in shared)
    if not chosen:
        raise RequestError(
            f"{method} and {other} share none of the seeds {listed(seeds)};"
            f" both have {listed(sorted(shared))}"
        )
    return chosen


def _means_where(per_seed: FloatArray, present: BoolArray) -> FloatArray:
    """(n_sources, n_targets): mean over those seeds alone."""
    count = present.sum(axis=0)
    total = np.where(present, per_seed, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


# -- split by a task ---------------------------------------------------------------------------


def _rows_with(difference: TransferMatrix, task: str) -> BoolArray:
    """(n_sources,) bool: the training sets that have the task."""
    return np.array([task in sources for sources in difference.sources], dtype=bool)


def _contrasts(difference: TransferMatrix) -> Iterable[PresenceContrast]:
    tasks = dict.fromkeys(task for sources in difference.sources for task in sources)
    # Targets are in manifest order; a source that is never a target keeps its place after them.
    order = {target: at for at, target in enumerate(difference.targets)}
    ranked = sorted(tasks, key=lambda task: order.get(task, len(order)))
    column = {task: at for at, task in enumerate(ranked)}
    has = np.zeros((len(ranked), len(difference.sources)), dtype=bool)
    for row, sources in enumerate(difference.sources):
        has[[column[task] for task in sources], row] = True
    sums = RowMeans(difference, np.concatenate([has, ~has]))
    lacking = len(ranked)
    parting = [at for at in range(lacking) if sums.cells(at) and sums.cells(at + lacking)]
    for at in parting:
        without = at + lacking
        gap, interval = sums.gap(at, without)
        yield PresenceContrast(
            task=ranked[at],
            with_task=sums.over(at),
            without_task=sums.over(without),
            rows_with=sums.rows(at),
            rows_without=sums.rows(without),
            difference=gap,
            interval=interval,
            if_picked=sums.gap(at, without, picked_from=len(parting))[1],
        )


def _furthest(contrasts: tuple[PresenceContrast, ...]) -> str | None:
    known = [contrast for contrast in contrasts if math.isfinite(contrast.difference)]
    return max(known, key=lambda p: abs(p.difference)).task if known else None


# -- histogram ---------------------------------------------------------------------------------


def _histogram(difference: TransferMatrix, task: str | None) -> Histogram:
    values = difference.values
    known = np.isfinite(values)
    rows: BoolArray = (
        np.zeros(len(values), dtype=bool) if task is None else _rows_with(difference, task)
    )
    edges = bin_edges(values[known])
    with_task, _ = np.histogram(values[known & rows[:, None]], edges)
    without_task, _ = np.histogram(values[known & ~rows[:, None]], edges)
    return Histogram(edges, with_task.astype(np.int64), without_task.astype(np.int64))


def bin_edges(values: FloatArray) -> FloatArray:
    """Edges of equal bins of a round width (1, 2 or 5 times a power of ten) that hold all values.

    All are multiples of the width, so 0 is an edge where it lies between the ends: no bin mixes
    better and worse. values: (n,) finite; one value, or none, has a bin around it.
    """
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    largest = max(abs(low), abs(high))
    # Ends are divided one by one: their distance may leave the range of a float.
    width = _round_width(max(high / BINS - low / BINS, NARROWEST * largest) or 0.1 / BINS)
    first, last = math.floor(low / width), math.floor(high / width) + 1
    # A quotient may be rounded up to the next whole number.
    first -= first * width > low
    with np.errstate(over="ignore"):
        edges = np.arange(first, last + 1, dtype=np.float64) * width
    return np.clip(edges, -sys.float_info.max, sys.float_info.max)


def _round_width(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(
        step * power for step in (1.0, 2.0, 5.0, 10.0) if width <= step * power * (1 + 1e-9)
    )


COMPARISON = Analysis(
    "comparison",
    Comparison,
    compare,
    (of_transfer("other", "split", "hidden_sources", "hidden_targets"),),
    costs=CostModel(us=0.8),
)
