"""The detail of a pair, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.analyses import PAIR
from core.analyses.details.cell import BY_DEFINITION
from core.analyses.details.pair import pair_detail
from core.analyses.query import DetailQuery, TransferQuery
from core.cache.codec import decode, encode
from core.errors import RequestError
from core.evaluations import Split
from core.io import open_study
from core.metrics import Metric
from core.study import Method, Run, Task
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import FormulaCase, Scale
from core.transfer.shrinkage import shrink
from tests.core.small import square_study, study_of

TASKS = (Task("a", "A", Metric.ACCURACY), Task("e", "E", Metric.ERROR, unit="km"))
RUNS = (
    Run("base", "pretrain", ("a", "e"), None, 1),
    Run("ft-a", "ft1", ("a",), "base", 1),
    Run("ft-e", "ft1", ("e",), "base", 1),
)


def small(**values: float):
    """One base and two runs; `a_b`: shifted value of the base on a, `a_s` its standard one,
    `a_v`: what the run trained on the other task reaches there."""
    cells = {}
    for task, run in (("a", "ft-e"), ("e", "ft-a")):
        for key, name, split in (
            ("b", "base", "shifted"),
            ("s", "base", "standard"),
            ("v", run, "shifted"),
        ):
            if f"{task}_{key}" in values:
                cells[name, task, split, 9] = values[f"{task}_{key}"]
    return study_of(TASKS, RUNS, cells)


def only_seed(study, source, target):
    (seed,) = pair_detail(study, TransferQuery("ft1"), DetailQuery([source], target)).forward.seeds
    return seed


def test_accuracy_is_a_ratio_of_differences():
    # (0.81 - 0.40) / (0.97 - 0.40) = 0.41 / 0.57
    seed = only_seed(small(a_b=0.40, a_s=0.97, a_v=0.81), "e", "a")
    assert seed.normalized.published.value == pytest.approx(0.41 / 0.57)
    assert seed.normalized.published.rule is FormulaCase.LINEAR
    assert not seed.normalized.published.clipped
    assert seed.normalized.strict == seed.normalized.published
    assert (seed.result.value, seed.baseline.value, seed.reference.value) == (0.81, 0.40, 0.97)
    assert (seed.run, seed.base) == ("ft-e", "base")


def test_error_is_a_ratio_of_logarithms():
    # log(100 / 25) / log(100 / 10) = 1.386 / 2.303
    seed = only_seed(small(e_b=100.0, e_s=10.0, e_v=25.0), "a", "e")
    assert seed.normalized.published.value == pytest.approx(math.log(4) / math.log(10))
    assert seed.normalized.published.rule is FormulaCase.LOG_RATIO


@pytest.mark.parametrize(("value", "cut", "unclipped"), [(0.25, 0.0, -0.5), (1.0, 1.5, 2.0)])
def test_what_is_cut_keeps_its_uncut_value(value, cut, unclipped):
    # (0.25 - 0.4) / (0.7 - 0.4) and (1 - 0.4) / (0.7 - 0.4)
    seed = only_seed(small(a_b=0.4, a_s=0.7, a_v=value), "e", "a")
    assert seed.normalized.published.clipped
    assert seed.normalized.published.value == cut
    assert seed.normalized.published.unclipped == pytest.approx(unclipped)
    assert seed.normalized.strict.value == pytest.approx(unclipped)
    assert not seed.normalized.strict.clipped


@pytest.mark.parametrize(
    ("values", "value", "rule", "why"),
    [
        ({"a_b": 0.9, "a_s": 0.8, "a_v": 0.7}, 0.0, FormulaCase.NO_ROOM, "no room"),
        ({"e_b": 5.0, "e_s": 9.0, "e_v": 6.0}, 0.0, FormulaCase.NOT_BELOW_BASE, "no room"),
        ({"e_b": 5.0, "e_s": 9.0, "e_v": 4.0}, 1.0, FormulaCase.REFERENCE_REACHED, "no room"),
        # (4 - 1) / (4 - 0)
        ({"e_b": 4.0, "e_s": 0.0, "e_v": 1.0}, 0.75, FormulaCase.BETWEEN, "logarithm"),
    ],
)
def test_cases_of_the_published_scale_are_undefined_on_the_strict_one(values, value, rule, why):
    source, target = ("e", "a") if "a_b" in values else ("a", "e")
    told = pair_detail(small(**values), TransferQuery("ft1"), DetailQuery([source], target))
    (seed,) = told.forward.seeds
    assert (seed.normalized.published.value, seed.normalized.published.rule) == (value, rule)
    assert math.isnan(seed.normalized.strict.value)
    assert seed.normalized.strict.rule is FormulaCase.NONE
    assert why in seed.normalized.strict.reason
    assert why in told.forward.summary.strict.reason
    assert (told.forward.summary.published.n, told.forward.summary.strict.n) == (
        1,
        0,
    )


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"a_b": 0.4, "a_s": 0.9}, "no shifted evaluation of ft-e on a"),
        ({"a_b": 0.4, "a_v": 0.9}, "no standard evaluation of base base on a"),
        ({"a_b": 0.4, "a_s": 0.9, "a_v": math.nan}, "is not a finite number"),
    ],
)
def test_a_missing_value_says_why(values, why):
    seed = only_seed(small(**values), "e", "a")
    for placed in (seed.normalized.published, seed.normalized.strict):
        assert math.isnan(placed.value)
        assert why in placed.reason
        assert placed.rule is FormulaCase.NONE


def test_a_failed_run_has_no_value_but_a_name():
    runs = (*RUNS[:2], Run("ft-e", "ft1", ("e",), "base", 1, failed=True))
    cells = {("ft-e", "a", "shifted", 9): 0.5, ("base", "a", "shifted", 9): 0.4}
    seed = only_seed(study_of(TASKS, runs, cells), "e", "a")
    assert seed.run == "ft-e"
    assert math.isnan(seed.result.value)
    assert seed.normalized.published.reason == "run ft-e failed"


def test_every_value_says_where_it_was_read(write_study):
    study = open_study(write_study().folder)
    told = pair_detail(study, TransferQuery("ftwb1"), DetailQuery(["distance"], "crossing"))
    (seed,) = told.forward.seeds
    lines = (study.folder / "evaluations.csv").read_text().splitlines()
    for reading, split in (
        (seed.result, Split.SHIFTED),
        (seed.baseline, Split.SHIFTED),
        (seed.reference, Split.STANDARD),
    ):
        assert reading.file == "evaluations.csv"
        row = int(reading.place.removeprefix("row "))
        fields = lines[row - 1].split(",")
        assert fields[:4] == [reading.run, "crossing", split.value, str(reading.checkpoint)]
        assert float(fields[4]) == reading.value
        assert reading.checkpoint == 10_000


def test_a_value_of_a_tree_has_a_file_and_a_key(write_study):
    told = pair_detail(
        open_study(write_study("runs").folder),
        TransferQuery("ftwb1"),
        DetailQuery(["distance"], "crossing"),
    )
    (seed,) = told.forward.seeds
    assert seed.result.file.endswith(
        "pt1_ftwb1-1/evals/atlantis_crossing/eval_data/evaluation_results.json"
    )
    assert seed.reference.file.endswith("pt1/evals/crossing/eval_data/evaluation_results.json")
    assert seed.result.place == "key checkpoint-10000"


def test_back_and_asymmetry():
    # seeds 0, 1: a→b is 0.2, 0.4, b→a is 0.1, 0.5
    study = square_study([[[1, 0.2], [0.1, 1]], [[1, 0.4], [0.5, 1]]])
    told = pair_detail(study, TransferQuery("ft1"), DetailQuery(["a"], "b"))
    assert told.forward.summary.published.mean == pytest.approx(0.3)
    assert told.forward.summary.published.sd == pytest.approx(math.sqrt(0.02))
    assert told.reverse.summary.published.mean == pytest.approx(0.3)
    assert told.asymmetry.published.value == pytest.approx(0.0)
    # differences 0.1, -0.1: sd 0.1414, t(1) = 12.706, half 12.706 * 0.1414 / sqrt(2)
    assert told.asymmetry.strict.high == pytest.approx(1.2706, abs=1e-4)
    assert told.asymmetry.strict.low == pytest.approx(-1.2706, abs=1e-4)
    assert not told.forward.trained


def test_a_task_on_itself_has_no_way_back():
    told = pair_detail(
        square_study([[[0.9, 0.2], [0.1, 0.8]]]), TransferQuery("ft1"), DetailQuery(["a"], "a")
    )
    assert told.forward.trained
    assert told.forward.summary.published.mean == pytest.approx(0.9)
    assert told.reverse is None
    assert told.asymmetry is None


def test_a_way_back_without_runs_is_none():
    study = study_of(TASKS, RUNS[:2], {("ft-a", "e", "shifted", 9): 2.0})
    assert pair_detail(study, TransferQuery("ft1"), DetailQuery(["a"], "e")).reverse is None


def several():
    """Three tasks; a+b reaches c at 0.5; alone a reaches it at 0.3 and b at 0.6, in both seeds."""
    tasks = tuple(Task(n, n.upper(), Metric.ACCURACY) for n in "abc")
    runs, cells = [], {}
    for seed in (0, 1):
        runs.append(Run(f"base{seed}", "pretrain", ("a", "b", "c"), None, seed))
        for name, method, trained, value in (
            ("a", "one", ("a",), 0.3),
            ("b", "one", ("b",), 0.6 + seed / 10),
            ("ab", "two", ("a", "b"), 0.5),
            ("xab", "other", ("a", "b"), 0.25),
        ):
            runs.append(Run(f"{name}{seed}", method, trained, f"base{seed}", seed))
            for step, share in ((5, 0.5), (9, 1.0)):
                cells[f"{name}{seed}", "c", "shifted", step] = value * share
        cells[f"base{seed}", "c", "shifted", 9] = 0.0
        cells[f"base{seed}", "c", "standard", 9] = 1.0
    methods = (Method("one", "One"), Method("two", "Two", predicted_from="one"))
    return study_of(tasks, runs, cells, methods=methods)


def test_a_training_set_has_predictions_and_its_tasks_alone():
    told = pair_detail(several(), TransferQuery("two"), DetailQuery(["b", "a"], "c"))
    assert told.forward.sources == ("a", "b")
    assert told.reverse is None
    predicted, cross_fitted = told.predictions[:2]
    assert (predicted.kind, cross_fitted.kind) == ("predicted", "cross-fitted")
    assert [(b.seed_result.seed, b.task, b.seed_result.run) for b in predicted.best] == [
        (0, "b", "b0"),
        (1, "b", "b1"),
    ]
    assert predicted.summary.published.mean == pytest.approx(0.65)
    assert predicted.difference.published.value == pytest.approx(-0.15)
    assert [(b.sources, b.summary.published.mean) for b in told.single_sources] == [
        (("a",), pytest.approx(0.3)),
        (("b",), pytest.approx(0.65)),
    ]
    assert [(b.method, b.summary.published.mean) for b in told.other_methods] == [
        ("other", pytest.approx(0.25))
    ]


def test_a_prediction_is_told_down_to_the_row():
    told = pair_detail(several(), TransferQuery("two"), DetailQuery(["a", "b"], "c"))
    predicted, cross_fitted = told.predictions[:2]
    for prediction in (predicted, cross_fitted):
        for best, own in zip(prediction.best, told.forward.seeds, strict=True):
            alone = pair_detail(
                several(), TransferQuery("one"), DetailQuery([best.task], "c")
            ).forward
            alike = next(seed for seed in alone.seeds if seed.seed == best.seed_result.seed)
            assert (best.seed_result.run, best.seed_result.result) == (alike.run, alike.result)
            # Normalized with the base of the run it predicts.
            assert (best.seed_result.base, best.seed_result.baseline) == (own.base, own.baseline)
            for scale in Scale:
                assert best.seed_result.normalized.on(scale).value == pytest.approx(
                    best.seed_result.result.value
                )
                assert best.seed_result.normalized.on(scale).rule is FormulaCase.LINEAR
    mean = np.mean([best.seed_result.normalized.published.value for best in predicted.best])
    assert mean == pytest.approx(predicted.summary.published.mean)
    for best in predicted.best:
        assert [part.task for part in best.parts] == ["a", "b"]
        assert max(part.value for part in best.parts) == best.seed_result.result.value


def test_a_prediction_without_a_part_says_why():
    runs = (
        Run("base", "pt", ("a",), None, 0),
        Run("a", "one", ("a",), "base", 0),
        Run("ab", "two", ("a", "b"), "base", 0),
    )
    cells = {("base", "c", "shifted", 9): 0.0, ("base", "c", "standard", 9): 1.0}
    cells |= {(name, "c", "shifted", 9): 0.5 for name in ("a", "ab")}
    methods = (Method("one", "One"), Method("two", "Two", predicted_from="one"))
    tasks = tuple(Task(name, name.upper(), Metric.ACCURACY) for name in "abc")
    study = study_of(tasks, runs, cells, methods=methods)
    (best,) = (
        pair_detail(study, TransferQuery("two"), DetailQuery(["a", "b"], "c")).predictions[0].best
    )
    assert (best.task, best.seed_result.run, best.seed_result.result.file) == ("", "", "")
    assert best.seed_result.normalized.published.reason == "no run of one on b alone with seed 0"
    assert [math.isnan(part.value) for part in best.parts] == [False, True]


def test_a_difference_names_the_means_it_is_of():
    told = pair_detail(several(), TransferQuery("two"), DetailQuery(["a", "b"], "c"))
    gap = told.predictions[0].difference.published
    assert (gap.first, gap.second) == (pytest.approx(0.5), pytest.approx(0.65))
    assert gap.value == pytest.approx(gap.first - gap.second)


def test_another_method_is_subtracted_over_the_seeds_both_have():
    told = pair_detail(several(), TransferQuery("two"), DetailQuery(["a", "b"], "c", other="other"))
    assert told.other.method == "other"
    gap = told.difference.strict
    assert gap.first == pytest.approx(0.5)
    assert gap.second == pytest.approx(0.25)
    assert gap.value == pytest.approx(0.25)
    assert gap.n == len({s.seed for s in told.forward.seeds} & {s.seed for s in told.other.seeds})
    # What has no such run stands beside nothing.
    alone = pair_detail(several(), TransferQuery("two"), DetailQuery(["a", "b"], "c", other="one"))
    assert (alone.other, alone.difference) == (None, None)
    with pytest.raises(RequestError, match="no method 'nobody'"):
        pair_detail(several(), TransferQuery("two"), DetailQuery(["a", "b"], "c", other="nobody"))


def test_transfer_over_the_checkpoints():
    curve = pair_detail(several(), TransferQuery("two"), DetailQuery(["a", "b"], "c")).forward.curve
    assert curve.steps.tolist() == [5, 9]
    np.testing.assert_allclose(curve.values.published, [[0.25, 0.5], [0.25, 0.5]])
    np.testing.assert_allclose(curve.mean(Scale.STRICT), [0.25, 0.5])


def test_a_checkpoint_is_asked_for():
    told = pair_detail(several(), TransferQuery("two", checkpoint=5), DetailQuery(["a", "b"], "c"))
    assert told.forward.summary.published.mean == pytest.approx(0.25)
    assert {seed.result.checkpoint for seed in told.forward.seeds} == {5}
    assert {seed.reference.checkpoint for seed in told.forward.seeds} == {9}


def test_seeds_are_asked_for_and_a_missing_one_is_told():
    (seed,) = pair_detail(
        several(), TransferQuery("two", seeds=[1]), DetailQuery(["a", "b"], "c")
    ).forward.seeds
    assert seed.run == "ab1"


def test_a_seed_without_a_run_is_told():
    runs = (*RUNS, Run("other", "ft1", ("a",), "base", 2))
    told = pair_detail(study_of(TASKS, runs, {}), TransferQuery("ft1"), DetailQuery(["e"], "a"))
    assert [seed.run for seed in told.forward.seeds] == ["ft-e", ""]
    gone = told.forward.seeds[1]
    assert gone.normalized.published.reason == "no run of ft1 on this training set with seed 2"
    assert gone.result.file == ""
    assert len(told.forward.curve.steps) == 0


def test_scores_are_told_as_they_are(write_study):
    study = open_study(write_study("scores").folder)
    told = pair_detail(study, TransferQuery("scores"), DetailQuery(["crossing"], "distance"))
    (seed,) = told.forward.seeds
    assert (
        seed.result.value
        == seed.normalized.published.value
        == seed.normalized.strict.value
        == -0.25
    )
    assert seed.baseline is None
    assert seed.reference is None
    assert seed.normalized.published.rule is FormulaCase.NONE
    assert (seed.result.file, seed.result.place) == ("scores.csv", "row 3")
    assert told.reverse.summary.published.mean == 0.5
    assert told.asymmetry.published.value == -0.75


def test_the_source_of_a_prediction_of_scores_is_found(tmp_path):
    (tmp_path / "study.toml").write_text(
        'title = "Scores"\n[methods.one]\n[methods.two]\npredicted_from = "one"\n'
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    rows = ("a,c,0.4,one", "b,c,0.7,one", "a+b,c,0.5,two", "a,b,0.1,one")
    (tmp_path / "scores.csv").write_text("\n".join(("sources,target,score,method", *rows)) + "\n")
    told = pair_detail(open_study(tmp_path), TransferQuery("two"), DetailQuery(["a", "b"], "c"))
    (best,) = told.predictions[0].best
    assert (best.task, best.seed_result.result.value) == ("b", 0.7)
    assert (best.seed_result.result.file, best.seed_result.result.place) == ("scores.csv", "row 3")
    assert [(part.task, part.value) for part in best.parts] == [("a", 0.4), ("b", 0.7)]
    assert told.predictions[0].difference.published.value == pytest.approx(-0.2)
    # Nothing is left for the other seeds to choose by.
    assert told.predictions[1].best[0].task == ""


def test_a_score_that_is_not_there_says_so(write_study):
    told = pair_detail(
        open_study(write_study("scores").folder),
        TransferQuery("scores"),
        DetailQuery(["distance"], "distance"),
    )
    assert told.forward.seeds[0].normalized.published.reason == "no score in scores.csv"
    assert told.forward.trained


@pytest.mark.parametrize(
    ("method", "sources", "target", "says"),
    [
        ("ft9", ["a"], "b", "no method 'ft9'"),
        ("ft1", ["z"], "b", "no task 'z'"),
        ("ft1", ["a"], "z", "no task 'z'"),
        ("ft1", ["a", "b"], "a", "method ft1 has no run trained on a \\+ b"),
    ],
)
def test_what_is_not_there_is_named(method, sources, target, says):
    with pytest.raises(RequestError, match=says):
        pair_detail(
            square_study([[[1, 0.2], [0.1, 1]]]),
            TransferQuery(method),
            DetailQuery(sources, target),
        )


@pytest.fixture(scope="module")
def example():
    return open_study(Path(__file__).parents[4] / "examples" / "atlantis" / "study")


def test_the_story_and_the_matrices_say_the_same(example):
    for method, sources, target in (
        ("ftwb1", ("angle",), "distance"),
        ("ftwb2", ("angle", "compass"), "crossing"),
    ):
        told = pair_detail(example, TransferQuery(method), DetailQuery(sources, target))
        for scale in Scale:
            for kind, found in (
                (MatrixKind.ACTUAL, told.forward),
                *((p.kind, p) for p in told.predictions),
            ):
                matrix = transfer_matrix(example, TransferQuery(method, kind=kind, scale=scale))
                at = matrix.sources.index(sources), matrix.targets.index(target)
                assert found.summary.on(scale).mean == pytest.approx(matrix.values[at])
                assert found.summary.on(scale).sd == pytest.approx(matrix.sd[at])
            if told.predictions:
                matrix = transfer_matrix(
                    example, TransferQuery(method, kind=MatrixKind.DIFFERENCE, scale=scale)
                )
                gap = told.predictions[0].difference.on(scale)
                assert gap.value == pytest.approx(matrix.values[at])
                assert (gap.low, gap.high) == pytest.approx(
                    tuple(float(end[at]) for end in matrix.interval)
                )


def test_the_story_and_the_matrix_of_two_methods_say_the_same(example):
    told = pair_detail(
        example, TransferQuery("ftwb2"), DetailQuery(["angle", "compass"], "crossing", other="ft2")
    )
    for scale in Scale:
        matrix = transfer_matrix(
            example, TransferQuery("ftwb2", kind=MatrixKind.VERSUS, other="ft2", scale=scale)
        )
        at = matrix.sources.index(("angle", "compass")), matrix.targets.index("crossing")
        gap = told.difference.on(scale)
        assert gap.value == pytest.approx(matrix.values[at])
        assert (gap.low, gap.high) == pytest.approx(
            tuple(float(end[at]) for end in matrix.interval)
        )


def test_it_survives_the_cache(example):
    pair = DetailQuery(("angle", "compass"), "crossing", other="ft2")
    told = PAIR.compute(example, TransferQuery("ftwb2"), pair)
    again = decode(encode(told), PAIR.result)
    assert encode(again) == encode(told)
    assert (
        again.forward.seeds[0].normalized.published.rule
        is told.forward.seeds[0].normalized.published.rule
    )


def test_what_is_left_of_a_pair_is_what_the_matrix_says(example):
    query = TransferQuery("ftwb1")
    told = pair_detail(example, query, DetailQuery(("distance",), "angle"))
    for scale in Scale:
        matrix = transfer_matrix(example, replace(query, scale=scale))
        left = shrink(matrix, example)
        at = matrix.sources.index(("distance",)), matrix.targets.index("angle")
        found = told.shrunken.on(scale)
        assert (found.mean, found.low, found.high) == (left.values[at], left.low[at], left.high[at])
        assert found.false_sign_rate == left.false_sign_rate[at]
        assert found.sd == pytest.approx(np.sqrt(left.variance[at]))
    alone = pair_detail(example, replace(query, seeds=(42,)), DetailQuery(("distance",), "angle"))
    assert "one seed" in alone.shrunken.strict.why
    assert np.isnan(alone.shrunken.strict.mean)


def test_of_a_cell_that_is_one_by_definition_luck_is_not_told(tmp_path):
    rows = "".join(f"{seed},A,A,1\n{seed},A,B,0.{seed}\n{seed},B,B,1\n" for seed in (2, 3))
    (tmp_path / "scores.csv").write_text("seed,sources,target,score\n" + rows)
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n[scale]\nzero = 0\n'
        'one = "diagonal"\n'
    )
    study = open_study(tmp_path)
    query = TransferQuery(study.tested_methods[0].name)
    itself = pair_detail(study, query, DetailQuery(("A",), "A")).shrunken.strict
    assert itself.why == BY_DEFINITION
    assert (itself.mean, itself.low, itself.high) == (1.0, 1.0, 1.0)
    assert pair_detail(study, query, DetailQuery(("A",), "B")).shrunken.strict.why == ""
