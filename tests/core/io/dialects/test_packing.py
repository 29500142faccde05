"""Packed files: what unpacks to far more than a table does is refused before it is unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from core.errors import RequestError
from core.io.dialects import packing, read_raw
from core.io.dialects.raw_table import LONGEST_CELL, DialectError, asked_for

TABLE = b"sources,target,score\n" + b"a,b,0.5\n" * 100_000


@pytest.fixture(autouse=True)
def _little_is_much() -> Iterator[None]:
    with mock.patch.object(packing, "MUCH", 2**19), mock.patch.object(packing, "_AT_ONCE", 2**18):
        yield


def zipped(name: str) -> Callable[[bytes], bytes]:
    def pack(data: bytes) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        return written.getvalue()

    return pack


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, bz2.compress, lzma.compress, zipped("a.csv"), zipped("xl/worksheets/a.xml")],
)
def test_a_bomb_is_refused(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DialectError, match="more than 100 times its size"):
        read_raw("results", pack(TABLE))


@pytest.mark.parametrize("pack", [gzip.compress, zipped("a.csv")])
def test_a_table_that_shrinks_as_tables_do_is_read(pack: Callable[[bytes], bytes]) -> None:
    rows = "".join(f"t{i % 997},u{i % 1009},{i * 7919 % 10007}\n" for i in range(40_000))
    data = f"sources,target,score\n{rows}".encode()
    assert len(data) > packing.MUCH
    assert len(read_raw("results.csv", pack(data)).rows) == 40_000


def test_a_cell_or_a_header_of_megabytes_is_refused() -> None:
    long = "a" * (LONGEST_CELL + 1)
    with pytest.raises(DialectError, match="a cell of 1,048,577 letters under `sources`") as told:
        read_raw("f.csv", f"sources,target,score\nx,y,1\n{long},b,1\n".encode())
    assert told.value.at == "row 3"
    with pytest.raises(DialectError, match="the name of a column of 1,048,577 letters"):
        read_raw("f.csv", f"{long},target,score\nx,y,1\n".encode())


def test_what_does_not_fit_into_memory_is_said_in_a_sentence() -> None:
    with (
        pytest.raises(RequestError, match=r"f.arrow: does not fit into memory; make it smaller"),
        asked_for(Path("f.arrow")),
    ):
        raise MemoryError
