"""Results as bytes and back: JSON for the structure, npz for the arrays, never a pickle."""

from __future__ import annotations

import io
import json
import math
import zipfile
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from core.numerics.interrupt import give_way

if TYPE_CHECKING:
    from pydantic import RootModel, TypeAdapter

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


_holders: dict[type[Any], type[RootModel[Any]]] = {}


def _kept(kind: type[Any]) -> type[RootModel[Any]]:
    """What holds a result to be written, built once as `_adapter`; NaN stays NaN.

    It makes JSON of a result without Python's lists in between: by these and `json` the balance of
    a thousand tasks holds the interpreter seven times as long.
    """
    if kind in _holders:
        return _holders[kind]
    from pydantic import ConfigDict, RootModel

    class Kept(RootModel[kind]):  # type: ignore[valid-type]
        model_config = ConfigDict(ser_json_inf_nan="constants")

    return _holders.setdefault(kind, Kept)


def _as_json(kept: RootModel[Any], arrays: list[Any]) -> str:
    """The structure; its arrays are added to `arrays`."""
    from pydantic_core import PydanticSerializationError

    try:
        return kept.model_dump_json(context=arrays)
    except PydanticSerializationError:
        # A name may hold half a letter of UTF-16, as JSON has it escaped: `json` writes that.
        arrays.clear()
        return json.dumps(kept.model_dump(context=arrays), separators=(",", ":"))


def _of_json(kind: type[RootModel[Any]], text: bytes, arrays: list[Any]) -> Any:
    """What `_as_json` made the text of. Raises ValueError where it is no such thing."""
    from pydantic import ValidationError

    try:
        return kind.model_validate_json(text, context=arrays).root
    except ValidationError:
        return kind.model_validate(json.loads(text), context=arrays).root


def encode(value: Any) -> bytes:
    """A result (a dataclass of numbers, text, arrays and more such dataclasses) as bytes."""
    arrays: list[Any] = []
    text = _as_json(_kept(type(value)).model_construct(value), arrays)
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
            structure = _member(stored, _STRUCTURE).tobytes()
            names = set(stored.namelist())
            arrays = [_array(stored, names, i) for i in range(len(names) - 1)]
        return _of_json(_kept(kind), structure, arrays)  # type: ignore[no-any-return]
    except Exception as fault:
        # A single flipped bit makes zipfile, numpy or pydantic raise nearly anything.
        raise CodecError(f"not an encoded {kind.__name__}: {fault}") from fault


class _Pieces:
    """A file to write to that keeps what was written, piece by piece."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Bytes written."""
        give_way()
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
