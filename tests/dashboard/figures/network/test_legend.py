"""The page and the picture of the graph explain it in the same words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from dash import html

from dashboard.figures.network.folds import Folds
from dashboard.figures.network.interactive import GraphLook
from dashboard.figures.network.legend import legend_items
from dashboard.figures.network.static import graph_drawing
from dashboard.figures.parts.theme import Mode, theme
from dashboard.pages.network.graph_card import legend
from tests.dashboard.figures.samples import graph_of, random_study

STUDY = random_study(6, low=-0.4)


@pytest.mark.parametrize("net", [False, True])
def test_the_picture_has_every_line_of_the_page(net):
    lines = [item.text for item in legend_items(STUDY, raw=False, net=net)]
    page = json.dumps(html.Ul(legend(STUDY, net=net)).to_plotly_json(), default=vars)
    graph = replace(graph_of(STUDY), net=net)
    picture = graph_drawing(graph, STUDY, theme(Mode.LIGHT), threshold=0.5)
    drawn = picture.layout.annotations[-1].text
    assert all(line in page for line in lines)
    assert all(line in drawn for line in lines)
    # Tasks on the first line, arrows on the second.
    first, second = drawn.split("<br>")
    assert "net taker" in first
    assert lines[-1] in second


def test_arrows_of_groups_are_wider_where_they_stand_for_more():
    folds = Folds({name: "first" if name in "abc" else "last" for name in "abcdef"})
    page = [item.text for item in legend_items(STUDY, raw=False, net=False, folds=True)]
    look = GraphLook(folds=folds)
    picture = graph_drawing(graph_of(STUDY), STUDY, theme(Mode.LIGHT), look, threshold=0.0)
    *_, groups = picture.layout.annotations[-1].text.split("<br>")
    assert page[-1] in groups
    assert "click" in page[0]
    assert "click" not in picture.layout.annotations[-1].text
