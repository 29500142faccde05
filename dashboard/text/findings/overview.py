"""What the overview found, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.errors import listed
from core.study import Study
from core.transfer.copied_seeds import copied_among
from dashboard.text.names import seeds_text, sources_in_words
from dashboard.text.numbers import (
    bounds,
    by_luck_text,
    counted,
    number,
    others_alike,
    p_value,
    signed,
    told_bounds,
)

if TYPE_CHECKING:
    from core.analyses.overview import MethodSummary, Overview
    from core.analyses.standouts import NotableCell, SignCount, Standouts
    from core.numerics.intervals import Interval
    from core.transfer.cell_means import CellMean


METHODS_NAMED = 3
"""How many methods a sentence names one by one."""


# -- in words ----------------------------------------------------------------------------------


def methods_finding(overview: Overview, study: Study) -> str:
    """The means of the methods, on the targets a method was not trained on and on its own.

    They are over the training sets that each method has, so that none is said to be above another:
    who is, over those that two have in common, Compare says.
    """
    parts, compared = [], False
    any_transfer = any(math.isfinite(s.transfer.value) for s in overview.methods)
    for role, where in (
        ("transfer", "on untrained targets"),
        ("trained", "on trained ones" if any_transfer else "on trained targets"),
    ):
        known = [s for s in overview.methods if math.isfinite(mean_of(s, role).value)]
        if not known:
            continue
        low, high = (pick(known, key=lambda s: mean_of(s, role).value) for pick in (min, max))
        least, most = (number(mean_of(s, role).value) for s in (low, high))
        if least == most:
            cut = all(mean_of(s, role).interval.all_clipped for s in known)
            told = f"{most}{', as all values are clipped' if cut else ''}"
            one = mean_of(known[0], role)
            within = "" if cut or len(known) > 1 else _interval(one, brief=False)
            told += f" ({within.removeprefix(', ')})" if within else ""
            parts.append(f"{where}, {'the mean is' if len(known) == 1 else 'all reach'} {told}")
            continue
        ends = [
            f"{value} ({label(study, s.method)}{_interval(mean_of(s, role), brief=brief)})"
            for value, s, brief in ((least, low, compared), (most, high, True))
        ]
        run = "" if compared else ", means run"
        parts.append(f"{where}{run} from {' to '.join(ends)}")
        compared = True
    if not parts:
        fixed = any(s.fixed for s in overview.methods)
        return "Every value is 1 by definition." if fixed else "No method has a value here."
    parts += ["each over its own training sets"] if compared else []
    parts += [_direction(study)] if study.is_raw else []
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _direction(study: Study) -> str:
    """Of scores as they were given which are better: nothing else about them says so."""
    lower = len(study.lower_targets)
    if 0 < lower < len(study.tested_tasks):
        return "of some targets lower is better"
    return f"{'lower' if lower else 'higher'} is better"


def _interval(mean: CellMean, *, brief: bool) -> str:
    """`, 95 % 0.482 to 0.571`; brief: as another stands before it. Empty where there is none."""
    if not math.isfinite(mean.interval.low):
        return ""
    ends = told_bounds(mean.interval)
    return f", {ends}" if brief else f", 95 % {ends}"


def standout_text(standout: NotableCell, study: Study) -> str:
    """`FTWB1, 4 seeds, 95 % 0.83 to 0.96`: what stands beside a cell that stands out."""
    parts = [label(study, standout.method)]
    seeds = standout.seeds
    parts.append(seeds_text(seeds) if len(seeds) == 1 else counted(len(seeds), "seed"))
    if math.isfinite(standout.shrunken):
        ends = standout.shrunken_interval
        parts.append(f"95 % {bounds(ends.low, ends.high)}{_clipped(ends)}")
        parts.append(f"measured {signed(standout.value)}")
        parts.append(p_value(standout.false_sign_rate, "chance of a wrong sign"))
    return ", ".join(parts)


def standout_brief(standout: NotableCell, study: Study) -> str:
    """`FTWB1, 95 % 0.83 to 0.96; measured +0.91`: where all of it has no room.

    The panel of the pair begins with what was measured, beside the list stands what is left of it.
    """
    method = label(study, standout.method)
    if not math.isfinite(standout.shrunken):
        return method
    ends = standout.shrunken_interval
    told = f"{method}, 95 % {bounds(ends.low, ends.high)}{_clipped(ends)}"
    return f"{told}; measured {signed(standout.value)}"


def _clipped(ends: Interval) -> str:
    """` (2 of 4 clipped)`: the interval is approximate; empty where it is not."""
    return f" ({ends.said_of_clipped})" if ends.is_approximate else ""


def size_of(standout: NotableCell) -> float:
    """What a cell that stands out is told with: what is left of it, or what was measured."""
    return standout.shrunken if math.isfinite(standout.shrunken) else standout.value


def pairs_finding(overview: Overview, study: Study, *, harm: bool) -> str:
    """How many gifts or harms each method has, and the largest; or that there is none."""
    pairs = counted(overview.picked_from, "pair")
    if lacking := study.lacking_zero:
        return (
            "Scores are as they were given: what no transfer reaches is known of other targets and"
            f" not of {listed([task.label for task in lacking])}, so all can be ranked"
            " and no more."
        )
    if study.is_raw:
        return (
            "Scores are as they were given: what a model reaches without the source is not known,"
            " so they can be ranked and no more."
        )
    if not overview.single_source_methods:
        return "No method has runs trained on one task alone, so no X→Y is known."
    if not overview.picked_from:
        return "No transfer between two of the tasks that are ticked is known."
    told = overview.losses if harm else overview.gains
    what, side = ("harm", "below") if harm else ("gift", "above")
    if told.order_only:
        return _order_only(told, f"{side} zero", pairs)
    if not told.cells:
        return f"No {what} can be told from luck among {pairs}{_weakest(overview) if harm else ''}."
    top = told.cells[0]
    largest = f"the largest{others_alike(told.alike)}".rstrip(",")
    largest += f": {_cell(top)}, {signed(size_of(top))} without luck"
    # Each method counts by itself, and what is expected to be wrong of all of them.
    sides = (count.found(harm=harm) for count in overview.sign_counts)
    found, wrong, luck = map(sum, zip(*sides, strict=True))
    counts = f"{_counts(overview, study, harm=harm)}, {by_luck_text(found, wrong, luck)}"
    return f"{counts}{_copied(overview, study)}; {largest}."


def _copied(overview: Overview, study: Study) -> str:
    """`, if seeds 1 and 2 of FT1, which hold the same values, are two`; empty without any."""
    for one in overview.methods:
        counts = one.method in overview.single_source_methods
        if counts and (copies := copied_among(study, one.method, one.seeds)):
            pair = f"{copies[0].first} and {copies[0].second} of {label(study, one.method)}"
            return f", if seeds {pair}, which hold the same values, are two"
    return ""


def _order_only(told: Standouts, side: str, pairs: str) -> str:
    """The largest of a list in which nothing is a finding."""
    if not told.cells:
        return f"None of {pairs} is {side}."
    top = told.cells[0]
    return (
        f"As measured, {_cell(top)}{others_alike(told.alike)} is furthest {side}"
        f" ({signed(top.value)});"
        f" none of it can be told from luck: {told.order_only}."
    )


def _weakest(overview: Overview) -> str:
    least = overview.weakest
    return f"; the weakest: {_cell(least)}, {signed(least.value)}" if least else ""


def _counts(overview: Overview, study: Study, *, harm: bool) -> str:
    """`12 of 30 pairs do harm with FT1, 3 of 30 with FTWB1`: each method counts by itself."""
    counts = [count for count in overview.sign_counts if count.pairs and count.told]
    one, many, verb = ("does harm", "do harm", "harm") if harm else ("helps", "help", "help")

    def found(count: SignCount) -> int:
        return count.found(harm=harm)[0]

    if len(counts) == 1:
        only = counts[0]
        what = one if found(only) == 1 else many
        return f"{found(only):,} of {counted(only.pairs, 'pair')} {what}"
    if len(counts) > METHODS_NAMED:
        if len({(found(c), c.pairs) for c in counts}) == 1:
            of = f"{found(counts[0]):,} of {counted(counts[0].pairs, 'pair')}"
            return f"{of} {many} with each of {counted(len(counts), 'method')}"
        low, high = (pick(counts, key=lambda c: found(c) / c.pairs) for pick in (min, max))
        if low is high:
            high = next(c for c in counts if c is not low)
        ends = [f"{found(c):,} of {c.pairs:,} ({label(study, c.method)})" for c in (low, high)]
        return f"{counted(len(counts), 'method')} {verb} between {' and '.join(ends)} pairs"
    first, *others = counts
    what = one if found(first) == 1 else many
    with_first = (
        f"{found(first):,} of {counted(first.pairs, 'pair')} {what} with"
        f" {label(study, first.method)}"
    )
    with_others = [
        f"{found(c):,}{'' if c.pairs == first.pairs else f' of {c.pairs:,}'} with"
        f" {label(study, c.method)}"
        for c in others
    ]
    return ", ".join([with_first, *with_others])


def surprises_finding(overview: Overview, study: Study) -> str:
    """The cell that is furthest from its prediction."""
    if not overview.predicted_cells:
        return "No cell has both a result and a prediction."
    told = overview.largest_residuals
    cells = counted(overview.predicted_cells, "cell")
    if not told.cells:
        if told.order_only:
            return f"No surprise: what is reached in {cells} is just what was predicted."
        return f"No surprise: in none of {cells} the difference can be told from luck."
    top = told.cells[0]
    judged, verb = "", "reaches"
    if top.target in study.lower_targets:
        judged, verb = f", and {'worse' if size_of(top) > 0 else 'better'}", "is at"
    if told.order_only:
        where = "above" if top.value > 0 else "below"
        return (
            f"As measured, {_cell(top)}{others_alike(told.alike)} is furthest"
            " from its prediction: it"
            f" {verb} {number(top.actual)}, {number(abs(top.value))} {where} it{judged}; that"
            f" cannot be told from luck: {told.order_only}."
        )
    where = "above" if top.shrunken > 0 else "below"
    luck = by_luck_text(told.found, told.expected_wrong, told.by_luck)
    differ = "differs from its" if told.found == 1 else "differ from their"
    largest = f"the largest{others_alike(told.alike)}".rstrip(",")
    return (
        f"{told.found:,} of {cells} {differ} prediction, {luck};"
        f" {largest}: {_cell(top)} {verb}"
        f" {number(top.actual)}, without luck {number(abs(top.shrunken))} {where} its"
        f" prediction{judged}."
    )


def _cell(standout: NotableCell) -> str:
    from_words = sources_in_words(standout.sources)
    return f"{from_words} → {sources_in_words(standout.target)}"


def incomplete_cells(overview: Overview) -> int:
    """How many cells of the means lack at least one of their method's seeds."""
    return int(np.sum([mean_of(s, role).incomplete for s in overview.methods for role in ROLES]))


ROLES = ("trained", "transfer")


def label(study: Study, method: str) -> str:
    """A method's label."""
    return study.method(method).label


def mean_of(method: MethodSummary, role: str) -> CellMean:
    """The mean of a method over trained or transfer cells."""
    return method.trained if role == "trained" else method.transfer
