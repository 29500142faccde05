"""python -m core: what is said when something is wrong, and what every command has in common."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.analyses.query import TransferQuery
from core.cli import cli

ROOT = Path(__file__).parents[3]


# -- what is wrong, in one line --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["matrix", "{}"], "say which method with --method: ft1, ft2"),
        (
            ["matrix", "{}", "--method", "ftwb9"],
            "no method 'ftwb9' in this study; it has ft1, ft2",
        ),
        (
            ["matrix", "{}", "--method", "pretrain"],
            "no method 'pretrain' in this study; it has ft1, ft2",
        ),
        (["matrix", "{}", "--method", "ft1", "--seed", "7"],
         "method ft1: no run with seed 7; it has 1, 2"),
        (["matrix", "{}", "--method", "ft1", "--checkpoint", "7"],
         "no run of ft1 has checkpoint 7; they have 5, 10"),
        (["matrix", "{}", "--method", "ft1", "--kind", "predicted"],
         "method ft1 has no `predicted_from` in study.toml: nothing predicts it"),
        (["association", "{}", "--method", "ft2", "--json"],
         "method ft2 has no run trained on one task alone, so it has no X→Y; use ft1"),
        (["association", "{}", "--method", "ft1", "--measure", "procrustes"],
         "Procrustes similarity of single-task models needs their representations: the"
         " study's tables hold plain CKA; add representations to [cka] in study.toml"),
        (["association", "{}", "--method", "ft1", "--layer", "9", "--json"],
         "no CKA at layer 9; there are layers 1, 2"),
        (["balance", "{}", "--method", "ft1", "--exclude", "up"],
         "no task 'up' in this study; it has east, north, south, west"),
        (["graph", "{}", "--method", "ft1", "--out", "/nowhere/graph"],
         "/nowhere/graph cannot be written: No such file or directory"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_line_and_exit_1(run, folder, arguments, message):
    code, out, err = run(*(argument.format(folder) for argument in arguments))
    assert (code, out, err) == (1, "", f"error: {message}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix"],
        ["matrix", "{}", "--kind", "wrong"],
        ["matrix", "{}", "--seed", "original"],
        ["matrix", "{}", "--checkpoint", "-5"],
        ["matrix", "{}", "--checkpoint", "final"],
        ["matrix", "{}", "--json", "--csv"],
        ["matrix", "{}", "--bogus"],
        ["graph", "{}", "--threshold", "-1"],
        ["graph", "{}", "--threshold", "inf"],
        ["graph", "{}", "--threshold", "nan"],
        ["nonsense", "{}"],
    ],
)
def test_a_command_line_that_makes_no_sense_is_one_line_and_exit_2(run, folder, arguments):
    code, out, err = run(*(argument.format(folder) for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_an_unreadable_study_names_every_error_a_line_each(run, write_study):
    study = write_study()
    study.replace("study.toml", 'metric = "error"', 'metric = "rmse"')
    study.replace("study.toml", 'predicted_from = "ftwb1"', 'predicted_from = "ftwb7"')
    code, out, err = run("matrix", study.folder, "--method", "ftwb1", "--json")
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("error: study.toml, ") for line in lines)


def test_the_manifest_itself_may_be_named(run_json, folder):
    assert run_json("check", folder / "study.toml", "--json")["ok"]


def test_as_a_process_standard_output_holds_the_json_and_nothing_else(folder):
    command = [sys.executable, "-m", "core", "matrix", str(folder), "--method", "ft1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["method"] == "ft1"
    assert done.stderr == ""
    command[4] = str(folder / "nowhere")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


FULL_DISK = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
NOT_WRITTEN = "error: the result cannot be written: No space left on device\n"


@FULL_DISK
def test_a_full_disk_behind_standard_output_is_one_line_and_exit_1(folder):
    command = [sys.executable, "-m", "core", "matrix", str(folder), "--method", "ft1"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, NOT_WRITTEN)


@FULL_DISK
@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_so_it_is_in_the_other_forms(run, folder, monkeypatch, form):
    # What is still to be written when it is closed goes nowhere, as at the end of a process.
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run("matrix", folder, "--method", "ft1", form) == (1, "", NOT_WRITTEN)


def test_the_core_starts_without_dash(folder):
    code = (
        "import sys; sys.argv = ['core', 'check', sys.argv[1]];"
        "from core.cli.commands import main; main();"
        "print(sorted({'dash', 'plotly', 'flask'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("[]\n")


def test_errors_as_given_are_written_with_their_own_sign(tmp_path):
    rows = [f"{s},{t},{v},{k}" for k in (1, 2) for s, t, v in ERRORS_GIVEN]
    (tmp_path / "r.csv").write_text("\n".join(["sources,target,score,seed", *rows]))
    manifest = '[scale]\nmetric = "error"\n[evaluations]\nlayout = "scores"\npath = "r.csv"\n'
    (tmp_path / "study.toml").write_text(manifest)
    done = CliRunner().invoke(cli, ["plan", str(tmp_path), "--method", "scores", "--size", "1"])
    assert "train on A: mean coverage 1.500 over 2 targets" in done.output
    assert "scores as given, lower is better\n  A from A: 1.000\n  B from A: 2.000" in done.output


ERRORS_GIVEN = (("A", "A", 1.0), ("A", "B", 2.0), ("B", "A", 4.0), ("B", "B", 3.0))


@pytest.mark.parametrize("name", ["matrix", "several", "association", "balance", "predictors"])
def test_what_asks_for_transfer_is_named_as_the_field_of_the_query_that_it_is(name):
    shared = {"folder", "method", "seeds", "exclude", "scale", "checkpoint"}
    taken = {param.name for param in cli.get_command(None, name).params}
    assert shared <= taken
    assert shared - {"folder"} <= {field.name for field in fields(TransferQuery)}
    assert ("include" in taken) == (name not in ("matrix", "several"))
