"""Overview: the study in a minute, and where a reader comes in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core.analyses.columns import frame_of
from core.analyses.data_quality import (
    MOST_NOTES,
    DataQuality,
    FailedRun,
    IssueCount,
    IssueGroup,
)
from core.analyses.integrity import IntegrityFinding
from core.analyses.overview import Overview, summary_columns
from core.analyses.registry import CONDITION, OVERVIEW
from core.analyses.standouts import NotableCell, Standouts, standout_columns
from core.errors import Problem
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures import overview
from dashboard.figures.parts.cell_hover import source_key
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings.overview import (
    incomplete_cells,
    methods_finding,
    pairs_finding,
    size_of,
    standout_brief,
    standout_text,
    surprises_finding,
)
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import data
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    import pandas as pd

NAME = "overview"
STUDY = part(NAME, "study")
METHODS, CONDITION_CARD = part(NAME, "methods"), part(NAME, "condition")
LISTS = tuple(part(NAME, name) for name in ("gifts", "harms", "surprises"))
FIGURE_INPUT = FigureInput(NAME, (*EVERYWHERE, "include"))
CELLS_LINKED = 4
TWO_LINES = 80
"""Characters of a sentence above one of three lists side by side."""
AT_FIRST_SIGHT = 1
"""How many of a list stand on the page; the others are one click away."""
WHOLE_INPUT = FigureInput(part(NAME, "whole"), ("study",))


def layout() -> Component:
    """What the study is, what stands out in it, all methods, and the state of the data."""
    return html.Div(
        [
            fetched.place(STUDY, className="study-head"),
            html.Div(
                className="cards cards-overview",
                children=[
                    html.Div(
                        className="cards-three",
                        children=[card.card(name, loads="what stands out") for name in LISTS],
                    ),
                    card.card(METHODS, wide=True, loads="all methods"),
                    card.card(CONDITION_CARD, wide=True, loads="the state of the data"),
                ],
            ),
        ]
    )


def _data_quality(atlas: AppContext, scene: ViewContext) -> DataQuality:
    return atlas.fetch(CONDITION, scene.study)


def study_head(atlas: AppContext, scene: ViewContext) -> Component:
    """Title, description, and how large the study is."""
    study, census = scene.study, _data_quality(atlas, scene).census
    made = [f"{census.tuned:,} fine-tuned", f"{census.bases:,} base"]
    if study.has_given_scores:
        made = [f"{numbers.counted(census.given, 'row')} of given scores"]
    if census.failed:
        made.append(f"{census.failed:,} failed")
    out = f"{census.excluded:,} excluded" if census.excluded else ""
    return html.Div(
        [
            html.H2(study.title, className="study-name"),
            *(
                [html.P(study.description, className="study-description")]
                if study.description
                else []
            ),
            facts.facts(
                ("Runs", f"{census.runs:,}", ", ".join(made), ("", "")),
                ("Seeds", f"{len(census.seeds):,}", _listed(census.seeds), ("seeds", "seeds")),
                ("Tasks", f"{census.tasks:,}", out, ("", "")),
                ("Methods", f"{census.methods:,}", "", ("", "")),
                ("Evaluations", f"{census.evaluations:,}", "", ("", "")),
            ),
        ]
    )


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(str(seed) for seed in seeds[:6]) + (", …" if len(seeds) > 6 else "")


# -- methods and what stands out ------------------------------------------------------------


def contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """Methods, gifts, harms, surprises."""
    found = atlas.fetch(OVERVIEW, scene.study, scene.view.transfer_query)
    return (
        _methods(found, scene),
        _pairs(found, scene, harm=False),
        _pairs(found, scene, harm=True),
        _surprises(found, scene),
    )


def _methods(found: Overview, scene: ViewContext) -> CardContent:
    study = scene.study
    gone = [
        f"without {captions.method_label(study, left.method)}: {left.reason}"
        for left in found.left_out
    ]
    exposed = [captions.method_label(study, s.method) for s in found.methods if s.exposed]
    lacking = incomplete_cells(found)
    return CardContent(
        finding=methods_finding(found, study),
        above=html.Div(
            help_button("methods", "all methods in one picture"), className="figure-title"
        ),
        figure=overview.methods_figure(found, study, scene.theme),
        caption=captions.join(
            "" if study.has_given_scores else "0 = base, 1 = its standard performance",
            "bars: 95 % intervals over seeds, tasks held fixed; small marks: one seed each"
            if any(len(s.seeds) > 1 for s in found.methods)
            else "one seed, so no interval over seeds",
            *(
                f"{captions.method_label(study, one.method)}: {text}"
                for one in found.methods
                if (text := captions.one_base_text(one.seeds_of_one_base))
            ),
            _seeds_of(found),
            captions.scale_text(study, found.scale),
            captions.evaluated_at(study, found.checkpoint),
            f"{', '.join(exposed)} saw a few samples of the other targets" if exposed else "",
            f"{numbers.counted(lacking, 'cell')} without all seeds" if lacking else "",
            *gone,
            captions.tasks_kept(study, scene.view.exclude),
            captions.digest_text(study),
        ),
        table_of=partial(methods_table, found, study),
        every_task=True,
    )


def _seeds_of(found: Overview) -> str:
    """`4 seeds (42, 43, 44, 45)` where all methods have the same, else that they differ."""
    sets = {method.seeds for method in found.methods}
    if len(sets) == 1:
        return names.seeds_text(sets.pop())
    return "methods have different seeds" if sets else ""


def _left_out(scene: ViewContext) -> str:
    """Tasks that cannot stand out; their reasons stand beside them on the left."""
    shown = scene.view.shown_tasks(scene.study)
    gone = [t.name for t in scene.study.tasks if t.name not in shown]
    return f"without {', '.join(gone)}" if gone else ""


def methods_table(found: Overview, study: Study) -> pd.DataFrame:
    """One row for each method, role and seed, and one for their mean."""
    rows = [
        replace(row, method=captions.method_label(study, row.method)) for row in found.summary_rows
    ]
    return frame_of(summary_columns(measure_of(study)), rows)


def _pairs(found: Overview, scene: ViewContext, *, harm: bool) -> CardContent:
    study = scene.study
    told = found.losses if harm else found.gains
    if study.is_raw:
        if harm:
            return CardContent(hidden=True)
        return CardContent(
            message=messages.box(
                pairs_finding(found, study, harm=False),
                hint="Who teaches best is told on Balance, by giver effects.",
            )
        )
    if not found.picked_from:
        if harm:
            return CardContent(hidden=True)
        return CardContent(
            message=messages.box(
                pairs_finding(found, study, harm=False),
                hint="Tick more tasks on the left; what of the data is missing stands below."
                if found.single_source_methods
                else "Add runs fine-tuned on a single task to see what each task gives.",
            )
        )
    scale = "given scores" if study.has_given_scores else "strict scale"
    return CardContent(
        finding=pairs_finding(found, study, harm=harm),
        headline=TWO_LINES,
        above=_standouts(told, study, "Harms" if harm else "Gifts"),
        caption=captions.join(
            f"{scale}",
            "a pair several methods have stands once, with the one in which it is"
            f" {'worst' if harm else 'largest'}"
            if len(found.single_source_methods) > 1
            else "",
            _how_picked(told),
            _left_out(scene),
        ),
        table_of=partial(_standouts_table, told.cells, study),
    )


def _surprises(found: Overview, scene: ViewContext) -> CardContent:
    study = scene.study
    if not found.predicted_methods:
        return CardContent(
            message=messages.box(
                "No method of this study is predicted by another, so there are no surprises.",
                hint="Name a single-source method as `predicted_from` of a method in study.toml:"
                " its best source then predicts what training on several tasks reaches.",
            )
        )
    return CardContent(
        finding=surprises_finding(found, study),
        headline=TWO_LINES,
        above=_standouts(found.largest_residuals, study, "Surprises"),
        caption=captions.join(
            "actual − predicted by the best single source of this seed"
            if found.largest_residuals.order_only
            else "actual − cross-fitted prediction",
            _how_picked(found.largest_residuals),
            f"of {numbers.counted(found.predicted_cells, 'cell')}"
            f" of {_and(captions.method_label(study, m) for m in found.predicted_methods)}",
            captions.scale_text(study, found.scale),
            captions.evaluated_at(study, found.checkpoint),
            _left_out(scene),
        ),
        table_of=partial(_standouts_table, found.largest_residuals.cells, study),
    )


def _and(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _how_picked(told: Standouts) -> str:
    """By what the cells of a list were picked."""
    if told.order_only:
        return "in order of what was measured, luck and all" if told.cells else ""
    return "numbers are what is left when luck is taken off; signs wrong with at most 5 %"


def _standouts(told: Standouts, study: Study, title: str) -> Component | None:
    if not told.cells:
        return None
    heading = f"{title}, in order" if told.order_only else title
    items = [_item(standout, study) for standout in told.cells]
    first, others = items[:AT_FIRST_SIGHT], items[AT_FIRST_SIGHT:]
    more = html.Details(
        [
            html.Summary(f"{len(others):,} more", className="details-word"),
            html.Ol(others, className="standouts"),
        ]
    )
    return html.Div(
        [
            html.Div([heading, help_button("standouts", title.lower())], className="figure-title"),
            html.Ol(first, className="standouts"),
            *([more] if others else []),
        ]
    )


def _item(standout: NotableCell, study: Study) -> Component:
    """A button that selects the pair, its value, and what stands behind it."""
    size = size_of(standout)
    more_is_better = standout.target not in study.lower_targets
    sign = "better" if (size > 0) is more_is_better else "worse"
    notes = [standout_text(standout, study)]
    if standout.trained:
        notes.append("trained")
    if math.isfinite(standout.against_best) and math.isfinite(standout.shrunken):
        notes.append(f"{numbers.signed(standout.against_best)} from each seed's best source")
    return html.Li(
        [
            html.Span(numbers.signed_decimals(size), className=f"standout-value {sign}"),
            html.Div(
                [
                    facts.select_button(
                        [source_key(standout.sources), standout.target],
                        names.in_words(standout.sources, standout.target),
                    ),
                    html.Span(
                        standout_brief(standout, study),
                        className="quiet",
                        title=", ".join(notes),
                    ),
                ]
            ),
        ],
        # overview.js: the pair is shown with the method it stands out in.
        **data(method=standout.method),
    )


def _standouts_table(shown: Sequence[NotableCell], study: Study) -> pd.DataFrame:
    labelled = [replace(cell, method=captions.method_label(study, cell.method)) for cell in shown]
    return frame_of(standout_columns(shown, measure_of(study)), labelled)


# -- the state of the data ---------------------------------------------------------------------


def condition_contents(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """The one card of the state of the data."""
    return [condition_content(_data_quality(atlas, scene), scene.study)]


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
            fetched.folded(_listing_id(key), listed[0])
            for key, listing in _LISTINGS.items()
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


def condition_finding(found: DataQuality) -> str:
    """Whether the data are whole, in a sentence."""
    values = f"{found.values:,} values"
    faults = [
        (found.missing.count, "are missing", "is missing"),
        (found.undefined.count, "are undefined on the strict scale", ""),
        (found.clipped.count, "are cut by the published scale", ""),
    ]
    said = [
        f"{count:,} {(one or many.replace('are', 'is', 1)) if count == 1 else many}"
        for count, many, one in faults
        if count
    ]
    if found.failed:
        said.append(f"{numbers.counted(len(found.failed), 'run')} failed")
    if not said and not found.warnings:
        return f"The data are whole: none of {values} is missing, undefined or cut, no run failed."
    if not said:
        warned = numbers.counted(len(found.warnings), "warning")
        return f"None of {values} is missing, undefined or cut; the files gave {warned}."
    return f"Of {values} {_and(said)}."


_Listing = tuple[str, tuple[str, ...], Iterator[Sequence[Component | str]]]
"""Title, heads and rows of what is listed under a line that opens it."""


def _listing_id(key: str) -> str:
    return part(NAME, key)


def _issues(what: str, tally: IssueCount, study: Study) -> _Listing | None:
    if not tally.count:
        return None
    more = f" (the first {MOST_NOTES} reasons)" if tally.reasons > MOST_NOTES else ""
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
    if not problems:
        return None
    return (
        f"{len(problems):,} {what}",
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
        f"{numbers.counted(len(doubts), 'thing')} to look at first",
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


_LISTINGS: dict[str, Callable[[DataQuality, Study], _Listing | None]] = {
    "doubtful": lambda found, study: _doubts(found.doubts, study),
    "missing": lambda found, study: _issues("missing", found.missing, study),
    "failed": lambda found, study: _failed(found.failed, study),
    "clipped": lambda found, study: _issues("clipped", found.clipped, study),
    "undefined": lambda found, study: _issues("undefined", found.undefined, study),
    "conflicting": lambda found, _: _problems("conflicting", found.conflicting),
    "warnings": lambda found, _: _problems("warnings of the files", found.warnings),
}


def _reasons(
    listing: Callable[[DataQuality, Study], _Listing | None], atlas: AppContext, scene: ViewContext
) -> Component | None:
    """The table under a line that opens it; None where there is nothing to list."""
    listed = listing(_data_quality(atlas, scene), scene.study)
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


PAGE = Page(
    name=NAME,
    title="Overview",
    layout=layout,
    cards=(
        CardGroup((METHODS, *LISTS), contents, FIGURE_INPUT),
        CardGroup((CONDITION_CARD,), condition_contents, WHOLE_INPUT),
    ),
    fetched=(
        FetchedHtml(STUDY, WHOLE_INPUT.keys, study_head),
        *(
            FetchedHtml(_listing_id(key), WHOLE_INPUT.keys, partial(_reasons, listing))
            for key, listing in _LISTINGS.items()
        ),
    ),
    kept_in="in the means of methods and the state of the data",
    groups=(Id.SEEDS, Id.SCALE, Id.CHECKPOINT, Id.TASKS, Id.STYLE),
)
