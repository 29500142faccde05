"""Groups of tasks (language families, domains): an order by them, and a matrix' block means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.intervals import jackknife_interval
from core.study import Study
from core.transfer.matrix import TransferMatrix, mean_present

MIXED, NONE = "several groups", "no group"
"""What training sets with tasks of more than one group, and tasks without one, are put under."""


@dataclass(frozen=True)
class GroupMeans:
    """The means of the blocks of a transfer matrix: groups of sources on groups of targets.

    values: (n_sources, n_targets) float64, the mean of the block's cells that were not trained
        on, each a mean over seeds; NaN where it has none
    cells:  (n_sources, n_targets) int64, how many cells each mean is over
    low, high: (n_sources, n_targets) float64, ends of its 95 % interval over seeds, as `cell_mean`
        has it of the block's cells; NaN below 2 seeds, and where seeds share a base
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    values: FloatArray
    cells: IntArray
    low: FloatArray
    high: FloatArray


def group_of(sources: Sequence[str], groups: Mapping[str, str]) -> str:
    """The group of a training set: that of its tasks, where they are all of one."""
    found = {groups.get(task, "") or NONE for task in sources}
    return found.pop() if len(found) == 1 else MIXED


def groups_of(study: Study) -> dict[str, str]:
    """Task name -> its group, empty = none; nothing at all where the study has no groups."""
    return {task.name: task.group for task in study.tasks} if study.groups else {}


def order_by_group(sets: Sequence[Sequence[str]], study: Study) -> IntArray:
    """(n,) positions of training sets: groups as the manifest first names them, ties as they were.

    Sets of several groups come after those of one, tasks without a group last.
    """
    named = groups_of(study)
    place = {name: at for at, name in enumerate((*study.groups, MIXED, NONE))}
    ranks = [place[group_of(tasks, named)] for tasks in sets]
    return np.argsort(np.array(ranks, dtype=np.int64), kind="stable").astype(np.int64)


def group_means(matrix: TransferMatrix, study: Study) -> GroupMeans:
    """Block means of a matrix, over the cells whose target is not in the row's training set.

    Trained cells would say how well a task is learned, not what one group gives another. Groups
    stand as the manifest first names them; those without a row or column are left out.
    """
    named = groups_of(study)
    rows = [group_of(sources, named) for sources in matrix.sources]
    columns = [group_of((target,), named) for target in matrix.targets]
    every = (*study.groups, MIXED, NONE)
    sources, by_row = _members(rows, every)
    targets, by_column = _members(columns, every)
    means, cells = _block_means(matrix.values, ~matrix.trained, by_row, by_column)
    low, high = _block_intervals(matrix, means, by_row, by_column)
    return GroupMeans(sources, targets, means, cells.astype(np.int64), low, high)


def _block_means(
    values: FloatArray, counts: BoolArray, by_row: FloatArray, by_column: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The mean of each block over the cells that count and have a value, and how many they are."""
    there = np.isfinite(values) & counts
    total = by_row.T @ np.where(there, values, 0.0) @ by_column
    cells = by_row.T @ there.astype(np.float64) @ by_column
    return np.asarray(total / np.where(cells > 0, cells, np.nan)), cells


def _block_intervals(
    matrix: TransferMatrix, means: FloatArray, by_row: FloatArray, by_column: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Delete-one-seed jackknife of each block's mean, over the seeds that have some of it."""
    nothing = np.full(means.shape, np.nan)
    seeds = range(len(matrix.seeds))
    if len(seeds) < 2 or matrix.seeds_of_one_base:
        return nothing, nothing
    counts = ~matrix.trained
    has = np.array([_block_means(one, counts, by_row, by_column)[1] > 0 for one in matrix.per_seed])
    without = np.array(
        [
            _block_means(
                mean_present(np.delete(matrix.per_seed, k, axis=0), axis=0),
                counts,
                by_row,
                by_column,
            )[0]
            for k in seeds
        ]
    )
    return jackknife_interval(means, without, counts=has)


def _members(names: Sequence[str], every: Sequence[str]) -> tuple[tuple[str, ...], FloatArray]:
    """The groups there are, and (n, n_groups) float64: 1 where a row is of a group."""
    there = tuple(name for name in every if name in set(names))
    return there, np.array([[float(n == one) for one in there] for n in names]).reshape(
        len(names), len(there)
    )
