"""Compare, with a method of another study: what stands beside what, in words and means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.analyses.query import TransferQuery
from core.errors import RequestError
from core.study import Study
from core.transfer.cell_means import difference_interval
from core.transfer.matrix import MatrixKind
from core.transfer.table import measure_of
from dashboard.figures import comparison as figures
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields import quote
from dashboard.state.study_library import names_apart
from dashboard.text import captions, names, numbers
from dashboard.text.findings.transfer import how_judged
from dashboard.ui import facts
from dashboard.ui.card import CardContent, two_lines
from dashboard.ui.matrix_order import hidden_text

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.two_studies import TwoStudies
    from core.transfer.cell_means import CellMean

MEANS_WIDTH = 720
"""Pixels that a sentence over the means takes."""
NAMED = 6
"""So many training sets or targets are named; the others are counted."""
PARTS = (("Transfer", "transfer"), ("Trained", "trained"))


@dataclass(frozen=True)
class Beside:
    """The method shown and the one of the other study.

    labels: method and study, of each. called: the studies, told from all others that are open.
    own_steps: of each whose runs end at different steps, where they end.
    """

    found: TwoStudies
    study: Study
    other: Study
    labels: tuple[str, str]
    called: tuple[str, str]
    own_steps: tuple[str, ...]

    @property
    def means(self) -> tuple[tuple[str, CellMean, CellMean], ...]:
        """Transfer and trained: what it is called, the first study's mean and the second's."""
        return tuple(
            (title, getattr(self.found.first, part), getattr(self.found.second, part))
            for title, part in PARTS
        )


def beside(app_context: AppContext, context: ViewContext) -> Beside:
    """What is asked for. Raises RequestError where there is no such study or method, or no scale.

    The second is taken with all its seeds at its last checkpoint.
    """
    from core.analyses.two_studies import check_scales, compare_studies

    slug, _, method = (context.view.beside or "").partition("/")
    entry = app_context.library.find(slug)
    if entry is None or entry.study is None:
        raise RequestError(
            f"no study {quote(slug)} can be read here: choose another under Method of another study"
        )
    study, other = context.study, entry.study
    if other.digest == study.digest:
        raise RequestError(
            "this is the study that is open: choose its methods under Against another method"
        )
    if method not in [one.name for one in other.tested_methods]:
        raise RequestError(f"{entry.title} has no method {quote(method)} with runs")
    check_scales(study, other)
    first = replace(context.view.transfer_query, kind=MatrixKind.ACTUAL, other=None)
    second = TransferQuery(method, scale=context.view.scale)
    entries = app_context.library.entries(wait_s=0)
    apart = names_apart(entries)
    own = next((e.slug for e in entries if e.is_of(study.digest)), "")
    called = apart.get(own, study.title), apart.get(slug, other.title)
    sides = (study, first.method, called[0]), (other, method, called[1])
    labels = tuple(captions.method_of_study(*side) for side in sides)
    found = compare_studies(
        (study, other),
        (
            app_context.fetch(analyses.TRANSFER, study, first),
            app_context.fetch(analyses.TRANSFER, other, second),
        ),
        (labels[0], labels[1]),
        hidden_sources=context.view.hidden_sources,
        hidden_targets=context.view.hidden_targets,
        split=context.view.split,
    )
    ends = (
        captions.own_steps_text(study, [first.method], first.seeds, first.checkpoint),
        captions.own_steps_text(other, [method], None, "last"),
    )
    own_steps = tuple(f"{one}: {at}" for one, at in zip(called, ends, strict=True) if at)
    return Beside(found, study, other, (labels[0], labels[1]), called, own_steps)


def finding(two: Beside) -> str:
    """Both means on transfer and on trained targets, and over which cells."""
    parts = [
        f"{numbers.number(one.value)} against {numbers.number(other.value)}"
        f" {'on transfer' if title == 'Transfer' else 'on trained targets'}"
        f" ({numbers.signed(one.value - other.value)}, {certainty(one, other)})"
        for title, one, other in two.means
        if math.isfinite(one.value) and math.isfinite(other.value)
    ]
    head = f"{two.labels[0]} beside {two.labels[1]}"
    if not parts:
        return f"{head}: they have no mean in common."
    judged = ""
    if two.found.comparison is None:
        over = "no cell is in both: each is over its own study"
    else:
        over = f"over the {numbers.counted(two.found.first.overall.cells, 'cell')} both have"
        judged = how_judged(two.found.comparison.difference)
    both = [mean for _, one, other in two.means for mean in (one, other)]
    alone = any(math.isfinite(m.value) and not math.isfinite(m.interval.low) for m in both)
    why = "; one has no interval" if alone else ""
    told = [f"{head}: {', '.join(parts)}{judged}{why}", *two.own_steps, over]
    return f"{'; '.join(told)}."


def certainty(one: CellMean, other: CellMean) -> str:
    """`95 % −0.009 to 0.026, may be none`: of the difference of two means of different seeds."""
    ends = difference_interval(one, other, centre=one.value - other.value)
    if not math.isfinite(ends.low):
        return "may be chance"
    none = ", may be none" if ends.low <= 0 <= ends.high else ""
    return f"95 % {numbers.bounds(ends.low, ends.high)}{none}"


def caption(two: Beside, context: ViewContext, *more: str) -> str:
    """Both methods, studies, seeds and scales, what the interval is over, both digests."""
    first, second = two.found.first.overall, two.found.second.overall
    sides = zip(two.labels, (two.study, two.other), (first, second), strict=True)
    return captions.join(
        *(
            f"{label}: {names.seeds_text(mean.seeds, named=study.names_seeds)},"
            f" {captions.scale_text(study, context.view.scale)}"
            for label, study, mean in sides
        ),
        "seeds of two studies are no pairs: intervals count the spread of both"
        if min(len(first.seeds), len(second.seeds)) > 1
        else "one has a single seed, so no interval of the difference",
        *(
            f"{called}: {at}"
            for called, at in zip(
                two.called,
                (
                    captions.evaluated_at(two.study, context.view.checkpoint),
                    captions.evaluated_at(two.other, "last"),
                ),
                strict=True,
            )
            if at
        ),
        *two.own_steps,
        captions.tasks_kept(two.study, context.view.exclude),
        *more,
        *missing(two),
        *(
            f"{called}: {captions.digest_text(study)}"
            for called, study in zip(two.called, (two.study, two.other), strict=True)
        ),
    )


def missing(two: Beside) -> list[str]:
    """What one of the two has and the other has not; nothing where both have all."""
    found, (first, second) = two.found, two.labels
    said = []
    for label, sets, targets in (
        (first, found.only_first, found.targets_first),
        (second, found.only_second, found.targets_second),
    ):
        only = [
            _listed([names.sources_in_words(one) for one in sets], "training set"),
            _listed(targets, "target"),
        ]
        if any(only):
            said.append(f"only {label} has {' and '.join(part for part in only if part)}")
    if found.empty:
        said.append(f"{numbers.counted(found.empty, 'cell')} without a value in one of them")
    return said


def _listed(found: Sequence[str], what: str) -> str:
    if not found:
        return ""
    shown = ", ".join(found[:NAMED]) + (", …" if len(found) > NAMED else "")
    return f"{numbers.counted(len(found), what)} ({shown})"


def means(two: Beside) -> Component:
    """Both means and their difference, each with its interval over its own seeds."""
    rows: list[facts.Fact] = []
    for title, one, other in two.means:
        for label, mean in zip(two.labels, (one, other), strict=True):
            if math.isfinite(mean.value):
                rows.append(
                    (f"{title}, {label}", numbers.number(mean.value), _spread(mean), ("", ""))
                )
    said = [html.P(names.sentence(text)) for text in missing(two)]
    return html.Div([facts.facts(*rows), *said], className="facts-under")


def _spread(mean: CellMean) -> str:
    ends = numbers.bounds(mean.interval.low, mean.interval.high)
    cells = numbers.counted(mean.cells, "cell")
    if ends == numbers.NOTHING:
        return cells
    return captions.join(f"95 % over seeds {ends}, {cells}", mean.interval.said_of_clipped)


def means_card(two: Beside, context: ViewContext) -> CardContent:
    """The means of both as points: all there is where no cell is in both."""
    return CardContent(
        finding=finding(two),
        headline=two_lines(MEANS_WIDTH),
        more=[means(two)],
        figure=figures.means_of_two(two.means, two.labels, measure_of(two.study), context.theme),
        caption=caption(two, context, hidden_text(context)),
        table_of=partial(means_table, two),
        every_task=True,
    )


def means_table(two: Beside) -> pd.DataFrame:
    """A row a mean and a study, with its interval."""
    import pandas as pd

    rows = [
        {
            "mean over": f"{title.lower()} targets" if title == "Trained" else "other targets",
            "method (study)": label,
            measure_of(two.study): mean.value,
            "95 % low (over seeds)": mean.interval.low,
            "95 % high (over seeds)": mean.interval.high,
            "cells": mean.cells,
            "clipped values": mean.interval.clipped,
        }
        for title, one, other in two.means
        for label, mean in zip(two.labels, (one, other), strict=True)
    ]
    return pd.DataFrame(rows)
