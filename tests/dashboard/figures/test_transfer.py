"""A matrix figure is right before it is drawn: values, labels, colours, outlines, hovers."""

import base64
import itertools
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.analyses.query import TransferQuery
from core.io import open_study
from core.study import ValueScale
from core.transfer.build import transfer_matrix
from core.transfer.groups import group_means
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale
from dashboard.figures.parts.cell_hover import CellTexts
from dashboard.figures.parts.color_limits import color_limits, shared_limits
from dashboard.figures.parts.colors import AA, contrast, scale_colors
from dashboard.figures.parts.matrix import Colors, matrix_layout, values_trace
from dashboard.figures.parts.matrix_frame import MatrixFrame, text_width
from dashboard.figures.parts.theme import TASK_PALETTE, Mode, theme
from dashboard.figures.transfer import figure_size, group_heatmap, transfer_heatmap
from dashboard.text.numbers import bounds
from tests.dashboard.figures.samples import (
    EVIL,
    NAN,
    cells_of,
    matrix,
    named,
    random_study,
    scores_matrix,
    shape,
    study,
)

LIGHT = theme(Mode.LIGHT)
CASES = Path(__file__).parents[2] / "cases" / "files"
SEEDS = [
    [[0.98, 0.20, 0.10], [0.70, 1.10, NAN], [0.50, 0.40, 0.90]],
    [[0.96, -0.20, 0.12], [0.72, 1.14, NAN], [NAN, 0.42, 0.92]],
    [[0.97, 0.00, 0.11], [0.71, 1.12, NAN], [0.52, 0.41, 0.91]],
]


def drawn(found=None, of=None, mode=LIGHT, **options):
    return transfer_heatmap(
        matrix(SEEDS, records=True) if found is None else found, of or study(), mode, **options
    )


def test_the_values_are_the_matrix_as_an_array():
    found = matrix(SEEDS)
    figure = drawn(found)
    assert figure.data[0].name == "values"
    assert isinstance(figure.data[0].z, np.ndarray)
    np.testing.assert_array_equal(figure.data[0].z, found.values)


def test_rows_are_sources_from_the_top_and_columns_targets_on_top():
    found = matrix(np.ones((1, 2, 3)), sources=[("angle",), ("distance", "compass")])
    figure = drawn(found)
    assert list(figure.layout.xaxis.ticktext) == ["D", "A", "C", "<i>mean</i>"]
    assert list(figure.layout.yaxis.ticktext) == ["A", "D+C", "<i>mean</i>"]
    assert figure.layout.xaxis.side == "top"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert figure.layout.yaxis.scaleanchor == "x"


def test_every_cell_with_a_value_has_its_number():
    found = matrix(SEEDS)
    text = named(drawn(found), "numbers")
    shown = dict(zip(zip(text.y, text.x, strict=True), text.text, strict=True))
    for i, j in np.ndindex(3, 3):
        if np.isfinite(found.values[i, j]):
            assert shown[i, j] == f"{found.values[i, j]:.2f}".replace("-", "−")
        else:
            assert (i, j) not in shown
    assert named(drawn(found), "values").hoverinfo == "text"
    assert text.hoverinfo == "skip"


def test_means_at_the_margins_are_those_of_the_cells_there_are():
    found = matrix(SEEDS)
    figure = drawn(found)
    rows, columns = named(figure, "row means").z, named(figure, "column means").z
    np.testing.assert_allclose(np.ravel(rows), np.nanmean(found.values, axis=1))
    np.testing.assert_allclose(np.ravel(columns), np.nanmean(found.values, axis=0))
    assert named(figure, "row means").x[0] > 2.5
    told = [np.ravel(named(figure, f"{side} means").hovertext) for side in ("row", "column")]
    for words, there in zip(told, (known := np.isfinite(found.values), known.T), strict=True):
        for text, has in zip(words, there, strict=True):
            assert "<br>trained cells included (Balance leaves them out)" in text
            gone = int((~has).sum())
            assert (f" ({gone} missing)" in text) if gone else ("missing" not in text)
    one_row = drawn(matrix(np.ones((1, 1, 3))))
    assert named(one_row, "column means") is None


def test_trained_cells_are_outlined_and_no_others():
    found = matrix(np.ones((1, 2, 3)), sources=[("angle",), ("distance", "compass")])
    assert cells_of(shape(drawn(found), "trained").path) == {(0, 1), (1, 0), (1, 2)}


def test_empty_cells_are_grey_and_hatched_and_say_why():
    figure = drawn(matrix(SEEDS, reason="run <failed>"))
    grey = named(figure, "missing")
    assert np.isfinite(grey.z).sum() == 1
    assert grey.z[1, 2] == 1
    assert grey.colorscale[0][1] == LIGHT.missing
    assert shape(figure, "missing").path.count("M") == 3
    hover = named(figure, "values").hovertext[1][2]
    assert "no value" in hover
    assert "run &lt;failed&gt;" in hover
    # One seed of three is missing: the cell has a value and its hover says which seed has none.
    partly = named(figure, "values").hovertext[2][0]
    assert "2 of 3 seeds" in partly
    assert "seed 41: empty: run &lt;failed&gt;" in partly


def test_hover_has_everything_in_one_order():
    hover = named(drawn(matrix(SEEDS, records=True, clipped=[(0, 0, 0)])), "values").hovertext[0][0]
    lines = hover.split("<br>")
    assert lines[0] == "<b>distance → distance</b>"
    assert lines[1] == "normalized improvement <b>0.970</b>"
    assert lines[2] == "95 % over seeds: 0.945 to 0.995"
    assert lines[3] == "3 seeds, sd 0.010, 1 of 3 clipped"
    # Without the two scores it is measured by: no sentence ends in the middle.
    assert lines[4] == "seed 40: 0.980 (clipped) at 131 km"
    assert lines[-1].endswith(">trained on this target</span>")
    # A glance: the other seeds, runs and files stand in the panel.
    assert len(lines) <= 6


def test_exposed_cells_are_told_from_unseen_ones():
    hovers = named(drawn(matrix(SEEDS, exposed=[(0, 1)])), "values").hovertext
    assert hovers[0][1].endswith("a few samples of it were seen</span>")
    assert hovers[0][2].endswith("not trained on this target</span>")


def test_a_hover_has_six_lines_however_long_names_and_reasons_are():
    long = "a reason that goes on and on, " * 9
    found = matrix(SEEDS, sources=[("distance", "angle")] * 3, reason=long, records=True)
    for row in named(drawn(found), "values").hovertext:
        assert all(hover.count("<br>") < 6 for hover in row)
    assert any(
        " …<br>" in hover for row in named(drawn(found), "values").hovertext for hover in row
    )


@pytest.mark.parametrize(("length", "whole"), [(30, True), (400, False)])
def test_a_hover_names_both_sides_and_tells_long_names_apart(length, whole):
    called = [f"{'L' * length}{letter}{'L' * length}" for letter in "ABC"]
    found = replace(matrix(SEEDS), sources=tuple((n,) for n in called), targets=tuple(called))
    texts, seen = CellTexts(found, study()), set()
    for i, j in itertools.product(range(3), repeat=2):
        lines = texts.hover(i, j, muted="#000").split("<br>")
        assert len(lines) <= 6
        title = "".join(line[3:-4].strip() for line in lines if line.startswith("<b>"))
        assert not whole or title.replace(" ", "") == f"{called[i]}→{called[j]}"
        seen.add(title)
    assert len(seen) == 9


@pytest.mark.parametrize("text", [EVIL, "<u>", "a & b"])
def test_names_from_files_are_escaped_everywhere(text):
    names = (text, "angle", "compass")
    found = matrix(SEEDS, targets=names, records=True)
    tasks = study(names, labels=(text, "A", "C"), unit=text)
    figure = drawn(found, tasks)
    for trace in figure.data:
        for part in np.ravel(np.array(trace.hovertext if trace.hovertext is not None else "")):
            assert text not in str(part)
    assert not any(text in label for label in figure.layout.xaxis.ticktext)
    assert not any(text in label for label in figure.layout.yaxis.ticktext)
    versus = matrix(SEEDS, kind=MatrixKind.VERSUS, other="b")
    assert "&lt;b&gt;B&lt;/b&gt; better" in drawn(versus).layout.coloraxis.colorbar.title.text


def test_published_colours_are_the_same_for_every_method():
    assert color_limits(matrix(SEEDS), study()) == (0.0, 1.5)
    axis = drawn().layout.coloraxis
    assert (axis.cmin, axis.cmax) == (0.0, 1.5)
    assert "<b>1</b>" in axis.colorbar.ticktext
    assert axis.colorscale[0][1] == LIGHT.sequential[0][1]


def test_strict_colours_diverge_at_zero_and_mark_one():
    found = matrix(np.array(SEEDS) - 3, scale=Scale.STRICT)
    axis = drawn(found).layout.coloraxis
    assert (axis.cmin, axis.cmid, axis.cmax) == (-1.5, 0, 1.5)
    assert list(axis.colorbar.ticktext) == ["≤ −1.5", "0", "<b>1</b>", "1.5"]


@pytest.mark.parametrize("kind", [MatrixKind.DIFFERENCE, MatrixKind.VERSUS])
def test_differences_are_symmetric_red_below_and_blue_above(kind):
    found = matrix([[[0.0, 0.18, -0.31]] * 3], kind=kind, other="ft2")
    axis = drawn(found).layout.coloraxis
    assert axis.cmin == -axis.cmax == -0.4
    assert axis.cmid == 0
    scale = [tuple(stop) for stop in axis.colorscale]
    worse, better = scale_colors(scale, np.array([-0.3, 0.3]), axis.cmin, axis.cmax)
    assert int(worse[1:3], 16) > int(worse[5:7], 16)
    assert int(better[5:7], 16) > int(better[1:3], 16)


def test_actual_and_predicted_share_their_colours():
    near = matrix(SEEDS, kind=MatrixKind.DIFFERENCE)
    far = matrix(np.array(SEEDS) * 1.2, kind=MatrixKind.DIFFERENCE)
    low, high = shared_limits([near, far], study())
    assert (low, high) == (-1.5, 1.5)
    axis = drawn(near, limits=(low, high)).layout.coloraxis
    assert (axis.cmin, axis.cmax) == (low, high)
    assert shared_limits([], study()) == (0.0, 1.5)


def test_given_scores_start_at_zero_or_diverge():
    positive, tasks = scores_matrix([[0.0, 57.0], [80.0, 91.0]])
    assert color_limits(positive, tasks) == (0.0, 100.0)
    signed, tasks = scores_matrix([[0.0, -0.25], [0.5, 1.9]])
    assert color_limits(signed, tasks) == (-2.0, 2.0)
    assert drawn(signed, tasks).layout.coloraxis.colorbar.title.text == "score as given"
    assert "score <b>0.500</b>" in named(drawn(signed, tasks), "values").hovertext[1][0]


@pytest.mark.parametrize(
    ("metric", "said"), [("error", "by logarithms"), ("score", "as the manifest says")]
)
def test_errors_on_a_scale_are_said_to_be_by_logarithms(tmp_path, metric, said):
    (tmp_path / "scores.csv").write_text("sources,target,score\nA,B,3\nB,A,2.5\n")
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
        f'[scale]\nmetric = "{metric}"\nzero = 4\none = {2 if metric == "error" else 9}\n'
    )
    found = open_study(tmp_path)
    bar = drawn(transfer_matrix(found, TransferQuery("scores")), found).layout.coloraxis.colorbar
    assert bar.title.text == f"0 = no transfer, 1 = full, {said}"


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("scale", list(Scale))
def test_numbers_are_read_on_their_cell(mode, scale):
    values = np.linspace(0 if scale is Scale.PUBLISHED else -1.6, 1.6, 9).reshape(1, 3, 3)
    chosen = theme(mode)
    found = matrix(np.concatenate([values, values]), scale=scale)
    figure = drawn(found, mode=chosen)
    text, axis = named(figure, "numbers"), figure.layout.coloraxis
    scale = [tuple(stop) for stop in axis.colorscale]
    behind = scale_colors(scale, found.values.ravel(), axis.cmin, axis.cmax)
    # Those of the means come after them.
    for ink, ground in zip(text.textfont.color, behind, strict=False):
        assert contrast(ink, ground) >= AA


def test_a_cell_in_doubt_is_quieter():
    found = matrix(SEEDS)
    text = named(drawn(found), "numbers")
    ink = dict(zip(zip(text.y, text.x, strict=True), text.textfont.color, strict=True))
    # Row 0, column 1 has the values 0.2, −0.2, 0: its interval holds zero. Column 2 does not.
    low, high = found.interval
    assert low[0, 1] < 0 < high[0, 1]
    assert not low[0, 2] < 0 < high[0, 2]
    assert contrast(ink[0, 1], "#ffffff") < contrast(ink[0, 2], "#ffffff")
    style = dict(zip(zip(text.y, text.x, strict=True), text.textfont.style, strict=True))
    assert (style[0, 1], style[0, 2]) == ("italic", "normal"), "also where ink cannot fade"


def big(size, missing=0):
    rng = np.random.default_rng(0)
    values = rng.normal(0.3, 0.5, (size, size))
    values.ravel()[:missing] = NAN
    return scores_matrix(values)


def test_no_numbers_where_they_cannot_be_read():
    found, tasks = big(40)
    assert named(drawn(found, tasks), "numbers") is None
    found, tasks = big(26)
    assert named(drawn(found, tasks), "numbers") is not None


def test_a_large_matrix_travels_light():
    found, tasks = big(210, missing=5)
    figure = drawn(found, tasks)
    values = named(figure, "values")
    assert values.z.dtype == np.float32
    assert values.hovertext is None
    assert values.customdata is None, "all cells are of one seed: that is told once"
    assert values.hovertemplate.endswith("seeds: 1<extra></extra>")
    assert "%{y} → %{x}" in values.hovertemplate
    two = np.stack([found.per_seed[0], np.where(np.eye(210) == 1, NAN, found.per_seed[0])])
    uneven = replace(
        found,
        seeds=(0, 1),
        per_seed=two,
        clipped=np.zeros(two.shape, dtype=bool),
        reason=np.where(np.isnan(two), 1, 0),
    )
    assert named(drawn(uneven, tasks), "values").customdata.dtype == np.uint8
    assert figure.layout.yaxis.labelalias["7"] == "t7"
    assert len(figure.layout.yaxis.tickvals) < 80
    reasons = named(figure, "reasons")
    assert len(reasons.x) == 5
    assert "run failed" in reasons.hovertext[0]
    assert len(figure.to_json()) < 800_000


def test_every_label_of_a_large_matrix_is_known_where_somebody_zooms_in_and_has_room():
    names = [f"reading of long documents {i:03}" for i in range(150)]
    names[7] = "short"
    frame = MatrixFrame(tuple(names), tuple(names), means=False)
    shades = Colors(((0.0, LIGHT.ink_light), (1.0, LIGHT.ink_dark)), 0.0, 1.0, "", ())
    layout = matrix_layout(frame, shades, LIGHT, rows="", columns="")
    cut = layout["meta"]["short"]["yaxis"]
    assert "7" not in cut
    assert len(set(cut.values())) == 149
    assert layout["yaxis"]["labelalias"]["8"] == names[8]
    # Also of those that the whole has no room for: the longest is not one of the drawn.
    names = ["t"] * 149 + ["a long name"]
    frame = MatrixFrame(tuple(names), ("x",), means=False, wanted_cell=2.0)
    assert "a long name" not in frame.axes(LIGHT, rows="", columns="")["yaxis"]["ticktext"]
    assert frame.margins["l"] > text_width("a long name", 12)


def test_a_large_matrix_with_many_gaps_names_them_without_reasons():
    found, tasks = big(60, missing=2_500)
    figure = drawn(found, tasks)
    assert named(figure, "reasons") is None
    assert "no value" in named(figure, "missing").hovertemplate
    assert shape(figure, "missing") is None


def test_a_few_outliers_do_not_wash_out_a_large_matrix():
    values = np.full((60, 60), 0.4)
    values[0, 0] = 90.0
    found, tasks = scores_matrix(values)
    axis = drawn(found, tasks).layout.coloraxis
    assert axis.cmax < 1
    assert axis.colorbar.ticktext[-1].startswith("≥ ")


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("shape_", [(0, 0), (0, 3), (3, 0), (1, 1), (7, 3)])
def test_any_shape_can_be_drawn(seeds, shape_):
    rows, columns = shape_
    targets = [f"t{j}" for j in range(columns)]
    found = matrix(
        np.full((seeds, rows, columns), NAN),
        sources=[(f"s{i}",) for i in range(rows)],
        targets=targets,
    )
    figure = drawn(found, study(targets or ["x"]))
    width, height = figure_size(found, study(targets or ["x"]))
    assert figure.layout.height == height
    assert width > 0
    figure.to_json()
    if not rows * columns:
        assert figure.layout.annotations[0].text == "no cells to show"


def test_cells_keep_their_size_and_the_figure_grows():
    seven, tasks = big(7)
    width, _ = figure_size(seven, tasks)
    assert width <= 370
    tall = matrix(
        np.ones((1, 35, 7)),
        sources=[("distance",)] * 35,
        targets=[f"t{j}" for j in range(7)],
    )
    width, height = figure_size(tall)
    assert height > 35 * 32
    assert width < 420
    small, large = (figure_size(seven, tasks, cell=cell)[0] for cell in (30.0, 60.0))
    assert large - small > 200
    assert figure_size(*big(196))[0] < 1100


def test_groups_stand_for_their_tasks_with_the_means_of_their_blocks():
    found = random_study(4)
    groups = dict(zip("abcd", ("<i>", "flat", "<i>", "flat"), strict=True))
    found = replace(found, tasks=tuple(replace(t, group=groups[t.name]) for t in found.tasks))
    whole = transfer_matrix(found, TransferQuery("ft1"))
    figure, size = group_heatmap(whole, found, LIGHT)
    means = group_means(whole, found)
    np.testing.assert_array_equal(figure.data[0].z, means.values)
    assert list(figure.layout.xaxis.ticktext) == ["&lt;i&gt;", "flat"]
    hover = figure.data[0].hovertext[0][0]
    assert "mean over 2 cells" in hover
    low, high = means.low[0, 0], means.high[0, 0]
    assert f"(95 % over seeds: {bounds(low, high)})" in hover
    one_seed = transfer_matrix(found, TransferQuery("ft1", seeds=(0,)))
    assert "95 %" not in group_heatmap(one_seed, found, LIGHT)[0].to_json()
    assert "<i>" not in figure.to_json()
    assert min(size) > 72
    assert "NaN" not in group_heatmap(whole.take([], []), found, LIGHT)[0].to_json()


def test_colours_of_groups_reach_as_far_as_their_means():
    found = random_study(4)
    groups = dict(zip("abcd", ("one", "other", "one", "other"), strict=True))
    tasks = tuple(replace(t, group=groups[t.name]) for t in found.tasks)
    raw = replace(found, tasks=tasks, layout="scores")
    whole = replace(
        transfer_matrix(found, TransferQuery("ft1")), value_scale=ValueScale.RAW, given=True
    )
    figure, _ = group_heatmap(whole, raw, LIGHT)
    means = group_means(whole, raw).values
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == pytest.approx((means.min(), means.max()))


def test_groups_that_stand_together_have_strips_of_their_colours_beside_the_cells():
    found = random_study(4)

    def strips(*names):
        tasks = zip(found.tasks, names, strict=True)
        grouped = replace(found, tasks=tuple(replace(t, group=g, color=None) for t, g in tasks))
        figure = transfer_heatmap(transfer_matrix(grouped, TransferQuery("ft1")), grouped, LIGHT)
        return [s for s in figure.layout.shapes if s.name == "group"]

    rows, columns = (strips("x", "x", "y", "y")[part] for part in (slice(2), slice(2, 4)))
    assert [(s.y0, s.y1, s.fillcolor) for s in rows] == [
        (-0.5, 1.5, TASK_PALETTE[0]),
        (1.5, 3.5, TASK_PALETTE[1]),
    ]
    assert [(s.x0, s.x1, s.fillcolor) for s in columns] == [
        (-0.5, 1.5, TASK_PALETTE[0]),
        (1.5, 3.5, TASK_PALETTE[1]),
    ]
    # Outside of the cells, left and above, at any zoom.
    assert all(s.xsizemode == "pixel" and s.x0 < s.x1 < 0 and s.xref == "paper" for s in rows)
    assert all(s.ysizemode == "pixel" and 0 < s.y0 < s.y1 and s.yref == "paper" for s in columns)
    assert not strips("x", "y", "x", "y")
    assert not strips("", "", "", "")


def test_small_values_share_a_power_of_ten_which_the_legend_says():
    figure = drawn(
        matrix([[[0.0024, 0.0009, 0.00005], [0.001, 0.0021, 0.0], [0.002, 0.001, 0.003]]])
    )
    assert "2.40" in named(figure, "numbers").text
    assert "cells × 10⁻³" in figure.layout.coloraxis.colorbar.title.text


def test_a_small_value_beside_large_ones_keeps_a_digit():
    figure = drawn(matrix([[[0.9, 0.0024, 0.5], [0.7, 1.1, 0.3], [0.5, 0.4, 0.9]]]))
    assert "0.002" in named(figure, "numbers").text
    assert "cells ×" not in figure.layout.coloraxis.colorbar.title.text


@pytest.mark.parametrize("name", ["k06-rows-with-one-label", "k07-rectangular"])
@pytest.mark.parametrize("cell", [None, 12, 80])
def test_every_row_and_column_of_a_case_has_a_label_of_its_own(name, cell):
    found = open_study(CASES / name)
    drawn_from = transfer_matrix(found, TransferQuery("scores"))
    figure = transfer_heatmap(drawn_from, found, LIGHT, cell=cell)
    for axis, names in (
        (figure.layout.yaxis, drawn_from.sources),
        (figure.layout.xaxis, drawn_from.targets),
    ):
        named_ones = [tick for tick in axis.ticktext if tick != "<i>mean</i>"]
        assert len({*named_ones}) == len(named_ones)
        # Where cells are narrower than a line every other one is named.
        assert len(named_ones) == len(names) or cell == 12


def test_a_large_matrix_sends_the_digits_that_its_hover_shows_and_fewer_bytes():
    rng = np.random.default_rng(0)
    size = 210
    values = rng.normal(0.4, 0.2, (size, size))
    values[:5] *= 10.0 ** rng.integers(-30, 30, (5, size))
    values[5, :3] = 0.0, np.nan, 1.5
    trace = values_trace(values, MatrixFrame(("a",), ("b",), means=False), {}, {})
    sent = trace["z"]
    assert sent.dtype == np.float32
    assert all(
        f"{shown:.4g}" == f"{value:.4g}"
        for shown, value in zip(sent.ravel().tolist(), values.ravel().tolist(), strict=True)
    )
    plain = zlib.compress(base64.b64encode(values.astype(np.float32).tobytes()))
    assert len(zlib.compress(base64.b64encode(sent.tobytes()))) < 0.8 * len(plain)
    few = values[:20, :20]
    assert values_trace(few, MatrixFrame(("a",), ("b",), means=False), {}, {})["z"] is few
