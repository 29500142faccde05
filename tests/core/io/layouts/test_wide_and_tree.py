"""Layouts `wide` and `tree`, with runs of ours and without; globs and fields in names of files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.evaluations import Split
from core.io import inspect_study, open_study, study_files
from core.io.file_patterns import is_too_wild
from tests.core.io.recognition.test_forms import PLAIN, read, written

RUNS = (
    "run,method,trained,base,seed\nbase,pretrain,a_x+b,,1\nft-a,ft,a_x,base,1\nft-b,ft,b,base,1\n"
)
TASKS = '[tasks.a_x]\nmetric = "accuracy"\n[tasks.b]\nmetric = "accuracy"\n'
WIDE = "run,a_x_id,a_x_ood,b_id,b_ood\nbase,0.9,0.3,0.8,0.4\nft-a,,0.7,,0.5\nft-b,,0.4,,0.7\n"


def study(folder: Path, evaluations: str, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "study.toml").write_text(evaluations)
    return folder


def shifted(folder: Path) -> list[list[float]]:
    return open_study(folder).evaluations.grid(Split.SHIFTED).values.tolist()


def test_a_wide_table_of_runs(tmp_path):
    layout = '[evaluations]\nlayout = "wide"\npath = "w.csv"\nvalue = "{task}_{split}"\n'
    layout += 'splits = {standard = "id", shifted = "ood"}\n'
    folder = study(tmp_path, TASKS + layout, {"w.csv": WIDE, "runs.csv": RUNS})
    assert shifted(folder) == [[0.3, 0.4], [0.7, 0.5], [0.4, 0.7]]
    standard = open_study(folder).evaluations.grid(Split.STANDARD).values
    np.testing.assert_array_equal(standard[0], [0.9, 0.8])
    assert open_study(folder).evaluations.source(0) == "w.csv, row 2"
    assert study_files(folder) == tuple(folder / n for n in ("runs.csv", "study.toml", "w.csv"))


def test_a_column_that_does_not_fit_is_said(tmp_path):
    layout = '[evaluations]\nlayout = "wide"\npath = "w.csv"\nvalue = "{task}:{split}"\n'
    folder = study(tmp_path, TASKS + layout, {"w.csv": WIDE, "runs.csv": RUNS})
    assert "no column fits value" in str(inspect_study(folder).problems[0])


def test_a_tree_of_scores(tmp_path):
    layout = (
        '[evaluations]\nlayout = "tree"\nvalue = "eval.{target}.accuracy"\n'
        'path = "{target}/{source}/{method}-s{seed}/eval_results.json"\n'
    )
    files = {
        f"{target}/{source}/ft-s{seed}/eval_results.json": json.dumps(
            {"eval": {target: {"accuracy": value + seed}}}
        )
        for source, target, value in (("A", "B", 0.25), ("B", "A", 0.5))
        for seed in (1, 2)
    }
    folder = study(tmp_path, layout, files)
    found = open_study(folder)
    assert found.seeds_of("ft") == (1, 2)
    assert sorted(found.evaluations.value.tolist()) == [1.25, 1.5, 2.25, 2.5]
    places = {found.evaluations.source(i) for i in range(4)}
    assert "B/A/ft-s1/eval_results.json" in places
    assert len(study_files(folder)) == 5


def test_a_tree_says_what_joins_a_training_set(tmp_path):
    layout = (
        '[evaluations]\nlayout = "tree"\nvalue = "acc"\npath = "{sources}/{target}.json"\n'
        'joined_by = "&"\nleave_out = ["all"]\n'
    )
    scores = {("a", "a"): 1, ("a", "b"): 0.5, ("a&b", "b"): 0.75, ("all", "a"): 0.1}
    files = {f"{s}/{t}.json": json.dumps({"acc": acc}) for (s, t), acc in scores.items()}
    found = open_study(study(tmp_path, layout, files))
    assert [task.name for task in found.tasks] == ["a", "b"]
    assert {run.trained for run in found.runs} == {("a",), ("a", "b")}


def test_a_tree_of_runs(tmp_path):
    layout = (
        '[evaluations]\nlayout = "tree"\nvalue = "metrics.0"\n'
        'path = "out/{run}/{task}.{split}.json"\nsplits = {standard = "id", shifted = "ood"}\n'
    )
    files = {"runs.csv": RUNS}
    for run, a, b in (("base", 0.3, 0.4), ("ft-a", 0.7, 0.5), ("ft-b", 0.4, 0.7)):
        files[f"out/{run}/a_x.ood.json"] = json.dumps({"metrics": [a]})
        files[f"out/{run}/b.ood.json"] = json.dumps({"metrics": [b]})
    files["out/base/a_x.id.json"] = files["out/base/b.id.json"] = json.dumps({"metrics": [0.9]})
    assert shifted(study(tmp_path, TASKS + layout, files)) == [[0.3, 0.4], [0.7, 0.5], [0.4, 0.7]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"eval": {}}', "no such key"),
        ('{"eval": {"B": {"accuracy": "high"}}}', "no number there"),
        ("{", "not JSON"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_file_of_a_tree_without_its_number_is_said(tmp_path, text, sentence):
    layout = (
        '[evaluations]\nlayout = "tree"\nvalue = "eval.{target}.accuracy"\n'
        'path = "{target}/{source}/r.json"\n'
    )
    folder = study(tmp_path, layout, {"B/A/r.json": text})
    assert any(sentence in str(problem) for problem in inspect_study(folder).problems)


def test_no_file_that_fits_and_no_field_that_is_needed_are_said(tmp_path):
    layout = '[evaluations]\nlayout = "tree"\nvalue = "x"\npath = "{target}/r.json"\n'
    folder = study(tmp_path, layout, {})
    assert "no file fits" in str(inspect_study(folder).problems[0])
    study(tmp_path, layout, {"B/r.json": "{}"})
    assert "no field `{sources}`" in str(inspect_study(folder).problems[0])


def test_files_by_pattern_with_fields_and_rows_that_count(tmp_path):
    layout = (
        '[evaluations]\nlayout = "scores"\npath = "{method}_s{seed}.csv"\n'
        '[evaluations.columns]\nsources = "{kind}-{src}"\ntarget = "dst"\nscore = "f1"\n'
        '[evaluations.where]\nsplit = ["test", "dev"]\nfold = 1\n'
    )
    text = "kind,src,dst,f1,split,fold\nm,A,B,0.5,test,1\nm,A,C,0.4,dev,1.0\nm,B,A,0.1,train,1\n"
    folder = study(tmp_path, layout, {"x_s1.csv": text, "y_s2.csv": text.replace("0.5", "0.6")})
    found = open_study(folder)
    assert [method.name for method in found.tested_methods] == ["x", "y"]
    assert found.seeds_of("y") == (2,)
    assert {run.trained for run in found.runs} == {("m-A",)}
    assert found.evaluations.source(0) == "x_s1.csv, row 2"


def test_a_pattern_of_too_many_kinds_is_said(tmp_path):
    (tmp_path / "study.toml").write_text(
        f'title = "x"\n[evaluations]\nlayout = "scores"\npath = "{"*" * 3000}.csv"\n'
    )
    (tmp_path / "s.csv").write_text("sources,target,score\na,b,0.2\n")
    (problem,) = inspect_study(tmp_path).problems
    assert problem.found.endswith("has more than 5 wildcards and fields")
    assert is_too_wild("{a}/{a}*/{b}_*_{c}_*.csv")
    assert not is_too_wild("runs/**/{method}_{seed}*.csv")


@pytest.mark.parametrize("name", ["t.tex", "t.html"])
def test_rows_that_stand_in_one_line_of_a_file_keep_their_numbers(tmp_path, name):
    rows = [["Method", "Source", "A", "B"], ["x", "A", ".9", ".4"], ["x", "B", ".3", ".8"]]
    if name == "t.tex":
        body = r" \\ ".join(" & ".join(row) for row in rows)
        text = rf"\begin{{tabular}}{{llcc}} {body} \\ \end{{tabular}}"
    else:
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        text = f"<table><tr>{'</tr><tr>'.join(cells)}</tr></table>"
    _, found = read(written(tmp_path / name, text), "--metric", "accuracy")
    assert found == {"x": PLAIN}
