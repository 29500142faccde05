"""Pictures for a paper: as wide as asked, with letters of that size and the parts asked for."""

from __future__ import annotations

import re
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from core.errors import RequestError
from core.metrics import Metric
from core.study import Task
from dashboard.export.fitted_cells import LeftOut
from dashboard.export.pictures import (
    Look,
    Part,
    Picture,
    drawn,
    picture_of,
    settings,
    theme_of,
)
from dashboard.pages import PAGES
from dashboard.ui.card import CardContent
from dashboard.ui.group_key import GroupKey


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


ALL = frozenset(Part)


@pytest.fixture(scope="module")
def content(app_context):
    """A card of the example, built for a picture."""

    def of(name: str, picture: Picture) -> CardContent:
        context = app_context.view_context({"query": {}, "mode": "dark"})
        (page,) = (page for page in PAGES if name in page.card_names)
        return page.card_contents(app_context, replace(context, theme=theme_of(picture)))[name]

    return of


def names(figure: go.Figure) -> set[str]:
    layout = figure.layout
    return {one.name for one in (*figure.data, *layout.shapes, *layout.annotations)}


@pytest.mark.parametrize(("width", "size"), [(89.0, 7.0), (183.0, 9.0), (None, 8.0)])
def test_a_scatter_is_as_wide_as_asked_with_letters_of_that_size(content, width, size):
    picture = Picture(width_mm=width, type_pt=size)
    found = drawn(content("predictors-scatter", picture), picture)
    ticks = found.figure.layout.template.layout.xaxis.tickfont.size
    assert found.size == (found.figure.layout.width, found.figure.layout.height)
    assert found.width_mm / found.size[0] * ticks == pytest.approx(size * 25.4 / 72, rel=0.01)
    assert found.type_pt == pytest.approx(size, rel=0.01)
    if width is not None:
        assert found.width_mm == width


@pytest.mark.parametrize("card", ["predictors-scatter", "compare-scatter"])
def test_names_of_points_and_all_other_letters_are_as_large_as_those_of_the_axes(content, card):
    picture = Picture(width_mm=89.0, parts=ALL)
    figure = drawn(content(card, picture), picture).figure
    ticks = figure.layout.template.layout.xaxis.tickfont.size
    labels = [a for a in figure.layout.annotations if a.name == "label"]
    assert labels
    assert all(a.font.size >= ticks for a in figure.layout.annotations)
    assert not re.search(r"font-size:(\d|1[0-3])px", figure.to_json())
    assert figure.layout.legend.font.size in (None, ticks)


def test_a_matrix_keeps_its_shape_and_its_letters_are_never_larger_than_asked(content):
    wide = Picture(width_mm=183.0, type_pt=8.0)
    found = drawn(content("transfer-actual", wide), wide)
    assert found.type_pt == pytest.approx(8.0)
    assert found.width_mm < 183
    narrow = Picture(width_mm=40.0, type_pt=8.0)
    found = drawn(content("transfer-actual", narrow), narrow)
    assert found.width_mm == 40
    assert found.type_pt < 8


def test_the_page_is_told_what_the_width_left_no_room_for(content):
    asked = Picture(width_mm=89.0)
    assert settings(drawn(content("transfer-actual", asked), asked))["left_out"] is None
    assert settings(drawn(content("network-drawing", asked), asked))["needs_mm"] > 89
    small_multiples = drawn(content("teachers-scatters", asked), asked)
    assert (round(small_multiples.width_mm), round(small_multiples.type_pt, 1)) == (89, 7.0)
    matrix = drawn(content("transfer-actual", asked), asked)
    said = settings(replace(matrix, left_out=LeftOut(type_pt=3.44, width_mm=120.2)))
    assert (said["type_pt"], said["needs_mm"]) == (7.0, None)
    assert said["left_out"] == {"type_pt": 3.4, "width_mm": 121}


def test_the_scatter_of_the_research_log(content):
    picture = Picture(look=Look.LOG, parts=frozenset({Part.EQUATION, Part.LABELS}), width_mm=89)
    figure = drawn(content("predictors-scatter", picture), picture).figure
    axes = figure.layout.template.layout
    assert {axes.xaxis.tickfont.size, axes.yaxis.tickfont.size} == {24}
    assert axes.xaxis.linewidth == axes.yaxis.linewidth == 2.5
    assert {a.font.size for a in figure.layout.annotations if a.name == "label"} == {18}
    assert figure.layout.title.text.startswith("transfer = ")
    assert figure.layout.title.subtitle.text is None
    assert "band" not in names(figure)
    (fit,) = (one for one in figure.layout.shapes if one.name == "fit")
    assert (fit.line.dash, fit.line.width) == ("dot", 2.5)
    assert not figure.layout.showlegend


def test_parts_go_one_by_one(content):
    bare = Picture(parts=frozenset())
    scatter = drawn(content("predictors-scatter", bare), bare)
    assert set(scatter.parts) == {Part.TITLE, Part.EQUATION, Part.BAND, Part.LABELS}
    assert not names(scatter.figure) & {"band", "label", "title"}
    assert not scatter.figure.layout.title.text
    assert settings(scatter)["line"]

    full = Picture(parts=ALL)
    with_means = drawn(content("transfer-actual", full), full)
    without = drawn(content("transfer-actual", bare), bare)
    assert {"row means", "column means", "title"} <= names(with_means.figure)
    assert not names(without.figure) & {"row means", "column means"}
    assert without.figure.layout.coloraxis.showscale is False
    assert without.size[0] < with_means.size[0]
    assert without.size[1] < with_means.size[1]
    values, numbers = (
        next(one for one in without.figure.data if one.name == name)
        for name in ("values", "numbers")
    )
    assert len(numbers.text) == len(numbers.textfont.color) == values.z.size
    assert "<i>mean</i>" not in without.figure.layout.xaxis.ticktext


def test_a_long_title_has_lines_and_room(content):
    picture = Picture(width_mm=89, type_pt=9, parts=ALL)
    found = drawn(content("balance-bars", picture), picture)
    (title,) = (a for a in found.figure.layout.annotations if a.name == "title")
    assert title.text.count("<br>") >= 1
    assert found.figure.layout.margin.t > 20 * title.text.count("<br>")


def test_what_is_asked_is_read_within_bounds():
    assert picture_of({}) is None
    asked = {"picture": "light", "width": "183", "type": "8", "parts": "band.labels"}
    assert picture_of(asked) == Picture(
        width_mm=183.0, type_pt=8.0, look=Look.LIGHT, parts=frozenset({Part.BAND, Part.LABELS})
    )
    assert picture_of({"picture": "log", "width": "free"}).width_mm is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"picture": "x" * 90}, "a picture knows light, paper, log, not 'xxxxxxxxxxxxxxxxxxxx'"),
        ({"picture": "paper", "parts": "band.<b>"}, "not '<b>'"),
        ({"picture": "paper", "width": "5"}, "the width of a picture is a number from 20 to 500"),
        ({"picture": "paper", "width": "nan"}, "the width of a picture"),
        (
            {"picture": "paper", "type": "1e9"},
            "the type size of a picture is a number from 4 to 24",
        ),
        ({"picture": "paper", "type": "inf"}, "the type size"),
    ],
)
def test_what_no_picture_can_be_is_said(asked, words):
    with pytest.raises(RequestError, match=words):
        picture_of(asked)


def test_too_large_letters_are_refused_with_those_that_fit(content):
    picture = Picture(width_mm=40, type_pt=12)
    with pytest.raises(RequestError, match=r"40 mm are too narrow .* at most 5.2 pt fit"):
        drawn(content("predictors-scatter", picture), picture)


def test_a_picture_says_which_colour_is_which_group_unless_without_a_legend(content):
    tasks = [
        Task("a", "A", Metric.ERROR, group="one"),
        Task("b", "B", Metric.ERROR, group="two"),
    ]
    plain = content("balance-scatter", Picture())
    keyed = replace(plain, key=GroupKey(tasks))
    figure = drawn(keyed, Picture()).figure
    assert [one.name for one in figure.data if one.legend == "legend2"] == ["one", "two"]
    assert figure.layout.showlegend
    assert figure.layout.legend2.font.size >= 14
    assert figure.layout.height > drawn(plain, Picture()).figure.layout.height
    without = drawn(keyed, Picture(parts=ALL - {Part.LEGEND})).figure
    assert not without.layout.showlegend
