"""Matrices as wide as a column: cells give way, letters do not."""

from __future__ import annotations

import re
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from dashboard.export.fitted_cells import READABLE_PT, fit_cells, is_matrix, without_small_numbers
from dashboard.figures.parts.matrix_frame import ColumnLabels, text_width
from dashboard.figures.parts.theme import Mode, Style, theme
from dashboard.pages import PAGES


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


MM = 7 * 25.4 / 72 / 12
"""Of a pixel, where 12 of them are 7 points."""


@pytest.fixture(scope="module")
def figure_of(app_context):
    def of(name: str) -> go.Figure:
        context = app_context.view_context({"query": {}, "mode": "light"})
        (page,) = (page for page in PAGES if name in page.card_names)
        context = replace(context, theme=theme(Mode.LIGHT, Style.PAPER))
        content = page.card_contents(app_context, context)[name]
        figure = go.Figure(content.figure)
        figure.update_layout(width=content.size[0], height=content.size[1])
        return figure

    return of


def numbers(figure: go.Figure) -> go.Scatter:
    (found,) = (one for one in figure.data if one.name == "numbers")
    return found


def cell_of(figure: go.Figure) -> float:
    layout = figure.layout
    inner = layout.width - layout.margin.l - layout.margin.r
    return inner / (layout.xaxis.range[1] - layout.xaxis.range[0])


@pytest.mark.parametrize("card", ["transfer-actual", "predictors-sweep", "representations-matrix"])
@pytest.mark.parametrize("width", [430, 310])
def test_cells_make_a_matrix_as_wide_as_asked_and_numbers_fit_them(figure_of, card, width):
    figure = figure_of(card)
    assert is_matrix(figure)
    asked = figure.layout.xaxis.tickfont.size
    fit_cells(figure, width)
    layout = figure.layout
    assert layout.width <= width + 1
    assert layout.xaxis.tickfont.size == asked
    columns = len(figure.data[0].z[0])
    assert layout.coloraxis.colorbar.len == pytest.approx(
        min(max(columns * cell_of(figure), 160), 280), abs=3
    )
    inner = layout.height - layout.margin.t - layout.margin.b
    assert inner == pytest.approx(
        cell_of(figure) * (layout.yaxis.range[0] - layout.yaxis.range[1]), abs=2
    )
    first = numbers(figure)
    for text in first.text:
        line = re.sub("<[^>]*>|&#?\\w+;", "", text.split("<br>")[0])
        assert text_width(line, first.textfont.size) <= cell_of(figure) - 1


def test_numbers_that_nobody_could_read_are_left_out_with_the_width_that_shows_them(figure_of):
    def long_numbers(width: float) -> go.Figure:
        figure = figure_of("transfer-actual")
        numbers(figure).text = ["−0.00123"] * len(numbers(figure).text)
        fit_cells(figure, width)
        return figure

    figure = long_numbers(265)
    left_out = without_small_numbers(figure, MM, READABLE_PT)
    assert left_out is not None
    assert left_out.type_pt < READABLE_PT
    assert "numbers" not in [one.name for one in figure.data]
    assert without_small_numbers(long_numbers(left_out.width_mm / MM + 4), MM, READABLE_PT) is None
    assert without_small_numbers(long_numbers(265), MM, left_out.type_pt) is None


def test_names_of_columns_turn_where_cells_are_narrow(figure_of):
    figure = figure_of("transfer-actual")
    figure.layout.xaxis.ticktext = ["trianglearea"] * len(figure.layout.xaxis.ticktext)
    top = figure.layout.margin.t
    fit_cells(figure, 300)
    assert figure.layout.xaxis.tickangle == -90
    assert figure.layout.margin.t > top + 40


def test_notes_of_columns_are_on_the_line_of_names_that_turn_and_have_room(figure_of):
    figure = figure_of("predictors-sweep")
    layout = figure.layout
    names = ["last hidden layer"] * len(layout.xaxis.ticktext)
    flat = ColumnLabels(tuple(names), ("512 × 4413",) * len(names))
    layout.xaxis.ticktext = flat.written(turned=False)
    layout.xaxis.tickangle = 0
    layout.margin.t = 24 + flat.room(turned=False)
    fit_cells(figure, 300)
    assert layout.xaxis.tickangle == -90
    assert layout.xaxis.ticktext == tuple(flat.written(turned=True))
    assert layout.margin.t == 24 + flat.room(turned=True)


def test_a_matrix_of_many_rows_does_not_grow_down_the_page(figure_of):
    figure = figure_of("predictors-item-pairs")
    before = figure.layout.height
    fit_cells(figure, 430)
    assert figure.layout.height <= max(before, 1.25 * 430) + 2


def test_the_title_of_a_short_colour_bar_has_room(figure_of):
    figure = figure_of("transfer-actual")
    figure.layout.xaxis.range = (-0.5, 1.5)
    figure.data[0].z = [row[:2] for row in figure.data[0].z]
    bar = figure.layout.coloraxis.colorbar
    bar.title.text = "0 = no transfer, 1 = full, as the manifest says"
    fit_cells(figure, 430)
    layout = figure.layout
    title = 0.95 * text_width(bar.title.text, bar.title.font.size)
    end = layout.margin.l + (bar.len + title) / 2
    assert end <= layout.width
