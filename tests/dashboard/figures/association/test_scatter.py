"""Points, lines and bars carry the numbers of their result."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from core.analyses.association.dyads import Points
from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.figures.association.scatter import association_scatter
from dashboard.figures.balance import balance_scatter, between_bars, beyond_frame, net_bars
from dashboard.figures.parts.theme import Mode, task_colors, theme
from tests.dashboard.figures.samples import EVIL, NAN, association_of, balance_of, random_study

LIGHT = theme(Mode.LIGHT)
FIVE = random_study(5)


def labels(figure):
    return [a.text for a in figure.layout.annotations if a.name == "label"]


def shape(figure, name):
    return next((s for s in figure.layout.shapes if s.name == name), None)


def test_points_are_the_associations():
    found = association_of(FIVE)
    figure = association_scatter(found, FIVE, LIGHT)
    points = figure.data[0]
    np.testing.assert_array_equal(points.x, [p.cka for p in found.points])
    np.testing.assert_array_equal(points.y, [p.transfer for p in found.points])
    colors = task_colors(FIVE.tasks)
    assert list(points.marker.color) == [colors[p.source] for p in found.points]
    assert set(labels(figure)) <= {p.label for p in found.points}
    assert len(labels(figure)) >= 18
    assert points.hovertext[0].startswith("<b>a → b</b><br>CKA 0.")
    assert "transfer 0." in points.hovertext[0]
    assert figure.layout.showlegend is None


def test_the_line_is_the_least_squares_line_and_dotted():
    found = association_of(FIVE)
    line = shape(association_scatter(found, FIVE, LIGHT), "fit")
    assert line.line.dash == "dot"
    for x, y in ((line.x0, line.y0), (line.x1, line.y1)):
        assert y == found.slope * x + found.intercept
    assert line.x0 == min(p.cka for p in found.points)
    assert line.x1 == max(p.cka for p in found.points)
    without = replace(found, slope=NAN, intercept=NAN)
    assert shape(association_scatter(without, FIVE, LIGHT), "fit") is None


def test_the_band_is_the_associations_and_lies_under_the_line():
    found = association_of(FIVE)
    figure = association_scatter(found, FIVE, LIGHT)
    assert [s.name for s in figure.layout.shapes] == ["band", "fit"]
    band = shape(figure, "band")
    assert band.layer == "below"
    corners = np.array([list(map(float, p.split(","))) for p in band.path[1:-1].split("L")])
    np.testing.assert_allclose(corners[:41, 0], found.band.cka, rtol=1e-5)
    np.testing.assert_allclose(corners[:41, 1], found.band.high, rtol=1e-5)
    np.testing.assert_allclose(corners[41:, 1], found.band.low[::-1], rtol=1e-5)
    nothing = replace(found, band=replace(found.band, low=found.band.low * NAN))
    assert shape(association_scatter(nothing, FIVE, LIGHT), "band") is None


def test_the_title_is_equation_and_numbers():
    figure = association_scatter(association_of(FIVE), FIVE, LIGHT)
    assert figure.layout.title.text.startswith("transfer = ")
    for part in ("r = ", "QAP p = ", "R² = ", "n = 20"):
        assert part in figure.layout.title.subtitle.text


def test_all_points_are_within_the_axes():
    found = association_of(FIVE)
    layout = association_scatter(found, FIVE, LIGHT).layout
    for axis, values in (
        (layout.xaxis, [p.cka for p in found.points]),
        (layout.yaxis, [p.transfer for p in found.points]),
    ):
        assert axis.range[0] < min(values)
        assert max(values) < axis.range[1]


def empty_points():
    return association_of(FIVE).points.take(slice(0, 0))


def many(count, *, names=("a", "b")):
    rng = np.random.default_rng(1)
    x, y = rng.random((2, count))
    every = tuple(names[0] if i == 0 else names[1] for i in range(count + 1))
    labels = ("A", *(str(i) for i in range(count)))
    zero, rest = np.zeros(count, dtype=np.int64), np.arange(1, count + 1)
    points = Points(every, labels, source=zero, target=rest, cka=x, transfer=y)
    return replace(association_of(FIVE), n=count, points=points)


def test_more_points_than_pixels_are_counted_and_the_farthest_can_be_clicked():
    found = many(20_001)
    figure = association_scatter(found, FIVE, LIGHT)
    density, farthest = figure.data
    assert int(np.sum(density.customdata)) == 20_001
    assert density.z.shape == density.customdata.shape == (100, 140)
    assert np.isnan(density.z[density.customdata == 0]).all()
    off = np.abs(found.points.transfer - found.slope * found.points.cka - found.intercept)
    assert sorted(farthest.y) == sorted(found.points.transfer[np.argsort(-off)[:300]].astype("f4"))
    assert len(figure.to_json()) < 400_000
    assert isinstance(association_scatter(many(20_000), FIVE, LIGHT).data[0], go.Scattergl)


def test_many_points_label_only_the_extremes():
    assert 5 < len(labels(association_scatter(many(300), FIVE, LIGHT))) <= 24


def test_very_many_points_are_drawn_by_the_graphics_card():
    figure = association_scatter(many(2_500), FIVE, LIGHT)
    assert isinstance(figure.data[0], go.Scattergl)
    assert not labels(figure)
    marker = figure.data[0].marker
    assert figure.data[0].text[7] == "A→7"
    assert set(marker.color) == {0}
    assert marker.colorscale[0][1] == marker.colorscale[1][1] == task_colors(FIVE.tasks)["a"]


def test_names_from_files_are_escaped():
    found = association_of(FIVE)
    evil = {"tasks": (EVIL,) * 5, "labels": (EVIL,) * 5}
    for count in (20, 2_500, 25_000):
        several = replace(found.points.take(np.arange(count) % 20), **evil)
        figure = association_scatter(replace(found, n=count, points=several), FIVE, LIGHT)
        # What a click selects are names as they are: they are never drawn.
        figure.update_traces(customdata=None, meta=None)
        text = figure.to_json()
        assert "<script" not in text
        assert "\\u003cscript" not in text
    tasks = tuple(replace(t, task=EVIL) for t in balance_of(FIVE).tasks)
    for build in (balance_scatter, net_bars):
        figure = build(replace(balance_of(FIVE), tasks=tasks), FIVE, LIGHT)
        for text in (
            *figure.data[0].hovertext,
            *(a.text for a in figure.layout.annotations),
            *(figure.layout.yaxis.ticktext or ()),
        ):
            assert "<script" not in text


@pytest.mark.parametrize("size", [1, 2, 3])
def test_few_tasks_can_be_drawn(size):
    tiny = random_study(size, seeds=1)
    for figure in (
        balance_scatter(balance_of(tiny), tiny, LIGHT),
        net_bars(balance_of(tiny), tiny, LIGHT),
    ):
        assert "NaN" not in figure.to_json()
    if size > 1:
        figure = association_scatter(association_of(tiny), tiny, LIGHT)
        assert len(figure.data[0].x) == size * (size - 1)


def test_whiskers_that_leave_the_frame_are_named():
    found = balance_of(FIVE)
    first, *others = found.tasks
    assert beyond_frame(found) == beyond_frame(found, net=True) == ""
    wide = replace(first.net_interval, low=-1e3, high=1e3)
    long = replace(found, tasks=(replace(first, given_interval=wide), *others))
    name = first.task
    told = f"whiskers of {name} go on beyond the frame: hover says how far"
    assert (beyond_frame(long), beyond_frame(long, net=True)) == (told, "")
    long = replace(found, tasks=(replace(first, net_interval=wide), *others))
    assert (beyond_frame(long), beyond_frame(long, net=True)) == ("", told)


def of_many(count):
    """A balance as of so many tasks: those of five, again and again."""
    found = balance_of(FIVE)
    tasks = [replace(found.tasks[at % 5], task=f"t{at}", net=float(at)) for at in range(count)]
    return replace(found, tasks=tuple(tasks))


def test_of_many_tasks_points_have_no_whiskers_and_the_caption_says_so():
    found = of_many(25)
    points = balance_scatter(found, FIVE, LIGHT).data[0]
    assert (points.error_x.visible, points.error_y.visible, len(points.x)) == (False, False, 25)
    assert "no whiskers" in beyond_frame(found)
    assert balance_scatter(of_many(24), FIVE, LIGHT).data[0].error_x.visible
    assert balance_scatter(of_many(300), FIVE, LIGHT).data[0].marker.size < points.marker.size


def test_of_very_many_tasks_both_ends_have_bars_and_the_rest_is_counted():
    found = of_many(1000)
    figure = net_bars(found, FIVE, LIGHT)
    assert list(figure.data[0].x) == [*range(999, 979, -1), *range(19, -1, -1)]
    assert "960 tasks between them" in between_bars(found)
    assert shape(figure, "between").y0 == 19.5
    assert between_bars(of_many(60)) == ""


def test_nothing_to_draw_is_said():
    empty = replace(association_of(FIVE), n=0, points=empty_points(), slope=NAN, intercept=NAN)
    figure = association_scatter(empty, FIVE, LIGHT)
    assert figure.layout.annotations[0].text == "no pair has both a CKA and a transfer"
    none = replace(balance_of(FIVE), tasks=())
    for build in (balance_scatter, net_bars):
        note = build(none, FIVE, LIGHT).layout.annotations[0].text
        assert note == "no task is both a source and a target"


def test_given_is_up_and_received_is_right_on_one_scale():
    found = balance_of(FIVE)
    figure = balance_scatter(found, FIVE, LIGHT)
    tasks = figure.data[0]
    assert list(tasks.x) == [t.received for t in found.tasks]
    assert list(tasks.y) == [t.given for t in found.tasks]
    assert list(tasks.customdata) == [[t.task] for t in found.tasks]
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    # An anchored scale would bring back the range of an earlier figure.
    assert figure.layout.yaxis.scaleanchor is None
    margin = figure.layout.margin
    assert margin.l + margin.r == margin.t + margin.b
    diagonal = shape(figure, "diagonal")
    assert (diagonal.x0, diagonal.x1) == (diagonal.y0, diagonal.y1)
    assert "over 4 targets" in figure.layout.yaxis.title.text
    assert sorted(labels(figure)) == sorted(t.task for t in found.tasks)


def test_givers_are_above_the_diagonal_and_tinted_blue():
    figure = balance_scatter(balance_of(FIVE), FIVE, LIGHT)
    low, high = figure.layout.xaxis.range
    assert shape(figure, "givers").path.endswith(f"L{low},{high}Z")
    red, _, blue = (int(shape(figure, "givers").fillcolor[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > red
    corner = next(a for a in figure.layout.annotations if a.name == "givers")
    assert (corner.x, corner.y, corner.text) == (0, 1, "net givers")


def test_whiskers_reach_the_ends_of_the_interval():
    found = balance_of(FIVE)
    bars = balance_scatter(found, FIVE, LIGHT).data[0].error_y
    for task, up, down in zip(found.tasks, bars.array, bars.arrayminus, strict=True):
        assert task.given + up == pytest.approx(task.given_interval.high)
        assert task.given - down == pytest.approx(task.given_interval.low)
    one_seed = random_study(5, seeds=1)
    assert balance_scatter(balance_of(one_seed), one_seed, LIGHT).data[0].error_y.visible is False


def test_a_huge_interval_does_not_squeeze_the_points():
    found = balance_of(FIVE)
    wild = replace(found.tasks[0], given_interval=Interval(-500.0, 500.0, ResamplingUnit.SEEDS))
    figure = balance_scatter(replace(found, tasks=(wild, *found.tasks[1:])), FIVE, LIGHT)
    low, high = figure.layout.xaxis.range
    sums = [s for t in found.tasks for s in (t.given, t.received)]
    assert high - low < 5 * (max(sums) - min(sums))


def test_nets_are_sorted_and_coloured_by_sign():
    found = balance_of(FIVE)
    figure = net_bars(found, FIVE, LIGHT)
    bars = figure.data[0]
    assert list(bars.x) == sorted((t.net for t in found.tasks), reverse=True)
    for net, color in zip(bars.x, bars.marker.color, strict=True):
        assert color == (LIGHT.positive if net > 0 else LIGHT.negative)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    named = [task for (task,) in bars.customdata]
    by_task = dict(zip(named, figure.layout.yaxis.ticktext, strict=True))
    assert by_task["c"] == "c"
    values = [a.text for a in figure.layout.annotations if a.name == "value"]
    assert values[0].startswith("+")
    assert values[-1].startswith("−")


def test_the_hover_of_a_task_has_every_column_and_its_interval():
    hover = balance_scatter(balance_of(FIVE), FIVE, LIGHT).data[0].hovertext[0]
    for text in ("given ", "net ", "giver effect ", "95 % over seeds", "sources 4 and 4 of 4"):
        assert text in hover
