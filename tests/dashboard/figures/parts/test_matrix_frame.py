"""How large the cells of a matrix are, and which of its labels are drawn."""

from __future__ import annotations

from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.theme import Mode, theme


def test_all_columns_of_a_long_narrow_matrix_are_named():
    rows = tuple(f"lab/set{i:03}" for i in range(120))
    frame = MatrixFrame(rows, tuple(f"target {i}" for i in range(13)), means=True, title=False)
    assert frame.step(13) == 1
    assert frame.step(120) == 1
    assert frame.size.height > 120 * 13


def test_a_name_that_is_a_row_and_a_column_is_cut_alike():
    names = tuple(f"multilingual-news-{year}-german-english" for year in (2019, 2021))
    frame = MatrixFrame(names[1:], names, means=False, title=False)
    axes = frame.axes(theme(Mode.LIGHT), rows="", columns="")
    (row,) = axes["yaxis"]["ticktext"]
    assert row == axes["xaxis"]["ticktext"][1]
    assert "2021" in row
