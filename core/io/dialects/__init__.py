"""From the bytes of a table to its columns, in whatever dialect somebody wrote it.

CSV with any of four delimiters, decimal comma, `sep=` line, comments above the header, UTF-8 or
UTF-16; Markdown, LaTeX and web pages; Parquet and Arrow; Excel workbooks; JSON; each plain or
packed by gzip, zstd, bzip2 or xz. What was recognized beyond plain CSV is told, once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.io.dialects.delimited import read_large, read_text
from core.io.dialects.encoding import decoded
from core.io.dialects.json_records import looks_like_json, read_json
from core.io.dialects.named_arrays import read_arrays
from core.io.dialects.packing import ARRAYS, only_table, packing_of, unpacked
from core.io.dialects.parquet import ARROW, STREAM, read_arrow, read_parquet
from core.io.dialects.printed_tables import is_number
from core.io.dialects.raw_table import (
    LINE_ENDS,
    DialectError,
    RawTable,
    ReadOptions,
    check_cells,
    check_width,
    distinct,
)
from core.io.dialects.unseen_signs import seen_table, seen_text
from core.io.dialects.workbook import read_workbook
from core.io.names.usual_words import side_of, usual_column

_NO_TABLES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format 3", "an SQLite database"),
    (b"FEA1", "a Feather file of version 1"),
    (b"\x89HDF", "an HDF5 file"),
    *((bytes([0x80, protocol]), "a Python pickle") for protocol in range(2, 6)),
    (b"RDX", "an R data file"),
    (b"MATLAB 5.0", "a MATLAB file"),
)
_NO_TABLES_BY_NAME = {
    ".yaml": "a YAML file",
    ".yml": "a YAML file",
    ".toml": "a TOML file",
    ".arff": "an ARFF file",
    ".ods": "an OpenDocument sheet",
    ".dta": "a Stata file",
    ".sav": "an SPSS file",
    ".pt": "PyTorch weights",
    ".pth": "PyTorch weights",
    ".ckpt": "a checkpoint",
    ".pkl": "a Python pickle",
    ".pickle": "a Python pickle",
    ".joblib": "a Python pickle",
    ".rds": "an R data file",
    ".rdata": "an R data file",
}
_EVENTS = ".tfevents."
INSTEAD_OF_EVENTS = (
    "save the last value of each run as CSV, with columns source, target and the score"
)
"""What to do about event files of TensorBoard."""
LONGEST_AROUND = 2**18
"""Characters of a text whose lines beside the table are kept."""
_WORKBOOK_OLD = b"\xd0\xcf\x11\xe0"


def read_raw(name: str, data: bytes, options: ReadOptions | None = None) -> RawTable:
    """The table in a file. Raises DialectError where there is none, with what to do."""
    options = options or ReadOptions()
    known: list[str] = []
    if data.startswith(b"PK\x03\x04") and (member := only_table(data)):
        name, data = member[0], member[1]
        if name == ARRAYS:
            return _with(read_arrays(data), known)
        known.append(f"an archive with {name.rpartition('/')[2]}")
    lower = name.lower()
    if packing := packing_of(data):
        data = unpacked(data, packing)
        lower = lower.removesuffix(packing.suffix)
        known.append(packing.name)
    for mark, what in _NO_TABLES:
        if data.startswith(mark):
            if mark == b"\x93NUMPY":
                todo = "write both: np.savez(file, matrix=…, names=[…]), or a CSV file"
                raise DialectError(f"{what}, without names of tasks", todo)
            raise DialectError(f"{what}, not a table", "give a table: CSV, Excel, Parquet or JSON")
    if _EVENTS in lower:
        raise DialectError("an event file of TensorBoard, not a table", INSTEAD_OF_EVENTS)
    if other := next((what for end, what in _NO_TABLES_BY_NAME.items() if lower.endswith(end)), ""):
        raise DialectError(f"{other}, not a table", "write it as CSV, JSON or Parquet")
    if data.startswith(_WORKBOOK_OLD):
        raise DialectError(
            "an Excel workbook with a password, or of the old .xls form",
            "save it as .xlsx without a password, or as CSV",
        )
    if lower.endswith((".parquet", ".pq")) or data.startswith(b"PAR1"):
        return _with(read_parquet(data), known)
    if data.startswith((ARROW, STREAM)):
        return _with(read_arrow(data), known)
    if data[:4] == b"PK\x03\x04" or lower.endswith(".xlsx"):
        return _with(read_workbook(data, options), known)
    is_json = lower.endswith((".json", ".jsonl", ".ndjson"))
    if not is_json and (large := read_large(data, options)):
        return _with(large, known, may_be_unseen=False)
    text, encoding = decoded(data, options.encoding)
    if encoding:
        known.append(encoding)
    text = seen_text(text, known)
    if is_json or looks_like_json(text):
        return _with(read_json(text), known)
    return _with(_with_text_around(read_text(text, options), text), known)


def _with_text_around(table: RawTable, text: str) -> RawTable:
    """With what is written above and below the table of a short text."""
    if len(text) > LONGEST_AROUND or not len(table.rows):
        return table
    lines = LINE_ENDS.split(text)
    first, last = int(table.rows.min()), int(table.rows.max())
    # The header stands in the line before the first row, or further up.
    beside = [*lines[: max(first - 2, 0)], *lines[last:]]
    return replace(table, around="\n".join(line for line in beside if line.strip(" ,;\t")))


def _with(table: RawTable, known: Sequence[str], *, may_be_unseen: bool = True) -> RawTable:
    if may_be_unseen:
        table = seen_table(table)
    if not all(map(str.isascii, table.header)):
        header = tuple(unicodedata.normalize("NFC", name) for name in table.header)
        table = replace(table, header=header)
    check_cells(table)
    table = _filled_down(_without_side_label(_without_empty_columns(table)))
    check_width(len(table.header))
    return replace(table, recognized=(*known, *table.recognized)) if known else table


def _filled_down(table: RawTable) -> RawTable:
    """With the name of a group in each of its rows, where it stands in the first of them alone."""
    if len(table.columns) < 3 or not len(table.rows):
        return table
    first, second = table.columns[:2]
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray) or "" not in first:
        return table
    names = [cell for cell in first if cell.strip()]
    if not first[0].strip() or len({*names}) < len(names) or "" in second:
        return table
    if 2 * len(names) > len(first):
        return table  # one that is missing is no group
    called = table.header[0]
    if (
        all(map(is_number, names))
        and called
        and not any(
            usual_column(word, [called]) for word in ("sources", "target", "method", "seed")
        )
    ):
        return table  # a score that is there once alone
    groups: list[str] = []
    for cell in first:
        groups.append(cell if cell.strip() else groups[-1])
    pairs = {*zip(groups, second, strict=True)}
    if len(pairs) < len(groups) or any(map(is_number, second)):
        return table
    said = (*table.recognized, f"names that stand for the rows below them, in {table.header[0]}")
    return replace(table, columns=(groups, *table.columns[1:]), recognized=said)


def _without_side_label(table: RawTable) -> RawTable:
    """With `Train on` in the corner, where it stands beside the names of rows in its own column."""
    if len(table.columns) < 4 or table.header[0] or table.header[1] or not len(table.rows):
        return table
    label, names = table.columns[:2]
    if isinstance(label, np.ndarray) or isinstance(names, np.ndarray):
        return table
    found = {cell.strip() for cell in distinct(label)} - {""}
    if len(found) != 1 or not side_of(*found) or not all(map(str.strip, distinct(names))):
        return table
    header = (found.pop(), *table.header[2:])
    return replace(table, header=header, columns=(names, *table.columns[2:]))


def _without_empty_columns(table: RawTable) -> RawTable:
    """Without columns that have neither a name nor a value: a sheet that begins further right."""
    empty = {
        i
        for i, (name, cells) in enumerate(zip(table.header, table.columns, strict=True))
        if not name
        and not isinstance(cells, np.ndarray)
        and not any(map(str.strip, distinct(cells)))
    }
    kept = [i for i in range(len(table.header)) if i not in empty]
    if not empty or len(kept) < 2 or not len(table.rows):
        return table
    return replace(
        table,
        header=tuple(table.header[i] for i in kept),
        columns=tuple(table.columns[i] for i in kept),
    )
