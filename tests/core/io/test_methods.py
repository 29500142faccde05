"""What predicts a method where nobody says it: a file opened as it is, and `init`."""

from __future__ import annotations

import json
import tomllib

import pytest

from core.io import inspect_study, open_study
from core.io.methods import of_both_kinds, own_predictions

HEAD = "model,src_lang,tgt_lang,f1\n"
SINGLE = "".join(f"{{0}},{a},{b},0.{n}\n" for n, (a, b) in enumerate(["dd", "df", "fd", "ff"], 3))
SEVERAL = "{0},d+f,d,0.8\n{0},d+f,f,0.7\n"


@pytest.fixture
def results(tmp_path):
    def write(text: str):
        path = tmp_path / "results.csv"
        path.write_text(HEAD + text)
        return path

    return write


def test_a_file_with_runs_of_both_kinds_predicts_those_on_several(results):
    path = results((SINGLE + SEVERAL).format("mT5 small"))
    found = inspect_study(path)
    assert found.study is not None
    assert found.reading is not None
    (method,) = found.study.tested_methods
    assert method.is_self_predicted
    assert found.reading.fact("Predicted from itself") == "mT5 small"


def test_methods_of_one_kind_alone_are_predicted_from_nothing(results):
    path = results(SINGLE.format("one") + SEVERAL.format("two"))
    found = inspect_study(path)
    assert found.study is not None
    assert found.reading is not None
    assert [method.predicted_from for method in found.study.methods] == [None, None]
    assert of_both_kinds(found.study.runs) == ()
    assert own_predictions(found.study) == ""
    assert found.reading.fact("Predicted from itself") == ""


def test_init_writes_and_says_what_predicts(results, run):
    name = 'mT5 "xl"'
    csv = '"mT5 ""xl"""'
    path = results((SINGLE + SEVERAL).format(csv) + SINGLE.format("alone"))
    code, _, err = run("init", str(path))
    assert code == 0, err
    said = f"of {name} its runs on one task predict its runs on several"
    assert f"assumed: {said}" in err
    text = (path.parent / "study.toml").read_text()
    assert f"# assumed: {said}" in text
    assert tomllib.loads(text)["methods"] == {name: {"predicted_from": name}}
    study = open_study(path.parent)
    assert {m.name: m.predicted_from for m in study.methods} == {name: name, "alone": None}
    asked = ("matrix", str(path.parent), "--method", name, "--kind", "difference", "--json")
    code, out, err = run(*asked)
    assert code == 0, err
    assert [row["sources"] for row in json.loads(out)["rows"]] == [["d", "f"]]


def test_init_of_runs_on_one_task_writes_no_methods(results, run):
    path = results(SINGLE.format("one"))
    assert run("init", str(path))[0] == 0
    assert "[methods" not in (path.parent / "study.toml").read_text()
