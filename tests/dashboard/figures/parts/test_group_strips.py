"""The strips of groups lie along their rows and columns, outside the cells."""

from __future__ import annotations

from types import SimpleNamespace

from dashboard.figures.parts.group_strips import group_strips


def test_a_strip_is_as_long_as_its_group_and_lies_between_cells_and_labels():
    block = SimpleNamespace
    rows = [block(group="a", first=0, count=2), block(group="none", first=2, count=1)]
    grid = SimpleNamespace(row_blocks=rows, column_blocks=[block(group="b", first=3, count=4)])
    along_rows, along_columns = group_strips(grid, {"a": "#010203", "b": "#040506"})
    assert [along_rows[key] for key in ("yref", "y0", "y1")] == ["y", -0.5, 1.5]
    assert [along_columns[key] for key in ("xref", "x0", "x1")] == ["x", 2.5, 6.5]
    # Left of the cells, and above them: pixels of a page go up from there.
    assert along_rows["x0"] < along_rows["x1"] < 0
    assert 0 < along_columns["y0"] < along_columns["y1"]
    assert (along_rows["fillcolor"], along_columns["fillcolor"]) == ("#010203", "#040506")
