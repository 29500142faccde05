"""Two tables in one sheet with an empty column between them."""

from __future__ import annotations

import io

import openpyxl
import pytest

from core.errors import RequestError
from core.io.dialects import read_raw
from tests.core.io.recognition.test_forms import PLAIN, read, written

HALF = {pair: value / 2 for pair, value in PLAIN.items()}
BOTH = {"ft": PLAIN, "lora": HALF}
LEFT = [["", "A", "B"], ["A", "0.9", "0.4"], ["B", "0.3", "0.8"]]
RIGHT = [["", "A", "B"], ["A", "0.45", "0.2"], ["B", "0.15", "0.4"]]


def beside(corners=("", ""), titles=None, gap=1, right=RIGHT):
    """Rows of both tables; titles: a row of them above."""
    rows = [[*a, *[""] * gap, *b] for a, b in zip(LEFT, right, strict=True)]
    rows[0][0], rows[0][3 + gap] = corners
    return ([[titles[0], "", "", *[""] * gap, titles[1]]] if titles else []) + rows


def text(rows, sign=","):
    return "\n".join(sign.join(row) for row in rows) + "\n"


def workbook(rows, *merged):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([float(c) if c[:1] == "0" else c or None for c in row])
    for area in merged:
        book.active.merge_cells(area)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


SHARED = [[*a, "", *b[1:]] for a, b in zip(LEFT, RIGHT, strict=True)]
SHARED_TITLES = ["", "ft", "", "", "lora", ""]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", text(beside(("ft", "lora")))),
        ("r.csv", text(beside(titles=("ft", "lora")))),
        ("r.csv", "Results 2024\n\n" + text(beside(titles=("ft", "lora")))),
        ("r.tsv", text(beside(titles=("ft", "lora"), gap=2), "\t")),
        ("r.csv", text(beside(titles=("ft", "lora")), ";").replace(".", ",")),
        ("r.csv", text([SHARED_TITLES, *SHARED])),
        ("r.xlsx", workbook(beside(("ft", "lora")))),
        ("r.xlsx", workbook(beside(titles=("ft", "lora")), "A1:C1", "E1:G1")),
        ("r.xlsx", workbook([SHARED_TITLES, *SHARED], "B1:C1", "E1:F1")),
    ],
)
def test_a_table_a_method(tmp_path, name, content):
    report, found = read(written(tmp_path / name, content), "--metric", "accuracy")
    assert found == BOTH
    assert "2 tables side by side, each a method" in report["recognized"]
    assert any(one.startswith("rows are what was trained on, as") for one in report["assumed"])


@pytest.mark.parametrize(
    "rows",
    [
        beside(("accuracy", "loss")),
        beside(titles=("accuracy", "loss")),
        beside(("mean", "std")),
        beside(("", ""), titles=("accuracy", "std")),
    ],
)
def test_of_a_table_a_metric_one_counts_and_spreads_do_not(tmp_path, rows):
    _, found = read(written(tmp_path / "r.csv", text(rows)), "--yes")
    assert found == {"scores": PLAIN}


def test_a_long_table_that_was_folded_goes_on(tmp_path):
    pairs = [[s, t, str(v)] for (s, t), v in PLAIN.items()]
    head = ["source", "target", "acc"]
    rows = [[*head, "", *head]] + [[*a, "", *b] for a, b in zip(pairs[:2], pairs[2:], strict=True)]
    _, found = read(written(tmp_path / "r.csv", text(rows)))
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize("corners", [("", ""), ("source", "source"), ("train", "test")])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_without_names_it_says_what_to_write(tmp_path, corners, kind):
    rows = beside(corners)
    content = text(rows) if kind == "csv" else workbook(rows)
    with pytest.raises(RequestError, match="nothing says what each is; write above each what it"):
        read(written(tmp_path / f"r.{kind}", content))


def test_columns_may_stand_in_another_order_and_rows_keep_their_lines(tmp_path):
    right = [["", "B", "A"], ["A", "0.2", "0.45"], ["B", "0.4", "0.15"]]
    path = written(tmp_path / "r.csv", text(beside(("ft", "lora"), right=right)))
    _, found = read(path, "--metric", "accuracy")
    assert found == BOTH
    assert read_raw(path.name, path.read_bytes()).rows.tolist() == [2, 3, 2, 3]


@pytest.mark.parametrize(
    "rows",
    [
        [["source", "A", "", "B"], ["A", "0.9", "", "0.4"], ["B", "0.3", "", "0.8"]],
        [["", "A", "B", "", "note"], ["A", "0.9", "0.4", "", "x"], ["B", "0.3", "0.8", "", ""]],
        [["source", "target", "acc", "", "", ""]]
        + [[s, t, str(v), "", "", ""] for (s, t), v in PLAIN.items()],
    ],
)
def test_an_empty_column_alone_makes_no_two_tables(tmp_path, rows):
    _, found = read(written(tmp_path / "r.csv", text(rows)), "--metric", "accuracy")
    assert found == {"scores": PLAIN}
