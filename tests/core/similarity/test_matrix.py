from __future__ import annotations

import math

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery
from core.errors import RequestError
from core.io import open_study
from core.io.changes.digest import StudyChangedError
from core.similarity.cka import linear_cka
from core.similarity.matrix import (
    TaskOverlap,
    compared_sizes,
    default_layer,
    overlap,
    similarity_checkpoints,
    similarity_layers,
    similarity_matrix,
    similarity_seeds,
)
from core.similarity.measures import Measure, measure_name
from core.similarity.procrustes import procrustes_similarity
from core.similarity.run_similarity import SkippedRun, noise_floor, run_pairs
from core.study import FINAL, Run
from tests.core.small import study_of, tasks_named
from tests.models import write_models

RNG = np.random.default_rng(7)


def test_independent_noise_has_about_the_floor():
    n, p, q = 500, 64, 128
    found = linear_cka(RNG.normal(size=(n, p)), RNG.normal(size=(n, q)))
    assert found == pytest.approx(noise_floor(n, p, q), rel=0.05)
    assert noise_floor(550, 64, 64) == pytest.approx(0.10, abs=0.005)


# -- by task ---------------------------------------------------------------------------------------


def study_with(cka, **changed):
    tasks = tasks_named("abc")
    runs = [Run(f"{t}{k}", "pretrain", (t,), None, k) for k in (1, 2) for t in "abc"]
    runs.append(Run("all", "pretrain", tuple("abc"), None, 1))
    return study_of(tasks, runs, {}, cka=cka, **changed)


ROWS = [
    ("a1", "b1", 3, FINAL, 0.2),
    ("a2", "b2", 3, FINAL, 0.4),
    ("b1", "a2", 3, FINAL, 0.6),
    ("a1", "a2", 3, FINAL, 0.9),
    ("a1", "c1", 3, 100, 0.1),
    ("c1", "a1", 3, 2000, 0.3),
    ("a1", "b1", 3, 100, 0.05),
    ("all", "b1", 3, FINAL, 0.99),
    ("a1", "b1", 4, FINAL, 0.5),
]


def test_the_mean_is_over_the_pairs_of_runs_that_exist_never_a_run_with_itself():
    matrix = similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3))
    assert matrix.tasks == ("a", "b", "c")
    assert matrix.values[0, 1] == matrix.values[1, 0] == pytest.approx((0.2 + 0.4 + 0.6) / 3)
    assert matrix.n.tolist() == [[1, 3, 1], [3, 0, 0], [1, 0, 0]]
    assert matrix.values[0, 0] == pytest.approx(0.9)
    assert math.isnan(matrix.values[1, 1])
    assert math.isnan(matrix.values[1, 2])
    assert matrix.seeds == (1, 2)


def test_last_is_the_summary_and_without_it_the_largest_checkpoint():
    matrix = similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3, seeds=[1]))
    assert matrix.values[0, 1] == pytest.approx(0.2)
    assert matrix.values[0, 2] == pytest.approx(0.3)
    assert similarity_checkpoints(study_with(ROWS), SimilarityQuery(3)) == (100, 2000)
    early = similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3, checkpoint=100))
    assert early.values[0, 1] == pytest.approx(0.05)
    assert early.values[0, 2] == pytest.approx(0.1)


def test_a_table_in_order_says_what_it_says_in_any_order():
    rows = [(a, b, 3, FINAL, value) for a, b, value in (("a1", "b1", 0.2), ("a1", "c1", 0.5))]
    rows += [("b1", "c1", 3, FINAL, 0.4), ("a2", "b2", 3, FINAL, 0.6)]
    quick, slow = (similarity_matrix(study_with(some)) for some in (rows, rows[::-1]))
    np.testing.assert_array_equal(quick.values, slow.values)
    assert quick.values[0, 1] == pytest.approx(0.4)
    turned = quick.of(quick.tasks[::-1])
    np.testing.assert_array_equal(quick.of(quick.tasks), turned[::-1, ::-1])


def test_seeds_restrict_both_runs_of_a_pair_and_fall_back_to_all():
    study = study_with(ROWS)
    assert similarity_matrix(study, SimilarityQuery(layer=3, seeds=[2])).values[
        0, 1
    ] == pytest.approx(0.4)
    assert similarity_matrix(study, SimilarityQuery(layer=3, seeds=[2])).seeds == (2,)
    assert similarity_matrix(study, SimilarityQuery(layer=4, seeds=[2])).seeds == (1,)


def test_a_value_that_cannot_be_used_is_no_pair():
    rows = [("a1", "b1", 3, FINAL, math.nan), ("a2", "b2", 3, FINAL, 0.4)]
    matrix = similarity_matrix(study_with(rows))
    assert matrix.values[0, 1] == pytest.approx(0.4)
    assert matrix.n[0, 1] == 1


def test_layers_and_the_default_one():
    assert similarity_layers(study_with(ROWS)) == (3, 4)
    assert default_layer(study_with(ROWS)) == 4
    assert default_layer(study_with(ROWS, default_layer=3)) == 3
    assert default_layer(study_with(ROWS, default_layer=9)) == 4


def test_a_checkpoint_that_is_not_there_is_named():
    with pytest.raises(
        RequestError, match=r"^no CKA at checkpoint 7 of layer 3; there are 100, 2000$"
    ):
        similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3, checkpoint=7))


def test_the_spread_is_over_the_pairs_of_runs():
    matrix = similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3))
    assert matrix.sd[0, 1] == matrix.sd[1, 0] == pytest.approx(np.std([0.2, 0.4, 0.6], ddof=1))
    assert math.isnan(matrix.sd[0, 0])


def test_a_run_without_the_checkpoint_is_named_and_the_rest_goes_on():
    early = similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3, checkpoint=100))
    reason = "no CKA at checkpoint 100 of layer 3 in the tables"
    assert early.left_out == tuple(SkippedRun(run, reason) for run in ("a2", "b2", "c2"))
    assert early.n.sum() == 4


def test_without_tasks_keeps_the_others_as_they_are():
    matrix = similarity_matrix(study_with(ROWS), SimilarityQuery(layer=3))
    rest = matrix.without_tasks(["b"])
    assert rest.tasks == ("a", "c")
    assert rest.values[0, 1] == matrix.values[0, 2]
    assert rest.n.tolist() == [[1, 1], [1, 0]]


# -- models of more than one task ------------------------------------------------------------------

PAIRED = [
    ("ab1", "cd1", 3, FINAL, 0.2),
    ("ab1", "bc1", 3, FINAL, 0.6),
    ("ab2", "bc1", 3, FINAL, 0.8),
    ("ab1", "ab2", 3, FINAL, 0.9),
    ("a1", "ab1", 3, FINAL, 0.95),
    ("a1", "b1", 3, FINAL, 0.3),
]


def study_of_sets(cka):
    runs = [Run(f"{t}1", "pretrain", (t,), None, 1) for t in "ab"]
    runs += [Run(f"{s}{k}", "pretrain", tuple(s), None, k) for k in (1, 2) for s in ("cd", "ab")]
    runs.append(Run("bc1", "pretrain", ("b", "c"), None, 1))
    return study_of(tasks_named("abcd"), runs, {}, cka=cka)


def test_rows_are_training_sets_in_manifest_order():
    matrix = similarity_matrix(study_of_sets(PAIRED), SimilarityQuery(trained=2))
    assert matrix.sets == (("a", "b"), ("b", "c"), ("c", "d"))
    assert matrix.values[0].tolist() == pytest.approx([0.9, 0.7, 0.2])
    assert matrix.n.tolist() == [[1, 2, 1], [2, 0, 0], [1, 0, 0]]
    assert math.isnan(matrix.values[1, 2])
    with pytest.raises(ValueError, match="unpack"):
        _ = matrix.tasks


def test_how_training_tasks_are_shared():
    matrix = similarity_matrix(study_of_sets(PAIRED), SimilarityQuery(trained=2))
    assert matrix.shared.tolist() == [
        [TaskOverlap.ALL, TaskOverlap.SOME, TaskOverlap.NONE],
        [TaskOverlap.SOME, TaskOverlap.ALL, TaskOverlap.SOME],
        [TaskOverlap.NONE, TaskOverlap.SOME, TaskOverlap.ALL],
    ]
    none, some, same = matrix.mean_by_overlap()
    assert (none.mean, none.n, none.n_runs) == (pytest.approx(0.2), 1, 1)
    assert (some.mean, some.n, some.n_runs) == (pytest.approx(0.7), 1, 2)
    assert (same.mean, same.n, same.n_runs) == (pytest.approx(0.9), 1, 1)
    assert math.isnan(none.floor)
    assert (none.above, none.n_floor) == (0, 0)


def test_single_tasks_share_nothing_or_everything():
    matrix = similarity_matrix(study_of_sets(PAIRED))
    assert matrix.tasks == ("a", "b")
    assert matrix.shared.tolist() == [
        [TaskOverlap.ALL, TaskOverlap.NONE],
        [TaskOverlap.NONE, TaskOverlap.ALL],
    ]


def test_sizes_and_what_another_size_is_told():
    study = study_of_sets(PAIRED)
    assert compared_sizes(study) == (1, 2)
    assert similarity_layers(study, SimilarityQuery(trained=2)) == (3,)
    with pytest.raises(
        RequestError,
        match=r"^this study has no CKA of models trained on 3 tasks;"
        r" it has that of models trained on 1 and 2$",
    ):
        similarity_matrix(study, SimilarityQuery(trained=3))


def test_leaving_out_a_task_leaves_out_every_set_it_is_in():
    matrix = similarity_matrix(study_of_sets(PAIRED), SimilarityQuery(trained=2)).without_tasks(
        ["a"]
    )
    assert matrix.sets == (("b", "c"), ("c", "d"))


def test_reordering_keeps_pairs_together():
    matrix = similarity_matrix(study_of_sets(PAIRED), SimilarityQuery(trained=2))
    turned = matrix.reordered([2, 0, 1])
    assert turned.sets == (("c", "d"), ("a", "b"), ("b", "c"))
    assert turned.values[0, 1] == matrix.values[2, 0]
    assert turned.n[1, 2] == matrix.n[0, 1]


# -- from representations --------------------------------------------------------------------------


def without_tables(files):
    files.replace("study.toml", 'summary = "cka_summary.csv"\n', "")
    files.replace("study.toml", 'checkpoints = "cka_checkpoints.csv"\n', "")
    return files


def store(files, run, array, *, layer=5, step=10000):
    path = files.path(f"representations/{run}/layer{layer}/checkpoint-{step}.npy")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


def test_measures_are_computed_from_the_representations(write_study):
    files = write_study(representations=True)
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(5, 3)), draw.normal(size=(5, 2))
    store(files, "pt1-1", x)
    store(files, "pt1-2", y)
    study = open_study(files.folder)
    table = similarity_matrix(study)
    assert (table.origin, table.values[0, 1], table.name) == ("table", 0.5, "CKA")
    debiased = similarity_matrix(study, SimilarityQuery(debiased=True))
    assert debiased.origin == "representations"
    assert debiased.values[0, 1] == pytest.approx(linear_cka(x, y, debiased=True))
    assert debiased.name == "debiased CKA"
    assert math.isnan(debiased.mean_floor)
    turned = similarity_matrix(study, SimilarityQuery(measure=Measure.PROCRUSTES))
    assert turned.values[0, 1] == pytest.approx(procrustes_similarity(x, y))
    assert turned.name == "Procrustes similarity"


def test_the_floor_is_that_of_the_two_runs_also_beside_values_of_a_table(write_study):
    files = write_study(representations=True)
    draw = np.random.default_rng(1)
    for step in (9000, 10000):
        store(files, "pt1-1", draw.normal(size=(5, 3)), step=step)
        store(files, "pt1-2", draw.normal(size=(5, 40)), step=step)
    for study in (open_study(files.folder), open_study(without_tables(files).folder)):
        matrix = similarity_matrix(study)
        assert matrix.floor[0, 1] == pytest.approx(noise_floor(5, 3, 40))
        assert math.isnan(matrix.floor[0, 0])
        assert matrix.mean_floor == pytest.approx(noise_floor(5, 3, 40))
        between = matrix.mean_by_overlap()[0]
        assert between.floor == matrix.mean_floor
        assert (between.above, between.n_floor) == (int(between.mean > between.floor), 1)


def test_without_representations_the_floor_is_unknown():
    assert math.isnan(similarity_matrix(study_with(ROWS)).mean_floor)


def test_layers_and_checkpoints_that_tables_lack_come_from_the_representations(write_study):
    files = write_study(representations=True)
    draw = np.random.default_rng(1)
    for run in ("pt1-1", "pt1-2"):
        store(files, run, draw.normal(size=(5, 3)), layer=6, step=50)
    study = open_study(files.folder)
    assert similarity_layers(study) == (4, 5, 6)
    assert similarity_layers(study, SimilarityQuery(debiased=True)) == (5, 6)
    assert similarity_checkpoints(study, SimilarityQuery(6)) == (50,)
    assert (
        similarity_matrix(study, SimilarityQuery(layer=6, checkpoint=50)).origin
        == "representations"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"debiased": True},
            "debiased CKA of single-task models needs their representations: the study's tables"
            " hold plain CKA; add representations to [cka] in study.toml",
        ),
        (
            {"measure": Measure.PROCRUSTES},
            "Procrustes similarity of single-task models needs their representations: the study's"
            " tables hold plain CKA; add representations to [cka] in study.toml",
        ),
        ({"measure": Measure.PROCRUSTES, "debiased": True}, "only CKA has a debiased form"),
        ({"layer": 9}, "no CKA at layer 9; there are layers 3, 4"),
    ],
)
def test_what_tables_cannot_tell_is_said(options, message):
    with pytest.raises(RequestError) as caught:
        similarity_matrix(study_with(ROWS), SimilarityQuery(**options))
    assert str(caught.value) == message


def test_names_of_measures():
    assert measure_name(Measure.CKA) == "CKA"
    with pytest.raises(RequestError, match="only CKA has a debiased form"):
        measure_name(Measure.PROCRUSTES, debiased=True)


def add_model(files, name, array):
    """A third single-task model, of another seed."""
    files.append("runs.csv", f"{name},pretrain,distance,,43,,\n")
    store(files, name, array)


AT_LAST = "at checkpoint 10000 of layer 5"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (
            lambda path: np.save(path, np.zeros((4, 3))),
            f"4 rows, items.csv has 5 {AT_LAST}",
        ),
        (lambda path: np.save(path, np.zeros((0, 3))), f"0 rows, items.csv has 5 {AT_LAST}"),
        (
            lambda path: np.save(path, np.ones((5, 3), dtype=np.int64)),
            f"numbers of type int64 {AT_LAST}",
        ),
        (
            lambda path: np.save(path, np.full((5, 3), None), allow_pickle=True),
            f"an array of Python objects, which is a pickle {AT_LAST}",
        ),
        (
            lambda path: path.write_bytes(path.read_bytes()[:-8]),
            f"the file is cut: 240 bytes instead of 248 {AT_LAST}",
        ),
        (
            lambda path: np.save(path, np.full((5, 3), np.inf)),
            f"values that are not finite {AT_LAST}",
        ),
        (lambda path: np.save(path, np.full((5, 3), 2.0)), "the same values for every item"),
        (lambda path: path.unlink(), "no representation at layer 5"),
    ],
    ids=["items", "no items", "dtype", "object", "cut", "infinite", "constant", "gone"],
)
def test_a_bad_representation_is_named_and_the_rest_goes_on(write_study, damage, reason):
    files = without_tables(write_study(representations=True))
    add_model(files, "pt2-1", np.random.default_rng(2).normal(size=(5, 3)))
    whole = similarity_matrix(open_study(files.folder))
    assert (whole.left_out, whole.n[0].tolist()) == ((), [1, 2])
    damage(files.path("representations/pt2-1/layer5/checkpoint-10000.npy"))
    matrix = similarity_matrix(open_study(files.folder))
    assert [str(run) for run in matrix.left_out] == [f"pt2-1: {reason}"]
    assert matrix.n[0].tolist() == [0, 1]
    alone = similarity_matrix(open_study(files.folder), SimilarityQuery(seeds=[42]))
    assert matrix.values[0, 1] == pytest.approx(alone.values[0, 1], abs=1e-6)


def test_an_earlier_checkpoint_never_stands_in_for_a_bad_last_one(write_study):
    files = without_tables(write_study(representations=True))
    files.write("representations/pt1-1/layer5/checkpoint-10000.npy", b"")
    matrix = similarity_matrix(open_study(files.folder))
    assert np.isnan(matrix.values).all()
    assert [run.run for run in matrix.left_out] == ["pt1-1"]
    assert matrix.left_out[0].reason.startswith("not a .npy file")
    earlier = similarity_matrix(open_study(files.folder), SimilarityQuery(checkpoint=9000))
    assert (earlier.left_out, earlier.n[0, 1]) == ((), 1)


def test_a_checkpoint_that_one_run_lacks_is_named(write_study):
    files = without_tables(write_study(representations=True))
    add_model(files, "pt2-1", np.random.default_rng(2).normal(size=(5, 3)))
    matrix = similarity_matrix(open_study(files.folder), SimilarityQuery(checkpoint=9000))
    assert [str(run) for run in matrix.left_out] == [
        "pt2-1: no representation at checkpoint 9000 of layer 5"
    ]
    assert math.isfinite(matrix.values[0, 1])


def test_a_representation_that_went_bad_after_the_study_was_read(write_study):
    files = without_tables(write_study(representations=True))
    study = open_study(files.folder)
    path = study.representations.files["pt1-1", 5, 10000]
    array = np.load(path)
    array[0, 0] = np.nan
    np.save(path, array)
    with pytest.raises(StudyChangedError, match=r"10000\.npy: the file changed while it was read"):
        similarity_matrix(study)
    path.write_bytes(b"")
    with pytest.raises(StudyChangedError, match=r"10000\.npy: not a \.npy file"):
        similarity_matrix(study)


def test_debiased_needs_four_items(write_study):
    files = without_tables(write_study(representations=True))
    files.write("representations/items.csv", "item\na\nb\nc\n")
    for run in ("pt1-1", "pt1-2"):
        for step in (9000, 10000):
            store(files, run, np.random.default_rng(step).normal(size=(3, 2)), step=step)
    study = open_study(files.folder)
    assert math.isfinite(similarity_matrix(study).values[0, 1])
    found = similarity_matrix(study, SimilarityQuery(debiased=True))
    assert np.isnan(found.values).all()
    assert "fewer than 4 items" in found.left_out[0].reason


def test_pairs_of_runs_never_hold_a_run_with_itself_and_each_pair_once():
    study = study_of_sets(PAIRED)
    pairs = run_pairs(study, range(len(study.runs)), SimilarityQuery(layer=3))
    assert (pairs.first < pairs.second).all()
    assert len({*zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}) == 6


@pytest.mark.parametrize("measure", [Measure.CKA, Measure.PROCRUSTES])
def test_seeds_of_a_checkpoint_are_those_its_matrix_is_of(tmp_path, measure):
    study = open_study(write_models(tmp_path / "models", representations=True).folder)
    compared = 0
    for trained in (1, 2):
        query = SimilarityQuery(trained=trained, measure=measure)
        for layer in similarity_layers(study, query):
            for checkpoint, seeds in similarity_seeds(study, query.at(layer, "last")):
                found = similarity_matrix(study, query.at(layer, checkpoint))
                assert seeds == found.seeds, (trained, layer, checkpoint)
                compared += 1
    assert compared


@pytest.mark.parametrize("seeds", [None, [1], [3]])
@pytest.mark.parametrize("tasks", [("north", "east", "<b>west</b>"), ("south", "east"), ("east",)])
def test_between_tasks_that_count_everything_is_as_among_all(tmp_path, tasks, seeds):
    study = open_study(write_models(tmp_path / "models", representations=True).folder)
    for measure in Measure:
        query = SimilarityQuery(measure=measure, seeds=seeds)
        whole = similarity_matrix(study, query)
        some = similarity_matrix(study, query, tasks=tasks)
        np.testing.assert_array_equal(some.of(tasks), whole.of(tasks))
        assert some.seeds == whole.seeds


def test_training_sets_share_none_some_or_all_of_their_tasks():
    shared = overlap([("A",), ("B",), ("A", "B"), ("C", "A")])
    assert shared.tolist() == [[2, 0, 1, 1], [0, 2, 1, 0], [1, 1, 2, 1], [1, 0, 1, 2]]
    assert overlap([("A",)]).tolist() == [[2]]
    # It is kept for who asks again.
    with pytest.raises(ValueError, match="read-only"):
        shared[0, 0] = 0
