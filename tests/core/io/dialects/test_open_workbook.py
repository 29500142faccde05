"""A workbook of which several sheets are read is opened once, and closed."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pandas as pd
import pytest

from core.io.dialects.open_workbook import opened_workbook, whole_workbook, workbook_kept_open
from core.io.dialects.raw_table import ReadOptions
from core.io.dialects.workbook import read_workbook


def book(*sheets: str, first: float = 0.5) -> bytes:
    data = io.BytesIO()
    with pd.ExcelWriter(data) as writer:
        for i, name in enumerate(sheets):
            pd.DataFrame({"a": [first + i], "b": [1.0]}, ["x"]).to_excel(writer, sheet_name=name)
    return data.getvalue()


def test_each_sheet_is_its_own_and_the_book_is_opened_once(monkeypatch):
    opened: list[pd.ExcelFile] = []
    closed: list[pd.ExcelFile] = []

    class Book(pd.ExcelFile):
        def __init__(self, *given, **named) -> None:
            super().__init__(*given, **named)
            opened.append(self)

        def close(self) -> None:
            closed.append(self)
            super().close()

    monkeypatch.setattr(pd, "ExcelFile", Book)
    data = book("s", "t", "u")
    with workbook_kept_open():
        read = [read_workbook(data, ReadOptions(sheet=name)) for name in ("u", "s", "t", "u")]
        assert len(opened) == 1
        with workbook_kept_open(), opened_workbook(data) as again:
            assert again is opened[0]
        assert closed == []
        other = read_workbook(book("s", first=9.0), ReadOptions(sheet="s"))
        assert len(opened) == 2
        assert closed == opened[:1]
    assert [float(one.columns[1][0]) for one in (*read, other)] == [2.5, 0.5, 1.5, 2.5, 9.0]
    assert closed == opened
    read_workbook(data, ReadOptions(sheet="s"))
    assert len(opened) == 3


def test_a_damaged_book_is_no_other_one():
    with workbook_kept_open():
        with opened_workbook(book("s")) as whole:
            assert whole.sheet_names == ["s"]
        with pytest.raises(Exception, match="zip"), opened_workbook(b"PK\x03\x04"):
            pass
        with opened_workbook(book("t")) as next_one:
            assert next_one.sheet_names == ["t"]


def test_other_threads_have_books_of_their_own():
    data = book("s")
    with workbook_kept_open(), opened_workbook(data) as ours, ThreadPoolExecutor(1) as pool:

        def in_thread() -> bool:
            with opened_workbook(data) as theirs:
                return theirs is ours

        assert pool.submit(in_thread).result() is False


def test_merged_cells_of_several_sheets_are_looked_for_in_one_book(monkeypatch):
    data = book("s", "t")
    loaded = []
    real = openpyxl.load_workbook
    monkeypatch.setattr(
        openpyxl, "load_workbook", lambda *a, **k: loaded.append(k) or real(*a, **k)
    )
    with workbook_kept_open():
        with opened_workbook(data):
            loaded.clear()
        assert whole_workbook(data) is whole_workbook(data)
        assert whole_workbook(data)["t"]["B2"].value == 1.5
        assert len(loaded) == 1
        assert whole_workbook(book("u")).sheetnames == ["u"]
    assert whole_workbook(data) is not whole_workbook(data)
