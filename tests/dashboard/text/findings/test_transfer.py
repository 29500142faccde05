"""What a transfer matrix says, in sentences."""

from dataclasses import replace

import numpy as np

from core.study import ValueScale
from core.transfer.copied_seeds import CopiedSeeds
from core.transfer.matrix import MatrixKind
from dashboard.text import names
from dashboard.text.findings.transfer import difference_finding, matrix_note, transfer_finding
from tests.dashboard.figures.samples import (
    NAN,
    matrix,
)


def test_transfer_finding_tells_trained_from_other_targets_and_the_prediction():
    actual = matrix([[[0.9, 0.5, 0.4], [0.3, 0.9, 0.6], [0.5, 0.4, 0.9]]])
    difference = matrix([[[0, 0.036, 0.036]] * 3], kind=MatrixKind.DIFFERENCE)
    text = transfer_finding(actual, None, replace(difference, trained=actual.trained))
    assert "; it reaches 0.900 on trained targets and 0.450 on the others; " in text
    assert text.startswith(
        "As measured, transfer of ft1 is 0.024 above what its best single sources predict"
        " (may be luck: one seed); it reaches "
    )
    assert text.endswith("; seed 40.")
    several = matrix(np.ones((2, 3, 3)))
    assert transfer_finding(several).endswith("; means over seeds 40, 41.")
    assert transfer_finding(matrix(np.ones((5, 3, 3)))).endswith("; means over 5 seeds.")
    assert transfer_finding(actual, label="FT1").startswith("FT1 reaches")
    predicted = transfer_finding(actual, actual)
    assert "predicted there: 0.450" in predicted


def test_the_sentence_about_a_prediction_says_what_is_sure():
    actual = matrix(np.full((3, 3, 3), 0.5))
    seeds = np.array([0.03, 0.02, 0.04])[:, None, None]
    sure = matrix(seeds * np.ones((3, 3, 3)), kind=MatrixKind.DIFFERENCE)
    best = matrix(np.full((3, 3, 3), -0.06), kind=MatrixKind.DIFFERENCE)
    text = transfer_finding(actual, None, best, fitted=sure)
    assert text.startswith(
        "Transfer of ft1 is 0.030 above its best single sources (95 % 0.0052 to 0.055); that is"
        " transfer, cross-fitted (+0.030); as drawn, which is biased, it is −0.060; on trained"
        " targets 0.030 above (95 % 0.0052 to 0.055); ft1 reaches "
    )
    unsure = matrix((seeds - 0.03) * np.ones((3, 3, 3)), kind=MatrixKind.DIFFERENCE)
    text = transfer_finding(actual, None, best, fitted=unsure)
    assert text.startswith(
        "ft1: no difference seen from its best single sources (95 % −0.025 to 0.025); that is"
        " transfer, cross-fitted (0); as drawn, which is biased, it is −0.060; ft1 reaches "
    )
    versus = replace(unsure, kind=MatrixKind.VERSUS, other="ft3")
    assert ", no difference seen; " in difference_finding(versus)
    assert difference_finding(replace(sure, kind=MatrixKind.VERSUS, other="ft3")).startswith(
        "ft1 minus ft3: +0.030 over all cells (95 % 0.0052 to 0.055); "
    )


def test_seeds_of_one_base_and_errors_beside_scores_are_named_with_the_difference():
    actual = matrix(np.full((2, 3, 3), 0.5))
    gap = matrix(np.full((2, 3, 3), -0.0052), kind=MatrixKind.DIFFERENCE)
    shared = replace(gap, starts=((0,), (0,)))
    assert transfer_finding(actual, None, shared, fitted=shared).startswith(
        "As measured, transfer of ft1 is 0.0052 below its best single sources"
        " (may be luck: seeds share a base); that is transfer, cross-fitted (−0.0052); "
    )
    raw = replace(gap, value_scale=ValueScale.RAW, given=True)
    mixed = transfer_finding(actual, None, replace(raw, lower_targets=("angle",)))
    assert " with every seed), errors and other scores in one mean; on trained" in mixed
    errors = transfer_finding(actual, None, replace(raw, lower_targets=gap.targets))
    assert " with every seed), and lower is better; on trained" in errors


def test_an_interval_of_values_most_of_which_are_cut_is_called_approximate():
    # Of the six values on other targets with two seeds.
    cells = [(k, i, j) for k in range(2) for i in range(3) for j in range(3)]
    nothing = transfer_finding(matrix(np.zeros((2, 3, 3)), clipped=cells))
    assert nothing.startswith(
        "ft1 reaches 0 on trained targets and 0 on the others"
        " (95 % 0 to 0, approximate: all values are clipped); "
    )
    others = [(k, i, j) for k, i, j in cells if i != j]
    most = transfer_finding(matrix(np.zeros((2, 3, 3)), clipped=others[:6]))
    assert "(95 % 0 to 0, approximate: 6 of 12 clipped)" in most
    few = transfer_finding(matrix(np.zeros((2, 3, 3)), clipped=others[:5]))
    assert "(95 % 0 to 0, the same with every seed)" in few


def test_seeds_that_all_say_the_same_are_named():
    copies = transfer_finding(matrix(np.full((3, 3, 3), 0.211)))
    assert "(95 % 0.211 to 0.211, the same with every seed); means over" in copies


def test_what_the_scale_makes_one_is_not_told_as_reached():
    actual = matrix([[[1.0, 0.5, 0.3], [0.4, 1.0, 0.2], [0.4, 0.6, 0.8]]])
    fixed = np.eye(3, dtype=bool)
    assert transfer_finding(actual, fixed=fixed) == "ft1 reaches 0.400 on other targets; seed 40."
    fixed[2, 2] = False
    assert transfer_finding(actual, fixed=fixed) == (
        "ft1 reaches 0.800 on trained targets and 0.400 on the others; seed 40."
    )
    alone = matrix([[[1.0]]], targets=("a",))
    assert transfer_finding(alone, fixed=np.eye(1, dtype=bool)) == (
        "ft1 has only values that its scale makes 1; seed 40."
    )


def test_transfer_finding_without_any_value():
    text = transfer_finding(matrix(np.full((2, 3, 3), NAN)))
    assert text == "ft1 has no value to show: 18 of 18 missing."


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


def test_seeds_that_may_be_one_are_named_where_seeds_are_counted():
    copied = (CopiedSeeds(40, 41, 3, 3),)
    three = matrix(np.random.default_rng(0).uniform(size=(3, 3, 3)))
    said = transfer_finding(three, copied=copied)
    assert said.endswith("; means over seeds 40, 41, 42, of which 40 and 41 hold the same values.")
    assert " on the others (95 % " in said
    assert ", seeds 40 and 41 alike); means" in said
    said = transfer_finding(three, copied=(*copied, *copied))
    assert said.endswith(", of which 40 and 41, and 1 more such pair, hold the same values.")
