"""Columns that nobody needs cost what they are many times, not the square of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product
from typing import ClassVar

import numpy as np
import pytest

from core.io import inspect_study
from core.io.dialects.raw_table import RawTable
from core.io.recognition.looked_table import LookedTable

CELLS: dict[str, Callable[[int], str]] = {
    "words": lambda i: f"w{i % 9}",
    "numbers": lambda i: f"0.{i % 97}1",
    "metrics": lambda i: ("mse", "r2")[i % 2],
    "settings": lambda i: ("0.1", "0.2")[i % 2],
}


def calls_of(work: Callable[[], object]) -> int:
    """How many functions of Python are called."""
    called = 0

    def count(_frame, event, _value):
        nonlocal called
        called += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return called


@pytest.mark.parametrize("kind", sorted(CELLS))
def test_twice_the_columns_are_at_most_about_twice_the_calls(tmp_path, kind):
    def table(columns: int) -> Callable[[], object]:
        head = "source,target,score" + "".join(f",extra{i}" for i in range(columns)) + ",mse"
        rows = (
            f"{a},{b},0.{i}3" + "".join(f",{CELLS[kind](i + k)}" for k in range(columns)) + ",0.5"
            for i, (a, b) in enumerate(product("abcd", repeat=2))
        )
        file = tmp_path / f"{columns}.csv"
        file.write_text("\n".join((head, *rows, "")), encoding="utf-8")
        return lambda: inspect_study(file)

    found = table(3)()
    assert found.study is not None, found.problems
    assert len(found.study.tasks) == 4
    some, twice = calls_of(table(40)), calls_of(table(80))
    assert some > 100
    assert twice < 2.3 * some


class Name(str):
    """A name that notes what it is compared with."""

    __slots__ = ()
    compared: ClassVar[list[object]] = []
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        self.compared.append(other)
        return str.__eq__(self, other)


def test_a_column_is_found_without_comparing_all_names_and_of_two_alike_the_first(monkeypatch):
    header = tuple(Name(f"c{i}") for i in (*range(200), 0))
    cells = tuple([str(i)] for i in range(len(header)))
    look = LookedTable(RawTable(header, cells, np.array([2])), {}, {})
    assert list(look.column(Name("c0"))) == ["0"]
    monkeypatch.setattr(Name, "compared", [])
    assert [look.column(name)[0] for name in header[1:-1]] == [str(i) for i in range(1, 200)]
    assert len(Name.compared) < 20
