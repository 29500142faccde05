"""Predictors: read from any table, directed or not, about tasks or runs, with clear messages."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

from core.io import inspect_study
from core.io.changes.change_detection import study_files
from core.study import FINAL, Predictor

SCORES = "sources,target,score\n" + "".join(
    f"{a},{b},0.{i}{j}\n" for i, a in enumerate("xyz") for j, b in enumerate("xyz") if a != b
)
MANIFEST = """\
title = "Estimates"
[evaluations]
layout = "scores"
path = "scores.csv"
"""


@pytest.fixture
def read(tmp_path: Path):
    """`read(section, **files)`: what becomes of a study with this in its manifest."""

    def inspect(section: str, manifest: str = MANIFEST, **files: str):
        (tmp_path / "study.toml").write_text(manifest + section, encoding="utf-8")
        (tmp_path / "scores.csv").write_text(SCORES, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return inspect_study(tmp_path)

    return inspect


def only(inspection) -> Predictor:
    assert inspection.study is not None, inspection.problems
    (predictor,) = inspection.study.predictors
    return predictor


def values(inspection) -> dict[str, float]:
    study, predictor = inspection.study, only(inspection)
    names = [task.name for task in study.tasks]
    return {
        f"{names[s]}{names[t]}": v
        for s, t, v in zip(
            predictor.source.tolist(),
            predictor.target.tolist(),
            predictor.value.tolist(),
            strict=True,
        )
    }


LOGME = '[predictors.logme]\nlabel = "LogME"\npath = "logme.csv"\n'


def test_a_directed_one_of_any_range(read):
    found = read(
        LOGME, logme="source,target,value\nx,y,-1.7\ny,x,-2.2\nx,z,1e3\nz,z,9\nz,x,0\ny,z,1\nz,y,2"
    )
    assert not found.problems
    assert values(found) == {"xy": -1.7, "yx": -2.2, "xz": 1e3, "zx": 0, "yz": 1, "zy": 2}
    predictor = only(found)
    assert (predictor.directed, predictor.label, predictor.higher_is_better) == (
        True,
        "LogME",
        True,
    )
    assert predictor.layers == ()
    assert not predictor.seeded.any()
    assert (predictor.checkpoint == FINAL).all()
    assert predictor.row.tolist() == [2, 4, 3, 7, 6, 8]
    assert predictor.files == ("logme.csv",)


def test_one_row_stands_for_both_orders_where_none_has_its_reverse(read):
    found = read(LOGME, logme="source,target,value\nx,y,0.1\nz,x,0.2\n")
    assert values(found) == {"xy": 0.1, "yx": 0.1, "xz": 0.2, "zx": 0.2}
    assert not only(found).directed
    assert "each pair once: it stands for both orders" in found.recognized[-1]
    one_way = read(LOGME + "directed = true\n", logme="source,target,value\nx,y,0.1\nz,x,0.2\n")
    assert values(one_way) == {"xy": 0.1, "zx": 0.2}
    assert only(one_way).directed


def test_both_orders_alike_are_symmetric_and_fill_each_other(read):
    found = read(LOGME, logme="source,target,value\nx,y,0.1\ny,x,0.1\nz,x,0.2\n")
    assert values(found) == {"xy": 0.1, "yx": 0.1, "xz": 0.2, "zx": 0.2}
    assert not only(found).directed


def test_what_is_called_symmetric_and_is_not_is_an_error(read):
    found = read(
        LOGME + "directed = false\n", logme="source,target,value\nx,y,0.1\ny,x,0.3\nz,x,0.2\n"
    )
    (problem,) = found.problems
    assert str(problem) == (
        "logme.csv, row 2: `x` → `y` is 0.1, the other way round 0.3;"
        " write directed = true under [predictors.logme]"
    )


def test_a_square_table_with_names_of_its_own(read):
    manifest = MANIFEST + '[tasks.x]\naliases = ["Eks"]\nmetric = "score"\n'
    found = read(
        '[predictors."a distance"]\nlayout = "square"\npath = "d.csv"\nbetter = "lower"\n',
        manifest,
        d=";Eks;y;z;other\nEks;;52,5;83,1;1\ny;52,5;;100,4;2\nz;83,1;100,4;;3\nother;1;2;3;\n",
    )
    assert values(found) == {
        "xy": 52.5, "yx": 52.5, "xz": 83.1, "zx": 83.1, "yz": 100.4, "zy": 100.4,
    }  # fmt: skip
    predictor = only(found)
    assert not predictor.higher_is_better
    assert (predictor.name, predictor.label) == ("a distance", "a distance")
    (warning,) = found.problems
    assert str(warning).startswith("d.csv, row 2: no task `other` in this study, which ")


def test_the_rows_of_a_matrix_may_be_targets(read):
    matrix = "target,x,y,z\nx,0,2,3\ny,4,0,6\nz,7,8,0\n"
    section = '[predictors.d]\nlayout = "square"\npath = "d.csv"\ndirected = true\n'
    found = read(section, d=matrix)
    assert values(found)["xy"] == 2.0
    (warning,) = found.problems
    assert 'write rows = "targets" under [predictors.d]' in warning.todo
    found = read(section + 'rows = "targets"\n', d=matrix)
    assert values(found)["yx"] == 2.0
    assert found.problems == ()


def test_columns_filters_layers_seeds_and_checkpoints(read):
    found = read(
        LOGME + "[predictors.logme.columns]\n"
        'source = "from"\ntarget = "to"\nvalue = "nce"\nlayer = "block"\ncheckpoint = "step"\n'
        '[predictors.logme.where]\nkind = "final"\n',
        logme="kind,from,to,nce,block,step,seed\n"
        "final,x,y,1,head,10,0\nfinal,y,x,2,head,10,0\nfinal,x,y,3,body.11,10,0\n"
        "final,x,y,4,head,20,0\nfinal,x,y,5,head,10,1\nother,x,y,9,head,10,0\n",
    )
    predictor = only(found)
    assert predictor.layers == ("head", "body.11")
    assert predictor.layer.tolist() == [0, 0, 0, 0, 1]
    assert predictor.seed.tolist() == [0, 0, 0, 1, 0]
    assert predictor.checkpoint.tolist() == [10, 10, 20, 10, 10]
    assert predictor.value.tolist() == [1, 2, 4, 5, 3]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("", "rows whose state is `crashed` count like all others"),
        ('where = { "state" = "finished" }\n', None),
    ],
)
def test_rows_of_runs_that_came_to_no_end_are_one_warning(read, where, said):
    rows = "x,y,0.5,finished\ny,x,0.5,finished\nx,z,0.25,crashed\nz,x,0.25,crashed\n"
    table = f"source,target,value,state\n{rows}"
    found = read(LOGME + where, logme=table)
    assert len(values(found)) == (2 if where else 4)
    assert [one.found for one in found.problems] == ([said] if said else [])
    if said:
        (warning,) = found.problems
        assert 'where = { "state" = "finished" }' in warning.todo
    # A column that is called so and says something else is none of states.
    assert read(LOGME, logme=table.replace("crashed", "Berlin")).problems == ()


def test_a_column_of_states_with_any_name_is_advised_of_as_toml_has_it(read):
    rows = "x,y,0.5,finished\nx,z,0.25,crashed\n"
    for called, written in (
        ('of "all"\\/state', 'of "all"\\/state'),
        ("ü" * 900 + "/state", "ü" * 80 + "…"),
    ):
        header = called.replace('"', '""')
        table = f'source,target,value,"{header}"\n{rows}'
        (warning,) = read(LOGME, logme=table).problems
        assert f"rows whose {written} is `crashed`" in warning.found
        advice = warning.todo.removeprefix("write ").partition(" under ")[0]
        assert tomllib.loads(advice) == {"where": {written: "finished"}}
    (warning,) = read(LOGME, logme=table.replace("ü" * 900, "a\u202eb\x07")).problems
    assert warning.found.isprintable()
    assert warning.todo.isprintable()


def test_layers_that_are_numbers_are_in_their_order(read):
    found = read(LOGME, logme="source,target,value,layer\nx,y,1,10\nx,y,2,9.0\n")
    assert only(found).layers == (9, 10)


def test_runs_of_one_task_stand_for_it(read, tmp_path):
    manifest = """
[tasks.a]
metric = "accuracy"
[tasks.b]
metric = "accuracy"
[evaluations]
layout = "table"
path = "evaluations.csv"
"""
    evaluations = "run,task,split,checkpoint,value\n" + "".join(
        f"pt,{t},{s},1,0.{5 if s == 'shifted' else 9}\nf{t},{t},shifted,1,0.7\n"
        for t in "ab"
        for s in ("standard", "shifted")
    )
    found = read(
        LOGME
        + '[predictors.logme.columns]\nsource = "exp1"\ntarget = "exp2"\nvalue = "final_cka"\n',
        manifest,
        logme="exp1,exp2,final_cka\na1,b1,0.5\nb1,a1,0.25\na1,b2,0.75\na2,a1,9\n",
        runs="run,method,trained,base,seed\npt,p,a+b,,1\n"
        + "".join(f"{t}{s},single,{t},,{s}\n" for t in "ab" for s in (1, 2))
        + "fa,ft,a,pt,1\nfb,ft,b,pt,1\n",
        evaluations=evaluations,
    )
    predictor = only(found)
    assert predictor.directed
    assert predictor.value.tolist() == [0.75, 0.5, 0.25]
    assert predictor.seeded.tolist() == [False, True, True]
    assert predictor.seed.tolist()[1:] == [1, 1]


@pytest.mark.parametrize(
    ("section", "table", "message"),
    [
        ('path = "none.csv"\n', "", "none.csv: no such file"),
        ('path = "../x.csv"\n', "", "predictors.p.path"),
        ('path = "p.csv"\n', "a,b,c\nx,y,1\n", "p.csv, row 1: no column `source`"),
        ('path = "p.csv"\n', "source,target,value\nx,y,many\n", "value is `many`, not a number"),
        ('path = "p.csv"\n', "source,target,value\nx,y,\n", "no value is a finite number"),
        (
            'path = "p.csv"\n',
            "source,target,value\nu,v,1\n",
            "no row about two tasks of this study",
        ),
        ('path = "p.csv"\n', "source,target,value\nx,y,1\nx,y,2\n", "`x` → `y` a second time: 2.0"),
        ('path = "p.csv"\n', "source,target,value,layer\nx,y,1,\n", "p.csv, row 2: no layer"),
        ('path = "p.csv"\nbetter = "up"\n', "", "predictors.p.better"),
        ('path = "p.csv"\ndirected = "yes"\n', "", "predictors.p.directed"),
        ('path = "p.csv"\nlayout = "long"\n', "", 'use "table" or "square"'),
        ('label = "x"\n', "", "predictors.p.path: is missing"),
        ('path = 3\nread = {decimal = ";"}\n', "", 'use "." or ","'),
    ],
)
def test_what_is_wrong_is_said(read, section, table, message):
    found = read(f"[predictors.p]\n{section}", p=table)
    assert found.study is None
    assert any(message in str(problem) for problem in found.problems), found.problems


def test_repeats_can_be_averaged(read):
    found = read(
        LOGME + 'repeats = "mean"\n', logme="source,target,value\nx,y,1\nx,y,2\nx,y,6\ny,x,1e308\n"
    )
    assert values(found) == {"xy": 3, "yx": 1e308}


def test_pairs_without_a_number_are_one_warning(read):
    found = read(
        LOGME, logme="source,target,value\nx,y,1\ny,x,2\nx,z,NA\nz,x,inf\ny,z,3\nz,y,1\nx,x,\n"
    )
    (warning,) = found.problems
    assert str(warning) == (
        "logme.csv, row 4: 2 pairs without a finite number, first `x` → `z`; they have no value"
    )
    assert not any(math.isnan(v) for v in values(found).values())


def test_two_predictors_with_one_label_and_an_empty_name(read):
    files = {"p": "source,target,value\nx,y,1\n"}
    twice = '[predictors.a]\npath = "p.csv"\n[predictors.b]\nlabel = "a"\npath = "p.csv"\n'
    assert "label `a` is that of predictor `a` too" in str(read(twice, **files).problems[0])
    empty = '[predictors.""]\npath = "p.csv"\n'
    assert "an empty name" in str(read(empty, **files).problems[0])


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "=A1", "<b>x</b>", "\"'", "../x", "1e5"]
)
def test_any_printable_name_will_do(read, name):
    escaped = name.replace('"', '\\"')
    found = read(f'[predictors."{escaped}"]\npath = "p.csv"\n', p="source,target,value\nx,y,1\n")
    assert only(found).name == name


def test_its_file_is_one_of_the_study(read, tmp_path):
    before = read(LOGME, logme="source,target,value\nx,y,1\n").study
    assert tmp_path / "logme.csv" in study_files(tmp_path)
    after = read(LOGME, logme="source,target,value\nx,y,2\n").study
    assert before.digest != after.digest
