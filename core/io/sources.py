"""Tables as other people name them: several files, columns by other words, rows that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from core.errors import shortened
from core.io.column_finder import ColumnFinder, constant
from core.io.dialects.open_workbook import workbook_kept_open
from core.io.dialects.raw_table import (
    Cells,
    DialectError,
    RawTable,
    ReadOptions,
    chosen,
    distinct,
    filled_rows,
)
from core.io.dialects.sheet_names import BETWEEN, is_template, sheets_of
from core.io.file_patterns import (
    MOST_WILD,
    candidate_files,
    is_too_wild,
    matching_files,
)
from core.io.files import MANIFEST, StudyFolder
from core.io.names.usual_words import ENDED, NOT_ENDED, is_called_state, usual_word
from core.io.problems import ProblemCollector, in_toml, listed_quoted, quoted
from core.io.sections import SourceSection
from core.io.table_cells.cells import below_each_other, stripped, texts_of
from core.io.tables import Table, read_dialect
from core.numerics.arrays import BoolArray, IntArray


class HasPath(Protocol):
    """A section that says where its files are."""

    path: str


def source_files(folder: StudyFolder, section: HasPath) -> Iterator[str]:
    """Wherever there may be a file that a source is read from, see `candidate_files`."""
    name = folder.name_of(section.path, at="evaluations.path")
    if name is not None:
        yield from candidate_files(folder, name)


def read_source(
    folder: StudyFolder,
    section: SourceSection,
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
    todo: str,
    at: str = "evaluations",
) -> Table | None:
    """The columns `needed`, and those of `optional` there are, of all files of a source, as one.

    None, with errors, where there is no file, or in one of them something is missing.
    """
    found = raw_tables(folder, section, todo=todo, at=at)
    if found is None:
        return None
    tables = []
    for name, fields, raw in found:
        read = read_columns(folder.findings, section, name, fields, raw, needed, optional, at)
        if read is not None:
            tables.append(read[0])
    if len(tables) < len(found):
        return None
    return joined(tables, usually=USUALLY if at == "evaluations" else {})


def raw_tables(
    folder: StudyFolder, section: SourceSection, *, todo: str, at: str = "evaluations"
) -> list[tuple[str, dict[str, str], RawTable]] | None:
    """Name, fields and table of each file of a source; None, with errors, where one fails."""
    name = folder.name_of(section.path, at=f"{at}.path")
    if name is None:
        return None
    if is_too_wild(name):
        folder.findings.error(
            MANIFEST,
            f"{at}.path",
            f"{quoted(section.path[:60])} has more than {MOST_WILD} wildcards and fields",
            "write more of the names as they are, or fields alone",
        )
        return None
    files = matching_files(folder, name)
    if not files:
        folder.findings.error(
            MANIFEST, f"{at}.path", f"no file fits {quoted(section.path)}", f"{todo}"
        )
        return None
    options = section.read.options()
    found = []
    with workbook_kept_open():
        sheets = [sheet for one in files for sheet in _sheets_of(folder, *one, options)]
        for one, fields, chosen_sheet in sheets:
            chosen_one = replace(options, sheet=chosen_sheet)
            raw = read_dialect(folder, one, todo=todo, options=chosen_one)
            if raw is not None:
                called = one if chosen_sheet == options.sheet else f"{one}{BETWEEN}{chosen_sheet}"
                found.append((called, fields, raw))
    return found if len(found) == len(sheets) else None


def _sheets_of(
    folder: StudyFolder, name: str, fields: dict[str, str], options: ReadOptions
) -> list[tuple[str, dict[str, str], str | int | None]]:
    """The sheets of a workbook that are asked for, each with its fields; what is none is itself."""
    itself: list[tuple[str, dict[str, str], str | int | None]] = [(name, fields, options.sheet)]
    if not isinstance(options.sheet, str) or not is_template(options.sheet):
        return itself
    try:
        sheets = sheets_of(folder.read_if_there(name) or b"", options.sheet)
    except DialectError:
        return itself  # reading it says that no sheet fits
    return [(name, {**fields, **inner}, sheet) for sheet, inner in sheets] or itself


def read_columns(
    findings: ProblemCollector,
    section: SourceSection,
    name: str,
    fields: Mapping[str, str],
    raw: RawTable,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
    at: str = "evaluations",
) -> tuple[Table, IntArray] | None:
    """One file's columns under our words, its rows that count, and which rows of `raw` those are.

    From 0, and not by line: several may stand in one.
    """
    if not raw.header:
        header = quoted(",".join(needed))
        findings.error(name, "row 1", "no header", f"write the header {header} there")
        return None
    finder = ColumnFinder(findings, section, name, fields, raw, at)
    lacking = [word for word in needed if not finder.has(word)]
    if len(lacking) > 1:
        # Not a column called otherwise: another form.
        finder.lacks([word for word in needed if not finder.is_there(word)])
        return None
    keep = finder.rows_that_count()
    if at != "evaluations":
        _warn_of_unfinished(findings, section, name, raw, keep, at)
    columns = {word: finder.get(word, needed=word in needed) for word in (*needed, *optional)}
    if finder.failed:
        return None
    there = {
        word: cells
        for word, cells in columns.items()
        if cells is not None and not (word in optional and _is_empty(cells))
    }
    kept = np.arange(len(raw.rows))
    texts = [cells for word, cells in there.items() if word in needed]
    plain = len(texts) > 1 and all(not isinstance(cells, np.ndarray) for cells in texts)
    if plain and all("" in cells for cells in texts):
        # Spreadsheets like to end in rows of commas.
        filled = filled_rows(_as_texts(texts))
        keep = filled if keep is None else keep & filled
    if keep is not None and not keep.all():
        kept = np.flatnonzero(keep)
        there = {word: chosen(cells, kept) for word, cells in there.items()}
    table = Table(
        files=(name,),
        file_of=np.zeros(len(kept), dtype=np.int64),
        rows=raw.rows[kept],
        columns=there,
        decimal_comma=raw.decimal_comma,
        decimal=section.read.decimal or "",
        missing=section.read.nothing(),
        recognized=list(raw.recognized),
    )
    return table, kept


def _warn_of_unfinished(
    findings: ProblemCollector,
    section: SourceSection,
    name: str,
    raw: RawTable,
    keep: BoolArray | None,
    at: str,
) -> None:
    """One warning for rows that count of runs that came to no end, as a column of states says."""
    for column, cells in zip(raw.header, raw.columns, strict=True):
        if column in section.where or isinstance(cells, np.ndarray) or not is_called_state(column):
            continue
        counted = cells if keep is None else chosen(cells, np.flatnonzero(keep))
        states = list(distinct(texts_of(stripped(counted))))
        ended = [state for state in states if usual_word(state) in ENDED]
        others = [state for state in states if usual_word(state) in NOT_ENDED]
        if others and len(ended) + len(others) == len(states):
            wanted = f"where = {{ {in_toml(column)} = {in_toml(ended[0])} }}" if ended else "where"
            findings.warn(
                name,
                "",
                f"rows whose {shortened(column)} is {listed_quoted(others)} count like all others",
                f"write {wanted} under [{at}] to leave them out",
            )


def _is_empty(cells: Cells) -> bool:
    """Nothing in any of several rows: a column somebody had no use for."""
    return not isinstance(cells, np.ndarray) and not any(distinct(cells)) and len(cells) > 1


def _as_texts(columns: Sequence[Cells]) -> list[Sequence[str]]:
    return [cells for cells in columns if not isinstance(cells, np.ndarray)]


USUALLY: Mapping[str, str] = {
    **{"method": "scores", "seed": "0", "checkpoint": "0"},
    **{"median": "", "std": "", "valid_ratio": ""},
}
"""What an evaluation has where a table has no column for it."""


def _with_all(table: Table, words: Sequence[str], usually: Mapping[str, str]) -> Table:
    lacking = [word for word in words if word not in table]
    given = {word: constant(usually[word], len(table)) for word in lacking}
    return replace(table, columns={**table.columns, **given}) if given else table


def joined(tables: Sequence[Table], *, usually: Mapping[str, str] | None = None) -> Table:
    """Several tables as one.

    usually: what a column is in a table that lacks it; one that is not there is left out of all.
    """
    if len(tables) == 1:
        return tables[0]
    usually = USUALLY if usually is None else usually
    every = dict.fromkeys(word for table in tables for word in table.columns)
    words = [w for w in every if w in usually or all(w in table for table in tables)]
    tables = [_with_all(table, words, usually) for table in tables]
    columns = {word: below_each_other([table.columns[word] for table in tables]) for word in words}
    recognized = list(dict.fromkeys(what for table in tables for what in table.recognized))
    offsets: list[IntArray] = [
        np.full(len(table), i, dtype=np.int64) for i, table in enumerate(tables)
    ]
    return Table(
        files=tuple(table.file for table in tables),
        file_of=np.concatenate(offsets),
        rows=np.concatenate([table.rows for table in tables]),
        columns=columns,
        decimal_comma=any(table.decimal_comma for table in tables),
        decimal=tables[0].decimal,
        missing=tables[0].missing,
        recognized=[*recognized, _how_many(tables)],
    )


def _how_many(tables: Sequence[Table]) -> str:
    """`3 files`, or `3 sheets` where they are of one."""
    files = {table.file.partition(BETWEEN)[0] for table in tables}
    return f"{len(tables)} sheets" if len(files) == 1 else f"{len(files)} files"
