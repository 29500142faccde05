"""Table: a CSV or Parquet file by columns, with exact numbers and the row each came from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import listed
from core.io.files import StudyFolder
from core.io.problems import ProblemCollector, quoted, shortened
from core.numerics.arrays import BoolArray, FloatArray, IntArray

Cells = Sequence[str] | FloatArray | IntArray
"""A column as it stands in the file: text (CSV), or numbers (Parquet)."""

_INT64 = range(-(2**63), 2**63)
_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
_MISSING = {"", "NA"}


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

    rows: (N,) int64: lines of a CSV file counted from 1, the header being line 1; rows of a
    Parquet file counted from 1.
    """

    file: str
    rows: IntArray
    columns: Mapping[str, Cells]

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def at(self, index: int | np.integer[Any]) -> str:
        """The place of an element, for a message."""
        return f"row {self.rows[index]}"

    def texts(self, column: str) -> Sequence[str]:
        """A column as text, without spaces around it."""
        cells = self.columns[column]
        return [str(cell) for cell in cells.tolist()] if isinstance(cells, np.ndarray) else cells

    def names(self, column: str) -> Names:
        """A column as names."""
        cells = self.texts(column)
        index = {name: i for i, name in enumerate(dict.fromkeys(cells))}
        codes = np.fromiter(map(index.__getitem__, cells), dtype=np.int64, count=len(cells))
        first = np.zeros(len(index), dtype=np.int64)
        first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
        return Names(codes, tuple(index), first)

    def numbers(self, column: str, findings: ProblemCollector) -> tuple[FloatArray, BoolArray]:
        """A column as numbers, exactly as Python's float() reads them, and which were readable.

        Empty cells and `NA` are NaN. Text is an error, one for each row.
        """
        cells = self.columns[column]
        if isinstance(cells, np.ndarray):
            return cells.astype(np.float64), np.ones(len(cells), dtype=bool)
        try:
            values = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
        except ValueError:
            pass
        else:
            # float() also reads 1_000 and the digits of other scripts.
            if not _is_suspicious("".join(cells)):
                return values, np.ones(len(cells), dtype=bool)
        return self._parse(column, cells, np.float64, _number, findings, _number_hint)

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
            lambda text: whole_number(text, least=least),
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
        names = self.names(column)
        known = [read(name) for name in names.names]
        readable = np.array([value is not None for value in known], dtype=bool)[names.codes]
        values = np.array([value or 0 for value in known], dtype=dtype)[names.codes]
        wanted = "number" if dtype is np.float64 else "whole number"
        for i in np.flatnonzero(~readable).tolist():
            findings.error(
                self.file,
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
    """The columns `needed`, and those of `optional` that are there, of a CSV or Parquet file.

    None, with an error, where there is no file (it advises `todo`), where it cannot be read or
    where a column is missing. Rows with too many or too few values are errors and left out;
    rows without any value are left out.
    """
    data = folder.read(name, todo=todo)
    if data is None:
        return None
    if name.lower().endswith((".parquet", ".pq")) or data.startswith(b"PAR1"):
        return _read_parquet(folder.findings, name, data, needed, optional)
    text = folder.decode(name, data)
    return None if text is None else _read_csv(folder.findings, name, text, needed, optional)


def whole_number(text: str, *, least: int = -(2**63)) -> int | None:
    """`42`, `42.0` or `4.2e1` as an int of 64 bits, None where it is none or below `least`."""
    if _WHOLE.fullmatch(text):
        digits = text.partition(".")[0]
        # Python refuses to read more than 4,300 digits.
        number = int(digits) if len(digits) <= 400 else 2**63
    else:
        value = _number(text)
        if value is None or not value.is_integer() or abs(value) > 2**53:
            return None
        number = int(value)
    return number if number in _INT64 and number >= least else None


def _number(text: str) -> float | None:
    if text in _MISSING:
        return float("nan")
    if _is_suspicious(text):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _is_suspicious(text: str) -> bool:
    return "_" in text or not text.isascii()


def _number_hint(text: str) -> str:
    if "," in text:
        return "write it with a point and without thousands separators"
    return "write a number; leave the cell empty where there is none"


def _read_csv(
    findings: ProblemCollector,
    file: str,
    text: str,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
) -> Table | None:
    plain = _split_plain(text)
    lines, columns = plain if plain is not None else _split(findings, file, text)
    if not columns:
        if not findings.has_errors_in(file):
            todo = f"write the header {quoted(','.join(needed))} there"
            findings.error(file, "row 1", "no header", todo)
        return None
    header = [column[0].strip() for column in columns]
    chosen = _choose(findings, file, header, needed, optional)
    if chosen is None:
        return None
    cells: dict[str, Cells] = {
        name: list(map(str.strip, columns[i][1:])) for name, i in chosen.items()
    }
    return _without_empty_rows(file, lines[1:], cells)


def _split_plain(text: str) -> tuple[IntArray, list[Sequence[str]]] | None:
    """Lines and columns of a CSV text without quotes or ragged rows, None where it has some.

    The csv module takes ten times as long: 3 s for a million rows of three columns.
    """
    text = text.replace("\r\n", "\n").rstrip("\n")
    if '"' in text or "\r" in text or "\n\n" in text or text.startswith("\n"):
        return None
    width = text.partition("\n")[0].count(",") + 1
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    breaks = characters == ord("\n")
    ends = np.append(breaks[breaks | (characters == ord(","))], True)
    if len(ends) % width or not (ends.reshape(-1, width) == (np.arange(width) == width - 1)).all():
        return None
    cells = text.replace("\n", ",").split(",")
    columns: list[Sequence[str]] = [cells[i::width] for i in range(width)]
    return np.arange(1, len(columns[0]) + 1), columns if text.strip() else []


def _split(
    findings: ProblemCollector, file: str, text: str
) -> tuple[IntArray, list[Sequence[str]]]:
    """Lines and columns of any CSV text; rows of a wrong length are errors and left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    before = 0
    try:
        for row in reader:
            width = len(rows[0]) if rows else len(row)
            if len(row) == width and row:
                # A quoted cell may hold line breaks: a row starts behind the one before.
                lines.append(before + 1)
                rows.append(row)
            elif any(cell.strip() for cell in row):
                findings.error(
                    file,
                    f"row {before + 1}",
                    f"{len(row)} values where the header has {width}",
                    "give each row one value per column, and quote text that holds commas",
                )
            before = reader.line_num
    except csv.Error as error:
        todo = "quote text that holds commas or quotes, and double the quotes in it"
        findings.error(file, f"row {before + 1}", f"not CSV: {error}", todo)
        return np.zeros(0, dtype=np.int64), []
    return np.array(lines, dtype=np.int64), list(zip(*rows, strict=True))


def _read_parquet(
    findings: ProblemCollector,
    file: str,
    data: bytes,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
) -> Table | None:
    # pyarrow takes a tenth of a second to import; most studies are CSV.
    import pyarrow
    from pyarrow import parquet

    try:
        source = parquet.ParquetFile(pyarrow.BufferReader(data))
        header = [str(name) for name in source.schema_arrow.names]
        chosen = _choose(findings, file, [name.strip() for name in header], needed, optional)
        if chosen is None:
            return None
        table = source.read(columns=[header[i] for i in chosen.values()])
        columns = {name: _cells(table.column(header[i])) for name, i in chosen.items()}
    except (pyarrow.ArrowException, OSError, KeyError, ValueError, OverflowError) as error:
        reason = str(error).split("\n", 1)[0]
        findings.error(file, "", f"not a Parquet file: {reason}", "write the file again")
        return None
    return _without_empty_rows(file, np.arange(1, table.num_rows + 1), columns)


def _cells(column: Any) -> Cells:
    """A pyarrow column: numbers stay numbers, all else becomes text; null is NaN or empty."""
    from pyarrow import types

    if types.is_integer(column.type) and column.null_count == 0 and column.type != "uint64":
        return np.asarray(column.to_numpy(), dtype=np.int64)
    if types.is_floating(column.type) or types.is_integer(column.type):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    return ["" if cell is None else str(cell).strip() for cell in column.to_pylist()]


def _choose(
    findings: ProblemCollector,
    file: str,
    header: list[str],
    needed: tuple[str, ...],
    optional: tuple[str, ...],
) -> dict[str, int] | None:
    """Column -> position, None with errors where a needed one is missing or one is there twice."""
    complete = True
    for name in (*needed, *optional):
        if header.count(name) > 1:
            complete = False
            findings.error(file, "row 1", f"two columns {quoted(name)}", "keep one of them")
    for name in needed:
        if name not in header:
            complete = False
            hint = (
                "separate columns with commas"
                if ";" in header[0]
                else _column_hint(findings, name, header)
            )
            findings.error(file, "row 1", f"no column {quoted(name)}", hint)
    if not complete:
        return None
    return {name: header.index(name) for name in (*needed, *optional) if name in header}


def _column_hint(findings: ProblemCollector, name: str, header: Sequence[str]) -> str:
    there = listed(shortened(column) for column in header)
    return f"{findings.did_you_mean(name, header)}add it beside {there}"


def _without_empty_rows(file: str, rows: IntArray, columns: dict[str, Cells]) -> Table:
    """Leave out rows without any value: spreadsheets like to end in rows of commas."""
    texts = [cells for cells in columns.values() if not isinstance(cells, np.ndarray)]
    # Of one column alone, an empty cell may be meant.
    if len(columns) > 1 and len(texts) == len(columns) and "" in texts[0]:
        kept = [i for i in range(len(rows)) if any(cells[i] for cells in texts)]
        columns = {
            name: [cells[i] for i in kept] for name, cells in zip(columns, texts, strict=True)
        }
        rows = rows[kept]
    return Table(file, rows, columns)
