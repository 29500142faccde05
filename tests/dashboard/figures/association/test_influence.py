"""What carries r: dots against the whole, and the changes of pairs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.analyses.association.influence import ItemInfluence
from core.similarity.measures import Measure
from dashboard.figures.association.influence import (
    MANY_TASKS,
    MOST_ROWS,
    MOST_TASKS,
    item_influence,
    rows_note,
    task_influence,
    tasks_note,
)
from dashboard.figures.association.pair_changes import pair_changes, pair_changes_size, pairs_note
from dashboard.figures.parts.theme import Mode, task_colors, theme
from dashboard.text.findings import predictors
from tests.dashboard.figures.samples import EVIL, NAN, association_of, random_study, study

LIGHT = theme(Mode.LIGHT)
FIVE = random_study(5)
TASKS = ("distance", "angle", "compass")


def influence_of(groups=("Asia", "Africa"), *, tasks=TASKS, seed=0, **changed) -> ItemInfluence:
    rng = np.random.default_rng(seed)
    size = len(tasks)

    def symmetric() -> np.ndarray:
        values = rng.uniform(0.2, 0.9, (size, size))
        values = (values + values.T) / 2
        np.fill_diagonal(values, NAN)
        return values

    without = np.array([symmetric() for _ in groups])
    upper = np.triu_indices(size, k=1)
    whole = symmetric()
    made = ItemInfluence(
        method="ft1",
        layer=5,
        checkpoint="last",
        measure=Measure.CKA,
        debiased=False,
        seeds=(0, 1),
        model_seeds=(0,),
        tasks=tuple(tasks),
        models=size,
        n_items=10 * len(groups),
        ungrouped=0,
        groups=tuple(groups),
        untried=0,
        items=np.full(len(groups), 10),
        similarity=whole,
        without=without,
        n=np.full(len(groups), size * (size - 1)),
        r=0.3,
        r_without=rng.uniform(-0.5, 0.5, len(groups)),
        r_random=np.full(len(groups), 0.29),
        mean=float(whole[upper].mean()),
        mean_without=np.array([one[upper].mean() for one in without]),
        mean_random=np.full(len(groups), 0.55),
        left_out=(),
    )
    return replace(made, **changed)


def named(figure, name):
    return [a for a in figure.layout.annotations if a.name == name]


def drawn(figure) -> str:
    """All that plotly reads; a key in `customdata` is nothing it shows."""
    return str(figure.update_traces(customdata=None).to_plotly_json())


# -- tasks -------------------------------------------------------------------------------------


def test_each_task_is_a_dot_at_r_without_it_sorted_against_r_of_all():
    found = association_of(FIVE)
    figure = task_influence(found, FIVE, LIGHT)
    (dots,) = figure.data
    order = np.argsort(-found.without_task)
    np.testing.assert_array_equal(dots.x, found.without_task[order])
    assert dots.meta == {"selects": {"points": True}}
    assert [list(chosen) for chosen in dots.customdata] == [[found.tasks[i]] for i in order]
    colors = task_colors(FIVE.tasks)
    assert list(dots.marker.color) == [colors[task] for (task,) in dots.customdata]
    whole = next(s for s in figure.layout.shapes if s.name == "whole")
    assert whole.x0 == whole.x1 == found.pearson.r
    low, high = figure.layout.xaxis.range
    assert low < min(*dots.x, found.pearson.r)
    assert high > max(*dots.x, found.pearson.r)
    assert len(named(figure, "value")) == 5
    assert "against all" in dots.hovertext[0]


def test_of_many_tasks_those_that_change_r_most_are_drawn_and_it_is_said():
    few = association_of(FIVE)
    assert tasks_note(few) == ""
    count = MANY_TASKS + 1
    without = few.pearson.r + np.random.default_rng(0).normal(0, 0.01, count)
    without[3] = NAN
    many = replace(few, tasks=tuple(f"t{at:03d}" for at in range(count)), without_task=without)
    (dots,) = task_influence(many, FIVE, LIGHT).data
    most = np.sort(-np.abs(np.delete(without, 3) - few.pearson.r))[:MOST_TASKS]
    np.testing.assert_allclose(np.sort(-np.abs(np.array(dots.x) - few.pearson.r)), most)
    assert (np.diff(dots.x) <= 0).all()
    assert tasks_note(many) == f"the {MOST_TASKS} tasks that change r most"


def test_undefined_without_a_task_is_a_row_without_a_dot():
    found = association_of(random_study(3))
    assert np.isnan(found.without_task).all()
    figure = task_influence(found, FIVE, LIGHT)
    assert len(figure.data[0].x) == 0
    assert [a.text for a in named(figure, "value")] == ["—"] * 3
    assert "as soon as one is left out" in predictors.task_influence_finding(found)


def test_which_task_carries_r_is_said():
    found = association_of(FIVE)
    r = replace(found.pearson, r=0.4)
    shown = replace(found, pearson=r, without_task=np.array([0.42, 0.1, 0.38, 0.45, 0.41]))
    text = predictors.task_influence_finding(shown)
    assert text.startswith("b matters most: without it, r falls to 0.100 from 0.400; without any")
    assert "other it is 0.380 to 0.450" in text
    assert "95 % over tasks" in text or "no interval over tasks" in text
    turned = replace(shown, without_task=np.array([0.42, -0.1, 0.38, 0.45, 0.41]))
    assert "r turns into −0.100 from" in predictors.task_influence_finding(turned)
    grown = replace(shown, without_task=np.array([0.42, 0.9, 0.38, 0.45, 0.41]))
    assert "r grows to 0.900 from" in predictors.task_influence_finding(grown)
    below = replace(shown, pearson=replace(r, r=-0.4), without_task=-shown.without_task)
    assert "r weakens to −0.100 from −0.400" in predictors.task_influence_finding(below)
    still = replace(shown, without_task=np.full(5, 0.401))
    assert "No single task carries r" in predictors.task_influence_finding(still)
    level = replace(shown, without_task=np.array([0.4, 0.1, 0.1, 0.4, 0.4]))
    text = predictors.task_influence_finding(level)
    assert text.startswith("b, with 1 other, matters most: without it, r falls to 0.100 from 0.400")
    even = replace(shown, without_task=np.array([0.38, 0.1, 0.38, 0.38, 0.38]))
    assert "; without any other it is 0.380 (" in predictors.task_influence_finding(even)


def test_through_two_pairs_there_is_always_a_line():
    """Of 3 tasks, one left out leaves two ordered pairs: their r is ±1, whatever was measured."""
    found = replace(association_of(random_study(3)), without_task=np.array([1.0, -1.0, 1.0]))
    assert predictors.task_influence_finding(found) == (
        "With 3 tasks, fewer than 3 pairs remain as soon as one is left out: too few for an r."
    )


# -- items -------------------------------------------------------------------------------------


def test_mean_similarity_and_r_stand_in_the_same_order():
    found = influence_of(("Asia", "Africa", "Europe"))
    figure = item_influence(found, LIGHT)
    chance, means, r_chance, r = figure.data
    assert list(chance.x) == [0.55] * 3
    assert list(r_chance.x) == [0.29] * 3
    assert chance.marker.symbol == "diamond-open"
    order = np.argsort(-found.r_without)
    np.testing.assert_array_equal(r.x, found.r_without[order])
    np.testing.assert_array_equal(means.x, found.mean_without[order])
    assert list(means.customdata) == list(r.customdata)
    assert list(figure.layout.yaxis.ticktext) == [f"{found.groups[i]} (10)" for i in order]
    wholes = [s.x0 for s in figure.layout.shapes if s.name == "whole"]
    assert wholes == [found.mean, found.r]


def test_of_many_groups_those_that_change_r_most_are_drawn_and_it_is_said():
    many = influence_of([f"g{i}" for i in range(30)])
    figure = item_influence(many, LIGHT)
    drawn = set(figure.data[3].customdata)
    assert len(drawn) == MOST_ROWS
    change = np.abs(many.r_without - many.r)
    assert drawn == {many.groups[i] for i in np.argsort(-change)[:MOST_ROWS]}
    assert rows_note(many) == f"the {MOST_ROWS} groups that change r most"
    assert rows_note(influence_of()) == ""
    undefined = replace(many, r=NAN, r_without=many.r_without * NAN)
    assert len(item_influence(undefined, LIGHT).data[1].x) == MOST_ROWS


def test_the_finding_names_the_group_that_matters_most():
    # Africa changes it more, Asia more than as many items at random would.
    found = influence_of(
        mean=0.5,
        mean_without=np.array([0.45, 0.6]),
        mean_random=np.array([0.51, 0.59]),
        r_without=np.array([0.2, 0]),
    )
    assert predictors.item_influence_finding(found) == (
        "Without the 10 items of Asia, CKA of two tasks is 0.450 on average, 0.510 without as many"
        " at random (0.500 with all items); r stays between 0 and 0.200 (0.300 with all), furthest"
        " without Africa."
    )
    no_r = replace(found, r_without=np.full(2, NAN))
    assert predictors.item_influence_finding(no_r).endswith("; r is undefined.")
    nothing = replace(no_r, mean_without=np.full(2, NAN))
    assert "is undefined" in predictors.item_influence_finding(nothing)


def test_tables_that_say_something_else_are_told():
    association = association_of(random_study(4))
    r = association.pearson.r
    assert predictors.tables_note(influence_of(r=r + 0.001), association) == ""
    assert predictors.tables_note(influence_of(r=r + 0.1), association).startswith(
        "the study's tables, which the scatter shows, give r = "
    )


# -- pairs -------------------------------------------------------------------------------------


def test_the_largest_change_of_every_pair_is_outlined():
    found = influence_of(("Asia", "Africa", "Europe"))
    figure = pair_changes(found, study(), LIGHT)
    values = figure.data[0].z
    assert values.shape == (3, 3)
    changes = found.pair_changes()
    np.testing.assert_array_equal(np.abs(values).max(axis=1), [abs(c.change) for c in changes])
    assert figure.layout.yaxis.ticktext[0] == "–".join(
        name[0].upper() for name in (changes[0].first, changes[0].second)
    )
    outline = next(s for s in figure.layout.shapes if s.name == "largest")
    assert outline.path.count("M") == 3
    axis = figure.layout.coloraxis
    assert axis.cmin == -axis.cmax
    text = predictors.pair_change_finding(found)
    assert f"without {changes[0].group}" in text
    assert text.count("least") == 1


def test_many_pairs_and_groups_are_cut_to_the_most_changed():
    many = influence_of([f"g{i}" for i in range(30)], tasks=tuple("abcdefghij"))
    figure = pair_changes(many, study(tuple("abcdefghij")), LIGHT)
    assert figure.data[0].z.shape[0] == MOST_ROWS
    shown = list(figure.layout.xaxis.ticktext)
    assert {change.group for change in many.pair_changes()[:MOST_ROWS]} <= set(shown)
    assert pairs_note(many) == f"the {MOST_ROWS} pairs of 45 that change most"
    assert pairs_note(influence_of()) == ""
    assert pair_changes_size(many, study())[0] < 900


def test_what_is_undefined_is_hatched():
    found = influence_of()
    without = found.without.copy()
    without[0] = NAN
    figure = pair_changes(replace(found, without=without), study(), LIGHT)
    assert {s.name for s in figure.layout.shapes} == {"missing", "largest"}
    nothing = replace(found, without=np.full_like(without, NAN))
    assert "No pair" in predictors.pair_change_finding(nothing)
    pair_changes(nothing, study(), LIGHT)
    assert not nothing.pair_changes()


@pytest.mark.parametrize("mode", list(Mode))
def test_names_of_groups_and_tasks_are_never_html(mode):
    tasks = (EVIL, "angle", "compass")
    found = influence_of((EVIL, "x" * 300), tasks=tasks)
    odd = study(tasks, labels=(EVIL, "A", "C"))
    for figure in (item_influence(found, theme(mode)), pair_changes(found, odd, theme(mode))):
        assert "<script>" not in drawn(figure)
    association = replace(association_of(random_study(3)), tasks=tasks)
    association = replace(association, without_task=np.array([0.1, 0.2, 0.3]))
    assert "<script>" not in drawn(task_influence(association, odd, theme(mode)))
    assert not math.isnan(found.mean)
