"""First steps for a newcomer, each beside what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id, group_of

SHOWN = "#workspace .page:not([hidden])"
"""The tab that is seen."""


@dataclass(frozen=True)
class Step:
    """A heading, a sentence or two, and selectors of what it speaks of, the best one first.

    help.js takes the first that can be seen, and leaves a step out where there is none.
    """

    heading: str
    text: str
    beside: tuple[str, ...]


STEPS: tuple[Step, ...] = (
    Step(
        "A cell",
        "Each row of a matrix is what a model was trained on, each column what it was tested on."
        " The cell says how well that went; an outline means that the row was trained on it.",
        (f"{SHOWN} .figure-frame:not([hidden]):has(.heatmaplayer)",),
    ),
    Step(
        "Point and click",
        "Point at anything in a figure for its numbers; click or tap it, and the panel tells all"
        " that is known of it, down to the file. Escape lets go.",
        (f"{SHOWN} .figure-frame:not([hidden])", f"{SHOWN} .finding"),
    ),
    Step(
        "Choose a method",
        "How the models were trained. All figures, and the address, follow what is chosen here.",
        (f"#{group_of(Id.METHOD)}", ".sheet-buttons button", "#rail-fold"),
    ),
    Step(
        "How sure?",
        "The sentence above a figure says what was found and how certain it is: intervals over"
        " seeds, and quiet numbers where a sign is in doubt. Details stand behind the line below.",
        (f"{SHOWN} .finding:not(:empty)",),
    ),
)


def first_steps() -> Component:
    """The steps, all hidden; help.js shows one at a time, to who has not seen them."""
    buttons = [("skip", "Skip"), ("next", "Next")]
    return html.Div(
        [
            *[
                html.Div(
                    [
                        # help.js says which one it is of those whose subject can be seen.
                        html.H2([step.heading, html.Span(className="quiet")]),
                        html.P(step.text),
                    ],
                    hidden=True,
                    **data(beside="; ".join(step.beside)),
                )
                for step in STEPS
            ],
            html.Div(
                [
                    html.Button(text, type="button", className="tool", **data(steps=does))
                    for does, text in buttons
                ],
                className="first-steps-buttons",
            ),
        ],
        id=Id.FIRST_STEPS,
        className="beside",
        hidden=True,
        role="dialog",
        **aria(label="First steps"),
    )
