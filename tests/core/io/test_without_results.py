"""Studies of similarity or predictors alone: they open, and what needs transfer says so."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from core.cli.commands import cli
from core.errors import RequestError
from core.io import inspect_study
from core.similarity.matrix import similarity_matrix
from core.similarity.predictor_matrix import predictor_matrix
from core.similarity.query import SimilarityQuery

RUNS = "run,method,trained,base,seed\nast,single,ast,,0\nclap,single,clap,,0\nh,single,hubert,,0\n"
CKA = "exp1,exp2,layer,final_cka\nast,clap,0,0.75\nast,h,0,0.5\nclap,h,0,0.25\n"
SQUARE = ",ast,clap,b+c\nast,1,0.75,1\nclap,0.75,1,1\n"


@pytest.fixture
def read(tmp_path):
    def inspect(manifest: str, **files: str):
        (tmp_path / "study.toml").write_text(manifest)
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return inspect_study(tmp_path)

    return inspect


def test_similarity_alone_opens_with_the_tasks_of_its_runs(read):
    found = read('[cka]\nsummary = "cka.csv"\n', runs=RUNS, cka=CKA)
    assert found.problems == ()
    assert [task.name for task in found.study.tasks] == ["ast", "clap", "hubert"]
    assert found.study.tested_methods == ()
    assert len(found.study.evaluations) == 0
    assert similarity_matrix(found.study).values[0, 2] == 0.5


def test_predictors_alone_open_with_the_tasks_they_name(read):
    found = read('[predictors.cka]\nlayout = "square"\npath = "p.csv"\n', p=SQUARE)
    assert [task.name for task in found.study.tasks] == ["ast", "clap"]
    values = predictor_matrix(found.study, SimilarityQuery(predictor="cka")).values
    assert values[0, 1] == values[1, 0] == 0.75


def test_tasks_that_are_named_stay_as_they_are(read):
    tasks = '[tasks.clap]\nlabel = "C"\n[tasks.ast]\n[tasks.hubert]\n'
    found = read(tasks + '[cka]\nsummary = "cka.csv"\n', runs=RUNS, cka=CKA)
    assert [task.label for task in found.study.tasks] == ["C", "ast", "hubert"]


def test_what_is_wrong_is_still_said(read):
    (problem,) = read('[cka]\nsummary = "cka.csv"\n', cka=CKA).problems
    assert str(problem).startswith("runs.csv: no such file")
    assert "evaluations: is missing" in str(read('title = "x"\n').problems[0])
    twice = read('[predictors.a]\npath = "none.csv"\n').problems
    assert [problem.file for problem in twice] == ["none.csv"]


@pytest.mark.parametrize("command", ["matrix", "association", "balance", "graph", "predictors"])
@pytest.mark.parametrize("method", [[], ["--method", "ft"]])
def test_commands_that_need_transfer_say_so_in_one_sentence(read, tmp_path, command, method):
    read('[cka]\nsummary = "cka.csv"\n', runs=RUNS, cka=CKA)
    result = CliRunner().invoke(cli, [command, str(tmp_path), *method])
    assert isinstance(result.exception, RequestError)
    assert str(result.exception).startswith("this study has no transfer yet: add [evaluations] to")


def test_check_and_similarity_work(read, tmp_path):
    read('[cka]\nsummary = "cka.csv"\n', runs=RUNS, cka=CKA)
    assert CliRunner().invoke(cli, ["check", str(tmp_path)]).exit_code == 0
    assert '"values"' in CliRunner().invoke(cli, ["similarity", str(tmp_path)]).output
