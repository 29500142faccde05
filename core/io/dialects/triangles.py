"""One half of a square table, written with rows that end, or begin, at the diagonal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from core.io.dialects.raw_table import LINE_ENDS

MOST_LETTERS = 2**24


def squared(rows: Sequence[Sequence[Any]], width: int, nothing: Any) -> list[list[Any]] | None:
    """The rows of a triangle, each with `width` cells; None where they are none.

    Rows that grow by one from the first column on are the lower triangle, rows that shrink by one
    up to the last column the upper one, each with the diagonal or without. nothing: what fills a
    cell of the other half.
    """
    lengths = [len(row) for row in rows]
    if len(rows) < 3 or max(lengths) > width:
        return None
    first, last = lengths[0], lengths[-1]
    if lengths == list(range(first, first + len(rows))) and first <= 1:
        return [[*row, *[nothing] * (width - len(row))] for row in rows]
    if lengths == list(range(first, first - len(rows), -1)) and last <= 1 and first >= width - 1:
        return [[*[nothing] * (width - len(row)), *row] for row in rows]
    return None


def squared_text(text: str, delimiter: str) -> str | None:
    """A CSV whose rows are a triangle with the other half as empty cells, each row in its line.

    The header names the columns behind a corner, and a row begins with its name: of an upper
    triangle names of rows are those of columns, else nobody knows which cells are lacking.
    """
    if len(text) > MOST_LETTERS or '"' in text:
        return None
    lines = LINE_ENDS.split(text.rstrip("\r\n"))
    if not all(lines):
        return None
    header, *rows = [line.split(delimiter) for line in lines]
    whole = squared([row[1:] for row in rows], len(header) - 1, "")
    if whole is None or not all(_is_number(cell) for row in rows for cell in row[1:]):
        return None
    names = [row[0].strip() for row in rows]
    if not whole[-1][0] and names != [cell.strip() for cell in header[1 : len(rows) + 1]]:
        return None
    written = io.StringIO()
    table = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    table.writerows([header, *([name, *row] for name, row in zip(names, whole, strict=True))])
    return written.getvalue()


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".") or "nan")
    except ValueError:
        return False
    return True
