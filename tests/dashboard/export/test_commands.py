"""python -m core export, report: files in each format, and one sentence for what is wrong."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path

import pytest

from tests.studies import write_study_files

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A small study; results are kept beside it."""
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    return write_study_files(tmp_path / "study", cka=True).folder


def test_everything_is_written_and_named(run, folder, tmp_path):
    out = tmp_path / "out"
    code, said, told = run("export", folder, "--out", out)
    assert code == 0
    assert {Path(line) for line in said.splitlines()} == set(out.iterdir())
    lines = told.splitlines()
    assert lines[0] == "0 of 20 tabs, Overview, FTWB1"
    assert "20 of 20 tabs" in lines
    assert lines[-1].endswith(f"tables; {out / 'index.html'} lists them")
    assert any(line.startswith("warning: not shown: transfer-predicted") for line in lines)
    assert "<!DOCTYPE html>" in (out / "representations-matrix.html").read_text()


def test_json_tells_what_was_written(run, folder, tmp_path):
    code, said, _ = run(
        "export", folder, "--out", tmp_path / "out", "--method", "ftwb2", "--json", "--seed", 42
    )
    report = json.loads(said)
    assert code == 0
    assert (report["format"], report["style"], report["methods"]) == ("html", "screen", ["FTWB2"])
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(report["files"])
    # One method: nothing needs its name.
    assert "transfer-actual.html" in report["files"]


def test_what_was_chosen_is_in_the_captions(run, folder, tmp_path):
    out = tmp_path / "out"
    chosen = ("--convention", "strict", "--checkpoint", 9000, "--layer", 4, "--include", "crossing")
    code, _, _ = run("export", folder, "--out", out, "--method", "ftwb1", *chosen)
    assert code == 0
    captions = (out / "captions.txt").read_text()
    assert "strict scale · checkpoint 9,000 · layer 4 · study digest" in captions


def test_a_report_is_one_file(run, folder, tmp_path):
    path = tmp_path / "report.html"
    code, said, _ = run("report", folder, "--out", path)
    assert (code, said) == (0, f"{path}\n")
    assert "<title>Tiny</title>" in path.read_text()


def test_files_that_are_there_are_not_replaced_without_being_asked(run, folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("index.html", "report.html", "captions.txt"):
        (out / name).write_text("mine")
    code, said, told = run("export", folder, "--out", out)
    assert (code, said) == (1, "")
    assert told == (
        f"error: index.html, report.html, captions.txt are in {out} already: choose another place"
        " with --out, or replace what is there with --force\n"
    )
    assert {path.read_text() for path in out.iterdir()} == {"mine"}
    report = out / "report.html"
    assert "report.html is in" in run("report", folder, "--out", report)[2]
    assert run("export", folder, "--out", out, "--force")[0] == 0
    assert "mine" not in {path.read_text() for path in out.iterdir()}
    report.write_text("mine")
    assert run("report", folder, "--out", report, "--force")[0] == 0
    assert "<title>Tiny</title>" in report.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--method", "nowhere"], 1, "no method nowhere in this study: there is ftwb1, ftwb2"),
        (["--seed", "7"], 1, "FTWB1 is left out: ftwb1 has no seed “7”"),
        (["--layer", "9"], 1, "No layer “9” in this study"),
        (["--include", "distance"], 1, "No task “distance” to include in this study"),
        (["--measure", "procrustes"], 1, "No measure of similarity “procrustes”"),
        (["--measure", "procrustes", "--debiased"], 2, "only CKA has a debiased form"),
        (["--format", "gif"], 2, "'gif' is not one of"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_line(
    run, folder, tmp_path, arguments, code, sentence
):
    out = tmp_path / "out"
    found, said, told = run("export", folder, "--out", out, *arguments)
    assert (found, said) == (code, "")
    assert sentence in told
    assert len(told.splitlines()) == 1
    assert not out.exists() or not list(out.iterdir())


def test_a_study_that_cannot_be_read_is_named(run, folder, tmp_path):
    (folder / "study.toml").write_text("[tasks")
    code, said, told = run("export", folder, "--out", tmp_path / "out")
    assert (code, said) == (1, "")
    assert told.startswith("error: study.toml")


def test_without_a_chrome_images_are_one_sentence(run, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    code, said, told = run("export", folder, "--out", tmp_path / "out", "--format", "pdf")
    assert (code, said) == (1, "")
    assert told == f"error: CHROMIUM={tmp_path / 'none'} is no program that can be started\n"
    monkeypatch.delenv("CHROMIUM")
    chromium = importlib.import_module("choreographer.browsers.chromium").Chromium
    monkeypatch.setattr(chromium, "find_browser", lambda **_: None)
    code, _, told = run("export", folder, "--out", tmp_path / "out", "--format", "png")
    assert code == 1
    assert told.startswith("error: SVG, PDF and PNG are drawn by a Chrome, and none was found")
    assert len(told.splitlines()) == 1


def test_a_browser_that_is_none_is_one_sentence(run, folder, tmp_path, monkeypatch):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(broken))
    code, said, told = run("export", folder, "--out", tmp_path / "out", "--format", "svg")
    assert (code, said) == (1, "")
    assert told.splitlines()[-1].startswith(f"error: {broken} could not be started")
    assert "TMPDIR" not in told
    long = tmp_path / "a folder whose name is longer than those of sockets"
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    code, said, told = run("export", folder, "--out", tmp_path / "out", "--format", "svg")
    assert told.splitlines()[-1].endswith("sockets it makes there: set TMPDIR=/tmp")


def test_without_the_dashboard_it_says_what_is_lacking(run, folder, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("dashboard.export")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dashboard.export", None)
    code, _, told = run("export", folder, "--out", tmp_path / "out")
    assert code == 1
    assert told.startswith("error: export draws figures and needs dashboard.export: ")


def test_a_terminal_gets_a_bar(run, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, _, told = run("report", folder, "--out", tmp_path / "report.html")
    assert code == 0
    assert "20/20" in told
