"""All methods in one picture."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dash import html

from core.analyses.columns import frame_of
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures import overview
from dashboard.state.context import ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings.overview import (
    ROLES,
    incomplete_cells,
    mean_of,
    methods_finding,
)
from dashboard.ui import messages
from dashboard.ui.card import CardContent, two_lines
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.overview import Overview


FINDING_WIDTH = 720
"""Pixels that a sentence over a wide figure takes."""


def methods_card(found: Overview, context: ViewContext) -> CardContent:
    """The means of every method, with the reason where one has none."""
    study = context.study
    gone = [
        f"without {captions.method_label(study, left.method)}: {left.reason}"
        for left in found.left_out
    ]
    exposed = [captions.method_label(study, s.method) for s in found.methods if s.exposed]
    lacking = incomplete_cells(found)
    several = any(len(s.seeds) > 1 for s in found.methods)
    if not any(math.isfinite(mean_of(s, role).value) for s in found.methods for role in ROLES):
        return CardContent(message=messages.box(methods_finding(found, study)))
    bars = [mean.interval for one in found.methods for mean in (one.trained, one.transfer)]
    return CardContent(
        finding=methods_finding(found, study),
        headline=two_lines(FINDING_WIDTH),
        above=html.Div(
            ["Means", help_button("methods", "all methods in one picture")],
            className="figure-title",
        ),
        figure=overview.methods_figure(found, study, context.theme),
        caption=captions.join(
            "small marks: single seeds"
            if several
            else f"{study.one_seed}, so no interval over seeds",
            "" if study.has_given_scores else "0 = base, 1 = its standard performance",
            f"bars: 95 % intervals over seeds, tasks held fixed{captions.cut_text(bars)}"
            if several
            else "",
            *(
                f"{captions.method_label(study, one.method)}: {text}"
                for one in found.methods
                if (text := captions.one_base_text(one.seeds_of_one_base))
            ),
            _seeds_of(found, study),
            _fixed_of(found),
            captions.scale_text(study, found.scale),
            captions.evaluated_at(study, found.checkpoint),
            f"{', '.join(exposed)} saw a few samples of the other targets" if exposed else "",
            f"{numbers.counted(lacking, 'cell')} without all seeds" if lacking else "",
            *gone,
            captions.tasks_kept(study, context.view.exclude),
            captions.digest_text(study),
        ),
        table_of=partial(methods_table, found, study),
        every_task=True,
    )


def _fixed_of(found: Overview) -> str:
    """`7 trained cells are 1 by definition and left out`; empty where none is."""
    fixed = sum(method.fixed for method in found.methods)
    verb = "is" if fixed == 1 else "are"
    cells = numbers.counted(fixed, "trained cell")
    return f"{cells} {verb} 1 by definition and left out" if fixed else ""


def _seeds_of(found: Overview, study: Study) -> str:
    """`4 seeds (42, 43, 44, 45)` where all methods have the same, else that they differ."""
    sets = {method.seeds for method in found.methods}
    every = sorted({seed for seeds in sets for seed in seeds})
    alike = captions.alike_text(study, [method.method for method in found.methods], every)
    if len(sets) == 1:
        # Of one run the caption begins with that.
        said = len(every) == 1 and not study.names_seeds
        text = "" if said else names.seeds_text(every, named=study.names_seeds)
    else:
        text = "methods have different seeds" if sets else ""
    return f"{text} ({alike})" if alike else text


def methods_table(found: Overview, study: Study) -> pd.DataFrame:
    """One row for each method, role and seed, and one for their mean."""
    from core.analyses.overview import summary_columns

    rows = [
        replace(row, method=captions.method_label(study, row.method)) for row in found.summary_rows
    ]
    return frame_of(summary_columns(measure_of(study)), rows)
