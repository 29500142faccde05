"""The three layouts: the same numbers from each, exactly as they were written."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from core.analyses.query import SimilarityQuery
from core.evaluations import Evaluations, Split
from core.io import inspect_study, open_study
from core.metrics import Metric
from core.similarity.matrix import similarity_matrix
from core.study import Run, Study
from tests.studies import (
    CKA_SUMMARY,
    EVALUATED,
    RUNS,
    STEPS,
    TASKS,
    StudyWriter,
    results_of,
    value_of,
)


def cells(study: Study) -> dict[tuple[str, str, bool, int], float]:
    found = study.evaluations
    return {
        (
            study.runs[found.run[i]].name,
            study.tasks[found.task[i]].name,
            bool(found.shifted[i]),
            int(found.checkpoint[i]),
        ): float(found.value[i])
        for i in range(len(found))
    }


@pytest.mark.parametrize("layout", ["runs", "table"])
def test_every_number_is_read_exactly(write_study: StudyWriter, layout: str) -> None:
    inspection = inspect_study(write_study(layout).folder)
    assert inspection.problems == ()
    assert inspection.study is not None
    assert cells(inspection.study) == {
        (run, task, split == "shifted", step): value_of(run, task, split, step)
        for run in EVALUATED
        for task in TASKS
        for split in ("standard", "shifted")
        for step in STEPS
    }


def test_manifest_and_runs_become_nouns(write_study: StudyWriter) -> None:
    study = open_study(write_study(cka=True).folder)
    assert (study.title, study.layout, study.default_layer) == ("Tiny", "table", 5)
    distance, crossing = study.tasks
    assert (distance.label, distance.metric, distance.unit) == ("D", Metric.ERROR, "km")
    assert dict(distance.covariates) == {"difficulty": 2.0}
    assert crossing.exclude == "training instabilities"
    assert [(m.name, m.label, m.predicted_from) for m in study.methods] == [
        ("ftwb1", "FTWB1", None),
        ("ftwb2", "FTWB2", "ftwb1"),
    ]
    assert study.runs[0] == Run("pt1", "pretrain", TASKS, None, 42)
    assert study.runs[3].exposed == TASKS
    # In manifest order, whatever the file says.
    assert study.runs[5] == Run("pt1_ftwb2-1", "ftwb2", TASKS, "pt1", 42)


@pytest.mark.parametrize("layout", ["runs", "table"])
def test_last_checkpoint_is_the_largest_number(write_study: StudyWriter, layout: str) -> None:
    study = open_study(write_study(layout).folder)
    grid = study.evaluations.grid(Split.SHIFTED)
    run, task = study.run_index["pt1"], study.task_index["distance"]
    assert grid.checkpoints[run, task] == 10000
    assert grid.values[run, task] == value_of("pt1", "distance", "shifted", 10000)


@pytest.mark.parametrize("layout", ["runs", "table", "scores"])
def test_evaluations_are_sorted_and_read_only(write_study: StudyWriter, layout: str) -> None:
    found = open_study(write_study(layout).folder).evaluations
    keys = list(zip(found.run, found.task, found.shifted, found.checkpoint, strict=True))
    assert keys == sorted(keys)
    for array in vars(found).values():
        if isinstance(array, np.ndarray):
            assert not array.flags.writeable


def test_table_rows_are_lines_of_the_file(write_study: StudyWriter) -> None:
    files = write_study()
    found = open_study(files.folder).evaluations
    lines = files.read("evaluations.csv").splitlines()
    for i in range(len(found)):
        assert repr(float(found.value[i])) in lines[found.row[i] - 1]
        assert found.source(i) == f"evaluations.csv, row {found.row[i]}"


def test_rows_count_lines_within_quotes_and_blank_lines(write_study: StudyWriter) -> None:
    files = write_study()
    lines = files.read("evaluations.csv").splitlines()
    lines[0] += ",note"
    lines[1] += ',"two\nlines"'
    lines[2] += ',"a, b"\n'
    rest = [f"{line}," for line in lines[3:]]
    files.write("evaluations.csv", "\r\n".join([*lines[:3], *rest]))
    found = open_study(files.folder).evaluations
    assert sorted(found.row)[:3] == [2, 4, 6]


def test_spaces_marks_and_extra_columns_do_not_matter(write_study: StudyWriter) -> None:
    files = write_study()
    plain = open_study(files.folder)
    text = files.read("evaluations.csv").replace(",", " , ").replace("\n", " , note\r\n")
    files.write("evaluations.csv", b"\xef\xbb\xbf" + text.encode() + b" , , , , ,\n\n")
    assert cells(open_study(files.folder)) == cells(plain)


@pytest.mark.parametrize(
    "text", ["0.1", "5e-324", "1.7976931348623157e308", "0.30000000000000004", "+1E+3", ".5", "2"]
)
@pytest.mark.parametrize("layout", ["runs", "table"])
def test_numbers_are_those_of_python(write_study: StudyWriter, layout: str, text: str) -> None:
    files = write_study(layout)
    old = repr(value_of("pt1", "distance", "standard", 9000))
    if layout == "table":
        files.replace("evaluations.csv", old, text)
    elif text[0] in "+.":
        return  # not JSON
    else:
        files.replace(results_of("pt1", "distance"), old, text)
    assert cells(open_study(files.folder))["pt1", "distance", False, 9000] == float(text)


def test_parquet_holds_the_same_as_csv(write_study: StudyWriter) -> None:
    files = write_study()
    plain = open_study(files.folder)
    frame = pd.read_csv(files.path("evaluations.csv"), converters={"value": float})
    frame["task"] = frame["task"].astype("category")
    frame.to_parquet(files.path("evaluations.parquet"))
    files.replace("study.toml", "evaluations.csv", "evaluations.parquet")
    study = open_study(files.folder)
    assert cells(study) == cells(plain)
    assert study.evaluations.row.min() == 1


def test_details_come_along(write_study: StudyWriter) -> None:
    files = write_study("runs")
    name = results_of("pt1", "distance")
    document = json.loads(files.read(name))
    document["checkpoint-10000"]["eval_distance_metric_std"] = 0.125
    files.write(name, json.dumps(document))
    found = open_study(files.folder).evaluations
    assert set(found.details) == {"std"}
    assert np.nansum(found.details["std"]) == 0.125
    assert len(found.details["std"]) == len(found)

    table = write_study("table")
    lines = table.read("evaluations.csv").splitlines()
    text = "\n".join([f"{lines[0]},median", f"{lines[1]},0.25", *[f"{x}," for x in lines[2:]]])
    table.write("evaluations.csv", text)
    found = open_study(table.folder).evaluations
    assert np.nansum(found.details["median"]) == 0.25


def test_shifted_files_may_name_the_prefix_in_the_key(write_study: StudyWriter) -> None:
    files = write_study("runs")
    plain = open_study(files.folder)
    name = results_of("pt1", "distance", "shifted")
    files.write(name, files.read(name).replace("eval_distance", "eval_atlantis_distance"))
    assert cells(open_study(files.folder)) == cells(plain)


def test_a_tree_may_lie_in_the_study_folder_itself(write_study: StudyWriter) -> None:
    files = write_study("runs")
    plain = open_study(files.folder)
    for run in (files.folder / "experiments").iterdir():
        run.rename(files.folder / run.name)
    files.replace("study.toml", '"experiments"', '"."')
    assert cells(open_study(files.folder)) == cells(plain)


def test_methods_not_in_the_manifest_follow_it(write_study: StudyWriter) -> None:
    files = write_study()
    files.replace("study.toml", '[methods.ftwb1]\nlabel = "FTWB1"\n', "")
    study = open_study(files.folder)
    assert [(m.name, m.label) for m in study.methods] == [("ftwb2", "FTWB2"), ("ftwb1", "ftwb1")]


class TestScores:
    """Layout `scores`."""

    def test_runs_are_made_up(self, write_study: StudyWriter) -> None:
        study = open_study(write_study("scores").folder)
        assert study.has_given_scores
        assert [run.name for run in study.runs] == [
            "scores: distance, seed 0",
            "scores: crossing, seed 0",
            "scores: distance+crossing, seed 0",
        ]
        assert study.runs[2].trained == TASKS
        assert {run.base for run in study.runs} == {None}
        assert cells(study)["scores: crossing, seed 0", "distance", True, 0] == -0.25
        assert [m.name for m in study.methods] == ["ftwb1", "ftwb2", "scores"]

    def test_names_are_tasks_in_order_of_appearance(self, write_study: StudyWriter) -> None:
        files = write_study("scores")
        files.write("study.toml", '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n')
        files.write("scores.csv", "target,sources,score\nc,b+a,1\nd,c,2\ne,a,-7.5\n")
        study = open_study(files.folder)
        assert [task.name for task in study.tasks] == ["b", "a", "c", "d", "e"]
        assert [task.label for task in study.tasks] == ["b", "a", "c", "d", "e"]
        assert {task.metric for task in study.tasks} == {Metric.ACCURACY}
        assert study.title == "study"

    def test_methods_and_seeds_make_runs(self, write_study: StudyWriter) -> None:
        files = write_study("scores")
        files.write(
            "scores.csv",
            "sources,target,score,method,seed\n"
            "distance,crossing,1,ftwb1,1\n"
            "distance,crossing,2,ftwb1,2.0\n"
            "distance,crossing,3,other,1\n"
            "distance,distance,4,ftwb1,1\n",
        )
        study = open_study(files.folder)
        assert [(run.method, run.seed) for run in study.runs] == [
            ("ftwb1", 1),
            ("ftwb1", 2),
            ("other", 1),
        ]
        assert len(study.evaluations) == 4
        assert study.methods[-1].name == "other"

    def test_order_of_sources_does_not_matter(self, write_study: StudyWriter) -> None:
        files = write_study("scores")
        files.append("scores.csv", "distance+crossing,crossing,2\n")
        assert len(open_study(files.folder).runs) == 3


class TestCka:
    """CKA tables."""

    def test_both_tables_become_one(self, write_study: StudyWriter) -> None:
        study = open_study(write_study(cka=True).folder)
        assert study.cka is not None
        first, second = study.run_index["pt1-1"], study.run_index["pt1-2"]
        assert {(a, b) for a, b in zip(study.cka.first, study.cka.second, strict=True)} == {
            (first, second)
        }
        rows = zip(study.cka.layer, study.cka.checkpoint, study.cka.value, strict=True)
        assert list(rows) == [(4, -1, 0.25), (5, -1, 0.5), (5, 9000, 0.375), (5, 10000, 0.5)]
        assert not study.cka.value.flags.writeable

    def test_checkpoints_alone_are_enough(self, write_study: StudyWriter) -> None:
        files = write_study(cka=True)
        files.replace("study.toml", 'summary = "cka_summary.csv"\n', "")
        files.remove("cka_summary.csv")
        study = open_study(files.folder)
        assert study.cka is not None
        assert list(study.cka.checkpoint) == [9000, 10000]

    def test_both_orders_may_differ_by_rounding(self, write_study: StudyWriter) -> None:
        files = write_study(cka=True)
        files.append("cka_summary.csv", "pt,pt1-2,pt1-1,5,0.5000009\npt,pt1-1,pt1-1,5,7\n")
        inspection = inspect_study(files.folder)
        assert inspection.problems == ()

    def test_a_little_above_one_is_one(self, write_study: StudyWriter) -> None:
        files = write_study(cka=True)
        files.write("cka_summary.csv", CKA_SUMMARY.replace("0.25", "1.0000001"))
        study = open_study(files.folder)
        assert study.cka is not None
        assert study.cka.value[0] == 1.0

    def test_failed_runs_are_left_out(self, write_study: StudyWriter) -> None:
        files = write_study(cka=True)
        files.replace(
            "runs.csv", "pt1-2,pretrain,crossing,,42,,", "pt1-2,pretrain,crossing,,42,failed,"
        )
        inspection = inspect_study(files.folder)
        assert [p.file for p in inspection.problems] == ["runs.csv"]
        assert inspection.study is not None
        assert inspection.study.cka is None


class TestDigest:
    """Same digest, same numbers."""

    def test_it_is_the_same_elsewhere(self, write_study: StudyWriter) -> None:
        files = write_study(cka=True, representations=True)
        digest = open_study(files.folder).digest
        moved = files.folder.rename(files.folder.parent / "moved")
        assert open_study(moved).digest == digest
        assert len(digest) == 64

    @pytest.mark.parametrize(
        ("name", "old", "new"),
        [
            ("study.toml", "Tiny", "Tinier"),
            ("runs.csv", "pt1-1,pretrain,distance,,42", "pt1-1,pretrain,distance,,43"),
            ("evaluations.csv", ",9000,", ",9001,"),
            ("cka_summary.csv", "0.25", "0.26"),
            ("cka_checkpoints.csv", "0.375", "0.376"),
            ("representations/items.csv", "item0", "item9"),
        ],
    )
    def test_any_file_changes_it(
        self, write_study: StudyWriter, name: str, old: str, new: str
    ) -> None:
        files = write_study(representations=True)
        digest = open_study(files.folder).digest
        files.replace(name, old, new)
        assert open_study(files.folder).digest != digest

    def test_a_representation_changes_it(self, write_study: StudyWriter) -> None:
        files = write_study(representations=True)
        digest = open_study(files.folder).digest
        path = files.path("representations/pt1-1/layer5/checkpoint-9000.npy")
        array = np.load(path)
        array[0, 0] += 1
        np.save(path, array)
        assert open_study(files.folder).digest != digest


def test_a_value_that_is_not_finite_keeps_its_record(write_study: StudyWriter) -> None:
    files = write_study("runs")
    name = results_of("pt1", "distance", "shifted")
    files.replace(name, repr(value_of("pt1", "distance", "shifted", 10000)), "NaN")
    study = inspect_study(files.folder).study
    assert study is not None
    grid = study.evaluations.grid(Split.SHIFTED)
    run, task = study.run_index["pt1"], study.task_index["distance"]
    assert grid.checkpoints[run, task] == 10000
    assert math.isnan(grid.values[run, task])
    assert study.evaluations.source(int(grid.records[run, task])) == (
        f"{name}, key checkpoint-10000"
    )


def test_no_evaluation_at_all_is_a_study_of_missing_cells(write_study: StudyWriter) -> None:
    files = write_study()
    files.write("evaluations.csv", "run,task,split,checkpoint,value\n")
    inspection = inspect_study(files.folder)
    assert isinstance(inspection.study and inspection.study.evaluations, Evaluations)
    # The base's two splits, and the shifted one of each run that starts from it.
    assert len(inspection.problems) == (2 + len(EVALUATED) - 1) * len(TASKS)


def test_a_standard_evaluation_of_a_fine_tuned_run_is_not_needed(write_study: StudyWriter) -> None:
    files = write_study()
    rows = files.read("evaluations.csv").splitlines(keepends=True)
    needed = [row for row in rows if "_ftwb" not in row or ",standard," not in row]
    files.write("evaluations.csv", "".join(needed))
    assert len(needed) < len(rows)
    assert inspect_study(files.folder).problems == ()


def test_scores_with_a_list_of_runs_can_have_cka(write_study: StudyWriter) -> None:
    files = write_study("scores")
    files.write("runs.csv", RUNS)
    files.write("cka_summary.csv", CKA_SUMMARY)
    files.append("study.toml", '[cka]\nsummary = "cka_summary.csv"\n')
    inspection = inspect_study(files.folder)
    assert inspection.problems == ()
    study = inspection.study
    assert study is not None
    assert [run.name for run in study.single_task_models] == ["pt1-1", "pt1-2"]
    assert study.cka is not None
    assert {study.runs[i].name for i in study.cka.first} == {"pt1-1"}
    assert [method.name for method in study.tested_methods] == ["scores"]
    assert similarity_matrix(study, SimilarityQuery(layer=5)).values[0, 1] == 0.5
