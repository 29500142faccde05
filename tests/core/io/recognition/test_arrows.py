"""Names with arrows that say which end is better, of all tasks alike or of each its own."""

from __future__ import annotations

import json

import pytest

from core.io import open_study
from core.io.dialects import read_raw
from core.io.recognition.arrows import without_arrows
from tests.cases.test_peoples_files import init, values

VALUES = {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.2}


def metrics(folder) -> dict[str, bool]:
    return {task.name: task.metric.higher_is_better for task in open_study(folder).tasks}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A ↑", "B ↓"),
        ("A↑", "B(↓)"),
        ("↑ A", "↓B"),
        ("A [⇑]", "B ⇓"),
        ("A $\\uparrow$", "B \\downarrow"),
    ],
)
def test_each_task_of_a_matrix_has_the_direction_of_its_arrow(tmp_path, one, other):
    file = tmp_path / "r.csv"
    file.write_text(f",{one},{other},Avg ↑\nA,0.9,0.4,0.65\nB,0.3,0.2,0.25\n")
    told = json.loads(init(file))
    assert values(open_study(tmp_path)) == VALUES
    assert metrics(tmp_path) == {"A": True, "B": False}
    assert "lower is better of B, as arrows say" in told["understood"]
    assert f"higher is better, as {one} says" in told["understood"]


def test_arrows_written_otherwise_say_one_direction_of_all(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(",A↓,B (↓)\nA,0.1,0.4\nB,0.3,0.2\n")
    init(file)
    assert values(open_study(tmp_path)) == {"A→A": 0.1, "A→B": 0.4, "B→A": 0.3, "B→B": 0.2}
    assert metrics(tmp_path) == {"A": False, "B": False}


def test_arrows_down_the_rows_with_seeds_beside_and_in_a_column_of_targets(tmp_path):
    down = "target,A,B\nA ↑,0.9,0.3\nB ↓,0.4,0.2\n"
    seeds = "train,seed,A ↑,B ↓\nA,1,0.9,0.4\nA,2,0.9,0.4\nB,1,0.3,0.2\nB,2,0.3,0.2\n"
    long = "source,target,value\nA,A ↑,0.9\nA,B ↓,0.4\nB,A ↑,0.3\nB,B ↓,0.2\n"
    for name, text in (("down", down), ("seeds", seeds), ("long", long)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "r.csv").write_text(text)
        init(folder / "r.csv")
        assert values(open_study(folder)) == VALUES, name
        assert metrics(folder) == {"A": True, "B": False}, name


def test_a_leaderboard_keeps_its_columns_and_each_has_its_direction(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("Model,BLEU ↑,WER ↓,chrF ↑\nbert,0.3,0.2,0.5\ngpt,0.4,0.1,0.6\n")
    init(file)
    told = metrics(tmp_path)
    assert [told[name] for name in ("BLEU ↑", "WER ↓", "chrF ↑")] == [True, False, True]


def test_somebody_who_says_the_direction_says_it_of_all(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(",A ↑,B ↓\nA,0.9,0.4\nB,0.3,0.2\n")
    init(file, "--metric", "accuracy")
    assert metrics(tmp_path) == {"A": True, "B": True}


@pytest.mark.parametrize(
    "header",
    [",A,B ↑", ",A ↑↓,B ↓↑", ",A ↑,A ↓", f",A ↑,{'B' * 300} ↓", ",↑,↓", "train ↓ test →,A ↑,B"],
)
def test_one_arrow_or_both_or_names_that_become_one_say_nothing(header):
    raw = read_raw("r.csv", f"{header}\nA,1,2\nB,3,4\n".encode())
    assert without_arrows(raw) is None
