"""Every kind of error and warning, with its whole message: what is broken -> what is said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import StudyError
from core.io import inspect_study, open_study
from tests.studies import STEPS, StudyFiles, StudyWriter, results_of, value_of

Damage = Callable[[StudyFiles], object]

EVALUATION = results_of("pt1", "distance")
SHIFTED = results_of("pt1_ftwb1-1", "crossing", "shifted")


def manifest(old: str, new: str) -> Damage:
    return lambda study: study.replace("study.toml", old, new)


def runs(old: str, new: str) -> Damage:
    return lambda study: study.replace("runs.csv", old, new)


def table(old: str, new: str) -> Damage:
    return lambda study: study.replace("evaluations.csv", old, new)


def add(name: str, text: str) -> Damage:
    return lambda study: study.append(name, text)


def put(name: str, content: str | bytes) -> Damage:
    return lambda study: study.write(name, content)


def put_json(name: str, document: object) -> Damage:
    return lambda study: study.write(name, json.dumps(document))


def remove(name: str) -> Damage:
    return lambda study: study.remove(name)


def problems_of(study: StudyFiles) -> list[str]:
    inspection = inspect_study(study.folder)
    found = [f"{problem.severity}: {problem}" for problem in inspection.problems]
    assert len(found) == len(set(found))
    assert all("\n" not in line for line in found)
    assert found == sorted(found, key=lambda line: line.startswith("warning"))
    assert (inspection.study is None) == any(line.startswith("error") for line in found)
    return found


FIRST = value_of("pt1", "distance", "standard", 9000)
ROW_2 = f"pt1,distance,standard,9000,{FIRST!r}"
LAST = "pt1_ftwb2-1,crossing,shifted,10000"
CELL = repr(value_of("pt1_ftwb2-1", "crossing", "shifted", 10000))
SCORED = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'

MANIFEST_ERRORS: list[tuple[Damage, str]] = [
    (
        remove("study.toml"),
        "study.toml: no such file; write a manifest: a study is a folder with one",
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
        manifest("[methods.ftwb1]", '[methods." x"]\n[methods.ftwb1]'),
        'study.toml, methods." x": a name with spaces around it; choose another name',
    ),
    (
        manifest('predicted_from = "ftwb1"', 'predicted_from = "ftbw1"'),
        "study.toml, methods.ftwb2.predicted_from: unknown method `ftbw1`; "
        "did you mean `ftwb1`? methods are ftwb1, ftwb2",
    ),
    (
        manifest('predicted_from = "ftwb1"', 'predicted_from = "ftwb2"'),
        "study.toml, methods.ftwb2.predicted_from: method `ftwb2` is predicted from itself; "
        "name the single-source method whose best source predicts it",
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
        "did you mean `distance`? join tasks of the manifest with +: distance, crossing",
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
        "join tasks of the manifest with +: distance, crossing",
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

TABLE_ERRORS: list[tuple[Damage, str]] = [
    (
        table("run,task,split", "run,task,set"),
        "evaluations.csv, row 1: no column `split`; add it, or write split = their word for it"
        " under [evaluations.columns]; there is run, task, set, checkpoint, value",
    ),
    (
        table(CELL, "bad"),
        "evaluations.csv, row 33: value is `bad`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        table(CELL, '"1,5"'),
        "evaluations.csv, row 33: value is `1,5`, not a number; "
        "write it with a point and without thousands separators",
    ),
    (
        table(CELL, "1_000"),
        "evaluations.csv, row 33: value is `1_000`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        table(f"10000,{CELL}", f"checkpoint-10000,{CELL}"),
        "evaluations.csv, row 33: checkpoint is `checkpoint-10000`, not a whole number; "
        "write the training step, a whole number from 0 on",
    ),
    (
        table(f"10000,{CELL}", f"-1,{CELL}"),
        "evaluations.csv, row 33: checkpoint is `-1`, not a whole number; "
        "write the training step, a whole number from 0 on",
    ),
    (
        table(f"shifted,10000,{CELL}", f"test,10000,{CELL}"),
        "evaluations.csv, row 33: split `test` in 1 row; write standard or shifted",
    ),
    (
        add("evaluations.csv", "pt1,distance,standard,9000,7\n"),
        "evaluations.csv, row 34: run pt1, task distance, standard, checkpoint 9000 "
        f"a second time: 7.0, row 2 has {FIRST}; keep one of the two rows",
    ),
    (
        add("evaluations.csv", "pt1,distance,standard,9000,\n"),
        "evaluations.csv, row 34: run pt1, task distance, standard, checkpoint 9000 "
        f"a second time: NaN, row 2 has {FIRST}; keep one of the two rows",
    ),
    (
        add("evaluations.csv", "pt1,distance\n"),
        "evaluations.csv, row 34: 2 values where the header has 5; "
        "give each row one value per column, and quote text that holds commas",
    ),
]

TREE_ERRORS: list[tuple[Damage, str]] = [
    (
        manifest('root = "experiments"', 'root = "runs"'),
        "runs: no such folder; correct evaluations.root, the folder of all runs",
    ),
    (
        manifest('root = "experiments"\n', ""),
        "study.toml, evaluations.root: is missing; "
        "write the folder that holds one folder per run, in quotes",
    ),
    (
        manifest('shifted_prefix = "atlantis_"\n', ""),
        "study.toml, evaluations.shifted_prefix: is missing; "
        'write what precedes the task in shifted folders: "atlantis_"',
    ),
    (
        manifest('shifted_prefix = "atlantis_"', 'shifted_prefix = ""'),
        "study.toml, evaluations.shifted_prefix: an empty name; "
        'write what precedes the task in shifted folders: "atlantis_"',
    ),
    (
        manifest("[tasks.crossing]", '[tasks."a/b"]\nmetric = "error"\n[tasks.crossing]'),
        'study.toml, tasks."a/b": a name that cannot be a folder\'s, with / or \\ or ..; '
        "choose another name",
    ),
    (
        manifest(
            "[tasks.crossing]", '[tasks.atlantis_distance]\nmetric = "error"\n[tasks.crossing]'
        ),
        "study.toml, evaluations.shifted_prefix: "
        "`atlantis_` makes task `distance` into another task; "
        "choose another prefix or other names: tasks are distance, atlantis_distance, crossing",
    ),
    (
        put(EVALUATION, '{"checkpoint-9000": {"eval_dist'),
        f"{EVALUATION}, line 1, column 22: the file is cut; evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, ""),
        f"{EVALUATION}, line 1, column 1: the file is cut; evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, '{"checkpoint-9000": x}'),
        f"{EVALUATION}, line 1, column 21: not JSON: Expecting value; "
        "evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, b'\xff{"checkpoint-9000": {}}'),
        f"{EVALUATION}, line 1: byte 0xff is not UTF-8; save the file as UTF-8",
    ),
    (
        put_json(EVALUATION, [1]),
        f"{EVALUATION}: a list instead of an object; "
        "write one object with a key checkpoint-<number> per checkpoint",
    ),
    *[
        (
            put_json(EVALUATION, {key: {}, "checkpoint-9000": {"eval_distance_metric_mean": 1}}),
            f"{EVALUATION}, `{key}`: a key without a training step; name it checkpoint-<number>",
        )
        for key in (
            "checkpoint-final",
            "checkpoint-",
            "checkpoint-1 ",
            "Checkpoint-1",
            "checkpoint--1",
            "checkpoint-1.5",
            "checkpoint-١",
            "checkpoint-99999999999999999999",
            "best",
        )
    ],
    (
        put_json(EVALUATION, {"checkpoint-9000": 3.5}),
        f"{EVALUATION}, checkpoint-9000: the number 3.5 instead of an object; "
        "evaluate the checkpoint again",
    ),
    *[
        (
            put_json(EVALUATION, {"checkpoint-9000": {"eval_distance_metric_mean": value}}),
            f"{EVALUATION}, checkpoint-9000.eval_distance_metric_mean: {shown} instead of a "
            "number; write a number",
        )
        for value, shown in [
            ("3", "text `3`"),
            (True, "true"),
            ([1], "a list"),
            ({}, "an object"),
        ]
    ],
    (
        put_json(
            EVALUATION,
            {
                "checkpoint-9000": {
                    "eval_distance_metric_mean": 1,
                    "eval_distance_metric_std": "low",
                }
            },
        ),
        f"{EVALUATION}, checkpoint-9000.eval_distance_metric_std: text `low` instead of a number; "
        "write a number",
    ),
    (
        put(
            EVALUATION,
            '{"checkpoint-100": {"eval_distance_metric_mean": 1},'
            ' "checkpoint-0100": {"eval_distance_metric_mean": 2}}',
        ),
        f"{EVALUATION}, checkpoint-0100: checkpoint 100 a second time: 2.0 after 1.0; "
        "keep one of the two",
    ),
    (
        put(
            EVALUATION,
            '{"checkpoint-100": {"eval_distance_metric_mean": 1},'
            ' "checkpoint-100": {"eval_distance_metric_mean": NaN}}',
        ),
        f"{EVALUATION}, checkpoint-100: checkpoint 100 a second time: NaN after 1.0; "
        "keep one of the two",
    ),
    (
        put(
            EVALUATION,
            '{"checkpoint-100": {"eval_distance_metric_mean": 1, "eval_distance_metric_mean": 2}}',
        ),
        f"{EVALUATION}, checkpoint-100.eval_distance_metric_mean: twice with different values; "
        "keep one of the two",
    ),
    (
        put(EVALUATION, '{"checkpoint-100": {"a": ' + "1" * 5000 + "}}"),
        f"{EVALUATION}: a number of too many digits; evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, "[" * 100_000),
        f"{EVALUATION}: nested too deeply; evaluate again, or delete the file",
    ),
]

SCORE_ERRORS: list[tuple[Damage, str]] = [
    (
        remove("scores.csv"),
        "scores.csv: no such file; write it, or correct evaluations.path: "
        "columns sources,target,score",
    ),
    (
        put("scores.csv", "sources,target,score\n"),
        "scores.csv: no scores; write one row per score: sources,target,score",
    ),
    (
        add("scores.csv", "distance,zoo,1\n"),
        "scores.csv, row 5: unknown target `zoo`; name a task of the manifest",
    ),
    (
        add("scores.csv", "distance+zoo,distance,1\n"),
        "scores.csv, row 5: sources: unknown task `zoo`; "
        "join tasks of the manifest with +: distance, crossing",
    ),
    (
        add("scores.csv", "distance,crossing,high\n"),
        "scores.csv, row 5: score is `high`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        add("scores.csv", "distance,crossing,0.75\n"),
        "scores.csv, row 5: 1 cell a second time with another value, first distance → crossing: "
        '0.75, row 2 has 0.5; write repeats = "mean" or repeats = "seeds" under [evaluations], or a'
        " column that tells them apart (method, seed, checkpoint)",
    ),
    (
        put("scores.csv", "sources,target,score,method\ndistance,crossing,1,\n"),
        "scores.csv, row 2: method: an empty name; name the method",
    ),
    (
        put("scores.csv", "sources,target,score,seed\ndistance,crossing,1,original\n"),
        "scores.csv, row 2: seed is `original`, not a whole number; "
        "write a number: 42 is 42, not original",
    ),
    (
        lambda study: (
            study.write("study.toml", SCORED),
            study.write("scores.csv", "sources,target,score\na,b+c,1\n"),
        ),
        "scores.csv, row 2: target is `b+c`: a task name with `+`, which joins tasks; "
        "write one task as target, one or several joined by + as sources",
    ),
    (
        manifest('"scores.csv"', '"scores.parquet"'),
        "scores.parquet: no such file; write it, or correct evaluations.path: "
        "columns sources,target,score",
    ),
]

CKA_ERRORS: list[tuple[Damage, str]] = [
    (
        add("cka_summary.csv", "pt,pt1-2,pt1-1,5,0.7\n"),
        "cka_summary.csv, row 4: CKA of `pt1-2` and `pt1-1` a second time: 0.7, row 3 has 0.5; "
        "keep one of the two rows",
    ),
    (
        add("cka_summary.csv", "pt,pt1-2,pt1-1,five,0.5\n"),
        "cka_summary.csv, row 4: layer is `five`, not a whole number; "
        "write the layer, a whole number from 0 on",
    ),
    (
        add("cka_summary.csv", "pt,pt1-2,pt1-1,6,high\n"),
        "cka_summary.csv, row 4: final_cka is `high`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        lambda study: study.replace("cka_summary.csv", "final_cka", "mean_cka"),
        "cka_summary.csv, row 1: no column `final_cka`; "
        "add it beside prefix, exp1, exp2, layer, mean_cka",
    ),
    (
        add("cka_checkpoints.csv", "pt1-1,pt1-2,5,last,0.5\n"),
        "cka_checkpoints.csv, row 4: checkpoint is `last`, not a whole number; "
        "write the training step, from 0 on",
    ),
    (
        remove("cka_checkpoints.csv"),
        "cka_checkpoints.csv: no such file; write it, or correct cka.checkpoints: "
        "columns exp1,exp2,layer,checkpoint,cka",
    ),
]


def ids(cases: list[tuple[Damage, str]]) -> list[str]:
    return [f"{i}: {message[:50]}" for i, (_, message) in enumerate(cases)]


@pytest.mark.parametrize(("damage", "message"), MANIFEST_ERRORS, ids=ids(MANIFEST_ERRORS))
def test_manifest_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("table")
    study.write("scores.csv", "sources,target,score\ndistance,crossing,1\n")
    damage(study)
    assert problems_of(study) == [f"error: {message}"]


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


@pytest.mark.parametrize(("damage", "message"), TABLE_ERRORS, ids=ids(TABLE_ERRORS))
def test_table_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("table")
    damage(study)
    assert [x for x in problems_of(study) if x.startswith("error")] == [f"error: {message}"]


@pytest.mark.parametrize(("damage", "message"), TREE_ERRORS, ids=ids(TREE_ERRORS))
def test_tree_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("runs")
    damage(study)
    assert problems_of(study)[0] == f"error: {message}"
    assert len([x for x in problems_of(study) if x.startswith("error")]) == 1


@pytest.mark.parametrize(("damage", "message"), SCORE_ERRORS, ids=ids(SCORE_ERRORS))
def test_score_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("scores")
    damage(study)
    assert problems_of(study) == [f"error: {message}"]


@pytest.mark.parametrize(("damage", "message"), CKA_ERRORS, ids=ids(CKA_ERRORS))
def test_cka_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("table", cka=True)
    damage(study)
    assert problems_of(study) == [f"error: {message}"]


def without_rows(*starts: str) -> Damage:
    def damage(study: StudyFiles) -> None:
        lines = study.read("evaluations.csv").splitlines()
        kept = [line for line in lines if not line.startswith(starts)]
        assert len(kept) < len(lines)
        study.write("evaluations.csv", "\n".join(kept))

    return damage


WARNINGS: list[tuple[str, Damage, list[str]]] = [
    (
        "table",
        without_rows("pt1_ftwb1-1,crossing,shifted"),
        [
            "evaluations.csv, run pt1_ftwb1-1, task crossing, shifted: no row: "
            "run `pt1_ftwb1-1` has no shifted evaluation on `crossing`; "
            "evaluate it, or mark the run failed; the cell stays empty"
        ],
    ),
    (
        "runs",
        remove(SHIFTED),
        [
            f"{SHIFTED}: no such file: "
            "run `pt1_ftwb1-1` has no shifted evaluation on `crossing`; "
            "evaluate it, or mark the run failed; the cell stays empty"
        ],
    ),
    (
        "runs",
        put(SHIFTED, "{}"),
        [
            f"{SHIFTED}: no checkpoint in it: "
            "run `pt1_ftwb1-1` has no shifted evaluation on `crossing`; "
            "evaluate it, or mark the run failed; the cell stays empty"
        ],
    ),
    (
        "table",
        without_rows("pt1,crossing,standard"),
        [
            "evaluations.csv, run pt1, task crossing, standard: no row: "
            "base `pt1` has no standard evaluation on `crossing`; "
            "evaluate it: without, nothing that starts from it can be normalized there"
        ],
    ),
    (
        "runs",
        remove(EVALUATION),
        [
            f"{EVALUATION}: no such file: base `pt1` has no standard evaluation on `distance`; "
            "evaluate it: without, nothing that starts from it can be normalized there"
        ],
    ),
    *[
        (
            "table",
            table(CELL, text),
            [
                f"evaluations.csv, row 33: value is {shown}, not a finite number; "
                "evaluate it again; the cell stays empty"
            ],
        )
        for text, shown in [
            ("", "(empty)"),
            ("NA", "`NA`"),
            ("nan", "`nan`"),
            ("-inf", "`-inf`"),
            ("Infinity", "`Infinity`"),
            ("1e999", "`1e999`"),
        ]
    ],
    *[
        (
            "runs",
            put(
                SHIFTED,
                f'{{"checkpoint-1": {{"eval_crossing_metric_mean": {text}}}}}',
            ),
            [f"{SHIFTED}, checkpoint-1.eval_crossing_metric_mean: {found}"],
        )
        for text, found in [
            ("NaN", "NaN is not a finite number; evaluate it again; the cell stays empty"),
            ("Infinity", "inf is not a finite number; evaluate it again; the cell stays empty"),
            ("-Infinity", "-inf is not a finite number; evaluate it again; the cell stays empty"),
            (
                "1" + "0" * 400,
                "inf is not a finite number; evaluate it again; the cell stays empty",
            ),
            ("null", "is null; evaluate it again; the cell stays empty"),
        ]
    ],
    (
        "runs",
        put_json(
            SHIFTED,
            {"checkpoint-1": {"eval_crossing_metric_mean": 1}, "checkpoint-2": {"eval_loss": 1}},
        ),
        [
            f"{SHIFTED}, checkpoint-2.eval_crossing_metric_mean: is missing; "
            "evaluate it again; the cell stays empty"
        ],
    ),
    (
        "table",
        lambda study: (
            without_rows("pt1_ftwb2-1,")(study),
            study.replace("runs.csv", "distance,pt1,42,,", "distance,pt1,42,failed,"),
            study.replace(
                "runs.csv", "crossing+distance,pt1,42,,", "crossing+distance,pt1,42,failed,"
            ),
        ),
        [
            f"runs.csv, row {row}: run `{run}` failed; "
            "it is listed and never averaged in; repeat it to fill its cells"
            for row, run in [(5, "pt1_ftwb1-1"), (7, "pt1_ftwb2-1")]
        ],
    ),
    (
        "table",
        add("evaluations.csv", "pt9,distance,standard,1,1\npt9,distance,standard,2,bad\n"[:26]),
        [
            "evaluations.csv, row 34: run `pt9`, which runs.csv does not know, in 1 row; "
            "did you mean `pt1`? the rows are ignored"
        ],
    ),
    (
        "table",
        add("evaluations.csv", "pt1,zoo,standard,1,1\npt1,zoo,shifted,1,1\n"),
        [
            "evaluations.csv, row 34: task `zoo`, which the manifest does not know, in 2 rows; "
            "the rows are ignored"
        ],
    ),
    (
        "table",
        manifest("color =", "colour ="),
        [
            "study.toml, tasks.distance.colour: unknown key `colour`; "
            "did you mean `color`? it is ignored"
        ],
    ),
    (
        "table",
        manifest('title = "Tiny"', 'author = "me"'),
        ["study.toml, author: unknown key `author`; it is ignored"],
    ),
    (
        "runs",
        manifest('root = "experiments"', 'root = "experiments"\npath = "x.csv"'),
        ["study.toml, evaluations.path: unknown key `path`; it is ignored"],
    ),
    (
        "scores",
        add("scores.csv", "crossing,crossing,\n"),
        [
            "scores.csv, row 5: score is (empty), not a finite number; "
            "evaluate it again; the cell stays empty"
        ],
    ),
    (
        "scores",
        add("study.toml", '[cka]\nsummary = "cka_summary.csv"\n'),
        [
            "study.toml, cka: a section [cka] beside layout scores, without runs.csv; "
            "write runs.csv with the single-task models; it is ignored"
        ],
    ),
]

CKA_WARNINGS: list[tuple[Damage, list[str]]] = [
    *[
        (
            add("cka_summary.csv", f"pt,pt1-1,pt1-2,6,{text}\n"),
            [f"cka_summary.csv, row 4: final_cka is {found}"],
        )
        for text, found in [
            ("1.5", "1.5, above 1; compute it again; the cell stays empty"),
            ("-1.00001", "-1.00001, below -1; compute it again; the cell stays empty"),
            ("nan", "`nan`, not a finite number; compute it again; the cell stays empty"),
            ("inf", "`inf`, not a finite number; compute it again; the cell stays empty"),
            ("", "(empty), not a finite number; compute it again; the cell stays empty"),
        ]
    ],
    (
        lambda study: (
            study.append("cka_summary.csv", "pt,pt1-1,pt1-3,5,0.5\npt,pt1-3,pt1-2,5,0.5\n"),
            study.append("cka_checkpoints.csv", "zoo,pt1-1,5,9000,0.5\n"),
        ),
        [
            "cka_summary.csv, row 4: CKA of run `pt1-3`, which runs.csv does not know; "
            "did you mean `pt1-2`? add it to runs.csv; until then its rows are ignored",
            "cka_checkpoints.csv, row 4: CKA of run `zoo`, which runs.csv does not know; "
            "add it to runs.csv; until then its rows are ignored",
        ],
    ),
    (
        manifest("default_layer = 5", "default_layer = 7"),
        [
            "study.toml, cka.default_layer: default_layer = 7, and there is no CKA at that layer; "
            "choose one of 4, 5; it is ignored"
        ],
    ),
]


@pytest.mark.parametrize(("layout", "damage", "messages"), WARNINGS)
def test_warnings(
    write_study: StudyWriter, layout: str, damage: Damage, messages: list[str]
) -> None:
    study = write_study(layout)
    damage(study)
    assert problems_of(study) == [f"warning: {message}" for message in messages]
    assert [str(w) for w in open_study(study.folder).warnings] == messages


@pytest.mark.parametrize(("damage", "messages"), CKA_WARNINGS)
def test_cka_warnings(write_study: StudyWriter, damage: Damage, messages: list[str]) -> None:
    study = write_study("table", cka=True)
    damage(study)
    assert problems_of(study) == [f"warning: {message}" for message in messages]


def test_seeds_that_start_from_one_base(write_study: StudyWriter) -> None:
    study = write_study("table")
    study.append("runs.csv", "x,ftwb1,distance,pt1,43,,\ny,ftwb1,crossing,pt1,44,failed,\n")
    assert [line for line in problems_of(study) if "one base" in line] == [
        "warning: runs.csv, row 8: seeds 42, 43 of method `ftwb1` start from one base, `pt1`;"
        " they agree by birth, so nothing gets an interval over these seeds; train a base for each"
        " seed, or choose one seed of each base"
    ]


def test_unusable_cka_is_there_and_empty(write_study: StudyWriter) -> None:
    study = write_study(cka=True)
    study.append("cka_summary.csv", "pt,pt1-1,pt1-2,6,1.5\n")
    cka = open_study(study.folder).cka
    assert cka is not None
    assert len(cka) == 5
    assert np.isnan(cka.value[cka.layer == 6]).all()


def test_an_unreadable_parquet(write_study: StudyWriter) -> None:
    study = write_study()
    study.write("evaluations.csv", b"PAR1nonsense")
    (line,) = problems_of(study)
    assert line.startswith("error: evaluations.csv: not a Parquet file: ")
    assert line.endswith("; write the file again")


def test_folder_that_is_none(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    file = tmp_path / "file"
    file.write_text("")
    assert problems_of(StudyFiles(missing)) == [
        f"error: {missing}: no such folder; give the folder that holds study.toml"
    ]
    assert problems_of(StudyFiles(file)) == [
        "error: file: nothing in it; a table of results has at least sources, targets and scores,"
        " or is a matrix; or write a study.toml beside it"
    ]
    assert inspect_study("a\0b").study is None
    assert inspect_study("x" * 5000).study is None


def test_everything_is_reported_at_once(write_study: StudyWriter) -> None:
    study = write_study(cka=True)
    study.append("study.toml", "colour = 1\n")
    study.append("runs.csv", "x,m,zoo,pt1,1,,\ny,m,distance,pt8,1,,\n")
    study.append("evaluations.csv", "pt1,distance,standard,1,bad\nx,distance,shifted,1,1\n")
    study.append("cka_summary.csv", "pt,pt1-1,x,five,0.5\n")
    with pytest.raises(StudyError) as caught:
        open_study(study.folder)
    problems = caught.value.problems
    assert [problem.file for problem in problems if problem.is_error] == [
        "runs.csv",
        "runs.csv",
        "evaluations.csv",
        "cka_summary.csv",
    ]
    # The run whose row is broken is not called unknown on top of that.
    assert not any("`x`, which" in str(problem) for problem in problems)
    assert "colour" in str(problems[4])


def test_same_value_twice_is_fine(write_study: StudyWriter) -> None:
    study = write_study()
    study.append("evaluations.csv", f"{ROW_2}\n")
    assert problems_of(study) == []
    study.replace("evaluations.csv", f"{LAST},{CELL}", f"{LAST},nan")
    study.append("evaluations.csv", f"{LAST},\n")
    assert len(problems_of(study)) == 2  # one warning per row
    assert len(open_study(study.folder).evaluations) == 32

    tree = write_study("runs")
    cell = '{"eval_distance_metric_mean": NaN}'
    tree.write(EVALUATION, f'{{"checkpoint-010": {cell}, "checkpoint-10": {cell}}}')
    assert [line.split(":")[0] for line in problems_of(tree)] == ["warning"] * 2


def test_models_nobody_starts_from_need_no_evaluation(write_study: StudyWriter) -> None:
    study = write_study()
    step = STEPS[0]
    study.append("evaluations.csv", f"pt1-1,distance,standard,{step},1\n")
    assert problems_of(study) == []


def test_a_failed_run_may_hold_anything_finite_or_not(write_study: StudyWriter) -> None:
    study = write_study()
    study.replace("runs.csv", "distance,pt1,42,,", "distance,pt1,42,failed,")
    study.replace(
        "evaluations.csv", repr(value_of("pt1_ftwb1-1", "distance", "shifted", 9000)), "nan"
    )
    assert len(problems_of(study)) == 1


def test_five_thousand_missing_evaluations_are_each_named(write_study: StudyWriter) -> None:
    study = write_study()
    rows = "".join(f"r{i},m{i},distance,pt1,42,,\n" for i in range(1250))
    study.append("runs.csv", rows)
    assert len(problems_of(study)) == 2500


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


def test_a_row_with_two_faults_has_both_reported(write_study: StudyWriter) -> None:
    study = write_study()
    study.append("runs.csv", "x,ftwb1,crosing,pt9,original,,\n")
    found = [problem.split(": ", 2)[2] for problem in problems_of(study)]
    assert len(found) == 3
    assert any("unknown task" in text for text in found)
    assert any("names base `pt9`, which is not there" in text for text in found)
    assert any("original" in text for text in found)


def test_scores_without_their_path_do_not_ask_for_a_list_of_runs(write_study: StudyWriter) -> None:
    study = write_study("scores")
    study.replace("study.toml", 'path = "scores.csv"', "")
    problems = problems_of(study)
    assert len(problems) == 1
    assert "evaluations.path: is missing" in problems[0]


def test_a_header_of_megabytes_is_not_repeated(write_study: StudyWriter) -> None:
    study = write_study()
    study.write("evaluations.csv", "x" * 2_000_000)
    problems = problems_of(study)
    assert problems
    assert max(map(len, problems)) < 1000


def test_a_way_round_is_refused_for_what_it_is(write_study: StudyWriter) -> None:
    study = write_study()
    study.replace("study.toml", '"evaluations.csv"', '"sub/../evaluations.csv"')
    assert problems_of(study) == [
        "error: study.toml, evaluations.path: `sub/../evaluations.csv` takes a way round by ..; "
        "write `evaluations.csv`"
    ]


def test_an_unknown_layout_does_not_hide_the_runs(write_study: StudyWriter) -> None:
    study = write_study()
    study.replace("study.toml", 'layout = "table"', 'layout = "tables"')
    study.replace("runs.csv", "pt1_ftwb1-2,ftwb1,crossing", "pt1_ftwb1-2,ftwb1,crosing")
    assert len(problems_of(study)) == 2


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("runs.csv", "table"),
        ("evaluations.csv", "table"),
        ("study.toml", "table"),
        ("cka_summary.csv", "table"),
        (EVALUATION, "runs"),
    ],
)
def test_links_out_of_the_folder_are_not_followed(
    write_study: StudyWriter, tmp_path: Path, name: str, layout: str
) -> None:
    study = write_study(layout, cka=True)
    outside = tmp_path / "outside"
    study.path(name).rename(outside)
    study.path(name).symlink_to(outside)
    errors = [line for line in problems_of(study) if line.startswith("error")]
    assert len(errors) == 1
    assert errors[0].endswith("leaves the study's folder; move the data into the folder")


def test_folders_linked_out_are_not_followed(write_study: StudyWriter, tmp_path: Path) -> None:
    study = write_study("runs")
    study.path("experiments/pt1").rename(tmp_path / "pt1")
    study.path("experiments/pt1").symlink_to(tmp_path / "pt1")
    errors = problems_of(study)
    assert len(errors) == 4
    assert all("a link leaves the study's folder" in line for line in errors)

    study.path("experiments").rename(tmp_path / "all")
    study.path("experiments").symlink_to(tmp_path / "all")
    assert problems_of(study) == [
        "error: study.toml, evaluations.root: `experiments` leaves the study's folder; "
        "move the data into the folder"
    ]


def test_links_inside_the_folder_are_fine(write_study: StudyWriter) -> None:
    study = write_study()
    study.path("evaluations.csv").rename(study.path("data.csv"))
    study.path("evaluations.csv").symlink_to("data.csv")
    assert problems_of(study) == []


def test_a_study_may_be_reached_through_a_link(write_study: StudyWriter, tmp_path: Path) -> None:
    study = write_study(cka=True, representations=True)
    (tmp_path / "link").symlink_to(study.folder)
    assert problems_of(StudyFiles(tmp_path / "link")) == []


def test_odd_files(write_study: StudyWriter) -> None:
    study = write_study()
    study.remove("runs.csv")
    study.path("runs.csv").symlink_to("runs.csv")
    assert problems_of(study)[0].startswith("error: runs.csv: cannot be read: ")
    study.remove("runs.csv")
    study.path("runs.csv").symlink_to("nowhere")
    assert problems_of(study)[0] == (
        "error: runs.csv: cannot be read: a link that leads nowhere; put a readable file there"
    )
    study.remove("runs.csv")
    os.mkfifo(study.path("runs.csv"))
    assert problems_of(study)[0] == (
        "error: runs.csv: cannot be read: not a regular file; put a readable file there"
    )
