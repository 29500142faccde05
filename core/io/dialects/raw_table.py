"""A table as it stands in a file, before anybody has said what its columns mean."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from core.errors import RequestError
from core.io.problems import flaw_of, quoted
from core.io.table_cells.text_columns import TextColumn
from core.numerics.arrays import BoolArray, FloatArray, IntArray

Cells = Sequence[str] | FloatArray | IntArray
"""A column as it stands in the file: text, or numbers (Parquet)."""
LINE_ENDS = re.compile(r"\r\n|\n|\r")
MOST_COLUMNS = 20_000
LONGEST_CELL = 2**20
"""Letters of a cell."""


class DialectError(ValueError):
    """A file that is no table: where, what was found, what to do."""

    def __init__(self, found: str, todo: str, at: str = "") -> None:
        super().__init__(found)
        self.found, self.todo, self.at = found, todo, at


class NotUtf8Error(DialectError):
    """A text in another encoding than UTF-8, and nothing that says which."""


@contextmanager
def asked_for(path: Path) -> Iterator[None]:
    """Reading a file that somebody named: what is wrong with it is a RequestError, and says so."""
    try:
        yield
    except DialectError as error:
        place = f", {error.at}" if error.at else ""
        raise RequestError(f"{path.name}{place}: {error.found}; {error.todo}") from None
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror or error}") from None
    except (MemoryError, RecursionError) as fault:
        raise RequestError(f"{path.name}: {'; '.join(flaw_of(fault))}") from None


@dataclass(frozen=True)
class ReadOptions:
    """What the manifest says of a file that the file does not show: `[evaluations.read]`."""

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    comment: str | None = None
    sheet: str | int | None = None


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file.

    header: names of the columns; columns: of equal length N. rows: (N,) int64, lines of a text
    file counted from 1, rows of any other counted from 1 (a workbook's own row numbers).
    ragged: (row, how many values) of rows that are not as wide as the header; left out.
    decimal_comma: numbers have a comma where others have a point. recognized: what is not plain.
    sheets: names of all sheets of a workbook; sheet: of the one it stands in. titles: those above
    the second and further tables that stand below the first in the same columns. around: text that
    stands above or below it.
    """

    header: tuple[str, ...]
    columns: tuple[Cells, ...]
    rows: IntArray
    ragged: tuple[tuple[int, int], ...] = ()
    decimal_comma: bool = False
    recognized: tuple[str, ...] = field(default=())
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    titles: tuple[str, ...] = ()
    around: str = ""


def check_width(count: int) -> None:
    """Raises DialectError for more columns than a table has."""
    if count > MOST_COLUMNS:
        raise DialectError(f"{count:,} columns", f"a table has at most {MOST_COLUMNS:,}")


def check_cells(table: RawTable) -> None:
    """Raises DialectError for a cell that is far too long: whatever looks at it takes minutes."""
    for name, cells in zip(table.header, table.columns, strict=True):
        if isinstance(cells, np.ndarray):
            continue
        longest = (
            cells.longest() if isinstance(cells, TextColumn) else max(map(len, cells), default=0)
        )
        if longest > LONGEST_CELL:
            at = next(i for i, cell in enumerate(cells) if len(cell) > LONGEST_CELL)
            raise DialectError(
                f"a cell of {len(cells[at]):,} letters under {quoted(name)}",
                f"leave that column out: a cell has at most {LONGEST_CELL:,}",
                f"row {table.rows[at]}",
            )
    long = next((len(name) for name in table.header if len(name) > LONGEST_CELL), 0)
    if long:
        raise DialectError(
            f"the name of a column of {long:,} letters", "write a shorter one", "row 1"
        )


def chosen(cells: Cells, rows: IntArray) -> Cells:
    """Some rows of a column, in that order."""
    if isinstance(cells, np.ndarray):
        return cast("Cells", cells[rows])
    if isinstance(cells, TextColumn):
        return cells.take(rows)
    return [cells[i] for i in rows.tolist()]


def distinct(cells: Sequence[str]) -> Sequence[str]:
    """The different texts of a column, in order of first appearance."""
    return cells.texts if isinstance(cells, TextColumn) else list(dict.fromkeys(cells))


def rows_where(cells: Sequence[str], holds: Callable[[str], bool]) -> BoolArray:
    """(N,) bool: the rows whose text fulfils something, each different text asked once."""
    if isinstance(cells, TextColumn):
        return cells.where(holds)
    known = {cell: holds(cell) for cell in dict.fromkeys(cells)}
    return np.fromiter(map(known.__getitem__, cells), dtype=bool, count=len(cells))


def filled_rows(columns: Sequence[Sequence[str]]) -> BoolArray:
    """(N,) bool: the rows in which some column has a text."""
    return np.asarray(np.any([rows_where(cells, bool) for cells in columns], axis=0), dtype=bool)


def as_text(cell: object) -> str:
    """A cell as text: nothing is empty, a list is joined by `+`, whole numbers have no point."""
    if cell is None:
        return ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="backslashreplace").strip()
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return (
            ""
            if cell != cell
            else str(int(cell))
            if cell.is_integer() and abs(cell) < 2**53
            else repr(cell)
        )
    if isinstance(cell, datetime.datetime):
        # A day alone has no time of day: as CSV and a sheet show it.
        at_midnight = cell.time() == datetime.time() and cell.tzinfo is None
        return str(cell.date() if at_midnight else cell)
    if isinstance(cell, list | tuple | np.ndarray):
        return "+".join(as_text(one) for one in cell)
    return str(cell).strip()
