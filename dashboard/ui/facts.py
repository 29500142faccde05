"""The parts of a caption that are components: facts, and buttons that select."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core.study import Task
from dashboard.text import numbers
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria, data

if TYPE_CHECKING:
    from core.transfer.matrix import TransferMatrix


Fact = tuple[str, str, str, tuple[str, str]]
"""Name, value, what belongs to it, and (help key, word), empty where there is no help."""


def facts(*rows: Fact) -> Component:
    """Numbers above a figure."""
    return html.Dl(
        className="means facts",
        children=[
            html.Div(
                [
                    html.Dt([name, *([help_button(*about)] if about[0] else [])]),
                    html.Dd(value),
                    html.Dd(note, className="quiet"),
                ]
            )
            for name, value, note, about in rows
        ],
    )


def select_button(selection: list[str], text: str) -> Component:
    """A name that selects a task or a pair; plotly-marks.js listens to it."""
    return html.Button(
        text,
        type="button",
        className="select-button",
        **data(select=json.dumps(selection, ensure_ascii=False)),
    )


def label_beside(task: Task) -> list[Component]:
    """The short name of a task beside its name; nothing where it has no other."""
    if task.label == task.name:
        return []
    return [html.Span(task.label, className="option-hint")]


def place_button(place: list[str], text: str, *, label: str) -> Component:
    """A number that takes the scatter to its layer and checkpoint.

    layer-picker.js listens to it, and says which one is chosen.
    """
    return html.Button(
        text,
        type="button",
        className="select-button",
        **data(place=json.dumps(place)),
        **aria(label=f"{label}: {text}", pressed="false"),
    )


def means(matrix: TransferMatrix) -> Component:
    """Trained and transfer mean as numbers, each with how many cells it is over."""
    return html.Dl(
        className="means",
        children=[
            _mean("Trained", matrix.trained_mean, matrix.trained_cells),
            _mean("Transfer", matrix.transfer_mean, matrix.transfer_cells),
        ],
    )


def _mean(name: str, value: float, cells: int) -> Component:
    return html.Div(
        [
            html.Dt(name),
            html.Dd(numbers.number(value) if cells else numbers.NOTHING),
            html.Dd(f"over {numbers.counted(cells, 'cell')}", className="quiet"),
        ]
    )


def first_hint(text: str, help_key: str, about: str) -> Component:
    """What to look at first, in place, with more one click away."""
    start, _, last = text.rpartition(" ")
    # The button never has a line of its own.
    end = html.Span([last, help_button(help_key, about)], className="text-nowrap")
    return html.P([f"{start} ", end], className="hint")
