"""One half of a square table: rows that end or begin at the diagonal, as CSV and as JSON."""

from __future__ import annotations

import json

import pytest

from core.io.dialects import read_raw
from core.io.dialects.raw_table import DialectError
from core.io.dialects.triangles import squared

NAMES = ["A", "B", "C", "D"]
HALF = {(0, 0): 1.0, (1, 0): 0.8, (1, 1): 1.0, (2, 0): 0.5, (2, 1): 0.4, (2, 2): 1.0}
HALF |= {(3, 0): 0.3, (3, 1): 0.2, (3, 2): 0.6, (3, 3): 1.0}


@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_triangle_is_the_square_with_the_other_half_empty(
    upper: bool, diagonal: bool, delimiter: str
) -> None:
    cells = {(j, i) if upper else (i, j): v for (i, j), v in HALF.items() if diagonal or i != j}
    lines = [["", *NAMES]]
    for i, name in enumerate(NAMES):
        lines.append([name, *(str(cells[i, j]) for j in range(4) if (i, j) in cells)])
    text = "".join(delimiter.join(line) + "\n" for line in lines)
    table = read_raw("f.csv", text.encode())
    assert table.header == ("", *NAMES)
    assert "a triangle, whose other half is empty" in table.recognized
    assert table.ragged == ()
    assert table.rows.tolist() == [2, 3, 4, 5]
    found = {
        (i, j): float(cell)
        for j, column in enumerate(table.columns[1:])
        for i, cell in enumerate(column)
        if cell
    }
    assert found == cells


def test_rows_that_are_no_triangle_are_told_apart_as_before() -> None:
    for body in ("A,1\nB,1\nC,1,2,3\n", "A,1,2,3\nX,1,2\nC,1\n", "A,1\nB,1,x\nC,1,2,3\n"):
        assert read_raw("f.csv", f",A,B,C\n{body}".encode()).ragged
    assert squared([[1], [1, 2]], 2, 0) is None
    assert squared([[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]], 3, 0) is None


@pytest.mark.parametrize("rows", [[[1], [2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5], [6]]])
def test_a_triangle_in_json_stands_beside_its_names(rows: list[list[int]]) -> None:
    document = {"tasks": NAMES[:3], "matrix": rows}
    table = read_raw("f.json", json.dumps(document).encode())
    assert [list(cells) for cells in table.columns[1:]] == (
        [["1", "2", "4"], ["", "3", "5"], ["", "", "6"]]
        if len(rows[0]) == 1
        else [["1", "", ""], ["2", "4", ""], ["3", "5", "6"]]
    )
    with pytest.raises(DialectError, match="lists without names of tasks"):
        read_raw("f.json", json.dumps(rows).encode())
