"""Rows of scores that count, and words in them that stand for tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import chosen, distinct, rows_where
from core.io.files import MANIFEST
from core.io.layouts.score_names import (
    without_plus,
)
from core.io.layouts.task_scales import (
    TasksNamed,
)
from core.io.names.source_words import untrained_among
from core.io.problems import ProblemCollector, quoted
from core.io.table_cells.cells import each_once
from core.io.tables import Table
from core.numerics.arrays import IntArray


def with_selves(table: Table, itself: str) -> Table:
    """With names instead of a word such as `self`, which stands for the one on the other side."""
    columns = dict(table.columns)
    sources, targets = table.texts("sources"), table.texts("target")
    for word, cells, other in (("target", targets, sources), ("sources", sources, targets)):
        stands = rows_where(cells, lambda cell: cell == itself)
        if stands.any():
            pairs = zip(stands.tolist(), cells, other, strict=True)
            columns[word] = [name if here else cell for here, cell, name in pairs]
            table.note(f"`{itself}` as the same task on both sides")
    return replace(table, columns=columns)


def with_everything(
    findings: ProblemCollector, table: Table, named: TasksNamed, word: str, left_out: Sequence[str]
) -> Table:
    """With all tasks that other rows are trained on instead of a word such as `multitask`.

    left_out: names that are no tasks.
    """
    no_tasks = {*left_out, *named.references}
    cells = table.texts("sources")
    no_tasks.update((word, *untrained_among(distinct(cells), distinct(table.texts("target")))))
    others = [name for name in distinct(cells) if name not in no_tasks]
    tasks = dict.fromkeys(
        named.aliases.get(part.strip(), part.strip())
        for name in others
        for part in without_plus(name, named.aliases).split("+")
    )
    stands = rows_where(cells, lambda cell: cell == word)
    if not stands.any() or not tasks:
        findings.warn(
            MANIFEST,
            "evaluations.everything",
            f"everything = {quoted(word)}, and no row is trained on that beside others",
            f"correct it; sources are {listed(distinct(cells))}",
        )
        return table
    table.note(
        f"`{word}` as a run trained on all {len(tasks)} tasks that other rows are trained on"
    )
    called = each_once(
        cells, {**{name: name for name in distinct(cells)}, word: "+".join(tasks)}.__getitem__
    )
    return replace(table, columns={**table.columns, "sources": called})


def without_names(table: Table, names: Sequence[str]) -> Table:
    """Without rows that have one of these names as source or target."""
    gone = frozenset(names)
    beside = rows_where(table.texts("sources"), lambda name: name in gone)
    beside |= rows_where(table.texts("target"), lambda name: name in gone)
    if beside.any():
        table.note(f"left out as told: {listed(names)}")
    return select_rows(table, np.flatnonzero(~beside))


def select_rows(table: Table, kept: Sequence[int] | IntArray) -> Table:
    """Some rows of a table."""
    at = np.asarray(kept, dtype=np.int64)
    return replace(
        table,
        file_of=table.file_of[at],
        rows=table.rows[at],
        columns={word: chosen(cells, at) for word, cells in table.columns.items()},
    )
