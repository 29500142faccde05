"""A filled-in formula gives its own result."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.analyses.details.cell import NormalizedValue, SeedResult
from core.analyses.details.estimates import DifferenceEstimate
from core.evaluations import Split
from core.metrics import METRICS, Metric
from core.study import ValueScale
from core.transfer.normalization import (
    FormulaCase,
    PerScale,
    Scale,
    given_improvement,
    normalized_improvement,
)
from core.transfer.provenance import RawValue
from dashboard.text import numbers
from dashboard.text.formula import difference, formula, mean, rounded

SPLITS = (Split.SHIFTED, Split.SHIFTED, Split.STANDARD)


def seed_of(v, b, s, metric=Metric.ACCURACY, reason=""):
    def placed(scale):
        found = normalized_improvement(
            *(np.array([x]) for x in (v, b, s)),
            np.array([metric.higher_is_better]),
            scale=scale,
        )
        return NormalizedValue(
            float(found.values[0]),
            float(found.unclipped[0]),
            bool(found.clipped[0]),
            FormulaCase(int(found.rule[0])),
            reason,
        )

    readings = [
        RawValue("run", split, 9, x, "file", "row 2")
        for x, split in zip((v, b, s), SPLITS, strict=True)
    ]
    return SeedResult(42, "run", "base", *readings, PerScale.of(placed))


@pytest.mark.parametrize(
    ("raw", "metric", "lines"),
    [
        (
            (0.81, 0.40, 0.97),
            Metric.ACCURACY,
            ["(v − b) / (s − b)", "= (0.81 − 0.4) / (0.97 − 0.4)", "= 0.719"],
        ),
        (
            (25.0, 100.0, 10.0),
            Metric.ERROR,
            ["log(b / v) / log(b / s)", "= log(100 / 25) / log(100 / 10)", "= 0.602"],
        ),
        (
            (1.0, 0.4, 0.7),
            Metric.ACCURACY,
            ["(v − b) / (s − b)", "= (1 − 0.4) / (0.7 − 0.4)", "= 2.00, cut to 1.50"],
        ),
        ((0.7, 0.9, 0.8), Metric.ACCURACY, ["0, as s ≤ b", "0, as 0.8 ≤ 0.9"]),
        ((6.0, 5.0, 9.0), Metric.ERROR, ["0, as v ≥ b", "0, as 6 ≥ 5"]),
        ((4.0, 5.0, 9.0), Metric.ERROR, ["1, as v ≤ s", "1, as 4 ≤ 9"]),
        (
            (1.0, 4.0, -1.0),
            Metric.ERROR,
            ["(b − v) / (b − s)", "= (4 − 1) / (4 − (−1))", "= 0.600"],
        ),
    ],
)
def test_the_numbers_are_filled_in(raw, metric, lines):
    assert formula(seed_of(*raw, metric), Scale.PUBLISHED, metric) == lines


def test_what_has_no_value_has_its_reason():
    seed = seed_of(0.7, 0.9, 0.8, reason="undefined: no room")
    assert formula(seed, Scale.STRICT, Metric.ACCURACY) == ["undefined: no room"]
    seed = seed_of(math.nan, 0.4, 0.8)
    assert formula(seed, Scale.STRICT, Metric.ACCURACY) == []


@given(*[st.floats(0.01, 1000.0)] * 3, st.sampled_from(list(METRICS.values())))
@example(440.6875, 417.0, 718.75, Metric.ACCURACY)
def test_whoever_computes_it_again_gets_the_same(v, b, s, metric):
    seed = seed_of(v, b, s, metric)
    _, *filled = formula(seed, Scale.PUBLISHED, metric)
    if len(filled) < 2:
        return
    text = filled[0].removeprefix("= ").replace("−", "-").replace("log", "math.log")
    try:
        again = eval(text, {"math": math})  # noqa: S307  (digits, brackets and log alone)
    except ZeroDivisionError:
        # Base and standard that agree to eight digits.
        assert abs(b - s) <= 1e-6 * b
        return
    if abs(b - s) > 1e-3 * b:
        assert again == pytest.approx(seed.normalized.published.unclipped, rel=0.01, abs=0.0006)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (131.0, 3, "131"),
        (0.8125, 3, "0.812"),
        (1234567.0, 3, "1230000"),
        (1.2e-9, 3, "1.20e-09"),
        (3.4e12, 3, "3.40e+12"),
        (0.0, 3, "0"),
        (-2.5, 3, "-2.5"),
    ],
)
def test_so_many_digits(value, digits, text):
    assert rounded(value, digits) == text


def gap_of(first, second):
    return DifferenceEstimate(first - second, math.nan, math.nan, 1, first, second)


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        (0.921, 0.88, ["a − b", "= 0.921 − 0.88", "= +0.041"]),
        (-0.25, -0.5, ["a − b", "= (−0.25) − (−0.5)", "= +0.250"]),
        # Three digits would give −0.001.
        (0.91234, 0.91378, ["a − b", "= 0.91234 − 0.91378", "= −0.0014"]),
        (0.5, math.nan, []),
    ],
)
def test_a_difference_is_filled_in(first, second, lines):
    assert difference(gap_of(first, second), "a", "b") == lines


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_a_difference_comes_out_of_its_numbers(first, second):
    filled = difference(gap_of(first, second), "a", "b")[1]
    numbers = filled.removeprefix("= ").split(" − ")
    one, two = (float(text.strip("()").replace("−", "-")) for text in numbers)
    assert one - two == pytest.approx(first - second, abs=1e-6, rel=1e-2)


def test_a_mean_is_filled_in():
    assert mean([0.91, 0.88, 0.9], 0.8966666) == [
        "mean over 3 seeds",
        "= (0.91 + 0.88 + 0.9) / 3",
        "= 0.897",
    ]
    assert mean([0.9104, 0.9106], 0.9105)[-1] == f"= {numbers.number(0.9105)}"
    assert mean([-0.5, 0.25], -0.125)[1:] == ["= ((−0.5) + 0.25) / 2", "= −0.125"]
    assert mean([0.5], 0.5) == []
    assert mean([], math.nan) == []


GIVEN = [
    (ValueScale.NORMALIZED, (0.5, 0.2, 0.8), Metric.SCORE, "(x − z) / (o − z)", "= 0.500"),
    (ValueScale.NORMALIZED, (2.0, 8.0, 1.0), Metric.ERROR, "log(z / x) / log(z / o)", "= 0.667"),
    (ValueScale.NORMALIZED, (2.0, 8.0, 0.0), Metric.ERROR, "(z − x) / (z − o)", "= 0.750"),
    (ValueScale.GAIN, (0.5, 0.2, math.nan), Metric.SCORE, "x − z", "= 0.300"),
    (ValueScale.GAIN, (0.5, 0.2, math.nan), Metric.ERROR, "z − x", "= −0.300"),
]


@pytest.mark.parametrize(("on", "raw", "metric", "letters", "result"), GIVEN)
def test_given_scores_are_told_by_their_zero_and_one(on, raw, metric, letters, result):
    x, z, o = (np.array(value) for value in raw)
    higher = np.array(metric.higher_is_better)
    found = given_improvement(x, z, o, higher, on=on, logarithmic=np.array(metric.logarithmic))
    value = float(found.values)
    placed = NormalizedValue(value, value, False, FormulaCase(int(found.rule)), "")
    readings = [RawValue("run", Split.SHIFTED, 0, one, "file", "row 2") for one in raw]
    zero, one = readings[1], readings[2] if on is ValueScale.NORMALIZED else None
    seed = SeedResult(1, "run", "", readings[0], zero, one, PerScale(placed, placed))
    lines = formula(seed, Scale.PUBLISHED, metric, on)
    assert (lines[0], lines[2]) == (letters, result)
    text = lines[1].removeprefix("= ").replace("−", "-")
    again = eval(text, {"log": math.log})  # noqa: S307  (digits, brackets and log alone)
    assert again == pytest.approx(value, rel=5e-3)
