from __future__ import annotations

import csv
import io
import math

import pandas as pd
import pytest

from core.io.csv import csv_text, harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "−1"])
def test_a_text_that_could_be_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "angle", "a=b", "1", "'=1", "<img onerror=x>"])
def test_any_other_text_stays(text):
    assert harmless(text) == text


def test_numbers_stay_numbers_and_text_is_quoted():
    frame = pd.DataFrame(
        {
            "=name": ["=cmd|' /C calc'!A0", 'say "hi", twice\nover', None],
            "value": [-0.125, 1e-17, math.nan],
            "n": [4.0, 3.0, math.nan],
            "k": [1, -2, 3],
            "yes": [True, False, True],
        }
    )
    text = csv_text(frame)
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["'=name", "value", "n", "k", "yes"]
    assert rows[0] == ["'=cmd|' /C calc'!A0", "-0.125", "4", "1", "true"]
    assert rows[1] == ['say "hi", twice\nover', "1e-17", "3", "-2", "false"]
    assert rows[2] == ["", "", "", "3", "true"]
    assert text.count("\r\n") == 4
