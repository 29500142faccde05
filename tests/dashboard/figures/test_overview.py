"""All methods in one picture."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from core.analyses import OVERVIEW
from core.analyses.query import TransferQuery
from core.analyses.standouts import SignCount
from core.metrics import Metric
from core.study import Method, Run, Task
from core.transfer.normalization import Scale
from dashboard.figures.overview import methods_figure
from dashboard.figures.parts.theme import Mode, theme
from dashboard.text.captions import scale_text
from dashboard.text.findings.overview import (
    methods_finding,
    pairs_finding,
    standout_brief,
    standout_text,
    surprises_finding,
)
from dashboard.text.numbers import signed
from tests.core.analyses.test_overview import HARM, predicted_study, sure_study
from tests.core.small import square_study, study_of
from tests.dashboard.figures.samples import EVIL

LIGHT = theme(Mode.LIGHT)


def found_in(study):
    return OVERVIEW.compute(study, TransferQuery())


def test_means_seeds_and_intervals_are_those_of_the_result():
    study = predicted_study()
    found = found_in(study)
    figure = methods_figure(found, study, LIGHT)
    trained_seeds, trained, transfer_seeds, transfer = figure.data
    np.testing.assert_allclose(trained.x, [s.trained.value for s in found.methods])
    np.testing.assert_allclose(transfer.x, [s.transfer.value for s in found.methods])
    assert list(trained.customdata) == ["ft1", "ft2"]
    assert len(trained_seeds.x) == len(transfer_seeds.x) == 4
    assert list(trained_seeds.customdata) == ["ft1", "ft1", "ft2", "ft2"], "clicked like its mean"
    half = found.methods[1].transfer.interval.high - found.methods[1].transfer.value
    assert transfer.error_x.array[1] == pytest.approx(half)
    assert trained.marker.symbol != transfer.marker.symbol, "told apart without colour"


def test_long_names_stand_above_their_lines_and_leave_the_width():
    study = predicted_study()
    long = [replace(m, label=f"Fine-tuned on {m.name} and then on nothing") for m in study.methods]
    usual, named = (
        methods_figure(found_in(study), one, LIGHT).layout
        for one in (study, replace(study, methods=tuple(long)))
    )
    assert named.margin.l < usual.margin.l
    assert named.height > usual.height
    above = [one for one in named.annotations if one.name == "method"]
    assert [one.text for one in above] == [one.label for one in long]


@pytest.mark.parametrize("value", [0.9, 0.1 + 0.2, 0.0, -3e5, 2e-7])
def test_means_that_are_all_one_value_have_an_axis_with_a_width(value):
    cells = np.full((2, 3, 3), value)
    cells[0] *= 1 + 1e-16  # rounding is no width
    found = OVERVIEW.compute(square_study(cells.tolist()), TransferQuery(scale=Scale.STRICT))
    low, high = methods_figure(found, square_study(cells.tolist()), LIGHT).layout.xaxis.range
    assert low < value < high
    assert low <= 0 <= high, "its place on the axis says how large it is"
    assert high - low > 1e-9


def test_an_interval_between_the_base_and_its_standard_is_drawn_whole():
    cells = np.full((2, 3, 3), 0.48)
    cells[1] += 0.03
    study = square_study(cells.tolist())
    found = OVERVIEW.compute(study, TransferQuery(scale=Scale.STRICT))
    interval = found.methods[0].transfer.interval
    assert interval.high - interval.low > 6 * 0.03
    low, high = methods_figure(found, study, LIGHT).layout.xaxis.range
    assert low < interval.low < interval.high < high


def test_one_seed_shows_neither_seeds_nor_bars():
    study = square_study([HARM[0]])
    figure = methods_figure(found_in(study), study, LIGHT)
    seeds, means, *_ = figure.data
    assert len(seeds.x) == 0
    assert not means.error_x.visible
    beside = next(one for one in figure.layout.annotations if one.name == "value")
    assert beside.y == means.y[0], "on one line with its mark"
    low, high = figure.layout.xaxis.range
    assert low < min(figure.data[3].x) < max(figure.data[1].x) < high


def test_help_and_harm_are_counted_for_each_method_by_itself():
    study = replace(
        square_study(np.add(HARM, [[[0.0]], [[0.01]]])),
        methods=tuple(Method(f"ft{i}", f"FT{i}") for i in range(1, 6)),
    )
    found = found_in(sure_study())
    copied = ", if seeds 0 and 1 of FT1, which hold the same values, are two; "
    alike = square_study(np.stack([HARM[0], HARM[0]]))
    said = pairs_finding(found, replace(alike, methods=study.methods), harm=True)
    assert said.startswith(f"2 of 12 pairs do harm, fewer than one of them by luck{copied}")
    text = pairs_finding(found, study, harm=True)
    assert text.startswith(
        "2 of 12 pairs do harm, fewer than one of them by luck; the largest: a → c, −0.2"
    )
    assert text.endswith(" without luck.")
    (only,) = found.sign_counts
    unsure = replace(
        found, sign_counts=(replace(only, harmful_wrong=1.2), replace(only, harmful_wrong=1.4))
    )
    assert ", about 3 of them by luck; " in pairs_finding(unsure, study, harm=True)
    nothing = replace(found, sign_counts=(replace(only, harmful_by_luck=1.6),))
    assert ", as many as by luck alone; " in pairs_finding(nothing, study, harm=True)

    def count(method, harmful, pairs, *, told=True):
        return SignCount(method, pairs - harmful, harmful, harmful, pairs, told)

    counts = (count("ft1", 2, 6), count("ft2", 1, 4), count("ft3", 0, 0))
    two = replace(found, sign_counts=(*counts, count("ft4", 0, 9, told=False)))
    assert pairs_finding(two, study, harm=True).startswith(
        "2 of 6 pairs do harm with FT1, 1 of 4 with FT2, fewer than one of them by luck; the l"
    )
    assert pairs_finding(two, study, harm=False).startswith(
        "4 of 6 pairs help with FT1, 3 of 4 with FT2, fewer than one of them by luck; the largest"
    )
    many = (*counts, count("ft4", 3, 6), count("ft5", 0, 6))
    assert pairs_finding(replace(found, sign_counts=many), study, harm=True).startswith(
        "4 methods harm between 0 of 6 (FT5) and 3 of 6 (FT4) pairs, fewer than one of them by"
    )
    level = tuple(count(f"ft{i}", 2, 6) for i in range(1, 5))
    assert pairs_finding(replace(found, sign_counts=level), study, harm=True).startswith(
        "2 of 6 pairs do harm with each of 4 methods, "
    )
    tied = replace(found, losses=replace(found.losses, alike=3))
    assert "; the largest, with 2 others: a → c" in pairs_finding(tied, study, harm=True)


def test_with_one_seed_the_lists_are_order():
    study = square_study([HARM[0]])
    found = found_in(study)
    assert pairs_finding(found, study, harm=True) == (
        "As measured, a → c is furthest below zero (−0.400); none of it can be"
        " told from luck: one seed says nothing of how far another would differ."
    )
    fine = square_study([[[1.0, 0.5], [0.25, 1.0]]])
    assert pairs_finding(found_in(fine), fine, harm=True) == "None of 2 pairs is below zero."
    predicted = predicted_study(seeds=(0,))
    told = surprises_finding(found_in(predicted), predicted)
    assert "cannot be told from luck: one seed" in told


def test_nothing_to_show_is_said():
    study = square_study(HARM)
    empty = replace(found_in(study), methods=())
    figure = methods_figure(empty, study, LIGHT)
    assert "no method" in figure.layout.annotations[0].text
    assert methods_finding(empty, study) == "No method has a value here."


def test_hostile_labels_stay_text():
    study = predicted_study()
    hostile = replace(study, methods=(Method("ft1", EVIL), Method("ft2", "b<br>" * 20, "ft1")))
    figure = methods_figure(found_in(study), hostile, LIGHT)
    assert "<script" not in figure.to_json()
    assert "<br><br>" not in "".join(figure.layout.yaxis.ticktext)


def test_what_is_one_by_definition_is_not_told_as_reached_on_trained_targets():
    def of_diagonal(*extra):
        tasks = [Task(n, n.upper(), Metric.ACCURACY, zero=0.0, one="diagonal") for n in "ab"]
        runs = [Run(f"ft{n}", "ft1", (n,), None, 1) for n in "ab"]
        cells = {("fta", "a", "shifted", 0): 2.0, ("ftb", "b", "shifted", 0): 2.0}
        return study_of(tasks, runs, cells | dict(extra), layout="scores")

    study = of_diagonal((("fta", "b", "shifted", 0), 1.0), (("ftb", "a", "shifted", 0), 0.5))
    found = found_in(study)
    assert (found.methods[0].trained.cells, found.methods[0].fixed) == (0, 2)
    figure = methods_figure(found, study, LIGHT)
    assert {trace.name for trace in figure.data} == {
        "transfer, one seed",
        "not trained on it (transfer)",
    }
    assert [a.text.partition("</b>")[0] for a in figure.layout.annotations] == ["<b>0.38"]
    assert methods_finding(found, study) == "On untrained targets, the mean is 0.375."
    alone = of_diagonal()
    assert methods_finding(found_in(alone), alone) == "Every value is 1 by definition."
    plain = square_study(HARM)
    assert found_in(plain).methods[0].fixed == 0


def test_means_of_values_that_are_all_cut_are_told_as_such():
    harm = square_study(np.full((2, 2, 2), -0.5))
    assert methods_finding(found_in(harm), harm) == (
        "On untrained targets, the mean is 0, as all values are clipped;"
        " on trained ones, the mean is 0, as all values are clipped."
    )


def test_a_method_without_trained_cells_has_only_transfer():
    study = square_study([[[np.nan, 0.4], [0.6, np.nan]]])
    found = found_in(study)
    figure = methods_figure(found, study, LIGHT)
    assert {trace.customdata for trace in figure.data} == {(), ("ft1",)}
    assert list(figure.data[1].x) == [pytest.approx(0.5)]
    assert methods_finding(found, study) == "On untrained targets, the mean is 0.500."


def test_scores_as_given_say_which_are_better_of_targets_alone():
    """A task that nothing was tested on is no target with a direction of its own."""
    metrics = {"a": Metric.ACCURACY, "b": Metric.ERROR, "c": Metric.ERROR}
    tasks = [Task(name, name, metric) for name, metric in metrics.items()]
    runs = [Run(f"ft{name}", "ft1", (name,), None, 1) for name in metrics]

    def said(targets):
        cells = {(f"ft{a}", b, "shifted", 0): 2.0 for a in metrics for b in targets}
        study = study_of(tasks, runs, cells, layout="scores")
        finding = methods_finding(found_in(study), study).rpartition("; ")[2]
        return finding, scale_text(study, Scale.STRICT).removeprefix("given scores, ")

    assert said("bc") == ("lower is better.", "lower is better")
    assert said("abc") == ("of some targets lower is better.", "lower is better for b, c")
    assert said("a") == ("higher is better.", "higher is better")


def test_the_mean_of_one_method_has_its_interval():
    study = square_study(
        [[[np.nan, 0.4], [0.6, np.nan]], [[np.nan, 0.5], [0.7, np.nan]]],
    )
    said = methods_finding(found_in(study), study)
    assert re.fullmatch(r"On untrained targets, the mean is 0\.550 \(95 % .* to 1\.19\)\.", said), (
        said
    )


def test_a_cell_that_stands_out_says_that_values_behind_it_are_cut():
    found, study = found_in(sure_study()), square_study(HARM)
    cell = found.gains.cells[0]
    ends = replace(cell.shrunken_interval, clipped=2, values=3)
    cut = replace(cell, shrunken_interval=ends)
    assert f" (2 of 3 clipped); measured {signed(cell.value)}" in standout_brief(cut, study)
    assert " (2 of 3 clipped), measured " in standout_text(cut, study)
    for text in (standout_brief(cell, study), standout_text(cell, study)):
        assert "clipped" not in text
