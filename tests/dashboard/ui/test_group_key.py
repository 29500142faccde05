"""The key above dots that are coloured by group."""

from urllib.parse import unquote

import pytest

from core.metrics import Metric
from core.study import Task
from dashboard.figures.parts.theme import GROUPS_WITH_COLORS, TASK_PALETTE
from dashboard.ui.group_key import group_key
from dashboard.ui.safe_html import INERT, safe_html


def tasks(groups: int) -> list[Task]:
    return [
        Task(f"t{at}", f"T{at}", Metric.ERROR, group=f"<b>{at % groups}")
        for at in range(2 * groups)
    ]


@pytest.mark.parametrize("groups", [1, 3, GROUPS_WITH_COLORS])
def test_each_group_has_a_swatch_of_the_colour_of_its_dots(groups):
    text = unquote(safe_html(group_key(tasks(groups), "the source")))
    assert "Group of the source:" in text
    assert text.count("<img") == groups
    for at, color in enumerate(TASK_PALETTE[:groups]):
        assert f"fill=&#x27;{color}&#x27;" in text or f"fill='{color}'" in text
        assert f"&lt;b&gt;{at}" in text
    assert "<b>" not in text


def test_of_too_many_groups_it_is_said_that_dots_are_alike():
    text = safe_html(group_key(tasks(GROUPS_WITH_COLORS + 1)))
    assert f"{GROUPS_WITH_COLORS + 1} groups are too many to tell apart by colour" in text
    assert "<img" not in text


def test_nothing_stands_above_tasks_without_groups_and_in_a_report():
    assert group_key([Task("a", "A", Metric.ERROR)]) == []
    assert safe_html(group_key(tasks(3)), INERT) == ""
