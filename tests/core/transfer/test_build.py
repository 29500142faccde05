"""Matrices: hand-worked cases, and agreement with METHODS written out as slow loops."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.analyses.query import TransferQuery
from core.errors import RequestError
from core.evaluations import Split
from core.io import inspect_study
from core.metrics import Metric
from core.study import Method, Run, Task
from core.transfer.build import actual_matrices, actual_on_both_scales, transfer_matrix
from core.transfer.matrix import MatrixKind, matrix_kinds
from core.transfer.normalization import Scale
from core.transfer.run_scores import RunScores
from core.transfer.table import MOST_ACROSS, matrix_table, printed_table
from tests.core.small import square_study, study_of

STRICT = Scale.STRICT
TASKS = (
    Task("dist", "D", Metric.ERROR, unit="km"),
    Task("comp", "C", Metric.ACCURACY),
    Task("area", "A", Metric.ERROR),
)
METHODS = (Method("one", "One"), Method("two", "Two", predicted_from="one"))


def two_seed_study(**changed):
    """Bases at error 100 / 1 and accuracy 0.2 / 1.0; single-source runs; one run on dist + comp.

    Raw values were chosen so that error 10 scores 0.5, accuracy 0.6 scores 0.5.
    """
    runs = [Run(f"b{k}", "pretrain", ("dist", "comp", "area"), None, k) for k in (1, 2)]
    values = {}
    for k in (1, 2):
        for task in TASKS:
            error = task.metric is Metric.ERROR
            values[f"b{k}", task.name, "shifted", 50] = 100.0 if error else 0.2
            values[f"b{k}", task.name, "standard", 50] = 1.0
    raw = {
        ("one", "dist", 1): (1.0, 0.6, 10.0),
        ("one", "comp", 1): (10.0, 1.0, 100.0),
        ("one", "area", 1): (100.0, 0.2, 1.0),
        ("one", "dist", 2): (1.0, 0.2, 100.0),
        ("one", "comp", 2): (1.0, 1.0, 10.0),
        ("one", "area", 2): (10.0, 0.6, 1.0),
        ("two", "dist+comp", 1): (1.0, 1.0, 1.0),
        ("two", "dist+comp", 2): (1.0, 1.0, 100.0),
    }
    for (method, trained, k), row in raw.items():
        name = f"{method}-{trained}-{k}"
        runs.append(Run(name, method, tuple(trained.split("+")), f"b{k}", k))
        for task, value in zip(TASKS, row, strict=True):
            # An early checkpoint with other values, and a numerically larger name that sorts
            # before it as text.
            values[name, task.name, "shifted", 900] = 55.0
            values[name, task.name, "shifted", 1000] = value
    for key, value in changed.pop("values", {}).items():
        if value is None:
            del values[key]
        else:
            values[key] = value
    failed = changed.pop("failed", ())
    runs = [Run(r.name, r.method, r.trained, r.base, r.seed, failed=r.name in failed) for r in runs]
    return study_of(TASKS, runs, values, methods=METHODS)


def test_actual_is_the_mean_over_seeds_of_normalized_values():
    matrix = transfer_matrix(two_seed_study(), TransferQuery("one"))
    assert matrix.sources == (("dist",), ("comp",), ("area",))
    assert matrix.targets == ("dist", "comp", "area")
    np.testing.assert_allclose(
        matrix.values,
        [[1.0, 0.25, 0.25], [0.75, 1.0, 0.25], [0.25, 0.25, 1.0]],
        atol=1e-12,
    )
    assert matrix.n.tolist() == [[2, 2, 2]] * 3
    assert matrix.sd[0, 1] == pytest.approx(math.sqrt(0.125))
    assert matrix.trained_mean == pytest.approx(1.0)
    assert matrix.transfer_mean == pytest.approx(2.0 / 6)
    assert (matrix.trained_cells, matrix.transfer_cells) == (3, 6)
    assert matrix.missing == ()


def test_last_checkpoint_is_the_largest_number_and_another_can_be_asked_for():
    study = two_seed_study()
    assert transfer_matrix(study, TransferQuery("one")).records.checkpoint.max() == 1000
    early = transfer_matrix(study, TransferQuery("one", checkpoint=900))
    assert set(early.records.checkpoint.ravel()) == {900}
    # 55 is worse than every accuracy's reference and between the errors' two baselines.
    assert early.values[0, 0] == pytest.approx(math.log(100 / 55) / math.log(100))
    with pytest.raises(
        RequestError, match=r"^no run of one has checkpoint 7; they have 900, 1000$"
    ):
        transfer_matrix(study, TransferQuery("one", checkpoint=7))


def test_every_value_knows_its_file_and_row():
    study = two_seed_study(values={("one-dist-1", "comp", "shifted", 1000): None}, failed=["b2"])
    records = transfer_matrix(study, TransferQuery("one", seeds=[1])).records
    assert records.files == ("evaluations.csv",)
    run = study.run_index["one-comp-1"]
    (row,) = (
        int(study.evaluations.row[i])
        for i in range(len(study.evaluations))
        if study.evaluations.run[i] == run
        and study.evaluations.task[i] == 2
        and study.evaluations.checkpoint[i] == 1000
    )
    assert records.raw((0, 1, 2)).source == f"evaluations.csv, row {row}"
    gone = two_seed_study(
        values={("one-dist-1", "comp", "shifted", step): None for step in (900, 1000)}
    )
    assert (
        transfer_matrix(gone, TransferQuery("one", seeds=[1])).records.raw((0, 0, 1)).source == ""
    )


def test_predicted_takes_the_best_raw_value_per_target_then_normalizes():
    matrix = transfer_matrix(two_seed_study(), TransferQuery("two", kind="predicted"))
    # seed 1: dist best 1 (own), comp best 1.0, area best min(10, 100) = 10 -> 0.5
    # seed 2: dist best 1, comp best 1.0, area best min(100, 10) = 10 -> 0.5
    np.testing.assert_allclose(matrix.values, [[1.0, 1.0, 0.5]], atol=1e-12)
    names = matrix.records.runs
    assert names[matrix.records.run[0, 0, 2]] == "one-dist-1"
    assert names[matrix.records.run[1, 0, 2]] == "one-comp-2"


def test_cross_fitted_chooses_on_the_other_seeds_and_scores_on_this_one():
    matrix = transfer_matrix(two_seed_study(), TransferQuery("two", kind="cross-fitted"))
    # area, seed 1: seed 2 says comp (0.5 over 0), which scores 0 in seed 1; seed 2: seed 1 says
    # dist, which scores 0 in seed 2. The plain prediction had 0.5 in both.
    np.testing.assert_allclose(matrix.per_seed[:, 0, 2], [0.0, 0.0], atol=1e-12)
    # dist, seed 1: seed 2 has a tie at 1.0 of dist and comp: manifest order says dist.
    names = matrix.records.runs
    assert names[matrix.records.run[0, 0, 0]] == "one-dist-1"


def test_cross_fitted_uses_the_other_seeds_of_the_study_also_where_one_seed_is_shown():
    matrix = transfer_matrix(two_seed_study(), TransferQuery("two", kind="cross-fitted", seeds=[1]))
    np.testing.assert_allclose(matrix.per_seed[:, 0, 2], [0.0], atol=1e-12)


def test_cross_fitted_is_undefined_with_one_seed_in_the_study():
    study = square_study(np.random.default_rng(0).random((1, 3, 3)))
    both = Run("both", "two", ("a", "b"), "base0", 0)
    values = {("both", t, "shifted", 9): 0.5 for t in "abc"}
    cells = {
        (study.runs[r].name, study.tasks[t].name, "shifted" if s else "standard", 9): v
        for r, t, s, v in zip(
            study.evaluations.run,
            study.evaluations.task,
            study.evaluations.shifted,
            study.evaluations.value,
            strict=True,
        )
    }
    study = study_of(
        study.tasks,
        [*study.runs, both],
        {**cells, **values},
        methods=[Method("ft1", "FT1"), Method("two", "Two", predicted_from="ft1")],
    )
    matrix = transfer_matrix(study, TransferQuery("two", kind="cross-fitted"))
    assert np.isnan(matrix.values).all()
    assert {cell.reason for cell in matrix.missing} == {
        "cross-fitting needs scores of ft1 with another seed for every task of the training set,"
        " and one of the chosen task with this seed"
    }


def test_difference_is_actual_minus_predicted_per_seed():
    study = two_seed_study()
    difference = transfer_matrix(study, TransferQuery("two", kind=MatrixKind.DIFFERENCE))
    actual = transfer_matrix(study, TransferQuery("two"))
    predicted = transfer_matrix(study, TransferQuery("two", kind="predicted"))
    np.testing.assert_allclose(difference.per_seed, actual.per_seed - predicted.per_seed)
    np.testing.assert_allclose(difference.per_seed[:, 0, 2], [0.5, -0.5], atol=1e-12)


def test_difference_is_over_the_seeds_that_have_both():
    study = two_seed_study(failed=["two-dist+comp-2"])
    difference = transfer_matrix(study, TransferQuery("two", kind=MatrixKind.DIFFERENCE))
    np.testing.assert_allclose(difference.values[0, 2], 0.5)
    assert difference.n.tolist() == [[1, 1, 1]]
    assert [(c.target, c.seed, c.reason) for c in difference.missing] == [
        (task, 2, "run two-dist+comp-2 failed") for task in ("dist", "comp", "area")
    ]


def test_a_failed_run_still_has_a_prediction():
    study = two_seed_study(failed=["two-dist+comp-2"])
    assert transfer_matrix(study, TransferQuery("two", kind="predicted")).n.tolist() == [[2, 2, 2]]


def test_prediction_is_missing_where_a_member_is():
    study = two_seed_study(failed=["one-dist-1"])
    predicted = transfer_matrix(study, TransferQuery("two", kind="predicted"))
    assert predicted.n.tolist() == [[1, 1, 1]]
    assert predicted.missing[0].reason == "run one-dist-1 failed"
    difference = transfer_matrix(study, TransferQuery("two", kind=MatrixKind.DIFFERENCE))
    assert difference.missing[0].reason == "prediction: run one-dist-1 failed"


def test_versus_subtracts_on_the_training_sets_both_have():
    runs = [Run("b", "pretrain", ("dist", "comp", "area"), None, 1)]
    values = {}
    for task in TASKS:
        error = task.metric is Metric.ERROR
        values["b", task.name, "shifted", 1] = 100.0 if error else 0.0
        values["b", task.name, "standard", 1] = 1.0
    for method, trained, score in (
        ("p", "dist+comp", 10.0),
        ("p", "dist+area", 10.0),
        ("q", "comp+dist", 100.0),
        ("q", "comp+area", 10.0),
    ):
        tasks = tuple(t.name for t in TASKS if t.name in trained.split("+"))
        runs.append(Run(f"{method}{trained}", method, tasks, "b", 1))
        values |= {(f"{method}{trained}", t.name, "shifted", 1): score for t in TASKS}
    study = study_of(TASKS, runs, values)
    matrix = transfer_matrix(study, TransferQuery("p", kind=MatrixKind.VERSUS, other="q"))
    assert matrix.sources == (("dist", "comp"),)
    assert matrix.other == "q"
    assert matrix.values[0, 0] == pytest.approx(0.5)


def test_excluding_a_task_drops_its_column_and_every_row_trained_on_it():
    matrix = transfer_matrix(two_seed_study(), TransferQuery("one", exclude=["comp"]))
    assert matrix.targets == ("dist", "area")
    assert matrix.sources == (("dist",), ("area",))
    assert transfer_matrix(two_seed_study(), TransferQuery("two", exclude=["comp"])).sources == ()


def test_every_empty_cell_says_why():
    study = two_seed_study(
        values={
            ("one-dist-1", "comp", "shifted", 1000): math.nan,
            ("one-comp-1", "area", "shifted", 1000): None,
            ("one-comp-1", "area", "shifted", 900): None,
            ("b2", "dist", "standard", 50): None,
            ("b1", "area", "shifted", 50): math.inf,
        },
        failed=["one-area-2"],
    )
    matrix = transfer_matrix(study, TransferQuery("one"))
    reasons = {(c.sources, c.target, c.seed): c.reason for c in matrix.missing}
    number = "is not a finite number (evaluations.csv, row"
    assert reasons.pop((("dist",), "comp", 1)).startswith(
        f"shifted value of one-dist-1 on comp at checkpoint 1000 {number}"
    )
    assert reasons.pop((("comp",), "area", 1)) == "no shifted evaluation of one-comp-1 on area"
    for source in ("dist", "comp"):
        assert reasons.pop(((source,), "dist", 2)) == "no standard evaluation of base b2 on dist"
    for source in ("dist", "area"):
        assert reasons.pop(((source,), "area", 1)).startswith(
            f"shifted value of base b1 on area at checkpoint 50 {number}"
        )
    for target in ("dist", "comp", "area"):
        assert reasons.pop((("area",), target, 2)) == "run one-area-2 failed"
    assert not reasons
    assert np.isnan(matrix.per_seed).sum() == len(matrix.missing)


def test_strict_cells_without_room_say_so():
    study = two_seed_study(
        values={
            ("b1", "comp", "standard", 50): 0.2,
            ("b1", "dist", "standard", 50): 200.0,
            ("one-area-1", "area", "shifted", 1000): 0.0,
        }
    )
    matrix = transfer_matrix(study, TransferQuery("one", seeds=[1], scale=STRICT))
    reasons = {(c.sources, c.target): c.reason for c in matrix.missing}
    assert reasons[("dist",), "comp"] == (
        "undefined: no room for improvement (base standard 0.2 ≤ base shifted 0.2)"
    )
    assert reasons[("dist",), "dist"] == (
        "undefined: no room for improvement (base standard 200 ≥ base shifted 100)"
    )
    assert reasons[("area",), "area"] == (
        "undefined: the logarithm needs positive values (run 0, base shifted 100, base standard 1)"
    )
    published = transfer_matrix(study, TransferQuery("one", seeds=[1]))
    assert published.missing == ()


def test_a_repeated_run_replaces_the_failed_one():
    study = square_study(np.full((1, 2, 2), 0.5))
    again = Run("again", "ft1", ("a",), "base0", 0)
    runs = [
        Run(r.name, r.method, r.trained, r.base, r.seed, failed=r.name == "ft-a-0")
        for r in study.runs
    ]
    values = {("again", "b", "shifted", 9): 0.25, ("again", "a", "shifted", 9): 1.0}
    for name in ("a", "b"):
        values["base0", name, "shifted", 9] = 0.0
        values["base0", name, "standard", 9] = 1.0
    matrix = transfer_matrix(study_of(study.tasks, [again, *runs], values), TransferQuery("ft1"))
    assert matrix.values[0].tolist() == [1.0, 0.25]


def test_clipped_cells_are_counted_per_run_and_target():
    matrix = transfer_matrix(square_study([[[2.0, -1.0], [0.5, 1.0]]]), TransferQuery("ft1"))
    assert matrix.clipped_count == 2
    assert matrix.values.tolist() == [[1.5, 0.0], [0.5, 1.0]]
    strict = transfer_matrix(
        square_study([[[2.0, -1.0], [0.5, 1.0]]]), TransferQuery("ft1", scale=STRICT)
    )
    assert strict.clipped_count == 0
    assert strict.values.tolist() == [[2.0, -1.0], [0.5, 1.0]]


def test_clipping_is_per_seed_before_the_mean():
    matrix = transfer_matrix(
        square_study([[[1.0, 2.0], [0, 1]], [[1.0, 1.0], [0, 1]]]), TransferQuery("ft1")
    )
    assert matrix.values[0, 1] == pytest.approx(1.25)


def test_interval_is_students_t():
    per_seed = [[[0, 0.1], [0, 0]], [[0, 0.2], [0, 0]], [[0, 0.6], [0, 0]]]
    low, high = transfer_matrix(square_study(per_seed), TransferQuery("ft1")).interval
    half = 4.302652729911275 * np.std([0.1, 0.2, 0.6], ddof=1) / math.sqrt(3)
    assert (low[0, 1], high[0, 1]) == pytest.approx((0.3 - half, 0.3 + half))
    low, _ = transfer_matrix(square_study(per_seed[:1]), TransferQuery("ft1")).interval
    assert np.isnan(low).all()


def test_exposed_is_what_was_seen_without_being_trained_on():
    study = square_study(np.full((1, 2, 2), 0.5))
    runs = [
        Run(r.name, r.method, r.trained, r.base, r.seed, exposed=("a", "b")) for r in study.runs
    ]
    matrix = transfer_matrix(study_of(study.tasks, runs, {}), TransferQuery("ft1"))
    assert matrix.exposed.tolist() == [[False, True], [True, False]]
    assert matrix.trained.tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"method": "three"}, "no method 'three' in this study; it has one, two"),
        ({"method": "one", "seeds": [5]}, "method one: no run with seed 5; it has 1, 2"),
        ({"method": "one", "seeds": []}, "method one: no seed chosen; it has 1, 2"),
        (
            {"method": "one", "exclude": ["x"]},
            "no task 'x' in this study; it has dist, comp, area",
        ),
        (
            {"method": "one", "kind": "predicted"},
            "method one has no `predicted_from` in study.toml: nothing predicts it",
        ),
        (
            {"method": "one", "kind": MatrixKind.VERSUS},
            "kind `versus` needs the other method, and no other kind takes one",
        ),
        (
            {"method": "one", "other": "two"},
            "kind `versus` needs the other method, and no other kind takes one",
        ),
        (
            {"method": "one", "kind": MatrixKind.VERSUS, "other": "two"},
            "one and two share no training set",
        ),
    ],
)
def test_what_the_study_does_not_have_is_named(ask, message):
    with pytest.raises(RequestError) as caught:
        transfer_matrix(two_seed_study(), TransferQuery(**ask))
    assert str(caught.value) == message


def test_methods_without_a_shared_seed_cannot_be_compared():
    base = [Run(f"b{k}", "pretrain", ("dist",), None, k) for k in (1, 2)]
    runs = [*base, Run("p", "p", ("dist",), "b1", 1), Run("q", "q", ("dist",), "b2", 2)]
    with pytest.raises(RequestError, match=r"^p and q share no seed: 1 against 2$"):
        transfer_matrix(
            study_of(TASKS, runs, {}), TransferQuery("p", kind=MatrixKind.VERSUS, other="q")
        )


# -- METHODS as slow loops ------------------------------------------------------------------------


def slow_improvement(v, b, s, metric, scale):
    if not all(math.isfinite(x) for x in (v, b, s)):
        return math.nan
    if metric is Metric.ACCURACY:
        if s <= b:
            return 0.0 if scale is not STRICT else math.nan
        raw = (v - b) / (s - b)
    elif s >= b or b <= 0 or s <= 0 or v <= 0:
        if scale is STRICT:
            return math.nan
        raw = 0.0 if v >= b else 1.0 if v <= s else (b - v) / (b - s)
    else:
        raw = math.log(b / v) / math.log(b / s)
    return raw if scale is STRICT else min(max(raw, 0.0), 1.5)


def random_study(seed):
    """Four tasks, three seeds, singles and pairs, with failures, gaps, ties and odd values."""
    rng = np.random.default_rng(seed)
    tasks = tuple(
        Task(n, n.upper(), Metric.ERROR if rng.random() < 0.5 else Metric.ACCURACY) for n in "abcd"
    )
    runs, values = [], {}
    for k in range(3):
        runs.append(Run(f"base{k}", "pretrain", tuple("abcd"), None, k))
        for first in range(4):
            runs.append(Run(f"s{first}{k}", "one", ("abcd"[first],), f"base{k}", k))
            for second in range(first):
                if rng.random() < 0.8:
                    trained = ("abcd"[second], "abcd"[first])
                    runs.append(Run(f"p{second}{first}{k}", "two", trained, f"base{k}", k))
    runs = [
        Run(r.name, r.method, r.trained, r.base, r.seed, failed=rng.random() < 0.05) for r in runs
    ]
    for run in runs:
        for task in tasks:
            for split in ("standard", "shifted"):
                if rng.random() < 0.95:
                    value = rng.choice(
                        [rng.random() + 0.05, 0.5, 0.0, math.nan], p=[0.8, 0.1, 0.05, 0.05]
                    )
                    values[run.name, task.name, split, 10] = float(value)
    return study_of(tasks, runs, values, methods=METHODS), values


@pytest.mark.parametrize("scale", list(Scale))
@pytest.mark.parametrize("seed", range(8))
def test_fast_equals_slow(seed, scale):
    study, values = random_study(seed)
    by_name = {run.name: run for run in study.runs}

    def get(run, task, split):
        run = by_name[run]
        return math.nan if run.failed else values.get((run.name, task, split, 10), math.nan)

    def score(raw, owner, task):
        base = by_name[owner].base
        args = raw, get(base, task, "shifted"), get(base, task, "standard")
        return slow_improvement(*args, study.task(task).metric, scale)

    singles = {(r.seed, r.trained[0]): r.name for r in study.runs_of("one")}
    expected = {kind: {} for kind in matrix_kinds()}
    for run in study.runs_of("two"):
        for task in study.tasks:
            cell = run.trained, run.seed, task.name
            actual = score(get(run.name, task.name, "shifted"), run.name, task.name)
            members = [singles[run.seed, m] for m in run.trained]
            raws = [get(m, task.name, "shifted") for m in members]
            best = max(raws) if task.metric is Metric.ACCURACY else min(raws)
            complete = all(math.isfinite(raw) for raw in raws)
            predicted = score(best, run.name, task.name) if complete else math.nan
            means = []
            for member in run.trained:
                others = [
                    score(get(name, task.name, "shifted"), name, task.name)
                    for (k, source), name in singles.items()
                    if source == member and k != run.seed
                ]
                others = [x for x in others if math.isfinite(x)]
                means.append(sum(others) / len(others) if others else math.nan)
            if all(math.isfinite(mean) for mean in means):
                chosen = max(range(len(means)), key=lambda i: (round(means[i], 12), -i))
                crossed = score(raws[chosen], run.name, task.name)
            else:
                crossed = math.nan
            expected[MatrixKind.ACTUAL][cell] = actual
            expected["predicted"][cell] = predicted
            expected["cross-fitted"][cell] = crossed
            expected[MatrixKind.DIFFERENCE][cell] = actual - predicted
    for kind in (
        MatrixKind.ACTUAL,
        "predicted",
        "cross-fitted",
        MatrixKind.DIFFERENCE,
    ):
        matrix = transfer_matrix(study, TransferQuery("two", kind=kind, scale=scale))
        for i, sources in enumerate(matrix.sources):
            for j, target in enumerate(matrix.targets):
                per_seed = [
                    expected[kind].get((sources, k, target), math.nan) for k in matrix.seeds
                ]
                np.testing.assert_allclose(matrix.per_seed[:, i, j], per_seed, atol=1e-12)
        unexplained = np.isnan(matrix.per_seed) != (matrix.reason > 0)
        assert not unexplained.any()


def test_only_the_rows_that_are_needed_are_read_and_they_are_the_same(write_study):
    found = inspect_study(write_study().folder).study
    scores = RunScores(found, scale=Scale.PUBLISHED, checkpoint="last")
    some = np.array([[0, len(found.runs) - 1], [2, 1]])
    np.testing.assert_array_equal(scores.baseline_of(some), scores.baseline[some])
    np.testing.assert_array_equal(scores.reference_of(some), scores.reference[some])
    for split in Split:
        whole, part = found.evaluations.grid(split), found.evaluations.grid(split, runs=[1, 3])
        for name in ("values", "checkpoints", "records"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[[1, 3]])


def test_scores_of_some_runs_are_those_of_all_and_of_others_nothing_is_said(write_study):
    found = inspect_study(write_study().folder).study
    whole = RunScores(found, scale=Scale.STRICT, checkpoint="last")
    runs = np.flatnonzero([run.base is not None for run in found.runs])[1:]
    some = RunScores(found, scale=Scale.PUBLISHED, checkpoint="last", runs=runs).on(Scale.STRICT)
    tasks = np.arange(len(found.tasks))[:, None]
    for name in ("raw_of", "records_of", "checkpoints_of"):
        quick, slow = getattr(some, name)(runs, tasks), getattr(whole, name)(runs, tasks)
        np.testing.assert_array_equal(quick, slow)
    np.testing.assert_array_equal(some.normalized(runs).values, whole.normalized(runs).values)
    for run in runs.tolist():
        assert some.why_run_missing(run, 0) == whole.why_run_missing(run, 0)
    with pytest.raises(ValueError, match="not read"):
        some.raw_of(np.array([0]))


def test_all_rows_and_columns_in_order_are_the_matrix_itself(write_study):
    found = inspect_study(write_study().folder).study
    matrix = transfer_matrix(found, TransferQuery(found.tested_methods[0].name))
    rows, columns = len(matrix.sources), len(matrix.targets)
    assert matrix.take(range(rows), range(columns)) is matrix
    turned = matrix.take(range(rows)[::-1], range(columns))
    np.testing.assert_array_equal(turned.per_seed, matrix.per_seed[:, ::-1])


@pytest.mark.parametrize("made", ["example", "full", "no run, no test", "no room"])
def test_matrices_on_both_scales_are_those_on_each(write_study, made):
    values = np.random.default_rng(0).normal(0.5, 0.9, (2, 4, 4))
    if made == "no run, no test":
        values[0, 1], values[1, 2, 3] = np.nan, np.nan
    found = square_study(values)
    if made == "example":
        found = inspect_study(write_study().folder).study
    if made == "no room":
        every = found.evaluations
        flat = replace(every, value=np.where(every.task == 1, 0.5, every.value))
        found = replace(found, evaluations=flat)
    query = TransferQuery(found.tested_methods[0].name, exclude=(found.tasks[0].name,))
    both = actual_on_both_scales(found, query)
    for scale in Scale:
        quick = both.on(scale)
        (slow,) = actual_matrices(found, replace(query, scale=scale), (query.method,))
        np.testing.assert_array_equal(quick.per_seed, slow.per_seed)
        np.testing.assert_array_equal(quick.clipped, slow.clipped)
        np.testing.assert_array_equal(quick.n, slow.n)
        assert (quick.scale, quick.missing) == (scale, slow.missing)


def test_runs_that_were_not_tested_share_a_reason_that_names_each_target():
    """One text a run, whatever targets it lacks; each cell says what it alone would say."""
    values = np.full((2, 4, 4), 0.5)
    values[0, 1, [0, 2]] = values[1, 1, 0] = np.nan
    found = square_study(values)
    every = found.evaluations
    columns = ("run", "task", "shifted", "checkpoint", "value", "file", "row")
    kept = {name: getattr(every, name)[np.isfinite(every.value)] for name in columns}
    found = replace(found, evaluations=replace(every, **kept))
    matrix = transfer_matrix(found, TransferQuery("ft1", scale=Scale.STRICT))
    scores = RunScores(found, scale=Scale.STRICT, checkpoint="last")
    assert len(matrix.missing) == 3
    assert len(matrix.reasons) == 3
    for cell in matrix.missing:
        (run,) = [
            r for r in found.runs if r.trained == cell.sources and r.seed == cell.seed and r.base
        ]
        why = scores.why_run_missing(found.run_index[run.name], found.task_index[cell.target])
        assert cell.reason == why
        assert cell.target in why
    told = matrix_table(matrix, found)["empty because"].tolist()
    assert [text for text in told if text] == [
        next(cell.reason for cell in matrix.missing if cell.target == target)
        for target in (matrix.targets[0], matrix.targets[2])
    ]


def test_a_printed_matrix_has_targets_across_while_a_page_has_room():
    def printed(size: int):
        study = square_study(np.random.default_rng(size).random((2, size, size)))
        matrix = transfer_matrix(study, TransferQuery("ft1"))
        return matrix, printed_table(matrix, study)

    matrix, table = printed(MOST_ACROSS)
    assert list(table.columns) == ["trained on", *matrix.targets]
    assert table.iloc[:, 1:].to_numpy(dtype=float).tolist() == matrix.values.tolist()
    _, cells = printed(MOST_ACROSS + 1)
    assert len(cells) == (MOST_ACROSS + 1) ** 2
