"""What stands where there is no figure: problems of a study, empty states, error boxes."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from core.errors import AtlasError, Problem, listed
from core.io.problem_kinds import PLACES_SHOWN, problem_kinds
from dashboard.state.context import log_failure
from dashboard.state.study_library import StudyEntry
from dashboard.ui.bar.open_file import open_again

KINDS_SHOWN = 100


def problem_page(entry: StudyEntry, others: Sequence[StudyEntry]) -> Component:
    """Everything that is wrong with a study, as a table, and where to go instead."""
    errors = [problem for problem in entry.problems if problem.is_error]
    warnings = [problem for problem in entry.problems if not problem.is_error]
    count = "one problem" if len(errors) == 1 else f"{len(errors)} problems"
    usable = [other.title for other in others if other.study]
    which = usable[0] if len(usable) == 1 else f"{len(usable)} other studies"
    instead = f" At the top {which} can be chosen." if usable else ""
    they = "it is" if len(errors) == 1 else "they are"
    places = any(kind.count > PLACES_SHOWN for kind in problem_kinds(entry.problems))
    return html.Div(
        className="problem-page",
        children=[
            html.H1(f"“{entry.title}” cannot be read"),
            html.P(
                f"It has {count}. Nothing of it is shown until {they} solved, so that no picture"
                f" is half a picture; changed files are read again by themselves.{instead}"
            ),
            _problem_table(errors, "What to solve"),
            *([_problem_table(warnings, "Warnings: they leave cells empty")] if warnings else []),
            *([_every_place()] if places else []),
        ],
    )


def _every_place() -> Component:
    return html.P(
        ["Every place, one a line: ", html.Code("python -m core check FOLDER --all")],
        className="quiet",
    )


def first_reading() -> Component:
    """What stands on a page before its first answer, which may wait for the study to be read."""
    return html.P("Reading the study …", className="first-reading", role="status")


def being_read(entry: StudyEntry) -> Component:
    """A study that takes long to read; the page asks again by itself (study-versions.js)."""
    doing = "read"
    why = "The server has just started, and reads the files of this study for the first time."
    if entry.so_far is not None and entry.seconds:
        why += f" {entry.seconds:.0f} s so far: {entry.so_far}."
    if entry.verified is not None:
        doing = "verified"
        done, whole = (f"{size / 1e9:.2f}" for size in entry.verified)
        why = (
            "Every byte of its representations is read once, so that no changed file meets an"
            f" older value: {done} of {whole} GB so far."
        )
    return html.Div(
        className="problem-page",
        children=[
            html.H1(f"“{entry.title}” is being {doing}"),
            html.P(f"{why} It is shown here as soon as that is done."),
        ],
    )


def _problem_table(problems: Sequence[Problem], title: str) -> Component:
    """One row a kind of problem, causes first."""
    kinds = problem_kinds(problems)
    if len(kinds) > KINDS_SHOWN:
        title = f"{title} (the first {KINDS_SHOWN} of {len(kinds):,} kinds)"
    return html.Div(
        className="table-frame",
        children=html.Table(
            className="data-table problem-table",
            children=[
                html.Caption(title),
                html.Thead(
                    html.Tr([html.Th(h, scope="col") for h in ("File", "Where", "Found", "Do")])
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Td(html.Code(listed(kind.files, most=PLACES_SHOWN))),
                                html.Td(kind.places_in_file or "—"),
                                html.Td(kind.found),
                                html.Td(kind.todo),
                            ]
                        )
                        for kind in kinds[:KINDS_SHOWN]
                    ]
                ),
            ],
        ),
    )


def nothing_to_show(
    entry: StudyEntry, *, lacking: str, add: str, instead: Sequence[tuple[str, str]] = ()
) -> Component:
    """A study that can be read and has nothing of what a tab is about.

    lacking: what it has none of. add: sentences on what to add. instead: name and title of the
    tabs that show something.
    """
    ways: list[Component | str] = []
    for name, title in instead:
        address = f"?{urlencode({'study': entry.slug, 'tab': name})}"
        ways += [" and " if ways else "What it has is on ", html.A(title, href=address)]
    return html.Div(
        className="problem-page",
        children=[
            html.H1(f"“{entry.title}” has no {lacking}"),
            *([html.P([*ways, "."])] if ways else []),
            *(
                [html.P(add), open_again()]
                if entry.opened
                else [html.P(f"{add} The page notices changed files by itself.")]
            ),
        ],
    )


def box(text: str, *, tone: str = "plain", hint: str = "", again: bool = False) -> Component:
    """A sentence in place of a figure; tone is `plain`, `warning` or `error`.

    again: the hint is to open the file again, with a button that does.
    """
    children: list[Component] = [html.P(text)]
    if hint:
        children.append(html.P(hint, className="quiet"))
    if again:
        children.append(open_again())
    return html.Div(children, className=f"box box-{tone}", role="note")


def failure(reference: str) -> Component:
    """An error nobody foresaw: what the log knows it by."""
    return box(
        "This could not be shown: the program failed on it.",
        tone="error",
        hint=f"The details are in the server's log under {reference}. Another choice under Controls"
        " may work.",
    )


def why_not(what: str, error: Exception) -> Component:
    """What stands in place of something that failed: what is wrong, or what the log knows it by."""
    if isinstance(error, AtlasError):
        return box(str(error), tone="warning")
    return failure(log_failure(what, error))


def alarm(reference: str) -> Component:
    """The same for what is not a figure."""
    return html.Span(f"The program failed on that. The log has the details under {reference}.")


def notices(sentences: Sequence[str]) -> list[Component]:
    """What is shown in place of what was asked for, one line each."""
    return [html.P(sentence) for sentence in sentences]
