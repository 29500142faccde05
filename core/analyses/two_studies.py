"""A method of one study beside a method of another: the cells that both have, and what is missing.

Seeds of two studies have nothing to do with each other, so no seed is paired with one: per seed of
the first study, the mean over the seeds of the second is subtracted. Intervals count the spread of
both (docs/methods.md, "Intervals").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.analyses.comparison import Comparison, compared_cells
from core.errors import RequestError
from core.metrics import are_fractions, are_per_cent
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
    """Raises RequestError, with a sentence, where a difference of the two would mean nothing.

    Of normalized values it means the same whatever the metric. Raw scores and gains are in the
    unit of the metric: so both must be one of them, and each task both have of one metric and
    unit, not in per cent here and in fractions there.
    """
    scale = first.value_scale
    if scale is not second.value_scale:
        said = {
            ValueScale.NORMALIZED: "is normalized",
            ValueScale.RAW: "has scores as they are",
            ValueScale.GAIN: "has gains over zero in the metric's unit",
        }
        raise RequestError(
            f"{first.title} {said[scale]} and {second.title} {said[second.value_scale]}: two"
            " studies can be compared where both are on one scale (zero and one in their manifests)"
        )
    if scale is ValueScale.NORMALIZED:
        return
    for its, own in same_tasks(first, second).items():
        one, two = first.task(own), second.task(its)
        if one.metric is not two.metric or one.unit != two.unit:
            raise RequestError(
                f"on {own} {first.title} has {_measured_in(one)} and {second.title}"
                f" {_measured_in(two)}: as they are, scores of two studies can be compared where"
                " metric and unit are the same, else where both are normalized, 0 = no transfer"
                " and 1 = full (zero and one in their manifests)"
            )
        if one.unit:
            continue
        units = [_unit_of(study, task) for study, task in ((first, one), (second, two))]
        if {*units} == {_PER_CENT, _FRACTIONS}:
            raise RequestError(
                f"on {own} {first.title} is {units[0]} and {second.title} {units[1]}: write both"
                f" in one; where they are on one scale all the same, write that as unit of {own}"
                " in both manifests"
            )


_PER_CENT, _FRACTIONS = "in per cent", "in fractions"


def _unit_of(study: Study, task: Task) -> str:
    """What the values of a task look like, as `check` sees it in one study; empty = anything."""
    evaluations = study.evaluations
    values = evaluations.value[evaluations.task == study.task_index[task.name]]
    values = values[np.isfinite(values)]
    if not task.metric.higher_is_better or not len(values):
        return ""
    if are_fractions(values):
        return _FRACTIONS
    return _PER_CENT if are_per_cent(values) else ""


def _measured_in(task: Task) -> str:
    """`error, lower is better, in km`."""
    unit = f", in {task.unit}" if task.unit else ""
    return f"{task.metric.label}, {task.metric.better}{unit}"


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

    Raises RequestError where the values cannot be compared, see `check_scales`.
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
        shown = row_column_order(
            first.named(rows, columns),
            hidden_sources=hidden_sources,
            hidden_targets=hidden_targets,
        )
        one, two = (shown.of(matrix.named(rows, columns)) for matrix in (first, second))
        both = np.isfinite(one.values) & np.isfinite(two.values)
        empty = int((~both).sum())
        if both.any():
            one, two = _only(one, both), _only(two, both)
            means = _means(one), _means(two)
            comparison = compared_cells(_difference(one, two, names), one.values, two.values, split)
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
    """first − the mean over seeds of second, per seed of first; both of the same labels."""
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
        subtracted=second,
    )


def _only(matrix: TransferMatrix, cells: np.ndarray) -> TransferMatrix:
    return replace(matrix, per_seed=np.where(cells, matrix.per_seed, np.nan), records=None)


def _means(matrix: TransferMatrix) -> Means:
    return Means(
        cell_mean(matrix, np.ones_like(matrix.trained)),
        cell_mean(matrix, matrix.trained),
        cell_mean(matrix, ~matrix.trained),
    )
