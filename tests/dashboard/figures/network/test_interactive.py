"""Elements of the graph: positions that stay, signs that show, numbers in words."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analyses import GRAPH as GRAPH_ANALYSIS
from core.analyses.network.graph import Node
from core.analyses.network.layouts import GraphLayout
from core.io import open_study
from dashboard.figures.network import interactive
from dashboard.figures.network.folds import Folds
from dashboard.figures.network.interactive import (
    NAME_LENGTH,
    GraphLook,
    default_threshold,
    graph_elements,
    threshold_steps,
)
from dashboard.figures.network.static import graph_drawing
from dashboard.figures.network.stylesheet import graph_stylesheet
from dashboard.figures.parts.cell_hover import HOVER_LINES
from dashboard.figures.parts.colors import contrast, rgb
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Mode, theme
from dashboard.text.findings.network import graph_finding
from dashboard.text.names import shortened
from tests.core.small import queries_of
from tests.dashboard.figures.samples import EVIL, NAN, graph_of, random_study

LIGHT = theme(Mode.LIGHT)
SIX = random_study(6, low=-0.4)
GRAPH = graph_of(SIX)


def test_no_line_of_a_name_cuts_the_letters_of_the_one_above():
    rules = {rule["selector"]: rule["style"] for rule in graph_stylesheet(LIGHT)}
    beside = rules["node.named-below, node.afar"]
    size, outline = beside["font-size"], beside["text-outline-width"]
    capitals, tails = 0.73 * size, 0.24 * size
    assert size * beside["line-height"] - capitals - outline > tails


def split(elements):
    nodes = [e for e in elements if "source" not in e["data"]]
    return nodes, [e for e in elements if "source" in e["data"]]


def elements(threshold=0.0, graph=GRAPH, mode=Mode.LIGHT):
    return split(graph_elements(graph, SIX, theme(mode), threshold=threshold))


@given(st.floats(0, 1.2), st.floats(0, 1.2))
def test_a_higher_threshold_leaves_fewer_arrows_and_moves_nothing(first, second):
    low, high = sorted((first, second))
    nodes, edges = elements(low)
    fewer_nodes, fewer = elements(high)
    assert {e["data"]["id"] for e in fewer} <= {e["data"]["id"] for e in edges}
    assert [n["position"] for n in nodes] == [n["position"] for n in fewer_nodes]
    assert all(abs(e["data"]["weight"]) >= high for e in fewer)


def test_every_pair_has_its_own_arrow():
    nodes, edges = elements()
    assert [n["data"]["task"] for n in nodes] == list("abcdef")
    assert len({e["data"]["id"] for e in edges}) == len(edges) == 30


def test_harm_is_red_dashed_and_blunt():
    _, edges = elements()
    harmful = [e for e in edges if "harm" in e["classes"].split()]
    assert harmful
    for edge in edges:
        assert (edge["data"]["weight"] < 0) == ("harm" in edge["classes"].split())
        assert edge["data"]["label"].startswith("−" if edge in harmful else ("+", "0"))
    rules = {rule["selector"]: rule["style"] for rule in graph_stylesheet(LIGHT)}
    assert rules["edge.harm"]["line-color"] == LIGHT.negative
    assert rules["edge.harm"]["line-style"] == "dashed"
    assert rules["edge"]["line-color"] == LIGHT.positive
    assert rules["edge"]["curve-style"] == "bezier"
    assert {"node.dimmed", "node.chosen, node:selected"} <= set(rules)


def test_stronger_is_wider():
    _, edges = elements()
    order = sorted(edges, key=lambda e: abs(e["data"]["weight"]))
    widths = [e["data"]["width"] for e in order]
    assert widths == sorted(widths)
    assert widths[-1] > 3 * widths[0]


@pytest.mark.parametrize("mode", list(Mode))
def test_nodes_are_sized_by_given_and_coloured_by_net(mode):
    nodes, _ = elements(mode=mode)
    given = {n.task: n.given for n in GRAPH.nodes}
    net = {n.task: n.net for n in GRAPH.nodes}
    by_given = sorted(nodes, key=lambda n: given[n["data"]["task"]])
    sizes = [n["data"]["size"] for n in by_given]
    assert sizes == sorted(sizes)
    by_net = sorted(nodes, key=lambda n: net[n["data"]["task"]])
    red, _, blue = rgb(by_net[0]["data"]["color"])
    assert red > blue
    red, _, blue = rgb(by_net[-1]["data"]["color"])
    assert blue > red
    for node in nodes:
        assert contrast(node["data"]["ink"], node["data"]["color"]) >= 4.5
        assert node["data"]["label"].split("\n")[1][0] in "+−0"


def test_default_threshold_keeps_about_two_arrows_a_task():
    for size in (3, 6, 12, 20):
        graph = graph_of(random_study(size))
        threshold = default_threshold(graph)
        assert threshold in threshold_steps(graph)
        assert abs(len(graph.above(threshold)) - min(2 * size, graph.edge_count)) <= size

    level = np.full((6, 6), 0.3 - 2e-16)
    np.fill_diagonal(level, np.nan)
    graph = replace(graph_of(random_study(6)), transfer=level, strict=level)
    assert graph.above(default_threshold(graph))


def test_a_phone_has_room_for_short_names(monkeypatch):
    node = elements()[0][0]["data"]
    assert node["short"] == node["label"]
    monkeypatch.setattr(interactive, "CROWD", 5)
    assert [one["data"]["short"] for one in elements()[0]] == list("abcdef")


def test_of_many_tasks_few_arrows_are_drawn_and_the_extreme_ones_are_named(monkeypatch):
    assert not any("afar" in node["classes"] for node in elements()[0])
    monkeypatch.setattr(interactive, "MANY_TASKS", 5)
    monkeypatch.setattr(interactive, "NAMED", 2)
    monkeypatch.setattr(interactive, "MOST_EDGES", 4)
    nodes = elements()[0]
    nets = sorted(abs(node.net) for node in GRAPH.nodes)
    net = {node.task: abs(node.net) for node in GRAPH.nodes}
    named = [node["data"]["task"] for node in nodes if "named-from-afar" in node["classes"]]
    assert sorted(net[task] for task in named) == nets[-2:]
    shown = len(GRAPH.above(default_threshold(GRAPH)))
    assert shown == min(
        (len(GRAPH.above(s)) for s in threshold_steps(GRAPH)), key=lambda n: abs(n - 4)
    )
    assert all(node["data"]["fontSize"] >= 12 for node in nodes)


def test_threshold_steps_are_round_and_end_where_an_arrow_is_left():
    steps = threshold_steps(GRAPH)
    assert steps[0] == 0
    assert 10 < len(steps) <= 41
    assert list(steps) == sorted(steps)
    assert GRAPH.above(steps[-1])
    assert all(len(f"{step:g}") <= 6 for step in steps)
    lonely = graph_of(random_study(1))
    assert threshold_steps(lonely) == (0.0,)
    assert default_threshold(lonely) == 0.0


def told(element) -> dict[str, str]:
    """The rows of a hover, by name."""
    heading, *rows = element["data"]["info"].splitlines()
    return {"heading": heading, **dict(row.split(": ", 1) for row in rows)}


def test_hovers_tell_numbers_with_units_and_signs():
    nodes, edges = elements()
    rows = told(nodes[0])
    assert rows["heading"] == "a"
    assert "net giver" in rows["net"] or "net taker" in rows["net"]
    assert rows["worth learning from (PageRank)"].endswith("%")
    assert all(len(told(one)) <= HOVER_LINES for one in (*nodes, *edges))
    by_pair = {tuple(one["data"]["pair"]): told(one) for one in edges}
    edge = by_pair["a", "b"]
    assert edge["heading"] == "a → b"
    assert "95 % over seeds" in edge["transfer"]
    assert edge["transfer"].endswith("published scale")
    assert edge["minus the other way"][0] in "+−0"
    harmful = next(e for e in GRAPH.edges if e.harms)
    assert by_pair[harmful.source, harmful.target]["strict scale"].endswith("(harms)")


def test_arrows_are_as_wide_as_they_are_strong_among_those_shown():
    for threshold in (0.0, 0.6):
        _, edges = elements(threshold)
        assert min(e["data"]["width"] for e in edges) == interactive.THINNEST
        assert max(e["data"]["width"] for e in edges) == 7.0


def test_a_task_stands_where_it_was_dragged_to():
    usual, _ = elements()
    drawn = graph_elements(GRAPH, SIX, LIGHT, GraphLook(moved=[("b", 0.25, 1.5)]), threshold=0)
    width, height = drawn[0]["data"]["room"]
    assert drawn[1]["position"] == {"x": 0.25 * width, "y": -0.5 * height}
    assert "moved" in drawn[1]["classes"]
    assert drawn[0]["position"] == usual[0]["position"]


def test_the_picture_has_tasks_numbers_and_legend_where_the_page_has_them():
    there = GraphLook(GraphLayout.LAYERS, moved=[("a", 2.0, 0.5)], numbers=True)
    drawn, edges = split(graph_elements(GRAPH, SIX, LIGHT, there, threshold=0.5))
    figure = graph_drawing(GRAPH, SIX, LIGHT, there, threshold=0.5)
    (trace,) = figure.data
    assert [node["position"]["x"] for node in drawn] == pytest.approx(list(trace.x))
    texts = [one.text for one in figure.layout.annotations]
    assert texts[:-1] == [edge["data"]["label"] for edge in edges]
    assert "net giver" in texts[-1]
    bare = graph_drawing(GRAPH, SIX, LIGHT, threshold=0.5, legend=False)
    assert not bare.layout.annotations


def test_groups_are_boxes_around_their_names_in_the_picture_and_arrows_end_at_them():
    of = {name: "first" if name in "abc" else "the last of them" for name in "abcdef"}
    figure = graph_drawing(GRAPH, SIX, LIGHT, GraphLook(folds=Folds(of)), threshold=0.0)
    (tasks,) = figure.data
    assert set(tasks.textposition) == {"middle center"}
    boxes = [one for one in figure.layout.shapes if one.name == "group"]
    lines = [one.path for one in figure.layout.shapes if one.type == "path"]
    assert len(boxes) == 2
    # Over the arrows.
    assert list(figure.layout.shapes[-2:]) == boxes
    for box, text in zip(boxes, tasks.text, strict=True):
        assert box.x1 - box.x0 > text_width(text.split("<br>")[0], tasks.textfont.size)
    points = [tuple(map(float, pair.split(","))) for path in lines for pair in path.split()[1::2]]
    starts = [p for p in points if any(b.x0 < p[0] < b.x1 and b.y0 < p[1] < b.y1 for b in boxes)]
    assert points
    assert not starts


def test_tasks_of_an_opened_group_say_what_they_say_by_themselves():
    names = [node.task for node in GRAPH.nodes]
    folds = Folds({name: f"group {at // 3}" for at, name in enumerate(names)}, ("group 0",))
    nodes, _ = split(graph_elements(GRAPH, SIX, LIGHT, GraphLook(folds=folds), threshold=0.0))
    alone = {node["data"]["task"]: node["data"]["info"] for node in elements()[0]}
    said = {node["data"]["task"]: node["data"]["info"] for node in nodes}
    opened = {name: alone[name] for name in names[:3]}
    assert said == {**opened, "": "group 1\n3 tasks\nA click opens it"}


def test_groups_that_an_address_moves_to_one_place_have_a_picture():
    look = GraphLook(
        folds=Folds({name: "first" if name in "abc" else "last" for name in "abcdef"}),
        moved=tuple((name, 0.5, 0.5) for name in "abcdef"),
    )
    figure = graph_drawing(GRAPH, SIX, LIGHT, look, threshold=0.0)
    assert sum(one.name == "group" for one in figure.layout.shapes) == 2


def test_names_that_would_meet_in_the_picture_are_short():
    graph = graph_of(random_study(12))
    for name, cut in (("{0}", False), ("{0} of a very long name {0}", True)):
        nodes = tuple(replace(node, task=name.format(node.task)) for node in graph.nodes)
        (tasks,) = graph_drawing(replace(graph, nodes=nodes), SIX, LIGHT, threshold=2.0).data
        first, *number = tasks.text[0].split("<br>")
        assert first.endswith("…") is cut
        assert number


@pytest.fixture
def many(monkeypatch):
    """Those named from afar of what counts as many tasks, close together; their graph and study."""
    monkeypatch.setattr(interactive, "MANY_TASKS", 20)
    monkeypatch.setattr(interactive, "NAMED", 6)
    count = 24
    study = random_study(count)
    found = graph_of(study)
    names = [f"task number {at}" for at in range(count)]
    nodes = tuple(replace(node, task=n) for node, n in zip(found.nodes, names, strict=True))
    graph = replace(found, nodes=nodes)
    random = np.random.default_rng(1)
    moved = [(task, *place) for task, place in zip(names, random.random((count, 2)), strict=True)]
    drawn = graph_elements(graph, study, LIGHT, GraphLook(GraphLayout.CIRCLE, moved), threshold=9.0)
    return [one for one in drawn if "named-from-afar" in one["classes"].split()], graph, study


@pytest.mark.parametrize("squeezed", [1.0, interactive.SQUEEZED])
def test_names_that_are_seen_from_afar_do_not_lie_over_each_other(many, squeezed):
    named, *_ = many
    assert len(named) == interactive.NAMED
    boxes = []
    for one in named:
        data, place = one["data"], one["position"]
        half = text_width(data["label"], data["fontSize"]) / 2
        up = -data["size"] / 2 - data["fontSize"] if data["above"] else data["size"] / 2
        top = place["y"] + up
        middle = place["x"] * squeezed
        boxes.append((middle - half, middle + half, top, top + data["fontSize"]))
    for a, b in itertools.combinations(boxes, 2):
        assert not (a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3])


def test_the_picture_of_many_tasks_names_those_that_the_page_names_from_afar(many):
    named, graph, study = many
    look = GraphLook(
        moved=[(node.task, 0.1 + at % 6 / 10, 0.5) for at, node in enumerate(graph.nodes)]
    )
    (tasks,) = graph_drawing(graph, study, LIGHT, look, threshold=9.0).data
    assert 0 < sum(map(bool, tasks.text)) <= len(named)
    assert tasks.textfont.size == named[0]["data"]["fontSize"]


def test_of_given_scores_a_wider_arrow_is_a_better_one_in_the_picture_too():
    for net, said in ((False, "score as given; wider: better"), (True, "better by; wider: more")):
        graph = replace(GRAPH, raw=True, net=net)
        figure = graph_drawing(graph, SIX, LIGHT, threshold=0.5)
        assert said in figure.layout.annotations[-1].text


def test_one_arrow_a_pair_is_the_difference():
    graph = replace(GRAPH, net=True)
    _, edges = elements(graph=graph)
    assert len(edges) == graph.edge_count == 15
    for edge in edges:
        source, target = edge["data"]["pair"]
        there, back = GRAPH.edge(source, target), GRAPH.edge(target, source)
        assert edge["data"]["weight"] == pytest.approx(there.weight - back.weight)
        assert edge["data"]["weight"] > 0
        assert "harm" not in edge["classes"]
    assert graph_finding(graph, 0.0).startswith("15 of 15 pairs differ by at least 0 in their two")


def test_labels_are_plain_text():
    nodes = tuple(replace(node, task=EVIL) if node.task == "a" else node for node in GRAPH.nodes)
    drawn, _ = elements(graph=replace(GRAPH, nodes=nodes))
    assert drawn[0]["data"]["label"].startswith(shortened(EVIL, NAME_LENGTH))


def test_undefined_numbers_are_words_not_nan():
    nodes = tuple(Node(n.task, NAN, NAN, NAN, NAN, NAN, NAN, n.x, n.y) for n in GRAPH.nodes)
    graph = replace(GRAPH, nodes=nodes)
    drawn, edges = elements(graph=graph)
    for node in drawn:
        assert "undefined" in node["classes"]
        assert "nan" not in node["data"]["info"].lower()
        assert node["data"]["color"] == LIGHT.missing
    assert all("nan" not in e["data"]["info"].lower() for e in edges)
    empty = replace(graph, transfer=np.full((6, 6), NAN), strict=np.full((6, 6), NAN))
    assert elements(graph=empty)[1] == []


def test_many_tasks_are_named_below_their_node():
    found = random_study(14)
    drawn, _ = split(graph_elements(graph_of(found), found, LIGHT, threshold=0.9))
    assert all("named-below" in n["classes"] for n in drawn)
    assert all("\n" not in n["data"]["label"] for n in drawn)


def test_a_name_wider_than_its_circle_stands_below_it():
    nodes = (replace(GRAPH.nodes[0], task="a very long name"), *GRAPH.nodes[1:])
    drawn = graph_elements(replace(GRAPH, nodes=nodes), SIX, LIGHT, threshold=9)
    first, *others = [element for element in drawn if "position" in element]
    assert "named-below" in first["classes"]
    assert not first["data"]["inside"]
    assert any(one["data"]["inside"] for one in others)


def test_names_of_the_upper_half_stand_above_their_circles_where_no_arrow_ends():
    found = random_study(14)
    drawn, _ = split(graph_elements(graph_of(found), found, LIGHT, threshold=0.9))
    middle = np.mean([node["position"]["y"] for node in drawn])
    upper = [node for node in drawn if "upper" in node["classes"]]
    assert 0 < len(upper) <= len(drawn) / 2
    assert all(node["position"]["y"] < middle and node["data"]["above"] for node in upper)


@pytest.mark.parametrize("count", [6, 14])
def test_no_name_is_cut_at_an_edge_of_the_picture(count):
    found = random_study(count)
    for layout in GraphLayout:
        figure = graph_drawing(graph_of(found), found, LIGHT, GraphLook(layout), threshold=0.9)
        (tasks,) = figure.data
        low, high = figure.layout.yaxis.range
        for y, size, text, place in zip(
            tasks.y, tasks.marker.size, tasks.text, tasks.textposition, strict=True
        ):
            height = size / 2 + (text.count("<br>") + 1) * tasks.textfont.size * 1.3
            assert y + height <= high if place.startswith("top") else y + size / 2 <= high
            assert y - height >= low if place.startswith("bottom") else y - size / 2 >= low


def test_a_name_is_read_whole_inside_its_circle_or_below_it():
    found = open_study(Path(__file__).parents[3] / "cases/files/k08-label-in-small-node")
    drawn, _ = split(
        graph_elements(
            GRAPH_ANALYSIS.compute(found, *queries_of("scores")),
            found,
            theme(Mode.LIGHT),
            threshold=0,
        )
    )
    labels = [one["data"]["label"].split("\n") for one in drawn]
    assert {lines[0] for lines in labels} == {"ENGLISH", "SLOVENE", "SLOVENE-MT"}
    for one, lines in zip(drawn, labels, strict=True):
        widest = max(text_width(line, interactive.LABEL_SIZE) for line in lines)
        assert widest < one["data"]["size"] or "named-below" in one["classes"]
