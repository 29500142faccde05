"""Layout `square`: a matrix as papers print it, sources down, targets across."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.io.column_finder import COLUMN, ColumnFinder
from core.io.dialects.delimited import TWO_HEADS
from core.io.dialects.raw_table import Cells, rows_where
from core.io.files import StudyFolder
from core.io.layouts.score_rows import select_rows
from core.io.layouts.scores import Scores, ScoresOptions, scores_of
from core.io.layouts.task_scales import TasksNamed
from core.io.names.usual_words import side_of
from core.io.problems import ProblemCollector, quoted
from core.io.sections import SourceSection
from core.io.sources import joined, raw_tables
from core.io.table_cells.cells import stripped, texts_of
from core.io.tables import Table


class SquareLayout(ScoresOptions, SourceSection):
    """`[evaluations]` with `layout = "square"`.

    rows: what the names of rows are; None = sources, with a warning where the corner says else.
    """

    layout: Literal["square"]
    rows: Literal["sources", "targets"] | None = None


def read_square(folder: StudyFolder, section: SquareLayout, named: TasksNamed) -> Scores | None:
    """The scores of one or several matrices; None, with errors, without a usable one."""
    table = long_table(folder, section, rows=section.rows)
    if table is None:
        return None
    findings = folder.findings
    _warn_of_empty(findings, table)
    return scores_of(
        findings,
        without_empty(table),
        named,
        section,
        quiet=True,
    )


Rows = Literal["sources", "targets"]
_DOWN_WORDS = (("sources", "source"), ("target",))
"""Our words for the column with the names of rows: where they are sources, where targets."""


def long_table(
    folder: StudyFolder, section: SourceSection, *, rows: Rows | None, at: str = "evaluations"
) -> Table | None:
    """A row per cell of the matrices: `sources,target,score` and the fields of the files' names.

    The first column holds the sources, the header the targets, or the other way where `rows` are
    targets; None = sources, with a warning where the corner says else. Columns without a name do
    not matter; those that the manifest names for a word or for rows that count hold no values.
    """
    found = raw_tables(folder, section, todo=f"write a matrix, or correct {at}.path", at=at)
    if found is None:
        return None
    tables = []
    for name, fields, raw in found:
        table = _cells_of(ColumnFinder(folder.findings, section, name, fields, raw, at), rows)
        if table is None:
            return None
        tables.append(table)
    return joined(tables)


def _cells_of(finder: ColumnFinder, rows: Rows | None) -> Table | None:
    """A row per cell of one matrix, as `long_table`; None, with an error, where it is none."""
    findings, section, raw, at = finder.findings, finder.section, finder.raw, finder.at
    name = finder.name
    beside = _columns_beside(finder)
    counted = finder.rows_that_count()
    if finder.failed:
        return None
    used = {*section.where, *section.columns.values()}
    used |= {field for given in section.columns.values() for field in COLUMN.findall(given)}
    down = next((word for word in _DOWN_WORDS[rows == "targets"] if word in beside), "")
    free = [i for i, text in enumerate(raw.header) if text not in used]
    first = 0 if down or not free else free.pop(0)
    columns = [i for i in free if raw.header[i]]
    if not columns:
        findings.error(
            name, "row 1", "no matrix", "write the targets into the header, one a column"
        )
        return None
    across = [raw.header[i] for i in columns]
    if TWO_HEADS in raw.recognized:
        across = _without_side(across)
    twice = sorted({text for text in across if across.count(text) > 1})
    if twice:
        findings.error(name, "row 1", f"two columns {quoted(twice[0])}", "keep one of them")
        return None
    sources = texts_of(beside.pop(down, stripped(raw.columns[first])))
    kept = [
        i for i, source in enumerate(sources) if source and (counted is None or bool(counted[i]))
    ]
    width = len(columns)
    cells = [texts_of(stripped(raw.columns[i])) for i in columns]
    long: dict[str, Cells] = {
        "sources": [sources[i] for i in kept for _ in range(width)],
        "target": across * len(kept),
        "score": [column[i] for i in kept for column in cells],
    }
    count = len(kept) * width
    if rows is None and rows_are_targets(raw.header[first]):
        findings.warn(
            name,
            "row 1",
            f"the first column is called {quoted(raw.header[first])}, as if its names were targets",
            f'write rows = "targets" under [{at}] if they are, else rows = "sources"',
        )
    if rows == "targets":
        long["sources"], long["target"] = long["target"], long["sources"]
    long |= {word: [value] * count for word, value in finder.fields.items() if word not in long}
    for word, given in beside.items():
        texts = texts_of(given)
        long[word] = [texts[i] for i in kept for _ in range(width)]
    return Table(
        files=(name,),
        file_of=np.zeros(count, dtype=np.int64),
        rows=np.repeat(raw.rows[kept], width) if kept else np.zeros(0, dtype=np.int64),
        columns=long,
        decimal_comma=raw.decimal_comma,
        decimal=section.read.decimal or "",
        missing=section.read.nothing(),
        recognized=[*raw.recognized, f"a matrix of {len(kept)} × {width}"],
    )


def _without_side(names: Sequence[str]) -> list[str]:
    """Names below one word for what all of them are, `target/x1`, without it."""
    above = {name.partition("/")[0] for name in names if "/" in name}
    said = len(above) == 1 and all("/" in name for name in names) and side_of(*above) is not None
    return [name.partition("/")[2] for name in names] if said else list(names)


def _columns_beside(finder: ColumnFinder) -> dict[str, Cells]:
    """What columns beside the values hold that the manifest names: the names of rows, seeds."""
    given = {word: finder.get(word, needed=True) for word in finder.section.columns}
    return {word: cells for word, cells in given.items() if cells is not None}


_BETWEEN = re.compile(r"\s*(?:[\\⧵/|>→,;⟶]|->|-->|\bvs\.?(?=\s))\s*")
_DOWN = re.compile(r"([^\W\d_]+(?:[ _-]on)?)\s?↓|↓\s?([^\W\d_]+)")


_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")


def rows_are_targets(corner: str) -> bool:
    """The corner of a matrix, `test\\train` or `target`, says that its rows are targets."""
    return side_of_rows(corner) == "target"


def side_of_rows(corner: str) -> str | None:
    """`sources` or `target`, as the corner of a matrix says of its rows; None where it does not."""
    if len(corner) > 100:
        return None
    if down := _DOWN.search(corner):
        return side_of(down[1] or down[2])
    if (inner := _IN_BRACKETS.search(corner)) and _BETWEEN.search(inner[1]):
        # `error (train\\test)`: what stands before says what the values are.
        corner = inner[1]
    parts = [part for part in _BETWEEN.split(corner) if part.strip()]
    if not 1 <= len(parts) <= 2:
        return None
    # `columns: train, rows: test`
    across = len(parts) == 2 and re.search(r"(?i)\bcol(?:umn)?s?\b", parts[0])
    of_rows = parts[1] if across else parts[0]
    return {"to": "target", "from": "sources"}.get(of_rows.lower()) or side_of(of_rows)


def without_empty(table: Table) -> Table:
    """The same without rows that have no number: an empty cell of a matrix is no value."""
    empty = _empty(table)
    return select_rows(table, np.flatnonzero(~empty)) if empty.any() else table


def _empty(table: Table) -> np.ndarray:
    cells = table.columns["score"]
    if isinstance(cells, np.ndarray):
        return np.isnan(cells)
    return rows_where(cells, lambda cell: cell.lower() in table.missing)


def _warn_of_empty(findings: ProblemCollector, table: Table) -> None:
    """One warning for all cells beside the diagonal that have no number."""
    sources, targets = table.texts("sources"), table.texts("target")
    gone = [i for i in np.flatnonzero(_empty(table)).tolist() if sources[i] != targets[i]]
    if gone:
        first = gone[0]
        findings.warn(
            table.file_at(first),
            table.at(first),
            f"{len(gone)} cell{'s' if len(gone) > 1 else ''} without a number, first"
            f" {sources[first]} → {targets[first]}",
            "they stay empty",
        )
