"""Files packed by gzip, zstd, bzip2 or xz, told by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, cast

from core.errors import listed
from core.io.dialects.raw_table import DialectError

LARGEST = 2**31
"""Bytes a file may have once it is unpacked: more is an archive bomb, or needs Parquet."""


MOST_TIMES = 100
"""How many times its size a file may unpack to where that is much: tables shrink to a tenth."""
MUCH = 2**28
_AT_ONCE = 2**26


@dataclass(frozen=True)
class Packing:
    """One way to compress a file: the bytes it begins with, its suffix, and what reads it."""

    name: str
    mark: bytes
    suffix: str
    open: Callable[[bytes], IO[bytes]]


def _zstd(data: bytes) -> IO[bytes]:
    import pyarrow as pa

    stream = pa.input_stream(pa.BufferReader(data), compression="zstd")
    return cast("IO[bytes]", stream)


def _gzip(data: bytes) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=io.BytesIO(data)))


def _bzip2(data: bytes) -> IO[bytes]:
    return cast("IO[bytes]", bz2.BZ2File(io.BytesIO(data)))


def _xz(data: bytes) -> IO[bytes]:
    return cast("IO[bytes]", lzma.LZMAFile(io.BytesIO(data)))


PACKINGS = (
    Packing("gzip", b"\x1f\x8b", ".gz", _gzip),
    Packing("zstd", b"\x28\xb5\x2f\xfd", ".zst", _zstd),
    Packing("bzip2", b"BZh91AY&SY", ".bz2", _bzip2),
    Packing("xz", b"\xfd7zXZ\x00", ".xz", _xz),
)


def packing_of(data: bytes) -> Packing | None:
    """How a file is compressed, by its first bytes; None where it is not."""
    return next((one for one in PACKINGS if data.startswith(one.mark)), None)


TEXTS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
TABLES = (*TEXTS, ".parquet", ".pq", ".xlsx")
"""How names of files end that are looked for in an archive or a folder; a text may be packed."""
ARRAYS = ".npz"
"""The name of an archive of NumPy arrays, which is read as a whole."""
BESIDE = re.compile(r"(^|/)(__macosx/|\.|readme|license|licence|notes?\.)", re.IGNORECASE)


def only_table(data: bytes, *, most: int = LARGEST) -> tuple[str, bytes] | None:
    """Name and bytes of the one table in a ZIP archive; None for a workbook.

    most: bytes it may have unpacked. Raises DialectError for none and for several; arrays are
    themselves, as `ARRAYS`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            names = [one.filename for one in members]
            if any(name.startswith("xl/") for name in names):
                return None
            if names and all(name.endswith(".npy") for name in names):
                return ARRAYS, data
            tables = [
                one
                for one in members
                if one.filename.lower().endswith(TABLES) and not BESIDE.search(one.filename)
            ]
            if len(tables) != 1:
                what = f"with {listed(o.filename for o in tables)}" if tables else "without a table"
                raise DialectError(f"an archive {what}", "unpack it, and give one table")
            # No more is read than the archive says.
            check_times(tables[0].file_size, tables[0].compress_size)
            if tables[0].file_size > most:
                raise DialectError("more than fits once it is unpacked", "write it as Parquet")
            found = archive.read(tables[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return None  # what reads a workbook says what is wrong
    except ValueError as error:
        if isinstance(error, DialectError):
            raise
        return None
    return tables[0].filename, found


def check_times(size: int, packed: int) -> None:
    """Raises DialectError where what is unpacked is far more than tables are."""
    if size > MUCH and size > MOST_TIMES * packed:
        raise DialectError(
            f"something that unpacks to more than {MOST_TIMES} times its size, as no table does",
            "unpack it first, or write it as Parquet",
        )


def unpacked(data: bytes, packing: Packing, *, most: int = LARGEST) -> bytes:
    """What is in a compressed file, up to `most` bytes. Raises DialectError."""
    try:
        with packing.open(data) as file:
            size, parts = 0, []
            while size <= most and (part := file.read(min(most + 1 - size, _AT_ONCE))):
                parts.append(part)
                size += len(part)
                check_times(size, len(data))
    except EOFError:
        raise DialectError(
            f"{packing.name} that ends too early", "copy or write the file again"
        ) from None
    except (OSError, zlib.error, lzma.LZMAError, ValueError) as error:
        if isinstance(error, DialectError):
            raise
        raise DialectError(
            f"not {packing.name}, though its first bytes say so", "write the file again"
        ) from None
    if size > most:
        large = f"{most // 2**30} GiB" if most >= 2**30 else f"{most // 2**20} MiB"
        raise DialectError(f"more than {large} once it is unpacked", "write it as Parquet")
    return parts[0] if len(parts) == 1 else b"".join(parts)
