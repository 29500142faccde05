"""The style sheet of the graph: its rules in the order in which they count."""

from __future__ import annotations

import pytest

from dashboard.figures.network.stylesheet import graph_stylesheet
from dashboard.figures.parts.theme import theme


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_rules_go_from_every_node_to_what_is_marked(mode):
    rules = graph_stylesheet(theme(mode, "screen"))
    selectors = [rule["selector"] for rule in rules]
    assert len({*selectors}) == len(selectors)
    order = ["node", "node.named-below, node.afar", "node.fold", "node.undefined", "edge"]
    order += ["edge.harm", "node.chosen, node:selected", "node.dimmed", "node.found"]
    assert [one for one in selectors if one in order] == order


def test_help_and_harm_are_told_by_colour_dashes_and_head():
    look = theme("light", "screen")
    of = {rule["selector"]: rule["style"] for rule in graph_stylesheet(look)}
    assert of["edge"]["line-color"] == of["edge"]["target-arrow-color"] == look.positive
    assert of["edge.harm"]["line-color"] == look.negative
    assert of["edge.harm"]["line-style"] == "dashed"
    assert of["edge"]["target-arrow-shape"] != of["edge.harm"]["target-arrow-shape"]
