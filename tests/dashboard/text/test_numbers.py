"""Numbers as they stand in cells."""

from __future__ import annotations

import pytest

from dashboard.text.numbers import (
    bounds,
    common_power,
    in_cell,
    in_power,
    power_text,
    signed_column,
    signed_decimals,
    two_decimals,
    unbroken,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.714, "0.71"),
        (0.0, "0.00"),
        (0.002413, "0.0024"),
        (-0.0031, "−0.0031"),
        (2e-7, "2.0 × 10⁻⁷"),
    ],
)
def test_a_small_value_keeps_its_digits_in_a_cell(value, text):
    assert two_decimals(value) == text


def test_a_small_value_keeps_its_sign():
    assert signed_decimals(0.0024) == "+0.0024"


@pytest.mark.parametrize(
    ("values", "power"),
    [
        ([0.5, 0.0001, float("nan")], 0),
        ([0.0], 0),
        ([], 0),
        ([0.00241, -0.0009], -3),
        ([3e-310], -310),
        ([1_234_567.0, 3.0], 6),
        ([99_000.0], 0),
    ],
)
def test_a_matrix_has_one_power_of_ten(values, power):
    assert common_power(values) == power


def test_numbers_in_a_power_of_ten():
    assert in_power(0.00241, -3) == "2.41"
    assert in_power(-0.0009, -3) == "−0.90"
    assert in_power(3e-310, -310) == "3.00"
    assert in_power(0.5, 0) == "0.50"
    assert in_power(float("nan"), -3) == ""
    assert power_text(-3) == "10⁻³"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0024, "0.002"), (-0.0074, "−0.007"), (0.0004, "0.00"), (-0.0004, "0.00"), (0.0, "0.00"),
     (0.00996, "0.01"), (0.00995, "0.01"), (0.0098, "0.01"), (float("nan"), ""), (9.994, "9.99"),
     (9.996, "10.0"), (-73.38, "−73.4"), (99.94, "99.9"), (99.96, "100"), (12345.6, "12,346")],
)  # fmt: skip
def test_in_a_cell_a_third_decimal_is_what_fits(value, text):
    assert in_cell(value) == text


def test_small_numbers_under_each_other_have_as_many_decimals():
    assert signed_column([0.0103, -0.0073, 0.0, float("nan")]) == [
        "+0.0103",
        "−0.0073",
        "0.0000",
        "",
    ]
    assert signed_column([0.95, -0.0024]) == ["+0.95", "−0.0024"]
    assert signed_column([2e-9]) == ["+2.0 × 10⁻⁹"]
    assert signed_column([]) == []


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.65, 0.77, "0.650 to 0.770"),
        (0.41281, 0.41344, "0.4128 to 0.4134"),
        (-0.41344, -0.41281, "−0.4134 to −0.4128"),
        (0.41300001, 0.41300002, "0.41300001 to 0.41300002"),
        (0.0, 0.0, "0 to 0"),
        (0.413, 0.413, "0.413 to 0.413"),
        (0.413, 0.413 + 1e-16, "0.413 to 0.413"),
    ],
)
def test_the_ends_of_an_interval_differ_where_they_are_not_the_same(low, high, text):
    assert bounds(low, high) == text


def test_a_statistic_and_its_number_stand_on_one_line():
    text = unbroken("comes back (r = 0.026, QAP p < 0.001, n = 8 tasks)")
    assert text.split(" ") == [
        "comes",
        "back",
        "(r\xa0=\xa00.026,",
        "QAP",
        "p\xa0<\xa00.001,",
        "n\xa0=\xa08",
        "tasks)",
    ]


def test_a_number_and_its_per_cent_sign_stand_on_one_line():
    text = unbroken("below (95 % 0.05 to 0.07); 20 % of them, per cent %")
    assert (
        text
        == "below (95\N{NO-BREAK SPACE}% 0.05 to 0.07); 20\N{NO-BREAK SPACE}% of them, per cent %"
    )
