"""Columns of targets that would be left out, or taken for scores, without a word."""

from __future__ import annotations

import pytest

from core.errors import RequestError
from tests.core.io.recognition.test_forms import read, written

THREE = ",A,B,C\nA,{},.42,.33\nB,.35,.82,.27\nC,.24,.56,.73\n"


@pytest.mark.parametrize("cell", ["<0.01", "~0.91", "0.9x4", "see text"])
def test_a_column_with_a_text_between_its_numbers_is_not_left_out(tmp_path, cell):
    with pytest.raises(RequestError, match=rf"row 2: A is {cell}, not a number; write"):
        read(
            written(tmp_path / "r.csv", THREE.format(cell) + "D,<0.5,.1,.1\nE,~1,.1,.1\n"), "--yes"
        )


def test_columns_that_say_what_a_row_was_trained_on_are_no_scores(tmp_path):
    text = "use_A,use_B,target,acc\n1,0,A,.9\n1,0,B,.4\n0,1,A,.3\n0,1,B,.8\n"
    with pytest.raises(RequestError, match=r"use_A, use_B are 0 or 1 beside acc, .* joined by"):
        read(written(tmp_path / "r.csv", text))


def test_wins_are_scores_also_beside_a_setting(tmp_path):
    text = "source,won_A,won_B,lr\nA,1,0,.1\nB,0,1,.1\n"
    _, found = read(written(tmp_path / "r.csv", text), "--metric", "score")
    assert found["scores"]["A", "B"] == 0


def test_a_target_that_is_measured_otherwise_is_named(tmp_path):
    text = "source,A (acc),B (F1),C (acc)\nA,.91,.42,.33\nB,.35,.82,.27\nC,.24,.56,.73\n"
    report, found = read(written(tmp_path / "r.csv", text))
    assert {target for _, target in found["scores"]} == {"A", "C"}
    assert "B (F1) is left aside" in report["assumed"]
