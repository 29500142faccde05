"""Given scores: normalized, gain or raw, as METHODS defines them, worked by hand."""

from __future__ import annotations

import math
import shutil
from itertools import product
from pathlib import Path

import pytest

from core.analyses import BALANCE, overview
from core.io import inspect_study, listing, open_study
from core.study import ValueScale
from core.transfer.build import transfer_matrix
from core.transfer.query import TransferQuery

CASES = Path(__file__).parents[2] / "cases" / "files"


def study_of(folder: Path, rows: str, scale: str = "", tasks: str = ""):
    folder.mkdir(exist_ok=True)
    (folder / "scores.csv").write_text("sources,target,score\n" + rows)
    (folder / "study.toml").write_text(
        f'[evaluations]\nlayout = "scores"\npath = "scores.csv"\n[scale]\n{scale}\n{tasks}'
    )
    return open_study(folder)


def cell(study, source, target):
    matrix = transfer_matrix(study, TransferQuery("scores"))
    at = matrix.sources.index((source,)), matrix.targets.index(target)
    return matrix.values[at]


ROWS = "A,A,0.8\nA,B,0.6\nB,A,0.2\nB,B,0.9\n"


def test_both_known_is_normalized_and_nothing_is_cut(tmp_path):
    study = study_of(tmp_path, ROWS, "zero = 0.4\none = 0.8")
    assert study.value_scale is ValueScale.NORMALIZED
    assert cell(study, "A", "B") == pytest.approx(0.5)
    assert cell(study, "B", "A") == pytest.approx(-0.5)
    assert cell(study, "B", "B") == pytest.approx(1.25)


def test_the_diagonal_may_be_one(tmp_path):
    study = study_of(tmp_path, ROWS, 'zero = 0.4\none = "diagonal"')
    assert cell(study, "A", "A") == cell(study, "B", "B") == 1.0
    assert cell(study, "A", "B") == pytest.approx((0.6 - 0.4) / (0.9 - 0.4))


def test_the_diagonal_is_that_of_the_same_method_and_seed(tmp_path):
    own = {("m", 1): 0.8, ("m", 2): 0.9, ("n", 1): 0.7, ("n", 2): None}
    rows = ["sources,target,score,method,seed"]
    for (method, seed), value in own.items():
        rows += [
            f"{source},B,{score},{method},{seed}" for source, score in (("A", 0.6), ("C", 0.5))
        ]
        rows += [] if value is None else [f"B,B,{value},{method},{seed}"]
    study_of(tmp_path, "A,B,1\n", 'zero = 0.4\none = "diagonal"')
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    study = open_study(tmp_path)
    for method in ("m", "n"):
        matrix = transfer_matrix(study, TransferQuery(method))
        for at, seed in enumerate(matrix.seeds):
            found = matrix.per_seed[at, matrix.sources.index(("A",)), matrix.targets.index("B")]
            one = own[method, seed]
            by_hand = math.nan if one is None else (0.6 - 0.4) / (one - 0.4)
            assert found == pytest.approx(by_hand, nan_ok=True)


def test_without_its_diagonal_a_target_has_no_scale_and_says_so(tmp_path):
    study = study_of(tmp_path, "A,A,0.8\nA,B,0.6\nB,A,0.2\n", 'zero = 0.4\none = "diagonal"')
    matrix = transfer_matrix(study, TransferQuery("scores"))
    reasons = {(m.sources[0], m.target): m.reason for m in matrix.missing}
    assert reasons["A", "B"] == "no score of B on itself, which counts as 1"


def test_errors_are_ratios_where_all_are_positive_and_a_line_elsewhere(tmp_path):
    study = study_of(tmp_path, "A,B,2\nB,A,0\n", 'metric = "error"\nzero = 8.0\none = 1.0')
    assert cell(study, "A", "B") == pytest.approx(math.log(8 / 2) / math.log(8 / 1))
    assert cell(study, "B", "A") == pytest.approx((8 - 0) / (8 - 1))


def test_no_room_is_undefined(tmp_path):
    study = study_of(tmp_path, ROWS, "zero = 0.9\none = 0.9")
    assert math.isnan(cell(study, "A", "B"))


@pytest.mark.parametrize(("metric", "expected"), [("score", 0.1), ("error", -0.1)])
def test_zero_alone_is_a_gain_in_the_metrics_unit(tmp_path, metric, expected):
    study = study_of(tmp_path, ROWS, f'metric = "{metric}"\nzero = 0.5')
    assert study.value_scale is ValueScale.GAIN
    assert cell(study, "A", "B") == pytest.approx(expected)
    assert not transfer_matrix(study, TransferQuery("scores")).lower_is_better


def test_neither_is_the_score_as_it_is(tmp_path):
    study = study_of(tmp_path, ROWS, 'metric = "error"')
    matrix = transfer_matrix(study, TransferQuery("scores"))
    assert (matrix.value_scale, matrix.lower_is_better) == (ValueScale.RAW, True)
    assert cell(study, "A", "B") == 0.6


def case(tmp_path, name, more=""):
    folder = tmp_path / name
    shutil.copytree(CASES / name, folder)
    with (folder / "study.toml").open("a") as file:
        file.write(more)
    return folder


def givers(study):
    found = BALANCE.compute(study, TransferQuery("scores"))
    return {task.task: task.giver for task in found.social_relations.effects}


def test_the_worst_teacher_of_errors_has_the_lowest_giver_effect(tmp_path):
    # S1's errors as a source are 0.048 and 0.041, those of S2 0.014 and 0.016.
    found = givers(open_study(case(tmp_path, "k01-error-ignored")))
    assert min(found, key=found.get) == "S1"


def test_auc_below_a_half_is_harm_where_zero_says_so(tmp_path):
    folder = case(tmp_path, "k02-zero-is-not-harmless-auc")
    raw = overview.overview(open_study(folder), TransferQuery())
    assert raw.losses.cells == raw.gains.cells == raw.sign_counts == ()
    with (folder / "study.toml").open("a") as file:
        file.write("[scale]\nzero = 0.5\n")
    found = overview.overview(open_study(folder), TransferQuery())
    assert found.losses.cells[0].value == pytest.approx(0.14 - 0.5)


def test_a_reference_is_no_task(tmp_path):
    name = "k02-zero-is-not-harmless-reward"
    study = open_study(case(tmp_path, name, '[scale]\nzero = "source:random"\n'))
    assert "random" not in {task.name for task in study.tasks}
    assert study.value_scale is ValueScale.GAIN


def test_the_hard_target_is_not_the_best_teacher(tmp_path):
    found = givers(open_study(case(tmp_path, "k03-hard-target-is-top-giver")))
    assert max(found, key=found.get) != "hard"


def test_per_cent_beside_fractions_is_told_with_both_methods(tmp_path):
    (problem,) = inspect_study(case(tmp_path, "k04-percent-and-fraction")).problems
    assert "method `large` in per cent, `small` in fractions" in problem.found
    assert "divide those in per cent by 100" in problem.todo


IN_BOTH = "some scores in per cent, some in fractions, of target `A`"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("A,91,88,90\nB,0.42,0.4,0.5\nC,33,30,31\n", [IN_BOTH]),
        ("A,91,88,90\nB,0.42,0.4,0.5\nC,33,30,0\nD,0.2,0.3,0.4\n", [IN_BOTH]),
        # One cell may be as low as that, zero is zero in both, and targets may differ.
        ("A,91,88,90\nB,0.42,45,50\nC,33,30,31\n", []),
        ("A,91,88,90\nB,0,0,0\nC,33,30,31\n", []),
        ("A,91,0.88,90\nB,42,0.4,50\nC,33,0.3,31\n", []),
    ],
)
def test_per_cents_among_fractions_are_told_of_small_matrices_too(tmp_path, rows, told):
    (tmp_path / "scores.csv").write_text(f"source,A,B,C\n{rows}")
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "square"\npath = "scores.csv"\n[scale]\nmetric = "accuracy"\n'
    )
    found = [problem.found for problem in inspect_study(tmp_path).problems]
    assert [one for one in found if "per cent" in one] == told


@pytest.mark.parametrize(
    ("scale", "times", "told"),
    [
        ("", 40.0, "`B` are spread 40 times as far as those of `A`"),
        ("zero = 0", 40.0, "`B` are spread 40 times"),
        ("zero = 0\none = 5", 40.0, ""),
        ("", 19.0, ""),
    ],
)
def test_a_mean_over_targets_of_unlike_spread_is_told(tmp_path, scale, times, told):
    """Returns of games: that of the one with the large numbers is the mean."""
    values = (1.0, 2.0, 3.0, 2.0)
    rows = [
        f"{source},{target},{seed},{value * factor}"
        for target, factor in (("A", 1.0), ("B", times))
        for (source, seed), value in zip(product("AB", (0, 1)), values, strict=True)
    ]
    (tmp_path / "scores.csv").write_text("\n".join(["sources,target,seed,score", *rows]))
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
        f'[scale]\nmetric = "score"\n{scale}\n'
    )
    problems = [str(problem) for problem in inspect_study(tmp_path).problems]
    assert [told in problem for problem in problems if "spread" in problem] == [True] * bool(told)


def test_equal_values_have_no_spread_that_rounding_makes(tmp_path):
    """The mean of fifteen times 0.1 is not 0.1 in floats: `5,000,000,000,000,000 times as far`."""
    rows = [
        f"{source},{target},{seed},{0.1 if target == 'B' else 0.5 + 0.1 * at - 0.05 * seed}"
        for at, source in enumerate("ABCDE")
        for target in "ABCDE"
        for seed in (0, 1, 2)
    ]
    (tmp_path / "scores.csv").write_text("\n".join(["sources,target,seed,score", *rows]))
    (tmp_path / "study.toml").write_text('[evaluations]\nlayout = "scores"\npath = "scores.csv"\n')
    assert not [one for one in inspect_study(tmp_path).problems if "spread" in one.found]


PER_CENT = "A,A,92\nA,B,40\nB,A,61\nB,B,88\n"


@pytest.mark.parametrize("metric", ["accuracy", "error"])
def test_a_zero_in_shares_beside_values_in_per_cent_is_told(tmp_path, metric):
    scale = f'metric = "{metric}"\nzero = 0.5'
    (problem,) = study_of(tmp_path, PER_CENT, scale).warnings
    assert problem.found == "zero is 0.5 where values are per cent, of `A`, `B`"
    for rows, right in (
        (PER_CENT, scale.replace("0.5", "50")),
        (PER_CENT, scale + "\nbounds = [0, 100]"),
        # Ratings from 1 to 5; a BLEU below the zero.
        ("A,B,4.2\nB,A,3.1\n", scale.replace("0.5", "1")),
        ("A,A,0.2\nB,A,31\nC,A,27\n", scale),
    ):
        assert not study_of(tmp_path, rows, right).warnings


def test_bounds_name_what_is_impossible(tmp_path):
    study = study_of(tmp_path, "A,B,1.2\nB,A,0.5\n", "bounds = [0, 1]")
    (problem,) = study.warnings
    assert "1 score of `B` outside bounds [0, 1], first 1.2" in problem.found


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        ('zero = "low"', 'write a number, or "source:NAME"'),
        ('one = "top"', '"source:NAME" or "diagonal"'),
        ('zero = "source:nobody"', "no row of source `nobody`"),
        ("bounds = [0]", "write two numbers"),
        ("zero = inf", "write a number"),
    ],
)
def test_a_scale_that_makes_no_sense_is_said(tmp_path, scale, sentence):
    (tmp_path / "scores.csv").write_text("sources,target,score\n" + ROWS)
    (tmp_path / "study.toml").write_text(
        f'[evaluations]\nlayout = "scores"\npath = "scores.csv"\n[scale]\n{scale}\n'
    )
    errors = [str(problem) for problem in inspect_study(tmp_path).problems if problem.is_error]
    assert any(sentence in error for error in errors)


@pytest.mark.parametrize("scale", ["zero = 0.4\none = 0.4", "zero = 0.4\none = 0.1"])
def test_a_one_that_is_no_better_than_zero_is_named(tmp_path, scale):
    study_of(tmp_path, ROWS, scale)
    (warning,) = listing(inspect_study(tmp_path).problems)
    assert "is no better than zero = 0.4, where higher is better, on `A`" in warning
