"""What to train on, in sentences. Plain text, not escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.analyses.planning.search import Goal
from core.study import Study
from dashboard.text.names import in_words, joined
from dashboard.text.numbers import alike, counted, number, others_alike, percent

if TYPE_CHECKING:
    from core.analyses.planning.next_experiment import NextExperiment
    from core.analyses.planning.plan import Plan, TrainedSets


NAMED = 6
"""So many sources are named in a sentence."""


def coverage_of(plan: Plan, value: float) -> float:
    """A coverage on the scale values are written in."""
    from core.analyses.planning.plan import as_given

    return as_given(value, plan.targets, plan.lower_targets)


def sources_named(sources: Sequence[str]) -> str:
    """`a, b and c`; of many the first ones and how many more."""
    if len(sources) > NAMED:
        shown = ", ".join(sources[:NAMED])
        return f"{shown} and {len(sources) - NAMED} more"
    return joined(sources) if sources else "none"


def trained_on(study: Study, sources: Sequence[str]) -> str:
    """Whether anything was trained on such a set: `as FTWB2 was`, `not trained together yet`."""
    wanted = set(sources)
    labels = [
        method.label
        for method in study.tested_methods
        if any(set(run.trained) == wanted for run in study.runs_of(method.name))
    ]
    if labels:
        others = f" and {counted(len(labels) - 1, 'other method')}" if len(labels) > 1 else ""
        return f"as {labels[0]}{others} {'were' if others else 'was'}"
    return f"not trained {'together ' if len(sources) > 1 else ''}yet"


def plan_finding(plan: Plan, study: Study) -> str:
    """Which sources, what they cover, and how sure the choice is.

    A plan proposes: that nobody trained its set yet is said, and who did where somebody has.
    """
    from core.analyses.planning.plan import as_given

    targets = counted(len(plan.targets), "target")
    if plan.goal is Goal.MEAN:
        best = "it" if len(plan.sources) == 1 else "the best of them"
        reached = number(coverage_of(plan, plan.coverage))
        what = f"{best} covers {targets} with {reached} on average{_turned(plan)}"
    else:
        worst = min(plan.per_target, key=lambda one: one.transfer)
        # One target: an error has its own sign, whatever the others are.
        given = [as_given(c.transfer, [c.target], plan.lower_targets) for c in plan.per_target]
        at = plan.per_target.index(worst)
        same, reached = alike(given, given[at]), number(given[at])
        named = worst.target + others_alike(same).rstrip(",").replace(", with", " with")
        what = f"of {targets} the worst covered, {named}, has {reached}"
    text = (
        f"Train on {sources_named(plan.sources)}, {trained_on(study, plan.sources)}: {what}"
        f" ({_shrunken(plan)}{steadiness_text(plan, study)})"
    )
    always = [name for name in plan.sources if plan.steadiness(name) == 1.0]
    if plan.without_seed and 0 < len(always) < len(plan.sources):
        text += f"; {sources_named(always)} in all"
    return f"{text}."


def _shrunken(plan: Plan) -> str:
    """`shrunken, 0.833 as measured; `; empty where the coverage is that of the means."""
    if not plan.shrunken:
        return ""
    measured = number(coverage_of(plan, plan.of_means))
    of_mean = plan.goal is Goal.MEAN and measured != number(coverage_of(plan, plan.coverage))
    return f"shrunken, {measured} as measured; " if of_mean else "shrunken; "


def _is_lower(plan: Plan) -> bool:
    """Whether all of its targets are errors, of which less is better."""
    return bool(plan.targets) and set(plan.targets) <= set(plan.lower_targets)


def _turned(plan: Plan) -> str:
    """That a mean over errors and other scores takes errors with their sign turned."""
    mixed = not _is_lower(plan) and not set(plan.targets).isdisjoint(plan.lower_targets)
    return ", errors with their sign turned," if mixed else ""


def steadiness_text(plan: Plan, study: Study) -> str:
    """How often the choice comes out the same with a seed left out.

    Of sets that cover as much the first in manifest order is chosen, whichever seed is left out:
    how many there are is said then, and that it is the same choice is not.
    """
    others = plan.alike - 1
    many = f"{counted(others, 'other set')} cover{'s' * (others == 1)} as much" if others else ""
    times = len(plan.without_seed)
    same = sum(set(one) == set(plan.sources) for one in plan.without_seed)
    if many and 0 < same == times:
        return many
    if not times:
        often = f"{study.one_seed} cannot say whether another would choose the same"
    elif same == times:
        often = "the same choice whichever seed is left out"
    elif not same:
        often = "another choice whichever seed is left out"
    else:
        often = f"the same choice in {same} of {times} with one seed left out"
    return f"{many}; {often}" if many else often


def how_found(plan: Plan) -> str:
    """Exact or not, and its bound: `best of all 20 sets`."""
    size = len(plan.sources) if plan.budget is None else 0
    of = f" of {size}" if size else " that the budget pays"
    if plan.subsets == 1:
        return "the only set there is"
    if plan.exact:
        return f"best of all {plan.subsets:,} sets{of}"
    most = number(coverage_of(plan, plan.at_most))
    text = (
        f"found one by one and by exchanges, of {plan.subsets:,} sets{of}; none covers with"
        f" {'less' if _is_lower(plan) else 'more'} than {most}"
    )
    if math.isfinite(plan.guarantee):
        text += f", and this is at least {plan.guarantee:.0%} of the best"
    return text


def values_text(plan: Plan) -> str:
    """What was planned on: shrunken values, or means and why."""
    if plan.shrunken:
        of_means = number(coverage_of(plan, plan.of_means))
        return f"by shrunken values ({of_means} by the means over seeds)"
    return f"by means over seeds: {plan.why}" if plan.why else "by means over seeds"


def trained_text(plan: Plan, trained: TrainedSets, study: Study) -> str:
    """What was really trained on as many tasks, and what the planned set lacks of it."""
    label = study.method(trained.method).label
    best = number(coverage_of(plan, trained.coverage))
    sets = counted(trained.sets, "set")
    size = len(plan.sources)
    first = "lowest" if _is_lower(plan) else "highest"
    text = f"Really trained on {size} at once ({label}, {sets}): {sources_named(trained.best)}"
    if not math.isfinite(trained.planned):
        return f"{text} measured {first}, {best}; the planned set was not trained."
    if trained.regret <= 0:
        return f"{text}, the planned set, measured {first}: {best}."
    planned = number(coverage_of(plan, trained.planned))
    off = "more" if _is_lower(plan) else "short"
    short = f"the planned set {planned}, {number(trained.regret)} {off}"
    return f"{text} measured {first}, {best}; {short}."


def next_finding(found: NextExperiment) -> str:
    """Which cell to run next, or that none would change anything."""
    if found.why:
        return f"Nothing can be said of the next run: {found.why}."
    if not found.cells:
        return "No single run more would change this plan: spend it on another question."
    first = found.cells[0]
    seen = "which is missing" if not first.seeds else f"seen with {counted(first.seeds, 'seed')}"
    small = "" if first.changes > 0 and first.gain > 0.005 else ", which is little"
    return (
        f"Run {in_words(first.source, first.target)} ({seen}) next: one run more changes the plan"
        f" in {percent(round(first.changes, 3))} of {found.draws:,} draws, worth"
        f" {number(first.gain)} of coverage on average{small}."
    )
