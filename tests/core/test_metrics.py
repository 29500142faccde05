"""A metric says itself which way it runs and how it is normalized."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses import PAIR
from core.analyses.details.pair import pair_detail
from core.analyses.query import DetailQuery, TransferQuery
from core.cache.codec import decode, encode
from core.metrics import METRICS, Metric, by_logarithms
from core.study import Run, Task
from core.transfer.normalization import FormulaCase, Scale, normalized_improvement
from tests.core.small import study_of

REGRET = Metric(
    "regret",
    "regret",
    higher_is_better=False,
    logarithmic=False,
    sentence="what the best choice would have gained more",
)


@pytest.fixture
def regret(monkeypatch):
    monkeypatch.setitem(METRICS, "regret", REGRET)
    return REGRET


def test_names_are_those_of_the_registry():
    assert all(Metric.named(name) is metric for name, metric in METRICS.items())
    assert all(metric.name == name for name, metric in METRICS.items())
    with pytest.raises(ValueError, match="no metric 'rmse'; there are error, accuracy, score"):
        Metric.named("rmse")


def test_a_stored_result_has_its_metric_back(regret):
    tasks = (Task("a", "A", regret), Task("b", "B", Metric.SCORE))
    runs = (Run("base", "pretrain", ("a", "b"), None, 1), Run("ft", "ft1", ("b",), "base", 1))
    cells = {
        ("base", "a", "shifted", 9): 8.0,
        ("base", "a", "standard", 9): 2.0,
        ("ft", "a", "shifted", 9): 5.0,
    }
    found = pair_detail(study_of(tasks, runs, cells), TransferQuery("ft1"), DetailQuery(["b"], "a"))
    assert decode(encode(found), PAIR.result).forward.metric is regret
    # (8 - 5) / (8 - 2), on both scales.
    for scale in Scale:
        value = found.forward.seeds[0].normalized.on(scale)
        assert (value.value, value.rule) == (0.5, FormulaCase.LINEAR)


def test_direction_and_formula_are_two_things():
    """Mirrored values of a mirrored metric are the same improvement."""
    v, b, s = (np.array(x) for x in ([5.0, 9.0, 1.0], [8.0, 8.0, 8.0], [2.0, 2.0, 9.0]))
    for scale in Scale:
        lower = normalized_improvement(
            v, b, s, np.array(False), logarithmic=np.array(False), scale=scale
        )
        higher = normalized_improvement(-v, -b, -s, np.array(True), scale=scale)
        np.testing.assert_array_equal(lower.values, higher.values)
        np.testing.assert_array_equal(lower.rule, higher.rule)
        errors = normalized_improvement(v, b, s, np.array(False), scale=scale)
        gains = normalized_improvement(
            1 / v, 1 / b, 1 / s, np.array(True), logarithmic=np.array(True), scale=scale
        )
        usable = errors.rule == FormulaCase.LOG_RATIO
        np.testing.assert_allclose(gains.values[usable], errors.values[usable])
        np.testing.assert_array_equal(gains.status, errors.status)


def test_it_is_said_what_is_normalized_by_logarithms():
    error, score = Metric.ERROR, Metric.SCORE
    assert by_logarithms([error, error]) == ", by logarithms"
    assert by_logarithms([error, score]) == ", errors by logarithms"
    assert by_logarithms([score]) == by_logarithms([]) == ""
