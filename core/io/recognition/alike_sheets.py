"""Sheets of a workbook that are the same table again, one a seed or a checkpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.errors import listed
from core.io.dialects.raw_table import DialectError, RawTable
from core.io.names.name_templates import FIELD
from core.io.names.usual_words import usual_column
from core.io.recognition.numbered_columns import told_before
from core.io.recognition.numbered_names import are_seeds

MOST_SHEETS = 100
"""Each is read to see whether it is alike."""
_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


def with_alike_sheets(raw: RawTable, read: Callable[[str], RawTable]) -> RawTable:
    """The table of a workbook's sheet, which stands for all that are called alike and are alike.

    Beside a sheet of notes, or of means over them, those that are numbered are the results.
    `sheet` is a template then, `seed_{seed}`. read: gives the table of another sheet.
    """
    template, names = called_alike(raw.sheets, raw.sheet)
    if not 2 <= len(names) <= MOST_SHEETS:
        return raw
    tables = read_sheets(raw, names, read)
    if tables is None or len({tuple(sorted(one.header[1:])) for one in tables}) > 1:
        return raw
    raw = tables[0]
    if (field := FIELD.search(template)) and usual_column(field[1], raw.header):
        template = template.replace(field[0], "*")  # the table itself tells
    others = [name for name in raw.sheets if name not in names]
    known = [f"an Excel workbook, its sheets {listed(names)}", *said_besides(raw)]
    known += not_read(others)
    return replace(raw, sheet=template, recognized=tuple(known))


def read_sheets(
    raw: RawTable, names: Sequence[str], read: Callable[[str], RawTable]
) -> list[RawTable] | None:
    """The tables of these sheets of a workbook, raw that of one; None where one holds none."""
    try:
        return [raw if name == raw.sheet else read(name) for name in names]
    except DialectError:
        return None


def not_read(names: Sequence[str]) -> list[str]:
    """That these sheets are not read; nothing of none."""
    return [f"{'sheet' if len(names) == 1 else 'sheets'} {listed(names)} not read"] if names else []


def said_besides(raw: RawTable) -> list[str]:
    """What is not plain in the sheet of a workbook, but for which of them is read."""
    return [one for one in raw.recognized if not one.endswith(" not read") and "Excel" not in one]


def called_alike(sheets: Sequence[str], chosen: str = "") -> tuple[str, list[str]]:
    """A template for the names of numbered sheets, and those that fit it: those called as the
    chosen one, or as the first; both empty without.
    """
    first = chosen if _field_of(chosen) else next(filter(_field_of, sheets), "")
    if not first:
        return "", []
    before = _NUMBERED.fullmatch(first)[1]  # type: ignore[index]
    fits = re.compile(re.escape(before) + r"\d+")
    names = [name for name in sheets if fits.fullmatch(name)]
    if len(names) > 1:
        return f"{before}{{{_field_of(first)}}}", names
    return (
        ("{seed}", [name for name in sheets if are_seeds([name])])
        if are_seeds([first])
        else ("", [])
    )


def _field_of(name: str) -> str | None:
    """What the number of a sheet is: seed or checkpoint; None where nothing tells.

    The word before it says so, or there is none: `Sheet1` is what a program calls any.
    """
    match = _NUMBERED.fullmatch(name)
    return told_before(match[1]) if match else None
