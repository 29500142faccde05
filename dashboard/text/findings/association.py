"""Whether similarity predicts transfer, in a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.similarity.measures import Measure
from dashboard.text.names import capital
from dashboard.text.numbers import (
    CHANCE,
    MINUS,
    bound,
    counted,
    drawn_p,
    number,
    percent,
    seeds_agree,
)

if TYPE_CHECKING:
    from core.analyses.association.association import Association


FEWEST_PAIRS = 3
"""Through two points there is always a line."""


def association_finding(association: Association) -> str:
    """How much of transfer similarity explains, and how much it could."""
    pairs = f"n = {counted(association.n, 'pair')} of {counted(len(association.tasks), 'task')}"
    if association.n == 0:
        return f"No pair of tasks has both a {measured(association)} and a transfer."
    if not math.isfinite(association.pearson.r) or association.n < FEWEST_PAIRS:
        why = _no_correlation(association)
        what = "Similarity" if association.measure else measured(association)
        return f"{what} against transfer has no correlation: {why} ({pairs})."
    # A measure of ours begins the sentence; a given one is called as the manifest calls it.
    what = capital(measured(association)) if association.measure else measured(association)
    if association.measure is Measure.CKA and not association.debiased:
        what = "Similarity"
    text = (
        f"{what} explains"
        f" {percent(association.r_squared)} of transfer"
        f" (r = {number(association.pearson.r)},"
        f" {drawn_p(association.qap.p, association.qap.error, 'QAP p')}, {pairs})"
    )
    if not association.qap.p <= CHANCE:
        text += ", which may be chance"
    if not association.higher_is_better:
        text += "; lower is better in it, so that r runs the other way"
    most, why = bound(association)
    if association.directed and math.isfinite(association.ceiling.seeds):
        text += f"; {seeds_agree(association)}"
    elif math.isfinite(most):
        text += f"; a symmetric measure could explain at most {percent(most)}"
        text += f", as {why}" if why else ""
    return f"{text}.{_not_found(association)}"


def _not_found(association: Association) -> str:
    """What the study could have found, where it found nothing; empty where it did."""
    if association.qap.p <= CHANCE:
        return ""
    if not math.isfinite(association.detectable_r):
        tasks = counted(len(association.tasks), "task")
        return f" With {tasks} no r could be told from chance."
    return (
        f" A study like this finds |r| from {number(association.detectable_r)} up (in 4 of 5"
        " studies), and weaker ones less often."
    )


def measured(association: Association) -> str:
    """What predicts: `CKA`, `debiased CKA`, `Procrustes similarity`, or a given one's label."""
    return association.label


def _no_correlation(association: Association) -> str:
    if association.n < FEWEST_PAIRS:
        return "needs at least 3 pairs"
    return f"{measured(association)} or transfer is constant"


def association_title(association: Association) -> tuple[str, str]:
    """The two lines above a scatter: the equation, then r, QAP p, R² and n."""
    if math.isfinite(association.slope):
        sign = MINUS if association.intercept < 0 else "+"
        equation = (
            f"transfer = {number(association.slope)} · {measured(association)} {sign}"
            f" {number(abs(association.intercept))}"
        )
    elif association.n == 0:
        equation = f"no pair has both a {measured(association)} and a transfer"
    else:
        why = f"{measured(association)} constant"
        equation = "no line: " + ("needs at least 2 pairs" if association.n < 2 else why)
    if not math.isfinite(association.pearson.r) or association.n < FEWEST_PAIRS:
        why = _no_correlation(association)
        return equation, f"r undefined ({why}), n = {association.n:,}"
    numbers = (
        f"r = {number(association.pearson.r)},"
        f" {drawn_p(association.qap.p, association.qap.error, 'QAP p')},"
        f" R² = {number(association.r_squared)}, n = {association.n:,}"
    )
    return equation, numbers
