"""Who gives and who takes, in a sentence."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from core.numerics.intervals import NO_INTERVAL, Interval, ResamplingUnit
from dashboard.text.findings.balance import balance_finding, reciprocity_finding
from tests.core.small import square_study
from tests.dashboard.figures.samples import (
    balance_of,
    random_study,
)


def test_balance_finding():
    found = balance_of(random_study(4))
    top = max(found.tasks, key=lambda task: task.net)
    first = Interval(top.net - 0.01, top.net + 0.01, ResamplingUnit.SEEDS)
    sure = [
        replace(t, net_interval=Interval(t.net, t.net, ResamplingUnit.SEEDS)) for t in found.tasks
    ]
    sure = [replace(t, net_interval=first) if t.task == top.task else t for t in sure]
    text = balance_finding(replace(found, tasks=tuple(sure)))
    assert text.startswith(f"{top.task} gives most on balance (+")
    assert "a takes most (−" in text
    one = balance_of(random_study(1))
    assert "needs at least 2 tasks" in balance_finding(one) or "nothing to balance" in (
        balance_finding(one)
    )
    assert "nothing to balance" in balance_finding(replace(found, tasks=()))


def test_who_gives_most_is_said_only_where_it_is_settled():
    found = balance_of(random_study(4))
    text = balance_finding(found)
    assert text.startswith(
        "b and d surely give more than they get, but who gives most is open; a takes most (−"
    )
    long = tuple(replace(task, task=task.task * 30) for task in found.tasks)
    text = balance_finding(replace(found, tasks=long))
    assert text.startswith(
        f"2 tasks ({'b' * 30} and 1 more) surely give more than they get,"
        " but who gives most is open; aaa"
    )
    wide = Interval(-9.0, 9.0, ResamplingUnit.SEEDS)
    doubtful = tuple(replace(task, net_interval=wide) for task in found.tasks)
    text = balance_finding(replace(found, tasks=doubtful))
    assert text.startswith("No task surely gives more than it gets, or gets more than it gives (")
    alone = tuple(replace(task, net_interval=NO_INTERVAL) for task in found.tasks)
    text = balance_finding(replace(found, tasks=alone))
    assert text.startswith("As measured, ")


def test_all_who_surely_give_are_counted():
    found = balance_of(random_study(6))

    def told(*gives):
        tasks = tuple(
            replace(task, net=net, net_interval=Interval(low, high, ResamplingUnit.SEEDS))
            for task, (net, low, high) in zip(found.tasks, gives, strict=True)
        )
        return balance_finding(replace(found, tasks=tasks))

    # The last of the four overlaps not the first: it gives for sure nonetheless.
    text = told((4, 2, 6), (3, 1, 5), (2.5, 1, 4), (1, 0.5, 1.5), (-4, -5, -3), (-2, -2.5, -1))
    assert text.startswith(
        "4 tasks (a, b, c and 1 more) surely give more than they get, but who gives most is open;"
        " e takes most (−4.00), f surely takes, too ("
    )
    text = told((4, 3, 5), (2, 1.5, 2.5), (1, 0.7, 1.3), (0, -1, 1), (-4, -9, 1), (-3, -4, -2))
    assert text.startswith(
        "a gives most on balance (+4.00), 2 more surely give; f surely gets more than it gives,"
        " but who takes most is open ("
    )
    # One of six whose interval alone excludes zero is what luck gives.
    text = told((4, 0.5, 7.5), (1, -1, 3), (1, -1, 3), (0, -1, 1), (-4, -9, 1), (-2, -5, 1))
    assert text.startswith("No task surely gives more than it gets, or gets more than it gives (")


def test_the_highest_giver_effect_of_raw_scores_is_settled_or_not():
    found = balance_of(random_study(4))

    def told(width):
        effects = tuple(
            replace(
                one,
                giver_interval=Interval(one.giver - width, one.giver + width, ResamplingUnit.SEEDS),
            )
            for one in found.social_relations.effects
        )
        relations = replace(found.social_relations, effects=effects)
        return balance_finding(replace(found, social_relations=relations), raw=True)

    assert "; both places are open, no sign is sure; sums" in told(9.0)
    assert "open" not in told(0.0)
    # Wide enough to reach the next task, and not as wide as to reach 0.
    one = {task.task: task.giver for task in found.social_relations.effects}
    first, second, *_, last = sorted(one.values(), reverse=True)
    width = min(first, -last) * 0.99
    assert width > (first - second) / 2
    assert "both signs are sure; sums" in told(width)
    assert "places are open" in told(width)
    assert told(float("nan")).startswith("As measured, ")


def test_reciprocities_of_few_tasks_may_be_chance():
    model = replace(
        balance_of(random_study(6)).social_relations,
        generalized_reciprocity=-0.576,
        attenuated_reciprocity=-0.576,
        dyadic_reciprocity=0.380,
        giver_variance=0.1,
    )
    text = reciprocity_finding(model)
    assert text == (
        "Net balance of each task: whether tasks that teach well learn more or less cannot be told"
        " (r = −0.576, p = 0.23); no sign in pairs that help comes back (r = 0.380, p = 0.23)."
    )
    small = replace(model, generalized_reciprocity=-0.3, attenuated_reciprocity=-0.3)
    assert ": no relation seen between teaching well and learning well (r = −0.300, p " in (
        reciprocity_finding(small)
    )
    strong = replace(
        model,
        generalized_reciprocity=0.95,
        attenuated_reciprocity=0.95,
        dyadic_reciprocity=float("nan"),
    )
    assert reciprocity_finding(strong).startswith(
        "Net balance of each task: tasks that teach well learn more from others (r = 0.950, p = 0.0"
    )
    back = replace(model, dyadic_reciprocity=0.9)
    more = "where X helps Y more than their averages say, Y tends to help X"
    assert f"{more} more, too (r = 0.900, p " in reciprocity_finding(back)
    assert f"{more} less (r = −0.900, p " in reciprocity_finding(
        replace(model, dyadic_reciprocity=-0.9)
    )


def test_a_reciprocity_beyond_one_is_said_to_be_no_estimate():
    model = replace(
        balance_of(random_study(6)).social_relations,
        generalized_reciprocity=float("nan"),
        attenuated_reciprocity=0.5,
    )
    assert reciprocity_finding(model).startswith(
        "Net balance of each task: how teaching well goes with learning well cannot be estimated"
        " (covariance larger than the variances allow); "
    )
    sure = replace(model, attenuated_reciprocity=-0.99)
    assert (
        "tasks that teach well learn less from others (p < 0.001), how closely cannot be estimated"
        " (covariance larger than the variances allow)"
    ) in reciprocity_finding(sure)


def test_a_balance_without_a_difference_names_nobody():
    found = SimpleNamespace(
        tasks=[
            SimpleNamespace(task=name, net=0.0, given=1.0, received=1.0, net_interval=NO_INTERVAL)
            for name in "ab"
        ]
    )
    assert balance_finding(found) == "All 2 tasks give as much as they receive: every net is 0."
    found.tasks[1].net = 2e-16
    assert balance_finding(found) == "All 2 tasks give as much as they receive: every net is 0."


def test_a_balance_of_values_that_are_all_cut_is_not_level_for_sure():
    harm = np.full((2, 3, 3), -0.5)
    assert balance_finding(balance_of(square_study(harm))) == (
        "All values are cut to the scale, so no net balance can be seen: every net is 0."
    )
    harm[0, 0, 1] = 0.0
    assert balance_finding(balance_of(square_study(harm))).startswith("All 3 tasks give as much")


def test_nobody_gives_on_balance_where_all_nets_are_below_zero():
    found = balance_of(random_study(4))
    nets = (-0.2, -0.1, -0.1, -0.4)
    tasks = [
        replace(task, net=net, net_interval=NO_INTERVAL)
        for task, net in zip(found.tasks, nets, strict=True)
    ]
    assert balance_finding(replace(found, tasks=tuple(tasks))).startswith(
        "As measured, no task gives on balance (at most −0.100), d takes most (−0.400)"
    )
    tasks[0] = replace(tasks[0], net=-0.4)
    assert "a, with 1 other, takes most (−0.400)" in balance_finding(
        replace(found, tasks=tuple(tasks))
    )


def test_a_reciprocity_that_is_rounding_has_no_direction():
    model = balance_of(random_study(6)).social_relations
    nothing = replace(model, generalized_reciprocity=-4e-9, dyadic_reciprocity=-2e-16)
    assert reciprocity_finding(nothing).startswith(
        "Net balance of each task: tasks that teach well learn neither more nor less (r = 0); what"
        " X helps Y says nothing of what Y helps X (r = 0)"
    )


def test_effects_that_missing_cells_leave_unknown_say_what_they_need():
    variances = ("giver_variance", "taker_variance", "pair_variance")
    kinds = (f"{one}_reciprocity" for one in ("generalized", "attenuated", "dyadic"))
    nothing = dict.fromkeys((*variances, *kinds), float("nan"))
    model = replace(balance_of(random_study(6)).social_relations, **nothing)
    assert reciprocity_finding(model) == (
        "Net balance of each task; whether good teachers learn well needs at least 4 tasks and"
        " every transfer between them."
    )
