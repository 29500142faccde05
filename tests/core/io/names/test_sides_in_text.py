"""What a text beside a table says of its rows."""

from __future__ import annotations

import io

import openpyxl
import pytest

from core.io.names.sides_in_text import side_of_rows_in
from tests.core.io.recognition.test_forms import PLAIN, read, rows, written

TURNED = ",A,B\nA,0.9,0.3\nB,0.4,0.8\n"
"""Targets down."""


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Rows: target task, columns: source task", "target"),
        ("rows = test; columns = train", "target"),
        ("Rows are test sets and columns are training sets", "target"),
        ("Accuracy. Columns: models trained on.", "target"),
        ("Table 2. Training tasks in columns, test tasks in rows.", "target"),
        ("Zeilen: Ziel, Spalten: Quelle", "target"),
        ("行：测试，列：训练", "target"),
        ("Rows are the source languages.", "sources"),
        ("columns: target", "sources"),
        ("Rows are sorted by test accuracy", None),
        ("Rows are models, columns are tasks", None),
        ("rows: train; columns: train", None),
        ("The row of test is the best", None),
        ("", None),
    ],
)
def test_the_side_of_rows(text, side):
    assert side_of_rows_in(text) == side


def workbook(title):
    book = openpyxl.Workbook()
    for row in ([title], ["", "A", "B"], ["A", 0.9, 0.3], ["B", 0.4, 0.8]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


SAID = "Rows: target, columns: source"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", f"# {SAID}\n{TURNED}"),
        ("r.csv", f"{SAID}\n\n{TURNED}"),
        ("r.csv", f"{TURNED}\n{SAID}\n"),
        ("r.md", f"{SAID}\n\n| | A | B |\n|---|---|---|\n| A | 0.9 | 0.3 |\n| B | 0.4 | 0.8 |\n"),
        (
            "r.tex",
            "\\begin{tabular}{lcc}\n & A & B \\\\\nA & 0.9 & 0.3 \\\\\nB & 0.4 & 0.8 \\\\\n"
            f"\\end{{tabular}}\n\\caption{{{SAID}}}\n",
        ),
        ("r.xlsx", workbook(SAID)),
    ],
)
def test_a_matrix_is_turned_as_the_text_beside_it_says(tmp_path, name, content):
    report, found = read(written(tmp_path / name, content), "--metric", "accuracy")
    assert found == {"scores": PLAIN}
    assert report["understood"][0].endswith("across, as the text beside the table says")
    assert not any("nothing says else" in one for one in report["assumed"])


def test_the_corner_of_a_matrix_says_it_better(tmp_path):
    text = f"# {SAID}\ntrain,A,B\nA,0.9,0.4\nB,0.3,0.8\n"
    _, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize("where", [0, 1])
@pytest.mark.parametrize(("down", "across"), [("Target", "Source"), ("Test on", "Train on")])
def test_the_side_of_rows_may_stand_in_a_column_of_its_own(tmp_path, where, down, across):
    cells = ["A,0.9,0.3", "B,0.4,0.8"]
    lines = [f"{down if i == where else ''},{one}" for i, one in enumerate(cells)]
    text = "\n".join([f",,{across},", ",,A,B", *lines])
    _, found = read(written(tmp_path / "r.csv", text + "\n"), "--metric", "accuracy")
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize(
    "header",
    [
        "训练集,测试集,准确率",
        "学習タスク,評価タスク,正解率",
        "학습,평가,정확도",
        "源域,目标域,准确率",
    ],
)
def test_sides_in_other_scripts(tmp_path, header):
    report, found = read(written(tmp_path / "r.csv", f"{header}\n" + rows("{s},{t},{v}")))
    assert found == {"scores": PLAIN}
    assert report["better"] == "higher"
