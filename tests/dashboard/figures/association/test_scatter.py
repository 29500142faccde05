"""Points, lines and bars carry the numbers of their result."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from core.analyses import TRANSFER
from core.analyses.association.dyads import Points
from core.analyses.query import TransferQuery
from dashboard.figures.association.scatter import association_scatter
from dashboard.figures.balance.bars import net_bars
from dashboard.figures.balance.scatter import balance_scatter
from dashboard.figures.parts.theme import Mode, task_colors, theme
from dashboard.text.numbers import number
from tests.dashboard.figures.samples import (
    EVIL,
    NAN,
    association_of,
    balance_of,
    labels,
    random_study,
    shape,
)

LIGHT = theme(Mode.LIGHT)
FIVE = random_study(5)


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
    told = association_scatter(
        found, FIVE, LIGHT, transfer=TRANSFER.compute(FIVE, TransferQuery("ft1"))
    )
    hover = told.data[0].hovertext[0]
    assert f"transfer {number(found.points[0].transfer)} (95 % over seeds: " in hover
    assert hover.count("<br>") < 6


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


@pytest.mark.parametrize("value", [0.0, -0.3])
def test_many_points_of_one_value_are_in_the_bin_that_says_it(value):
    found = many(20_001)
    points = replace(found.points, transfer=np.full(20_001, value))
    density = association_scatter(replace(found, points=points), FIVE, LIGHT).data[0]
    assert (density.y[0], int(density.customdata[0].sum())) == (np.float32(value), 20_001)


def test_more_points_than_pixels_are_counted_and_the_farthest_can_be_clicked():
    found = many(20_001)
    figure = association_scatter(found, FIVE, LIGHT)
    density, farthest = figure.data
    assert int(np.sum(density.customdata)) == 20_001
    assert density.z.shape == density.customdata.shape == (100, 140)
    assert np.isnan(density.z[density.customdata == 0]).all()
    # Where many are cut off at the end of the scale, a hover says that end.
    for middles, values in ((density.x, found.points.cka), (density.y, found.points.transfer)):
        np.testing.assert_array_equal(middles[[0, -1]], np.float32([values.min(), values.max()]))
    off = np.abs(found.points.transfer - found.slope * found.points.cka - found.intercept)
    assert sorted(farthest.y) == sorted(found.points.transfer[np.argsort(-off)[:300]].astype("f4"))
    assert len(figure.to_json()) < 400_000
    axis = figure.layout.coloraxis
    assert (axis.showscale, axis.colorbar.title.text, axis.colorbar.ticktext[:2]) == (
        True,
        "pairs",
        ("1", "10"),
    )
    assert axis.cmax >= np.nanmax(density.z) > np.nanmin(density.z) >= axis.colorbar.tickvals[0]
    assert [(s.name, s.layer) for s in figure.layout.shapes] == [
        ("under the fit", "above"),
        ("fit", "above"),
    ]
    assert isinstance(association_scatter(many(20_000), FIVE, LIGHT).data[0], go.Scattergl)


def test_a_line_that_points_would_hide_lies_on_them():
    layers = [shape(association_scatter(many(n), FIVE, LIGHT), "fit").layer for n in (500, 501)]
    assert layers == ["below", "above"]


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


def test_nothing_to_draw_is_said():
    empty = replace(association_of(FIVE), n=0, points=empty_points(), slope=NAN, intercept=NAN)
    figure = association_scatter(empty, FIVE, LIGHT)
    assert figure.layout.annotations[0].text == "no pair has both a CKA and a transfer"
    none = replace(balance_of(FIVE), tasks=())
    for build in (balance_scatter, net_bars):
        note = build(none, FIVE, LIGHT).layout.annotations[0].text
        assert note == "no task is both a source and a target"
