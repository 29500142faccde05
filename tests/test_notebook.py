"""The lines of the README that draw the scatter, run as they stand there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

ROOT = Path(__file__).parents[1]


def test_the_five_lines_draw_the_scatter(monkeypatch):
    monkeypatch.chdir(ROOT)
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## In a notebook")[1]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found
    lines = [line for line in found[1].splitlines() if line]
    assert len(lines) == 5
    names: dict[str, object] = {}
    exec("\n".join(lines[:-1]), names)  # noqa: S102  (our own README)
    # The last line is what a notebook shows.
    figure = eval(ast.unparse(ast.parse(lines[-1])), names)  # noqa: S307
    assert isinstance(figure, go.Figure)
    association = names["found"]
    drawn = np.concatenate([trace.x for trace in figure.data])
    assert sorted(drawn) == sorted(point.cka for point in association.points)
    assert len(drawn) == association.n == 30
    assert {text for trace in figure.data for text in trace.text} >= {"D→T", "T→D"}
