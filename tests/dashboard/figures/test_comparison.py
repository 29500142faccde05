"""Cell against cell, and how often differences are how large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analyses.comparison import compare
from core.analyses.query import TransferQuery
from core.metrics import Metric
from core.numerics.intervals import Interval, ResamplingUnit
from core.study import Method, Run, Task
from core.transfer.groups import group_means
from dashboard.figures.comparison import comparison_scatter, difference_histogram
from dashboard.figures.parts.density import FARTHEST
from dashboard.figures.parts.theme import Mode, theme
from dashboard.figures.transfer import group_heatmap, transfer_heatmap
from dashboard.text.findings.comparison import comparison_finding, contrast_finding, leads_finding
from tests.core.analyses.test_comparison import X, Y, paired_study
from tests.core.small import study_of
from tests.dashboard.figures.samples import EVIL, NAN

LIGHT = theme(Mode.LIGHT)


@pytest.fixture
def study():
    return paired_study(X, Y)


def test_points_are_cells_and_shapes_tell_trained_from_transfer(study):
    found = compare(study, TransferQuery("x", other="y"))
    trained, transfer = comparison_scatter(found, study, LIGHT).data
    assert (len(trained.x), len(transfer.x)) == (6, 3)
    at = [list(pair) for pair in transfer.customdata].index(["a+b", "c"])
    assert transfer.y[at] == pytest.approx(0.3), "the first method is up"
    assert transfer.x[at] == pytest.approx(0.1)
    assert "X 0.300" in transfer.hovertext[at]
    assert trained.marker.symbol != transfer.marker.symbol


def test_above_the_diagonal_is_blue_and_named(study):
    figure = comparison_scatter(compare(study, TransferQuery("x", other="y")), study, LIGHT)
    names = {note.name: note for note in figure.layout.annotations if "better" in (note.name or "")}
    assert names["first better"].text == "X better"
    assert names["first better"].font.color == LIGHT.positive
    assert names["second better"].font.color == LIGHT.negative
    assert figure.layout.xaxis.range == figure.layout.yaxis.range


def with_errors(study, *targets):
    found = compare(study, TransferQuery("x", other="y", split="a"))
    return replace(found, difference=replace(found.difference, lower_targets=targets))


def test_of_errors_the_better_side_is_below_the_diagonal_and_blue_everywhere(study):
    found = with_errors(study, "a", "b", "c")
    layout = comparison_scatter(found, study, LIGHT).layout
    names = {note.name: note for note in layout.annotations if "better" in (note.name or "")}
    assert (names["first better"].text, names["first better"].y) == ("X better", 0)
    assert names["first better"].font.color == LIGHT.positive
    assert (names["second better"].text, names["second better"].y) == ("Y better", 1)
    bars = difference_histogram(found, study, LIGHT).data[1]
    colors = dict(zip(bars.x, bars.marker.color, strict=True))
    assert all((x < 0) == (color == LIGHT.positive) for x, color in colors.items())


def test_where_errors_stand_beside_scores_no_side_is_better(study):
    found = with_errors(study, "c")
    figure = comparison_scatter(found, study, LIGHT)
    sides = {note.name: note for note in figure.layout.annotations if note.name != "label"}
    assert {name: note.text for name, note in sides.items()} == {
        "first higher": "X higher",
        "second higher": "Y higher",
    }
    assert {note.font.color for note in sides.values()} == {LIGHT.muted}
    hovers = {
        tuple(key): text
        for trace in figure.data
        for key, text in zip(trace.customdata, trace.hovertext, strict=True)
    }
    assert all(("lower is better" in text) == (key[1] == "c") for key, text in hovers.items())
    for bars in difference_histogram(found, study, LIGHT).data:
        assert set(bars.marker.color) == {LIGHT.muted}


def test_the_matrix_of_differences_is_blue_where_the_first_is_better_target_by_target(study):
    matrix = with_errors(study, "c").difference
    plain = with_errors(study).difference
    figure = transfer_heatmap(matrix, study, LIGHT)
    sign = [-1 if target == "c" else 1 for target in matrix.targets]
    shades = np.asarray(figure.data[0].z, dtype=float)
    assert shades == pytest.approx(plain.values * sign, nan_ok=True, abs=1e-3)
    caption = figure.layout.coloraxis.colorbar.title.text
    assert caption == "Y better ← 0 → X better, errors turned"
    assert figure.layout.coloraxis.colorscale == (
        transfer_heatmap(plain, study, LIGHT).layout.coloraxis.colorscale
    )


def test_block_means_over_errors_and_scores_turn_the_errors(study):
    matrix = with_errors(study, "c").difference
    figure, _ = group_heatmap(matrix, study, LIGHT)
    expected = group_means(matrix.oriented(), study).values
    shown = np.asarray(figure.data[0].z, dtype=float)
    assert shown == pytest.approx(expected, nan_ok=True, abs=1e-3)
    assert figure.layout.coloraxis.colorbar.title.text.endswith(", errors turned")


def test_bars_are_shares_of_each_part(study):
    found = compare(study, TransferQuery("x", other="y", split="a"))
    figure = difference_histogram(found, study, LIGHT)
    assert [sum(bar.y) for bar in figure.data] == [pytest.approx(100), pytest.approx(100)]
    colors = dict(zip(figure.data[1].x, figure.data[1].marker.color, strict=True))
    assert all((x > 0) == (color == LIGHT.positive) for x, color in colors.items())
    means = [shape.x0 for shape in figure.layout.shapes if shape.name == "mean"]
    assert means == [
        pytest.approx(found.contrast.with_task.value),
        pytest.approx(found.contrast.without_task.value),
    ]


def test_findings_name_who_is_better_and_how_surely(study):
    found = compare(study, TransferQuery("x", other="y", split="a"))
    assert comparison_finding(found, study) == (
        "No difference shown between X and Y over 9 cells (+0.044, 95 % −0.097 to 0.186);"
        " transfer: no difference shown (−0.424 to 0.424); trained: +0.067 (0.067 to 0.067)."
    )
    back = compare(study, TransferQuery("y", other="x", split="a"))
    assert comparison_finding(back, study).startswith("No difference shown between Y and X")
    sure = replace(back, overall=replace(back.overall, interval=back.trained.interval))
    assert comparison_finding(sure, study).startswith(
        "Y reaches less than X: −0.044 over 9 cells"
        " (95 % −0.067 to −0.067, the same with every seed); "
    )
    assert contrast_finding(found) == (
        "With a in the training set the differences lie 0.117 higher: +0.083 against −0.033"
        " (95 % of the distance over seeds: −0.095 to 0.328, which may be none)."
    )
    same = compare(study, TransferQuery("x", other="y"))
    # Picked from three tasks: t(1) at 1 − 0.025/3 is 38.19, the standard error 1/30.
    assert contrast_finding(same) == (
        "With c in the training set the differences lie 0.133 lower: 0 against +0.133"
        " (95 % of the distance over seeds: −1.41 to 1.14, which may be none)."
    )
    none = Interval(NAN, NAN, ResamplingUnit.SEEDS)
    equal = replace(same, overall=replace(same.overall, value=0.0, interval=none))
    assert comparison_finding(equal, study).startswith(
        "X and Y reach the same over 9 cells (may be luck: one seed); "
    )


def test_with_one_seed_what_was_measured_is_no_finding(study):
    found = compare(study, TransferQuery("x", other="y", split="a", seeds=(1,)))
    # 0.2 0 0.3, 0.1 0 0, −0.2 0 0.1; a is in the first two training sets.
    assert comparison_finding(found, study) == (
        "As measured, X reaches more than Y: +0.056 over 9 cells (may be luck: one seed);"
        " transfer: +0.033; trained: +0.067."
    )
    assert contrast_finding(found) == (
        "With a in the training set the differences lie 0.133 higher: +0.100 against −0.033"
        " (may be luck: one seed)."
    )


def test_of_leads_that_are_alike_without_luck_the_largest_measured_is_named():
    """Nine differences about one truth: without luck all are their mean, but for the seeds."""
    seeds = np.array([0.1, -0.1])[:, None, None]
    apart = np.arange(9).reshape(3, 3) % 2 * 2 - 1
    cells = 0.3 + 0.05 * np.arange(9).reshape(3, 3)[::-1] / 9
    values = cells + seeds * apart
    found = compare(paired_study(values, np.zeros((2, 3, 3))), TransferQuery("x", other="y"))
    study = paired_study(values, np.zeros((2, 3, 3)))
    i, j = np.unravel_index(int(found.difference.values.argmax()), (3, 3))
    named = f"{'+'.join(found.difference.sources[i])} → {found.difference.targets[j]}".upper()
    text = leads_finding(found, study)
    assert text.startswith(f"X leads most in {named} (+0.34")
    assert "; 8 others cannot be told from it)" in text


def test_what_is_cut_with_both_methods_is_not_the_same_for_sure():
    harm = paired_study([[[-0.5] * 3] * 3] * 2, [[[-0.3] * 3] * 3] * 2)
    found = compare(harm, TransferQuery("x", other="y"))
    cut = "oth are cut to the scale in every cell, so no difference can be seen."
    assert comparison_finding(found, harm) == f"X and Y over 9 cells: b{cut}"
    assert contrast_finding(found) == f"With a in the training set and without it: b{cut}"
    assert leads_finding(found, harm) == f"B{cut}"
    # One of the two is at the other end, which may be further than it looks.
    apart = paired_study([[[1.7] * 3] * 3] * 2, [[[-0.3] * 3] * 3] * 2)
    found = compare(apart, TransferQuery("x", other="y"))
    assert comparison_finding(found, apart).startswith(
        "X reaches more than Y: +1.50 over 9 cells"
        " (95 % 1.50 to 1.50, approximate: all values are clipped); "
    )
    assert leads_finding(found, apart).startswith(
        "As measured, X leads most in A+B → A, with 8 others (+1.50);"
    )


def test_cells_that_the_scale_makes_one_are_no_difference_on_trained_targets():
    # a and b of themselves are 1 by definition; a→b differs by 0.2, b→a by 0.4.
    tasks = [Task(n, n.upper(), Metric.ACCURACY, zero=0.0, one="diagonal") for n in "ab"]
    runs = [Run(f"{m}{n}", m, (n,), None, 1) for m in "xy" for n in "ab"]
    scores = {"xa": (2.0, 0.6), "xb": (1.4, 2.0), "ya": (2.0, 0.2), "yb": (0.6, 2.0)}
    values = {
        (run, task, "shifted", 0): score
        for run, both in scores.items()
        for task, score in zip("ab", both, strict=True)
    }
    study = study_of(tasks, runs, values, layout="scores")
    found = compare(study, TransferQuery("x", other="y"))
    assert comparison_finding(found, study) == (
        "As measured, X reaches more than Y: +0.150 over 4 cells, 2 of them 0 by definition"
        " (may be luck: one seed); transfer: +0.300."
    )


def test_without_a_cell_it_says_so(study):
    empty = compare(study, TransferQuery("x", other="y", hidden_sources=("a", "b", "c")))
    figure = comparison_scatter(empty, study, LIGHT)
    assert figure.layout.annotations[0].text == "no cell has a value with both"
    assert comparison_finding(empty, study).startswith("No cell")
    assert difference_histogram(empty, study, LIGHT).data[0].y.sum() == 0


def test_hostile_labels_stay_text(study):
    hostile = replace(study, methods=(Method("x", EVIL), Method("y", "<b>y</b>")))
    found = compare(hostile, TransferQuery("x", other="y"))
    for figure in (
        comparison_scatter(found, hostile, LIGHT),
        difference_histogram(found, hostile, LIGHT),
    ):
        assert "<script" not in figure.to_json()
        assert "<b>y" not in figure.to_json()


def test_thousands_of_cells_have_short_hovers_and_no_labels():
    rng = np.random.default_rng(0)
    size = 13
    tasks = tuple(Task(f"t{i}", f"t{i}", Metric.ACCURACY) for i in range(size))
    sets = [(f"t{i}", f"t{j}") for i in range(size) for j in range(i + 1, size)] + [
        (f"t{i}", f"t{j}", f"t{k}")
        for i in range(size)
        for j in range(i + 1, size)
        for k in range(j + 1, size)
    ]
    values = rng.uniform(size=(2, 1, len(sets), size))
    study = paired_study(*values, seeds=1, sets=sets, tasks=tasks)
    figure = comparison_scatter(compare(study, TransferQuery("x", other="y")), study, LIGHT)
    assert {trace.type for trace in figure.data} == {"scattergl"}
    assert not [note for note in figure.layout.annotations if note.name == "label"]


def test_of_more_cells_than_pixels_their_number_is_drawn_and_the_farthest_to_click():
    size = 150
    rng = np.random.default_rng(1)
    tasks = tuple(Task(f"t{i}", f"t{i}", Metric.ACCURACY) for i in range(size))
    sets = [(task.name,) for task in tasks]
    values = rng.uniform(size=(2, 1, size, size))
    values[0, 0, 3, 4] = np.nan
    study = paired_study(*values, seeds=1, sets=sets, tasks=tasks)
    found = compare(study, TransferQuery("x", other="y"))
    density, *roles = comparison_scatter(found, study, LIGHT).data
    assert (density.type, int(density.customdata.sum())) == ("heatmap", size * size - 1)
    known = np.isfinite(found.first)
    ends = [function([found.first[known], found.second[known]]) for function in (np.min, np.max)]
    np.testing.assert_array_equal(density.x[[0, -1]], np.float32(ends))
    away = np.abs(found.difference.values)
    drawn = np.concatenate([np.abs(np.subtract(role.y, role.x)) for role in roles])
    np.testing.assert_allclose(np.sort(drawn), np.sort(away[np.isfinite(away)])[-FARTHEST:])
    source, target = roles[1].customdata[0]
    at = found.difference.sources.index((source,)), found.difference.targets.index(target)
    assert roles[1].y[0] - roles[1].x[0] == pytest.approx(found.difference.values[at])
