"""What to do about a cell that nearly holds a number."""

from __future__ import annotations

import pytest

from core.io.table_cells.number_hints import number_hint


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("(0.10)", "write -0.10 or 0.10"),
        ("(-0.10)", "write -0.10 or 0.10"),
        ("0.88-0.92", "not a range"),
        ("0.88 – 0.92", "not a range"),
        ("0.9; 0.91; 0.88", "3 numbers in one cell"),
        ("[0.9, 0.91]", "2 numbers in one cell"),
        ("[0.9,0.91]", "2 numbers in one cell"),
        ("[0.9 0.91 0.88]", "3 numbers in one cell"),
        ("0.9 0.91", "2 numbers in one cell"),
        ("88.6/84.1/80", "3 numbers in one cell"),
        ("0,9; 0,91", "2 numbers in one cell"),
        ("0.9<sup>1</sup>", "write the number alone, 0.9"),
        ("0.9 vs 0.8", "write the number alone, 0.9"),
    ],
)
def test_what_to_write_is_said(cell, hint):
    assert hint in number_hint(cell)


@pytest.mark.parametrize("cell", ["", "abc", "1,234", "1,234,567", "1 234,5", "A 1", "x" * 9999])
def test_of_other_texts_nothing_is_said(cell):
    assert number_hint(cell) == ""
