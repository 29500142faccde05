"""Names of sheets that a template stands for."""

from __future__ import annotations

import io

import openpyxl
import pytest

from core.io.dialects.raw_table import DialectError
from core.io.dialects.sheet_names import is_template, named_alike, sheets_of

SHEETS = ("notes", "seed_0", "seed_12", "seed_x", "ft seed 3")


@pytest.mark.parametrize(
    ("sheet", "is_one"), [("seed_{seed}", True), ("run *", True), ("seed_0", False), (0, False)]
)
def test_a_template_has_a_field_or_a_star(sheet, is_one):
    assert is_template(sheet) is is_one


def test_a_field_for_numbers_takes_those_that_end_in_one():
    assert named_alike("seed_{seed}", SHEETS) == [
        ("seed_0", {"seed": "0"}),
        ("seed_12", {"seed": "12"}),
    ]
    assert named_alike("{method} seed {seed}", SHEETS) == [
        ("ft seed 3", {"method": "ft", "seed": "3"})
    ]


def test_the_same_field_twice_is_the_same_text():
    assert named_alike("{method}-{method}", ("a-a", "a-b")) == [("a-a", {"method": "a"})]


def test_signs_of_patterns_in_a_template_are_letters():
    assert named_alike("r.1 ({seed})", ("r.1 (2)", "rx1 (2)")) == [("r.1 (2)", {"seed": "2"})]


def test_a_sheet_that_is_called_as_the_template_is_itself():
    assert named_alike("run *", ("run *", "run 1")) == [("run *", {})]


def test_where_none_fits_those_that_are_there_are_named():
    with pytest.raises(DialectError, match=r"no sheet `fold_\{seed\}`") as error:
        named_alike("fold_{seed}", SHEETS)
    assert error.value.todo == "it has notes, seed_0, seed_12, seed_x, ft seed 3"


def test_of_what_is_no_workbook_there_is_no_sheet():
    assert sheets_of(b"source,target,score\n", "seed_{seed}") == []
    assert sheets_of(b"PK\x03\x04 and no more", "seed_{seed}") == []


def test_sheets_of_a_workbook():
    book = openpyxl.Workbook()
    for name in SHEETS:
        book.create_sheet(name)
    file = io.BytesIO()
    book.save(file)
    assert [name for name, _ in sheets_of(file.getvalue(), "seed_{seed}")] == ["seed_0", "seed_12"]
