"""What is said of a list of runs: what is broken -> the whole message."""

from __future__ import annotations

import pytest

from tests.core.io.damage import (
    Damage,
    add,
    ids,
    problems_of,
    put,
    remove,
    runs,
)
from tests.studies import STEPS, StudyWriter, value_of

RUN_ERRORS: list[tuple[Damage, str]] = [
    (
        remove("runs.csv"),
        "runs.csv: no such file; write it: one row per run, run,method,trained,base,seed",
    ),
    (
        put("runs.csv", ""),
        "runs.csv, row 1: no header; write the header `run,method,trained,base,seed` there",
    ),
    (
        put("runs.csv", "run,method,trained,base,seed\n"),
        "runs.csv: no runs; write one row per run: run,method,trained,base,seed",
    ),
    (
        runs("run,method,trained,base,seed", "run,method,train,base,seed"),
        "runs.csv, row 1: no column `trained`; "
        "did you mean `train`? add it beside run, method, train, base, seed, status, exposed",
    ),
    (
        runs("seed,status", "seed,seed"),
        "runs.csv, row 1: two columns `seed`; keep one of them",
    ),
    (
        add("runs.csv", "x,ftwb1,distance,pt1\n"),
        "runs.csv, row 8: 4 values where the header has 7; "
        "give each row one value per column, and quote text that holds commas",
    ),
    (
        add("runs.csv", 'x,"ftwb1,distance,pt1,1,,\n'),
        "runs.csv, row 8: not CSV: unexpected end of data; "
        "quote text that holds commas or quotes, and double the quotes in it",
    ),
    (
        add("runs.csv", "x,m,distanse,pt1,1,,\n"),
        "runs.csv, row 8: trained: unknown task `distanse`; "
        "did you mean `distance`? list it under [tasks], too, or join tasks of the manifest with +:"
        " distance, crossing",
    ),
    (
        add("runs.csv", "x,m,,pt1,1,,\n"),
        "runs.csv, row 8: trained: no task; join tasks of the manifest with +: distance, crossing",
    ),
    (
        add("runs.csv", "x,m,distance+,pt1,1,,\n"),
        "runs.csv, row 8: trained: `distance+` has an empty task name; "
        "join tasks of the manifest with +: distance, crossing",
    ),
    (
        add("runs.csv", "x,m,distance+distance,pt1,1,,\n"),
        "runs.csv, row 8: trained: task `distance` twice; "
        "join tasks of the manifest with +: distance, crossing",
    ),
    (
        add("runs.csv", "x,m,distance,pt1,1,,zoo\n"),
        "runs.csv, row 8: exposed: unknown task `zoo`; "
        "list it under [tasks], too, or join tasks of the manifest with +: distance, crossing",
    ),
    (
        add("runs.csv", "x,m,distance,pt1,original,,\n"),
        "runs.csv, row 8: seed is `original`, not a whole number; "
        "write a number: 42 is 42, not original",
    ),
    (
        add("runs.csv", "x,m,distance,pt1,4.5,,\n"),
        "runs.csv, row 8: seed is `4.5`, not a whole number; write a number: 42 is 42, "
        "not original",
    ),
    (
        add("runs.csv", "x,m,distance,pt1,1_0,,\n"),
        "runs.csv, row 8: seed is `1_0`, not a whole number; write a number: 42 is 42, "
        "not original",
    ),
    (
        add("runs.csv", "x,m,distance,pt1,,,\n"),
        "runs.csv, row 8: seed is (empty), not a whole number; write a number: 42 is 42, "
        "not original",
    ),
    (
        add("runs.csv", "x,m,distance,pt1,1,broken,\n"),
        "runs.csv, row 8: status `broken`; leave it empty or write failed",
    ),
    (
        add("runs.csv", "x,,distance,pt1,1,,\n"),
        "runs.csv, row 8: method: an empty name; name the run's method",
    ),
    (
        add("runs.csv", "pt1-1,m,distance,,1,,\n"),
        "runs.csv, row 8: run `pt1-1` a second time, row 3 has it too; give each run its own name",
    ),
    (
        add("runs.csv", "x,m,distance,pt2,1,,\n"),
        "runs.csv, row 8: run `x` names base `pt2`, which is not there; "
        "did you mean `pt1-2`? add a row for it or correct the name",
    ),
    (
        add("runs.csv", "x,m,distance,x,1,failed,\n"),
        "runs.csv, row 8: run `x` is its own base: x, x; "
        "leave the base of a run that started from nothing empty",
    ),
    (
        add("runs.csv", "x,m,distance,y,1,failed,\ny,m,distance,x,1,failed,\n"),
        "runs.csv, row 8: run `x` is its own base: x, y, x; "
        "leave the base of a run that started from nothing empty",
    ),
    (
        add("runs.csv", "x,ftwb2,distance + crossing,pt1,42,,\n"),
        "runs.csv, row 8: run `x` has method, tasks and seed of run `pt1_ftwb2-1` (row 7); "
        "mark one of them failed, or give it its own seed or method",
    ),
    *[
        (
            add("runs.csv", f"{name},m,distance,,1,,\n"),
            f"runs.csv, row 8: run {shown}: {flaw}; give it another name",
        )
        for name, shown, flaw in [
            ("../x", "`../x`", "a name that cannot be a folder's, with / or \\ or .."),
            ("a/b", "`a/b`", "a name that cannot be a folder's, with / or \\ or .."),
            ("a\\b", "`a\\b`", "a name that cannot be a folder's, with / or \\ or .."),
            ("..", "`..`", "a name that cannot be a folder's, with / or \\ or .."),
            ("a\0b", "`a\\x00b`", "a name with control characters"),
            ("", "(empty)", "an empty name"),
        ]
    ],
    (
        lambda study: study.write("runs.csv", study.read("runs.csv").encode() + b"\xe9,m,,,,,\n"),
        "runs.csv, line 8: byte 0xe9 is not UTF-8; save the file as UTF-8",
    ),
]


@pytest.mark.parametrize(("damage", "message"), RUN_ERRORS, ids=ids(RUN_ERRORS))
def test_run_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    # Where runs are folders, so that their names have to be a folder's.
    study = write_study("runs" if "folder's" in message else "table")
    damage(study)
    errors = [line for line in problems_of(study) if line.startswith("error")]
    assert errors == [f"error: {message}"]


@pytest.mark.parametrize("name", ["a/b", "../x", ".."])
def test_a_run_that_is_no_folder_may_be_called_anything(
    write_study: StudyWriter, name: str
) -> None:
    study = write_study("table")
    study.append("runs.csv", f"{name},m,distance,,1,,\n")
    assert not [line for line in problems_of(study) if line.startswith("error")]


def test_a_failed_run_may_hold_anything_finite_or_not(write_study: StudyWriter) -> None:
    study = write_study()
    study.replace("runs.csv", "distance,pt1,42,,", "distance,pt1,42,failed,")
    study.replace(
        "evaluations.csv", repr(value_of("pt1_ftwb1-1", "distance", "shifted", 9000)), "nan"
    )
    assert len(problems_of(study)) == 1


def test_models_nobody_starts_from_need_no_evaluation(write_study: StudyWriter) -> None:
    study = write_study()
    step = STEPS[0]
    study.append("evaluations.csv", f"pt1-1,distance,standard,{step},1\n")
    assert problems_of(study) == []


def test_seeds_that_start_from_one_base(write_study: StudyWriter) -> None:
    study = write_study("table")
    study.append("runs.csv", "x,ftwb1,distance,pt1,43,,\ny,ftwb1,crossing,pt1,44,failed,\n")
    assert [line for line in problems_of(study) if "one base" in line] == [
        "warning: runs.csv, row 8: seeds 42, 43 of method `ftwb1` start from one base, `pt1`;"
        " they agree by birth, so nothing gets an interval over these seeds; train a base for each"
        " seed, or choose one seed of each base"
    ]
