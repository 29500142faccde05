"""Parquet and Arrow (Feather): numbers as they are, all else as text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.io.dialects.packing import LARGEST
from core.io.dialects.raw_table import Cells, DialectError, RawTable, as_text
from core.io.table_cells.text_columns import TextColumn

MOST_TEXTS = 2**24
"""Cells of text in a Parquet file, which may repeat one value in few bytes."""
MOST_LETTERS = 2**28
"""Letters in a column that is neither text nor numbers, such as lists: each cell is made anew."""
_AT_ONCE = 1_000
ARROW, STREAM = b"ARROW1", b"\xff\xff\xff\xff"
"""What an Arrow file and a stream of it begin with."""
_PACKED = re.compile(rb"\x04\x22\x4d\x18|\x28\xb5\x2f\xfd")
"""What a buffer packed by LZ4 or zstd begins with."""
_INDEX = re.compile(r"__index_level_\d+__")


def read_parquet(data: bytes) -> RawTable:
    """The table in a Parquet file. Raises DialectError."""
    # pyarrow takes a tenth of a second to import; most studies are CSV.
    import pyarrow
    from pyarrow import parquet

    try:
        source = parquet.ParquetFile(pyarrow.BufferReader(data))
        kinds = source.schema_arrow.types
        size = sum(
            source.metadata.row_group(i).total_byte_size for i in range(source.num_row_groups)
        )
        _check_rows(source.metadata.num_rows, len(kinds), size)
        is_text = _are_texts(kinds)
        _check_texts(source.metadata.num_rows, is_text)
        if any(is_text):
            # Each text once, as it is stored: a long one can stand in very many rows.
            paths = [source.schema.column(i).path for i in range(len(source.schema.names))]
            source = parquet.ParquetFile(pyarrow.BufferReader(data), read_dictionary=paths)
        return _table_of(source.read())
    except (pyarrow.ArrowException, OSError, KeyError, ValueError, OverflowError) as error:
        if isinstance(error, DialectError):
            raise
        reason = str(error).split("\n", 1)[0]
        raise DialectError(f"not a Parquet file: {reason}", "write the file again") from None


def read_arrow(data: bytes) -> RawTable:
    """The table in an Arrow file (Feather) or stream. Raises DialectError."""
    import pyarrow

    table = arrow_table(data, most=LARGEST)
    _check_texts(table.num_rows, _are_texts(table.schema.types))
    try:
        return replace(_table_of(table), recognized=("an Arrow file",))
    except pyarrow.ArrowInvalid as error:
        raise DialectError(f"not an Arrow file: {error}", "write it again") from None


def arrow_table(data: bytes, *, most: int) -> Any:
    """The pyarrow table in an Arrow file of at most so many bytes unpacked. Raises DialectError."""
    import pyarrow
    from pyarrow import ipc

    if _unpacked_size(data) > most:
        raise DialectError(
            f"more than {most // 2**20:,} MB once it is unpacked", "split it into smaller files"
        )
    try:
        source = pyarrow.BufferReader(data)
        opened = ipc.open_file(source) if data.startswith(ARROW) else ipc.open_stream(source)
        with opened as reader:
            table = reader.read_all()
        _check_rows(table.num_rows, table.num_columns)
    except (pyarrow.ArrowException, OSError, KeyError, ValueError, OverflowError) as error:
        if isinstance(error, DialectError):
            raise
        reason = str(error).split("\n", 1)[0]
        raise DialectError(f"not an Arrow file: {reason}", "write it again") from None
    return table


def _check_rows(rows: int, columns: int, size: int = 0) -> None:
    """Raises DialectError for more cells than a file may have: few bytes can stand for many rows.

    size: bytes of it once it is unpacked, where that is known.
    """
    if size > LARGEST or rows * max(columns, 1) > LARGEST // 8:
        raise DialectError(f"{rows:,} rows", "split it into smaller files")


def _check_texts(rows: int, is_text: Sequence[bool]) -> None:
    """Raises DialectError for more cells of text than a file may have."""
    if rows * sum(is_text) > MOST_TEXTS:
        raise DialectError(f"{rows:,} rows of text", "split it into smaller files")


def _unpacked_size(data: bytes) -> int:
    """Bytes that the buffers of an Arrow file say they have unpacked; each says so before its
    first packed byte, and is not read where it has another length.
    """
    size = len(data)
    for match in _PACKED.finditer(data):
        at = match.start()
        told = int.from_bytes(data[at - 8 : at], "little")
        # Buffers begin at multiples of eight; what is no length is larger than any memory.
        size += told if at % 8 == 0 and told < 2**44 else 0
    return size


def _are_texts(kinds: Sequence[Any]) -> list[bool]:
    from pyarrow import types

    return [not (types.is_integer(one) or types.is_floating(one)) for one in kinds]


def _table_of(table: Any) -> RawTable:
    """A pyarrow table, the fields of structures as columns of their own."""
    from pyarrow import types

    while any(types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    header = tuple(str(name).strip() for name in table.schema.names)
    columns = tuple(_cells(table.column(i)) for i in range(len(header)))
    # pandas writes the names of rows last; whoever sees the table sees them first.
    index = _index_columns(table.schema)
    if (
        index
        and _INDEX.fullmatch(header[index[0]])
        and not _are_texts([table.schema.types[index[0]]])[0]
    ):
        index = []
    rest = [i for i in range(len(header)) if i not in index]
    columns = tuple(columns[i] for i in (*index, *rest))
    header = tuple("" if _INDEX.fullmatch(header[i]) else header[i] for i in index) + tuple(
        header[i] for i in rest
    )
    return RawTable(header, columns, np.arange(1, table.num_rows + 1))


def _index_columns(schema: Any) -> list[int]:
    """The columns that were the names of rows in pandas, which says so beside the table."""
    told = (schema.metadata or {}).get(b"pandas")
    try:
        names = json.loads(told)["index_columns"] if told else []
    except (ValueError, KeyError, TypeError, RecursionError):
        names = []
    found = [schema.names.index(n) for n in names if isinstance(n, str) and n in schema.names]
    return found or [i for i, name in enumerate(schema.names) if _INDEX.fullmatch(name)]


def _cells(column: Any) -> Cells:
    """A pyarrow column: numbers stay numbers, all else becomes text; null is NaN or empty.

    Bytes are UTF-8; a list of names is joined by `+`, as a training set is.
    """
    from pyarrow import types

    if types.is_integer(column.type) and column.null_count == 0 and column.type != "uint64":
        return np.asarray(column.to_numpy(), dtype=np.int64)
    if column.type in ("float", "halffloat"):
        return np.asarray(column.to_numpy())  # as names they have fewer digits
    if types.is_floating(column.type) or types.is_integer(column.type):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    if types.is_string(column.type) or types.is_large_string(column.type):
        return _coded(column.cast("string")) or []
    if types.is_dictionary(column.type):
        return _coded(_in_texts(column)) or []
    return _texts(column)


def _coded(column: Any) -> TextColumn | None:
    """A column of strings, plain or by number, with each text once; None where there is none."""
    return TextColumn.of_arrow(column).stripped() if len(column) else None


def _in_texts(column: Any) -> Any:
    """A column of categories with texts for them. Raises DialectError for lists as categories."""
    import pyarrow
    from pyarrow import types

    kind = column.type.value_type
    if types.is_nested(kind) or types.is_dictionary(kind):
        raise DialectError("lists as categories", "write them as plain lists, or join names by +")
    if types.is_string(kind):
        return column
    chunks = [
        pyarrow.DictionaryArray.from_arrays(
            chunk.indices, pyarrow.array(map(as_text, chunk.dictionary.to_pylist()), "string")
        )
        for chunk in column.chunks
    ]
    return pyarrow.chunked_array(chunks, pyarrow.dictionary(column.type.index_type, "string"))


def _texts(column: Any) -> list[str]:
    """Cells of any other kind as text, equal ones as one object.

    Raises DialectError for lists whose parts stand for far more than their bytes.
    """
    from pyarrow import types

    if types.is_list(column.type) or types.is_large_list(column.type):
        _check_parts(column)
    elif types.is_nested(column.type):
        raise DialectError(f"cells of the kind {column.type}", "join names by + instead")
    known: dict[str, str] = {}
    found: list[str] = []
    size = 0
    for start in range(0, len(column), _AT_ONCE):
        texts = [as_text(cell) for cell in column.slice(start, _AT_ONCE).to_pylist()]
        size += sum(map(len, texts))
        _check_letters(size)
        found += [known.setdefault(text, text) for text in texts]
    return found


def _check_parts(lists: Any) -> None:
    from pyarrow import compute, types

    for chunk in lists.chunks:
        parts = chunk.flatten()
        if types.is_dictionary(parts.type):
            lengths = compute.binary_length(parts.dictionary.cast("string"))
            _check_letters(compute.sum(lengths.take(parts.indices)).as_py() or 0)


def _check_letters(count: int) -> None:
    if count > MOST_LETTERS:
        raise DialectError(
            f"more than {MOST_LETTERS // 2**20:,} million letters in a column",
            "leave out columns of long texts, or split it into smaller files",
        )
