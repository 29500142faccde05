"""How large a table of a stranger's may be, found out before it is read: no archive bombs."""

from __future__ import annotations

import io
import zipfile
import zlib

from core.io.dialects.packing import only_table, packing_of, unpacked
from core.io.dialects.parquet import ARROW, STREAM, arrow_table
from core.io.dialects.raw_table import DialectError

MOST_CELLS = 4_000_000
"""Cells of one table: each takes some hundred bytes while it is looked at."""
_CHUNK = 2**20


def check_bounds(name: str, data: bytes, *, most: int) -> None:
    """Raises DialectError for a file that stands for far more than its size tells.

    most: bytes it may have once it is unpacked.
    """
    lower = name.lower()
    if packing := packing_of(data):
        data, lower = unpacked(data, packing, most=most), lower.removesuffix(packing.suffix)
    if data[:4] == b"PK\x03\x04" and (member := only_table(data, most=most)):
        lower, data = member[0].lower(), member[1]
    if data[:4] == b"PK\x03\x04":
        _check_workbook(data, most)
    elif data[:4] == b"PAR1" or lower.endswith((".parquet", ".pq")):
        _check_parquet(data, most)
    elif data.startswith((ARROW, STREAM)):
        _check_arrow(data, most)
    elif lower.endswith((".json", ".jsonl", ".ndjson")):
        _check_cells(data.count(b":") + data.count(b","))
    else:
        marks = max(data.count(mark) for mark in (b",", b";", b"\t", b"|"))
        _check_cells(marks + data.count(b"\n") + data.count(b"\r"))


def _check_cells(cells: int) -> None:
    if cells > MOST_CELLS:
        raise DialectError(
            f"more than {MOST_CELLS:,} cells",
            "read it on the command line: python -m core init",
        )


def _check_workbook(data: bytes, most: int) -> None:
    """What is really packed, not what the archive says of itself."""
    size = cells = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.infolist():
                tail = b""
                with archive.open(one) as member:
                    while chunk := member.read(_CHUNK):
                        size += len(chunk)
                        cells += (tail + chunk).count(b"<c") - tail.count(b"<c")
                        tail = chunk[-1:]
                        if size > most:
                            raise DialectError(
                                f"more than {most // 2**20:,} MB once it is unpacked",
                                "save it as CSV",
                            )
                        _check_cells(cells)
    except DialectError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        raise DialectError("not an Excel workbook", "save it again, as .xlsx or CSV") from None


def _check_arrow(data: bytes, most: int) -> None:
    """Its buffers by what each says it has unpacked; texts by what their numbers stand for."""
    import pyarrow.compute as pc
    from pyarrow import types

    table = arrow_table(data, most=most)
    _check_cells(table.num_rows * table.num_columns)
    if any(types.is_nested(field.type) for field in table.schema):
        raise DialectError("lists in cells", "join names by + instead")
    size = 0
    for column in table.columns:
        for chunk in column.chunks if types.is_dictionary(column.type) else ():
            lengths = pc.binary_length(chunk.dictionary.cast("string"))
            size += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    if size > most:
        raise DialectError(
            f"more than {most // 2**20:,} MB once it is unpacked", "split it into smaller files"
        )


def _check_parquet(data: bytes, most: int) -> None:
    """Rows and columns by its own account; texts by what their dictionaries stand for."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet, types

    try:
        schema = parquet.read_schema(pa.BufferReader(data))
        texts = [f.name for f in schema if types.is_string(f.type) or types.is_binary(f.type)]
        source = parquet.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
        groups = range(source.num_row_groups)
        size = sum(source.metadata.row_group(i).total_byte_size for i in groups)
        _check_cells(source.metadata.num_rows * len(schema))
        if size > most or any(types.is_nested(field.type) for field in schema):
            nested = size <= most
            raise DialectError(
                "lists in cells" if nested else f"more than {most // 2**20:,} MB once unpacked",
                "join names by + instead" if nested else "split it into smaller files",
            )
        for name in texts:
            for chunk in source.read(columns=[name]).column(name).chunks:
                if not types.is_dictionary(chunk.type):
                    size += chunk.nbytes
                    continue
                lengths = pc.binary_length(chunk.dictionary)
                size += pc.sum(lengths.take(chunk.indices)).as_py() or 0
        if size > most:
            raise DialectError(
                f"more than {most // 2**20:,} MB once it is unpacked", "split it into smaller files"
            )
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        if isinstance(error, DialectError):
            raise
        reason = str(error).split("\n", 1)[0]
        raise DialectError(f"not a Parquet file: {reason}", "write the file again") from None
