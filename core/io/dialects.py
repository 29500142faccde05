"""From the bytes of a table to its columns, in whatever dialect somebody wrote it.

CSV with any of four delimiters, decimal comma, `sep=` line, comments above the header, UTF-8 or
UTF-16; Parquet; Excel workbooks; JSON records and lines; each plain or packed by gzip,
zstd, bzip2 or xz. What was
recognized beyond plain CSV is told, once.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from core.errors import RequestError
from core.io.nested_json import nested_records
from core.io.printed_tables import (
    PrintedTable,
    markdown_table,
    spaced_table,
    title_lines,
    two_heads,
)
from core.io.text_columns import TextColumn
from core.numerics.arrays import BoolArray, FloatArray, IntArray

Cells = Sequence[str] | FloatArray | IntArray
"""A column as it stands in the file: text, or numbers (Parquet)."""

DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
LARGEST = 2**31
"""Bytes a file may have once it is unpacked: more is an archive bomb, or needs Parquet."""
MOST_TEXTS = 2**24
"""Cells of text in a Parquet file, which may repeat one value in few bytes."""
MOST_BRACKETS = 3_000_000
"""Lists and objects in a JSON file: each takes 60 bytes and more in memory, and one on disk."""
MOST_COLUMNS = 20_000
MOST_MERGED = 2_000_000
"""Cells that are filled because they are merged with another one."""
LONGEST_HEADER = 2**24
"""Characters that are looked at for the number of columns before they are made."""
SNIFFED = 50
"""Lines that are looked at to find the delimiter."""
LARGE_TEXT = 2**20
"""Characters from which on a text is cut by pyarrow, whose import costs 0.1 s and 40 MB."""
MOST_CODED = 200
"""Columns of a table that is."""
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", ""),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_NO_TABLES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format 3", "an SQLite database"),
)
_WORKBOOK_OLD = b"\xd0\xcf\x11\xe0"
_INDEX = re.compile(r"__index_level_\d+__")
_SEP = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)


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


class DialectError(ValueError):
    """A file that is no table: where, what was found, what to do."""

    def __init__(self, found: str, todo: str, at: str = "") -> None:
        super().__init__(found)
        self.found, self.todo, self.at = found, todo, at


class NotUtf8Error(DialectError):
    """A text in another encoding than UTF-8, and nothing that says which."""


@dataclass(frozen=True)
class ReadOptions:
    """What the manifest says of a file that the file does not show: `[evaluations.read]`."""

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    comment: str | None = None
    sheet: str | int | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file.

    header: names of the columns; columns: of equal length N. rows: (N,) int64, lines of a text
    file counted from 1, rows of any other counted from 1 (a workbook's own row numbers).
    ragged: (row, how many values) of rows that are not as wide as the header; left out.
    decimal_comma: numbers have a comma where others have a point. recognized: what is not plain.
    """

    header: tuple[str, ...]
    columns: tuple[Cells, ...]
    rows: IntArray
    ragged: tuple[tuple[int, int], ...] = ()
    decimal_comma: bool = False
    recognized: tuple[str, ...] = field(default=())


def read_raw(name: str, data: bytes, options: ReadOptions | None = None) -> RawTable:
    """The table in a file. Raises DialectError where there is none, with what to do."""
    options = options or ReadOptions()
    known: list[str] = []
    lower = name.lower()
    if packing := packing_of(data):
        data = unpacked(data, packing)
        lower = lower.removesuffix(packing.suffix)
        known.append(packing.name)
    for mark, what in _NO_TABLES:
        if data.startswith(mark):
            raise DialectError(f"{what}, not a table", "give a table: CSV, Excel, Parquet or JSON")
    if data.startswith(_WORKBOOK_OLD):
        raise DialectError(
            "an Excel workbook with a password, or of the old .xls form",
            "save it as .xlsx without a password, or as CSV",
        )
    if lower.endswith((".parquet", ".pq")) or data.startswith(b"PAR1"):
        return _with(_read_parquet(data), known)
    if data[:4] == b"PK\x03\x04" or lower.endswith(".xlsx"):
        return _with(_read_workbook(data, options), known)
    text, encoding = decoded(data, options.encoding)
    if encoding:
        known.append(encoding)
    if lower.endswith((".json", ".jsonl", ".ndjson")) or _looks_like_json(text):
        return _with(_read_json(text), known)
    return _with(_read_text(text, options), known)


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Text and the name of its encoding, empty for UTF-8. Raises DialectError."""
    if encoding:
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding
        except LookupError:
            raise DialectError(
                f"no encoding `{encoding}`", 'write one such as "utf-16" or "latin-1"'
            ) from None
        except UnicodeError:
            raise DialectError(f"not {encoding}", "correct encoding, or take it out") from None
    marks = [(codec, called) for mark, codec, called in _MARKS if data.startswith(mark)]
    if not marks and len(data) % 2 == 0 and (nul := data[:400].count(0) / max(len(data[:400]), 1)):
        # Every second byte of Latin text: UTF-16 that does not say so.
        for codec, start in (("utf-16-le", 1), ("utf-16-be", 0)):
            if nul > 0.4 and data[:400][start::2].count(0) > 0.8 * len(data[:400]) / 2:
                marks = [(codec, "UTF-16 without a mark")]
    codec, called = marks[0] if marks else ("utf-8", "")
    try:
        return data.decode(codec).removeprefix("\ufeff"), called
    except UnicodeDecodeError as error:
        start = error.start + (3 if codec == "utf-8-sig" else 0)
        line = data.count(b"\n", 0, start) + 1
        if called:
            raise DialectError(f"not {called}, as its first bytes say", "save it again") from None
        raise NotUtf8Error(
            f"byte 0x{data[min(start, len(data) - 1)]:02x} is not UTF-8",
            "save the file as UTF-8",
            f"line {line}",
        ) from None


def _check_width(count: int) -> None:
    if count > MOST_COLUMNS:
        raise DialectError(f"{count:,} columns", f"a table has at most {MOST_COLUMNS:,}")


def _with(table: RawTable, known: Sequence[str]) -> RawTable:
    _check_width(len(table.header))
    if not known:
        return table
    return RawTable(
        table.header,
        table.columns,
        table.rows,
        table.ragged,
        table.decimal_comma,
        (*known, *table.recognized),
    )


@dataclass(frozen=True)
class Packing:
    """One way to compress a file: the bytes it begins with, its suffix, and what reads it."""

    name: str
    mark: bytes
    suffix: str
    open: Callable[[bytes], IO[bytes]]


def _zstd(data: bytes) -> IO[bytes]:
    import pyarrow as pa

    stream = pa.input_stream(pa.BufferReader(data), compression="zstd")
    return cast("IO[bytes]", stream)


def _gzip(data: bytes) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=io.BytesIO(data)))


def _bzip2(data: bytes) -> IO[bytes]:
    return cast("IO[bytes]", bz2.BZ2File(io.BytesIO(data)))


def _xz(data: bytes) -> IO[bytes]:
    return cast("IO[bytes]", lzma.LZMAFile(io.BytesIO(data)))


PACKINGS = (
    Packing("gzip", b"\x1f\x8b", ".gz", _gzip),
    Packing("zstd", b"\x28\xb5\x2f\xfd", ".zst", _zstd),
    Packing("bzip2", b"BZh91AY&SY", ".bz2", _bzip2),
    Packing("xz", b"\xfd7zXZ\x00", ".xz", _xz),
)


def packing_of(data: bytes) -> Packing | None:
    """How a file is compressed, by its first bytes; None where it is not."""
    return next((one for one in PACKINGS if data.startswith(one.mark)), None)


def unpacked(data: bytes, packing: Packing, *, most: int = LARGEST) -> bytes:
    """What is in a compressed file, up to `most` bytes. Raises DialectError."""
    try:
        with packing.open(data) as file:
            found = file.read(most + 1)
    except EOFError:
        raise DialectError(
            f"{packing.name} that ends too early", "copy or write the file again"
        ) from None
    except (OSError, zlib.error, lzma.LZMAError, ValueError):
        raise DialectError(
            f"not {packing.name}, though its first bytes say so", "write the file again"
        ) from None
    if len(found) > most:
        large = f"{most // 2**30} GiB" if most >= 2**30 else f"{most // 2**20} MiB"
        raise DialectError(f"more than {large} once it is unpacked", "write it as Parquet")
    return found


# -- text ---------------------------------------------------------------------------------------


def _read_text(text: str, options: ReadOptions) -> RawTable:
    known: list[str] = []
    lines_above = 0
    if (match := _SEP.match(text)) and options.delimiter is None:
        options = ReadOptions(**{**vars(options), "delimiter": match[1]})
        text = text[match.end() :]
        lines_above = 1
        known.append("a line `sep=`")
    text, comments = _without_comments(text, options.comment or "#")
    lines_above += comments
    if comments:
        known.append(f"{comments} comment line{'s' if comments > 1 else ''} above the header")
    # Of what is not quoting: a table is none or one whether its fields stand in quotes or not.
    if "\0" in text and text.count("\0") > (len(text) - text.count('"')) // 20:
        raise DialectError("bytes that are no text", "give a table: CSV, Excel, Parquet or JSON")
    _refuse_documents(text)
    if options.delimiter is None:
        printed = markdown_table(text)
        if printed is not None:
            return _of_printed(printed, lines_above, options, known)
        titles = title_lines(text, _width_by(sniffed(text, whole=False)))
        if titles:
            parts = re.split(r"(\r\n|\n|\r)", text, maxsplit=titles)
            text = parts[-1]
            lines_above += titles
            known.append(f"{titles} line{'s' if titles > 1 else ''} above the header")
        elif not any(sign in text for sign in DELIMITERS):
            printed = spaced_table(text)
            if printed is not None:
                return _of_printed(printed, lines_above, options, known)
    delimiter = options.delimiter or sniffed(text)
    if len(delimiter) != 1:
        raise DialectError(f"delimiter {delimiter!r}", "write one character in quotes")
    if delimiter != ",":
        known.append(f"columns separated by {DELIMITERS.get(delimiter, delimiter)}")
    first = re.split(r"[\r\n]", text[:LONGEST_HEADER], maxsplit=1)[0]
    if '"' not in first:
        # Before a list is made of each of millions.
        _check_width(first.count(delimiter) + 1)
    ragged: list[tuple[int, int]] = []
    large = None if options.comment else _split_large(text, delimiter)
    if large is not None:
        header, body = large
        rows = np.arange(1, len(body[0]) + 2)
        columns: list[Sequence[str]] = []
    else:
        text, unnamed = _with_as_wide_a_header(text, delimiter)
        if unnamed:
            known.append(unnamed)
        plain = _split_plain(text, delimiter)
        rows, columns, ragged = plain if plain is not None else _split(text, delimiter)
    if ragged and (said := [line for line in ragged if line[1] == 1]) and not options.comment:
        ragged, comments = _without_remarks(text, ragged, said)
        if comments:
            known.append(f"{comments} comment line{'s' if comments > 1 else ''}")
    if options.comment and columns:
        marked = [
            i for i, cell in enumerate(columns[0]) if cell.lstrip().startswith(options.comment)
        ]
        if marked:
            keep = np.delete(np.arange(len(rows)), marked)
            rows = rows[keep]
            columns = [[column[i] for i in keep.tolist()] for column in columns]
            known.append("comment lines")
    if large is None:
        header = tuple(column[0].strip() for column in columns)
        body = [column[1:] for column in columns]
    numbers = rows[1:] + lines_above
    again = _repeated_header(header, body)
    if again:
        keep = np.delete(np.arange(len(numbers)), again)
        body = [cast("Sequence[str]", chosen(column, keep)) for column in body]
        numbers = numbers[keep]
        times = f"{len(again)} times" if len(again) > 1 else "once"
        known.append(f"the header again, {times}")
    comma = options.decimal == "," or (
        options.decimal is None and delimiter != "," and _has_decimal_comma(body)
    )
    if comma:
        known.append("a decimal comma")
    table = RawTable(
        header,
        tuple(body),
        numbers,
        tuple((row + lines_above, width) for row, width in ragged),
        comma,
        tuple(known),
    )
    return _with_one_header(table)


def _with_as_wide_a_header(text: str, delimiter: str) -> tuple[str, str]:
    """The text with a header as wide as its rows, and what was lacking there; empty for nothing.

    R writes no name above the names of rows; some programs end each row but the header in a
    delimiter.
    """
    lines = [line for line in re.split(r"\r\n|\n|\r", text[:20_000]) if line.strip()][:SNIFFED]
    lines = lines[:-1] if len(text) > 20_000 else lines
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return text, ""
    if len(rows) < 2 or {len(row) for row in rows[1:]} != {len(rows[0]) + 1} or not rows[0]:
        return text, ""
    # Blank lines above stay: rows are counted from the first line of the file.
    start = len(text) - len(text.lstrip("\r\n"))
    if not any(row[-1].strip() for row in rows[1:]):
        end = re.search(r"\r\n|\n|\r", text[start:])
        at = start + (end.start() if end else 0)
        return text[:at] + delimiter + text[at:], "rows that end in a delimiter"
    if len({row[0] for row in rows[1:]}) < len(rows) - 1:
        # Names of rows differ; where they do not, it is a value more, as of a decimal comma.
        return text, ""
    return text[:start] + delimiter + text[start:], "no name above the names of rows"


def _without_remarks(
    text: str, ragged: list[tuple[int, int]], said: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int]], int]:
    """Ragged rows that are no comment between the rows, and how many are one."""
    lines = re.split(r"\r\n|\n|\r", text)
    gone = {row for row, _ in said if lines[row - 1].lstrip().startswith("#")}
    return [line for line in ragged if line[0] not in gone], len(gone)


def _refuse_documents(text: str) -> None:
    start = text[:2000].lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<table", "<svg")):
        raise DialectError("a web page or XML, not a table", "save the table in it as CSV")
    if "\\begin{tabular" in text[:20_000] or "\\begin{table" in text[:20_000]:
        raise DialectError(
            "a LaTeX table", "save it as CSV: a comma for each &, without the \\\\ and rules"
        )


def _width_by(delimiter: str) -> Callable[[str], tuple[int, int]]:
    def width_of(line: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except (csv.Error, StopIteration):
            return 1, 1
        return len(cells), sum(bool(cell.strip()) for cell in cells)

    return width_of


def _of_printed(
    printed: PrintedTable, above: int, options: ReadOptions, known: Sequence[str]
) -> RawTable:
    header, *rows = printed.cells
    columns = tuple([row[i] for row in rows] for i in range(len(header)))
    comma = options.decimal == "," or (options.decimal is None and _has_decimal_comma(columns))
    return RawTable(
        tuple(header),
        columns,
        np.array(printed.lines[1:], dtype=np.int64) + above,
        tuple((line + above, width) for line, width in printed.ragged),
        comma,
        (*known, *printed.notes, *(["a decimal comma"] if comma else [])),
    )


def _with_one_header(table: RawTable) -> RawTable:
    """The same with the two rows of a header as one."""
    if not 3 <= len(table.header) <= 2000 or len({*table.header}) == len(table.header):
        return table
    columns = [
        column if isinstance(column, TextColumn) else list(map(str, column))
        for column in table.columns
    ]
    rest = list(zip(*(column[1:50] for column in columns), strict=True))
    if not len(table.rows):
        return table
    header = two_heads(table.header, [column[0].strip() for column in columns], rest)
    if header is None:
        return table
    return RawTable(
        tuple(header),
        tuple(column[1:] for column in table.columns),
        table.rows[1:],
        table.ragged,
        table.decimal_comma,
        (*table.recognized, "a header of two rows, joined by /"),
    )


def _without_comments(text: str, mark: str) -> tuple[str, int]:
    count = 0
    while True:
        end = text.find("\n")
        end = text.find("\r") if end < 0 else end
        # Only what is a comment is cut off: a copy of a large text for each look takes longest.
        if not text[: end if end >= 0 else len(text)].strip().startswith(mark):
            return text, count
        if end < 0 or end + 1 == len(text):
            return text, count
        text, count = text[end + 1 :], count + 1


def sniffed(text: str, *, whole: bool = True) -> str:
    """The delimiter of a text: the one that cuts its first lines into equally many cells.

    A comma where none does, and of several that do the one that makes most columns. whole: as the
    first line has it; else as most of the first lines have it, below whatever title.
    """
    head = text[:200_000].replace("\r\n", "\n").replace("\r", "\n").lstrip("\n").split("\n")
    lines = [line for line in head[: SNIFFED + 1] if line.strip()]
    if len(head) > SNIFFED + 1 or len(text) > 200_000:
        lines = lines[:SNIFFED]
    best, widest = ",", 1
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:  # a cell of megabytes
            widths = [line.count(delimiter) + 1 for line in lines]
        if not widths:
            continue
        usual = widths[0] if whole else max(widths, key=widths.count)
        if usual < 2:
            continue
        same = sum(width == usual for width in widths)
        # A decimal comma cuts every line but the header: only what cuts the header counts.
        if same >= (0.8 if whole else 0.5) * len(widths) and usual > widest:
            best, widest = delimiter, usual
    if widest == 1:
        header = lines[0] if lines else ""
        counts = {delimiter: header.count(delimiter) for delimiter in DELIMITERS}
        most = max(counts, key=lambda delimiter: counts[delimiter])
        return most if counts[most] else ","
    return best


def _split_large(text: str, delimiter: str) -> tuple[tuple[str, ...], list[Sequence[str]]] | None:
    """Header and columns of a large text; None where it is not large, or in any way odd.

    pyarrow does it in a hundredth of the time and the memory. What it and the csv module might
    read differently is left to the careful way: quotes other than around a whole field, empty
    lines, rows of another length. So both ways give the same wherever this one gives anything.
    """
    if len(text) < LARGE_TEXT or not delimiter.isascii() or delimiter == '"':
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text[: text.find("\n")] if "\n" in text else ""
    width = first.count(delimiter) + 1
    if not 1 < width <= MOST_CODED or first[:1] in ("", "\ufeff"):
        return None
    whole = text.encode()
    data = memoryview(whole)[: len(whole.rstrip(b"\n")) if whole.endswith(b"\n\n") else None]
    quotes = '"' in text
    if quotes and not _quotes_whole_fields(data, delimiter):
        return None
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        head = next(csv.reader([first], delimiter=delimiter, strict=True))
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                skip_rows=1,
                column_names=[str(i) for i in range(len(head))],
                block_size=2**22,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if quotes else False,
                double_quote=False,
                ignore_empty_lines=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={str(i): pa.string() for i in range(len(head))},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except (pa.ArrowException, csv.Error):  # a row of another length, or longer than a block
        return None
    body: list[Sequence[str]] = []
    while table.num_columns:
        column = table.column(0).combine_chunks()
        table = table.remove_column(0)
        if isinstance(column, pa.ChunkedArray):  # more than 2 GiB of text, or none at all
            return None
        body.append(TextColumn.of_arrow(column))
    if all("" in column for column in body) and b"\n\n" in whole[: len(data)]:
        return None  # an empty line became a row of empty cells
    return tuple(name.strip() for name in head), body


def _quotes_whole_fields(data: memoryview, delimiter: str) -> bool:
    """Quotes stand at both ends of fields alone, and no line ends between them."""
    characters = np.frombuffer(data, dtype=np.uint8)
    at = np.flatnonzero(characters == ord('"'))
    if len(at) % 2:
        return False
    edges = np.zeros(256, dtype=bool)
    edges[[ord(delimiter), ord("\n")]] = True
    around = np.concatenate(([ord("\n")], characters, [ord("\n")])).astype(np.uint8)
    starts, ends = at[::2], at[1::2]
    if not (edges[around[starts]].all() and edges[around[ends + 2]].all()):
        return False
    lines = np.flatnonzero(characters == ord("\n"))
    return bool((np.searchsorted(lines, starts) == np.searchsorted(lines, ends)).all())


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


def _split_plain(
    text: str, delimiter: str
) -> tuple[IntArray, list[Sequence[str]], list[tuple[int, int]]] | None:
    """Rows and columns of a text without quotes or ragged rows, None where it has some.

    The csv module takes ten times as long: 3 s for a million rows of three columns.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if '"' in text or "\n\n" in text or text.startswith("\n"):
        return None
    width = text.partition("\n")[0].count(delimiter) + 1
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    if not delimiter.isascii():
        return None
    breaks = characters == ord("\n")
    ends = np.append(breaks[breaks | (characters == ord(delimiter))], True)
    if len(ends) % width or not (ends.reshape(-1, width) == (np.arange(width) == width - 1)).all():
        return None
    cells = text.replace("\n", delimiter).split(delimiter)
    columns: list[Sequence[str]] = [_shared(cells[i::width]) for i in range(width)]
    return np.arange(1, len(columns[0]) + 1), columns if text.strip() else [], []


def _shared(cells: list[str]) -> Sequence[str]:
    """The same cells, equal ones as one object where few are different: what looks at them later
    compares them at once, and they take less memory.
    """
    sample = cells[:2000]
    return list(map(sys.intern, cells)) if len({*sample}) * 2 < len(sample) else cells


def _split(
    text: str, delimiter: str
) -> tuple[IntArray, list[Sequence[str]], list[tuple[int, int]]]:
    """Rows and columns of any text; rows of another length than the header are told apart."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    ragged: list[tuple[int, int]] = []
    before = 0
    try:
        for row in reader:
            width = len(rows[0]) if rows else len(row)
            if len(row) == width and row:
                # A quoted cell may hold line breaks: a row starts behind the one before.
                lines.append(before + 1)
                rows.append(row)
            elif any(cell.strip() for cell in row):
                ragged.append((before + 1, len(row)))
            before = reader.line_num
    except csv.Error as error:
        todo = "quote text that holds commas or quotes, and double the quotes in it"
        raise DialectError(f"not CSV: {error}", todo, f"row {before + 1}") from None
    return np.array(lines, dtype=np.int64), list(zip(*rows, strict=True)), ragged


def _repeated_header(header: tuple[str, ...], body: Sequence[Sequence[str]]) -> list[int]:
    """Where the header stands again: two files written one behind the other."""
    if not body or not header[0]:
        return []
    if not any(cell.strip() == header[0] for cell in distinct(body[0])):
        return []
    likely = np.flatnonzero(rows_where(body[0], lambda cell: cell.strip() == header[0]))
    return [
        i
        for i in likely.tolist()
        if all(column[i].strip() == name for column, name in zip(body, header, strict=True))
    ]


_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?%?")
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?%?")


def _has_decimal_comma(body: Sequence[Sequence[str]]) -> bool:
    """Some column has numbers with a comma and none with a point."""
    for column in body:
        filled = [cell.strip() for cell in column[:2000] if cell.strip()]
        commas = sum(_COMMA_NUMBER.fullmatch(cell) is not None for cell in filled)
        points = sum(_POINT_NUMBER.fullmatch(cell) is not None for cell in filled)
        if commas and not points and commas * 2 >= len(filled):
            return True
    return False


# -- other forms --------------------------------------------------------------------------------


def _read_parquet(data: bytes) -> RawTable:
    # pyarrow takes a tenth of a second to import; most studies are CSV.
    import pyarrow
    from pyarrow import parquet, types

    try:
        source = parquet.ParquetFile(pyarrow.BufferReader(data))
        header = tuple(str(name).strip() for name in source.schema_arrow.names)
        kinds = source.schema_arrow.types
        size = sum(
            source.metadata.row_group(i).total_byte_size for i in range(source.num_row_groups)
        )
        # Few bytes can stand for very many rows.
        if size > LARGEST or source.metadata.num_rows * max(len(header), 1) > LARGEST // 8:
            raise DialectError(f"{source.metadata.num_rows:,} rows", "split it into smaller files")
        is_text = [not (types.is_integer(one) or types.is_floating(one)) for one in kinds]
        if source.metadata.num_rows * sum(is_text) > MOST_TEXTS:
            raise DialectError(
                f"{source.metadata.num_rows:,} rows of text", "split it into smaller files"
            )
        table = source.read()
        columns = tuple(_cells(table.column(i)) for i in range(len(header)))
        # pandas writes the names of rows last; whoever sees the table sees them first.
        index = [i for i, name in enumerate(header) if _INDEX.fullmatch(name)]
        if index and not is_text[index[0]]:
            index = []
        rest = [i for i in range(len(header)) if i not in index]
        columns = tuple(columns[i] for i in (*index, *rest))
        header = (*("" for _ in index), *(header[i] for i in rest))
    except (pyarrow.ArrowException, OSError, KeyError, ValueError, OverflowError) as error:
        if isinstance(error, DialectError):
            raise
        reason = str(error).split("\n", 1)[0]
        raise DialectError(f"not a Parquet file: {reason}", "write the file again") from None
    return RawTable(header, columns, np.arange(1, table.num_rows + 1))


def _cells(column: Any) -> Cells:
    """A pyarrow column: numbers stay numbers, all else becomes text; null is NaN or empty.

    Bytes are UTF-8; a list of names is joined by `+`, as a training set is.
    """
    from pyarrow import types

    if types.is_integer(column.type) and column.null_count == 0 and column.type != "uint64":
        return np.asarray(column.to_numpy(), dtype=np.int64)
    if types.is_floating(column.type) or types.is_integer(column.type):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    if types.is_string(column.type) or types.is_large_string(column.type):
        return _coded(column.cast("string")) or _texts(column)
    if types.is_dictionary(column.type) and types.is_string(column.type.value_type):
        return _coded(column.cast("string")) or _texts(column)
    return _texts(column)


def _coded(column: Any) -> Cells | None:
    """A column of strings with each text once; None where there is none of them."""
    whole = column.combine_chunks()
    if not hasattr(whole, "dictionary_encode") or not len(whole) or hasattr(whole, "chunks"):
        return None
    return TextColumn.of_arrow(whole).stripped()


def _texts(column: Any) -> list[str]:
    return [as_text(cell) for cell in column.to_pylist()]


def as_text(cell: object) -> str:
    """A cell as text: nothing is empty, a list is joined by `+`, whole numbers have no point."""
    if cell is None:
        return ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace").strip()
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
    if isinstance(cell, list | tuple | np.ndarray):
        return "+".join(as_text(one) for one in cell)
    return str(cell).strip()


def _read_workbook(data: bytes, options: ReadOptions) -> RawTable:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST // 4:
                raise DialectError("a workbook of more than 512 MiB", "save it as CSV or Parquet")
            names = set(archive.namelist())
    except DialectError:
        raise
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise DialectError("not an Excel workbook", "save it again, as .xlsx or CSV") from None
    if not any(name.startswith("xl/") for name in names):
        raise DialectError("an archive, not a table", "unpack it, and give the table in it")
    import pandas as pd

    try:
        with pd.ExcelFile(io.BytesIO(data), engine="openpyxl") as book:
            sheet = options.sheet if options.sheet is not None else _first_table(book)
            if isinstance(sheet, str) and sheet not in book.sheet_names:
                raise DialectError(
                    f"no sheet `{sheet}`", f"it has {', '.join(map(str, book.sheet_names[:8]))}"
                )
            frame = pd.read_excel(
                book, sheet_name=sheet, header=None, dtype=object, keep_default_na=False
            )
            several = len(book.sheet_names) > 1 and options.sheet is None
            title = str(book.sheet_names[sheet] if isinstance(sheet, int) else sheet)
            book_sheets = list(book.sheet_names)
    except DialectError:
        raise
    except Exception as error:  # openpyxl raises nearly anything for a damaged workbook
        reason = str(error).split("\n", 1)[0] or type(error).__name__
        raise DialectError(
            f"not an Excel workbook: {reason}", "save it again, as .xlsx or CSV"
        ) from None
    rows = [[as_text(cell) for cell in row] for row in frame.itertuples(index=False)]
    merged = _fill_merged(rows, data, sheet, book_sheets)
    kept = [(i + 1, row) for i, row in enumerate(rows) if any(row)]
    while kept and kept[0][1][0].startswith(options.comment or "#"):
        kept.pop(0)
    titles = 0
    while len(kept) > 2 and sum(map(bool, kept[0][1])) == 1 < sum(map(bool, kept[1][1])):
        kept.pop(0)
        titles += 1
    header = tuple(kept[0][1]) if kept else ()
    body = kept[1:]
    columns = tuple([row[i] for _, row in body] for i in range(len(header)))
    known = ["an Excel workbook" + (f", its sheet `{title}`" if several else "")]
    if merged:
        known.append("merged cells filled")
    if titles:
        known.append(f"{titles} row{'s' if titles > 1 else ''} above the header")
    numbers = np.array([number for number, _ in body], dtype=np.int64)
    return _with_one_header(RawTable(header, columns, numbers, recognized=tuple(known)))


def _first_table(book: Any) -> int:
    """The first sheet that has two columns and two rows; the first of all where none has."""
    import pandas as pd

    if len(book.sheet_names) > 1:
        for i in range(min(len(book.sheet_names), 8)):
            head = pd.read_excel(book, sheet_name=i, header=None, nrows=5, dtype=object)
            if head.shape[0] > 1 and head.dropna(axis=1, how="all").shape[1] > 1:
                return i
    return 0


def _fill_merged(
    rows: list[list[str]], data: bytes, sheet: str | int, sheets: Sequence[object]
) -> bool:
    """Write what merged cells show into each of the cells they cover; whether there are some."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        if not any(b"<mergeCell " in archive.read(name) for name in names):
            return False
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    page = book[str(sheets[sheet] if isinstance(sheet, int) else sheet)]
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


def _looks_like_json(text: str) -> bool:
    start = text[:64].lstrip()
    return start.startswith(("[{", "[ {", "[\n", '{"', "{\n", "[]"))


def check_brackets(text: str) -> None:
    """Raises DialectError for JSON that would take far more memory than its size tells."""
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise DialectError(f"more than {MOST_BRACKETS:,} lists and objects", "write it as Parquet")


def _read_json(text: str) -> RawTable:
    check_brackets(text)
    try:
        document = json.loads(text)
        known = "JSON records"
    except RecursionError:
        raise DialectError("JSON nested too deeply", "write records: a list of objects") from None
    except ValueError as error:
        document, known = json_lines(text, error), "JSON lines"
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        if set(document) >= {"columns", "data"} and isinstance(document["data"], list):
            document, known = _split_records(document), "JSON columns, as pandas splits them"
        elif matrix := _matrix_records(document):
            document, known = matrix, "a matrix with its names in JSON"
        elif lists and len(lists) == len(document) and len({len(one) for one in lists}) == 1:
            document = [dict(zip(document, row, strict=True)) for row in zip(*lists, strict=True)]
            known = "JSON columns"
        elif nested := nested_records(document):
            document, known = nested
        elif len(lists) == 1:
            document = lists[0]
        else:
            document = [document]
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise DialectError("JSON that is no list of objects", "write records: a list of objects")
    flat = [dict(_flat(one)) for one in document]
    header = tuple(dict.fromkeys(key for one in flat for key in one))
    columns = tuple([as_text(one.get(key)) for one in flat] for key in header)
    return RawTable(header, columns, np.arange(1, len(flat) + 1), recognized=(known,))


def _matrix_records(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Records of `{"tasks": ["A", "B"], "matrix": [[0.9, 0.4], [0.3, 0.8]]}`, None for others."""
    names = [v for v in document.values() if isinstance(v, list) and v and _all(v, str)]
    grids = [v for v in document.values() if isinstance(v, list) and v and _all(v, list)]
    if len(grids) != 1 or len(names) not in (1, 2):
        return None
    grid, down, across = grids[0], names[0], names[-1]
    if len(down) != len(grid) or any(len(row) != len(across) for row in grid):
        return None
    rows = zip(down, grid, strict=True)
    return [{"": one, **dict(zip(across, row, strict=True))} for one, row in rows]


def _all(values: Sequence[object], kind: type) -> bool:
    return all(isinstance(one, kind) for one in values)


def _split_records(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records of `{"columns": [...], "index": [...], "data": [[...]]}`."""
    names = [str(name) for name in document["columns"]]
    index = document.get("index")
    if (
        isinstance(index, list)
        and all(isinstance(one, str) for one in index)
        and len(index) == len(document["data"])
    ):
        rows = zip(index, document["data"], strict=True)
        return [{"": one, **dict(zip(names, row, strict=False))} for one, row in rows]
    return [dict(zip(names, row, strict=False)) for row in document["data"]]


def json_lines(text: str, first: ValueError) -> list[Any]:
    """A value a line; `first` says why the text is not JSON as a whole. Raises DialectError."""
    found = []
    lines = [(i, line) for i, line in enumerate(text.splitlines(), start=1) if line.strip()]
    for number, line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            at, why = (f"line {number}", "not JSON") if found else ("", f"not JSON: {first}")
            raise DialectError(why, "write records: a list of objects", at) from None
    return found


def _flat(record: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict) and len(above) < 200:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
