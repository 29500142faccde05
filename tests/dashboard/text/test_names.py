"""Numbers and names in words, also where there is nothing to say."""

import html
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.text import names, numbers
from tests.dashboard.figures.samples import (
    NAN,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.05499999, "0.055"),
        (0.354, "0.354"),
        (-0.125, "−0.125"),
        (0.0024, "0.0024"),
        (0.002, "0.002"),
        (0.00999999, "0.010"),
        (1.0, "1.00"),
        (0.9999, "1.00"),
        (-12.34, "−12.3"),
        (99.96, "100"),
        (1234.4, "1,234"),
        (0.0, "0"),
        (-0.0, "0"),
        (2.1e-5, "2.1 × 10⁻⁵"),
        (1.5e7, "1.5 × 10⁷"),
        (9.99e6, "1.0 × 10⁷"),
        (NAN, "—"),
        (math.inf, "—"),
    ],
)
def test_number(value, text):
    assert numbers.number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_number_is_short_and_close(value):
    text = numbers.number(value)
    assert len(text.lstrip("−")) <= 12
    if 1e-4 < abs(value) < 1e5:
        assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(value, rel=0.06)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7, "0.70"), (-0.125, "−0.12"), (-0.001, "−0.001"), (NAN, ""), (1234.5, "1,234")],
)
def test_two_decimals(value, text):
    assert numbers.two_decimals(value) == text


def test_signs():
    assert numbers.signed(2.04) == "+2.04"
    assert numbers.signed(-2.04) == "−2.04"
    assert numbers.signed(0) == "0"
    assert numbers.signed(NAN) == "—"
    assert numbers.signed_decimals(0.949) == "+0.95"
    assert numbers.signed_decimals(0.001) == "+0.001"
    assert numbers.on_scale(-1.5) == "−1.5"
    assert numbers.on_scale(1.0) == "1"
    assert numbers.on_scale(2e6) == "2 × 10⁶"
    assert numbers.on_scale(-1.15e-5) == "−1.15 × 10⁻⁵"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.055, "p = 0.055"),
        (0.07, "p = 0.07"),
        (0.0004, "p < 0.001"),
        (0.35123, "p = 0.35"),
        (0.05, "p = 0.05"),
        (0.0504, "p = 0.0504"),
        (0.049996, "p = 0.049996"),
        (0.05 + 1e-9, "p = 0.05"),
        (1.0, "p = 1"),
        (NAN, "p undefined"),
    ],
)
def test_p_value(p, text):
    assert numbers.p_value(p) == text
    assert numbers.p_value(p, "QAP p") == "QAP " + text


def test_a_drawn_p_says_its_standard_error():
    assert numbers.drawing_error(0.87, 0.0118) == " ± 0.012"
    assert numbers.drawing_error(0.87, 0.0) == numbers.drawing_error(NAN, NAN) == ""
    assert numbers.drawing_error(0.0004, 0.0002) == ""
    assert numbers.drawn_p(0.87, 0.0118, "QAP p") == "QAP p = 0.87 ± 0.012"
    assert numbers.drawn_p(0.25, 0.0) == "p = 0.25"


def test_percent():
    assert numbers.percent(0.125) == "12.5 %"
    assert numbers.percent(1.0) == "100 %"
    assert numbers.percent(-0.02) == "−2 %"
    assert numbers.percent(0.000227) == "0.0227 %"
    assert numbers.percent(1.4e-34) == "< 0.01 %"
    assert numbers.percent(-4e-7) == "0 %"
    assert numbers.percent(NAN) == "—"


def test_intervals():
    assert (
        numbers.interval_text(Interval(0.65, 0.77, ResamplingUnit.SEEDS))
        == "95 % over seeds: 0.650 to 0.770"
    )
    assert (
        numbers.interval_text(Interval(NAN, NAN, ResamplingUnit.TASKS)) == "no interval over tasks"
    )
    assert numbers.bounds(NAN, 1.0) == "—"


def test_names_units_and_counts():
    assert (
        names.in_words(("distance", "triangle_area"), "angle") == "distance + triangle_area → angle"
    )
    assert names.in_words("compass", "angle") == "compass → angle"
    assert numbers.with_unit(0.32, "10^6 km^2") == "0.320 10⁶ km²"
    assert numbers.with_unit(NAN, "km") == "—"
    assert numbers.counted(1, "seed") == "1 seed"
    assert numbers.counted(1000, "task") == "1,000 tasks"
    assert names.joined(["a"]) == "a"
    assert names.joined(["a", "b", "c"], "or") == "a, b or c"
    assert names.seeds_text((42,)) == "seed 42"
    assert names.seeds_text(()) == "no seed"
    assert names.seeds_text(range(9)) == "9 seeds (0, 1, 2, 3, 4, 5, …)"
    assert names.escape("<b>&\"'") == "&lt;b&gt;&amp;&#34;&#x27;"
    assert names.shortened("trianglearea", 8) == "triangl…"


def test_a_long_text_is_broken():
    lines = names.lines_of("no shifted evaluation of " + "x" * 120)
    assert all(len(line) <= 54 for line in lines)
    assert "".join(line.strip() for line in lines).count("x") == 120
    assert names.lines_of("") == [""]


def test_names_are_shown_as_they_are_written():
    assert names.in_words("a_b", "mt") == "a_b → mt"
    assert names.sources_in_words(["a b", 'say "x"']) == 'a b + say "x"'


def test_no_two_different_names_are_cut_to_one():
    ends = ["wikipedia_english_2019_small", "wikipedia_english_2019_large"]
    assert names.shortened_apart(ends, 16) == ["wikipedi…9_small", "wikipedi…9_large"]
    middle = [f"a_long_beginning_{x}_and_a_long_end_of_all" for x in ("one", "two")]
    for texts in (ends, middle, ["short", *ends, *middle], ["x" * 40, "x" * 41, "x" * 42]):
        short = names.shortened_apart(texts, 16)
        assert len(set(short)) == len(texts)
    assert names.shortened_apart(["same", "same"], 3) == ["sa…", "sa…"]


@pytest.mark.parametrize("name", ["%{x}", "a%{}b", "%%{y:.2f}", "<b>%{meta}</b>"])
def test_a_name_is_no_template_of_plotly(name):
    """What Plotly's own pattern for templates finds in a name, it would leave out."""
    shown = names.escape(name)
    assert not re.search(r"%{([^\s%{}:]*)([:|][^}]*)?}", shown)
    assert html.unescape(shown) == name
