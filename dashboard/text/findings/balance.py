"""Who gives and who takes, in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.text.names import seeds_named
from dashboard.text.numbers import SAME, alike, counted, number, others_alike, p_value, signed

if TYPE_CHECKING:
    from core.analyses.balance import Balance, TaskBalance
    from core.analyses.social_relations import SocialRelations, TaskEffects


NAMED, NAMED_LETTERS = 3, 48
"""How many tasks a sentence names one by one, where their names are short; and their letters."""
LEAST_R = 1e-6
"""A correlation below this is rounding."""
LEVEL = 0.05
"""Above this p what was found may be chance."""


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
    sizes = [max(abs(t.given), abs(t.received)) for t in known]
    if max(abs(top.net), abs(low.net)) <= SAME * max(sizes):
        return f"All {len(known)} tasks give as much as they receive: every net is 0."
    if not math.isfinite(top.net_interval.low) or not math.isfinite(low.net_interval.low):
        text = f"In order of what was measured, {_ends(known)}"
    else:
        text = f"{_first(known, giving=True)}; {_first(known, giving=False)}"
    guessed = sum(task.estimated for task in known)
    if guessed:
        text += f"; {counted(guessed, 'sum')} estimated from incomplete rows"
    return f"{text} ({counted(len(known), 'task')}, {seeds_named(balance.seeds)})."


def _ends(known: Sequence[TaskBalance]) -> str:
    """Who gives and who takes most; of sums that are estimated, all may give or all take."""
    nets = [task.net for task in known]
    top, low = max(known, key=lambda t: t.net), min(known, key=lambda t: t.net)
    most, least = (others_alike(alike(nets, one.net)) for one in (top, low))
    gives = f"{top.task}{most} gives most on balance" if top.net > 0 else "no task gives on balance"
    takes = f"{low.task}{least} takes most" if low.net < 0 else "no task takes"
    gives += f" ({signed(top.net)})" if top.net > 0 else f" (at most {signed(top.net)})"
    takes += f" ({signed(low.net)})" if low.net < 0 else f" (at least {signed(low.net)})"
    return f"{gives}, {takes}"


def _first(known: Sequence[TaskBalance], *, giving: bool) -> str:
    """Who gives or takes most, where that is settled; else who surely gives or takes.

    First is a task whose interval overlaps none of the others': a little stricter than an interval
    of each difference would be.
    """
    sign, gives = (1, "give") if giving else (-1, "take")
    ends = sorted(
        ((min(sign * t.net_interval.low, sign * t.net_interval.high), t) for t in known),
        key=lambda one: -sign * one[1].net,
    )
    sure = [task for least, task in ends if least > 0]
    if not sure:
        return f"no task surely {gives}s on balance"
    least, top = ends[0]
    level = [
        task
        for _, task in ends[1:]
        if max(sign * task.net_interval.low, sign * task.net_interval.high) >= least
    ]
    if not level:
        on_balance = " on balance" if giving else ""
        return f"{top.task} {gives}s most{on_balance} ({signed(top.net)})"
    among = [task for task in sure if task is top or task in level]
    if len(among) < 2:
        return f"{sure[0].task} surely {gives}s on balance, whether most is not settled"
    names = [task.task for task in among[:NAMED]]
    while len(names) > 1 and sum(map(len, names)) > NAMED_LETTERS:
        names.pop()
    rest = len(among) - len(names)
    named = f"{', '.join(names)} and {rest} more" if rest else _and(names)
    return f"{named} {gives} on balance, which most is not settled"


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def reciprocity_finding(model: SocialRelations | None, whose: str = "each task") -> str:
    """Whether good teachers learn well, and whether help in a pair comes back, with their p.

    whose: the tasks whose net balance is drawn; what is said is of all of them.
    """
    text = f"Net balance of {whose}"
    if model is None:
        return f"{text}; effects need at least 3 tasks."
    both, pair = model.generalized_reciprocity, model.dyadic_reciprocity
    if abs(both) < LEAST_R:
        text += ": tasks that teach well learn neither more nor less (r = 0)"
    elif math.isfinite(both):
        learn = "more" if both > 0 else "less"
        text += (
            f": tasks that teach well learn {learn} from others ({_r(both, model.generalized_p)})"
        )
    if abs(pair) < LEAST_R:
        text += "; what X helps Y says nothing of what Y helps X (r = 0)"
    elif math.isfinite(pair):
        comes = "comes" if pair > 0 else "does not come"
        text += (
            "; where X helps Y more than both usually help and learn, such help"
            f" {comes} back from Y to X ({_r(pair, model.dyadic_p)})"
        )
    if negative := model.negative_variances:
        text += f"; the variance of the {' and '.join(negative)} effects is estimated below zero"
    return f"{text}."


def _r(r: float, p: float) -> str:
    chance = "" if p <= LEVEL else ", may be chance"
    return f"r = {number(r)}, {p_value(p)}{chance}"


def _sums(balance: Balance) -> list[float]:
    return [s for task in balance.tasks for s in (task.given, task.received) if math.isfinite(s)]


def _effects_finding(balance: Balance) -> str:
    model = balance.social_relations
    known = [task for task in model.effects if math.isfinite(task.giver)] if model else []
    if len(known) < 2:
        return "Too few scores to tell teachers apart: giver effects need at least 3 tasks."
    top, low = max(known, key=lambda t: t.giver), min(known, key=lambda t: t.giver)
    effects = [task.giver for task in known]
    most, least = (others_alike(alike(effects, one.giver)) for one in (top, low))
    if max(map(abs, effects)) <= SAME * max(map(abs, _sums(balance)), default=0.0):
        return f"All {len(known)} tasks have the same giver effect."
    order = "" if math.isfinite(top.giver_interval.low) else "In order of what was measured, "
    doubt = "" if order else _not_settled(known, top, low)
    return (
        f"{order}{top.task}{most} has the highest giver effect ({signed(top.giver)}),"
        f" {low.task}{least} the lowest ({signed(low.giver)}){doubt}; sums mostly say how hard the"
        f" targets are ({counted(len(known), 'task')}, {seeds_named(balance.seeds)})."
    )


def _not_settled(known: Sequence[TaskEffects], top: TaskEffects, low: TaskEffects) -> str:
    """Which of the two may be another task's: its interval overlaps one of theirs."""
    highest = all(
        one.giver_interval.high < top.giver_interval.low for one in known if one is not top
    )
    lowest = all(
        one.giver_interval.low > low.giver_interval.high for one in known if one is not low
    )
    if highest and lowest:
        return ""
    which = "the lowest" if highest else "the highest" if lowest else "neither"
    return f", {which} {'is settled' if which == 'neither' else 'is not settled'}"
