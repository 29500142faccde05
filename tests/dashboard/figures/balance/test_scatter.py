"""Points carry what a task gives and receives."""

from dataclasses import replace

import numpy as np
import pytest

from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.figures.balance.scatter import TICKS, balance_scatter, beyond_frame
from dashboard.figures.parts.theme import Mode, theme
from tests.dashboard.figures.samples import (
    balance_of,
    balance_of_many,
    labels,
    random_study,
    shape,
)

LIGHT = theme(Mode.LIGHT)
FIVE = random_study(5)


def test_of_many_tasks_points_have_no_whiskers_and_the_caption_says_so():
    found = balance_of_many(25)
    points = balance_scatter(found, FIVE, LIGHT).data[0]
    assert (points.error_x.visible, points.error_y.visible, len(points.x)) == (False, False, 25)
    assert "no whiskers" in beyond_frame(found)
    assert balance_scatter(balance_of_many(24), FIVE, LIGHT).data[0].error_x.visible
    assert (
        balance_scatter(balance_of_many(300), FIVE, LIGHT).data[0].marker.size < points.marker.size
    )


def test_given_is_right_and_received_is_up_on_one_scale():
    found = balance_of(FIVE)
    figure = balance_scatter(found, FIVE, LIGHT)
    tasks = figure.data[0]
    assert list(tasks.x) == [t.given for t in found.tasks]
    assert list(tasks.y) == [t.received for t in found.tasks]
    assert list(tasks.customdata) == [[t.task] for t in found.tasks]
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    # An anchored scale would bring back the range of an earlier figure.
    assert figure.layout.yaxis.scaleanchor is None
    margin = figure.layout.margin
    assert margin.l + margin.r == margin.t + margin.b
    diagonal = shape(figure, "diagonal")
    assert (diagonal.x0, diagonal.x1) == (diagonal.y0, diagonal.y1)
    assert "over 4 targets" in figure.layout.xaxis.title.text
    assert sorted(labels(figure)) == sorted(t.task for t in found.tasks)


def test_long_numbers_have_room_beside_the_title_and_the_plot_stays_square():
    found = balance_of(FIVE)
    returns = [
        replace(t, given=-3000.0 - 300 * i, received=-3100.0) for i, t in enumerate(found.tasks)
    ]
    layout = balance_scatter(replace(found, tasks=tuple(returns), raw=True), FIVE, LIGHT).layout
    usual = balance_scatter(found, FIVE, LIGHT).layout
    # "-3,350" is a character longer than "-0.25", of some 8 pixels.
    assert layout.margin.l >= usual.margin.l + 8
    assert layout.margin.l + layout.margin.r == layout.margin.t + layout.margin.b


def test_both_axes_have_their_ticks_at_the_same_values():
    layout = balance_scatter(balance_of(FIVE), FIVE, LIGHT).layout
    assert layout.xaxis.dtick == layout.yaxis.dtick
    low, high = layout.xaxis.range
    assert 3 <= (high - low) / layout.xaxis.dtick <= TICKS


def test_most_of_a_dozen_tasks_are_named_among_long_whiskers():
    random = np.random.default_rng(3)
    sums = random.normal(5, 0.9, (12, 2)).tolist()
    found = balance_of_many(12)
    tasks = tuple(
        replace(
            task,
            task=f"natural-language-{at}",
            given=given,
            received=received,
            given_interval=Interval(given - 4, given + 4, ResamplingUnit.SEEDS),
            received_interval=Interval(received - 4, received + 4, ResamplingUnit.SEEDS),
        )
        for at, (task, (given, received)) in enumerate(zip(found.tasks, sums, strict=True))
    )
    named = labels(balance_scatter(replace(found, tasks=tasks), FIVE, LIGHT))
    assert len(named) >= 7
    assert len(set(named)) == len(named), "short names are told apart"


@pytest.mark.parametrize("count", [45, 1_000])
def test_of_many_tasks_those_farthest_out_are_named(count):
    sums = np.random.default_rng(4).normal(400, 130, (count, 2)).tolist()
    found = balance_of_many(count)
    tasks = tuple(
        replace(task, given=given, received=received, net=given - received)
        for task, (given, received) in zip(found.tasks, sums, strict=True)
    )
    named = set(labels(balance_scatter(replace(found, tasks=tasks), FIVE, LIGHT)))
    for value in ("given", "received", "net"):
        ends = [end(tasks, key=lambda t, value=value: getattr(t, value)) for end in (min, max)]
        assert {task.task for task in ends} <= named


def test_givers_are_below_the_diagonal_and_tinted_blue():
    figure = balance_scatter(balance_of(FIVE), FIVE, LIGHT)
    low, high = figure.layout.xaxis.range
    assert shape(figure, "givers").path.endswith(f"L{high},{low}Z")
    red, _, blue = (int(shape(figure, "givers").fillcolor[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > red
    corner = next(a for a in figure.layout.annotations if a.name == "givers")
    assert (corner.x, corner.y, corner.text) == (1, 0, "net givers")


def test_whiskers_reach_the_ends_of_the_interval():
    found = balance_of(FIVE)
    bars = balance_scatter(found, FIVE, LIGHT).data[0].error_x
    for task, up, down in zip(found.tasks, bars.array, bars.arrayminus, strict=True):
        assert task.given + up == pytest.approx(task.given_interval.high)
        assert task.given - down == pytest.approx(task.given_interval.low)
    one_seed = random_study(5, seeds=1)
    assert balance_scatter(balance_of(one_seed), one_seed, LIGHT).data[0].error_x.visible is False


def test_a_huge_interval_does_not_squeeze_the_points():
    found = balance_of(FIVE)
    wild = replace(found.tasks[0], given_interval=Interval(-500.0, 500.0, ResamplingUnit.SEEDS))
    figure = balance_scatter(replace(found, tasks=(wild, *found.tasks[1:])), FIVE, LIGHT)
    low, high = figure.layout.xaxis.range
    sums = [s for t in found.tasks for s in (t.given, t.received)]
    assert high - low < 5 * (max(sums) - min(sums))


def test_the_hover_of_a_task_has_six_lines_with_their_intervals():
    hover = balance_scatter(balance_of(FIVE), FIVE, LIGHT).data[0].hovertext[0]
    for text in ("given ", "net ", "giver effect ", "95 % over seeds", "sources 4 and 4 of 4"):
        assert text in hover
    assert hover.count("<br>") == 5


def test_neither_a_point_nor_the_end_of_a_whisker_lies_under_the_name_of_a_side():
    found = balance_of(FIVE)
    tasks = tuple(
        replace(
            task,
            given=1.0 if at else 0.1,
            received=1.0 + at,
            received_interval=Interval(0.5, 5.6, ResamplingUnit.SEEDS),
        )
        for at, task in enumerate(found.tasks)
    )
    figure = balance_scatter(replace(found, tasks=tasks), FIVE, LIGHT)
    low, high = figure.layout.yaxis.range
    inner = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    assert (high - 5.6) / (high - low) * inner >= 29 - 1e-6
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
