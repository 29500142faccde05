"""What a table that is looked at remembers of its columns, and when it looks again."""

from __future__ import annotations

import numpy as np
import pytest

from core.io.dialects import read_raw
from core.io.recognition.looked_table import LookedTable

TABLE = b"source,target,method,score\na,b,x,0.5\nb,a,x,0.25\na,b,y,nothing\n"


@pytest.fixture
def look() -> LookedTable:
    return LookedTable(read_raw("t.csv", TABLE), {}, {})


def test_a_column_is_made_numbers_once(look: LookedTable, monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[int] = []
    real = LookedTable.texts_of_numbers
    monkeypatch.setattr(
        LookedTable,
        "texts_of_numbers",
        lambda self, cells: converted.append(len(cells)) or real(self, cells),  # type: ignore[func-returns-value]
    )
    look.keep_where("method", "x")
    first, again = look.numbers(look.counted("score")), look.numbers(look.counted("score"))
    assert first is again is not None
    assert first.tolist() == [0.5, 0.25]
    assert not first.flags.writeable
    assert converted == [2]


def test_other_rows_and_other_words_for_nothing_are_other_numbers(look: LookedTable) -> None:
    assert look.numbers(look.counted("score")) is None
    look.missing = frozenset(["nothing"])
    numbers = look.numbers(look.counted("score"))
    assert numbers is not None
    assert np.array_equal(numbers, [0.5, 0.25, np.nan], equal_nan=True)
    look.keep_where("method", "x")
    assert list(look.counted("score")) == ["0.5", "0.25"]
    look.keep_where("source", "b")
    assert list(look.counted("score")) == ["0.25"]
