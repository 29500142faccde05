"""Maps of the items as figures: one scale, groups named once, names that try to be HTML."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.similarity.item_maps import ItemMap, ItemMaps
from dashboard.figures.parts.theme import theme
from dashboard.figures.similarity.item_maps import POINTS_SHOWN, figure_size, maps_figure
from tests.dashboard.figures.samples import EVIL

LIGHT = theme("light")
PLACES = np.random.default_rng(0).normal(size=(40, 2)) * [3000.0, 1000.0]


def maps_of(count: int = 2, *, items: int = 40, axes=("east", "north"), groups=("x", "y")):
    places = np.resize(PLACES, (items, 2))
    one = [
        ItemMap(EVIL, "run", 1, 10 * k, places + k, 0.9, (1, 2), (0.9, 0.8)) for k in range(count)
    ]
    return ItemMaps(
        layer=1,
        items=tuple(f"<b>{i}</b>" for i in range(items)),
        groups=tuple(groups[i % len(groups)] for i in range(items)) if groups else (),
        axes=axes,
        target=places if axes else None,
        maps=tuple(one),
    )


def test_the_places_come_first_and_groups_are_named_once():
    figure = maps_figure(maps_of(), LIGHT, over_training=False)
    assert [trace.name for trace in figure.data if trace.showlegend] == ["x", "y"]
    assert len(figure.data) == 3 * 2
    assert sum(len(trace.x) for trace in figure.data) == 3 * 40
    assert figure.layout.annotations[0].text.startswith("<b>as it is</b>")
    text = figure.to_json()
    assert "<script" not in text
    assert "<b>0</b>" not in text
    assert "R² 0.900" in text


def test_a_group_may_be_called_others():
    figure = maps_figure(maps_of(groups=("others", "y")), LIGHT, over_training=False)
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert sorted(named) == ["others", "y"]


def test_both_axes_have_one_scale():
    found = maps_of()
    figure = maps_figure(found, LIGHT, over_training=True)
    width, height = figure_size(found)
    inner = (
        width - figure.layout.margin.l - figure.layout.margin.r,
        height - figure.layout.margin.t - figure.layout.margin.b,
    )
    (left, right), (bottom, top) = figure.layout.xaxis.range, figure.layout.yaxis.range
    across = (figure.layout.xaxis.domain[1] - figure.layout.xaxis.domain[0]) * inner[0]
    up = (figure.layout.yaxis.domain[1] - figure.layout.yaxis.domain[0]) * inner[1]
    assert (right - left) / across == pytest.approx((top - bottom) / up, rel=0.02)
    assert "checkpoint 10" in figure.layout.annotations[2].text


def test_many_items_without_groups_are_thinned_and_components_are_named():
    figure = maps_figure(
        maps_of(1, items=5 * POINTS_SHOWN, axes=(), groups=()), LIGHT, over_training=False
    )
    (trace,) = figure.data
    assert len(trace.x) == POINTS_SHOWN
    assert not figure.layout.showlegend
    assert "90.0 % of variance" in figure.layout.annotations[0].text


def test_without_a_map_it_says_so():
    figure = maps_figure(maps_of(0), LIGHT, over_training=False)
    assert figure.layout.annotations[0].text == "no map"


def test_long_names_alike_are_cut_where_they_differ():
    twins = ("shared beginning of both, x", "shared beginning of both, y")
    found = maps_of(groups=twins)
    maps = tuple(replace(one, task=task) for one, task in zip(found.maps, twins, strict=True))
    figure = maps_figure(replace(found, maps=maps), LIGHT, over_training=False)
    assert len({trace.name for trace in figure.data if trace.showlegend}) == 2
    _, first, second = (annotation.text for annotation in figure.layout.annotations)
    assert first != second
