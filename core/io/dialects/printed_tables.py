"""Tables as they are printed for people: Markdown, columns held by spaces, titles, two heads.

All functions are pure: lines or cells in, cells out; None where there is nothing of the kind.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.io.dialects.raw_table import LINE_ENDS, DialectError
from core.io.names.usual_words import side_of, usual_column

# Of lines without white space: what can match in two ways takes very long for much of it.
_RULE = re.compile(r"\|?:?-+:?(?:\|:?-+:?)*\|?|-+(?:\+-+)+")
_GRID = re.compile(r"\+(?:[-=:]+\+)+")
LONGEST_NUMBER = 40
_IN_BOXES = str.maketrans("│┃║┆", "||||")
_PIPE = re.compile(r"(?<!\\)\|")
MOST_TITLES = 8
"""Lines that may stand above a header."""
LOOKED_AT = 200_000
"""Characters of a text that are looked at to find out what it is."""


@dataclass(frozen=True)
class PrintedTable:
    """Cells by row, the first the header, and the line each row stands in; ragged rows apart."""

    cells: list[list[str]]
    lines: list[int]
    ragged: list[tuple[int, int]]
    notes: tuple[str, ...]


def markdown_table(text: str) -> PrintedTable | None:
    """The one table of a Markdown text."""
    head = text[:LOOKED_AT]
    if any(sign in head for sign in "│┃║┆"):
        return _grid_table(LINE_ENDS.split(text.translate(_IN_BOXES)))
    if "|" not in head or not any(map(_is_rule, LINE_ENDS.split(head))):
        return None
    lines = LINE_ENDS.split(text)
    if sum(bool(_GRID.fullmatch(line.strip())) for line in lines) > 1:
        return _grid_table(lines)
    rules = [
        i
        for i, line in enumerate(lines)
        if i and ("|" in line or "+" in line) and "|" in lines[i - 1] and _is_rule(line)
    ]
    if len(rules) > 1:
        raise DialectError(
            f"{len(rules)} Markdown tables",
            "write each into a file of its own, called after its method, and give their folder",
        )
    if not rules:
        return None
    rule = rules[0]
    header = _cut(lines[rule - 1])
    if len(header) < 2 or len(_cut(lines[rule].replace("+", "|"))) != len(header):
        return None
    cells, at, ragged = [header], [rule], []
    end = rule + 1
    while end < len(lines) and "|" in lines[end]:
        row = _cut(lines[end])
        if len(row) == len(header):
            cells.append(row)
            at.append(end + 1)
        else:
            ragged.append((end + 1, len(row)))
        end += 1
    cells = [[_LINK.sub(r"\1", cell) for cell in row] for row in cells]
    cells[0] = [_unmarked(cell) for cell in cells[0]]
    cells = [[_unmarked(row[0]), *row[1:]] for row in cells]
    notes = ["a Markdown table"]
    beside = sum(bool(line.strip()) for line in (*lines[: rule - 1], *lines[end:]))
    if beside:
        notes.append(f"{beside} line{'s' if beside > 1 else ''} of text beside the table left out")
    return PrintedTable(cells, at, ragged, tuple(notes))


_LINK = re.compile(r"!?\[([^\[\]]++)\]\([^()]*+\)")


def _unmarked(cell: str) -> str:
    """A name without `**` or backquotes around it."""
    for mark in ("**", "`", "*"):
        if len(cell) > 2 * len(mark) and cell.startswith(mark) and cell.endswith(mark):
            cell = cell[len(mark) : -len(mark)].strip()
    return cell


def _is_rule(line: str) -> bool:
    bare = "".join(line.split())
    return bool(_RULE.fullmatch(bare) or _GRID.fullmatch(bare))


def _grid_table(lines: Sequence[str]) -> PrintedTable | None:
    """A table in a frame of `+---+`, as databases and reStructuredText print it."""
    rows = [(i + 1, _cut(line)) for i, line in enumerate(lines) if line.lstrip().startswith("|")]
    if len(rows) < 2 or len({len(row) for _, row in rows}) > 1 or len(rows[0][1]) < 2:
        return None
    if len(rows) > 3 and {*rows[1][1]} == {"---"}:
        del rows[1:3]  # what polars prints of the kinds of columns
    return PrintedTable([row for _, row in rows], [i for i, _ in rows], [], ("a framed table",))


def _cut(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(line)]


def spaced_table(text: str) -> PrintedTable | None:
    """A table whose columns are set apart by spaces alone, as programs print them.

    By two spaces or more, where names may hold one; else by any. A first line with one cell less
    than all others has no name for the first column, as pandas prints an index.
    """
    lines = LINE_ENDS.split(text)
    filled = [(i + 1, line.strip()) for i, line in enumerate(lines) if line.strip("=- ")]
    if len(filled) < 2 or len(filled) > 100_000:
        return None
    for apart, least in ((r"\s{2,}", 2), (r"\s+", 3)):
        # R writes names in quotes.
        quoted = '"' in text and apart == r"\s+"
        rows = [_quoted_cells(line) if quoted else re.split(apart, line) for _, line in filled]
        width = len(rows[-1])
        if len(rows) > 2 and len(rows[1]) == 1 < width:
            rows[1] += [""] * (width - 1)  # the name of an index, in a row of its own
        if width < least or any(len(row) != width for row in rows[1:]):
            continue
        if len(rows[0]) == width - 1 and len(spread := filled[0][1].split()) == width:
            rows[0] = spread
        if len(rows[0]) == width - 1:
            rows[0] = ["", *rows[0]]
        at = [i for i, _ in filled]
        if len(rows[0]) == width:
            with_index_named(rows, at)
        if len(rows[0]) == width and _has_numbers(rows[1:]):
            return PrintedTable(rows, at, [], ("columns set apart by spaces",))
    return None


def _quoted_cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=" ", skipinitialspace=True))
    except (csv.Error, StopIteration):
        return [line]


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    return any(all(is_number(row[i]) for row in rows) for i in range(1, len(rows[0])))


def is_number(cell: str) -> bool:
    """A cell is a number as programs print it, or the sign for none."""
    cell = cell.strip()
    return len(cell) <= LONGEST_NUMBER and bool(
        re.fullmatch(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?%?|nan|NaN|-", cell)
    )


def title_lines(text: str, width_of: Callable[[str], tuple[int, int]]) -> int:
    """How many lines stand above the header: a title, empty lines; 0 where none do.

    width_of: cells of a line, and how many of them are filled. A title is one cell, and what
    follows has at least two in each of the next lines.
    """
    lines = LINE_ENDS.split(text[:LOOKED_AT])[: MOST_TITLES + 6]
    last = 0
    for i, line in enumerate(lines[:MOST_TITLES]):
        if line.strip() and width_of(line)[1] > 1 and not _is_title(lines, i, width_of):
            break
        if line[:1] in (",", ";", "\t") and width_of(line) == (2, 1):
            break  # a column of names, which has none, and one of numbers
        last = i + 1
    else:
        return 0
    below = [line for line in lines[last:] if line.strip()][:4]
    widths = [width_of(line)[0] for line in below]
    titled = any(line.strip() for line in lines[:last])
    return last if titled and len(below) >= 2 and len({*widths}) == 1 else 0


def _is_title(lines: Sequence[str], at: int, width_of: Callable[[str], tuple[int, int]]) -> bool:
    """A line with a comma in it above a wider table, with an empty line between."""
    rest = lines[at + 1 :]
    blank = next((i for i, line in enumerate(rest[:MOST_TITLES]) if not line.strip()), None)
    if blank is None:
        return False
    below = [width_of(line)[0] for line in rest[blank:] if line.strip()][:4]
    return len(below) >= 3 and len({*below}) == 1 and width_of(lines[at])[0] < below[0]


def with_index_named(rows: list[list[str]], lines: list[int]) -> None:
    """Move the names of index columns, which pandas writes into a row of their own below the
    header, into the header.

    There they stand above a corner that is empty, or names the columns: `src` below `tgt`.
    """
    if len(rows) < 3 or len(rows[0]) < 3:
        return
    header, below = rows[0], rows[1]
    named = sum(map(bool, below))
    fits = 0 < named < len(below) and all(below[:named]) and not any(below[named:])
    names = {*header[named:], *(row[0] for row in rows[2:])}
    if not fits or any(is_number(cell) or cell in names for cell in below[:named]):
        return
    rows[0] = [*below[:named], *header[named:]]
    del rows[1], lines[1]


def index_names(
    header: Sequence[str], corner: tuple[str, str], first: Sequence[str]
) -> list[str] | None:
    """The header with the names of index columns, which pandas writes into a row below it.

    corner: what the two rows of the header have before the names of columns. Two names there are
    of the levels of columns, `target` above `metric`, and none of the names of rows.
    """
    named = sum(map(bool, first))
    if not 0 < named < len(header) or any(first[named:]) or any(map(is_number, first[:named])):
        return None
    if any(corner) and not _of_levels(corner) and not all(map(_is_axis, first[:named])):
        return None  # the title of a group of rows
    return [*first[:named], *header[named:]]


def corner_of_levels(corner: tuple[str, str]) -> str | None:
    """What the names of rows are where pandas wrote the levels of columns into their corner.

    The side that no level is; empty where none is a side. None where rows have a name of their own.
    """
    if not _of_levels(corner):
        return None
    sides = {side_of(name) for name in corner}
    return "target" if "sources" in sides else "source" if "target" in sides else ""


def _of_levels(corner: tuple[str, str]) -> bool:
    return all(corner) and corner[0] != corner[1]


def _is_axis(name: str) -> bool:
    return any(usual_column(word, [name]) for word in ("sources", "target", "method", "seed"))
