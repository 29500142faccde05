"""Rows and columns made of the others: no tasks, whatever they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import cli
from tests.core.io.recognition.test_forms import PLAIN, read, written

ROWS = ["a,58.0,89.7,61.5", "b,89.6,88.0,51.7", "c,74.1,78.1,63.4"]


def told(folder: Path, *lines: str) -> dict:
    path = folder / "accuracy.csv"
    path.write_text("\n".join(lines))
    done = CliRunner().invoke(cli, ["init", str(path), "--json", "--force"])
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("Top,89.6,89.7,63.4", "Top is the largest"),
        ("low,58.0,78.1,51.7", "low is the smallest"),
        ("Schnitt,73.9,85.3,58.9", "Schnitt is the mean"),
    ],
)
def test_a_row_that_its_numbers_tell_is_left_out(tmp_path, row, what):
    found = told(tmp_path, "train,a,b,c", *ROWS, row, "Oracle,90.6,90.7,64.4")
    assert found["sources"] == ["a", "b", "c", "Oracle"]
    assert f"{what} of those before it throughout, no task, and left out" in found["assumed"]


def test_a_column_is_told_by_its_numbers_too(tmp_path):
    best = ["89.7", "89.6", "78.1"]
    rows = [f"{row},{value}" for row, value in zip(ROWS, best, strict=True)]
    assert told(tmp_path, "train,a,b,c,top", *rows)["targets"] == ["a", "b", "c"]


def test_a_row_that_says_it_once_more_or_differs_a_little_is_a_source(tmp_path):
    best = ["d,90.0,90.0,90.0", "e,90.0,90.0,90.0"]
    assert told(tmp_path, "train,a,b,c", *ROWS, *best)["sources"] == [*"abcde"]
    rough = ["a,1,0.5,0.25", "b,0.75,1,0.5", "c,0.5,0.25,1"]
    for row in ("x,1,1,0", "a+b,1,1,1"):
        found = told(tmp_path, "train,a,b,c", *rough, row)
        assert row.split(",")[0] in found["sources"]
    found = told(tmp_path, "train,a,b,c", *ROWS, "x,89.6,89.7,63.5")
    assert found["sources"] == ["a", "b", "c", "x"]


def test_a_delta_is_no_task_and_a_column_of_names_is_not_what_was_trained_on(tmp_path):
    lines = ["train/test,a,b,c,Avg.,Δ,#params,Best"]
    lines += [f"{r},69.7,-0.3,110M,{n}" for r, n in zip(ROWS, "bac", strict=True)]
    lines += ["Avg.,73.9,85.3,58.9,72.7,,,", "Δ,-2.0,6.8,-7.9,,,,"]
    found = told(tmp_path, *lines)
    assert (found["sources"], found["targets"]) == ([*"abc"], [*"abc"])
    said = " ".join(found["assumed"])
    assert "Δ is no task but a difference, and left out" in said
    assert "Avg. is no task but an average or a spread, and left out" in said
    assert "#params, Best is no target and left out" in said
    long = [f"{s},{t},0.5" for s in "ab" for t in ("a", "b", "∆ to a")]
    found = told(tmp_path, "source,target,acc", *long)
    assert found["targets"] == ["a", "b"]


@pytest.mark.parametrize("word", ["Grand Total", "Gesamtergebnis", "总计", "平均", "Summe"])
def test_totals_of_a_pivot_table_are_no_tasks(tmp_path, word):
    text = f"Row Labels,A,B,{word}\nA,0.9,0.4,0.65\nB,0.3,0.8,0.55\n{word},0.6,0.6,0.6\n"
    report, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert found == {"scores": PLAIN}
    assert f"{word} is no task but an average or a spread, and left out" in report["assumed"]


@pytest.mark.parametrize("name", ["n", "# examples", "size", "N"])
def test_a_row_of_counts_is_no_source(tmp_path, name):
    text = f",A,B\nA,0.9,0.4\nB,0.3,0.8\n{name},100,250\n"
    report, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert found == {"scores": PLAIN}
    assert any(one.startswith(f"{name} is no task") for one in report["assumed"])


def test_a_task_that_is_called_n_stays(tmp_path):
    text = ",A,n\nA,90,40\nn,30,80\n"
    _, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert found["scores"]["n", "A"] == 30


BESIDE = "std_{},sd({}),{} SD,{}.std,{} std dev,{}_ci_low,{} 95% CI,{}_min,{}_median,{}_p,{}_rank"


@pytest.mark.parametrize(
    "name", [*BESIDE.split(","), "{}_pvalue", "{}_upper", "{}_delta", "{}_last"]
)
@pytest.mark.parametrize("down", [False, True])
def test_what_stands_beside_the_values_of_a_task_is_no_task(tmp_path, name, down):
    if down:
        rows = [",A,B", "A,0.9,0.4", f"{name.format('A')},0.1,0.1"]
        rows += ["B,0.3,0.8", f"{name.format('B')},0.1,0.1"]
    else:
        rows = [f",A,{name.format('A')},B,{name.format('B')}", "A,0.9,0.1,0.4,0.1"]
        rows += ["B,0.3,0.1,0.8,0.1"]
    _, found = read(written(tmp_path / "r.csv", "\n".join(rows)), "--metric", "accuracy")
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize("word", ["mean", "Average", "value"])
def test_of_rows_of_statistics_the_means_count(tmp_path, word):
    text = f"source,stat,A,B\nA,{word},0.9,0.4\nA,std,9,9\nB,{word},0.3,0.8\nB,std,9,9\n"
    report, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert found == {"scores": PLAIN}
    assert (
        f"rows with stat = {word} count; there is std, too: --where stat=std" in (report["assumed"])
    )


def test_summarization_is_a_task(tmp_path):
    text = ",sum,qa\nsum,0.9,0.4\nqa,0.3,0.8\n"
    _, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert found["scores"]["sum", "qa"] == 0.4
