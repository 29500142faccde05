"""Help beside the word it explains."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.study import ValueScale
from dashboard.text.glossary import entries
from dashboard.ui.html_attributes import aria, data


def help_button(key: str, word: str) -> Component:
    """The small ⓘ beside a word."""
    return html.Button(
        "i",
        type="button",
        className="help-button",
        **data(help=key),
        **aria(label=f"What is: {word}?"),
        title=f"What is: {word}?",
    )


def figure_title(name: str, help_key: str) -> Component:
    """What a figure is, with help beside it."""
    return html.Span([name, help_button(help_key, name)], className="figure-title")


def help_body(scale: ValueScale = ValueScale.NORMALIZED) -> list[Component]:
    """The whole glossary, for the help panel, as it is on the scale of the study's values."""
    return [
        html.Section(
            id=f"help-{entry.key}",
            className="help-entry",
            tabIndex="-1",
            children=[html.H3(entry.word), *[html.P(text) for text in entry.text]],
        )
        for entry in entries(scale)
    ]
