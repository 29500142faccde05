"""Parquet and Arrow files: texts by number, and few bytes that stand for very many."""

from __future__ import annotations

import io
from collections.abc import Callable
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from core.io.dialects import parquet as dialect
from core.io.dialects import read_raw
from core.io.dialects.raw_table import DialectError
from core.io.table_cells.cells import texts_of
from core.io.table_cells.text_columns import TextColumn


def as_parquet(table: pa.Table) -> bytes:
    written = io.BytesIO()
    parquet.write_table(table, written)
    return written.getvalue()


def as_arrow(table: pa.Table) -> bytes:
    written = io.BytesIO()
    feather.write_feather(table, written, compression="zstd")
    return written.getvalue()


BOTH = pytest.mark.parametrize("written", [as_parquet, as_arrow])
Written = Callable[[pa.Table], bytes]


@BOTH
def test_categories_are_the_texts_they_stand_for(written: Written) -> None:
    numbers = pa.array([2, 0, None, 2, 1])
    # pyarrow writes no category of nothing into Parquet.
    texts = ["b ", "never", None if written is as_arrow else "other", "é", "b "]
    frame = {
        "of text": pa.DictionaryArray.from_arrays(pa.array([3, 0, None, 3, 4]), pa.array(texts)),
        "of numbers": pa.DictionaryArray.from_arrays(numbers, pa.array([1.0, 2.5, 3.0])),
        "of bytes": pa.DictionaryArray.from_arrays(numbers, pa.array([b"x", b"y", b"z"])),
        "lists": pa.array([["a", "b"], ["a"], [], None, ["c"]]),
        "texts": pa.array(["a", "a", None, " ", "b"]),
    }
    table = read_raw("f", written(pa.table(frame)))
    columns = zip(table.header, table.columns, strict=True)
    # Categories of numbers are numbers in Parquet.
    found = {name: list(texts_of(cells)) for name, cells in columns}
    assert found == {
        "of text": ["é", "b", "", "é", "b"],
        "of numbers": ["3", "1", "", "3", "2.5"],
        "of bytes": ["z", "x", "", "z", "y"],
        "lists": ["a+b", "a", "", "", "c"],
        "texts": ["a", "a", "", "", "b"],
    }
    column = table.columns[0]
    assert isinstance(column, TextColumn)
    assert column.texts == ["é", "b", ""]


@BOTH
def test_one_long_text_in_very_many_rows_is_kept_once(written: Written) -> None:
    # 20 GB of text in a file of some kilobytes.
    rows = 200_000
    one = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array(["x" * 10**5]))
    data = written(pa.table({"sources": one, "score": np.zeros(rows)}))
    assert len(data) < 10**6
    column = read_raw("f", data).columns[0]
    assert isinstance(column, TextColumn)
    assert (len(column), column.n_texts, column.longest()) == (rows, 1, 10**5)


def test_parts_that_stand_for_far_more_than_their_bytes_are_refused() -> None:
    rows = 10_000
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array(["x" * 999]))
    lists = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1), "int32"), texts)
    with (
        mock.patch.object(dialect, "MOST_LETTERS", 2**23),
        pytest.raises(DialectError, match="more than 8 million letters in a column"),
    ):
        read_raw("f", as_arrow(pa.table({"sources": lists})))
    inside = pa.DictionaryArray.from_arrays(pa.array([0, 0], "int8"), pa.array([[1, 2]]))
    with pytest.raises(DialectError, match="lists as categories"):
        read_raw("f", as_arrow(pa.table({"sources": inside})))
    views = pa.array([["a"], ["b"]], type=pa.list_view(pa.string()))
    with pytest.raises(DialectError, match="cells of the kind list_view"):
        read_raw("f", as_arrow(pa.table({"sources": views})))


@pytest.mark.parametrize("few", [1, 20_000])
def test_numbers_of_32_bits_are_names_as_they_are_written(few: int) -> None:
    given = np.array([0.1, 2.0, np.nan, 1e-7] * few, dtype=np.float32)
    cells = read_raw("t.parquet", as_parquet(pa.table({"target": given}))).columns[0]
    assert list(texts_of(cells))[-4:] == ["0.1", "2", "", "1e-07"]


@BOTH
def test_a_limit_is_the_same_in_both_forms(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(pa.table({"sources": ["a", "b"], "target": ["b", "a"], "score": [0.5, 1.0]}))
    assert len(read_raw("f", data).rows) == 2
    monkeypatch.setattr(dialect, "MOST_TEXTS", 3)
    with pytest.raises(DialectError, match="2 rows of text"):
        read_raw("f", data)
    monkeypatch.setattr(dialect, "_check_texts", lambda *_: None)
    monkeypatch.setattr(dialect, "LARGEST", 40)
    with pytest.raises(DialectError, match=r"2 rows|once it is unpacked"):
        read_raw("f", data)
