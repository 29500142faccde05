"""Small scatters of what is known of tasks: what is drawn, labelled and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from core.analyses.balance import balance
from core.analyses.covariates import CovariateTests, covariate_tests
from core.analyses.query import TransferQuery
from core.analyses.task_covariates import Covariate
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from dashboard.figures.covariates import (
    CELL,
    HEAD,
    WIDER_CELLS,
    cell_width,
    covariate_scatters,
    figure_size,
)
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Canvas, theme
from dashboard.text.findings.covariates import (
    chance_note,
    covariates_finding,
    permutations_text,
)
from dashboard.text.numbers import number, p_value, quantity
from tests.core.small import square_study

LIGHT, DARK = theme("light"), theme("dark")
RNG = np.random.default_rng(1)


def covariate(name, values, unit="") -> Covariate:
    values = np.asarray(values, dtype=float)
    return Covariate(name, unit, "", values, tuple("" if v == v else "no" for v in values))


def made(size=6, names=None, covariates=None) -> tuple[CovariateTests, object]:
    study = square_study(RNG.random((2, size, size)), names=names)
    matrix = transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))
    given = matrix.values.sum(axis=1) - np.diag(matrix.values)
    known = covariates or [
        covariate("like given", given, "km^2"),
        covariate("random", RNG.random(size)),
        covariate("same", np.ones(size)),
    ]
    return covariate_tests(balance(matrix, [t.name for t in study.tasks]), known), study


def test_a_scatter_for_every_covariate_and_outcome_with_the_test_above():
    result, study = made()
    figure = covariate_scatters(result, study, LIGHT)
    assert len(figure.data) == 3 * 2  # the constant one has no test
    first = figure.data[0]
    np.testing.assert_array_equal(first.x, result.covariates[0].values)
    np.testing.assert_array_equal(first.y, result.response_values[0])
    assert first.customdata == tuple([name] for name in "abcdef")
    heads = [a.text for a in figure.layout.annotations if a.name == "test"]
    assert len(heads) == 6
    assert heads[0] == "<b>ρ = 1.00, p = 0.0028</b>"
    assert "km²" in figure.layout.xaxis5.title.text
    assert [figure.layout[f"yaxis{n}"].title.text for n in ("", 3, 5)] == [
        "given",
        "received",
        "net",
    ]
    assert (figure.layout.width, figure.layout.height) == figure_size(result, LIGHT)


def test_a_net_of_zero_is_marked():
    figure = covariate_scatters(*made(), LIGHT)
    assert [shape.y0 for shape in figure.layout.shapes if shape.name == "zero"] == [0, 0]


def test_every_task_is_labelled_and_no_labels_collide():
    result, study = made(9)
    figure = covariate_scatters(result, study, LIGHT)
    for trace in figure.data:
        across, up = trace.xaxis.replace("x", "xaxis"), trace.yaxis.replace("y", "yaxis")
        low, high = figure.layout[across].range
        bottom, top = figure.layout[up].range
        boxes = []
        for label in figure.layout.annotations:
            if label.name != "label" or label.xref != trace.xaxis:
                continue
            x = (label.x - low) / (high - low) * cell_width(result, LIGHT)
            x += label.ax or label.xshift or 0
            y = (top - label.y) / (top - bottom) * (CELL[1] - HEAD)
            y += label.ay if label.ay is not None else -(label.yshift or 0)
            half = text_width(label.text, 11) / 2
            boxes.append((x - half, x + half, y - 6, y + 6))
        assert len(boxes) == 9
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                apart = a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
                assert apart, (a, b)


def test_few_scatters_are_wide_on_the_page_and_narrow_in_a_paper():
    result, _ = made()
    assert cell_width(result, LIGHT) == WIDER_CELLS[len(result.shown)]
    assert cell_width(result, replace(LIGHT, canvas=Canvas(width=460, height=400))) == CELL[0]


def test_in_a_narrow_picture_covariates_stand_below_each_other():
    result, study = made()
    narrow = replace(LIGHT, canvas=Canvas(width=460, height=300, labels=14))
    figure = covariate_scatters(result, study, narrow)
    assert (figure.layout.width, figure.layout.height) == figure_size(result, narrow)
    assert figure.layout.width <= 460 * 12 / 14
    count = len(result.responses)
    assert len(figure.data) == count * len(result.shown)
    np.testing.assert_array_equal(figure.data[0].x, result.response_values[0])
    np.testing.assert_array_equal(figure.data[0].y, result.shown[0].values)
    np.testing.assert_array_equal(figure.data[count].y, result.shown[1].values)
    last = [figure.layout[f"xaxis{count * len(result.shown) - back}"] for back in (2, 1, 0)]
    assert [axis.title.text for axis in last] == list(result.responses)
    assert figure.layout.yaxis.title.text.startswith(result.shown[0].name[:4])
    heads = [one.text for one in figure.layout.annotations if one.name == "test"]
    assert heads[0] == "<b>ρ = 1.00<br>p = 0.0028</b>"


def test_tasks_without_a_value_are_not_drawn():
    result, study = made(covariates=[covariate("partly", [1, np.nan, 2, 4, 3, np.nan])])
    figure = covariate_scatters(result, study, LIGHT)
    assert [name for (name,) in figure.data[0].customdata] == list("acde")


def test_hostile_names_are_text():
    name = "<img src=x onerror=alert(1)> & more of it, on and on, longer than three lines are"
    result, study = made(covariates=[covariate(name, range(6), "<b>")])
    text = str(covariate_scatters(result, study, LIGHT).to_plotly_json())
    assert "<img" not in text
    assert "<b>'" not in text
    hostile, study = made(names=["<i>x", *"bcdef"])
    figure = covariate_scatters(hostile, study, DARK)
    assert ["<i>x"] in list(figure.data[0].customdata)  # the name itself, which nothing draws
    assert "<i>" not in str([trace.hovertext for trace in figure.data])
    assert "<i>" not in str(figure.layout.to_plotly_json())


def test_of_many_tasks_the_extreme_ones_are_labelled():
    result, study = made(320, names=[f"t{i}" for i in range(320)])
    figure = covariate_scatters(result, study, DARK)
    assert isinstance(figure.data[0], go.Scattergl)
    labels = [a for a in figure.layout.annotations if a.name == "label"]
    assert 0 < len(labels) <= 6 * len(figure.data)


@pytest.mark.parametrize(("size", "mark"), [(6, 8), (80, 5), (240, 3.5)])
def test_the_more_tasks_the_smaller_their_points(size, mark):
    result, study = made(size, names=[f"t{i}" for i in range(size)])
    assert covariate_scatters(result, study, LIGHT).data[0].marker.size == mark


def test_nothing_known_is_said_in_its_place():
    result, study = made(covariates=[covariate("same", np.ones(6))])
    figure = covariate_scatters(result, study, LIGHT)
    assert "nothing is known" in figure.layout.annotations[0].text
    assert covariates_finding(result) == (
        "Nothing known of the tasks can be set against what they teach (n = 6 tasks)."
    )
    assert chance_note(result) == ""
    assert permutations_text(result.tested) == ""


def test_the_finding_says_what_is_left_after_all_the_testing():
    result, _ = made()
    text = covariates_finding(result)
    assert text == (
        "Tasks with the highest like given give most (ρ = 1.00, p = 0.0028, n = 6 tasks);"
        " over all 6 tests p = 0.017 after Holm."
    )
    turned = made(covariates=[covariate("x", [1, 2, 3, 4, 6, 5])])[0]
    best = turned.closest
    assert best.adjusted > 0.05
    assert covariates_finding(turned) == (
        f"None of {turned.looked_at} correlations can be told from chance in 6 tasks. Closest:"
        f" x and {best.response} (ρ = {number(best.correlation.rho)},"
        f" {p_value(best.correlation.p)}; {p_value(best.adjusted)} after Holm)."
    )
    alone = replace(turned, tests=(replace(best, adjusted=0.06),), looked_at=1)
    assert covariates_finding(alone).startswith(
        "The only correlation there is cannot be told from chance in 6 tasks. Closest: x and "
    )


def test_few_tasks_and_many_tests_are_warned_of():
    result, _ = made()
    note = chance_note(result)
    assert note.startswith(
        "n = 6 tasks, and 6 tests are made: were there nothing to find, up to 0.3"
    )
    four, _ = made(4)
    assert "No test is offered" in chance_note(four)
    assert covariates_finding(four) == (
        "4 tasks cannot tell any of 6 correlations from chance; 6 tasks could. Closest: tasks with"
        " the highest like given give most (ρ = 1.00)."
    )
    assert permutations_text(four.tested) == ""
    none = replace(result, tests=result.tests[3:6], looked_at=9)
    assert "here none has. Holm counts 9 tests" in chance_note(none)


def test_how_p_was_found():
    assert permutations_text(made()[0].tested) == "p over all 720 orders of the tasks"
    many, _ = made(9)
    assert (
        permutations_text(many.tested) == "p over 10,000 drawn orders of the tasks, ± 0.005 at most"
    )


@pytest.mark.parametrize(("value", "text"), [(4.0, "4"), (0.6224, "0.622"), (-2.0, "−2")])
def test_whole_numbers_stay_whole(value, text):
    assert quantity(value) == text
