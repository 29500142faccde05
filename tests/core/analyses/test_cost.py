from __future__ import annotations

import time

import pytest

from core.analyses import ASSOCIATION, ASSOCIATION_SWEEP, BALANCE, TASK_PAIR_PROFILE
from core.analyses.query import SimilarityQuery, TransferQuery
from core.analyses.registry import ANALYSES
from core.errors import RequestError
from core.io import open_study
from core.io.synthetic import SyntheticStudy, write_synthetic_study
from core.numerics.interrupt import interruptible


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cost") / "made"
    return open_study(write_synthetic_study(SyntheticStudy(tasks=60), folder).parent)


def asked(study):
    return TransferQuery(study.tested_methods[0].name)


def test_more_tasks_cost_more_and_fewer_less(study):
    query = asked(study)
    whole = ASSOCIATION.cost(study, query)
    some = TransferQuery(query.method, exclude=tuple(task.name for task in study.tasks[:30]))
    part = ASSOCIATION.cost(study, some)
    assert part.bytes == pytest.approx(whole.bytes / 4)
    assert part.seconds < whole.seconds / 2
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


def test_an_estimate_is_of_the_order_of_what_happens(study):
    query = asked(study)
    taken = []
    # The first imports what it needs, and others may hold a core up: the least is what it costs.
    for _ in range(3):
        begun = time.process_time()
        ASSOCIATION.compute(study, query)
        taken.append(time.process_time() - begun)
    assert 0.03 < min(taken) / ASSOCIATION.cost(study, query).seconds < 30


def test_a_long_computation_ends_where_nobody_waits(study):
    class GoneError(Exception):
        pass

    def gone() -> None:
        raise GoneError

    with interruptible(gone), pytest.raises(GoneError):
        ASSOCIATION.compute(study, asked(study))
