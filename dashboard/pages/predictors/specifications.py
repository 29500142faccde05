"""r under every choice one could make."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core import analyses
from core.errors import RequestError
from core.numerics.permutation import LEVEL
from core.similarity.matrix import similarity_layers
from dashboard.figures.association.specification_curve import drawn, specification_curve
from dashboard.pages.predictors.card_rules import TWO_LINES, has_transfer
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings import predictors
from dashboard.text.names import sentence
from dashboard.ui import messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import figure_title

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.association.specifications import Specifications


def curve_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """r under every choice; a sentence where there are too few tasks for it."""
    study = context.study
    if not has_transfer(context) or not (
        similarity_layers(study) or context.view.predictor is not None
    ):
        return [CardContent(hidden=True)]
    query = context.view.pairs_query(study)
    try:
        found = app_context.fetch(
            analyses.SPECIFICATIONS, study, query, context.view.predictor_query
        )
    except RequestError as why:
        return [CardContent(message=messages.box(sentence(why)))]
    every = "all " if found.exhaustive else ""
    return [
        CardContent(
            finding=predictors.curve_finding(found),
            headline=TWO_LINES,
            above=figure_title("Every choice", "specifications"),
            figure=specification_curve(found, context.theme),
            caption=captions.join(
                f"r of transfer and {found.label}",
                captions.method_label(study, found.method),
                names.seeds_text(found.seeds, named=study.names_seeds),
                "ring: as the other figures have it",
                f"full colour: p ≤ {LEVEL:g} by itself",
                f"{numbers.counted(found.significant, 'choice')} in one direction, as many in"
                f" {numbers.percent(found.significant_p)} of relabellings",
                "stronger rows: more of the choices there",
                f"{every}{numbers.counted(found.permutations, 'relabelling')}"
                + ("" if found.exhaustive else f", p ± {numbers.number(found.error)}"),
                f"grey: 95 % of relabelled curves of {numbers.counted(len(found.tasks), 'task')}",
                f"not varied, as too many: {', '.join(found.reduced)}" if found.reduced else "",
                f"{numbers.counted(found.undefined, 'choice')} without r"
                if found.undefined
                else "",
                f"{len(drawn(found)):,} of {len(found.r):,} drawn"
                if len(drawn(found)) < len(found.r)
                else "",
                captions.evaluated_at(study, context.view.checkpoint),
                captions.digest_text(study),
            ),
            table_of=partial(_curve_table, found),
        )
    ]


def _curve_table(found: Specifications) -> pd.DataFrame:
    import pandas as pd

    from core.analyses.association.specifications import Dimension

    levels = [np.array(level, dtype=object) for level in found.levels]
    chosen = {
        key.value: level[found.at[:, at]]
        for at, (key, level) in enumerate(zip(Dimension, levels, strict=True))
    }
    return pd.DataFrame({**chosen, "n (ordered pairs)": found.n, "r": found.r, "p": found.p})
