"""The colours can be read in both modes, keep their meaning, and stay with their task."""

import itertools
from dataclasses import replace

import pytest

from core.metrics import Metric
from core.study import Task
from dashboard.figures.parts.colors import AA, contrast, luminance, rgb
from dashboard.figures.parts.theme import TASK_PALETTE, Mode, group_colors, task_colors, theme

MODES = list(Mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["text", "muted", "accent", "positive", "negative", "warning"])
@pytest.mark.parametrize("behind", ["background", "surface", "raised"])
def test_every_text_colour_reads_on_every_ground(mode, name, behind):
    chosen = theme(mode)
    assert contrast(getattr(chosen, name), getattr(chosen, behind)) >= AA


def test_tokens_are_those_of_the_style_sheets():
    light, dark = theme(Mode.LIGHT), theme("dark")
    assert (light.background, light.text, light.accent) == ("#ffffff", "#1a1e24", "#4a3fd6")
    assert (dark.background, dark.text, dark.accent) == ("#14171c", "#e7eaee", "#a9a2ff")
    assert (light.positive, light.negative) == ("#2166ac", "#b2182b")


@pytest.mark.parametrize("mode", MODES)
def test_worse_is_red_and_better_is_blue(mode):
    chosen = theme(mode)
    for scale in (chosen.diverging[1][1], chosen.diverging[3][1], chosen.negative):
        red, _, blue = rgb(scale)
        assert red > blue
    for scale in (chosen.diverging[-2][1], chosen.diverging[-4][1], chosen.positive):
        red, _, blue = rgb(scale)
        assert blue > red


@pytest.mark.parametrize("mode", MODES)
def test_neutral_is_in_the_middle_and_near_the_page(mode):
    chosen = theme(mode)
    stop, neutral = chosen.diverging[len(chosen.diverging) // 2]
    assert stop == 0.5
    assert contrast(neutral, chosen.background) < 1.3
    assert chosen.sequential[0][1] == neutral
    assert [stop for stop, _ in chosen.diverging] == sorted(stop for stop, _ in chosen.diverging)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scale", ["sequential", "similarity"])
def test_a_sequential_scale_goes_one_way_away_from_the_page(mode, scale):
    lights = [luminance(color) for _, color in getattr(theme(mode), scale)]
    assert lights == sorted(lights, reverse=mode is Mode.LIGHT)


@pytest.mark.parametrize("mode", MODES)
def test_template_has_thick_axes_and_no_grid(mode):
    layout = theme(mode).template.layout
    for axis in (layout.xaxis, layout.yaxis):
        assert axis.showgrid is False
        assert axis.showline is True
        assert axis.linewidth == 2
    assert layout.paper_bgcolor == theme(mode).background
    assert "Inter" in layout.font.family


def test_a_theme_is_made_once():
    assert theme(Mode.DARK) is theme(Mode.DARK)
    with pytest.raises(ValueError, match="sepia"):
        theme("sepia")


def tasks(count: int) -> list[Task]:
    return [Task(f"t{i}", f"T{i}", Metric.ERROR) for i in range(count)]


def test_the_manifests_colour_wins_and_position_gives_the_rest():
    some = [Task("a", "A", Metric.ERROR), Task("b", "B", Metric.ERROR, color="#D86756")]
    assert task_colors(some) == {"a": TASK_PALETTE[0], "b": "#D86756"}


def test_any_number_of_tasks_has_different_colours():
    colors = list(task_colors(tasks(60)).values())
    assert len(set(colors)) == 60
    assert all(len(color) == 7 and rgb(color) for color in colors)
    assert task_colors([]) == {}


def test_more_tasks_than_anybody_tells_apart_share_a_colour():
    own = replace(tasks(1)[0], color="#123456")
    colors = task_colors([own, *tasks(62)[1:]])
    assert colors.pop("t0") == "#123456"
    assert len(set(colors.values())) == 1


def test_numbers_of_axes_are_written_as_in_sentences():
    layout = theme(Mode.LIGHT).template.layout
    assert layout.xaxis.separatethousands
    assert layout.yaxis.separatethousands


def test_more_groups_than_the_palette_has_colours_share_one():
    most = len(TASK_PALETTE)
    grouped = [replace(task, group=f"g{at}") for at, task in enumerate(tasks(most + 1))]
    assert list(task_colors(grouped[:most]).values()) == list(TASK_PALETTE)
    assert group_colors(grouped[:most]) == {
        f"g{at}": color for at, color in enumerate(TASK_PALETTE)
    }
    assert len(set(task_colors(grouped).values())) == 1
    own = [replace(grouped[0], color="#123456"), *grouped[1:most]]
    assert "g0" not in group_colors(own)
    assert task_colors(own)["t0"] == "#123456"
    assert group_colors(tasks(3)) == {}


def test_tasks_of_a_group_share_a_colour():
    some = [replace(task, group=name) for task, name in zip(tasks(5), "xyx", strict=False)]
    some = [replace(task, color=None) for task in some]
    colors = task_colors([*some, *(replace(t, color=None, group="") for t in tasks(5)[3:])])
    a, b, c, d, e = colors.values()
    assert a == c != b
    assert len({a, b, d, e}) == 4


def test_neighbours_in_the_palette_differ_in_more_than_hue():
    for first, second in itertools.pairwise(TASK_PALETTE):
        apart = sum(abs(a - b) for a, b in zip(rgb(first), rgb(second), strict=True))
        assert apart > 90


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scale", ["diverging", "correlation"])
def test_what_is_farthest_from_nothing_stands_out_most(mode, scale):
    chosen = theme(mode)
    colors = [color for _, color in getattr(chosen, scale)]
    middle = len(colors) // 2
    for half in (colors[middle:], colors[middle::-1]):
        away = [contrast(color, chosen.background) for color in half]
        assert away == sorted(away)
        most, least = max(rgb(half[-1])), min(rgb(half[-1]))
        assert (most - least) / most > 0.25, "a strong colour is not a grey"


@pytest.mark.parametrize("mode", MODES)
def test_a_correlation_is_neither_red_nor_blue(mode):
    chosen = theme(mode)
    for stop, color in chosen.correlation:
        red, green, blue = rgb(color)
        if stop < 0.4:
            assert red > green > blue, "orange"
        elif stop > 0.6:
            assert blue > red > green, "violet"
