"""Bars carry the net of each task, and both figures tell what goes on beyond their frame."""

import math
from dataclasses import replace

from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.figures.balance.bars import (
    PALE,
    between_bars,
    beyond_bars,
    effect_bars,
    net_bars,
    pale_bars,
    tasks_with_bars,
)
from dashboard.figures.balance.scatter import beyond_frame
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Mode, theme
from dashboard.text.findings.balance import balance_finding
from tests.dashboard.figures.samples import (
    balance_of,
    balance_of_many,
    random_study,
    shape,
)

LIGHT = theme(Mode.LIGHT)
FIVE = random_study(5)


def test_whiskers_that_leave_the_frame_are_named():
    found = balance_of(FIVE)
    first, *others = found.tasks
    assert beyond_frame(found) == beyond_bars(found) == ""
    wide = replace(first.net_interval, low=-1e3, high=1e3)
    long = replace(found, tasks=(replace(first, given_interval=wide), *others))
    name = first.task
    told = f"whiskers of {name} go on beyond the frame: hover says how far"
    assert (beyond_frame(long), beyond_bars(long)) == (told, "")
    long = replace(found, tasks=(replace(first, net_interval=wide), *others))
    assert (beyond_frame(long), beyond_bars(long)) == ("", told)


def test_long_names_are_told_apart_where_whiskers_are_named():
    found = balance_of(FIVE)
    wide = replace(found.tasks[0].net_interval, low=-1e3, high=1e3)
    names = [f"multilingual-news-translation-{year}-german-english" for year in (2019, 2021)]
    tasks = [
        replace(one, task=name, net_interval=wide)
        for one, name in zip(found.tasks, names, strict=False)
    ]
    told = beyond_bars(replace(found, tasks=tuple(tasks)))
    assert "2019" in told
    assert "2021" in told


def test_of_very_many_tasks_both_ends_have_bars_and_the_rest_is_counted():
    found = balance_of_many(1000)
    figure = net_bars(found, FIVE, LIGHT)
    assert list(figure.data[0].x) == [*range(999, 979, -1), *range(19, -1, -1)]
    assert "960 tasks between them" in between_bars(found)
    assert tasks_with_bars(found) == "the 20 greatest givers and takers"
    assert shape(figure, "between").y0 == 19.5
    assert between_bars(balance_of_many(60)) == ""
    assert tasks_with_bars(balance_of_many(60)) == "each task"


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
    assert set(alone.marker.color) == {LIGHT.positive, LIGHT.negative}, "pale would set none apart"
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
    said = "faint: not sure; of 6 tasks, one whisker in 20 misses 0 by luck"
    assert pale_bars(lucky) == said
    wide = Interval(-9.0, 9.0, ResamplingUnit.SEEDS)
    every = replace(lucky, tasks=tuple(replace(task, net_interval=wide) for task in tasks))
    assert pale_bars(every) == "faint: not sure"
    assert pale_bars(balance_of(random_study(5, seeds=1))) == ""
    clear = tuple(
        replace(task, net_interval=Interval(task.net, task.net, ResamplingUnit.SEEDS))
        for task in found.tasks
    )
    assert pale_bars(replace(found, tasks=clear)) == ""
    raw = replace(found, raw=True)
    effects = [e.giver_interval for e in found.social_relations.effects]
    doubt = any(ends.low <= 0 <= ends.high for ends in effects)
    assert pale_bars(raw) == ("faint: the whisker holds 0" if doubt else "")


def test_a_whisker_at_the_edge_of_the_frame_reaches_no_name_and_no_value():
    found = balance_of(FIVE)
    wide = Interval(-1e3, 1e3, ResamplingUnit.SEEDS)
    nets = (-0.0011, 1.0, 12.5, -3.0, 0.25)
    tasks = tuple(
        replace(task, net=net, net_interval=wide)
        for task, net in zip(found.tasks, nets, strict=True)
    )
    layout = net_bars(replace(found, tasks=tasks), FIVE, LIGHT).layout
    names = max(text_width(name, 12) for name in layout.yaxis.ticktext)
    assert layout.yaxis.ticklabelstandoff >= 6
    assert layout.margin.l >= names + layout.yaxis.ticklabelstandoff
    values = [one for one in layout.annotations if one.name == "value"]
    widest = max(text_width(one.text, one.font.size) for one in values)
    # From the right end of the numbers back to the frame, and on to the edge of the figure.
    assert all(one.xshift >= widest + 6 for one in values)
    assert all(layout.margin.r >= one.xshift for one in values)


def test_bars_of_one_run_are_not_pale_as_nothing_would_be_set_apart():
    found = replace(balance_of(FIVE), raw=True)
    without = Interval(math.nan, math.nan, ResamplingUnit.SEEDS)
    effects = tuple(replace(one, giver_interval=without) for one in found.social_relations.effects)
    alone = replace(found, social_relations=replace(found.social_relations, effects=effects))
    assert set(effect_bars(alone, FIVE, LIGHT).data[0].marker.color) == {LIGHT.muted}
    # Where there are intervals, doubt is pale as before.
    wide = tuple(
        replace(one, giver_interval=Interval(-1e3, 1e3, ResamplingUnit.SEEDS)) for one in effects
    )
    doubt = replace(found, social_relations=replace(found.social_relations, effects=wide))
    pale = mix(LIGHT.muted, LIGHT.surface, PALE)
    assert set(effect_bars(doubt, FIVE, LIGHT).data[0].marker.color) == {pale}
