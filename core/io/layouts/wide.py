"""Layout `wide`: a row a run, a column for each task and split."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np

from core.errors import listed
from core.evaluations import Evaluations, Split
from core.io.dialects.raw_table import Cells, distinct
from core.io.files import StudyFolder
from core.io.layouts.score_rows import select_rows
from core.io.layouts.scores import OPTIONAL, Scores, ScoresOptions, scores_of
from core.io.layouts.square import without_empty
from core.io.layouts.table import evaluations_of
from core.io.layouts.task_scales import TasksNamed
from core.io.names.name_templates import FIELD, pattern_of
from core.io.problems import ProblemCollector, quoted
from core.io.runs import RunList
from core.io.sections import SourceSection
from core.io.sources import joined, raw_tables, read_columns
from core.io.table_cells.cells import stripped, texts_of
from core.io.tables import Table
from core.study import Task

_NUMBERS = ("seed", "checkpoint")
_NUMBERED = re.compile(r"^[A-Za-z\s_=-]*\d+$")
"""What a column's name holds in the place of one of these: `seed_mean` is no seed."""


class WideLayout(ScoresOptions, SourceSection):
    """`[evaluations]` with `layout = "wide"`.

    value: how the columns with values are called, `{task}_{split}`, or `{target}_ood` where a row
    is a training set, `seed_{seed}` where it is a pair. splits: our word for a split -> theirs.
    """

    layout: Literal["wide"]
    value: str
    splits: dict[str, str] = {}

    @property
    def gives_scores(self) -> bool:
        """A row is a training set, not a run that runs.csv knows."""
        if "sources" in self.columns or "{target}" in self.value or "{sources}" in self.value:
            return True
        return "{task}" not in self.value and "run" not in self.columns


def read_wide_scores(folder: StudyFolder, section: WideLayout, named: TasksNamed) -> Scores | None:
    """Scores: one per row and column that fits `value`."""
    across = "{target}" in section.value or "{task}" in section.value
    needed = ("sources",) if across else ("sources", "target")
    needed = ("target",) if "{sources}" in section.value else needed
    optional = tuple(word for word in OPTIONAL if f"{{{word}}}" not in section.value)
    known = {*named.aliases, *(task.name for task in named.tasks)}
    table = _long(folder, section, "target", needed, optional, "score", known)
    if table is None:
        return None
    shifted = section.splits.get(Split.SHIFTED.value)
    if "split" in table.columns and shifted is not None:
        table = select_rows(
            table, [i for i, cell in enumerate(table.texts("split")) if cell == shifted]
        )
    return scores_of(
        folder.findings,
        without_empty(table),
        named,
        section,
        quiet=True,
    )


def read_wide_evaluations(
    folder: StudyFolder, section: WideLayout, tasks: Sequence[Task], run_list: RunList
) -> Evaluations | None:
    """Evaluations: one per run and column that fits `value`."""
    known = {task.name for task in tasks}
    table = _long(folder, section, "task", ("run",), ("checkpoint",), "value", known)
    if table is None:
        return None
    ours = {theirs: word for word, theirs in section.splits.items()}
    splits: Cells
    if "split" in table.columns:
        splits = [ours.get(cell, cell) for cell in table.texts("split")]
    else:
        splits = [Split.SHIFTED.value] * len(table)
    columns: dict[str, Cells] = {**table.columns, "split": splits}
    columns.setdefault("checkpoint", ["0"] * len(table))
    table = Table(
        table.files,
        table.file_of,
        table.rows,
        columns,
        table.decimal_comma,
        table.decimal,
        table.missing,
        table.recognized,
    )
    values = table.texts("value")
    filled = [i for i, cell in enumerate(values) if cell.lower() not in table.missing]
    return evaluations_of(folder, select_rows(table, filled), tasks, run_list)


def value_columns(
    header: Sequence[str], section: WideLayout, known: Collection[str] = ()
) -> list[tuple[int, Mapping[str, str]]]:
    """Columns that fit `value`, each with the fields its name holds.

    known: names that may hold a `/` where `value` has one, too: `eval/{target}/acc` fits
    `eval/org/model/acc` where org/model is one of them, and not `eval/de/dev/acc`.
    """
    fits, fits_whole = pattern_of(section.value), pattern_of(section.value, whole=True)
    named = {*section.columns.values(), *section.leave_out, *section.where}
    if section.value.startswith("{") and section.value.endswith("}"):
        named |= {"sources", "run", *OPTIONAL} - {*section.columns}
    theirs = set(section.splits.values())
    found: list[tuple[int, Mapping[str, str]]] = []
    for i, name in enumerate(header):
        match = fits.match(name) if name not in named else None
        if match is None and name not in named and (match := fits_whole.match(name)):
            held = [field for field in match.groupdict().values() if "/" in field]
            if "/" in FIELD.sub("", section.value) and not all(one in known for one in held):
                match = None
        fields: Mapping[str, str] = match.groupdict() if match else {}
        if "split" in fields and theirs and fields["split"] not in theirs:
            # `{task}_{split}` cuts at the first underscore: a task's name may hold some.
            fields = _by_split(section.value, name, theirs)
        if fields and all(_NUMBERED.search(fields.get(word, "0")) for word in _NUMBERS):
            found.append((i, fields))
    return found


def _by_split(value: str, name: str, splits: set[str]) -> Mapping[str, str]:
    for split in sorted(splits, key=len, reverse=True):
        match = pattern_of(value.replace("{split}", split), whole=True).match(name)
        if match:
            return {**match.groupdict(), "split": split}
    return {}


def _long(
    folder: StudyFolder,
    section: WideLayout,
    column: str,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
    value: str,
    known: Collection[str] = (),
) -> Table | None:
    """A row per cell with a value: the words asked for, `column`, `split` and `value`.

    known: names of tasks.
    """
    found = raw_tables(folder, section, todo="write it, or correct evaluations.path")
    if found is None:
        return None
    tables = []
    for name, fields, raw in found:
        texts = [distinct(cells) for cells in raw.columns if not isinstance(cells, np.ndarray)]
        held = {*known, *(cell.strip() for cells in texts for cell in cells if "/" in cell)}
        values = value_columns(raw.header, section, held)
        if not values:
            _no_columns(folder.findings, name, raw.header, section)
            return None
        read = read_columns(folder.findings, section, name, fields, raw, needed, optional)
        if read is None:
            return None
        head, counted = read
        rows, kept = len(head), counted.tolist()
        width = len(values)
        long: dict[str, Cells] = {
            word: [cell for cell in head.texts(word) for _ in range(width)] for word in head.columns
        }
        for field in dict.fromkeys(key for _, names in values for key in names):
            word = column if field in ("task", "target") else field
            long[word] = [names.get(field, "") for _, names in values] * rows
        cells = [texts_of(stripped(raw.columns[i])) for i, _ in values]
        long[value] = [one[i] for i in kept for one in cells]
        tables.append(
            Table(
                files=(name,),
                file_of=np.zeros(rows * width, dtype=np.int64),
                rows=np.repeat(head.rows, width),
                columns=long,
                decimal_comma=raw.decimal_comma,
                decimal=section.read.decimal or "",
                missing=section.read.nothing(),
                recognized=[*raw.recognized, f"{width} columns of values"],
            )
        )
    return joined(tables)


def _no_columns(
    findings: ProblemCollector, name: str, header: Sequence[str], section: WideLayout
) -> None:
    there = listed(header)
    findings.error(
        name,
        "row 1",
        f"no column fits value = {quoted(section.value)}",
        f"correct evaluations.value or evaluations.splits; there is {there}",
    )
