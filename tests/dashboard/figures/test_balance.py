"""Points and bars carry what a task gives and receives."""

from dataclasses import replace

import numpy as np
import pytest

from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.figures.balance import (
    PALE,
    balance_scatter,
    between_bars,
    beyond_frame,
    net_bars,
    pale_bars,
    tasks_with_bars,
)
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.theme import Mode, theme
from dashboard.text.findings.balance import balance_finding
from tests.dashboard.figures.samples import (
    balance_of,
    labels,
    random_study,
    shape,
)

LIGHT = theme(Mode.LIGHT)
FIVE = random_study(5)


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


def test_long_names_are_told_apart_where_whiskers_are_named():
    found = balance_of(FIVE)
    wide = replace(found.tasks[0].net_interval, low=-1e3, high=1e3)
    names = [f"multilingual-news-translation-{year}-german-english" for year in (2019, 2021)]
    tasks = [
        replace(one, task=name, net_interval=wide)
        for one, name in zip(found.tasks, names, strict=False)
    ]
    told = beyond_frame(replace(found, tasks=tuple(tasks)), net=True)
    assert "2019" in told
    assert "2021" in told


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
    assert tasks_with_bars(found) == "the 20 greatest givers and takers"
    assert shape(figure, "between").y0 == 19.5
    assert between_bars(of_many(60)) == ""
    assert tasks_with_bars(of_many(60)) == "each task"


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


@pytest.mark.parametrize("count", [45, 1_000])
def test_of_many_tasks_those_farthest_out_are_named(count):
    sums = np.random.default_rng(4).normal(400, 130, (count, 2)).tolist()
    found = of_many(count)
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


def test_nets_are_sorted_and_coloured_by_sign():
    found = balance_of(FIVE)
    figure = net_bars(found, FIVE, LIGHT)
    bars = figure.data[0]
    assert list(bars.x) == sorted((t.net for t in found.tasks), reverse=True)
    sure = {t.task: t.task in found.settled_nets for t in found.tasks}
    assert 0 < sum(sure.values()) < len(sure), "both are to be seen"
    for net, (task,), color in zip(bars.x, bars.customdata, bars.marker.color, strict=True):
        ink = LIGHT.positive if net > 0 else LIGHT.negative
        assert color == (ink if sure[task] else mix(ink, LIGHT.surface, PALE)), "in doubt is pale"
    one_seed = random_study(5, seeds=1)
    alone = net_bars(balance_of(one_seed), one_seed, LIGHT).data[0]
    settled = {LIGHT.positive, LIGHT.negative}
    assert not settled & set(alone.marker.color), "without an interval no sign is settled"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    named = [task for (task,) in bars.customdata]
    by_task = dict(zip(named, figure.layout.yaxis.ticktext, strict=True))
    assert by_task["c"] == "c"
    values = [a.text for a in figure.layout.annotations if a.name == "value"]
    assert values[0].startswith("+")
    assert values[-1].startswith("−")


def test_full_colour_has_what_the_sentence_calls_sure():
    found = balance_of(random_study(6))
    ends = ((4, 0.5, 7.5), (1, -1, 3), (1, -1, 3), (0, -1, 1), (-4, -9, 1), (-2, -5, 1))
    tasks = tuple(
        replace(task, net=net, net_interval=Interval(low, high, ResamplingUnit.SEEDS))
        for task, (net, low, high) in zip(found.tasks, ends, strict=True)
    )
    lucky = replace(found, tasks=tasks)
    assert balance_finding(lucky).startswith(
        "No task surely gives more than it gets, or gets more than it gives ("
    )
    colors = net_bars(lucky, random_study(6), LIGHT).data[0].marker.color
    assert not {LIGHT.positive, LIGHT.negative} & set(colors)
    # One whisker misses zero all the same, which the caption explains.
    said = "pale: not sure; of 6 tasks, one whisker in 20 misses 0 by luck"
    assert pale_bars(lucky) == said
    wide = Interval(-9.0, 9.0, ResamplingUnit.SEEDS)
    every = replace(lucky, tasks=tuple(replace(task, net_interval=wide) for task in tasks))
    assert pale_bars(every) == "pale: not sure"
    assert pale_bars(balance_of(random_study(5, seeds=1))) == ""
    clear = tuple(
        replace(task, net_interval=Interval(task.net, task.net, ResamplingUnit.SEEDS))
        for task in found.tasks
    )
    assert pale_bars(replace(found, tasks=clear)) == ""
    raw = replace(found, raw=True)
    effects = [e.giver_interval for e in found.social_relations.effects]
    doubt = any(ends.low <= 0 <= ends.high for ends in effects)
    assert pale_bars(raw) == ("pale: the whisker holds 0" if doubt else "")


def test_the_hover_of_a_task_has_six_lines_with_their_intervals():
    hover = balance_scatter(balance_of(FIVE), FIVE, LIGHT).data[0].hovertext[0]
    for text in ("given ", "net ", "giver effect ", "95 % over seeds", "sources 4 and 4 of 4"):
        assert text in hover
    assert hover.count("<br>") == 5
