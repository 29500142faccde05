"""What a plan covers, as figures: names that try to be HTML, many targets, errors."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.planning.plan import Covered, Plan, PlanSizes, SizedPlan, TrainedSets
from core.analyses.planning.search import Goal
from dashboard.figures.parts.theme import theme
from dashboard.figures.plan import TARGETS_SHOWN, sizes_figure, who_covers_whom
from tests.dashboard.figures import samples

LIGHT = theme("light")


def plan_of(values, sources, targets, *, lower=(), exact=True) -> Plan:
    found = np.asarray(values, dtype=float)
    best = found.argmax(axis=0)
    covered = tuple(
        Covered(target, sources[best[j]], float(found[best[j], j]))
        for j, target in enumerate(targets)
    )
    return Plan(
        method="ft1",
        goal=Goal.MEAN,
        sources=tuple(sources),
        coverage=float(found.max(axis=0).mean()),
        exact=exact,
        at_most=2.0,
        guarantee=1.0,
        subsets=3,
        per_target=covered,
        seeds=(1,),
        values=found,
        of_means=0.5,
        lower_targets=tuple(lower),
        trained=(TrainedSets("b", 4, ("distance", "angle"), 0.4, 0.3),),
    )


def test_who_covers_is_outlined_and_names_are_text():
    study = samples.study((samples.EVIL, "angle", "compass"))
    plan = plan_of([[0.9, 0.1, -0.2], [0.2, 0.8, 0.3]], (samples.EVIL, "angle"), study.task_index)
    figure, (width, height) = who_covers_whom(plan, study, LIGHT)
    assert "<script" not in figure.to_json()
    assert width > 0 < height
    (outline,) = figure.layout.shapes
    # Two cells of the second row, one of the first.
    assert outline.path.count("M") == 3
    assert [list(row) for row in figure.data[0].z] == plan.values.tolist()


def test_of_many_targets_those_covered_worst_have_a_column():
    names = [f"t{i}" for i in range(TARGETS_SHOWN + 20)]
    study = samples.study(names)
    plan = plan_of([np.linspace(1, 0, len(names))], ("t0",), names)
    figure, _ = who_covers_whom(plan, study, LIGHT)
    columns = figure.data[0].meta["selects"]["columns"]
    assert columns == names[:19:-1]
    assert len(columns) == TARGETS_SHOWN


@pytest.mark.parametrize("lower", [(), ("distance", "angle", "compass")])
def test_better_is_up_whatever_the_direction(lower):
    study = samples.study()
    sign = -1.0 if lower else 1.0
    plan = plan_of(sign * np.ones((1, 3)), ("angle",), study.task_index, lower=lower, exact=False)
    sizes = PlanSizes(
        "ft1",
        Goal.MEAN,
        tuple(SizedPlan(k, ("angle",), sign * v, False, sign * v) for k, v in ((1, 1.0), (2, 1.5))),
    )
    figure = sizes_figure(sizes, plan, study, LIGHT)
    planned = next(trace for trace in figure.data if trace.name == "planned")
    assert list(planned.y) == [1.0, 1.5]
    low, high = figure.layout.yaxis.range
    assert (low > high) == bool(lower)
    trained = figure.data[-1]
    assert (list(trained.x), trained.customdata[0]) == ([1], ["distance+angle"])


@pytest.mark.parametrize("exact", [True, False])
def test_what_a_hollow_mark_says_stands_in_the_legend(exact):
    study = samples.study()
    plan = plan_of(np.ones((1, 3)), ("angle",), study.task_index)
    plans = tuple(SizedPlan(k, ("angle",), k / 4, exact or k < 2, 1.0) for k in (1, 2, 3))
    figure = sizes_figure(PlanSizes("ft1", Goal.MEAN, plans), plan, study, LIGHT)
    planned = next(trace for trace in figure.data if trace.name == "planned")
    hollow = [color == LIGHT.background for color in planned.marker.color]
    assert any(hollow) != exact
    told = [trace for trace in figure.data if trace.name == "found without trying all sets"]
    assert [trace.marker.color for trace in told] == [] if exact else [LIGHT.background]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_bar_of_scores_says_which_end_is_better_in_both_themes(mode):
    study = samples.study(layout="scores")
    plan = plan_of([[0.9, 0.1, 0.2]], ("angle",), study.task_index)
    bar = who_covers_whom(plan, study, theme(mode))[0].layout.coloraxis.colorbar
    assert bar.ticktext == ("worst", "best")
    # On the dark page the better is the lighter.
    assert "dark" not in bar.title.text


def test_numbers_are_read_where_many_targets_have_a_column():
    names = [f"t{i}" for i in range(20)]
    study = samples.study(names)
    values = np.linspace(0.001, 0.99, 20)[None, :]
    figure, _ = who_covers_whom(plan_of(values, ("t0",), names), study, LIGHT)
    numbers = next(trace for trace in figure.data if trace.name == "numbers")
    assert numbers.textfont.size >= 10
