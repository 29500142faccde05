from __future__ import annotations

from dataclasses import replace

import pytest

from core.analyses import (
    ASSOCIATION,
    ASSOCIATION_SWEEP,
    BALANCE,
    COVARIATES,
    GRAPH_STRUCTURE,
    ITEM_INFLUENCE,
    NEXT_EXPERIMENT,
    OVERVIEW,
    PLAN,
    PLAN_SIZES,
    SEVERAL_TASKS,
    SIMILARITY,
    SPECIFICATIONS,
    TASK_PAIR_PROFILE,
    TOGETHER,
    TRAJECTORIES,
)
from core.analyses.association.relabelling import SHIFTED_FROM
from core.analyses.query import PlanQuery, SimilarityQuery, TransferQuery
from core.analyses.registry import ANALYSES
from core.errors import RequestError
from core.io import open_study
from core.io.synthetic import SyntheticStudy, write_synthetic_study
from core.numerics.interrupt import interruptible


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cost") / "made"
    return open_study(write_synthetic_study(SyntheticStudy(tasks=60), folder).parent)


@pytest.fixture(scope="module")
def example():
    return open_study("examples/atlantis/study")


def asked(study):
    return TransferQuery(study.tested_methods[0].name)


def test_more_tasks_cost_more_and_fewer_less(study):
    query = asked(study)
    whole = ASSOCIATION.cost(study, query)
    some = TransferQuery(query.method, exclude=tuple(task.name for task in study.tasks[:30]))
    part = ASSOCIATION.cost(study, some)
    assert part.bytes == pytest.approx(whole.bytes / 4)
    assert part.seconds < whole.seconds
    assert BALANCE.cost(study, query).seconds < whole.seconds


def test_a_sweep_costs_by_the_places_it_looks_at(study):
    how = SimilarityQuery()
    one = ASSOCIATION.cost(study, asked(study), how).bytes
    assert ASSOCIATION_SWEEP.cost(study, asked(study), how).bytes < one


def test_two_tasks_alone_cost_little(study):
    """At a thousand tasks the panel of a pair was refused what takes 30 ms."""
    whole, two = ASSOCIATION.cost(study, asked(study)), TASK_PAIR_PROFILE.cost(study)
    assert two.bytes < whole.bytes / 5
    assert two.seconds < whole.seconds / 2


def test_what_is_not_there_has_no_cost(study):
    with pytest.raises(RequestError):
        ASSOCIATION.cost(study, TransferQuery("transfer", exclude=("nothing",)))


def test_every_analysis_says_what_it_costs():
    assert all(analysis.costs.us > 0 for analysis in ANALYSES.values())


def of_tasks(study, count, analysis, *queries):
    """Seconds with the first `count` tasks alone."""
    out = tuple(task.name for task in study.tasks[count:])
    return analysis.cost(study, replace(asked(study), exclude=out), *queries).seconds


def test_a_question_of_few_tasks_costs_as_well(study):
    assert of_tasks(study, 2, BALANCE) > 1e-3


@pytest.mark.parametrize("analysis", [ASSOCIATION, ASSOCIATION_SWEEP, TOGETHER, COVARIATES])
def test_thousands_of_relabellings_cost_more_than_the_tables(study, analysis):
    """All of few tasks, 10,000 of more."""
    by_tasks = [of_tasks(study, count, analysis) for count in (2, 5, 8)]
    assert by_tasks == sorted(by_tasks)
    drawn = [of_tasks(study, count, analysis) for count in (9, 20, 60)]
    assert drawn == sorted(drawn)
    assert drawn[-1] > 5 * BALANCE.cost(study, asked(study)).seconds


def test_shifts_of_many_tasks_are_no_relabellings_one_by_one(tmp_path):
    made = SyntheticStudy(tasks=SHIFTED_FROM, seeds=1)
    many = open_study(write_synthetic_study(made, tmp_path / "many").parent)
    at, below = (of_tasks(many, n, ASSOCIATION) for n in (SHIFTED_FROM, SHIFTED_FROM - 1))
    assert at < below / 2


def test_sets_that_are_tried_cost_until_they_are_too_many_to_try(study):
    costs = [NEXT_EXPERIMENT.cost(study, asked(study), PlanQuery(size=n)) for n in (2, 3, 4)]
    assert costs[0].seconds < costs[1].seconds / 5
    assert costs[2].seconds < costs[1].seconds / 5
    for_one = PlanQuery(size=3, targets=(study.tasks[0].name,))
    assert NEXT_EXPERIMENT.cost(study, asked(study), for_one).seconds < costs[1].seconds / 5


def test_predictions_cost_by_the_sets_of_several_tasks(example):
    alone = tuple(run for run in example.runs if len(run.trained) < 2)
    plain = replace(example, runs=alone)
    for analysis, query in ((OVERVIEW, TransferQuery()), (SEVERAL_TASKS, TransferQuery("ft2"))):
        more = analysis.cost(example, query).seconds - analysis.cost(plain, query).seconds
        assert more > 0.05


def test_groups_of_items_cost_a_matrix_each(example):
    def seconds(study):
        return ITEM_INFLUENCE.cost(study, TransferQuery("ft1")).seconds

    index = example.representations
    two = replace(index, groups=tuple("ab"[n % 2] for n in range(len(index.items))))
    none = replace(index, groups=())
    several, fewer, nothing = (
        seconds(replace(example, representations=one)) for one in (index, two, none)
    )
    assert several > 2 * fewer > 2 * nothing
    assert seconds(replace(example, representations=None)) == nothing
    empty = replace(index, files={})
    assert seconds(replace(example, representations=empty)) == nothing


def test_a_long_computation_ends_where_nobody_waits(study):
    class GoneError(Exception):
        pass

    def gone() -> None:
        raise GoneError

    with interruptible(gone), pytest.raises(GoneError):
        ASSOCIATION.compute(study, asked(study))


def test_sets_that_are_all_tried_cost_by_their_number_and_for_each_seed_left_out(study):
    """Of three of 60 tasks all 34,220, of four none: sources are added one by one then."""
    three, four = (of_tasks(study, 60, PLAN, PlanQuery(size=size)) for size in (3, 4))
    assert three > 4 * four
    assert of_tasks(study, 60, PLAN, PlanQuery(size=3, targets=("de",))) < three / 4
    # All sizes are shown whatever was asked for, once.
    sizes = [of_tasks(study, 60, PLAN_SIZES, PlanQuery(size=size)) for size in (3, 4)]
    assert four < sizes[0] == sizes[1] < three
    one = replace(asked(study), seeds=(study.seeds_of(asked(study).method)[0],))
    assert PLAN.cost(study, one, PlanQuery(size=3)).seconds < 0.6 * three


def test_the_structure_of_the_graph_is_found_again_without_each_seed(study):
    query = asked(study)
    one = replace(query, seeds=(study.seeds_of(query.method)[0],))
    every = GRAPH_STRUCTURE.cost(study, query).seconds
    assert every > 2 * GRAPH_STRUCTURE.cost(study, one).seconds
    assert GRAPH_STRUCTURE.cost(study, one).seconds > BALANCE.cost(study, one).seconds
    # A seed it does not have is none.
    assert GRAPH_STRUCTURE.cost(study, replace(one, seeds=(*one.seeds, 10**6))).seconds == (
        GRAPH_STRUCTURE.cost(study, one).seconds
    )


def test_what_changed_while_training_costs_by_the_checkpoints(study, example):
    how = SimilarityQuery()
    pairs = [len(one.tasks) ** 2 for one in (study, example)]
    # Made up without checkpoints; five of the example.
    costs = [
        TRAJECTORIES.cost(one, how).bytes / n
        for one, n in zip((study, example), pairs, strict=True)
    ]
    assert costs[1] == 5 * costs[0]


def test_similarity_reads_no_evaluations(study):
    assert SIMILARITY.cost(study, SimilarityQuery()).seconds < 2e-3


def test_a_curve_costs_by_its_batches_however_few_tasks_there_are(study):
    how = SimilarityQuery()
    few = of_tasks(study, 7, SPECIFICATIONS, how)
    assert few > 0.1
    assert of_tasks(study, 3, SPECIFICATIONS, how) < few / 3
