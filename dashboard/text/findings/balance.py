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
LARGE_R = 0.5
"""A correlation from this on is not nothing, however unsure."""
LEVEL = 0.05
"""Above this p what was found may be chance."""


def balance_finding(balance: Balance, *, raw: bool = False, names_seeds: bool = True) -> str:
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
        return _effects_finding(balance, names_seeds=names_seeds)
    top, low = max(known, key=lambda t: t.net), min(known, key=lambda t: t.net)
    sizes = [max(abs(t.given), abs(t.received)) for t in known]
    if max(abs(top.net), abs(low.net)) <= SAME * max(sizes):
        if all(task.net_interval.all_clipped for task in known):
            return "All values are cut to the scale, so no net balance can be seen: every net is 0."
        return f"All {len(known)} tasks give as much as they receive: every net is 0."
    if not math.isfinite(top.net_interval.low) or not math.isfinite(low.net_interval.low):
        text = f"As measured, {_ends(known)}"
    else:
        settled = balance.settled_nets
        text = "No task surely gives more than it gets, or gets more than it gives"
        if settled:
            sides = (_first(known, settled, giving=giving) for giving in (True, False))
            text = "; ".join(sides)
    guessed = sum(task.estimated for task in known)
    if guessed:
        text += f"; {counted(guessed, 'sum')} estimated from incomplete rows"
    return (
        f"{text} ({counted(len(known), 'task')}, {seeds_named(balance.seeds, named=names_seeds)})."
    )


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


def _first(known: Sequence[TaskBalance], settled: frozenset[str], *, giving: bool) -> str:
    """Who gives or takes most, where that is settled; else who surely gives or takes.

    settled: those who surely do either. First is of them one whose interval overlaps none of the
    others': a little stricter than an interval of each difference would be.
    """
    sign, gives = (1, "give") if giving else (-1, "take")
    ends = sorted(
        ((min(sign * t.net_interval.low, sign * t.net_interval.high), t) for t in known),
        key=lambda one: -sign * one[1].net,
    )
    sure = [task for least, task in ends if least > 0 and task.task in settled]
    if not sure:
        return f"{'No' if giving else 'no'} task surely {_net(giving=giving)}"
    least, top = ends[0]
    level = [
        task
        for _, task in ends[1:]
        if max(sign * task.net_interval.low, sign * task.net_interval.high) >= least
    ]
    if not level and top is sure[0]:
        on_balance = " on balance" if giving else ""
        more = f", {len(sure) - 1:,} more surely {gives}" if len(sure) > 2 else ""
        more = f", {sure[1].task} surely {gives}s, too" if len(sure) == 2 else more
        return f"{top.task} {gives}s most{on_balance} ({signed(top.net)}){more}"
    # Of all tasks: one whose sign is in doubt may be first, too.
    open_still = f"but who {gives}s most is open"
    if len(sure) == 1:
        return f"{sure[0].task} surely {_net(giving=giving)}, {open_still}"
    names = [task.task for task in sure[:NAMED]]
    while len(names) > 1 and sum(map(len, names)) > NAMED_LETTERS:
        names.pop()
    rest = len(sure) - len(names)
    named = _and(names)
    if rest:
        named = f"{len(sure):,} tasks ({', '.join(names)} and {rest:,} more)"
    return f"{named} surely {_net(giving=giving, several=True)}, {open_still}"


def _net(*, giving: bool, several: bool = False) -> str:
    """What a net of one sign is: who is harmed more than it harms gives nothing."""
    they, s = ("they", "") if several else ("it", "s")
    get = f"get{s} more than {they} give{s}"
    return f"give{s} more than {they} get{s}" if giving else get


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def reciprocity_finding(model: SocialRelations | None, whose: str = "each task") -> str:
    """Whether good teachers learn well, and whether help in a pair comes back, with their p.

    whose: the tasks whose net balance is drawn; what is said is of all of them.
    """
    text = f"Net balance of {whose}"
    if model is None:
        return f"{text}; effects need at least 3 tasks."
    told = [part for part in (_teaching_and_learning(model), _help_in_pairs(model)) if part]
    if told:
        text += f": {'; '.join(told)}"
    elif not math.isfinite(model.giver_variance):
        text += f"; whether good teachers learn well {model.generalized_reason}"
    if negative := model.negative_variances:
        text += f"; the variance of the {' and '.join(negative)} effects is estimated below zero"
    return f"{text}."


def _teaching_and_learning(model: SocialRelations) -> str:
    """Whether good teachers learn well; no direction first where it is not told from chance."""
    r, p = model.generalized_reciprocity, model.generalized_p
    if abs(r) < LEAST_R:
        return "tasks that teach well learn neither more nor less (r = 0)"
    if not math.isfinite(model.attenuated_reciprocity):
        return ""
    sure = p <= LEVEL
    learn = "more" if model.attenuated_reciprocity > 0 else "less"
    says = f"tasks that teach well learn {learn} from others"
    if not math.isfinite(r):
        why = model.generalized_reason
        if sure:
            return f"{says} ({p_value(p)}), how closely cannot be estimated ({why})"
        return f"how teaching well goes with learning well cannot be estimated ({why})"
    if not sure:
        says = "no relation seen between teaching well and learning well"
        if abs(r) >= LARGE_R:
            says = "whether tasks that teach well learn more or less cannot be told"
    return f"{says} (r = {number(r)}, {p_value(p)})"


def _help_in_pairs(model: SocialRelations) -> str:
    """Whether help in a pair comes back, beyond what its two tasks give and take elsewhere."""
    r, p = model.dyadic_reciprocity, model.dyadic_p
    if abs(r) < LEAST_R:
        return "what X helps Y says nothing of what Y helps X (r = 0)"
    if not math.isfinite(r):
        return ""
    if not p <= LEVEL:
        return f"no sign in pairs that help comes back (r = {number(r)}, {p_value(p)})"
    back = "more, too" if r > 0 else "less"
    return (
        f"where X helps Y more than their averages say, Y tends to help X {back}"
        f" (r = {number(r)}, {p_value(p)})"
    )


def _sums(balance: Balance) -> list[float]:
    return [s for task in balance.tasks for s in (task.given, task.received) if math.isfinite(s)]


def _effects_finding(balance: Balance, *, names_seeds: bool) -> str:
    model = balance.social_relations
    known = [task for task in model.effects if math.isfinite(task.giver)] if model else []
    if len(known) < 2:
        return "Too few scores to tell teachers apart: giver effects need at least 3 tasks."
    top, low = max(known, key=lambda t: t.giver), min(known, key=lambda t: t.giver)
    effects = [task.giver for task in known]
    most, least = (others_alike(alike(effects, one.giver)) for one in (top, low))
    if max(map(abs, effects)) <= SAME * max(map(abs, _sums(balance)), default=0.0):
        return f"All {len(known)} tasks have the same giver effect."
    seeds = seeds_named(balance.seeds, named=names_seeds)
    order = "" if math.isfinite(top.giver_interval.low) else "As measured, "
    doubt = "" if order else _not_settled(known, top, low)
    return (
        f"{order}{top.task}{most} has the highest giver effect ({signed(top.giver)}),"
        f" {low.task}{least} the lowest ({signed(low.giver)}){doubt}; sums mostly say how hard the"
        f" targets are ({counted(len(known), 'task')}, {seeds})."
    )


def _not_settled(known: Sequence[TaskEffects], top: TaskEffects, low: TaskEffects) -> str:
    """Which of the two places may be another task's, and which of the two signs are sure.

    A place is open where the interval overlaps another task's; a sign is not sure where it holds 0.
    """
    first = all(one.giver_interval.high < top.giver_interval.low for one in known if one is not top)
    last = all(one.giver_interval.low > low.giver_interval.high for one in known if one is not low)
    if first and last:
        return ""
    places = "both places are open"
    if first or last:
        places = f"the {'lowest' if first else 'highest'} place is open"
    above, below = top.giver_interval.low > 0, low.giver_interval.high < 0
    if above and below:
        signs = "both signs are sure"
    elif above or below:
        signs = f"the sign of {(top if above else low).task} is sure"
    else:
        signs = "no sign is sure"
    return f"; {places}, {signs}"
