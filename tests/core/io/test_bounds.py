"""Files that stand for far more than their size tells are refused before they are read."""

from __future__ import annotations

import gzip
import io
import zipfile

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.io.bounds import check_bounds
from core.io.dialects.raw_table import DialectError

MOST = 10 * 2**20


def archive(name, data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, data)
    return file.getvalue()


def as_parquet(columns):
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def as_arrow(columns, packing="zstd"):
    file = io.BytesIO()
    table = pa.table(columns)
    with pa.ipc.new_file(
        file, table.schema, options=pa.ipc.IpcWriteOptions(compression=packing)
    ) as writer:
        writer.write_table(table)
    return file.getvalue()


# Made where they are tried: each process of a test run reads every file of tests.
BOMBS = {
    "gz": ("a.csv.gz", lambda: gzip.compress(b"a,b\n" + b"0" * MOST), "once it is unpacked"),
    "zip": ("a.xlsx", lambda: archive("xl/worksheets/sheet1.xml", b" " * (MOST + 1)), "once it is"),
    "cells of a workbook": (
        "a.xlsx",
        lambda: archive("xl/worksheets/sheet1.xml", b"<c/>" * 2_500_000),
        None,
    ),
    "cells of a text": ("a.csv", lambda: b"a,b\n" + b"," * 4_000_001, "4,000,000 cells"),
    "cells of a JSON": ("a.json", lambda: b":" * 4_000_001, "4,000,000 cells"),
    "rows of a Parquet": (
        "a.parquet",
        lambda: as_parquet({"a": pa.array([0] * 4_000_001, pa.int8())}),
        "4,000,000 cells",
    ),
    "one long text a million times": (
        "a.parquet",
        lambda: as_parquet({"a": ["x" * 1000] * 100_000}),
        "once it is unpacked",
    ),
    "zeros of an Arrow": (
        "a.feather",
        lambda: as_arrow({"a": pa.array([0] * 2_000_000)}),
        "more than 10 MB once it is unpacked",
    ),
    "zeros of an Arrow, lz4": (
        "a.feather",
        lambda: as_arrow({"a": pa.array([0] * 2_000_000)}, "lz4"),
        "more than 10 MB once it is unpacked",
    ),
    "one long text of an Arrow": (
        "a.feather",
        lambda: as_arrow({"a": pa.array(["x" * 1000] * 100_000).dictionary_encode()}),
        "once it is unpacked",
    ),
    "lists of an Arrow": ("a.feather", lambda: as_arrow({"a": [["x"]]}), "lists in cells"),
    "no Arrow": ("a.feather", lambda: b"ARROW1 and no more", "not an Arrow file"),
    "lists": ("a.parquet", lambda: as_parquet({"a": [["x"]]}), "lists in cells"),
    "no workbook": ("a.xlsx", lambda: b"PK\x03\x04 and no more", "not an Excel workbook"),
    "no parquet": ("a.parquet", lambda: b"PAR1 and no more", "not a Parquet file"),
    "no gzip": ("a.csv.gz", lambda: b"\x1f\x8b and no more", "not gzip"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_too_much_is_refused(name):
    file, make, message = BOMBS[name]
    data = make()
    assert len(data) < 5 * 2**20
    if message is None:
        check_bounds(file, data, most=MOST)
        data = archive("xl/worksheets/sheet1.xml", b"<c/>" * 4_000_001)
        with pytest.raises(DialectError, match="4,000,000 cells"):
            check_bounds(file, data, most=2 * MOST)
        return
    with pytest.raises(DialectError, match=message):
        check_bounds(file, data, most=MOST)


def test_what_people_have_passes():
    frame = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "f1": [0.5, 0.25]})
    book = io.BytesIO()
    frame.to_excel(book, index=False)
    check_bounds("a.xlsx", book.getvalue(), most=MOST)
    check_bounds("a.parquet", as_parquet(frame.to_dict("list")), most=MOST)
    check_bounds("a.feather", as_arrow(frame.to_dict("list")), most=MOST)
    check_bounds("a.csv", frame.to_csv().encode(), most=MOST)
    check_bounds("a.csv.gz", gzip.compress(frame.to_csv().encode()), most=MOST)
    check_bounds("a.json", frame.to_json(orient="records").encode(), most=MOST)
