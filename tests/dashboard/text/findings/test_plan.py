"""What to train on, in sentences: errors beside other scores."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from core.analyses.planning.plan import Covered, Plan, TrainedSets
from core.analyses.planning.search import Goal
from dashboard.text.findings.plan import plan_finding, trained_on, trained_text
from tests.core.small import square_study

PLAN = Plan(
    method="ft1",
    goal=Goal.MEAN,
    sources=("a", "b"),
    coverage=-3.0,
    exact=True,
    at_most=-3.0,
    guarantee=1.0,
    subsets=3,
    per_target=(Covered("a", "a", -5.0), Covered("b", "b", -1.0)),
    seeds=(1,),
    values=np.array([[-5.0, -2.0], [-6.0, -1.0]]),
    of_means=-3.0,
    lower_targets=("a", "b"),
)
"""Errors: 5 and 1, their signs turned."""
STUDY = square_study(np.zeros((1, 2, 2)))


def test_a_proposal_says_whether_anybody_trained_it():
    assert plan_finding(PLAN, STUDY).startswith("Train on a and b, not trained together yet:")
    label = STUDY.tested_methods[0].label
    assert trained_on(STUDY, ["a"]) == f"as {label} was"
    both = replace(STUDY.runs[-1], name="both", trained=("b", "a"))
    trained = replace(STUDY, runs=(*STUDY.runs, both))
    assert f"a and b, as {label} was: the best" in plan_finding(PLAN, trained)
    other = replace(STUDY.method(both.method), name="other", label="Other")
    two = replace(
        trained,
        methods=(*STUDY.methods, other),
        runs=(*trained.runs, replace(both, name="also", method="other")),
    )
    assert trained_on(two, ("a", "b")) == f"as {label} and 1 other method were"
    single = replace(STUDY, runs=tuple(run for run in STUDY.runs if run.trained != ("a",)))
    assert trained_on(single, ["a"]) == "not trained yet"


def test_of_errors_the_lowest_is_measured_first():
    study = square_study(np.zeros((1, 2, 2)))
    sets = TrainedSets("only", 3, best=("a", "b"), coverage=-3.0, planned=-3.0)
    study = replace(study, methods=(replace(study.methods[0], name="only", label="FT2"),))
    head = "Really trained on 2 at once (FT2, 3 sets): a and b"
    assert trained_text(PLAN, sets, study) == f"{head}, the planned set, measured lowest: 3.00."
    better = replace(sets, coverage=-2.5)
    assert trained_text(PLAN, better, study) == (
        f"{head} measured lowest, 2.50; the planned set 3.00, 0.500 more."
    )
    scores = replace(PLAN, lower_targets=())
    assert trained_text(scores, better, study) == (
        f"{head} measured highest, −2.50; the planned set −3.00, 0.500 short."
    )
    untried = replace(sets, planned=math.nan)
    assert trained_text(PLAN, untried, study) == (
        f"{head} measured lowest, 3.00; the planned set was not trained."
    )


def test_of_sets_that_cover_as_much_none_is_a_steady_choice():
    three = replace(PLAN, without_seed=(("a", "b"),) * 3)
    assert "(the same choice whichever seed is left out)" in plan_finding(three, STUDY)
    assert "(9 other sets cover as much)" in plan_finding(replace(three, alike=10), STUDY)
    assert "(1 other set covers as much)" in plan_finding(replace(three, alike=2), STUDY)
    turning = replace(three, without_seed=(("a", "c"), ("a", "b")), alike=2)
    assert plan_finding(turning, STUDY).endswith(
        " (1 other set covers as much; the same choice in 1 of 2 with one seed left out); a in all."
    )
    once = "one seed cannot say whether another would choose the same"
    assert f"(1 other set covers as much; {once})." in plan_finding(replace(PLAN, alike=2), STUDY)


def test_errors_beside_scores_keep_their_own_sign_where_one_target_is_told():
    mixed = replace(PLAN, lower_targets=("a",))
    assert ": the best of them covers 2 targets with −3.00 on average, errors with their sign" in (
        plan_finding(mixed, STUDY)
    )
    assert ": the best of them covers 2 targets with 3.00 on average (" in plan_finding(PLAN, STUDY)
    shrunken = replace(PLAN, shrunken=True, of_means=-2.9)
    once = "one seed cannot say whether another would choose the same"
    assert f"with 3.00 on average (shrunken, 2.90 as measured; {once})." in plan_finding(
        shrunken, STUDY
    )
    same = replace(shrunken, of_means=-3.0)
    assert f"with 3.00 on average (shrunken; {once})." in plan_finding(same, STUDY)
    worst = replace(mixed, goal=Goal.WORST, coverage=-5.0)
    assert ": of 2 targets the worst covered, a, has 5.00 (" in plan_finding(worst, STUDY)
    # b is covered as badly, but by a score of −5: what is said of a is not true of it.
    level = replace(worst, per_target=(Covered("a", "a", -5.0), Covered("b", "b", -5.0)))
    assert "the worst covered, a, has 5.00 (" in plan_finding(level, STUDY)
    at_b = replace(worst, per_target=(Covered("a", "a", 1.0), Covered("b", "b", -4.0)))
    assert "the worst covered, b, has −4.00 (" in plan_finding(at_b, STUDY)
