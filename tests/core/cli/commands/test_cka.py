"""python -m core cka: its tables, what it says, and how it is stopped."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.cli import progress, workers
from core.cli.commands import cka, main
from core.io import inspect_study, open_study
from core.similarity.sweep import Measure, Progress, sweep
from tests.core.sweeps import add_run, save, write_sweep_study

ROOT = Path(__file__).parents[4]


@pytest.fixture
def files(tmp_path):
    return write_sweep_study(tmp_path / "study")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command line: (exit code, stdout, stderr); results and tables below tmp_path."""
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["core", "cka", *map(str, arguments), "--jobs", "1"])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def start(folder: Path, out: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command in a process of its own, in a process group of its own as on a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "core", "cka", str(folder), "--out", str(out), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "CACHE_DIR": str(out.parent / "cache")},
    )


def test_the_tables_are_those_a_study_reads(files, run, tmp_path):
    code, out, err = run(files.folder)
    assert (code, out) == (0, "cka_summary.csv\ncka_checkpoints.csv\n")
    assert err.splitlines() == [
        "0 of 40 pairs, 0 of 2 layers",
        "40 of 40 pairs, 2 of 2 layers",
        "60 pairs, 40 computed, 0 from the cache",
    ]
    summary, steps = rows(tmp_path / "cka_summary.csv"), rows(tmp_path / "cka_checkpoints.csv")
    assert list(summary[0]) == ["exp1", "exp2", "layer", "final_cka"]
    assert list(steps[0]) == ["exp1", "exp2", "layer", "checkpoint", "cka"]
    assert (len(summary), len(steps)) == (20, 40)


def test_a_study_reads_back_the_very_numbers(files, run):
    study = open_study(files.folder)
    run(files.folder, "--out", files.folder)
    files.replace(
        "study.toml",
        "[cka]\n",
        '[cka]\nsummary = "cka_summary.csv"\ncheckpoints = "cka_checkpoints.csv"\n',
    )
    inspection = inspect_study(files.folder)
    assert inspection.problems == ()
    table = inspection.study.cka
    read = {
        (study.runs[a].name, study.runs[b].name, layer, step): value
        for a, b, layer, step, value in zip(
            table.first.tolist(),
            table.second.tolist(),
            table.layer.tolist(),
            table.checkpoint.tolist(),
            table.value.tolist(),
            strict=True,
        )
    }
    expected = {
        (a, b, cell.layer, -1 if cell.checkpoint == "last" else cell.checkpoint): value
        for cell in sweep(study).cells
        for a, b, value in cell.pairs()
    }
    assert read == expected


def test_only_what_is_asked_for_is_written(files, run, tmp_path):
    assert run(files.folder, "--checkpoint", "last", "--layer", "2")[1] == "cka_summary.csv\n"
    assert {row["layer"] for row in rows(tmp_path / "cka_summary.csv")} == {"2"}
    assert run(files.folder, "--checkpoint", "20")[1] == "cka_checkpoints.csv\n"
    assert {row["checkpoint"] for row in rows(tmp_path / "cka_checkpoints.csv")} == {"20"}


def test_other_measures_have_other_names_and_say_so(files, run, tmp_path):
    run(files.folder)
    _, out, _ = run(files.folder, "--debiased")
    assert out == "cka_debiased_summary.csv\ncka_debiased_checkpoints.csv\n"
    (row, *_) = rows(tmp_path / "cka_debiased_summary.csv")
    assert (list(row), row["measure"]) == (
        ["exp1", "exp2", "layer", "final_cka", "measure"],
        "debiased",
    )
    _, out, _ = run(files.folder, "--measure", "procrustes")
    assert out == "procrustes_summary.csv\nprocrustes_checkpoints.csv\n"
    (row, *_) = rows(tmp_path / "procrustes_checkpoints.csv")
    assert list(row) == ["exp1", "exp2", "layer", "checkpoint", "procrustes"]
    code, _, err = run(files.folder, "--debiased", "--measure", "procrustes")
    assert code == 2
    assert "only CKA has a debiased form" in err


def test_json_is_one_object_on_standard_output(files, run):
    save(files, "r1", 1, 20, np.ones((24, 4)))
    code, out, err = run(files.folder, "--json", "--out", "there")
    report = json.loads(out)
    assert code == 0
    assert report["files"] == {
        "summary": "there/cka_summary.csv",
        "checkpoints": "there/cka_checkpoints.csv",
    }
    assert (report["measure"], report["debiased"]) == ("cka", False)
    assert (report["computed"], report["from_cache"]) == (36, 0)
    assert report["cells"][0] == {
        "layer": 1,
        "checkpoint": 10,
        "runs": ["r0", "r1", "r2", "r3", "r4"],
    }
    (warning,) = report["warnings"]
    assert warning["file"] == "representations/r1/layer1/checkpoint-20.npy"
    assert err.count("warning: ") == 1


def test_tables_that_are_there_are_not_replaced_unasked(files, run, tmp_path):
    table = tmp_path / "cka_summary.csv"
    table.write_text("mine")
    code, out, err = run(files.folder)
    assert (code, out) == (1, "")
    assert err == (
        "error: cka_summary.csv is there already: choose another folder with --out, or replace it"
        " with --force\n"
    )
    assert table.read_text() == "mine"
    assert run(files.folder, "--force")[0] == 0
    assert len(rows(table)) == 20
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [
        "cka_checkpoints.csv",
        "cka_summary.csv",
    ]


def test_a_table_that_cannot_be_written_is_one_line(files, run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    code, _, err = run(files.folder, "--out", "file/below")
    assert (code, err) == (1, "error: file/below cannot be made: Not a directory\n")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    code, out, err = run(files.folder)
    assert (code, out) == (1, "")
    assert err.endswith("error: cka_summary.csv cannot be written: No space left on device\n")
    assert not list(tmp_path.glob("*.csv*"))
    assert not list(tmp_path.glob(".*csv*"))


def test_names_that_csv_must_quote_come_back(tmp_path, run):
    files = write_sweep_study(tmp_path / "study", runs=2)
    files.folder.joinpath("representations/r1").rename(files.folder / "representations" / 'a,"b"')
    files.replace("runs.csv", "r1,", '"a,""b""",')
    run(files.folder)
    assert rows(tmp_path / "cka_summary.csv")[0]["exp2"] == 'a,"b"'


def test_nothing_to_compute_is_an_error(tmp_path, run, write_study):
    files = write_sweep_study(tmp_path / "one", runs=2)
    for layer in (1, 2):
        for step in (10, 20):
            save(files, "r1", layer, step, np.ones((24, 4)))
    code, out, err = run(files.folder)
    assert (code, out) == (1, "")
    assert err.count("the same values for every item, 4 times") == 1
    assert err.endswith(
        "error: nothing could be computed: no two runs have usable representations\n"
    )
    code, _, err = run(write_study(cka=True).folder)
    assert (code, err.splitlines()) == (
        1,
        [
            "error: this study has no representations: give study.toml a section [cka] with"
            ' representations = "representations", and the folder the files it can use'
        ],
    )


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--layer", "9"], 1, "error: no representations at layer 9; there are layers 1, 2"),
        (["--checkpoint", "7"], 1, "error: no representations at checkpoint 7; there are 10, 20"),
        (["--checkpoint", "soon"], 2, "'soon' is neither `last`, `all` nor a training step"),
        (["--scheduler", "tcp://127.0.0.1:1"], 1, "no Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_line(files, run, arguments, code, text, monkeypatch):
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.5)
    found, out, err = run(files.folder, *arguments)
    assert (found, out) == (code, "")
    assert text in err
    assert len(err.splitlines()) == 1


def test_without_dask_a_scheduler_says_what_to_install(files, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:8786")
    assert run(files.folder) == (
        1,
        "",
        "error: --scheduler needs Dask: python -m pip install -r requirements-cluster.txt\n",
    )


def test_a_terminal_gets_a_bar(files, run, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, out, err = run(files.folder)
    assert (code, out) == (0, "cka_summary.csv\ncka_checkpoints.csv\n")
    assert "40/40" in err
    assert "2 of 2 layers" in err


def test_plain_lines_come_at_intervals(monkeypatch, capsys):
    clock = iter([0.0, 0.0, 1.0, 12.0, 12.0, 13.0, 13.0, 14.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with cka._shown() as show:
        for done, left in ((0, None), (1, 500.0), (2, 4000.0), (4, 0.0)):
            show(Progress(done, 4, 0, 1, seconds_left=left))
    assert capsys.readouterr().err.splitlines() == [
        "0 of 4 pairs, 0 of 1 layers",
        "2 of 4 pairs, 0 of 1 layers, 1:06:40 left",
        "4 of 4 pairs, 0 of 1 layers",
    ]


def test_ctrl_c_stops_with_a_sentence_and_the_same_command_goes_on(run, tmp_path):
    files = write_sweep_study(
        tmp_path / "study", 12, (1, 2, 3, 4), tuple(range(1, 16)), items=600, features=96
    )
    out = tmp_path / "out"
    process = start(files.folder, out, "--jobs", "2")
    assert process.stderr.readline() == "0 of 3960 pairs, 0 of 4 layers\n"
    results = tmp_path / "cache" / "results"
    # Some blocks, not one: the second worker may still be starting when the first has finished one.
    while not (results / "cache.db").exists() or _entries(results) < 4:
        assert process.poll() is None
        time.sleep(0.02)
    # To the whole group, workers included, as a terminal does.
    os.killpg(process.pid, signal.SIGINT)
    written, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert written == ""
    *before, line = said.splitlines()
    # On a busy machine it may have said how far it was.
    assert all(" of 3960 pairs, " in earlier for earlier in before), before
    assert line.startswith("stopped after ")
    assert line.endswith(" of 3960 pairs; what was finished is kept, run it again to go on")
    assert not list(out.iterdir())
    code, written, _ = run(files.folder, "--out", out, "--json")
    report = json.loads(written)
    assert code == 0
    assert report["from_cache"] > 0
    assert report["computed"] + report["from_cache"] == 3960


def _entries(folder: Path) -> int:
    """How many results a cache holds, also one that is just being made."""
    with contextlib.closing(sqlite3.connect(folder / "cache.db")) as database:
        try:
            return int(database.execute("SELECT COUNT(*) FROM Cache").fetchone()[0])
        except sqlite3.Error:
            return 0


def test_processes_find_what_one_finds_and_a_new_run_costs_its_own_pairs(files, run, tmp_path):
    out = tmp_path / "out"
    process = start(files.folder, out, "--jobs", "2", "--json")
    report = json.loads(process.communicate(timeout=120)[0])
    assert report["computed"] == 40
    found = {
        (r["exp1"], r["exp2"]): float(r["final_cka"])
        for r in rows(out / "cka_summary.csv")
        if r["layer"] == "1"
    }
    (cell,) = sweep(open_study(files.folder), layers=[1], checkpoints=["last"]).cells
    assert found == {(a, b): value for a, b, value in cell.pairs()}
    add_run(files, 5)
    report = json.loads(run(files.folder, "--out", out, "--json", "--force")[1])
    assert (report["computed"], report["from_cache"]) == (20, 40)


def test_measures_are_spelled_as_on_the_command_line():
    assert [m.value for m in Measure] == ["cka", "procrustes"]
