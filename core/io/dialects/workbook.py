"""Excel workbooks: the sheet that was named or the first with results, merged cells filled."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
from cachetools import LRUCache, cached

from core.io.dialects.delimited import with_one_header
from core.io.dialects.named_arrays import is_called_spread
from core.io.dialects.notes_below import is_plain_number, notes_below
from core.io.dialects.open_workbook import opened_workbook, whole_workbook
from core.io.dialects.packing import LARGEST, check_times
from core.io.dialects.raw_table import DialectError, RawTable, ReadOptions, as_text
from core.io.dialects.sheet_names import is_called_notes, is_template, named_alike
from core.io.dialects.stacked_tables import titles_between
from core.io.dialects.tables_beside import tables_beside

MOST_CELLS = 2**24
"""Cells of a sheet up to its last one, and those that merged ones cover."""
_PLACE = re.compile(rb'<(?:\w{1,20}:)?c [^<>]{0,80}?\br="([A-Z]{1,3})(\d{1,7})"')
_MERGED = re.compile(rb'mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_UNCALCULATED = re.compile(
    rb'<c (?:(?!t=")[^<>]){0,80}><f(?: [^<>]{0,200})?>[^<>]{0,500}</f>(?:<v>(?:</v>)|<v ?/>)?</c>'
)
"""A cell with a formula and no value; of an empty text the type would say so."""
MOST_MERGED = 2_000_000
"""Cells that are filled because they are merged with another one."""
ROWS_SEEN = 12
"""Rows of a sheet that tell whether it is the one with the results."""


CHECKED = 64
"""Workbooks of which it is known that they are in order: each sheet of one is read by itself."""


def read_workbook(data: bytes, options: ReadOptions) -> RawTable:
    """The table in a sheet of an Excel workbook. Raises DialectError.

    Of a template for sheets it is the first that fits.
    """
    has_merged, uncalculated = _check_archive(data)
    rows, title, sheets = _cells(data, options.sheet)
    merged = has_merged and _fill_merged(rows, data, title)
    kept = [(i + 1, row) for i, row in enumerate(rows) if any(row)]
    around: list[Sequence[str]] = []
    while kept and kept[0][1][0].startswith(options.comment or "#"):
        around.append(kept.pop(0)[1])
    notes = notes_below(kept)
    around += [row for _, row in kept[len(kept) - notes :]]
    kept = kept[: len(kept) - notes]
    titles = 0
    while len(kept) > 2 and _is_title(kept[0][1], kept[1][1]):
        around.append(kept.pop(0)[1])
        titles += 1
    table = tables_beside(kept) or _as_table(kept)
    known = ["an Excel workbook"]
    if len(sheets) > 1 and options.sheet is None:
        known = [f"an Excel workbook, its sheet `{title}`"]
        known.append(f"{_named([one for one in sheets if one != title])} not read")
    if merged:
        known.append("merged cells filled")
    if titles:
        known.append(f"{titles} row{'s' if titles > 1 else ''} above the header")
    if notes:
        known.append(f"{notes} row{'s' if notes > 1 else ''} below the table left out")
    if uncalculated:
        known.append(
            "formulas without a value, read as empty: open it in a spreadsheet program and save it"
        )
    called = str(options.sheet) if is_template(options.sheet) else title
    return with_one_header(
        replace(
            table,
            recognized=(*known, *table.recognized),
            sheets=sheets,
            sheet=called,
            around="\n".join("\n".join(filter(None, row)) for row in around),
        )
    )


def _as_table(kept: Sequence[tuple[int, Sequence[str]]]) -> RawTable:
    """Rows of cells with their numbers as a table, the first of them its header."""
    header = tuple(kept[0][1]) if kept else ()
    columns = tuple([row[i] for _, row in kept[1:]] for i in range(len(header)))
    numbers = np.array([number for number, _ in kept[1:]], dtype=np.int64)
    return RawTable(header, columns, numbers, titles=titles_between([row for _, row in kept]))


def _is_title(row: Sequence[str], below: Sequence[str]) -> bool:
    """One cell above several; the head of a column beside names of rows is none."""
    filled = sum(map(bool, below))
    return sum(map(bool, row)) == 1 < filled and (filled > 2 or bool(row[0]))


@cached(LRUCache(CHECKED), key=lambda data: sha256(data).digest(), lock=threading.Lock())
def _check_archive(data: bytes) -> tuple[bool, bool]:
    """Whether there are merged cells, and formulas that nobody has calculated.

    DialectError for what is no workbook, or is far too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
            if size > LARGEST // 4:
                raise DialectError("a workbook of more than 512 MiB", "save it as CSV or Parquet")
            check_times(size, len(data))
            found = _check_extent(archive)
            names = set(archive.namelist())
    except DialectError:
        raise
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise DialectError("not an Excel workbook", "save it again, as .xlsx or CSV") from None
    if not any(name.startswith("xl/") for name in names):
        raise DialectError("an archive, not a table", "unpack it, and give the table in it")
    return found


def _cells(data: bytes, asked: str | int | None) -> tuple[list[list[str]], str, tuple[str, ...]]:
    """The rows of a sheet as text, its name, and the names of all. Raises DialectError."""
    import pandas as pd

    try:
        with opened_workbook(data) as book:
            sheets = tuple(map(str, book.sheet_names))
            sheet = asked if asked is not None else _first_table(book)
            if isinstance(sheet, str) and sheet not in sheets:
                sheet = named_alike(sheet, sheets)[0][0]
            frame = pd.read_excel(
                book, sheet_name=sheet, header=None, dtype=object, keep_default_na=False
            )
            title = sheets[sheet] if isinstance(sheet, int) else sheet
    except DialectError:
        raise
    except Exception as error:  # openpyxl raises nearly anything for a damaged workbook
        reason = str(error).split("\n", 1)[0] or type(error).__name__
        raise DialectError(
            f"not an Excel workbook: {reason}", "save it again, as .xlsx or CSV"
        ) from None
    rows = [[as_text(cell) for cell in row] for row in frame.itertuples(index=False)]
    return rows, title, sheets


def _check_extent(archive: zipfile.ZipFile) -> tuple[bool, bool]:
    """As `_check_archive`, with DialectError for cells far out or merged over a whole sheet.

    Whatever reads a sheet makes every cell up to the last one, and each that a merged one covers.
    """
    has_merged = uncalculated = False
    for name in archive.namelist():
        if not name.startswith("xl/worksheets/"):
            continue
        down = right = covered = 0
        with archive.open(name) as sheet:
            tail = b""
            while chunk := sheet.read(2**20):
                text = tail + chunk
                has_merged = has_merged or b"mergeCell " in text
                uncalculated = uncalculated or (
                    b"<f" in text and _UNCALCULATED.search(text) is not None
                )
                for letters, digits in _PLACE.findall(text):
                    right = max(right, _column(letters))
                    down = max(down, int(digits))
                for left, top, last, bottom in _MERGED.findall(text):
                    covered += (_column(last) - _column(left) + 1) * (int(bottom) - int(top) + 1)
                tail = text[max(text.rfind(b"<"), len(text) - 200) :]
                if down * right > MOST_CELLS:
                    raise DialectError(
                        f"a sheet of {down:,} rows and {right:,} columns",
                        "delete the cells far out, or save the table as CSV",
                    )
                if covered > MOST_CELLS:
                    raise DialectError("merged cells over very many rows", "save it as CSV")
    return has_merged, uncalculated


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _first_table(book: Any) -> int:
    """The first sheet with two columns, two rows and a number in them, no notes and no spread.

    The first of such a size where no sheet has a number; the first of all where none is so large.
    """
    import pandas as pd

    tables = []
    names = list(map(str, book.sheet_names))
    of_notes = {n for n in names if is_called_notes(n) or is_called_spread(n)}
    if len(names) > 1:
        for i in [i for i, name in enumerate(names) if name not in of_notes][:8]:
            head = pd.read_excel(book, sheet_name=i, header=None, nrows=ROWS_SEEN, dtype=object)
            if head.shape[0] > 1 and head.dropna(axis=1, how="all").shape[1] > 1:
                tables.append(i)
                if any(is_plain_number(cell) for cell in head.iloc[1:].to_numpy().flat):
                    return i
    return tables[0] if tables else next((i for i, n in enumerate(names) if n not in of_notes), 0)


def _named(sheets: Sequence[str]) -> str:
    """The first three of these, and how many more there are."""
    shown = ", ".join(f"`{one}`" for one in sheets[:3])
    more = f" and {len(sheets) - 3} more" if len(sheets) > 3 else ""
    return f"sheet{'s' if len(sheets) > 1 else ''} {shown}{more}"


def _fill_merged(rows: list[list[str]], data: bytes, sheet: str) -> bool:
    """Write what merged cells show into each of the cells they cover; whether there are some."""
    page = whole_workbook(data)[sheet]
    filled, most = False, MOST_MERGED
    for area in page.merged_cells.ranges:
        top, left = area.min_row - 1, area.min_col - 1
        if top >= len(rows) or left >= len(rows[top]):
            continue
        # Across a whole row it is a title, not a name for each column.
        if area.min_row == area.max_row and area.max_col - area.min_col + 1 >= len(rows[top]):
            continue
        wide = min(area.max_col, len(rows[top])) - left
        most -= wide * (min(area.max_row, len(rows)) - top)
        if most < 0:
            raise DialectError("merged cells over very many rows", "save it as CSV")
        for row in rows[top : area.max_row]:
            for i in range(left, left + wide):
                row[i] = rows[top][left]
                filled = True
    return filled
