"""The heatmap of a predictor: its range, its colours, its gaps."""

from __future__ import annotations

import numpy as np
import pytest

from core.similarity.predictor_matrix import PredictorMatrix
from dashboard.figures.parts.theme import theme
from dashboard.figures.similarity.predictor_heatmap import predictor_heatmap, predictor_size
from dashboard.text.findings.predictors import predictor_finding

NAN = np.nan
LIGHT = theme("light")


def made(values, **more):
    size = len(values)
    tasks = tuple("abc"[:size]) if size < 4 else tuple(map(str, range(size)))
    return PredictorMatrix(
        name="p",
        label="<u>p</u>",
        values=np.array(values, dtype=float).reshape(size, size),
        tasks=tasks,
        layer=None,
        checkpoint="last",
        seeds=(),
        **more,
    )


@pytest.fixture
def draw(example):
    return lambda found: predictor_heatmap(found, example, LIGHT)


def test_colours_go_from_the_smallest_to_the_largest_value_without_the_diagonal(draw):
    figure = draw(made([[9, -2, 3], [1, 9, NAN], [0, 2, 9]], directed=True))
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-2, 3)
    assert list(axis.colorbar.ticktext) == ["−2.00", "3.00"]
    assert axis.colorbar.title.text == "&lt;u&gt;p&lt;/u&gt;, higher is better"
    values = np.array(figure.data[0].z, dtype=float)
    assert np.isnan(np.diag(values)).all()
    assert figure.data[0].hovertext[1][2] == "<b>b → c</b><br>no value"
    assert figure.data[0].hovertext[0][1] == "<b>a → b</b><br>&lt;u&gt;p&lt;/u&gt; −2.00"
    assert figure.layout.shapes


def test_the_colours_of_a_distance_run_the_other_way(draw):
    up = draw(made([[NAN, 1], [2, NAN]])).layout.coloraxis.colorscale
    down = draw(made([[NAN, 1], [2, NAN]], higher_is_better=False)).layout.coloraxis.colorscale
    assert [color for _, color in down] == [color for _, color in reversed(up)]
    assert [at for at, _ in down] == sorted(at for at, _ in down)


def test_one_value_and_none_are_drawn_and_said(draw):
    same = made([[NAN, 2], [2, NAN]])
    axis = draw(same).layout.coloraxis
    assert axis.cmin < axis.cmax
    assert predictor_finding(same) == "Every pair has the same <u>p</u>, 2.00."
    none = made([[1, NAN], [NAN, 1]])
    assert draw(none).layout.annotations[0].text == "no pair has a value"
    assert predictor_finding(none) == "No pair of tasks has a value of <u>p</u>."


def test_a_large_one_has_no_label_in_its_hover_template(draw, example):
    large = made(np.arange(41.0 * 41).reshape(41, 41))
    assert "p</u>" not in draw(large).data[0].hovertemplate
    assert predictor_size(large, example)[0] > predictor_size(made([[1, 2], [3, 4]]), example)[0]
