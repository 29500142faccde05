"""Sheets of a workbook that are called after what was trained on or tested on, or after methods."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import Cells, RawTable, distinct
from core.io.dialects.sheet_names import is_template, named_alike, results_among
from core.io.names.usual_words import usual_column, usual_word
from core.io.recognition.alike_sheets import MOST_SHEETS, not_read, read_sheets, said_besides
from core.io.recognition.column_words import SPLITS, direction_of, is_average
from core.io.table_cells.cells import below_each_other
from core.io.table_cells.text_columns import TextColumn

_DIGITS = re.compile(r"\d+")
_SIDES = ("sources", "target")
_PLAIN = re.compile(
    r"(?:sheet|tabelle|feuil|hoja|foglio|blad|лист|工作表|シート)\s*\d*", re.IGNORECASE
)
"""What a program calls a sheet."""
SAID_OF_SHEETS = (
    'sheets are what was trained on, as nothing says else; value = "{sources}", target = "target"'
    ' and sheet = "{target}" turn them'
)
_BESIDE = frozenset(
    ("std", "sd", "stdev", "stderr", "sem", "se", "var", "ci", "n", "counts", "raw")
)


def with_called_sheets(raw: RawTable, read: Callable[[str], RawTable]) -> RawTable:
    """The table of a workbook's sheet, which stands for all where each is called after a name.

    `sheet` is a template then, `{sources}`, `{target}` or `{method}`. Sheets that the table does
    not tell apart by itself alone; all are of the same columns. read: gives the table of another.
    """
    sheets = results_among(raw.sheets)
    notes = [name for name in raw.sheets if name not in sheets]
    if not 2 <= len(sheets) <= MOST_SHEETS or any(map(_PLAIN.fullmatch, sheets)):
        return raw
    results = replace(raw, sheets=tuple(sheets))
    field = _side_of_sheets(results) or ("method" if _may_be_methods(results) else "")
    if not field:
        return raw
    tables = read_sheets(raw, sheets, read)
    if tables is None or any(one.header != other.header for one, other in pairwise(tables)):
        return raw
    if field == "method" and len({tuple(_names(one)) for one in tables}) > 1:
        return raw
    what = {"sources": "what was trained on", "target": "what was tested on", "method": "methods"}
    known = [f"an Excel workbook, its sheets {listed(sheets)} called after {what[field]}"]
    known += [*said_besides(raw), *not_read(notes)]
    found = replace(tables[0], sheets=tuple(sheets), sheet=f"{{{field}}}", recognized=tuple(known))
    return found if field == "method" else _as_one_table(found, tables, field)


def _as_one_table(found: RawTable, tables: Sequence[RawTable], side: str) -> RawTable:
    """All sheets as one table, which a column tells apart."""
    told = [name for name, one in zip(found.sheets, tables, strict=True) for _ in one.rows]
    across = zip(*(one.columns for one in tables), strict=True)
    columns = (told, *map(below_each_other, across))
    rows = np.concatenate([one.rows for one in tables])
    return replace(found, header=(side, *found.header), columns=columns, rows=rows)


def with_sides_of_sheets(raw: RawTable) -> RawTable:
    """With a column of what the name of a sheet tells of a side, where sheets are called so."""
    if not raw.sheets or not is_template(raw.sheet):
        return raw
    fields = named_alike(raw.sheet, raw.sheets)[0][1]
    told = [side for side in _SIDES if side in fields and side not in raw.header]
    columns: list[Cells] = [TextColumn.constant(fields[side], len(raw.rows)) for side in told]
    return replace(raw, header=(*told, *raw.header), columns=(*columns, *raw.columns))


def said_of_sheets(raw: RawTable) -> list[str]:
    """What is assumed of sheets that are called after tasks which stand across, too."""
    if raw.sheet != "{sources}" or len({*raw.header} & {*raw.sheets}) < 2:
        return []
    return [SAID_OF_SHEETS]


def _side_of_sheets(raw: RawTable) -> str:
    """What sheets are called after where their names are names in the table; empty without."""
    sheets = {*raw.sheets}
    across = {*raw.header} & sheets
    down = {
        name
        for name, cells in zip(raw.header, raw.columns, strict=True)
        if not isinstance(cells, np.ndarray)
        and len({*distinct(cells)} & sheets) > 1
        and not usual_column("method", [name])
    }
    if len(across) > 1:
        # A matrix has both sides by itself.
        return "" if down or usual_column("sources", raw.header) else "sources"
    if len(down) != 1:
        return ""
    return "target" if usual_column("sources", [*down]) else "sources"


def _may_be_methods(raw: RawTable) -> bool:
    """A matrix, or a table with both sides, whose sheets name no metric, split, spread or mean.

    Nor the same with a number.
    """
    names = {*_names(raw)}
    both = all(side in raw.header or usual_column(side, raw.header) for side in _SIDES)
    if usual_column("method", raw.header) or not (both or len(names & {*raw.header[1:]}) > 1):
        return False
    words = [usual_word(name) for name in raw.sheets]
    if len({_DIGITS.sub("", word) for word in words}) < len(words):
        return False  # `layer6`, `layer12`: what is numbered nothing says
    return not any(
        direction_of(name) or is_average(name) or {*word.split("_")} & (SPLITS | _BESIDE)
        for name, word in zip(raw.sheets, words, strict=True)
    )


def _names(raw: RawTable) -> list[str]:
    """What stands in the first column."""
    first = raw.columns[0] if raw.columns else []
    return [] if isinstance(first, np.ndarray) else list(distinct(first))
