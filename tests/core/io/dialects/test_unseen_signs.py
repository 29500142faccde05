"""Signs of no width, as they come along with what is copied, and marks in the middle of a file."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.io import inspect_study, open_study
from core.io.dialects import delimited, read_raw, splitting, unseen_signs
from core.io.dialects.unseen_signs import seen_table
from core.io.names.name_rules import flaw_in_name
from core.io.table_cells.text_columns import TextColumn
from tests.cases.test_peoples_files import init, values

PAIRS = "source,target,accuracy\nA,A,0.9\nA,B,0.4\nB,A,0.3\nB,B,0.8\n"
VALUES = {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.8}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (PAIRS.replace("source", "sou\u200brce"), 1),  # the name of a column
        (PAIRS.replace("A,B", "A,B\u200b"), 3),  # one name of several
        (PAIRS.replace(",A", ",\u200eA"), 2),  # all names of a side
        (PAIRS.replace("0.4", "\u20600.4"), 3),  # a number
        (PAIRS.replace("B,A", "\ufeffB,A"), 4),  # two files, one behind the other
        (PAIRS.replace("B,A", "\ufeffsource,target,accuracy\nB,A"), 4),  # with its header
    ],
)
def test_signs_that_nobody_sees_are_left_out_and_told(tmp_path, text, line):
    file = tmp_path / "r.csv"
    file.write_text(text)
    told = json.loads(init(file))
    sign = next(sign for sign in text if not sign.isascii())
    said = f"U+{ord(sign):04X}, which nobody sees, left out, first in line {line}"
    assert said in told["recognized"]
    assert said in " ".join(inspect_study(tmp_path).recognized)
    assert values(open_study(tmp_path)) == VALUES
    assert "aliases" not in (tmp_path / "study.toml").read_text()


def test_a_manifest_may_name_columns_with_the_sign_in_them(tmp_path):
    (tmp_path / "r.csv").write_text(
        "sou\u200brce,target,acc\u200b,split\nA,B,0.4,te\u200bst\nB,A,0.1,x\n"
    )
    (tmp_path / "study.toml").write_text(
        'title = "t"\n[evaluations]\nlayout = "scores"\npath = "r.csv"\n[evaluations.columns]\n'
        'sources = "sou\u200brce"\nscore = "acc\u200b"\n[evaluations.where]\nsplit = "te\u200bst"\n'
    )
    assert values(open_study(tmp_path)) == {"A→B": 0.4}


def test_in_workbooks_parquet_and_escaped_json_too(tmp_path):
    frame = pd.DataFrame(
        {"source": ["A", "B"], "target\u200b": ["B", "A\ufeff"], "acc": [0.4, 0.3]}
    )
    for name, write in (("r.xlsx", frame.to_excel), ("r.parquet", frame.to_parquet)):
        write(tmp_path / name, index=False)
        raw = read_raw(name, (tmp_path / name).read_bytes())
        assert raw.header == ("source", "target", "acc")
        assert list(raw.columns[1]) == ["B", "A"]
        assert raw.recognized[-1] == "U+200B, which nobody sees, left out, first in the header"
    raw = read_raw("r.json", b'[{"source": "A", "target": "B\\u200b", "acc": 0.4}]')
    assert list(raw.columns[1]) == ["B"]
    assert raw.recognized[-1] == "U+200B, which nobody sees, left out, first in row 1"


def test_large_columns_are_looked_at_by_their_different_texts():
    texts = [f"name {i}" for i in range(30_000)]
    plain = read_raw("r.csv", PAIRS.encode())
    column = TextColumn(np.arange(30_000), texts)
    table = type(plain)(("a",), (column,), np.arange(30_000))
    assert seen_table(table) is table
    column = TextColumn(np.arange(30_001), [*texts, "name\u200b 3"])
    table = type(plain)(("a",), (column,), np.arange(30_001))
    assert list(seen_table(table).columns[0])[-1] == "name 3"


def test_a_large_text_with_such_a_sign_is_read_like_a_small_one(monkeypatch):
    monkeypatch.setattr(splitting, "LARGE_TEXT", 100)
    text = "source,target,accuracy\n" + "A,B,0.4\n" * 50_000 + "A,B\u200b,0.5\n"
    assert delimited.read_large(text.encode(), delimited.ReadOptions()) is None
    raw = read_raw("r.csv", text.encode())
    assert {*raw.columns[1]} == {"B"}


def test_what_turns_text_round_is_refused_by_its_name(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(PAIRS.replace(",B", ",\u202eB"))
    assert "U+202E, a sign that nobody sees" in init(file, "--metric", "accuracy")
    assert flaw_in_name("a\u200bb") == "a name with U+200B, a sign that nobody sees"
    assert flaw_in_name("a\x00b") == "a name with control characters"
    # A joiner is part of a name in Persian and in Hindi.
    assert flaw_in_name("می\u200cخواهم") is None


def test_each_sign_is_found_in_a_large_text():
    for sign in unseen_signs._UNSEEN:
        assert unseen_signs.holds_unseen(f"straße {sign}".encode())
    for text in ("straße – “so”", "plain", "می\u200cخواهم"):
        assert not unseen_signs.holds_unseen(text.encode())
