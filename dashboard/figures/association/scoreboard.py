"""Which predictor finds the best source of a target: a line each, the best on top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.named_rows import room_for, row_axis
from dashboard.figures.parts.points import note
from dashboard.figures.parts.theme import Theme
from dashboard.text.columns import value_and_interval
from dashboard.text.names import escape, shortened_apart

if TYPE_CHECKING:
    from core.analyses.predictor_scores import PredictorScore, PredictorScores


LINES_SHOWN = 40
LINE_HEIGHT = 24
NAME_LENGTH = 30


def drawn(result: PredictorScores) -> Sequence[PredictorScore]:
    """The scores that have a line: those that say anything, the smallest regrets."""
    return [score for score in result.scores if math.isfinite(score.regret_at_1)][:LINES_SHOWN]


def scoreboard(result: PredictorScores, study: Study, theme: Theme) -> go.Figure:
    """regret@1 of each predictor as a point with its interval over targets, regret@3 as a ring.

    The smallest regret on top; further left is better.
    """
    scores = drawn(result)
    names = shortened_apart((score.label for score in scores), NAME_LENGTH)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": 96 + LINE_HEIGHT * max(len(scores), 3),
        "margin": {"l": room_for(names), "r": 20, "t": 34, "b": 54},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": f"lost by believing it, in {measure_of(study)}"},
            "range": _range(scores),
        },
        "yaxis": row_axis(names),
    }
    if not scores:
        return assembled(layout={**layout, "annotations": [note("no predictor", theme)]})
    hover = [_hover(score) for score in scores]
    places = list(range(len(scores)))
    first = go.Scatter(
        x=[score.regret_at_1 for score in scores],
        y=places,
        mode="markers",
        name="its first choice",
        marker={"size": 10, "color": theme.text},
        error_x=_intervals(scores, theme),
        hoverinfo="text",
        hovertext=hover,
    )
    third = go.Scatter(
        x=[score.regret_at_3 for score in scores],
        y=places,
        mode="markers",
        name="the best of its first three",
        marker={
            "size": 9,
            "color": theme.background,
            "line": {"width": 2, "color": theme.muted},
        },
        hoverinfo="text",
        hovertext=hover,
    )
    return assembled(data=[first, third], layout=layout)


def _intervals(scores: Sequence[PredictorScore], theme: Theme) -> dict[str, Any]:
    """95 % over targets, as lines through the points; nothing where there is none."""
    known = [math.isfinite(s.interval.low) and math.isfinite(s.interval.high) for s in scores]
    up = [s.interval.high - s.regret_at_1 if k else 0.0 for s, k in zip(scores, known, strict=True)]
    down = [
        s.regret_at_1 - s.interval.low if k else 0.0 for s, k in zip(scores, known, strict=True)
    ]
    return {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "color": theme.muted,
        "thickness": 1.5,
        "width": 0,
    }


def _range(scores: Sequence[PredictorScore]) -> tuple[float, float]:
    """From a little below 0, so that a ring at 0 is whole."""
    ends = [end for s in scores for end in (s.regret_at_1, s.interval.high) if math.isfinite(end)]
    most = max(ends, default=0.0) or 1.0
    return -0.03 * most, 1.04 * most


def _hover(score: PredictorScore) -> str:
    from core.analyses.predictor_scores import SCORE_COLUMNS

    _, *columns = SCORE_COLUMNS
    rows = [f"{column.name} {value_and_interval(column, score)}" for column in columns]
    return "<br>".join([f"<b>{escape(score.label)}</b>", *map(escape, rows)])
