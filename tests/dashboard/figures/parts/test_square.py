"""Figures whose frame is square say so."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from dashboard.figures.parts.square import SQUARE_FRAME, is_square


@pytest.mark.parametrize(
    ("meta", "square"), [(SQUARE_FRAME, True), (None, False), ({"whole": {}}, False)]
)
def test_a_layout_says_that_its_frame_is_square(meta, square):
    assert is_square(go.Figure(layout={"meta": meta}).layout) is square
