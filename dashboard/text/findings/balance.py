"""Who gives and who takes, in a sentence."""

from __future__ import annotations

import math

from core.analyses.balance import Balance
from dashboard.text.names import seeds_named
from dashboard.text.numbers import counted, signed


def balance_finding(balance: Balance, *, raw: bool = False) -> str:
    """Who gives most on balance and who takes most.

    raw: of scores as they are, sums mostly say how hard the targets are: giver effects are told.
    """
    known = [task for task in balance.tasks if math.isfinite(task.net)]
    if not known:
        return (
            "No task is both a source and a target: there is nothing to balance."
            " Tick more tasks, or choose another method."
        )
    if len(known) == 1:
        only = known[0].task
        return f"Only {only} is both a source and a target: a balance needs at least 2 tasks."
    if raw:
        return _effects_finding(balance)
    top, low = max(known, key=lambda t: t.net), min(known, key=lambda t: t.net)
    if top.net == low.net:
        return (
            f"All {len(known)} tasks give as much as they receive: every net is {signed(top.net)}."
        )
    text = (
        f"{top.task} gives most on balance ({signed(top.net)}),"
        f" {low.task} takes most ({signed(low.net)})"
    )
    guessed = sum(task.estimated for task in known)
    if guessed:
        text += f"; {counted(guessed, 'sum')} estimated from incomplete rows"
    return f"{text} ({counted(len(known), 'task')}, {seeds_named(balance.seeds)})."


def _effects_finding(balance: Balance) -> str:
    model = balance.social_relations
    known = [task for task in model.effects if math.isfinite(task.giver)] if model else []
    if len(known) < 2:
        return "Too few scores to tell teachers apart: giver effects need at least 3 tasks."
    top, low = max(known, key=lambda t: t.giver), min(known, key=lambda t: t.giver)
    return (
        f"{top.task} has the highest giver effect ({signed(top.giver)}),"
        f" {low.task} the lowest ({signed(low.giver)}); sums mostly say how hard the"
        f" targets are ({counted(len(known), 'task')}, {seeds_named(balance.seeds)})."
    )
