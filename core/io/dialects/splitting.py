"""A text of rows and cells cut at its delimiter: fast where it is plain, carefully elsewhere."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from core.io.dialects.raw_table import DialectError
from core.io.table_cells.text_columns import TextColumn
from core.numerics.arrays import IntArray

DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SNIFFED = 50
"""Lines that are looked at to find the delimiter."""
LARGE_TEXT = 2**20
"""Characters from which on a text is cut by pyarrow, whose import costs 0.1 s and 40 MB."""
MOST_CODED = 200
"""Columns of a table that is."""


def sniffed(text: str, *, whole: bool = True) -> str:
    """The delimiter of a text: the one that cuts its first lines into equally many cells.

    A comma where none does, and of several that do the one that makes most columns. whole: as the
    first line has it; else as most of the first lines have it, below whatever title.
    """
    head = text[:200_000].replace("\r\n", "\n").replace("\r", "\n").lstrip("\n").split("\n")
    lines = [line for line in head[: SNIFFED + 1] if line.strip()]
    if len(head) > SNIFFED + 1 or len(text) > 200_000:
        lines = lines[:SNIFFED]
    best, widest, alike, whole_best = ",", 1, 0, False
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
        # And of two that make as many columns the one that cuts more lines so: `A;0,9;0,4`.
        # And where a title may stand above, one that cuts every line finds that none does.
        every = not whole and same == len(widths)
        if same >= (0.8 if whole else 0.5) * len(widths) and (every, usual, same) > (
            whole_best,
            widest,
            alike,
        ):
            best, widest, alike, whole_best = delimiter, usual, same, every
    if widest == 1:
        header = lines[0] if lines else ""
        counts = {delimiter: header.count(delimiter) for delimiter in DELIMITERS}
        most = max(counts, key=lambda delimiter: counts[delimiter])
        return most if counts[most] else ","
    return best


def split_large(whole: bytes, delimiter: str) -> tuple[tuple[str, ...], list[Sequence[str]]] | None:
    """Header and columns of a large text in UTF-8; None where it is not large, or in any way odd.

    pyarrow does it in a hundredth of the time and the memory. What it and the csv module might
    read differently is left to the careful way: quotes other than around a whole field, empty
    lines, rows of another length. So both ways give the same wherever this one gives anything.
    """
    if len(whole) < LARGE_TEXT or not delimiter.isascii() or delimiter == '"':
        return None
    if b"\r" in whole:
        whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    start = whole[: max(whole.find(b"\n"), 0)]
    width = start.count(delimiter.encode()) + 1
    if not 1 < width <= MOST_CODED or not start:
        return None
    data = memoryview(whole)[: len(whole.rstrip(b"\n")) if whole.endswith(b"\n\n") else None]
    quotes = b'"' in whole
    if quotes and not _quotes_whole_fields(data, delimiter):
        return None
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        first = start.decode()
        head = next(csv.reader([first], delimiter=delimiter, strict=True))
        if first.startswith("\ufeff"):
            return None
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
                check_utf8=not whole.isascii(),
            ),
        )
        if not len(table):
            return None
        body: list[Sequence[str]] = []
        while table.num_columns:
            column, table = table.column(0), table.remove_column(0)
            body.append(TextColumn.of_arrow(column))
    except (pa.ArrowException, UnicodeDecodeError, csv.Error):
        # Not UTF-8, a row of another length, or one that is longer than a block.
        return None
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


def split_plain(
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


def split_any(
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
