"""Notes and sources below a table: left out where they say that they are some, never rows."""

from __future__ import annotations

import pytest

from core.io.dialects import read_raw
from core.io.dialects.notes_below import is_note, notes_below

MATRIX = "train,A,B\nA,0.9,0.4\nB,0.3,0.8\n"


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ("Source: own experiments\n", 1),  # without an empty line above
        ("Source: own experiments,,\n", 1),  # as wide as the table, as programs save it
        ("Note: see Table 3, p. 5\n", 1),  # a comma in it
        ("\nabout these results,,\nby me,,\n", 2),
        (",,\n,,\n* means over 3 seeds,,\n† not converged,,\n", 2),
        ("All values are means of three.,,\n", 1),
        ("Quelle: eigene,,\n\nAnmerkung – vorläufig,,\n", 2),
    ],
)
def test_notes_are_left_out_and_counted(below, lines):
    raw = read_raw("r.csv", (MATRIX + below).encode())
    assert list(raw.columns[0]) == ["A", "B"]
    assert raw.ragged == ()
    said = f"{lines} line{'s' if lines > 1 else ''} below the table left out"
    assert said in raw.recognized


@pytest.mark.parametrize(
    ("below", "names"),
    [
        ("C,,\n", ["A", "B", "C"]),  # not yet run
        ("source,,\n", ["A", "B", "source"]),
        ("natural questions open domain,,\n", ["A", "B", "natural questions open domain"]),
        ("Note: one number,0.5,\n", ["A", "B", "Note: one number"]),
    ],
)
def test_a_source_without_numbers_is_a_row(below, names):
    raw = read_raw("r.csv", (MATRIX + below).encode())
    assert list(raw.columns[0]) == names


@pytest.mark.parametrize("below", ["C\n", "C,0.5\n", "Source: a, 0.5\nC\n"])
def test_a_table_that_is_cut_stays_an_error(below):
    assert read_raw("r.csv", (MATRIX + below).encode()).ragged


@pytest.mark.parametrize(
    "text", ["Notes: x", "* trained twice", "¹ from [3]", '"Data source: WMT"', "N.B.: not final"]
)
def test_what_says_that_it_is_a_note(text):
    assert is_note(text)


@pytest.mark.parametrize(
    "text", ["note", "source", "sources-a", "*", "key", "A+B", "x" * 10_000, "notebook: a"]
)
def test_what_may_be_a_name(text):
    assert not is_note(text)


def test_numbers_and_tables_of_one_row_are_no_notes():
    assert notes_below([(1, ["Source: x", ""])]) == 0
    assert notes_below([(1, ["A", "1"]), (3, ["2024", ""])]) == 0
    assert notes_below([]) == 0
