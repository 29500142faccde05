"""The key above dots that are coloured by group."""

from dataclasses import replace
from urllib.parse import unquote

import plotly.graph_objects as go
import pytest

from core.metrics import Metric
from core.study import Task
from dashboard.figures.parts.theme import GROUPS_WITH_COLORS, TASK_PALETTE
from dashboard.ui.card import CardContent
from dashboard.ui.group_key import GroupKey
from dashboard.ui.safe_html import INERT, safe_html


def tasks(groups: int) -> list[Task]:
    return [
        Task(f"t{at}", f"T{at}", Metric.ERROR, group=f"<b>{at % groups}")
        for at in range(2 * groups)
    ]


@pytest.mark.parametrize("groups", [1, 3, GROUPS_WITH_COLORS])
def test_each_group_has_a_swatch_of_the_colour_of_its_dots(groups):
    text = unquote(safe_html(GroupKey(tasks(groups), "the source").components()))
    assert "Group of the source:" in text
    assert text.count("<img") == groups
    for at, color in enumerate(TASK_PALETTE[:groups]):
        assert f"fill=&#x27;{color}&#x27;" in text or f"fill='{color}'" in text
        assert f"&lt;b&gt;{at}" in text
    assert "<b>" not in text


def test_of_too_many_groups_it_is_said_that_dots_are_alike():
    text = safe_html(GroupKey(tasks(GROUPS_WITH_COLORS + 1)).components())
    assert f"{GROUPS_WITH_COLORS + 1} groups are too many to tell apart by colour" in text
    assert "<img" not in text


def test_nothing_stands_above_tasks_without_groups_and_in_a_report():
    assert GroupKey([Task("a", "A", Metric.ERROR)]).components() == []
    assert safe_html(GroupKey(tasks(3)).components(), INERT) == ""


def test_a_figure_that_leaves_the_page_has_the_key_in_it():
    bars = go.Figure(go.Bar(x=[1], y=[1]), layout={"height": 300, "margin": {"b": 40}})
    content = CardContent(figure=bars, key=GroupKey(tasks(3)), size=(400, 300))
    assert "group-key" in safe_html(content.values()[1])
    taken = content.explained()
    assert [one.marker.color for one in taken.figure.data[1:]] == list(TASK_PALETTE[:3])
    assert [one.name for one in taken.figure.data[1:]] == [f"&lt;b&gt;{at}" for at in range(3)]
    assert taken.figure.layout.legend2.title.text == "Group:"
    assert not taken.figure.data[0].showlegend
    more = taken.size[1] - 300
    assert (taken.size[0], taken.figure.layout.height) == (400, 300 + more)
    assert taken.figure.layout.margin.b == 40 + more > 40
    # Once; and what is on the page is as it was.
    assert taken.explained() is taken
    assert len(content.figure.data) == 1
    several = replace(content, key=GroupKey(tasks(GROUPS_WITH_COLORS)), size=None).explained()
    assert several.size is None
    assert several.figure.layout.margin.b > taken.figure.layout.margin.b


def test_of_too_many_groups_or_none_the_figure_has_no_key():
    content = CardContent(figure=go.Figure())
    assert content.explained() is content
    for some in (tasks(GROUPS_WITH_COLORS + 1), [Task("a", "A", Metric.ERROR)]):
        keyed = replace(content, key=GroupKey(some))
        assert keyed.explained() is keyed
