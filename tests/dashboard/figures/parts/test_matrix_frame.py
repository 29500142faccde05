"""How large the cells of a matrix are, and which of its labels are drawn."""

from __future__ import annotations

from dashboard.figures.parts.matrix_frame import ColumnLabels, MatrixFrame
from dashboard.figures.parts.theme import Mode, theme


def test_all_columns_of_a_long_narrow_matrix_are_named():
    rows = tuple(f"lab/set{i:03}" for i in range(120))
    frame = MatrixFrame(rows, tuple(f"target {i}" for i in range(13)), means=True)
    assert frame.step(13) == 1
    assert frame.step(120) == 1
    assert frame.size.height > 120 * 13


def test_a_name_that_is_a_row_and_a_column_is_cut_alike():
    names = tuple(f"multilingual-news-{year}-german-english" for year in (2019, 2021))
    frame = MatrixFrame(names[1:], names, means=False)
    axes = frame.axes(theme(Mode.LIGHT), rows="", columns="")
    (row,) = axes["yaxis"]["ticktext"]
    assert row == axes["xaxis"]["ticktext"][1]
    assert "2021" in row


def test_notes_of_columns_are_read_back_from_what_is_drawn():
    names, notes = ("3 &amp; 4", "<i>mean</i>", "layer 2"), ("n &lt; 5", "", "0.41")
    labels = ColumnLabels(names, notes)
    for turned in (False, True):
        assert ColumnLabels.drawn(labels.written(turned=turned), labels.size) == labels
    # A second line below the names, or behind the longest of them.
    assert labels.room(turned=False) > ColumnLabels(names, ("",) * 3).room(turned=False)
    assert labels.room(turned=True) > ColumnLabels(names, ("",) * 3).room(turned=True)
