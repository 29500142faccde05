"""How a file was read can be told in full."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from core.cli import cli
from core.io import inspect_study

LONG = "src,dst,f1,lang\nA,B,0.5,en\nB,A,0.25,en\nA,A,0.9,de\n"
MANIFEST = """\
title = "Told"
[scale]
metric = "error"
zero = 1.0
[evaluations]
layout = "scores"
path = "scores.csv"
repeats = "mean"
[evaluations.columns]
sources = "src"
target = "dst"
score = "f1"
[evaluations.where]
lang = ["en", "fr"]
[evaluations.read]
missing = ["nil"]
delimiter = ","
"""


def test_what_a_manifest_tells(tmp_path: Path):
    (tmp_path / "scores.csv").write_text(LONG)
    (tmp_path / "study.toml").write_text(MANIFEST)
    reading = inspect_study(tmp_path).reading
    assert reading is not None
    assert reading.manifest
    assert (reading.path, reading.form) == ("scores.csv", "a long table of scores")
    assert dict(reading.facts) == {
        "Columns": "sources = src, target = dst, score = f1",
        "Rows that count": "lang = en, fr",
        "Direction": "lower is better",
        "Scale": "gain over zero = 1",
        "The same cell again": "its mean",
        "Words for nothing": "nil",
        "Read with": "delimiter ','",
    }
    assert reading.fact("Order of training") == ""


def test_a_file_without_a_manifest(tmp_path: Path):
    path = tmp_path / "f1.csv"
    path.write_text("src_lang,tgt_lang,f1\nA,B,0.5\nB,A,0.25\n")
    reading = inspect_study(path).reading
    assert reading is not None
    assert not reading.manifest
    assert reading.fact("Direction") == "higher is better"
    assert reading.fact("Scale") == "as given, no zero"
    assert "src_lang" in reading.fact("Columns")


def test_what_cannot_be_read_has_no_reading(tmp_path: Path):
    (tmp_path / "study.toml").write_text('[evaluations]\nlayout = "scores"\npath = "x.csv"\n')
    assert inspect_study(tmp_path).reading is None


SQUARE = "trained on,A,B\nA,92,40\nB,50,88\n{row}"


def line_facts(path: Path) -> tuple[str, str]:
    reading = inspect_study(path).reading
    assert reading is not None
    return reading.fact("Direction"), reading.fact("Sources")


def test_a_direction_that_was_assumed_is_said_to_be_until_somebody_knows(tmp_path: Path):
    path = tmp_path / "comma.csv"
    path.write_text(SQUARE.format(row=""))
    assert line_facts(path) == ("higher is better (assumed)", "")
    CliRunner().invoke(cli, ["init", str(path), "--yes"], catch_exceptions=False)
    manifest = tmp_path / "study.toml"
    text = manifest.read_text()
    assert 'metric = "score"  # assumed, as nothing tells which is better\n' in text
    assert line_facts(tmp_path) == ("higher is better (assumed)", "")
    for told, direction in (
        ('metric = "score"', "higher is better"),
        ('metric = "error"  # assumed, as nothing tells', "lower is better"),
    ):
        manifest.write_text(re.sub('metric = "score".*', told, text))
        assert line_facts(tmp_path) == (direction, "")


def test_a_source_that_may_be_zero_counts_as_one_until_it_is_said(tmp_path: Path):
    path = tmp_path / "acc.csv"
    path.write_text(SQUARE.format(row="none,31,33\n"))
    assert line_facts(path)[1] == "none counts as a source, not as zero"
    path.write_text(SQUARE.format(row="none,31,33\nscratch,30,30\n"))
    assert line_facts(path)[1] == "none, scratch count as sources, not as zero"
    path.write_text(SQUARE.format(row="none,31,33\n"))
    done = CliRunner().invoke(cli, ["init", str(path), "--zero", "source:none"])
    assert done.exit_code == 0
    assert "not known" not in done.output
    assert line_facts(tmp_path) == ("higher is better", "")
