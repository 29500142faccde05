"""Tables as they are printed for people."""

from __future__ import annotations

import pytest

from core.io.dialects.printed_tables import (
    markdown_table,
    spaced_table,
    title_lines,
    with_index_named,
)
from core.io.dialects.raw_table import DialectError
from core.io.layouts.square import rows_are_targets, side_of_rows
from core.io.table_cells.number_cells import bare_numbers
from tests.steps import ended


def test_a_markdown_table_is_found_in_its_text() -> None:
    text = "# May\n\n| s | A |\n|:--|--:|\n| a\\|b | 1 |\n| c |\n| d | 2 |\n\nend\n"
    found = markdown_table(text)
    assert found is not None
    assert found.cells == [["s", "A"], ["a|b", "1"], ["d", "2"]]
    assert found.lines == [3, 5, 7]
    assert found.ragged == [(6, 1)]
    assert found.notes[1] == "2 lines of text beside the table left out"
    assert markdown_table("a|b\n1|2\n") is None
    with pytest.raises(DialectError, match="2 Markdown tables"):
        markdown_table(f"{text}\n{text}")


def test_columns_set_apart_by_spaces_are_read_and_an_index_has_no_name() -> None:
    found = spaced_table("     A    B\nA  0.9  0.4\nB  0.3  0.8\n")
    assert found is not None
    assert found.cells == [["", "A", "B"], ["A", "0.9", "0.4"], ["B", "0.3", "0.8"]]
    named = spaced_table("source     to   f1\nNew York   B    0.5\nB          A    0.6\n")
    assert named is not None
    assert named.cells[1] == ["New York", "B", "0.5"]
    assert spaced_table("a sentence of words\nand another one here\n") is None


def test_a_title_is_one_cell_above_rows_of_several() -> None:
    def width(line: str) -> tuple[int, int]:
        cells = line.split(",")
        return len(cells), sum(map(bool, cells))

    assert title_lines("May\n\na,b\n1,2\n3,4\n", width) == 2
    assert title_lines("May,,\na,b,c\n1,2,3\n", width) == 1
    assert title_lines("a,b\n1,2\n", width) == 0
    assert title_lines("\na,b\n1,2\n", width) == 0
    assert title_lines("a\n1\n2\n", width) == 0


def test_much_of_anything_is_looked_at_once() -> None:
    """Looked at anew from each of its signs it would take minutes to hours."""
    much = 1_000_000
    with ended():
        assert markdown_table(f"|a|b|\n|{' ' * much}x|\n") is None
        assert markdown_table(f"|a|b|\n{'|' * much}x\n") is None
        assert spaced_table(f"a b c\nx y {'1' * much}x\n") is None
        assert not bare_numbers(["1" * much + "x", "1 " * much, "\\textbf{" * 1000]).texts
        assert not rows_are_targets(" " * much)


@pytest.mark.parametrize(
    ("corner", "side"),
    [
        ("test\\train", "target"),
        ("Train↓ Test→", "sources"),
        ("↓ target / source →", "target"),
        ("row=test", "target"),
        ("columns: train, rows: test", "target"),
        ("test (rows) / train (cols)", "target"),
        ("recipient", "target"),
        ("Tested on", "target"),
        ("Training set (rows), test set (columns)", "sources"),
        ("error in % (train\\test)", "sources"),
        ("error [test / train]", "target"),
        ("error (%)", None),
        ("WER ↓", None),
        ("Evaluated model", None),
        ("task", None),
    ],
)
def test_what_a_corner_says_of_its_rows(corner, side):
    assert side_of_rows(corner) == side


@pytest.mark.parametrize("corner", ["tgt", "   "])
def test_the_name_of_an_index_in_a_row_of_its_own_is_the_corner(corner) -> None:
    printed = spaced_table(f"{corner}    a    b\nsrc          \na    0.1  0.2\nb    0.3  0.4\n")
    assert printed is not None
    assert printed.cells[0] == ["src", "a", "b"]
    assert printed.lines == [1, 3, 4]


def test_a_row_of_a_matrix_without_values_is_no_name_of_an_index() -> None:
    rows = [["", "a", "b"], ["a", "", ""], ["b", "0.3", "0.4"]]
    with_index_named(rows, [1, 2, 3])
    assert len(rows) == 3
