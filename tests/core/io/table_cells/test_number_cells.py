"""What stands in cells beside numbers is left out, and said."""

from __future__ import annotations

import pytest

from core.io.table_cells.number_cells import bare_numbers, without_thousands

MARKS = "marks beside numbers left out"
ALONE = "the numbers alone, without the ± or brackets behind them"


@pytest.mark.parametrize(
    ("cells", "read", "said"),
    [
        (["0.9 ± 0.1", "0.4"], ["0.9", "0.4"], [ALONE]),
        (["87.1 ± 0.2%", "3 +/- 1 %"], ["87.1%", "3%"], [ALONE]),
        (["0.5 (0.1)", "0.6 [0.5, 0.7]"], ["0.5", "0.6"], [ALONE]),
        (["$0.9 \\pm 0.1$"], ["0.9"], [ALONE, "marks beside numbers left out"]),
        (["**0.9**", "0.4*", "OOM"], ["0.9", "0.4", "OOM"], ["marks beside numbers left out"]),
        (["**0.9** ± 0.1"], ["0.9"], [ALONE, "marks beside numbers left out"]),
        (["\\textbf{0.9}"], ["0.9"], ["marks beside numbers left out"]),
        (["\u22120.5", "0.6"], ["-0.5", "0.6"], ["\u2212 as minus"]),
        (["87.1 %"], ["87.1%"], []),
        (
            ["1,234.5", "-3,000", "12.5", "1e3"],
            ["1234.5", "-3000", "12.5", "1e3"],
            ["thousands set apart by commas"],
        ),
        (
            ["1.234,5", "-3.000,0", "12,5"],
            ["1234.5", "-3000.0", "12.5"],
            ["thousands set apart by points", "a decimal comma"],
        ),
        (
            ["1 234,5", "1\u202f000,0", "3"],
            ["1234.5", "1000.0", "3"],
            ["thousands set apart by spaces", "a decimal comma"],
        ),
        (["1'234.5", "2'000"], ["1234.5", "2000"], ["thousands set apart by apostrophes"]),
        (["0,5", "1,234"], ["0.5", "1.234"], ["a decimal comma"]),
        (["0.9 (95% CI 0.8-1.0)", "0.5 (+0.1)", "1 (n=5)"], ["0.9", "0.5", "1"], [ALONE]),
        (["$0.9_{0.1}$"], ["0.9"], [ALONE, "marks beside numbers left out"]),
        (["$0.90_{\\pm .01}$", "0.4<sub>±0.1</sub>"], ["0.90", "0.4"], [ALONE, MARKS]),
        (["0.9 🏆", "0.4 ✔️", "✗"], ["0.9", "0.4", "✗"], [MARKS]),
        (["0.9 ↑0.03"], ["0.9"], [ALONE]),
        (["<b>0.9</b>", "[0.4]"], ["0.9", "0.4"], ["marks beside numbers left out"]),
        (["0.9 km", "1,5 km", "lost"], ["0.9", "1,5", "lost"], ["the unit km left out"]),
    ],
)
def test_a_number_is_found_in_its_cell(cells: list[str], read: list[str], said: list[str]) -> None:
    found = bare_numbers(cells)
    assert [found.texts.get(cell, cell) for cell in cells] == read
    assert list(found.notes) == said


@pytest.mark.parametrize(
    "cells",
    [
        ["1,234", "2,345"],
        ["1,234", "0.5"],
        ["abc", "a*"],
        ["(0.9)"],
        ["125m", "350m"],
        ["2k"],
        ["3 km", "4"],
        ["2024-01-02"],
        ["1.2.3"],
        ["1_000"],
    ],
)
def test_what_may_be_either_or_is_none_stays_text(cells: list[str]) -> None:
    assert not {*bare_numbers(cells).texts}


def test_groups_of_three_beside_a_number_that_denies_them_are_left() -> None:
    found = bare_numbers(["1.234,5", "12.5"])
    assert not found.texts


@pytest.mark.parametrize(
    "cell",
    [
        "9" * 100_000,
        "0" * 100_000 + "x",
        "1 " * 50_000 + "x",
        "1" + " " * 100_000 + "x",
        "1 (" + " " * 100_000 + "x",
        "." + "5" * 100_000 + "x",
    ],
    ids=len,
)
def test_a_long_cell_takes_no_longer_than_it_is_long(cell):
    """Of 6,000 digits it took half a minute."""
    assert bare_numbers([cell]).texts == {}


def test_thousands_by_the_decimal_sign_that_is_told():
    assert without_thousands(["1.234", "-2.500,5", "n/a"], ",") == {
        "1.234": "1234",
        "-2.500,5": "-2500,5",
    }
    assert without_thousands(["1,234%", "12"], ".") == {"1,234%": "1234%", "12": "12"}
    assert without_thousands(["1.5", "1.234"], ",") == {}
    assert without_thousands(["1,5"], ",") == {}


def test_wide_digits_and_signs_are_usual_ones():
    found = bare_numbers(["＋0.5", "－１２．５％", "0.25", "Ａ"])
    assert found.texts == {"＋0.5": "+0.5", "－１２．５％": "-12.5%"}
    assert found.notes == ("wide digits and signs as usual ones",)
