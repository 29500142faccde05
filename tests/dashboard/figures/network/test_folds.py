"""Groups of tasks as one node each."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures.network.folds import Folds, folded, height_of_rows
from dashboard.figures.parts.theme import Mode
from dashboard.figures.parts.theme import theme as the_theme

GROUPS = {"a": "north", "b": "north", "c": "south", "d": "south", "e": "alone"}


def node(task: str, x: float):
    data = {"id": f"task {task}", "task": task, "inside": False, "size": 14.0, "label": task}
    return {"data": data, "position": {"x": x, "y": 0.0}, "classes": ""}


def arrow(source: str, target: str, weight: float):
    return {
        "data": {
            "id": f"{source}{target}",
            "source": f"task {source}",
            "target": f"task {target}",
            "pair": [source, target],
            "weight": weight,
            "harms": weight < 0,
            "raw": False,
            "numbered": False,
        },
        "classes": "help",
    }


ELEMENTS = [
    *(node(task, at) for at, task in enumerate("abcde")),
    arrow("a", "c", 1.0),
    arrow("b", "d", -3.0),
    arrow("a", "b", 2.0),
    arrow("e", "a", 0.5),
]


def of(elements):
    nodes = {e["data"]["id"]: e for e in elements if "position" in e}
    arrows = {
        (e["data"]["source"], e["data"]["target"]): e for e in elements if "position" not in e
    }
    return nodes, arrows


@pytest.fixture(scope="module")
def theme():
    return the_theme(Mode.LIGHT)


def test_a_group_is_one_node_with_its_number_and_one_arrow_a_way(theme):
    nodes, arrows = of(folded(ELEMENTS, Folds(GROUPS), theme))
    assert set(nodes) == {"fold north", "fold south", "task e"}
    assert nodes["fold north"]["data"]["label"] == "north\n2 tasks"
    assert nodes["fold north"]["data"]["short"] == "north\n2 tasks"
    assert nodes["fold north"]["data"]["tasks"] == ["a", "b"]
    assert nodes["fold north"]["position"]["x"] == 0.5
    # Those inside a group are not drawn; what two groups have is one arrow, its colour their mean.
    assert set(arrows) == {("fold north", "fold south"), ("task e", "fold north")}
    between = arrows["fold north", "fold south"]
    assert between["data"]["label"] == "2"
    assert between["data"]["weight"] == -1.0
    assert between["classes"] == "harm"
    assert between["data"]["pair"] is None
    assert "2 arrows of those shown" in between["data"]["info"]


def test_an_opened_group_stands_as_its_tasks(theme):
    nodes, arrows = of(folded(ELEMENTS, Folds(GROUPS, ("north",)), theme))
    assert set(nodes) == {"task a", "task b", "fold south", "task e"}
    assert arrows["task a", "task b"] is ELEMENTS[7]
    assert set(arrows) == {
        ("task a", "task b"),
        ("task e", "task a"),
        ("task a", "fold south"),
        ("task b", "fold south"),
    }


def test_no_task_stands_on_another_and_folded_ones_on_one_place():
    tasks = [f"t{at}" for at in range(60)]
    folds = Folds({task: f"group {at % 6}" for at, task in enumerate(tasks)}, ("group 0",))
    places = folds.places(tasks)
    assert places.shape == (60, 2)
    assert ((places >= 0) & (places <= 1)).all()
    opened = places[::6]
    assert len(np.unique(opened.round(6), axis=0)) == 10
    assert len(np.unique(places[1::6].round(6), axis=0)) == 1


def test_a_group_of_one_task_is_that_task():
    folds = Folds(GROUPS)
    assert (folds.closed("e"), folds.closed("a"), folds.closed("unknown")) == ("", "north", "")


@pytest.mark.parametrize("groups", [8, 20, 21, 60])
def test_nodes_of_many_groups_lie_apart_where_they_are_as_wide_as_long_names(groups):
    names = [f"t{at}" for at in range(2 * groups)]
    folds = Folds({name: f"group {at // 2}" for at, name in enumerate(names)})
    high = height_of_rows(groups)
    x, y = (folds.places(names)[::2] * (max(1.35 * high, 860.0), high)).T
    beside = np.abs(x[:, None] - x) >= 180.0
    below = np.abs(y[:, None] - y) >= 60.0
    assert (beside | below | np.eye(groups, dtype=bool)).all()


def test_groups_with_long_names_alike_are_cut_where_they_differ(theme):
    long = {"north": "shared beginning of both, north", "south": "shared beginning of both, south"}
    groups = {task: long.get(group, group) for task, group in GROUPS.items()}
    nodes, _ = of(folded(ELEMENTS, Folds(groups), theme))
    labels = [node["data"]["label"] for id_, node in nodes.items() if id_.startswith("fold")]
    assert len(labels) == len(set(labels)) == 2
