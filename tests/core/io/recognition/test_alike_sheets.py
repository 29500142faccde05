"""Sheets of a workbook that are the same table again."""

from __future__ import annotations

import numpy as np
import pytest

from core.io.dialects.raw_table import DialectError, RawTable
from core.io.recognition.alike_sheets import MOST_SHEETS, called_alike, with_alike_sheets

HEADER = ("", "de", "fr")


def table(sheet: str, sheets: tuple[str, ...], header: tuple[str, ...] = HEADER) -> RawTable:
    columns = tuple(["de", "fr"] if not name else ["0.5", "0.6"] for name in header)
    known = (f"an Excel workbook, its sheet `{sheet}`", "sheets others not read", "merged cells")
    return RawTable(header, columns, np.array([2, 3]), recognized=known, sheets=sheets, sheet=sheet)


@pytest.mark.parametrize(
    ("sheets", "chosen", "template", "names"),
    [
        (("seed_0", "seed_1"), "", "seed_{seed}", ["seed_0", "seed_1"]),
        (("notes", "42", "43"), "notes", "{seed}", ["42", "43"]),
        (("step 100", "step 200", "seed_1"), "step 100", "step {checkpoint}", None),
        (("Sheet1", "Sheet2"), "Sheet1", "", []),
        (("de", "fr"), "de", "", []),
    ],
)
def test_names_with_a_number_behind_a_word_are_alike(sheets, chosen, template, names):
    found = called_alike(sheets, chosen)
    assert found == (template, ["step 100", "step 200"] if names is None else names)


def test_alike_tables_are_one_and_what_is_not_read_is_named():
    sheets = ("means", "seed_0", "seed_1")
    read = []

    def other(name):
        read.append(name)
        return table(name, sheets)

    found = with_alike_sheets(table("means", sheets), other)
    assert read == ["seed_0", "seed_1"]
    assert found.sheet == "seed_{seed}"
    assert found.recognized[0] == "an Excel workbook, its sheets seed_0, seed_1"
    assert found.recognized[1:] == ("merged cells", "sheet means not read")


def test_a_field_that_a_column_holds_is_any_text():
    sheets = ("seed_0", "seed_1")
    header = ("", "de", "seed")
    found = with_alike_sheets(
        table("seed_0", sheets, header), lambda name: table(name, sheets, header)
    )
    assert found.sheet == "seed_*"


def broken(_name):
    raise DialectError("empty", "write something")


SHEETS = ("seed_0", "seed_1")
MANY = tuple(f"seed_{i}" for i in range(MOST_SHEETS + 1))


@pytest.mark.parametrize(
    ("sheets", "read"),
    [
        (SHEETS, lambda name: table(name, SHEETS, ("", "de", "es"))),
        (SHEETS, broken),
        (("seed_0", "notes"), broken),
        (MANY, broken),
    ],
    ids=["other columns", "unreadable", "one alone", "too many"],
)
def test_what_is_not_alike_stays_as_it_is(sheets, read):
    raw = table("seed_0", sheets)
    assert with_alike_sheets(raw, read) is raw
