"""Cells that have several values: seeds, a mean, or an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.io.layouts.records import (
    all_differ,
    number,
    repeated,
)
from core.io.problems import ProblemCollector
from core.io.tables import Table
from core.numerics.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class ScoreRows:
    """One element per row of scores, (N,) each: positions, seeds, steps, values.

    index: its row in the table.
    """

    method: IntArray
    source: IntArray
    seed: IntArray
    checkpoint: IntArray
    target: IntArray
    score: FloatArray
    index: IntArray

    def select(self, chosen: IntArray) -> ScoreRows:
        """Some of them."""
        return ScoreRows(**{name: values[chosen] for name, values in vars(self).items()})


@dataclass(frozen=True)
class RowNames:
    """What positions in ScoreRows stand for.

    orders: of each row of the table the order its training set is written in; empty where none is
    written in two.
    """

    methods: Sequence[str]
    sets: Sequence[tuple[str, ...]]
    tasks: Sequence[str]
    orders: IntArray

    def cell(self, rows: ScoreRows, row: int, *, seeded: bool) -> str:
        """The cell of a row in words; seeded: seeds are told apart."""
        told = f"{'+'.join(self.sets[rows.source[row]])} → {self.tasks[rows.target[row]]}"
        if len(self.methods) > 1:
            told += f", method {self.methods[rows.method[row]]}"
        return told + (f", seed {rows.seed[row]}" if seeded else "")


def each_cell_once(
    findings: ProblemCollector, table: Table, rows: ScoreRows, names: RowNames, repeats: str
) -> ScoreRows:
    """Each cell once: as `repeats` says, else an error in one line where values differ."""
    keys = (rows.method, rows.source, rows.seed, rows.checkpoint, rows.target)
    if all_differ(*keys):
        return rows
    sort = np.lexsort((rows.index, *reversed(keys)))
    again = repeated(*(key[sort] for key in keys))
    if not again.any():
        return rows
    if repeats == "seeds":
        table.note("repeated cells as seeds, numbered in order")
        return _as_seeds(rows)
    if repeats == "mean":
        table.note("repeated cells as their mean")
        return _as_means(rows, sort, again)
    _tell_of_differing(findings, table, rows, names, (sort, again))
    return rows.select(np.sort(sort[~again]))


def _as_seeds(rows: ScoreRows) -> ScoreRows:
    """Values of a cell as those of seeds 1, 2, ..., in the order of the rows."""
    cells = (rows.method, rows.source, rows.checkpoint, rows.target)
    sort = np.lexsort((rows.index, *reversed(cells)))
    start = ~repeated(*(key[sort] for key in cells))
    along = np.arange(len(sort))
    nth = np.empty_like(sort)
    nth[sort] = along - np.maximum.accumulate(np.where(start, along, 0)) + 1
    return replace(rows, seed=nth.astype(np.int64))


def _as_means(rows: ScoreRows, sort: IntArray, again: BoolArray) -> ScoreRows:
    """The mean of the values of each cell; sort: by cells, again: where one goes on, so sorted."""
    group = np.cumsum(~again) - 1
    score, present = rows.score[sort], np.isfinite(rows.score[sort])
    total = np.bincount(group, weights=np.where(present, score, 0.0))
    count = np.bincount(group, weights=present)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
    return replace(rows.select(sort[~again]), score=mean)


def _tell_of_differing(
    findings: ProblemCollector,
    table: Table,
    rows: ScoreRows,
    names: RowNames,
    cells: tuple[IntArray, BoolArray],
) -> None:
    """An error where a cell stands again with another value; cells: as of `_as_means`."""
    sort, again = cells
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(again))))
    one, other = rows.score[sort], rows.score[sort[first]]
    differ = again & ~((one == other) | (np.isnan(one) & np.isnan(other)))
    if not differ.any():
        return
    found = int(np.flatnonzero(differ)[0])
    row, before = int(sort[found]), int(sort[first[found]])
    here, there = int(rows.index[row]), int(rows.index[before])
    n_differ, orders = int(differ.sum()), names.orders
    findings.error(
        table.file_at(here),
        table.at(here),
        f"{n_differ} cell{'s' if n_differ > 1 else ''} a second time with another value, first"
        f" {names.cell(rows, row, seeded='seed' in table)}: {number(rows.score[row])},"
        f" {table.at_other(there, here)} has {number(rows.score[before])}",
        "write ordered = true under [evaluations] if the order of training matters"
        if len(orders) and orders[here] != orders[there]
        else 'write repeats = "mean" or repeats = "seeds" under [evaluations], or a column that'
        " tells them apart (method, seed, checkpoint)",
    )
