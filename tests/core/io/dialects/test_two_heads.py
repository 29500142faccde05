"""Headers of two rows: groups above, names or numbers below."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from core.io import open_study
from core.io.dialects import read_raw
from core.io.dialects.raw_table import DialectError
from core.io.dialects.two_heads import two_heads
from tests.cases.test_peoples_files import init, values


def test_two_heads_are_joined_where_the_second_is_text_over_numbers() -> None:
    rest = [["A", "1", "2", "3", "4"]]
    head = ["", "acc", "", "f1", ""]
    assert two_heads(head, ["", "A", "B", "A", "B"], rest) == [
        "", "acc/A", "acc/B", "f1/A", "f1/B",
    ]  # fmt: skip
    assert two_heads(head, ["", "0", "1", "2", "3"], rest) is None
    assert two_heads(["s", "A", "B"], ["x", "y", "z"], [["A", "1", "2"]]) is None


LONG = [
    {"source": s, "target": t, "seed": seed, "acc": value + seed / 100}
    for seed in (0, 2)
    for (s, t), value in zip(("AA", "AB", "BA", "BB"), (0.9, 0.4, 0.3, 0.8), strict=True)
]
MEANS = {"A→A": 0.91, "A→B": 0.41, "B→A": 0.31, "B→B": 0.81}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("index", "columns", "value"),
    [
        ("source", ["target", "seed"], "{target}/{seed}"),
        ("source", ["seed", "target"], "{seed}/{target}"),
        ("target", ["source", "seed"], "{sources}/{seed}"),
        (["source", "model"], ["target", "seed"], "{target}/{seed}"),
    ],
)
def test_a_pivot_of_pandas_with_seeds_across_is_read(tmp_path, suffix, index, columns, value):
    frame = pd.DataFrame(LONG).assign(model="m").pivot(index=index, columns=columns, values="acc")
    path = tmp_path / f"r.{suffix}"
    (frame.to_csv if suffix == "csv" else frame.to_excel)(path)
    told = json.loads(init(path, "--metric", "accuracy"))
    assert value in told["understood"][0]
    assert told["seeds"] == [0, 2]
    assert values(open_study(tmp_path)) == MEANS


def test_seeds_below_merged_tasks_need_no_word(tmp_path):
    rows = "".join(f"{s},{0.5},{0.7},{0.2},{0.4}\n" for s in "AB")
    (tmp_path / "r.csv").write_text(f",A,,B,\nmodel,42,43,42,43\n{rows}")
    told = json.loads(init(tmp_path / "r.csv", "--metric", "accuracy"))
    assert told["seeds"] == [42, 43]
    assert values(open_study(tmp_path))["A→B"] == 0.3


@pytest.mark.parametrize(
    ("level", "understood", "key", "found"),
    [
        ("step", "{target}/step {checkpoint}", "methods", ["scores"]),
        ("layer", "{target}/{method}", "methods", ["layer 0", "layer 2"]),
    ],
)
def test_a_level_of_numbers_is_what_its_name_says(tmp_path, level, understood, key, found):
    frame = pd.DataFrame(LONG).rename(columns={"seed": level})
    frame.pivot(index="source", columns=["target", level], values="acc").to_csv(tmp_path / "r.csv")
    told = json.loads(init(tmp_path / "r.csv", "--metric", "accuracy"))
    assert understood in told["understood"][0]
    assert told[key] == found
    assert told["seeds"] == [0]


def test_a_row_of_whole_numbers_below_names_that_come_again_may_be_values():
    head, first = ["s", "A", "A", "B", "B"], ["en", "1", "2", "1", "2"]
    assert two_heads(head, first, [["y", "0.5", "0.1", "0.2", "0.3"]]) is None
    named = [["source", "", "", "", ""], ["y", "0.5", "0.1", "0.2", "0.3"]]
    assert two_heads(head, first, named) is not None
    # Not the same below each.
    assert two_heads(head, ["", "1", "2", "1", "3"], named) is None


def test_three_rows_of_a_header_say_what_to_do():
    frame = pd.concat([pd.DataFrame(LONG).assign(method=one) for one in ("x", "y")])
    text = frame.pivot(index="source", columns=["method", "target", "seed"], values="acc").to_csv()
    with pytest.raises(DialectError, match="a header of three rows") as fault:
        read_raw("r.csv", text.encode())
    assert "frame.stack([0, 1, 2])" in fault.value.todo
