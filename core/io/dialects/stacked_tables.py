"""Tables that stand one below the other, each under a title: told, for what tells them apart is."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from core.io.dialects.printed_tables import is_number
from core.io.dialects.raw_table import LINE_ENDS

LONGEST_TEXT = 2**20
"""Characters of a text that is looked at: what people put one below the other is short."""
_MARKS = "#*= \t\"'"


def titles_in_text(text: str, delimiter: str) -> tuple[str, ...]:
    """The titles of the second and further tables of a text; empty where there is one table."""
    if len(text) > LONGEST_TEXT or not _may_be_several(text, delimiter):
        return ()
    lines = LINE_ENDS.split(text)
    try:
        # A line each: what has a line break in quotes is no printed table.
        rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    except csv.Error:
        return ()
    return titles_between(rows)


def _may_be_several(text: str, delimiter: str) -> bool:
    """A line has its first cell alone, or what stands behind the corner comes again."""
    sign = re.escape(delimiter)
    if re.search(rf"^[^{sign}\r\n]++{sign}*+\r?$", text, re.MULTILINE):
        return True
    start = text.lstrip()
    end = LINE_ENDS.search(start)
    behind = start[: end.start() if end else 0].partition(delimiter)[2]
    return len(behind) > 1 and text.count(behind) > 1


def titles_between(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The same of rows of cells, the header among the first of them.

    A table begins where the header comes again below a title or with another corner, or where a
    row that has a title alone stands before names of rows that have been.
    """
    cells = [[cell.strip() for cell in row] for row in rows]
    start = next((i for i, row in enumerate(cells) if sum(map(bool, row)) > 1), len(cells))
    if start == len(cells):
        return ()
    header = cells[start]
    below_header: list[str] = []
    below_title: list[str] = []
    title, names, before = "", set[str](), set[str]()
    once = True
    """No name of a row comes again within a table: rows of a long one do."""
    for row in cells[start + 1 :]:
        filled = [cell for cell in row if cell]
        if len(filled) > 1 and row[1:] == header[1:]:
            found = row[0] if row[0] != header[0] else title
            below_header += [found] if found else []
            title, names, before = "", set(), before | names
        elif len(filled) == 1 and not is_number(filled[0]):
            title = filled[0].strip(_MARKS)
            before, names = before | names, set()
        elif filled:
            if title and row[0] in before:
                below_title.append(title)
                title = ""
            once = once and row[0] not in names
            names.add(row[0])
    return tuple(below_header) or (tuple(below_title) if once else ())
