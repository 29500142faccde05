"""What the overview found, in sentences."""

from __future__ import annotations

import math

import numpy as np

from core.analyses.overview import MethodSummary, NotableCell, Overview
from core.study import Study, ValueScale
from core.transfer.cell_means import CellMean
from dashboard.text.names import seeds_text, sources_in_words
from dashboard.text.numbers import bounds, counted, number, signed

METHODS_NAMED = 3
"""How many methods a sentence names one by one."""


# -- in words ----------------------------------------------------------------------------------


def strategies_finding(overview: Overview, study: Study) -> str:
    """Who reaches most and least, on the targets a method was not trained on and on its own."""
    parts = []
    for role, where in (
        ("transfer", "on targets they were not trained on"),
        ("trained", "on trained ones"),
    ):
        known = [s for s in overview.strategies if math.isfinite(mean_of(s, role).value)]
        if not known:
            continue
        top = max(known, key=lambda s: mean_of(s, role).value)
        low = min(known, key=lambda s: mean_of(s, role).value)
        most, least = (number(mean_of(s, role).value) for s in (top, low))
        text = f"{where}, {label(study, top.method)} reaches"
        if len(known) == 1:
            parts.append(f"{text} {most}")
        elif most == least:
            parts.append(f"{where}, all reach {most}")
        else:
            low_label = label(study, low.method)
            parts.append(f"{text} most ({most}) and {low_label} least ({least})")
    if not parts:
        return "No method has a value here."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def standout_text(standout: NotableCell, study: Study) -> str:
    """`FTWB1, 4 seeds, 95 % 0.83 to 0.96`: what stands beside a cell that stands out."""
    parts = [label(study, standout.method)]
    seeds = standout.seeds
    parts.append(seeds_text(seeds) if len(seeds) == 1 else counted(len(seeds), "seed"))
    if math.isfinite(standout.interval.low):
        parts.append(f"95 % {bounds(standout.interval.low, standout.interval.high)}")
    return ", ".join(parts)


def pairs_finding(overview: Overview, study: Study, *, harm: bool) -> str:
    """The largest gift, or the largest harm and how many each method has; or that there is none."""
    pairs = counted(overview.picked_from, "pair")
    if study.value_scale is ValueScale.RAW:
        return (
            "Scores are as they were given: what a model without transfer reaches is not known."
            " Write [scale] zero into the manifest to tell gains from losses."
        )
    if not overview.single_source_methods:
        return "No method has runs trained on one task alone, so no X→Y is known."
    if not overview.picked_from:
        return "No transfer between two of the tasks that are ticked is known."
    if not harm:
        if not overview.largest_gains:
            return f"No gift: none of {pairs} is above zero."
        top = overview.largest_gains[0]
        return f"The largest gift: {_cell(top)}, {signed(top.value)}."
    if not overview.largest_losses:
        least = overview.weakest
        weakest = f"; the weakest: {_cell(least)}, {signed(least.value)}" if least else ""
        return f"No harm: none of {pairs} is below zero{weakest}."
    top = overview.largest_losses[0]
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
        ends = [f"{c.harmful:,} of {c.pairs:,} ({label(study, c.method)})" for c in (low, high)]
        return f"{counted(len(counts), 'method')} harm between {' and '.join(ends)} pairs"
    first, *others = counts
    with_first = (
        f"{first.harmful:,} of {counted(first.pairs, 'pair')} do harm with"
        f" {label(study, first.method)}"
    )
    with_others = [f"{c.harmful:,} of {c.pairs:,} with {label(study, c.method)}" for c in others]
    return ", ".join([with_first, *with_others])


def surprises_finding(overview: Overview) -> str:
    """The cell that is furthest from its prediction."""
    if not overview.predicted_cells:
        return "No cell has both a result and a prediction."
    if not overview.largest_residuals:
        cells = counted(overview.predicted_cells, "cell")
        return f"No surprise: what is reached in {cells} is just what was predicted."
    top = overview.largest_residuals[0]
    where = "above" if top.value > 0 else "below"
    return (
        f"The largest surprise: {_cell(top)} reaches {number(top.actual)},"
        f" {number(abs(top.value))} {where} its prediction."
    )


def _cell(standout: NotableCell) -> str:
    from_words = sources_in_words(standout.sources)
    return f"{from_words} → {sources_in_words(standout.target)}"


def incomplete_cells(overview: Overview) -> int:
    """How many cells of the means lack at least one of their method's seeds."""
    return int(np.sum([mean_of(s, role).incomplete for s in overview.strategies for role in ROLES]))


ROLES = ("trained", "transfer")


def label(study: Study, method: str) -> str:
    """A method's label."""
    return study.method(method).label


def mean_of(strategy: MethodSummary, role: str) -> CellMean:
    """The mean of a method over trained or transfer cells."""
    return strategy.trained if role == "trained" else strategy.transfer
