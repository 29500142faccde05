from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.transfer.normalization import (
    Improvement,
    Scale,
    UndefinedReason,
    normalized_improvement,
    on_both_scales,
)

ACCURACY, ERROR = True, False
PUBLISHED, STRICT = Scale.PUBLISHED, Scale.STRICT


def improvement(v, b, s, higher, scale=PUBLISHED):
    result = normalized_improvement(
        np.array([v]), np.array([b]), np.array([s]), np.array([higher]), scale=scale
    )
    return result.values[0], bool(result.clipped[0]), UndefinedReason(int(result.status[0]))


@pytest.mark.parametrize(
    ("v", "b", "s", "higher", "expected", "clipped"),
    [
        # accuracy: (v - b) / (s - b)
        (0.7, 0.5, 0.9, ACCURACY, 0.5, False),
        (0.5, 0.5, 0.9, ACCURACY, 0.0, False),
        (0.9, 0.5, 0.9, ACCURACY, 1.0, False),
        (0.4, 0.5, 0.9, ACCURACY, 0.0, True),
        (1.2, 0.5, 0.9, ACCURACY, 1.5, True),
        # accuracy without room is 0 whatever the run reached
        (0.9, 0.5, 0.5, ACCURACY, 0.0, False),
        (0.9, 0.6, 0.5, ACCURACY, 0.0, False),
        # error: log(b / v) / log(b / s)
        (10.0, 100.0, 1.0, ERROR, 0.5, False),
        (100.0, 100.0, 1.0, ERROR, 0.0, False),
        (1.0, 100.0, 1.0, ERROR, 1.0, False),
        (1000.0, 100.0, 1.0, ERROR, 0.0, True),
        (0.01, 100.0, 1.0, ERROR, 1.5, True),
        # error with s >= b: by cases
        (2.0, 2.0, 2.0, ERROR, 0.0, False),
        (3.0, 2.0, 4.0, ERROR, 0.0, False),
        (1.0, 2.0, 4.0, ERROR, 1.0, False),
        # error with a value that is not positive: by cases, the linear one between
        (0.0, 2.0, 1.0, ERROR, 1.0, False),
        (1.0, 2.0, 0.0, ERROR, 0.5, False),
        (0.0, 2.0, 0.0, ERROR, 1.0, False),
        (2.5, 2.0, 0.0, ERROR, 0.0, False),
        (-1.0, 0.0, -2.0, ERROR, 0.5, False),
        (1.0, 0.0, 2.0, ERROR, 0.0, False),
    ],
)
def test_published_scale_case_by_case(v, b, s, higher, expected, clipped):
    value, was_clipped, status = improvement(v, b, s, higher)
    assert value == pytest.approx(expected, abs=1e-12)
    assert was_clipped is clipped
    assert status is UndefinedReason.DEFINED


@pytest.mark.parametrize(
    ("v", "b", "s", "higher", "expected", "status"),
    [
        (0.4, 0.5, 0.9, ACCURACY, -0.25, UndefinedReason.DEFINED),
        (1.3, 0.5, 0.9, ACCURACY, 2.0, UndefinedReason.DEFINED),
        (0.9, 0.5, 0.5, ACCURACY, math.nan, UndefinedReason.NO_ROOM),
        (1000.0, 100.0, 1.0, ERROR, -0.5, UndefinedReason.DEFINED),
        (1.0, 2.0, 2.0, ERROR, math.nan, UndefinedReason.NO_ROOM),
        (1.0, 2.0, 0.0, ERROR, math.nan, UndefinedReason.NOT_POSITIVE),
        (0.0, 2.0, 1.0, ERROR, math.nan, UndefinedReason.NOT_POSITIVE),
        (-1.0, -2.0, -1.0, ERROR, math.nan, UndefinedReason.NO_ROOM),
    ],
)
def test_strict_scale_case_by_case(v, b, s, higher, expected, status):
    value, clipped, found = improvement(v, b, s, higher, STRICT)
    assert value == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert not clipped
    assert found is status


@pytest.mark.parametrize("scale", list(Scale))
@pytest.mark.parametrize("higher", [ACCURACY, ERROR])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", range(3))
def test_a_metric_that_is_not_finite_is_missing_never_a_number(scale, higher, bad, where):
    metrics = [0.7, 0.5, 0.9]
    metrics[where] = bad
    value, clipped, status = improvement(*metrics, higher, scale)
    assert math.isnan(value)
    assert not clipped
    assert status is UndefinedReason.MISSING


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(v=finite, b=finite, s=finite, higher=st.booleans())
def test_published_values_lie_between_0_and_1_5(v, b, s, higher):
    value, _, status = improvement(v, b, s, higher)
    assert (0.0 <= value <= 1.5) == (status is UndefinedReason.DEFINED)


positive = st.floats(min_value=1e-6, max_value=1e6)


@given(v=positive, b=positive, s=positive, higher=st.booleans())
def test_where_strict_is_defined_published_is_its_clipped_self(v, b, s, higher):
    strict, _, status = improvement(v, b, s, higher, STRICT)
    published, clipped, _ = improvement(v, b, s, higher)
    if status is UndefinedReason.DEFINED:
        assert published == np.clip(strict, 0.0, 1.5)
        assert clipped == (published != strict)


@given(v=positive, b=positive, s=positive, scale=st.floats(min_value=1e-3, max_value=1e3))
def test_an_error_scores_the_same_in_any_unit(v, b, s, scale):
    if b / s < 1.001:  # nearly no room: rounding decides
        return
    here, _, _ = improvement(v, b, s, ERROR, STRICT)
    there, _, _ = improvement(v * scale, b * scale, s * scale, ERROR, STRICT)
    assert here == pytest.approx(there, rel=1e-6, abs=1e-6)


either = st.one_of(positive, st.sampled_from([0.0, -1.0, math.nan, math.inf, 1e308, -1e308]))


@given(rows=st.lists(st.tuples(either, either, either, st.booleans()), min_size=1, max_size=3))
def test_the_strict_scale_as_a_by_product_is_the_strict_scale(rows):
    v, b, s, higher = (np.array(column) for column in zip(*rows, strict=True))
    both = on_both_scales(lambda scale: normalized_improvement(v, b, s, higher, scale=scale))
    for scale in Scale:
        quick, slow = both.on(scale), normalized_improvement(v, b, s, higher, scale=scale)
        for field in fields(Improvement):
            found = getattr(quick, field.name)
            np.testing.assert_array_equal(found, getattr(slow, field.name), err_msg=field.name)


def test_quotients_outside_the_range_of_a_float_still_score():
    value, _, _ = improvement(1e-200, 1e200, 1e-300, ERROR, STRICT)
    assert value == pytest.approx(400 / 500)


def test_differences_outside_the_range_of_a_float_still_score():
    value, _, status = improvement(1e308, -1e308, 1e308, ACCURACY)
    assert (value, status) == (1.0, UndefinedReason.DEFINED)
    value, _, status = improvement(1e308, 0.0, 5e-324, ACCURACY, STRICT)
    assert math.isnan(value)
    assert status is UndefinedReason.OUT_OF_RANGE


def test_elements_do_not_touch_each_other():
    v = np.array([[0.7, 10.0], [math.nan, 1.0]])
    result = normalized_improvement(
        v, np.array([0.5, 100.0]), np.array([0.9, 1.0]), np.array([True, False])
    )
    np.testing.assert_allclose(result.values, [[0.5, 0.5], [math.nan, 1.0]], atol=1e-12)


@pytest.mark.parametrize("scale", Scale)
@pytest.mark.parametrize("v", [0.5, math.nan])
def test_one_value_needs_no_axis(v, scale):
    found = normalized_improvement(v, 0.4, 0.2, True, scale=scale)
    several = normalized_improvement([v], 0.4, 0.2, True, scale=scale)
    for name in ("values", "unclipped", "clipped", "status", "rule"):
        np.testing.assert_array_equal(getattr(found, name), getattr(several, name)[0])


@pytest.mark.parametrize("scale", Scale)
def test_columns_of_all_kinds_beside_each_other_are_what_each_is_by_itself(scale):
    rng = np.random.default_rng(0)
    odd = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 1e308, -1e308, 0.5, 0.3])
    v, b, s = (
        np.where(rng.random((3, 50, 8)) < 0.4, rng.choice(odd, (3, 50, 8)), rng.random((3, 50, 8)))
        for _ in range(3)
    )
    higher, in_logs = np.array([True, False] * 4), np.array([True, True, False, False] * 2)
    whole = normalized_improvement(v, b, s, higher, logarithmic=in_logs, scale=scale)
    # By itself a column is all of one kind, for which shorter ways are taken.
    for j in range(8):
        one = normalized_improvement(
            *(side[..., [j]] for side in (v, b, s)),
            higher[[j]],
            logarithmic=in_logs[[j]],
            scale=scale,
        )
        for name in ("values", "unclipped", "clipped", "status", "rule"):
            np.testing.assert_array_equal(getattr(one, name), getattr(whole, name)[..., [j]])
