from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from scipy import stats

from core.analyses import COVARIATES
from core.analyses.balance import balance
from core.analyses.covariates import RESPONSES, covariate_tests
from core.analyses.query import SimilarityQuery, TransferQuery
from core.analyses.task_covariates import (
    Covariate,
    base_loss,
    base_standard,
    from_manifest,
    half_improvement,
    mean_similarity,
    participation_ratio,
    representation_dimension,
)
from core.errors import ComputationError
from core.io import open_study
from core.metrics import Metric
from core.numerics.rank_tests import holm, rank_correlation
from core.study import Run, Task
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from tests.core.small import queries_of, square_study, study_of
from tests.studies import StudyWriter

STRICT = Scale.STRICT


def array(*values) -> np.ndarray:
    return np.array(values, dtype=float)


# -- rank correlation ------------------------------------------------------------------------------


def test_spearman_and_its_p_by_hand_for_four_tasks():
    # Σd² = 2: ρ = 1 − 6·2/(4·15). Of the 24 orders one has ρ = 1, three 0.8, and so below zero.
    found = rank_correlation(array(1, 2, 3, 4), array(10, 20, 40, 30))
    assert found.rho == pytest.approx(0.8)
    assert found.p == pytest.approx(8 / 24)
    assert (found.n, found.permutations, found.exhaustive) == (4, 24, True)


def test_ties_share_their_rank():
    # Ranks 1.5, 1.5, 3, 4 against 1 to 4: 4.5/√(4.5·5); two orders reach it, two its negative.
    found = rank_correlation(array(7, 7, 8, 9), array(1, 2, 3, 4))
    assert found.rho == pytest.approx(4.5 / math.sqrt(22.5))
    assert found.p == pytest.approx(4 / 24)


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_scipy_and_with_counting(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, 6).astype(float), rng.normal(size=6)
    found = rank_correlation(x, y)
    assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic)
    every = [abs(stats.spearmanr(x, order).statistic) for order in permutations(y)]
    assert found.p == pytest.approx(np.mean(np.array(every) >= abs(found.rho) - 1e-12))


def test_a_rho_of_zero_is_zero():
    found = rank_correlation(array(1, 2, 3, 4), array(2, 4, 1, 3))
    assert (found.rho, found.p) == (0.0, 1.0)


def test_beyond_eight_tasks_orders_are_drawn_with_a_seed():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=9), rng.normal(size=9)
    first, again = rank_correlation(x, y, seed=3), rank_correlation(x, y, seed=3)
    assert first == again
    assert not first.exhaustive
    assert first.permutations == 10_000
    assert first.p != rank_correlation(x, y, seed=4).p
    assert rank_correlation(x, x).p == pytest.approx(1 / 10_001)


def test_tasks_without_a_value_are_left_out_and_few_or_constant_ones_have_no_rank():
    x = array(1, 2, 3, 4, np.nan)
    assert rank_correlation(x, array(1, 2, 4, 3, 9)).n == 4
    few = rank_correlation(array(1, 2), array(2, 1))
    assert (few.n, few.why) == (2, "needs at least 3 tasks with a value, there are 2")
    assert math.isnan(few.p)
    assert rank_correlation(x, np.ones(5)).why == "all tasks have the same value"


def test_holm_by_hand():
    adjusted = holm([0.01, 0.04, math.nan, 0.03])
    assert adjusted.tolist()[:2] == pytest.approx([0.03, 0.06])
    assert math.isnan(adjusted[2])
    # 0.03 · 2 and 0.04 · 1: never less than what comes before.
    assert adjusted[3] == pytest.approx(0.06)
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).size == 0


# -- participation ratio ---------------------------------------------------------------------------


def test_participation_ratio_of_a_known_covariance():
    # Covariance diag(4, 1): 5² / (16 + 1).
    corners = np.array([[x, y] for x in (-2, 2) for y in (-1, 1)], dtype=float)
    assert participation_ratio(corners) == pytest.approx(25 / 17)
    assert participation_ratio(corners + 1000) == pytest.approx(25 / 17)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_equal_variance_in_k_directions_fills_k_dimensions(k):
    signs = np.array(np.meshgrid(*[(-1.0, 1.0)] * 5)).reshape(5, -1).T  # orthogonal columns
    assert participation_ratio(signs[:, :k]) == pytest.approx(k)


def test_it_is_that_of_the_eigenvalues_also_with_more_features_than_items():
    rng = np.random.default_rng(5)
    for shape in ((40, 6), (6, 40)):
        x = rng.normal(size=shape).astype(np.float16)
        eigenvalues = np.linalg.eigvalsh(np.cov(x.astype(float), rowvar=False))
        expected = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
        assert participation_ratio(x) == pytest.approx(expected)
        turn = np.linalg.qr(rng.normal(size=(shape[1], shape[1])))[0]
        assert participation_ratio(3 * x.astype(float) @ turn) == pytest.approx(expected)


def test_a_constant_representation_has_none_and_a_broken_one_is_refused():
    assert math.isnan(participation_ratio(np.full((5, 3), 0.1)))
    with pytest.raises(ComputationError, match="not finite"):
        participation_ratio(array(1, np.nan).reshape(2, 1))
    with pytest.raises(ComputationError, match=r"shape \(3,\)"):
        participation_ratio(np.ones(3))


def test_the_dimension_of_a_task_is_the_mean_over_its_models(write_study: StudyWriter):
    files = write_study(representations=True)
    study = open_study(files.folder)
    found = representation_dimension(study, ["crossing", "distance"], SimilarityQuery(layer=5))
    stored = np.load(files.path("representations/pt1-2/layer5/checkpoint-10000.npy"))
    assert found.values[0] == pytest.approx(participation_ratio(stored))
    assert found.name == "participation ratio (layer 5)"
    earlier = representation_dimension(
        study, ["crossing"], SimilarityQuery(layer=5, checkpoint=9000)
    )
    assert earlier.values[0] != found.values[0]
    assert (
        representation_dimension(study, ["crossing"], SimilarityQuery(layer=5, seeds=[7])).values[0]
        == (found.values[0])
    )


def test_a_representation_that_cannot_be_used_is_named(write_study: StudyWriter):
    files = write_study(representations=True)
    files.write("representations/pt1-1/layer5/checkpoint-10000.npy", b"cut")
    shape = np.load(files.path("representations/pt1-2/layer5/checkpoint-10000.npy")).shape
    np.save(files.path("representations/pt1-2/layer5/checkpoint-10000.npy"), np.ones(shape))
    study = open_study(files.folder)
    found = representation_dimension(study, ["distance", "crossing"], SimilarityQuery(layer=5))
    # The checkpoint before it does not stand in.
    assert found.reasons[0].startswith("pt1-1: not a .npy file")
    assert found.reasons[0].endswith("at checkpoint 10000")
    assert found.reasons[1] == "pt1-2: a constant representation"
    none = representation_dimension(study, ["distance"], SimilarityQuery(layer=4))
    assert none.reasons == ("no stored representation at layer 4",)
    without = representation_dimension(
        replace(study, representations=None), ["distance"], SimilarityQuery(layer=5)
    )
    assert without.why == "the study stores no representations"


# -- half of the improvement -----------------------------------------------------------------------


def curves(**own):
    """Strict matrices of runs on one task each; own: task -> {step: improvement}."""
    tasks = tuple(Task(name, name.upper(), Metric.ACCURACY) for name in own)
    runs, cells = [Run("base", "pretrain", tuple(own), None, 0)], {}
    for name, points in own.items():
        runs.append(Run(f"ft-{name}", "ft1", (name,), "base", 0))
        cells["base", name, "shifted", 9] = 0.0
        cells["base", name, "standard", 9] = 1.0
        for step, value in points.items():
            cells[f"ft-{name}", name, "shifted", step] = value
    study = study_of(tasks, runs, cells)
    steps = study.evaluations.steps(range(1, len(runs)))
    matrices = [
        (step, transfer_matrix(study, TransferQuery("ft1", checkpoint=step, scale=STRICT)))
        for step in steps
    ]
    return half_improvement(matrices, tuple(own))


def test_half_is_reached_at_the_first_evaluated_checkpoint_with_half_of_the_final_value():
    found = curves(
        a={10: 0.1, 20: 0.39, 30: 0.4, 40: 0.8},  # exactly half at 30
        b={10: 0.9, 20: 0.2, 30: 0.3, 40: 1.0},  # at once; that it falls again is no matter
        c={10: -0.5, 20: 0.0, 30: 0.1, 40: 3.0},  # above 1.5: nothing is cut
    )
    assert found.values.tolist() == [30, 10, 40]
    assert found.name == "half-improvement step"


def test_half_is_undefined_with_a_reason():
    found = curves(
        up={10: 0.1, 20: 0.5},
        down={10: 0.1, 20: -0.5},
        flat={10: 0.1, 20: 0.0},
        once={20: 0.5},
        never={},
    )
    assert found.values[0] == 20
    assert np.isnan(found.values[1:]).all()
    assert found.reasons == (
        "",
        "no improvement on itself in the end",
        "no improvement on itself in the end",
        "evaluated at one checkpoint only",
        "no run trained on it alone has a value on it",
    )
    assert half_improvement([], ("a",)).why == "no run trained on it alone has a value on it"


def test_the_final_value_is_that_of_the_last_evaluated_checkpoint():
    assert curves(a={10: 0.3, 20: 0.5}, b={10: 0.1, 30: 0.1}).values.tolist() == [10, 10]


# -- what is known of a base, of a task ------------------------------------------------------------


def bases(*kinds):
    """kinds: (metric, unit, shifted, standard) of each task."""
    tasks = tuple(Task(f"t{i}", f"T{i}", m, unit=u) for i, (m, u, *_) in enumerate(kinds))
    runs = [Run("base", "pretrain", ("t0",), None, 0), Run("ft", "ft1", ("t0",), "base", 0)]
    cells = {}
    for i, (*_, shifted, standard) in enumerate(kinds):
        cells["base", f"t{i}", "shifted", 9] = shifted
        cells["base", f"t{i}", "standard", 9] = standard
        cells["ft", f"t{i}", "shifted", 9] = shifted
    study = study_of(tasks, runs, cells)
    return study, transfer_matrix(study, TransferQuery("ft1")), [task.name for task in tasks]


def test_the_standard_value_of_the_base_needs_one_metric_and_unit():
    one = base_standard(
        *bases((Metric.ERROR, "km", 90.0, 30.0), (Metric.ERROR, "km", 80.0, np.nan))
    )
    assert one.values[0] == 30.0
    assert one.unit == "km"
    assert one.reasons == ("", "no base has a standard and a shifted value")
    assert base_standard(*bases((Metric.ACCURACY, "", 0.2, 0.9))).unit == "accuracy"
    two = base_standard(*bases((Metric.ERROR, "km", 90, 30), (Metric.ACCURACY, "", 0.2, 0.9)))
    assert two.why == "tasks differ in metric or unit (accuracy, km)"


def test_the_loss_of_the_base_is_a_log_ratio_of_errors_whatever_the_metric():
    found = base_loss(
        *bases(
            (Metric.ERROR, "km", 90.0, 30.0),
            (Metric.ACCURACY, "", 0.4, 0.8),  # errors 0.6 and 0.2
            (Metric.ACCURACY, "%", 40.0, 80.0),
            (Metric.ERROR, "km", 5.0, 0.0),
        )
    )
    assert found.values[:2] == pytest.approx([math.log(3), math.log(3)])
    assert np.isnan(found.values[2:]).all()
    assert found.reasons[2:] == ("an error of the base that is not positive",) * 2


def test_numbers_of_the_manifest_and_who_has_none():
    study = square_study(np.ones((1, 3, 3)))
    tasks = (
        replace(study.tasks[0], covariates=MappingProxyType({"size": 3.0})),
        replace(study.tasks[1], covariates=MappingProxyType({"size": 1.0, "age": 7.0})),
        study.tasks[2],
    )
    size, age = from_manifest(replace(study, tasks=tasks), ["a", "b", "c"])
    assert (size.name, age.name) == ("size", "age")
    np.testing.assert_array_equal(size.values, [3, 1, np.nan])
    assert size.reasons == ("", "", "not in the manifest")
    assert from_manifest(study, ["a"]) == ()


def test_mean_similarity_is_that_to_the_other_tasks_shown():
    cka = np.array([[1, 0.2, 0.6], [0.2, 1, 0.4], [0.6, 0.4, 1]])
    study = square_study(np.random.default_rng(0).random((1, 3, 3)), cka=cka)
    three = COVARIATES.compute(study, *queries_of("ft1")).covariates[-1]
    assert three.values == pytest.approx([0.4, 0.3, 0.5])
    two = COVARIATES.compute(study, *queries_of("ft1", exclude=("c",))).covariates[-1]
    assert two.values == pytest.approx([0.2, 0.2])
    assert mean_similarity(None, ["a"]).why == "the study has no CKA of single-task models"


# -- all together ----------------------------------------------------------------------------------


def covariate(name, *values) -> Covariate:
    return Covariate(name, "", "", array(*values), ("",) * len(values))


def test_all_outcomes_are_tested_against_all_covariates_together():
    transfer = np.array([[0, 3, 3, 3], [2, 0, 2, 2], [1, 1, 0, 1], [0, 0, 0, 0]], dtype=float)
    study = square_study(transfer[None])
    matrix = transfer_matrix(study, TransferQuery("ft1", scale=STRICT))
    found = covariate_tests(
        balance(matrix, "abcd"),
        [covariate("x", 4, 3, 2, 1), covariate("x", 1, 1, 1, 1), covariate("y", 1, 2, 4, 3)],
    )
    assert found.response_values.tolist() == [[9, 6, 3, 0], [3, 4, 5, 6], [6, 2, -2, -6]]
    assert [c.name for c in found.covariates] == ["x", "x (2)", "y"]
    assert [(t.response, t.covariate) for t in found.tests[:3]] == [(o, "x") for o in RESPONSES]
    assert found.test("given", "x").correlation.rho == pytest.approx(1.0)
    assert found.test("received", "x").correlation.rho == pytest.approx(-1.0)
    assert found.test("net", "x (2)").correlation.why == "all tasks have the same value"
    assert len(found.tested) == 6
    # Exact p of a perfect order of 4: 2/24, six tests: none could be told from chance.
    assert not found.offered
    assert (found.looked_at, found.tasks_needed) == (6, 6)
    assert math.isnan(found.test("given", "x").adjusted)
    assert math.isnan(found.test("given", "x").correlation.p)
    assert found.expected_by_chance == 0
    assert found.n == 4
    assert found.below_level == 0
    assert found.closest == found.test("given", "x")
    assert [c.name for c in found.shown] == ["x", "y"]
    assert found.not_shown == (("x (2)", "all tasks have the same value"),)


def test_layers_that_could_be_looked_at_count_as_tests():
    size = 7
    transfer = np.tile(np.arange(size, 0, -1.0)[:, None], (1, size))
    matrix = transfer_matrix(square_study(transfer[None]), TransferQuery("ft1", scale=STRICT))
    made = balance(matrix, "abcdefg")
    x = covariate("x", *range(size, 0, -1))
    one, many = (covariate_tests(made, [replace(x, layers=k)]) for k in (1, 12))
    assert one.offered
    assert one.test("given", "x").adjusted == pytest.approx(3 * 2 / math.factorial(size))
    assert many.looked_at == 36
    assert many.test("given", "x").adjusted == pytest.approx(36 * 2 / math.factorial(size))
    too_many = covariate_tests(made, [replace(x, layers=100)])
    assert not too_many.offered
    assert too_many.tasks_needed == 8
    assert covariate_tests(made, [replace(x, layers=1000)]).tasks_needed is None


def test_a_study_without_anything_but_scores_says_why_it_knows_nothing(write_study: StudyWriter):
    study = open_study(write_study("scores").folder)
    found = COVARIATES.compute(study, *queries_of("scores", include=("crossing",)))
    # Effects, which scores as they are told by, need three tasks.
    assert found.n == 0
    assert not found.tested
    assert found.expected_by_chance == 0
    assert found.closest is None
    assert dict(found.not_shown)["difficulty"] == (
        "needs at least 3 tasks with a value, there are 0"
    )
    reasons = {c.name: c.why for c in found.covariates}
    assert reasons == {
        "difficulty": "",
        "base, standard": "tasks differ in metric or unit (accuracy, km)",
        "base, standard against shifted": "given scores have no base",
        "participation ratio": "the study stores no representations",
        "mean CKA to the others": "the study has no CKA of single-task models",
    }


def test_what_is_measured_from_the_base_is_not_tested_against_the_base():
    example = open_study(Path(__file__).parents[3] / "examples" / "atlantis" / "study")
    found = COVARIATES.compute(example, *queries_of("ft1"))
    of_base = [c for c in found.covariates if c.shares]
    assert [c.name for c in of_base] == ["base, standard", "base, standard against shifted"]
    for covariate in of_base:
        for response in ("received", "net"):
            result = found.test(response, covariate.name).correlation
            assert math.isnan(result.p)
            assert "not tested" in result.why
    loss = found.test("given", "base, standard against shifted").correlation
    assert math.isfinite(loss.rho)


def test_a_number_made_of_the_base_is_not_tested_against_what_is_a_ratio_to_it():
    """Given by hand it would come out in two of three studies; `check` names it, too."""
    shifted = dict(zip("abcde", (0.3, 0.1, 0.5, 0.2, 0.4), strict=True))
    other = dict(zip("abcde", (1.0, 2.0, 4.0, 3.0, 5.0), strict=True))
    tasks = [
        Task(
            name,
            name,
            Metric.ACCURACY,
            covariates=MappingProxyType({"loss": -math.log(of), "size": other[name]}),
        )
        for name, of in shifted.items()
    ]
    values = {("base", name, "shifted", 1): of for name, of in shifted.items()}
    study = study_of(tasks, [Run("base", "pretrain", tuple("abcde"), None, 0)], values)
    loss, size = from_manifest(study, list("abcde"))
    assert loss.shares == ("received", "net")
    assert size.shares == ()
    # Of four tasks two orders in 24 are that of the base by luck.
    few = study_of(
        tasks[:4],
        [Run("base", "pretrain", tuple("abcd"), None, 0)],
        {key: of for key, of in values.items() if key[1] != "e"},
    )
    assert all(not one.shares for one in from_manifest(few, list("abcd")))
