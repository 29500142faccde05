"""A method of one study beside a method of another: the cells that both have, and what is missing.

Seeds of two studies have nothing to do with each other, so no seed is paired with one: per seed of
the first study, the mean over the seeds of the second is subtracted. Intervals are over the seeds
of the first study alone, with the second held fixed (docs/methods.md, "Intervals").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.analyses.comparison import Comparison, compared_cells
from core.errors import RequestError
from core.study import Study, Task, ValueScale
from core.transfer.cell_means import CellMean, cell_mean
from core.transfer.display_order import row_column_order
from core.transfer.matrix import MatrixKind, TransferMatrix


@dataclass(frozen=True)
class Means:
    """Means of one method: over all its cells, its trained ones, the others."""

    overall: CellMean
    trained: CellMean
    transfer: CellMean


@dataclass(frozen=True)
class TwoStudies:
    """A method of a study beside a method of another.

    comparison: over the cells both have; None where they share none
    first, second: means of each over the cells that both have, or each over all its own where they
    share none
    only_first, only_second: training sets that the other has not, in the first study's task names
    where there are such
    targets_first, targets_second: targets that the other has not
    empty: cells of shared training sets and targets in which one of the two has no value
    """

    comparison: Comparison | None
    first: Means
    second: Means
    only_first: tuple[tuple[str, ...], ...]
    only_second: tuple[tuple[str, ...], ...]
    targets_first: tuple[str, ...]
    targets_second: tuple[str, ...]
    empty: int


def same_tasks(first: Study, second: Study) -> dict[str, str]:
    """Task of the second study -> the first study's task that it is, by name or alias.

    A task of the same name is that task whatever the aliases say; each is one task at most.
    """
    found = {task.name: task.name for task in second.tasks if task.name in first.task_index}
    taken = set(found.values())
    for task in second.tasks:
        if task.name in found:
            continue
        for own in first.tasks:
            if own.name not in taken and _names(task) & _names(own):
                found[task.name] = own.name
                taken.add(own.name)
                break
    return found


def _names(task: Task) -> set[str]:
    return {task.name, *task.aliases}


def check_scales(first: Study, second: Study) -> None:
    """Raises RequestError, with a sentence, where one of the two is not normalized."""
    said = {
        ValueScale.RAW: "scores as they are",
        ValueScale.GAIN: "gains over zero in the metric's unit",
    }
    for study in (first, second):
        if study.value_scale is not ValueScale.NORMALIZED:
            raise RequestError(
                f"{study.title} has {said[study.value_scale]}: two studies can be compared where"
                " both are normalized, 0 = no transfer and 1 = full (zero and one in its manifest)"
            )


def compare_studies(
    studies: tuple[Study, Study],
    matrices: tuple[TransferMatrix, TransferMatrix],
    names: tuple[str, str],
    *,
    hidden_sources: Sequence[str] = (),
    hidden_targets: Sequence[str] = (),
    split: str | None = None,
) -> TwoStudies:
    """The second matrix beside the first, each the actual one of a method of its study.

    names: what the two are called in the result, in place of methods that may be called alike.
    hidden_sources, hidden_targets, split: as in a `TransferQuery`, of the first study's tasks.

    Raises RequestError where the scales differ, see `check_scales`.
    """
    check_scales(*studies)
    first, second = matrices[0], _renamed(matrices[1], *studies)
    of_second, told_of_second = set(second.sources), set(second.targets)
    rows = [sources for sources in first.sources if sources in of_second]
    columns = [target for target in first.targets if target in told_of_second]
    comparison = None
    means = _means(first), _means(second)
    empty = 0
    if rows and columns:
        one, two = (matrix.named(rows, columns) for matrix in (first, second))
        difference = _difference(one, two, names)
        shown = row_column_order(
            difference, hidden_sources=hidden_sources, hidden_targets=hidden_targets
        )
        one, two, difference = (shown.of(matrix) for matrix in (one, two, difference))
        both = np.isfinite(one.values) & np.isfinite(two.values)
        empty = int((~both).sum())
        if both.any():
            means = _means(_only(one, both)), _means(_only(two, both))
            comparison = compared_cells(
                difference,
                np.where(both, one.values, np.nan),
                np.where(both, two.values, np.nan),
                split,
            )
    shared, both_have = set(rows), set(columns)
    return TwoStudies(
        comparison=comparison,
        first=means[0],
        second=means[1],
        only_first=tuple(s for s in first.sources if s not in shared),
        only_second=tuple(s for s in second.sources if s not in shared),
        targets_first=tuple(t for t in first.targets if t not in both_have),
        targets_second=tuple(t for t in second.targets if t not in both_have),
        empty=empty,
    )


def _renamed(matrix: TransferMatrix, first: Study, second: Study) -> TransferMatrix:
    """The second study's matrix with the first study's names of tasks, where it has them."""
    called = same_tasks(first, second)
    order = first.task_index
    # A name of the second study alone must not be taken for one of the first that it is not.
    last = len(order)

    def sources_of(sources: tuple[str, ...]) -> tuple[str, ...]:
        own = [called.get(name, name) for name in sources]
        return tuple(sorted(own, key=lambda name: order.get(name, last)))

    return replace(
        matrix,
        sources=tuple(sources_of(sources) for sources in matrix.sources),
        targets=tuple(called.get(name, name) for name in matrix.targets),
    )


def _difference(
    first: TransferMatrix, second: TransferMatrix, names: tuple[str, str]
) -> TransferMatrix:
    """first − the mean over seeds of second, per seed of first."""
    reasons = [*first.reasons, f"{names[1]}: no value"]
    gone = np.broadcast_to(~np.isfinite(second.values), first.reason.shape)
    return replace(
        first,
        kind=MatrixKind.VERSUS,
        method=names[0],
        other=names[1],
        per_seed=first.per_seed - second.values,
        clipped=first.clipped | second.clipped.any(axis=0),
        exposed=first.exposed | second.exposed,
        reason=np.where((first.reason == 0) & gone, len(reasons) - 1, first.reason),
        reasons=tuple(reasons),
        records=None,
    )


def _only(matrix: TransferMatrix, cells: np.ndarray) -> TransferMatrix:
    return replace(matrix, per_seed=np.where(cells, matrix.per_seed, np.nan), records=None)


def _means(matrix: TransferMatrix) -> Means:
    return Means(
        cell_mean(matrix, np.ones_like(matrix.trained)),
        cell_mean(matrix, matrix.trained),
        cell_mean(matrix, ~matrix.trained),
    )
