"""The state of the data: how much can be used, and each reason with its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.errors import Problem
from core.study import Study
from dashboard.figures.parts.cell_hover import source_key
from dashboard.pages.overview.ids import listing_id
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings.data_quality import condition_finding
from dashboard.ui import facts, fetched
from dashboard.ui.card import CardContent

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.data_quality import DataQuality, FailedRun, IssueCount, IssueGroup
    from core.analyses.integrity.finding import IntegrityFinding

CELLS_LINKED = 4


def data_quality_of(app_context: AppContext, context: ViewContext) -> DataQuality:
    """The state of the data of the study shown."""
    return app_context.fetch(analyses.DATA_QUALITY, context.study)


def condition_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """The one card of the state of the data."""
    return [condition_content(data_quality_of(app_context, context), context.study)]


def condition_content(found: DataQuality, study: Study) -> CardContent:
    """How much of the data can be used, and, unfolded, each reason with its file."""
    return CardContent(
        finding=condition_finding(found),
        more=[
            facts.facts(
                ("Missing", f"{found.missing.count:,}", f"of {found.values:,} values", ("", "")),
                ("Failed", f"{len(found.failed):,}", "runs", ("", "")),
                *(
                    ()
                    if study.has_given_scores
                    else (
                        ("Clipped", f"{found.clipped.count:,}", "published scale", SCALE_HELP),
                        ("Undefined", f"{found.undefined.count:,}", "strict scale", SCALE_HELP),
                    )
                ),
                ("Conflicting", f"{len(found.conflicting):,}", "files", ("conflict", "conflicts")),
                ("Warnings", f"{len(found.warnings):,}", "from the files", ("", "")),
                ("Look at", f"{len(found.doubts):,}", "what looks doubtful", ("doubts", "doubts")),
            ),
        ],
        details=[
            fetched.folded(listing_id(key), listed[0])
            for key, listing in LISTINGS.items()
            if (listed := listing(found, study)) is not None
        ],
        caption=captions.join(
            "everything",
            "" if study.has_given_scores else "last checkpoint",
            captions.digest_text(study),
            "one value per row and target"
            if study.has_given_scores
            else "one value per run and target",
        ),
        table_of=partial(condition_table, found, study),
        every_task=True,
    )


SCALE_HELP = ("scale", "the two scales")


_Listing = tuple[str, tuple[str, ...], Iterator[Sequence[Component | str]]]
"""Title, heads and rows of what is listed under a line that opens it."""


def _issues(what: str, tally: IssueCount, study: Study) -> _Listing | None:
    from core.analyses.data_quality import MOST_NOTES

    if not tally.count:
        return None
    more = f" (first {MOST_NOTES} reasons)" if tally.reasons > MOST_NOTES else ""
    heads = ("Values", "Reason", "File", "Method", "Trained on → target", "Seed")
    return (
        f"{numbers.counted(tally.count, 'value')} {what}{more}",
        heads,
        (_note_row(note, study) for note in tally.notes),
    )


def _note_row(note: IssueGroup, study: Study) -> list[Component | str]:
    pair = names.in_words(note.sources, note.target)
    first = "" if note.count == 1 else "first: "
    return [
        f"{note.count:,}",
        note.reason,
        html.Code(note.file) if note.file else "—",
        captions.method_label(study, note.method),
        html.Span(
            [first, facts.select_button([source_key(note.sources), note.target], pair)],
        ),
        str(note.seed),
    ]


def _failed(failed: Sequence[FailedRun], study: Study) -> _Listing | None:
    from core.analyses.data_quality import MOST_NOTES

    if not failed:
        return None
    return (
        f"{numbers.counted(len(failed), 'run')} failed",
        ("Run", "File", "Method", "Trained on", "Seed"),
        (
            [
                html.Code(run.run),
                html.Code(run.file),
                _method(study, run.method),
                names.sources_in_words(run.trained),
                str(run.seed),
            ]
            for run in failed[:MOST_NOTES]
        ),
    )


def _method(study: Study, name: str) -> str:
    return next((m.label for m in study.methods if m.name == name), name)


def _problems(what: str, problems: Sequence[Problem]) -> _Listing | None:
    from core.analyses.data_quality import MOST_NOTES

    if not problems:
        return None
    return (
        f"{numbers.counted(len(problems), 'warning')} of the files"
        if what == "warning"
        else f"{len(problems):,} {what}",
        ("File", "Where", "Found", "Do"),
        (
            [html.Code(problem.file), problem.at or "—", problem.found, problem.todo]
            for problem in problems[:MOST_NOTES]
        ),
    )


def _doubts(doubts: Sequence[IntegrityFinding], study: Study) -> _Listing | None:
    if not doubts:
        return None
    return (
        f"{numbers.counted(len(doubts), 'thing')} to check first",
        ("About", "What looks doubtful", "Cells"),
        ([doubt.kind.value, doubt.text, _doubtful_cells(doubt, study)] for doubt in doubts),
    )


def _doubtful_cells(doubt: IntegrityFinding, study: Study) -> Component:
    """The first cells of a doubt; a fine-tuned run's select what it was trained on."""
    children: list[Component | str] = []
    for cell in doubt.cells[:CELLS_LINKED]:
        at = study.run_index.get(cell.run)
        run = None if at is None else study.runs[at]
        words = names.in_words(cell.run, cell.task) if cell.run and cell.task else cell.run
        selected = [source_key(run.trained)] if run is not None and not run.is_base else []
        if cell.task and (selected or not cell.run):
            selected.append(cell.task)
        text = words or cell.task
        children += [facts.select_button(selected, text) if selected else html.Code(text), " "]
    rest = len(doubt.cells) - CELLS_LINKED
    return html.Span([*children, f"and {rest:,} more" if rest > 0 else ""])


LISTINGS: dict[str, Callable[[DataQuality, Study], _Listing | None]] = {
    "doubtful": lambda found, study: _doubts(found.doubts, study),
    "missing": lambda found, study: _issues("missing", found.missing, study),
    "failed": lambda found, study: _failed(found.failed, study),
    "clipped": lambda found, study: _issues("clipped", found.clipped, study),
    "undefined": lambda found, study: _issues("undefined", found.undefined, study),
    "conflicting": lambda found, _: _problems("conflicting", found.conflicting),
    "warnings": lambda found, _: _problems("warning", found.warnings),
}


def listed_reasons(
    listing: Callable[[DataQuality, Study], _Listing | None],
    app_context: AppContext,
    context: ViewContext,
) -> Component | None:
    """The table under a line that opens it; None where there is nothing to list."""
    listed = listing(data_quality_of(app_context, context), context.study)
    if listed is None:
        return None
    title, heads, rows = listed
    return fetched.framed(
        html.Table(
            className="data-table problem-table",
            children=[
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
            ],
        ),
        label=title,
        held=False,
    )


def condition_table(found: DataQuality, study: Study) -> pd.DataFrame:
    """Every reason as a row: what, how many values, why, where."""
    import pandas as pd

    rows = [
        {
            "state": state,
            "values": note.count,
            "reason": note.reason,
            "file": note.file,
            "method": captions.method_label(study, note.method),
            "trained on": " + ".join(note.sources),
            "target": note.target,
            "seed": str(note.seed),
        }
        for state, tally in (
            ("missing", found.missing),
            ("clipped", found.clipped),
            ("undefined", found.undefined),
        )
        for note in tally.notes
    ]
    rows += [
        {
            "state": "failed",
            "reason": f"run {run.run} failed",
            "file": run.file,
            "method": _method(study, run.method),
            "trained on": " + ".join(run.trained),
            "seed": str(run.seed),
        }
        for run in found.failed
    ]
    rows += [
        {
            "state": "conflicting" if problem in found.conflicting else "warning",
            "reason": f"{problem.found}; {problem.todo}",
            "file": f"{problem.file}, {problem.at}" if problem.at else problem.file,
        }
        for problem in found.warnings
    ]
    rows += [
        {"state": f"look at: {doubt.kind.value}", "reason": doubt.text} for doubt in found.doubts
    ]
    columns = ("state", "values", "reason", "file", "method", "trained on", "target", "seed")
    return pd.DataFrame(rows, columns=list(columns))
