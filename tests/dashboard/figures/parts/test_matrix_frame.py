"""How large the cells of a matrix are, and which of its labels are drawn."""

from __future__ import annotations

from dashboard.figures.parts.matrix_frame import MatrixFrame


def test_all_columns_of_a_long_narrow_matrix_are_named():
    rows = tuple(f"lab/set{i:03}" for i in range(120))
    frame = MatrixFrame(rows, tuple(f"target {i}" for i in range(13)), means=True, title=False)
    assert frame.step(13) == 1
    assert frame.step(120) == 1
    assert frame.size.height > 120 * 13
