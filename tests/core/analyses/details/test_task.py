"""What a task gives and gets, worked out by hand."""

from __future__ import annotations

import math

import pytest

from core.analyses.details.task import task_detail
from core.analyses.query import DetailQuery, TransferQuery
from core.errors import RequestError
from core.metrics import Metric
from core.study import Run, Task
from tests.core.small import square_study, study_of

SQUARE = [[1.0, 0.2, 0.3], [0.1, 0.9, -0.4], [0.5, 0.6, 0.8]]


def test_a_task_gives_its_row_and_gets_its_column():
    found = task_detail(square_study([SQUARE, SQUARE]), TransferQuery("ft1"), DetailQuery(["b"]))
    assert [(g.target, g.reached.summary.published.mean, g.trained) for g in found.outgoing] == [
        ("a", 0.1, False),
        ("c", 0.0, False),
    ]
    assert [g.reached.summary.strict.mean for g in found.outgoing] == [0.1, -0.4]
    assert [(g.sources, g.summary.published.mean) for g in found.incoming] == [
        (("a",), 0.2),
        (("c",), 0.6),
    ]
    assert [run.run for run in found.runs] == ["only-b-0", "ft-b-0", "only-b-1", "ft-b-1"]


def test_its_standings_are_those_of_the_bases():
    found = task_detail(
        square_study([SQUARE, SQUARE]), TransferQuery("ft1", seeds=[1]), DetailQuery(["b"])
    )
    (standing,) = found.bases
    assert (standing.base, standing.seed) == ("base1", 1)
    assert (standing.standard.value, standing.shifted.value) == (1.0, 0.0)
    assert standing.standard.place.startswith("row ")


def test_a_base_without_an_evaluation_has_an_empty_standing():
    tasks = (Task("a", "A", Metric.ACCURACY), Task("b", "B", Metric.ACCURACY))
    runs = (
        Run("base", "pretrain", ("a", "b"), None, 0),
        Run("ft", "ft1", ("a",), "base", 0, failed=True),
    )
    found = task_detail(study_of(tasks, runs, {}), TransferQuery("ft1"), DetailQuery(["a"]))
    assert math.isnan(found.bases[0].standard.value)
    assert found.bases[0].standard.file == ""
    assert [run.failed for run in found.runs] == [True]
    assert found.outgoing[0].reached.summary.published.reason == "run ft failed"


def test_a_training_set_gives_and_gets_nothing():
    tasks = tuple(Task(n, n.upper(), Metric.ACCURACY) for n in "abc")
    runs = (
        Run("base", "pretrain", ("a", "b", "c"), None, 0),
        Run("two", "ft2", ("a", "b"), "base", 0),
    )
    cells = {("two", "c", "shifted", 1): 0.5, ("base", "c", "shifted", 1): 0.0}
    cells |= {("base", "c", "standard", 1): 1.0}
    found = task_detail(study_of(tasks, runs, cells), TransferQuery("ft2"), DetailQuery(["b", "a"]))
    assert found.sources == ("a", "b")
    assert [(g.target, g.trained) for g in found.outgoing] == [
        ("a", True),
        ("b", True),
        ("c", False),
    ]
    assert found.outgoing[2].reached.summary.published.mean == 0.5
    assert found.incoming == ()
    assert found.bases == ()


def test_a_task_that_was_never_a_source_gives_nothing():
    tasks = tuple(Task(n, n.upper(), Metric.ACCURACY) for n in "ab")
    runs = (
        Run("base", "pretrain", ("a", "b"), None, 0),
        Run("ft", "ft1", ("a",), "base", 0),
    )
    found = task_detail(study_of(tasks, runs, {}), TransferQuery("ft1"), DetailQuery(["b"]))
    assert found.outgoing == ()
    assert [g.sources for g in found.incoming] == [("a",)]


@pytest.mark.parametrize(
    ("method", "task", "seeds", "says"),
    [
        ("ft9", "a", None, "no method 'ft9'"),
        ("ft1", "z", None, "no task 'z'"),
        ("ft1", "a", [7], "no run with seed 7"),
    ],
)
def test_what_is_not_there_is_named(method, task, seeds, says):
    with pytest.raises(RequestError, match=says):
        task_detail(square_study([SQUARE]), TransferQuery(method, seeds=seeds), DetailQuery([task]))
