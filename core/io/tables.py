"""Table: the columns that were asked for, with exact numbers and the row each came from."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import listed
from core.io.dialects import read_raw
from core.io.dialects.raw_table import (
    Cells,
    DialectError,
    NotUtf8Error,
    RawTable,
    ReadOptions,
    chosen,
    distinct,
    filled_rows,
    rows_where,
)
from core.io.files import StudyFolder
from core.io.problems import ProblemCollector, quoted
from core.io.table_cells.cells import (
    NOTHING,
    as_names,
    each_once,
    is_suspicious,
    number_of,
    stripped,
    texts_of,
    whole_number,
)
from core.io.table_cells.number_cells import THOUSANDS, bare_numbers, without_thousands
from core.io.table_cells.number_hints import number_hint
from core.io.table_cells.text_columns import TextColumn, first_rows
from core.numerics.arrays import BoolArray, FloatArray, IntArray

MANY_NUMBERS = 1_000
"""Different texts from which on pyarrow reads them as numbers."""


@dataclass(frozen=True)
class Names:
    """A column of names.

    codes: (N,) int64, index into `names`
    names: in order of first appearance
    first: (K,) int64, index of the first element of each name
    """

    codes: IntArray
    names: tuple[str, ...]
    first: IntArray

    def counts(self) -> IntArray:
        """How often each name occurs: (K,) int64."""
        return np.bincount(self.codes, minlength=len(self.names)).astype(np.int64)


@dataclass(frozen=True)
class Table:
    """The columns that were asked for, of equal length N.

    files: where the rows stand; file_of: (N,) int64, index into `files`. rows: (N,) int64: lines of
    a text file counted from 1, rows of any other counted from 1. decimal_comma: numbers have one.
    decimal: the sign the manifest says numbers have; empty where it does not.
    missing: words for no number beside `NOTHING`. recognized: what is not plain, filled on as
    columns are read.
    """

    files: tuple[str, ...]
    file_of: IntArray
    rows: IntArray
    columns: Mapping[str, Cells]
    decimal_comma: bool = False
    decimal: str = ""
    missing: frozenset[str] = NOTHING
    recognized: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    @property
    def file(self) -> str:
        """The first file."""
        return self.files[0]

    def file_at(self, index: int | np.integer[Any]) -> str:
        """The file of an element, for a message."""
        return self.files[int(self.file_of[index])]

    def at(self, index: int | np.integer[Any]) -> str:
        """The place of an element in its file, for a message; empty where it is the whole file."""
        return f"row {self.rows[index]}" if self.rows[index] else ""

    def at_other(self, index: int | np.integer[Any], here: int | np.integer[Any]) -> str:
        """The place of an element in a message about another one: with its file where that differs.

        >>> table = Table(("a.csv", "b.csv"), np.array([0, 1]), np.array([2, 5]), {})
        >>> table.at_other(1, 0)
        'b.csv, row 5'
        """
        file = self.file_at(index) if self.file_of[index] != self.file_of[here] else ""
        return ", ".join(part for part in (file, self.at(index)) if part)

    def texts(self, column: str) -> Sequence[str]:
        """A column as text in Unicode NFC, without spaces around it."""
        cells = self.columns[column]
        if isinstance(cells, np.ndarray):
            return texts_of(cells)
        return each_once(cells, lambda cell: unicodedata.normalize("NFC", cell))

    def note(self, what: str) -> None:
        """Remember something that was recognized, once."""
        if what not in self.recognized:
            self.recognized.append(what)

    def names(self, column: str) -> Names:
        """A column as names; where all are whole numbers, `1.0` is `1`."""
        cells = self.texts(column)
        unique = distinct(cells)
        called = as_names(unique)
        index = {name: i for i, name in enumerate(dict.fromkeys(called))}
        numbers = [index[name] for name in called]
        if isinstance(cells, TextColumn):
            as_they_are = numbers == list(range(len(numbers)))
            codes = (
                cells.codes.astype(np.int64)
                if as_they_are
                else np.array(numbers, dtype=np.int64)[cells.codes]
            )
        else:
            code_of = dict(zip(unique, numbers, strict=True))
            codes = np.fromiter(map(code_of.__getitem__, cells), dtype=np.int64, count=len(cells))
        return Names(codes, tuple(index), first_rows(codes, len(index)))

    def numbers(self, column: str, findings: ProblemCollector) -> tuple[FloatArray, BoolArray]:
        """A column as numbers, exactly as Python's float() reads them, and which were readable.

        Empty cells and the usual words for nothing are NaN. A column of per cents is divided by
        100; some with and some without the sign is an error. Text is an error, one for each row.
        """
        cells = self._without_told(self.columns[column])
        if isinstance(cells, np.ndarray):
            return cells.astype(np.float64), np.ones(len(cells), dtype=bool)
        if isinstance(cells, TextColumn):
            # Whatever it cannot decide is looked at text by text.
            known = self._numbers_of(cells)
            if known is not None:
                return known[cells.codes], np.ones(len(cells), dtype=bool)
        if self.decimal and (apart := without_thousands(distinct(cells), self.decimal)):
            self.note("thousands set apart by points" if self.decimal == "," else THOUSANDS)
            cells = each_once(cells, lambda cell: apart.get(cell, cell))
        different = distinct(cells)
        try:
            values = np.fromiter(map(float, different), dtype=np.float64)
        except ValueError:
            pass
        else:
            # float() also reads 1_000 and the digits of other scripts.
            if not is_suspicious("".join(different)):
                if isinstance(cells, TextColumn):
                    return values[cells.codes], np.ones(len(cells), dtype=bool)
                told = dict(zip(different, values.tolist(), strict=True))
                values = np.fromiter(map(told.__getitem__, cells), np.float64, count=len(cells))
                return values, np.ones(len(cells), dtype=bool)
        filled = [cell for cell in different if cell.lower() not in self.missing]
        bare = bare_numbers(filled, decimal_comma=self.decimal_comma)
        for what in bare.notes:
            self.note(what)
        percent = [cell for cell in filled if bare.texts.get(cell, cell).endswith("%")]
        if percent and len(percent) < len(filled):
            without = set(filled) - set(percent)
            plain = next(i for i, cell in enumerate(cells) if cell in without)
            with_sign = next(i for i, cell in enumerate(cells) if cell == percent[0])
            findings.error(
                self.file_at(with_sign),
                self.at(with_sign),
                f"{column} is {quoted(cells[with_sign])}, and {quoted(cells[plain])} without a sign"
                f" in {self.at_other(plain, with_sign)}",
                "write all of the column in per cent, or none of it",
            )
            return np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool)
        if percent:
            self.note("per cent as shares")
        if any(cell.lower() in self.missing and cell for cell in different):
            self.note("words for no number")
        values, readable = self._parse(
            column,
            cells,
            np.float64,
            lambda cell: self._number(bare.texts.get(cell, cell)),
            findings,
            _number_hint,
        )
        return (values / 100 if percent else values), readable

    def _without_told(self, cells: Cells) -> Cells:
        """Without the numbers that somebody says stand for none, as `-1` may."""
        told = [number_of(word) for word in self.missing - NOTHING]
        gone = [number for number in told if number is not None]
        if not gone:
            return cells
        if isinstance(cells, np.ndarray):
            return np.where(np.isin(cells, gone), np.nan, cells.astype(np.float64))
        return each_once(cells, lambda cell: "" if number_of(cell) in gone else cell)

    def _numbers_of(self, cells: TextColumn) -> FloatArray | None:
        """The number of each different text by pyarrow, None where one is anything special.

        pyarrow reads what float() reads to the same bits, but for white space, underscores and
        digits of other scripts, which it refuses, and `nan(...)`, which is not finite.
        """
        if self.decimal_comma or cells.n_texts < MANY_NUMBERS:
            return None
        import pyarrow as pa
        from pyarrow import compute

        texts = cells.arrow
        digits = compute.match_substring_regex(texts, "[0-9]")
        words = texts.filter(compute.invert(digits)).to_pylist()
        if any(word.lower() not in self.missing for word in words):
            return None
        try:
            found = compute.if_else(digits, texts, None).cast(pa.float64())
        except pa.ArrowInvalid:
            return None
        values = np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)
        if not np.isfinite(values[np.asarray(digits)]).all():
            return None
        if any(words) and not all(number_of(word) is not None for word in words):
            self.note("words for no number")
        return values

    def _number(self, text: str) -> float | None:
        if text.lower() in self.missing:
            return float("nan")
        text = text.removesuffix("%").strip()
        return number_of(text.replace(",", ".") if self.decimal_comma else text)

    def integers(
        self, column: str, findings: ProblemCollector, *, todo: str, least: int = -(2**63)
    ) -> tuple[IntArray, BoolArray]:
        """A column as whole numbers from `least` on, and which were readable.

        `42.0` is 42, as spreadsheets write it. Anything else is an error that advises `todo`.
        """
        cells = self.columns[column]
        if isinstance(cells, np.ndarray) and cells.dtype.kind == "i" and (cells >= least).all():
            return cells.astype(np.int64), np.ones(len(cells), dtype=bool)
        return self._parse(
            column,
            self.texts(column),
            np.int64,
            lambda text: whole_number(
                text.replace(",", ".") if self.decimal_comma else text, least=least
            ),
            findings,
            lambda _: todo,
        )

    def _parse(
        self,
        column: str,
        cells: Sequence[str],
        dtype: type[np.float64] | type[np.int64],
        read: Callable[[str], Any],
        findings: ProblemCollector,
        todo: Callable[[str], str],
    ) -> tuple[Any, BoolArray]:
        known = {cell: read(cell) for cell in distinct(cells)}
        found = {cell: (value is not None, value or 0) for cell, value in known.items()}
        values: Any
        if isinstance(cells, TextColumn):
            values = np.fromiter((value for _, value in found.values()), dtype=dtype)[cells.codes]
        else:
            values = np.fromiter((found[cell][1] for cell in cells), dtype=dtype, count=len(cells))
        if None not in known.values():
            return values, np.ones(len(cells), dtype=bool)
        readable = rows_where(cells, lambda cell: found[cell][0])
        wanted = "number" if dtype is np.float64 else "whole number"
        for i in np.flatnonzero(~readable).tolist():
            findings.error(
                self.file_at(i),
                self.at(i),
                f"{column} is {quoted(cells[i])}, not a {wanted}",
                todo(cells[i]),
            )
        return values, readable


def read_table(
    folder: StudyFolder,
    name: str,
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
    todo: str,
) -> Table | None:
    """The columns `needed`, and those of `optional` that are there, of a table in any dialect.

    None, with an error, where there is no file (it advises `todo`), where it cannot be read or
    where a column is missing. Rows with too many or too few values are errors and left out;
    rows without any value are left out.
    """
    raw = read_dialect(folder, name, todo=todo)
    if raw is None:
        return None
    chosen = choose_columns(folder.findings, name, raw, needed, optional)
    return None if chosen is None else table_of(name, raw, chosen)


def read_dialect(
    folder: StudyFolder, name: str, *, todo: str, options: ReadOptions | None = None
) -> RawTable | None:
    """The table in a file of the study; None, with an error, where there is none."""
    data = folder.read(name, todo=todo)
    if data is None:
        return None
    findings = folder.findings
    try:
        raw = read_raw(name, data, options)
    except DialectError as error:
        todo = error.todo
        if isinstance(error, NotUtf8Error) and options is not None:
            todo += ', or write encoding = "cp1252", or what it is, under [evaluations.read]'
        findings.error(name, error.at, error.found, todo)
        return None
    for row, width in raw.ragged:
        findings.error(
            name,
            f"row {row}",
            f"{width} values where the header has {len(raw.header)}",
            "give each row one value per column, and quote text that holds commas",
        )
    return raw


def choose_columns(
    findings: ProblemCollector,
    file: str,
    raw: RawTable,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
) -> dict[str, int] | None:
    """Column -> position, None with errors where a needed one is missing or one is there twice."""
    header = raw.header
    if not header:
        todo = f"write the header {quoted(','.join(needed))} there"
        findings.error(file, "row 1", "no header", todo)
        return None
    complete = True
    for name in (*needed, *optional):
        if header.count(name) > 1:
            complete = False
            findings.error(file, "row 1", f"two columns {quoted(name)}", "keep one of them")
    for name in needed:
        if name not in header:
            complete = False
            hint = _column_hint(findings, name, header)
            findings.error(file, "row 1", f"no column {quoted(name)}", hint)
    if not complete:
        return None
    return {name: header.index(name) for name in (*needed, *optional) if name in header}


def table_of(name: str, raw: RawTable, chosen: Mapping[str, int]) -> Table:
    """The chosen columns of one file, without rows that have nothing in them."""
    columns = {word: stripped(raw.columns[i]) for word, i in chosen.items()}
    rows, columns = _without_empty_rows(raw.rows, columns)
    return Table(
        files=(name,),
        file_of=np.zeros(len(rows), dtype=np.int64),
        rows=rows,
        columns=columns,
        decimal_comma=raw.decimal_comma,
        recognized=list(raw.recognized),
    )


def _number_hint(text: str) -> str:
    if hint := number_hint(text):
        return hint
    if "," in text:
        return "write it with a point and without thousands separators"
    return "write a number; leave the cell empty where there is none"


def _column_hint(findings: ProblemCollector, name: str, header: Sequence[str]) -> str:
    there = listed(header)
    return f"{findings.did_you_mean(name, header)}add it beside {there}"


def _without_empty_rows(
    rows: IntArray, columns: dict[str, Cells]
) -> tuple[IntArray, dict[str, Cells]]:
    """Leave out rows without any value: spreadsheets like to end in rows of commas."""
    texts = [cells for cells in columns.values() if not isinstance(cells, np.ndarray)]
    # Of one column alone, an empty cell may be meant.
    if len(columns) > 1 and len(texts) == len(columns) and "" in texts[0]:
        kept = np.flatnonzero(filled_rows(texts))
        columns = {name: chosen(cells, kept) for name, cells in columns.items()}
        rows = rows[kept]
    return rows, columns
