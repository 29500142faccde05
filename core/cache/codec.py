"""Results as bytes and back: JSON for the structure, npz for the arrays, never a pickle."""

from __future__ import annotations

import io
import json
import math
import zipfile
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from pydantic import TypeAdapter

R = TypeVar("R")

_STRUCTURE = "structure"
_NARROWED_FROM = 4096
_WIDE = "wide"
"""What the name of an array ends with that comes back as int64."""


class CodecError(Exception):
    """Bytes that are not a result of the type asked for: cut, damaged or of something else."""


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """The adapter of a type, built once: building one takes longer than using it."""
    from pydantic import TypeAdapter

    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(value: Any) -> bytes:
    """A result (a dataclass of numbers, text, arrays and more such dataclasses) as bytes."""
    arrays: list[Any] = []
    structure = _adapter(type(value)).dump_python(value, context=arrays)
    text = json.dumps(structure, separators=(",", ":"))
    pieces: Any = _Pieces()
    named: dict[str, Any] = dict(_named(i, array) for i, array in enumerate(arrays))
    named[_STRUCTURE] = np.frombuffer(text.encode(), dtype=np.uint8)
    with zipfile.ZipFile(pieces, "w") as stored:
        for name, array in named.items():
            with stored.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    # Joined without the interpreter; a buffer that grows copies itself within it, 80 ms at a time.
    return b"".join(pieces.written)


def decode(data: bytes, kind: type[R]) -> R:
    """The result `encode` made `data` of.

    Arrays come back read-only. Raises CodecError where the bytes are not such a result.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as stored:
            structure = json.loads(_member(stored, _STRUCTURE).tobytes())
            names = set(stored.namelist())
            arrays = [_array(stored, names, i) for i in range(len(names) - 1)]
        result: R = _adapter(kind).validate_python(structure, context=arrays)
        return result
    except Exception as fault:
        # A single flipped bit makes zipfile, numpy or json raise nearly anything.
        raise CodecError(f"not an encoded {kind.__name__}: {fault}") from fault


class _Pieces:
    """A file to write to that keeps what was written, piece by piece."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Bytes written."""
        self.written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""


def _named(at: int, array: Any) -> tuple[str, Any]:
    """An array under its name; a large one of small int64 in as few bytes as hold them.

    Where a million cells came from is six such arrays: most of what a matrix weighs.
    """
    if array.dtype != np.int64 or array.size < _NARROWED_FROM:
        return f"array{at}", array
    low, high = int(array.min()), int(array.max())
    kind = np.result_type(np.min_scalar_type(low), np.min_scalar_type(high))
    if kind.itemsize >= array.itemsize:
        return f"array{at}", array
    return f"array{at}{_WIDE}", array.astype(kind)


def _array(stored: zipfile.ZipFile, names: set[str], at: int) -> Any:
    if f"array{at}.npy" in names:
        return _member(stored, f"array{at}")
    return _member(stored, f"array{at}{_WIDE}").astype(np.int64)


def _member(stored: zipfile.ZipFile, name: str) -> Any:
    """An array of an npz, over the bytes that were read.

    numpy itself reads 256 kB at a time and copies them once more: twice as long for a table of a
    million pairs.
    """
    data = stored.read(f"{name}.npy")
    head = io.BytesIO(data)
    version = np.lib.format.read_magic(head)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, in_columns, kind = read_header(head)
    if kind.hasobject:
        raise ValueError("objects are no array")
    values = np.frombuffer(data, kind, math.prod(shape), head.tell())
    return values.reshape(shape[::-1]).T if in_columns else values.reshape(shape)


def canonical_json(value: Any) -> str:
    """Parameters (a dataclass without arrays) as JSON that is the same for equal values."""
    structure = _adapter(type(value)).dump_python(value, mode="json")
    return json.dumps(structure, sort_keys=True, separators=(",", ":"))


def parse_json(structure: Any, kind: type[R]) -> R:
    """The value `canonical_json` wrote, from its parsed JSON.

    Raises CodecError where it is no `kind`.
    """
    try:
        result: R = _adapter(kind).validate_json(json.dumps(structure))
        return result
    except Exception as fault:
        raise CodecError(f"not a {kind.__name__}: {fault}") from fault
