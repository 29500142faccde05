"""Tables side by side with an empty column between them: one below the other, told apart."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import listed
from core.io.dialects.named_arrays import is_called_spread
from core.io.dialects.nested_json import is_measure
from core.io.dialects.printed_tables import is_number
from core.io.dialects.raw_table import LINE_ENDS, DialectError, RawTable
from core.io.names.usual_words import side_of

LONGEST_TEXT = 2**18
"""Characters of a text that is looked at: what people put side by side is short."""
MOST_ROWS = 5_000
"""Rows of a sheet that is looked at, for the same reason."""
Line = tuple[int, Sequence[str]]
"""The number of a row in its file, and its cells."""


@dataclass(frozen=True)
class _Block:
    """One of the tables. header: its names, the corner first; rows: number and cells of each.

    title: what stands above it; empty without.
    """

    header: tuple[str, ...]
    rows: Sequence[Line]
    title: str

    @property
    def label(self) -> str:
        """What tells it from others: its title, or its corner."""
        return self.title or self.header[0]


def beside_in_text(text: str, delimiter: str) -> RawTable | None:
    """The tables of a text as one, with a column that tells them apart; None where there is one.

    Raises DialectError, with what to do, where nothing does.
    """
    if len(text) > LONGEST_TEXT or delimiter * 2 not in text:
        return None
    try:
        # A line each: what has a line break in quotes is no printed table.
        lines = [
            next(csv.reader([line], delimiter=delimiter), []) for line in LINE_ENDS.split(text)
        ]
    except csv.Error:
        return None
    return tables_beside([*enumerate(lines, start=1)])


def tables_beside(lines: Sequence[Line]) -> RawTable | None:
    """The same of rows of cells, the first of them titles or the header."""
    if len(lines) > MOST_ROWS:
        return None
    blocks = _blocks([(at, [cell.strip() for cell in cells]) for at, cells in lines])
    if blocks is None:
        return None
    labels = [block.label for block in blocks]
    gone = [label for label in labels if label and is_called_spread(label)]
    kept = [block for block in blocks if block.label not in gone]
    known = [f"{len(blocks)} tables side by side"]
    if gone:
        known.append(f"{listed(gone)} left out")
    if len(kept) == 1:
        return _stacked(kept, "", known)
    labels = [block.label for block in kept]
    turned = {side_of(label) for label in labels} == {"sources", "target"}
    if all(labels) and len({*labels}) == len(labels) and not turned:
        word = "metric" if all(is_measure(label) for label in labels) else "method"
        known[0] += f", each a {word}"
        return _stacked(kept, word, known)
    if _goes_on(kept):
        return _stacked(kept, "", known)
    raise DialectError(
        f"{len(kept)} tables side by side of the same names, and nothing says what each is",
        "write above each what it is, such as its method, or save each as a file of its own",
        f"row {kept[0].rows[0][0]}",
    )


def _blocks(lines: Sequence[Line]) -> list[_Block] | None:
    """The tables that an empty column parts, all of the same columns; None without."""
    filled = [(at, cells) for at, cells in lines if any(cells)]
    while len(filled) > 3 and sum(map(bool, filled[0][1])) == 1:
        filled.pop(0)  # a title over all of them
    width = max((len(cells) for _, cells in filled), default=0)
    rows = [(at, [*cells, *[""] * (width - len(cells))]) for at, cells in filled]
    if len(rows) < 3 or width < 5:
        return None
    for above in (0, 1):
        header, body = rows[above][1], rows[above + 1 :]
        runs = _runs([header, *(cells for _, cells in body)], width)
        if len(runs) < 2 or len(body) < 2:
            continue
        titles = [_title(rows[0][1], start, stop) if above else "" for start, stop in runs]
        names = [tuple(header[start:stop]) for start, stop in runs]
        shared = all(one == names[0][1:] for one in names[1:])
        if not shared and any({*one[1:]} != {*names[0][1:]} for one in names):
            continue
        if above and not all(titles):
            continue
        if len(names[0]) < 3 or any(map(is_number, header)) or "" in names[0][1:]:
            continue
        first = runs[0][0]
        found = []
        for (start, stop), title in zip(runs, titles, strict=True):
            own = [] if start == first or not shared else [first]
            at_columns = [*own, *range(start, stop)]
            cells = [(at, [row[i] for i in at_columns]) for at, row in body]
            corner = tuple(header[i] for i in at_columns)
            found.append(_Block(corner, [one for one in cells if any(one[1][1:])], title))
        return found if all(block.rows for block in found) else None
    return None


def _runs(rows: Sequence[Sequence[str]], width: int) -> list[tuple[int, int]]:
    """Where columns that are not empty begin and end."""
    there = [any(row[i] for row in rows) for i in range(width)]
    edges = np.flatnonzero(np.diff([False, *there, False])).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _title(row: Sequence[str], start: int, stop: int) -> str:
    """The one text that stands above some columns; empty for none or several."""
    found = {cell for cell in row[start:stop] if cell and not is_number(cell)}
    return found.pop() if len(found) == 1 else ""


def _goes_on(blocks: Sequence[_Block]) -> bool:
    """Each has rows of its own: a long table that was folded."""
    if any(block.header != blocks[0].header for block in blocks):
        return False
    keys = [
        {tuple(cell for cell in cells if not is_number(cell)) for _, cells in block.rows}
        for block in blocks
    ]
    return len(set.union(*keys)) == sum(map(len, keys))


def _stacked(blocks: Sequence[_Block], word: str, known: Sequence[str]) -> RawTable:
    """All of these as one table, with a column `word` of their labels behind the first."""
    first = blocks[0].header
    alone = len(blocks) == 1 or not word
    own = blocks[0].title and is_measure(blocks[0].title)
    corner = first[0]
    if len(blocks) == 1 and own and not corner:
        corner = blocks[0].title
    elif not alone and not blocks[0].title:
        corner = ""
    order = [[block.header[1:].index(name) + 1 for name in first[1:]] for block in blocks]
    rows = [
        (at, [cells[0], *([block.label] if word else []), *(cells[i] for i in columns)])
        for block, columns in zip(blocks, order, strict=True)
        for at, cells in block.rows
    ]
    header = (corner, *([word] if word else []), *first[1:])
    columns = tuple([cells[i] for _, cells in rows] for i in range(len(header)))
    numbers = np.array([at for at, _ in rows], dtype=np.int64)
    return RawTable(header, columns, numbers, recognized=tuple(known))
