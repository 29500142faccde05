"""The predictor itself, where there is no transfer to hold it against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core import analyses
from dashboard.figures.similarity.predictor_heatmap import predictor_heatmap, predictor_size
from dashboard.pages.predictors.card_rules import has_transfer
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names
from dashboard.text.findings import predictors
from dashboard.text.names import capital
from dashboard.ui.card import CardContent
from dashboard.ui.help import figure_title

if TYPE_CHECKING:
    import pandas as pd

    from core.similarity.predictor_matrix import PredictorMatrix


def matrix_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """What the predictor says of every pair, where there is no transfer to hold it against."""
    from core.similarity.predictor_matrix import PredictorMatrix, predictor_matrix

    if has_transfer(context):
        return [CardContent(hidden=True)]
    study, query = context.study, context.view.predictor_query
    tasks = context.view.shown_tasks(study)
    whole = (
        PredictorMatrix.of_models(app_context.fetch(analyses.SIMILARITY, study, query))
        if query.predictor is None
        else predictor_matrix(study, query)
    )
    found = replace(whole, values=whole.of(tasks), tasks=tasks)
    return [
        CardContent(
            finding=predictors.predictor_finding(found),
            above=figure_title(
                capital(found.label) if query.predictor is None else found.label, "predictor"
            ),
            figure=predictor_heatmap(found, study, context.theme),
            size=predictor_size(found, study),
            caption=captions.join(
                found.label,
                predictors.place_words(found.layer, found.checkpoint),
                names.seeds_text(found.seeds) if found.seeds else "",
                "" if found.higher_is_better else "lower is better",
                "" if found.directed else "the same in both directions",
                "the study has no transfer yet to hold it against",
                captions.tasks_left_out(study, tasks),
                captions.digest_text(study),
            ),
            table_of=partial(_matrix_table, found),
        )
    ]


def _matrix_table(found: PredictorMatrix) -> pd.DataFrame:
    """Every ordered pair with a value."""
    import pandas as pd

    rows, columns = np.nonzero(found.known)
    named = np.array(found.tasks, dtype=object)
    return pd.DataFrame(
        {
            "source": named[rows],
            "target": named[columns],
            found.label: found.values[rows, columns],
        }
    )
