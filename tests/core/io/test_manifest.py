from __future__ import annotations

import tomllib

import pytest

from core.io import inspect_study
from core.io.manifest.advice import key
from tests.core.io.damage import (
    SCORED,
    Damage,
    ids,
    manifest,
    problems_of,
    put,
    remove,
)
from tests.studies import StudyWriter


def with_id(files, text: str):
    files.replace("study.toml", 'title = "Tiny"', f'id = {text}\ntitle = "Tiny"')
    return inspect_study(files.folder)


def test_a_method_may_be_described(write_study):
    files = write_study()
    files.replace("study.toml", 'label = "FTWB1"', 'label = "FTWB1"\ndescription = " One task. "')
    study = inspect_study(files.folder).study
    assert study is not None
    assert [one.description for one in study.methods] == ["One task.", ""]


@pytest.mark.parametrize("name", ["a", "digits-2026", "a" * 64])
def test_a_study_may_have_an_id(write_study, name):
    found = with_id(write_study(), f'"{name}"')
    assert found.study is not None
    assert found.study_id == name


@pytest.mark.parametrize(
    "text", ['""', '"A"', '"a b"', '"../a"', '"-a"', '"a\\n"', '"é"', f'"{"a" * 65}"', "7", "[]"]
)
def test_an_id_is_what_an_address_can_hold_as_it_is(write_study, text):
    found = with_id(write_study(), text)
    (problem,) = [one for one in found.problems if one.is_error]
    assert (problem.file, problem.at) == ("study.toml", "id")
    assert "small letters, digits and hyphens" in problem.todo
    assert found.study_id == ""


MANIFEST_ERRORS: list[tuple[Damage, str]] = [
    (
        remove("study.toml"),
        "study.toml: no such file; write a manifest, as python -m core init does of results: a"
        " study is a folder with one",
    ),
    (
        put("study.toml", 'title = "A"\ntitel\n'),
        "study.toml, line 2: not TOML: Expected '=' after a key in a key/value pair; "
        "correct the line or quote the text",
    ),
    (
        put("study.toml", 'title = "A'),
        "study.toml, line 1: not TOML: Unterminated string; correct the line or quote the text",
    ),
    (
        put("study.toml", b'title = "A"\ndescription = "\xff"\n'),
        "study.toml, line 2: byte 0xff is not UTF-8; save the file as UTF-8",
    ),
    (
        manifest('"table"', '"tables"'),
        'study.toml, evaluations.layout: layout = `"tables"`; use "runs", "table", "scores", '
        '"square", "wide" or "tree"',
    ),
    (
        manifest('layout = "table"\n', ""),
        'study.toml, evaluations.layout: is missing; use "runs", "table", "scores", "square", '
        '"wide" or "tree"',
    ),
    (
        manifest('[evaluations]\nlayout = "table"\npath = "evaluations.csv"\n', ""),
        "study.toml, evaluations: is missing; "
        "write a section [evaluations] with a layout and where its data are",
    ),
    (
        manifest('path = "evaluations.csv"\n', ""),
        "study.toml, evaluations.path: is missing; write the CSV or Parquet file, in quotes",
    ),
    (
        manifest('metric = "error"', 'metric = "rmse"'),
        'study.toml, tasks.distance.metric: metric = `"rmse"`; '
        'use "error" (lower is better), "accuracy" (higher is better)'
        ' or "score" (higher is better)',
    ),
    (
        manifest('metric = "error"\n', ""),
        "study.toml, tasks.distance.metric: is missing; "
        'use "error" (lower is better), "accuracy" (higher is better)'
        ' or "score" (higher is better)',
    ),
    (
        manifest('label = "D"', "label = 4"),
        "study.toml, tasks.distance.label: label = `4`; write a short name in quotes",
    ),
    (
        manifest('label = "D"', 'label = ""'),
        'study.toml, tasks.distance.label: label = `""`; write a short name in quotes',
    ),
    (
        manifest('label = "D"', 'label = "Cr"'),
        "study.toml, tasks.crossing.label: label `Cr` is that of task `distance` too; "
        "give each task a label of its own: points are annotated with them",
    ),
    (
        manifest('"#D86756"', '"red"'),
        'study.toml, tasks.distance.color: color = `"red"`; write it as "#RGB" or "#RRGGBB"',
    ),
    (
        manifest("difficulty = 2", 'difficulty = "high"'),
        'study.toml, tasks.distance.covariates.difficulty: difficulty = `"high"`; '
        "write a finite number",
    ),
    (
        manifest("difficulty = 2", "difficulty = nan"),
        "study.toml, tasks.distance.covariates.difficulty: difficulty = `nan`; "
        "write a finite number",
    ),
    (
        manifest("difficulty = 2", "difficulty = true"),
        "study.toml, tasks.distance.covariates.difficulty: difficulty = `true`; "
        "write a finite number",
    ),
    (
        manifest("difficulty = 2", "difficulty = [2]"),
        "study.toml, tasks.distance.covariates.difficulty: difficulty = `[2]`; "
        "write a finite number",
    ),
    (
        manifest("[tasks.distance.covariates]\ndifficulty = 2", "covariates = 2"),
        "study.toml, tasks.distance.covariates: covariates = `2`; "
        "write a section of names and numbers",
    ),
    (
        manifest("difficulty = 2", '"" = 2'),
        'study.toml, tasks.distance.covariates."": an empty name; choose another name',
    ),
    (
        manifest("difficulty = 2", '"a\\tb" = 2'),
        'study.toml, tasks.distance.covariates."a\\tb": a name with control characters; '
        "choose another name",
    ),
    (
        manifest('exclude = "training instabilities"', "exclude = true"),
        "study.toml, tasks.crossing.exclude: exclude = `true`; "
        "write the reason in quotes, or take the key out",
    ),
    (
        manifest("[tasks.crossing]", '[tasks."a+b"]\nmetric = "error"\n[tasks.crossing]'),
        'study.toml, tasks."a+b": a task name with `+`, which joins tasks; choose another name',
    ),
    (
        manifest("[tasks.crossing]", '[tasks.""]\nmetric = "error"\n[tasks.crossing]'),
        'study.toml, tasks."": an empty name; choose another name',
    ),
    (
        manifest("[tasks.crossing]", '[tasks."a\\nb"]\nmetric = "error"\n[tasks.crossing]'),
        'study.toml, tasks."a\\nb": a name with control characters; choose another name',
    ),
    (
        manifest("[tasks.crossing]", f'[tasks.{"a" * 1001}]\nmetric = "error"\n[tasks.crossing]'),
        f'study.toml, tasks."{"a" * 80}…": a name of 1,001 letters, 1,000 are allowed;'
        " choose another name",
    ),
    (
        manifest('label = "FTWB1"', f'label = "{"x" * 10_001}"'),
        "study.toml, methods.ftwb1.label: a text of 10,001 letters, 10,000 are allowed;"
        " write a shorter one",
    ),
    (
        manifest("[methods.ftwb1]", '[methods." x"]\n[methods.ftwb1]'),
        'study.toml, methods." x": a name with spaces around it; choose another name',
    ),
    (
        manifest('label = "FTWB1"', "description = 3"),
        "study.toml, methods.ftwb1.description: description = `3`; write a sentence on what"
        " its runs were trained on, in quotes",
    ),
    (
        manifest('predicted_from = "ftwb1"', 'predicted_from = "ftbw1"'),
        "study.toml, methods.ftwb2.predicted_from: unknown method `ftbw1`; "
        "did you mean `ftwb1`? methods are ftwb1, ftwb2",
    ),
    (
        manifest("[evaluations]", "[cka]\ndefault_layer = 5.0\n[evaluations]"),
        "study.toml, cka.default_layer: default_layer = `5.0`; "
        "write a whole number without quotes, from 0 on, or a name in quotes",
    ),
    (
        manifest("[evaluations]", "[cka]\ndefault_layer = -1\n[evaluations]"),
        "study.toml, cka.default_layer: default_layer = `-1`; "
        "write a whole number without quotes, from 0 on, or a name in quotes",
    ),
    (
        manifest("[evaluations]", '[cka]\nsummary = "c.csv"\n[evaluations]'),
        "c.csv: no such file; write it, or correct cka.summary: columns exp1,exp2,layer,final_cka",
    ),
    (
        manifest("[evaluations]", '[cka]\nrepresentations = "r"\n[evaluations]'),
        "r: no such folder; write it, or correct cka.representations",
    ),
    (
        manifest('"evaluations.csv"', '"/etc/passwd"'),
        "study.toml, evaluations.path: `/etc/passwd` leaves the study's folder; "
        "move the data into the folder",
    ),
    (
        manifest('"evaluations.csv"', '"a/../../b.csv"'),
        "study.toml, evaluations.path: `a/../../b.csv` leaves the study's folder; "
        "move the data into the folder",
    ),
    (
        manifest('"evaluations.csv"', '""'),
        "study.toml, evaluations.path: (empty) is no path; give a path inside the study's folder",
    ),
    (
        manifest('"evaluations.csv"', '"nowhere.csv"'),
        "nowhere.csv: no such file; write it, or correct evaluations.path: "
        "columns run,task,split,checkpoint,value",
    ),
    (
        manifest('"evaluations.csv"', '"."'),
        ".: cannot be read: is a directory; put a readable file there",
    ),
    (
        put("study.toml", '[evaluations]\nlayout = "table"\npath = "evaluations.csv"\n'),
        "study.toml, tasks: no tasks; write one section [tasks.<name>] per task",
    ),
    (
        put("study.toml", f'tasks = "distance"\n{SCORED}'),
        'study.toml, tasks: tasks = `"distance"`; write one section [tasks.<name>] per task',
    ),
    (
        put("study.toml", f"tasks.distance = 5\n{SCORED}"),
        "study.toml, tasks.distance: distance = `5`; write a section [tasks.<name>] with a metric",
    ),
]


@pytest.mark.parametrize(("damage", "message"), MANIFEST_ERRORS, ids=ids(MANIFEST_ERRORS))
def test_manifest_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("table")
    study.write("scores.csv", "sources,target,score\ndistance,crossing,1\n")
    damage(study)
    assert problems_of(study) == [f"error: {message}"]


def test_one_wrong_key_of_the_manifest_hides_nothing_else(write_study: StudyWriter) -> None:
    study = write_study(cka=True)
    study.replace("study.toml", 'metric = "error"', 'metric = "rmse"')
    study.replace("study.toml", 'predicted_from = "ftwb1"', 'predicted_from = "ftwb7"')
    study.replace("runs.csv", "pt1_ftwb1-2,ftwb1,crossing", "pt1_ftwb1-2,ftwb1,crosing")
    study.append("evaluations.csv", "pt1,distance,standard,9000,many\n")
    study.append("cka_summary.csv", "pt,pt1-1,pt1-2,6,x\n")
    places = [problem.split(": ")[1] for problem in problems_of(study) if "error" in problem]
    assert places == [
        "study.toml, tasks.distance.metric",
        "runs.csv, row 6",
        "evaluations.csv, row 34",
        "cka_summary.csv, row 4",
        "study.toml, methods.ftwb2.predicted_from",
    ]


def test_an_unknown_layout_does_not_hide_the_runs(write_study: StudyWriter) -> None:
    study = write_study()
    study.replace("study.toml", 'layout = "table"', 'layout = "tables"')
    study.replace("runs.csv", "pt1_ftwb1-2,ftwb1,crossing", "pt1_ftwb1-2,ftwb1,crosing")
    assert len(problems_of(study)) == 2


def test_a_key_with_quotation_marks_is_the_same_key_when_read():
    for name in ('a "b"', "back\\slash", "two\nlines", "日本", "plain"):
        assert tomllib.loads(f"{key('tasks', name)} = 1") == {"tasks": {name: 1}}
