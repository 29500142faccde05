"""More kinds of files that people have: `init` reads each right, and says what it took for what."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from core.analyses.query import TransferQuery
from core.cli import cli
from core.io import inspect_study, open_study
from core.transfer.build import transfer_matrix

FULL = {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.8}
PAIR = {"A→B": 0.5, "B→A": 0.6}


def workbook(
    *rows: list[object], merged: tuple[str, ...] = (), notes: tuple[list[object], ...] = ()
) -> bytes:
    """One sheet of these rows; notes: those of a sheet before it."""
    book = openpyxl.Workbook()
    if notes:
        book.create_sheet("About", 0)
        for row in notes:
            book["About"].append(row)
        book.active = 1
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


NESTED = {"A": {"A": 0.9, "B": 0.4}, "B": {"A": 0.3, "B": 0.8}}
KINDS: dict[str, tuple[str | bytes, dict[str, float], str]] = {
    "spread.csv": (
        ",A,B\nA,0.9±0.01,0.4±0.02\nB,0.3±0.1,0.8±0.01\n",
        FULL,
        "without the ± or brackets",
    ),
    "spread_columns.csv": (
        "train,A,A_std,B,B_std\nA,0.9,0.01,0.4,0.02\nB,0.3,0.02,0.8,0.01\n",
        FULL,
        "A_std, B_std are no tasks",
    ),
    "means.csv": (
        "train,A_mean,A_std,B_mean,B_std\nA,0.9,0.01,0.4,0.02\nB,0.3,0.02,0.8,0.01\n",
        FULL,
        "2 targets in {target}_mean",
    ),
    "averages.csv": (
        ",A,B,Avg\nA,0.9,0.4,0.65\nB,0.3,0.8,0.55\nAvg,0.6,0.6,0.6\n",
        FULL,
        "Avg is no task",
    ),
    "corner.csv": ("test\\train,A,B\nA,0.9,0.3\nB,0.4,0.8\n", FULL, "as test\\train says"),
    "two_heads.csv": (
        "model,accuracy,accuracy,loss,loss\n,A,B,A,B\nA,0.9,0.4,1,2\nB,0.3,0.8,3,4\n",
        FULL,
        "a header of two rows",
    ),
    "table.md": (
        "May\n\n| source | A | B |\n|---|--:|--:|\n| A | **0.9** | 0.4 |\n| B | 0.3 | 0.8 |\n",
        FULL,
        "a Markdown table",
    ),
    "printed.txt": ("     A    B\nA  0.9  0.4\nB  0.3  0.8\n", FULL, "set apart by spaces"),
    "nested.json": (json.dumps(NESTED), FULL, "nested by sources, then target"),
    "within.json": (
        json.dumps(
            [
                {"config": {"source": "A", "target": "B"}, "metrics": {"accuracy": 0.5}},
                {"config": {"source": "B", "target": "A"}, "metrics": {"accuracy": 0.6}},
            ]
        ),
        PAIR,
        "score is metrics.accuracy",
    ),
    "metrics.csv": (
        "source,target,metric,value\nA,B,accuracy,0.5\nA,B,loss,1\nB,A,accuracy,0.6\nB,A,loss,2\n",
        PAIR,
        "rows with metric = accuracy count; there is loss",
    ),
    "two_scores.csv": (
        "source,target,accuracy,f1\nA,B,0.5,0.1\nB,A,0.6,0.2\n",
        PAIR,
        "f1 is left aside",
    ),
    "word.csv": (
        "source,target,score\nA,B,0.5\nB,A,0.6\nA,A,OOM\n",
        PAIR,
        "OOM in score stands for no number",
    ),
    "title.csv": (
        "Results of May,,\n,,\nsource,target,score\nA,B,0.5\nB,A,0.6\n",
        PAIR,
        "2 lines above",
    ),
    "german.csv": (
        "Quelle;Ziel;Genauigkeit\nA;B;0,5\nB;A;0,6\nK\xf6ln;A;0,1\n".encode("latin-1"),
        {**PAIR, "K\xf6ln→A": 0.1},
        "it is not UTF-8: read as cp1252, with words such as K\xf6ln",
    ),
    "thousands.csv": (
        "source;target;reward\nA;B;1.234,5\nB;A;-3.000,0\n",
        {"A→B": 1234.5, "B→A": -3000.0},
        "reward",
    ),
    "short_header_below_blank_lines.csv": (
        "\n\nA,B\nA,0.9,0.4\nB,0.3,0.8\n",
        FULL,
        "no name above the names of rows",
    ),
    "short_header.csv": ("A,B\nA,0.9,0.4\nB,0.3,0.8\n", FULL, "no name above the names of rows"),
    "row_ends.csv": (
        "source,target,acc\nA,B,0.5,\nB,A,0.6,\n",
        PAIR,
        "rows that end in a delimiter",
    ),
    "remark.csv": (
        "source,target,acc\nA,B,0.5\n# more\nB,A,0.6\n,,\n",
        PAIR,
        "1 comment line",
    ),
    "by_seed.csv": (
        "seed,run,train,A,B\n0,r,A,0.8,0.4\n0,s,B,0.3,0.8\n1,t,A,1.0,0.4\n1,u,B,0.3,0.8\n",
        FULL,
        "seed is column seed; 2 targets in {target}",
    ),
    "joined.csv": (
        "sources,target,acc\nA & B,A,0.7\nA,B,0.5\nB,A,0.6\n",
        {**PAIR, "A+B→A": 0.7},
        "& joins the names of a training set",
    ),
    "lists.csv": (
        "sources,target,acc\n\"['A', 'B']\",A,0.7\n['A'],B,0.5\n['B'],A,0.6\n",
        {**PAIR, "A+B→A": 0.7},
        "lists of names as training sets",
    ),
    "negative.csv": (
        "source,target,neg_loss\nA,B,0.5\nB,A,0.6\n",
        PAIR,
        "higher is better, as neg_loss says",
    ),
    "arrow.csv": (
        "source,target,score (lower is better)\nA,B,0.5\nB,A,0.6\n",
        PAIR,
        "lower is better, as score",
    ),
    "framed.txt": (
        "+---+-----+-----+\n|   | A   | B   |\n+---+-----+-----+\n| A | 0.9 | 0.4 |\n"
        "| B | 0.3 | 0.8 |\n+---+-----+-----+\n",
        FULL,
        "a framed table",
    ),
    "split.json": (
        '{"columns":["A","B"],"index":["A","B"],"data":[[0.9,0.4],[0.3,0.8]]}',
        FULL,
        "as pandas splits them",
    ),
    "grid.json": ('{"tasks":["A","B"],"m":[[0.9,0.4],[0.3,0.8]]}', FULL, "a matrix with its names"),
    "crosses.csv": (
        ",A,B,C\nA,x,0.4,x\nB,0.3,x,x\nC,x,x,0.1\n",
        {"A→B": 0.4, "B→A": 0.3, "C→C": 0.1},
        "x stands for no number",
    ),
    "merged.xlsx": (
        workbook(
            ["source", "target", "score"],
            ["A", "A", 0.9],
            [None, "B", 0.4],
            ["B", "A", 0.3],
            [None, "B", 0.8],
            merged=("A2:A3", "A4:A5"),
        ),
        FULL,
        "merged cells filled",
    ),
    "notes.xlsx": (
        workbook(
            ["source", "target", "score"],
            ["A", "B", 0.5],
            ["B", "A", 0.6],
            notes=(["made by", "a group"], ["model", "small"]),
        ),
        PAIR,
        "its sheet `Sheet`",
    ),
    "heads.xlsx": (
        workbook(
            ["Results of May"],
            [],
            ["", "accuracy", None, "f1", None],
            ["", "A", "B", "A", "B"],
            ["A", 0.9, 0.4, 0, 0],
            ["B", 0.3, 0.8, 0, 0],
            merged=("B3:C3", "D3:E3"),
        ),
        FULL,
        "1 row above the header",
    ),
}


def values(folder: Path) -> dict[str, float]:
    matrix = transfer_matrix(open_study(folder), TransferQuery("scores"))
    return {
        f"{'+'.join(sources)}→{target}": float(matrix.values[i, j])
        for i, sources in enumerate(matrix.sources)
        for j, target in enumerate(matrix.targets)
        if np.isfinite(matrix.values[i, j])
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_each_kind_is_read_right_and_says_how(tmp_path: Path, name: str) -> None:
    data, right, said = KINDS[name]
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    done = CliRunner().invoke(cli, ["init", str(path), "--yes"])
    assert done.exit_code == 0, done.exception
    checked = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert said in done.output + checked.output
    assert values(tmp_path) == pytest.approx(right)


def sheets(path: Path, *names: str) -> None:
    """A workbook with a matrix a sheet, whose first value is 0.1, 0.2, …"""
    with pd.ExcelWriter(path) as book:
        for i, name in enumerate(names, start=1):
            frame = pd.DataFrame([[i / 10, 0.4], [0.3, 0.8]], index=["A", "B"], columns=["A", "B"])
            frame.to_excel(book, sheet_name=name)


def test_sheets_that_are_not_read_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "seeds.xlsx"
    sheets(path, "v1", "v2", "v3", "v4", "v5")
    done = CliRunner().invoke(cli, ["init", str(path), "--yes"])
    assert (
        "its sheet `v1`\nrecognized: sheets `v2`, `v3`, `v4` and 1 more not read\n" in done.output
    )
    assert "`v4` and 1 more not read" in CliRunner().invoke(cli, ["check", str(tmp_path)]).output
    arguments = ["init", str(path), "--yes", "--force", "--sheet", "v3"]
    assert "not read" not in CliRunner().invoke(cli, arguments).output
    assert values(tmp_path)["A→A"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("two.xlsx", "two.xlsx: no sheet `s9`; it has s1, s2"),
        ("plain.csv", "plain.csv has no sheets: leave --sheet out"),
        ("mlflow:runs", "--sheet is of a workbook; a tracker has none"),
    ],
)
def test_a_sheet_that_is_not_there_is_told(tmp_path: Path, source: str, sentence: str) -> None:
    sheets(tmp_path / "two.xlsx", "s1", "s2")
    (tmp_path / "plain.csv").write_text("source,target,score\nA,B,0.5\nB,A,0.6\n")
    named = source if ":" in source else str(tmp_path / source)
    done = CliRunner().invoke(cli, ["init", named, "--sheet", "s9"])
    assert sentence in f"{done.exception}{done.output}"
    assert done.exit_code != 0


def test_a_setting_that_tells_cells_apart_is_no_seed(tmp_path: Path) -> None:
    path = tmp_path / "grid.csv"
    rows = [f"{a},{b},{lr},{v}" for a, b in ("AB", "BA") for lr, v in ((0.1, 0.5), (0.01, 0.6))]
    path.write_text("\n".join(["source,target,lr,acc", *rows]))
    done = CliRunner().invoke(cli, ["init", str(path), "--yes"])
    assert "rows that differ in lr are methods of their own" in done.output


def test_names_of_rows_that_pandas_wrote_into_parquet_come_first(tmp_path: Path) -> None:
    frame = pd.DataFrame([[0.9, 0.4], [0.3, 0.8]], index=["A", "B"], columns=["A", "B"])
    frame.to_parquet(tmp_path / "m.parquet")
    assert CliRunner().invoke(cli, ["init", str(tmp_path / "m.parquet"), "--yes"]).exit_code == 0
    assert values(tmp_path) == FULL


def test_a_set_joined_by_another_sign_is_told_where_the_manifest_does_not(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("sources,target,score\nA & B,A,0.7\nA,B,0.5\nB,A,0.6\n")
    (tmp_path / "study.toml").write_text('[evaluations]\nlayout = "scores"\npath = "s.csv"\n')
    (problem,) = inspected(tmp_path)
    assert 'write joined_by = "&" under [evaluations]' in problem


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("A,B,0.5\nB,A,0.6\n", "its first row is no header but A, B, 0.5; write one above it"),
        (
            "source,target,rouge1,rouge2\nA,B,1,2\n",
            "2 columns that differ in a number (rouge1, rouge2); name one with --map score=rouge1,",
        ),
        ("\\begin{tabular}{lr}\nA & 1\n", "half of a LaTeX table; give one whole table"),
        ("<html><table></table></html>", "a web page with no tables; save one table as CSV"),
        ('source,target,score\nA,B,"1,234"\n', "score is 1,234, not a number"),
    ],
)
def test_what_cannot_be_read_says_in_one_sentence_what_to_do(
    tmp_path: Path, data: str, sentence: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(data)
    done = CliRunner().invoke(cli, ["init", str(path), "--yes"])
    assert sentence in str(done.exception)
    (problem,) = inspected(path)
    assert "study.toml" not in problem


def inspected(path: Path) -> list[str]:
    return list(map(str, inspect_study(path).problems))


def test_a_corner_that_says_targets_is_told_where_the_manifest_does_not(
    tmp_path: Path, square: Callable[[str], Path]
) -> None:
    (problem,) = inspected(square(""))
    assert 'write rows = "targets" under [evaluations]' in problem
    assert values(square('rows = "targets"\n'))["A→B"] == 0.4
    assert inspected(square('rows = "sources"\n')) == []


@pytest.fixture
def square(tmp_path: Path) -> Callable[[str], Path]:
    def written(more: str) -> Path:
        (tmp_path / "m.csv").write_text("test,A,B\nA,0.9,0.3\nB,0.4,0.8\n")
        manifest = f'[evaluations]\nlayout = "square"\npath = "m.csv"\n{more}'
        (tmp_path / "study.toml").write_text(manifest)
        return tmp_path

    return written
