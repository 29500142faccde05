"""All methods in one picture: what each reaches on targets it was trained on, and on the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.means import CellMean
from core.overview import Overview, Standout, Strategy
from core.study import Study
from dashboard.figures.colors import mix
from dashboard.figures.grid import text_width
from dashboard.figures.keys import legend_on_top
from dashboard.figures.words import (
    bounds,
    counted,
    escape,
    number,
    seeds_text,
    shortened,
    signed,
    sources_in_words,
    two_decimals,
)
from dashboard.theme import Theme

ROW_HEIGHT = 52
PLACES = {"trained": -0.28, "transfer": 0.12}
"""How far below the middle of its method's line each mean stands."""
SEEDS_BELOW = 0.17
"""How far below its mean the seeds stand: on it they would hide."""
LABEL_LENGTH = 22
ROLES = ("trained", "transfer")
METHODS_NAMED = 3
"""How many methods a sentence names one by one."""


def strategies_figure(overview: Overview, study: Study, theme: Theme) -> go.Figure:
    """Trained and transfer mean of every method, one line each, in manifest order.

    Small marks are single seeds, bars 95 % intervals over seeds. Circles are trained, diamonds
    transfer; `customdata` is the method's name.
    """
    strategies = overview.strategies
    names = [shortened(_label(study, s.method), LABEL_LENGTH) for s in strategies]
    left = max((text_width(name, 13) for name in names), default=40.0)
    measure = "score" if study.scored else "normalized improvement"
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": 118 + ROW_HEIGHT * max(len(strategies), 1),
        "margin": {"l": round(left) + 18, "r": 132, "t": 44, "b": 58},
        "showlegend": True,
        "legend": legend_on_top(),
        "xaxis": {"title": {"text": measure}, "range": _reach(strategies)},
        "yaxis": {
            "range": (len(strategies) - 0.5, -0.5),
            "showline": False,
            "ticks": "",
            "tickvals": list(range(len(strategies))),
            "ticktext": [escape(name) for name in names],
            "tickfont": {"size": 13},
        },
    }
    if not strategies:
        layout["annotations"] = [
            {
                "text": "no method has a value here",
                "showarrow": False,
                "xref": "paper",
                "yref": "paper",
                "x": 0.5,
                "y": 0.5,
                "font": {"size": 13, "color": theme.muted},
            }
        ]
        return go.Figure(layout=layout)
    layout["shapes"] = _lines(strategies, study, theme)
    layout["annotations"] = _numbers(strategies, theme)
    data = []
    for role in ROLES:
        data += _traces(strategies, role, study, theme)
    return go.Figure(data=data, layout=layout)


def _label(study: Study, method: str) -> str:
    return study.method(method).label


def _mean_of(strategy: Strategy, role: str) -> CellMean:
    return strategy.trained if role == "trained" else strategy.transfer


def _place(at: int, role: str) -> float:
    return at + PLACES[role]


def _reach(strategies: Sequence[Strategy]) -> tuple[float, float]:
    """As far as means and seeds reach; intervals widen it, but to no more than twice that."""
    means = [_mean_of(s, role) for s in strategies for role in ROLES]
    values = [v for m in means for v in (m.value, *m.per_seed.tolist()) if math.isfinite(v)]
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = (high - low) / 2 or max(abs(high) * 0.1, 0.05)
    ends = [e for m in means for e in (m.interval.low, m.interval.high) if math.isfinite(e)]
    low, high = (
        max(min([low, *ends]), low - room),
        min(max([high, *ends]), high + room),
    )
    return low - 0.04 * (high - low or 1), high + 0.04 * (high - low or 1)


def _traces(
    strategies: Sequence[Strategy], role: str, study: Study, theme: Theme
) -> list[go.Scatter]:
    """Seeds first, so that the means lie on them."""
    trained = role == "trained"
    color = theme.text if trained else theme.positive
    symbol = "circle" if trained else "diamond"
    known = [
        (at, s, _mean_of(s, role))
        for at, s in enumerate(strategies)
        if math.isfinite(_mean_of(s, role).value)
    ]
    seeds = [
        (
            value,
            _place(at, role) + SEEDS_BELOW,
            f"{_label(study, s.method)}, seed {seed}: {number(value)}",
        )
        for at, s, mean in known
        if len(mean.seeds) > 1
        for seed, value in zip(mean.seeds, mean.per_seed.tolist(), strict=True)
    ]
    halves = [
        m.interval.high - m.value if math.isfinite(m.interval.high) else 0.0 for _, _, m in known
    ]
    return [
        go.Scatter(
            x=[value for value, _, _ in seeds],
            y=[y for _, y, _ in seeds],
            mode="markers",
            name=f"{role}, one seed",
            showlegend=False,
            marker={
                "symbol": symbol,
                "size": 5,
                "color": mix(theme.background, color, 0.6),
                "line": {"width": 0},
            },
            hoverinfo="text",
            hovertext=[escape(text) for _, _, text in seeds],
        ),
        go.Scatter(
            x=[mean.value for _, _, mean in known],
            y=[_place(at, role) for at, _, _ in known],
            mode="markers",
            name="trained on the target" if trained else "not trained on it (transfer)",
            customdata=[s.method for _, s, _ in known],
            marker={
                "symbol": symbol if trained else f"{symbol}-open",
                "size": 11,
                "color": color,
                "line": {"width": 2, "color": color},
            },
            error_x={
                "type": "data",
                "array": halves,
                "visible": any(half > 0 for half in halves),
                "color": color,
                "thickness": 2,
                "width": 4,
            },
            hoverinfo="text",
            hovertext=[_hover(s, mean, role, study) for _, s, mean in known],
        ),
    ]


def _hover(strategy: Strategy, mean: CellMean, role: str, study: Study) -> str:
    where = "targets it was trained on" if role == "trained" else "the other targets"
    lines = [
        f"<b>{escape(_label(study, strategy.method))}</b> on {where}",
        f"mean <b>{number(mean.value)}</b> over {counted(mean.cells, 'cell')}",
    ]
    if math.isfinite(mean.interval.low):
        lines.append(f"95 % over seeds: {bounds(mean.interval.low, mean.interval.high)}")
    lines += [
        f"seed {seed}: {number(value)}"
        for seed, value in list(zip(mean.seeds, mean.per_seed.tolist(), strict=True))[:8]
    ]
    if mean.incomplete:
        lines.append(f"{counted(mean.incomplete, 'cell')} without all seeds")
    if role == "transfer" and strategy.exposed:
        lines.append(f"a few samples were seen of {strategy.exposed} of them")
    return "<br>".join(lines)


def _lines(strategies: Sequence[Strategy], study: Study, theme: Theme) -> list[dict[str, Any]]:
    """A hairline for each method, and the base's standard performance where it is in sight."""
    shapes: list[dict[str, Any]] = [
        {
            "type": "line",
            "name": "method",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": at + 0.5,
            "y1": at + 0.5,
            "layer": "below",
            "line": {"color": theme.line, "width": 1},
        }
        for at in range(len(strategies) - 1)
    ]
    low, high = _reach(strategies)
    for value in (0.0, 1.0):
        if not study.scored and low < value < high:
            shapes.append(
                {
                    "type": "line",
                    "name": "mark",
                    "x0": value,
                    "x1": value,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "layer": "below",
                    "line": {"color": theme.muted, "width": 1.5, "dash": "dot"},
                }
            )
    return shapes


def _numbers(strategies: Sequence[Strategy], theme: Theme) -> list[dict[str, Any]]:
    """The means under each other at the right, each with how many cells it is over."""
    return [
        {
            "name": "value",
            "text": f"<b>{two_decimals(mean.value)}</b>"
            f'<span style="color:{theme.muted}">  {counted(mean.cells, "cell")}</span>',
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 14,
            "y": _place(at, role) + SEEDS_BELOW / 2,
            "showarrow": False,
            "font": {"size": 12, "color": theme.text if role == "trained" else theme.positive},
        }
        for at, strategy in enumerate(strategies)
        for role in ROLES
        if math.isfinite((mean := _mean_of(strategy, role)).value)
    ]


# -- in words ----------------------------------------------------------------------------------


def strategies_finding(overview: Overview, study: Study) -> str:
    """Who reaches most and least, on the targets a method was not trained on and on its own."""
    parts = []
    for role, where in (
        ("transfer", "on targets they were not trained on"),
        ("trained", "on trained ones"),
    ):
        known = [s for s in overview.strategies if math.isfinite(_mean_of(s, role).value)]
        if not known:
            continue
        top = max(known, key=lambda s: _mean_of(s, role).value)
        low = min(known, key=lambda s: _mean_of(s, role).value)
        most, least = (number(_mean_of(s, role).value) for s in (top, low))
        text = f"{where}, {_label(study, top.method)} reaches"
        if len(known) == 1:
            parts.append(f"{text} {most}")
        elif most == least:
            parts.append(f"{where}, all reach {most}")
        else:
            low_label = _label(study, low.method)
            parts.append(f"{text} most ({most}) and {low_label} least ({least})")
    if not parts:
        return "No method has a value here."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def standout_text(standout: Standout, study: Study) -> str:
    """`FTWB1, 4 seeds, 95 % 0.83 to 0.96`: what stands beside a cell that stands out."""
    parts = [_label(study, standout.method)]
    seeds = standout.seeds
    parts.append(seeds_text(seeds) if len(seeds) == 1 else counted(len(seeds), "seed"))
    if math.isfinite(standout.interval.low):
        parts.append(f"95 % {bounds(standout.interval.low, standout.interval.high)}")
    return ", ".join(parts)


def pairs_finding(overview: Overview, study: Study, *, harm: bool) -> str:
    """The largest gift, or the largest harm and how many each method has; or that there is none."""
    pairs = counted(overview.picked_from, "pair")
    if not overview.single_source_methods:
        return "No method has runs trained on one task alone, so no X→Y is known."
    if not overview.picked_from:
        return "No transfer between two of the tasks that are ticked is known."
    if not harm:
        if not overview.gifts:
            return f"No gift: none of {pairs} is above zero."
        top = overview.gifts[0]
        return f"The largest gift: {_cell(top)}, {signed(top.value)}."
    if not overview.harms:
        least = overview.weakest
        weakest = f"; the weakest: {_cell(least)}, {signed(least.value)}" if least else ""
        return f"No harm: none of {pairs} is below zero{weakest}."
    top = overview.harms[0]
    return f"{_harms(overview, study)}; the largest: {_cell(top)}, {signed(top.value)}."


def _harms(overview: Overview, study: Study) -> str:
    """`12 of 30 pairs do harm with FT1, 3 of 30 with FTWB1`: each method counts by itself."""
    counts = [count for count in overview.harm_counts if count.pairs]
    if len(counts) == 1:
        only = counts[0]
        what = "does harm" if only.harmful == 1 else "do harm"
        return f"{only.harmful:,} of {counted(only.pairs, 'pair')} {what}"
    if len(counts) > METHODS_NAMED:
        low, high = (pick(counts, key=lambda c: c.harmful / c.pairs) for pick in (min, max))
        ends = [f"{c.harmful:,} of {c.pairs:,} ({_label(study, c.method)})" for c in (low, high)]
        return f"{counted(len(counts), 'method')} harm between {' and '.join(ends)} pairs"
    first, *others = counts
    with_first = (
        f"{first.harmful:,} of {counted(first.pairs, 'pair')} do harm with"
        f" {_label(study, first.method)}"
    )
    with_others = [f"{c.harmful:,} of {c.pairs:,} with {_label(study, c.method)}" for c in others]
    return ", ".join([with_first, *with_others])


def surprises_finding(overview: Overview) -> str:
    """The cell that is furthest from its prediction."""
    if not overview.predicted_cells:
        return "No cell has both a result and a prediction."
    if not overview.surprises:
        cells = counted(overview.predicted_cells, "cell")
        return f"No surprise: what is reached in {cells} is just what was predicted."
    top = overview.surprises[0]
    where = "above" if top.value > 0 else "below"
    return (
        f"The largest surprise: {_cell(top)} reaches {number(top.actual)},"
        f" {number(abs(top.value))} {where} its prediction."
    )


def _cell(standout: Standout) -> str:
    from_words = sources_in_words(standout.sources)
    return f"{from_words} → {sources_in_words(standout.target)}"


def incomplete_cells(overview: Overview) -> int:
    """How many cells of the means lack at least one of their method's seeds."""
    return int(
        np.sum([_mean_of(s, role).incomplete for s in overview.strategies for role in ROLES])
    )
