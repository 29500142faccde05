"""How large the cells of a matrix are, and which of its labels are drawn."""

from __future__ import annotations

from dashboard.figures.parts.legend import bar_length
from dashboard.figures.parts.matrix_frame import ColumnLabels, MatrixFrame
from dashboard.figures.parts.theme import Mode, theme


def test_all_columns_of_a_long_narrow_matrix_are_named():
    rows = tuple(f"lab/set{i:03}" for i in range(120))
    frame = MatrixFrame(rows, tuple(f"target {i}" for i in range(13)), means=True)
    assert frame.step(13) == 1
    assert frame.step(120) == 1
    assert frame.size.height > 120 * 13


def test_strips_of_means_are_named_however_small_cells_are():
    for count in (5, 60, 1_000):
        names = tuple(f"t{i}" for i in range(count))
        for of in ((), ("x",) * (count // 2) + ("y",) * (count - count // 2)):
            frame = MatrixFrame(names, names, means=True, row_groups=of, column_groups=of)
            axes = frame.axes(theme(Mode.LIGHT), rows="", columns="")
            for axis in ("xaxis", "yaxis"):
                *others, mean = axes[axis]["tickvals"]
                assert axes[axis]["ticktext"][-1] == "<i>mean</i>"
                assert (mean - max(others)) * frame.cell >= 13


def test_the_bar_below_a_wide_matrix_is_read_without_scrolling():
    for count, length in ((2, 160), (7, 252), (60, 280), (1_000, 280)):
        names = tuple(f"t{i}" for i in range(count))
        assert bar_length(MatrixFrame(names, names, means=True)) == length


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


def test_groups_that_stand_together_are_told_apart_and_named_where_not_every_row_is():
    of = ("Romance",) * 90 + ("<b>Bantu</b> languages of the south",) * 60 + ("x",) * 5
    names = tuple(f"t{i:03}" for i in range(155))
    frame = MatrixFrame(names, names, means=False, row_groups=of, column_groups=of)
    axes = frame.axes(theme(Mode.LIGHT), rows="", columns="")
    for axis in ("xaxis", "yaxis"):
        first, second, *more = axes[axis]["ticktext"]
        assert (first, second[:7]) == ("<i>Romance</i>", "<i>&lt;")
        assert axes[axis]["tickvals"][:2] == [44.5, 119.5]
    assert axes["xaxis"]["tickangle"] == -90
    assert more == ["<i>x</i>"]
    assert frame.edges(color="black")["path"].startswith("M-0.5,89.5H154.5M-0.5,149.5H154.5M89.5,")
    longer = MatrixFrame(names, names, means=False)
    assert frame.margins["l"] > longer.margins["l"]
    assert frame.margins["t"] > longer.margins["t"]


def test_groups_that_do_not_stand_together_are_not_marked():
    names = ("a", "b", "c", "d")
    for of in (("x", "y", "x", "y"), ("x",) * 4, ("w", "x", "y", "z"), ()):
        frame = MatrixFrame(names, names, means=False, row_groups=of, column_groups=of)
        assert frame.edges(color="black") is None
        assert frame.axes(theme(Mode.LIGHT), rows="", columns="")["yaxis"]["ticktext"][0] == "a"
    few = MatrixFrame(names, names, means=False, row_groups=("x", "x", "y", "y"))
    assert few.edges(color="black")["path"] == "M-0.5,1.5H3.5"
    assert few.axes(theme(Mode.LIGHT), rows="", columns="")["yaxis"]["ticktext"][0] == "a"
