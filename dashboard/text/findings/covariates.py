"""What is known of tasks against what they give, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.numerics.permutation import LEVEL
from dashboard.text.numbers import (
    alike,
    counted,
    drawn_p,
    number,
    on_scale,
    others_alike,
    p_value,
)

if TYPE_CHECKING:
    from core.analyses.covariates import CovariateTest, CovariateTests


# -- in words --------------------------------------------------------------------------------------


def covariates_finding(result: CovariateTests) -> str:
    """Which covariate goes closest with which response, and whether it outlives all the testing."""
    tasks = counted(result.n, "task")
    best = result.closest
    if best is None:
        return f"Nothing known of the tasks can be set against what they teach (n = {tasks})."
    found = best.correlation
    who = {
        "given": "give most",
        "received": "receive most",
        "net": "give most on balance",
        "giver effect": "have the highest giver effect",
        "taker effect": "have the highest taker effect",
    }[best.response]
    more = "highest" if found.rho > 0 else "lowest"
    if found.rho == 0:
        correlations = counted(len(result.tested), "correlation")
        return f"Nothing known of the tasks goes with what they teach: all of {correlations} are 0."
    rhos = [abs(test.correlation.rho) for test in result.tested]
    same = others_alike(alike(rhos, abs(found.rho)))
    if not result.offered:
        needed = result.tasks_needed
        take = f"{needed:,} tasks could" if needed else "more than 10,000 orders would be needed"
        return (
            f"{tasks} cannot tell any of {counted(result.looked_at, 'correlation')} from chance;"
            f" {take}. Closest{same or ':'} tasks with the {more} {best.covariate} {who}"
            f" (ρ = {number(found.rho)})."
        )
    adjusted = p_value(best.adjusted, "p")
    if not best.adjusted <= LEVEL:
        # Which way the closest one goes is no finding: chance goes one way or the other.
        count = result.looked_at
        none = f"None of {count:,} correlations" if count > 1 else "The only correlation there is"
        can = "can" if count > 1 else "cannot"
        return (
            f"{none} {can} be told from chance in {tasks}. Closest{same or ':'}"
            f" {best.covariate} and {best.response} (ρ = {number(found.rho)},"
            f" {drawn_p(found.p, found.error)}; {adjusted} after Holm)."
        )
    return (
        f"Tasks with the {more} {best.covariate} {who} (ρ = {number(found.rho)},"
        f" {drawn_p(found.p, found.error)}, n = {tasks}); over all"
        f" {counted(result.looked_at, 'test')}"
        f" {adjusted} after Holm."
    )


def chance_note(result: CovariateTests) -> str:
    """How many of the tests would be below 0.05 by chance, and what n tasks can show at all."""
    tests = len(result.tested)
    if not tests:
        return ""
    if not result.offered:
        return (
            f"No test is offered: none of {counted(result.looked_at, 'test')} (outcomes, covariates"
            f" and layers) could have p ≤ {LEVEL:g} after Holm, however strong."
        )
    made = "is" if tests == 1 else "are"
    below = result.below_level
    have = "none has" if not below else "1 has" if below == 1 else f"{below} have"
    text = (
        f"n = {counted(result.n, 'task')}, and {counted(tests, 'test')} {made} made: were there"
        f" nothing to find, up to {on_scale(round(result.expected_by_chance, 2))} of them would"
        f" have p ≤ {LEVEL:g} by chance, on average; here {have}."
    )
    if result.looked_at > tests:
        text += (
            f" Holm counts {counted(result.looked_at, 'test')}: other layers could be looked at,"
            " too."
        )
    return text


def permutations_text(results: Sequence[CovariateTest]) -> str:
    """`p over all 720 orders of the tasks`, or over how many drawn ones and how exact that is."""
    results = [test for test in results if math.isfinite(test.correlation.p)]
    counts = {(t.correlation.permutations, t.correlation.exhaustive) for t in results}
    parts = [
        f"all {count:,} orders of the tasks"
        if every
        else f"{count:,} drawn orders of the tasks, ± {number(0.5 / math.sqrt(count))} at most"
        for count, every in sorted(counts, reverse=True)
    ]
    return f"p over {' or '.join(parts)}" if parts else ""
