"""Numbers and sentences, also where there is nothing to say."""

import html
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerics.intervals import Interval, ResamplingUnit
from core.transfer.matrix import MatrixKind
from dashboard.text import names, numbers
from dashboard.text.findings import predictors
from dashboard.text.findings.association import association_finding, association_title
from dashboard.text.findings.balance import balance_finding
from dashboard.text.findings.network import graph_finding
from dashboard.text.findings.transfer import difference_finding, matrix_note, transfer_finding
from tests.dashboard.figures.samples import (
    NAN,
    association_of,
    balance_of,
    graph_of,
    matrix,
    random_study,
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


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.055, "p = 0.055"),
        (0.07, "p = 0.07"),
        (0.0004, "p < 0.001"),
        (0.35123, "p = 0.35"),
        (1.0, "p = 1"),
        (NAN, "p undefined"),
    ],
)
def test_p_value(p, text):
    assert numbers.p_value(p) == text
    assert numbers.p_value(p, "QAP p") == "QAP " + text


def test_percent():
    assert numbers.percent(0.125) == "12.5 %"
    assert numbers.percent(1.0) == "100 %"
    assert numbers.percent(-0.02) == "−2 %"
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
    assert names.seeds_text((42,)) == "seed 42"
    assert names.seeds_text(()) == "no seed"
    assert names.seeds_text(range(9)) == "9 seeds (0, 1, 2, 3, 4, 5, …)"
    assert names.escape("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"
    assert names.shortened("trianglearea", 8) == "triangl…"


def test_a_long_text_is_broken():
    lines = names.lines_of("no shifted evaluation of " + "x" * 120)
    assert all(len(line) <= 54 for line in lines)
    assert "".join(line.strip() for line in lines).count("x") == 120
    assert names.lines_of("") == [""]


def test_transfer_finding_tells_trained_from_other_targets_and_the_prediction():
    actual = matrix([[[0.9, 0.5, 0.4], [0.3, 0.9, 0.6], [0.5, 0.4, 0.9]]])
    difference = matrix([[[0, 0.036, 0.036]] * 3], kind=MatrixKind.DIFFERENCE)
    text = transfer_finding(actual, None, replace(difference, trained=actual.trained))
    assert "0.900 on targets it was trained on and 0.450 on the others" in text
    assert "above what its best single sources predict" in text
    assert text.endswith("(means over seed 40).")
    several = matrix(np.ones((2, 3, 3)))
    assert transfer_finding(several).endswith("(means over seeds 40, 41).")
    assert transfer_finding(matrix(np.ones((5, 3, 3)))).endswith("(means over 5 seeds).")
    assert transfer_finding(actual, label="FT1").startswith("FT1 reaches")
    predicted = transfer_finding(actual, actual)
    assert "predicted there: 0.450" in predicted


def test_the_sentence_about_a_prediction_says_what_is_sure():
    actual = matrix(np.full((3, 3, 3), 0.5))
    seeds = np.array([0.03, 0.02, 0.04])[:, None, None]
    sure = matrix(seeds * np.ones((3, 3, 3)), kind=MatrixKind.DIFFERENCE)
    best = matrix(np.full((3, 3, 3), -0.06), kind=MatrixKind.DIFFERENCE)
    text = transfer_finding(actual, None, best, fitted=sure)
    assert "0.030 above what" in text
    assert "(95 % 0.0052 to 0.055); from each seed's best source −0.060" in text
    unsure = matrix((seeds - 0.03) * np.ones((3, 3, 3)), kind=MatrixKind.DIFFERENCE)
    assert ", no difference seen from what" in transfer_finding(actual, None, best, fitted=unsure)
    versus = replace(unsure, kind=MatrixKind.VERSUS, other="ft3")
    assert difference_finding(versus).endswith("; over all cells no difference is seen.")
    assert difference_finding(replace(sure, kind=MatrixKind.VERSUS, other="ft3")).startswith(
        "ft1 minus ft3: +0.030 over all cells (95 % 0.0052 to 0.055), "
    )


def test_transfer_finding_without_any_value():
    text = transfer_finding(matrix(np.full((2, 3, 3), NAN)))
    assert text == "ft1 has no value to show: 18 of 18 missing"


def test_difference_finding_and_notes():
    versus = matrix(np.full((1, 3, 3), 0.12), kind=MatrixKind.VERSUS, other="ft3")
    assert difference_finding(versus).startswith("ft1 minus ft3: +0.120 over all cells")
    empty = matrix(np.full((1, 3, 3), NAN), kind=MatrixKind.VERSUS, other="ft3")
    assert difference_finding(empty) == "ft1 and ft3 have no cell in common."
    assert matrix_note(matrix(np.ones((1, 3, 3)))) == ""
    note = matrix_note(matrix(np.ones((1, 3, 3)), clipped=[(0, 0, 0)]))
    assert note == "1 value of 9 cut at 0 or 1.5"
    assert names.kind_in_words(versus) == "ft1 − ft3"
    assert names.kind_in_words(versus, {"ft1": "FT1", "ft3": "FT3"}) == "FT1 − FT3"


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


def test_what_a_study_could_have_found_stands_where_it_found_nothing():
    found = association_of(random_study(5))
    spread = replace(found.qap, p=0.3, spread=0.2)
    assert association_finding(replace(found, qap=spread)).endswith(
        "That may be chance: a study like this finds |r| from 0.560 up (in 4 of 5 studies), and"
        " weaker ones less often."
    )
    nothing = replace(found.qap, p=0.3, spread=0.5)
    assert association_finding(replace(found, qap=nothing)).endswith(
        "That may be chance: with 5 tasks no r could be told from it."
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


def test_balance_finding():
    found = balance_of(random_study(4))
    top = max(found.tasks, key=lambda task: task.net)
    assert balance_finding(found).startswith(f"{top.task} gives most on balance (+")
    one = balance_of(random_study(1))
    assert "needs at least 2 tasks" in balance_finding(one) or "nothing to balance" in (
        balance_finding(one)
    )
    assert "nothing to balance" in balance_finding(replace(found, tasks=()))


def test_graph_finding():
    graph = graph_of(random_study(4))
    text = graph_finding(graph, 0.0)
    assert text.startswith("12 of 12 arrows reach a strength of 0; the strongest is ")
    assert "none of them does harm" in text
    assert graph_finding(graph, 9.0) == "0 of 12 arrows reach a strength of 9."
    lonely = graph_of(random_study(1))
    assert graph_finding(lonely, 0.0) == (
        "No transfer between two tasks is known (1 task drawn)."
        " Tick more tasks, or choose another method."
    )


def test_a_balance_without_a_difference_names_nobody():
    found = SimpleNamespace(
        tasks=[SimpleNamespace(task=name, net=0.0, estimated=False) for name in "ab"], seeds=(1,)
    )
    assert balance_finding(found) == ("All 2 tasks give as much as they receive: every net is 0.")


def test_models_of_some_seeds_are_named_where_they_stand():
    sweep = SimpleNamespace(
        seeds=(1, 2), checkpoints=(800, 1600, "last"), cka_seeds=(((1,), (1,), (1, 2)),)
    )
    assert predictors.models_of_places(sweep) == (
        "models compared: seed 1 at 800 to 1,600, 2 seeds (1, 2) at last"
    )
    whole = SimpleNamespace(seeds=(1, 2), checkpoints=(800, "last"), cka_seeds=(((), (1, 2)),))
    assert predictors.models_of_places(whole) == ""


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
