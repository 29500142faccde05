"""Rows such as `multitask`, `all`, `joint`: a run trained on all tasks, never a task of its own."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.analyses.query import TransferQuery
from core.io import inspect_study
from core.io.names.source_words import whole_among
from core.transfer.build import transfer_matrix

LANGUAGES = ("de", "fr", "hu")
NOT_SAID = "source `{}` is read as a task of its own"


def values(word: str):
    """(source, target, score) of three languages and a run on all of them."""
    cells = [(a, b, 0.9 if a == b else 0.5) for a in LANGUAGES for b in LANGUAGES]
    return cells + [(word, b, 0.8) for b in LANGUAGES]


def as_long(word: str) -> str:
    return "src_lang,tgt_lang,f1\n" + "".join(f"{a},{b},{v}\n" for a, b, v in values(word))


def as_wide(word: str) -> str:
    rows = {a: [f"{v}" for b, _, v in values(word) if b == a] for a in (*LANGUAGES, word)}
    head = ",".join(f"eval/{b}/f1" for b in LANGUAGES)
    return f"train_lang,{head}\n" + "".join(f"{a},{','.join(v)}\n" for a, v in rows.items())


def as_square(word: str) -> str:
    rows = {a: [f"{v}" for b, _, v in values(word) if b == a] for a in (*LANGUAGES, word)}
    return f"f1,{','.join(LANGUAGES)}\n" + "".join(f"{a},{','.join(v)}\n" for a, v in rows.items())


FORMS = {"long": as_long, "wide": as_wide, "square": as_square}


def opened(tmp_path, text: str):
    path = tmp_path / "f1.csv"
    path.write_text(text)
    found = inspect_study(path)
    assert found.study is not None, found.problems
    return found


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize(
    "word",
    ["multitask", "Multi-Task", "all", "All languages", "joint", "mixed", "everything", "MTL",
     "multilingual", "joint training", "pooled_data"],
)  # fmt: skip
def test_the_row_is_a_run_trained_on_all_tasks(tmp_path, form, word):
    found = opened(tmp_path, FORMS[form](word))
    assert [task.name for task in found.study.tasks] == list(LANGUAGES)
    matrix = transfer_matrix(found.study, TransferQuery(found.study.methods[0].name))
    assert matrix.sources == (*((one,) for one in LANGUAGES), LANGUAGES)
    assert matrix.values[-1].tolist() == [0.8] * 3
    assert matrix.trained[-1].all()
    assert found.reading.fact("A run on all tasks") == word
    said = f"{word} is no task but a run trained on all tasks that other rows are trained on"
    assert any(said in text for text in found.recognized)
    assert not found.problems


@pytest.mark.parametrize("form", sorted(FORMS))
def test_init_writes_and_says_it(tmp_path, run, form):
    path = tmp_path / "f1.csv"
    path.write_text(FORMS[form]("multitask"))
    code, out, err = run("init", str(path), "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["sources"] == [*LANGUAGES, "de+fr+hu"]
    assert any(text.startswith("multitask is no task") for text in report["assumed"])
    assert 'everything = "multitask"' in (tmp_path / "study.toml").read_text()


def test_a_wide_table_asks_whether_a_row_is_zero(tmp_path, run):
    path = tmp_path / "f1.csv"
    path.write_text(as_wide("scratch"))
    code, _, err = run("init", str(path))
    assert code == 0
    assert "not known: whether scratch is what no transfer reaches: --zero source:scratch" in err


def test_what_was_trained_on_nothing_is_not_among_all(tmp_path):
    rows = "scratch,de,0.1\nscratch,fr,0.1\nscratch,hu,0.1\n"
    found = opened(tmp_path, as_long("all") + rows)
    assert LANGUAGES in {run.trained for run in found.study.runs}


def test_a_target_nobody_is_trained_on_is_named(tmp_path):
    found = opened(tmp_path, as_long("all") + "de,it,0.4\nfr,it,0.4\nall,it,0.6\n")
    assert any("other rows are trained on, not on it" in text for text in found.recognized)
    matrix = transfer_matrix(found.study, TransferQuery("scores"))
    assert matrix.trained[-1].tolist() == [True, True, True, False]


def test_all_on_both_sides_is_a_run_and_an_average(tmp_path):
    more = "".join(f"{a},all,0.6\n" for a in (*LANGUAGES, "all"))
    found = opened(tmp_path, as_long("all") + more)
    assert [task.name for task in found.study.tasks] == list(LANGUAGES)
    assert any("all is no target but an average over all" in one for one in found.recognized)
    matrix = transfer_matrix(found.study, TransferQuery("scores"))
    assert matrix.sources[-1] == LANGUAGES
    assert np.isfinite(matrix.values).all()


def test_of_two_such_rows_none_is_taken_and_neither_is_a_task(tmp_path):
    more = "".join(f"mixed,{b},0.7\n" for b in LANGUAGES)
    found = opened(tmp_path, as_long("joint") + more)
    assert [task.name for task in found.study.tasks] == list(LANGUAGES)
    assert any(
        "joint, mixed may each be a run trained on all tasks, are no tasks and left out;"
        ' everything = "NAME" under [evaluations] takes one of them for it' in text
        for text in found.recognized
    )


def test_a_target_of_that_name_is_a_task():
    assert whole_among(["de", "fr", "mix"], ["de", "fr", "mix"]) == []
    assert whole_among(["de", "fr", "mix"], ["de", "fr"]) == ["mix"]
    assert whole_among(["de", "all"], ["de", "fr"]) == []
    assert whole_among(["de", "fr", "allnli", "multinli", "small"], ["de"]) == []


MANIFEST = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'


def described(tmp_path, manifest: str, word: str = "multitask"):
    (tmp_path / "scores.csv").write_text(
        as_long(word).replace("src_lang,tgt_lang,f1", "sources,target,score")
    )
    (tmp_path / "study.toml").write_text(manifest)
    return inspect_study(tmp_path)


def test_check_says_where_a_manifest_leaves_it_a_task(tmp_path, run):
    found = described(tmp_path, MANIFEST)
    (problem,) = map(str, found.problems)
    assert problem == (
        "scores.csv: source `multitask` is read as a task of its own; if it is a run trained on"
        ' all tasks that other rows are trained on, write everything = "multitask" under'
        ' [evaluations]; if it is a task, name it as [tasks."multitask"]'
    )
    assert found.reading.fact("Sources") == "multitask counts as a task, not as all of them"
    assert problem in run("check", str(tmp_path))[2]


def test_a_task_that_the_manifest_names_is_one(tmp_path):
    found = described(tmp_path, MANIFEST + "[tasks.multitask]\n")
    assert not [p for p in found.problems if "task of its own" in str(p)]
    assert found.reading.fact("Sources") == ""


def test_everything_without_such_a_row_is_a_warning(tmp_path):
    found = described(tmp_path, MANIFEST + 'everything = "joint"\n')
    said = [str(one) for one in found.problems]
    assert (
        "study.toml, evaluations.everything: everything = `joint`, and no row is trained on that"
        " beside others; correct it; sources are de, fr, hu, multitask"
    ) in said


def test_aliases_and_sets_count_as_what_they_are(tmp_path):
    (tmp_path / "scores.csv").write_text(
        "sources,target,score\nde+fr,de,1\nGerman,de,1\nhu,fr,0.5\nall,de,0.7\n"
    )
    manifest = MANIFEST + 'everything = "all"\n[tasks.de]\naliases = ["German"]\n'
    (tmp_path / "study.toml").write_text(manifest)
    found = inspect_study(tmp_path)
    assert found.study is not None
    assert set(found.study.runs[-1].trained) == {"de", "fr", "hu"}
