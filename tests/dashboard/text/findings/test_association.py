"""What an association says, in sentences."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from dashboard.text import numbers
from dashboard.text.findings import predictors
from dashboard.text.findings.association import association_finding, association_title
from tests.dashboard.figures.samples import (
    NAN,
    association_of,
    random_study,
)


def test_association_finding():
    found = association_of(random_study(5))
    text = association_finding(found)
    assert text.startswith(f"Similarity explains {numbers.percent(found.r_squared)} of transfer")
    assert "n = 20 pairs of 5 tasks" in text
    assert "a symmetric measure could explain at most" in text
    equation, quoted = association_title(found)
    assert equation.startswith("transfer = ")
    assert " · CKA " in equation
    for part in ("r = ", "QAP p = ", "R² = ", "n = 20"):
        assert part in quoted
    assert quoted.count("p = ") == 1  # of the textbook p nothing stands in a title


def test_a_title_says_how_exact_a_p_of_few_relabellings_is():
    found = association_of(random_study(5))
    drawn = replace(found.qap, p=0.873, permutations=800, exhaustive=False)
    assert "QAP p = 0.87 ± 0.012, R²" in association_title(replace(found, qap=drawn))[1]
    assert "QAP p = 0.87 ± 0.012, n = " in association_finding(replace(found, qap=drawn))
    assert "±" not in association_title(found)[1]


def test_what_a_study_could_have_found_stands_where_it_found_nothing():
    found = association_of(random_study(5))
    spread = replace(found.qap, p=0.3, spread=0.2)
    assert association_finding(replace(found, qap=spread)).endswith(
        ". A study like this finds |r| from 0.560 up (in 4 of 5 studies), and weaker ones less"
        " often."
    )
    assert "pairs of 5 tasks), which may be chance; a sym" in association_finding(
        replace(found, qap=spread)
    )
    nothing = replace(found.qap, p=0.3, spread=0.5)
    assert association_finding(replace(found, qap=nothing)).endswith(
        " With 5 tasks no r could be told from chance."
    )
    assert "chance" not in association_finding(replace(found, qap=replace(spread, p=0.01)))


@pytest.mark.parametrize("size", [0, 1, 2])
def test_association_without_enough_pairs_says_so(size):
    found = association_of(random_study(3))
    few = replace(
        found,
        n=size,
        pearson=replace(found.pearson, r=NAN, p=NAN),
        slope=NAN,
        intercept=NAN,
        points=found.points.take(slice(0, size)),
    )
    text = association_finding(few)
    assert ("needs at least 3 pairs" if size else "No pair of tasks has both") in text
    assert "undefined" in association_title(few)[1]
    constant = replace(few, n=6)
    assert "constant" in association_finding(constant)


def test_models_of_some_seeds_are_named_where_they_stand():
    sweep = SimpleNamespace(
        seeds=(1, 2), checkpoints=(800, 1600, "last"), cka_seeds=(((1,), (1,), (1, 2)),)
    )
    assert predictors.models_of_places(sweep) == (
        "models compared: seed 1 at 800 to 1,600, 2 seeds (1, 2) at last"
    )
    whole = SimpleNamespace(seeds=(1, 2), checkpoints=(800, "last"), cka_seeds=(((), (1, 2)),))
    assert predictors.models_of_places(whole) == ""


def test_checkpoints_of_other_seeds_say_so_where_they_stand_and_others_say_nothing():
    measure = object()
    sweep = SimpleNamespace(
        measure=measure, checkpoints=(800, 1600, "last"), cka_seeds=(((1,), (), (1, 2)),)
    )
    assert predictors.seeds_of_columns(sweep) == ("1 seed", "", "2 seeds")
    assert predictors.checkpoint_heads(sweep) == (
        "checkpoint 800 · 1 seed", "checkpoint 1,600", "last checkpoint · 2 seeds",
    )  # fmt: skip
    alike = SimpleNamespace(
        measure=measure, checkpoints=(800, "last"), cka_seeds=(((), (1, 2)), ((1, 2), (1, 2)))
    )
    assert predictors.seeds_of_columns(alike) == ()
    assert predictors.checkpoint_heads(alike) == ("checkpoint 800", "last checkpoint")


def test_two_points_and_seeds_that_do_not_agree_have_no_share():
    found = association_of(random_study(5))
    two = replace(found, n=2, pearson=replace(found.pearson, r=1.0))
    assert "needs at least 3 pairs" in association_finding(two)
    assert "needs at least 3 pairs" in association_title(two)[1]
    ceiling = replace(found.ceiling, seeds=-0.854)
    apart = replace(found, directed=True, ceiling=ceiling, n=20)
    assert "; the seeds do not agree" in association_finding(apart)
    assert "−" not in predictors.ceiling_finding(apart)
    unknown = association_finding(replace(found, qap=replace(found.qap, p=NAN)))
    assert "QAP p undefined" in unknown
    assert "which may be chance" in unknown
