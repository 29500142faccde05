"""In which forms an array of representations is stored: NumPy, safetensors, PyTorch."""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from core.io.problems import quoted

ITEMS = "items.csv"
_SAFETENSORS_BYTES = {"F16": 2, "F32": 4, "F64": 8, "BF16": 2}
_SAFETENSORS_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}
_LONGEST_HEADER = 2**20  # one tensor takes a hundred bytes; the rest is free text
_LONGEST_REASON = 200  # numpy quotes the header, whatever its length
_AGAIN = "write the file again"
_READ_AT_ONCE = 16 * 2**20


@dataclass(frozen=True)
class Unusable(Exception):  # noqa: N818 - not an error to anybody outside
    """Why a representation file cannot be used, and what to do."""

    found: str
    todo: str


def check_header(file: BinaryIO, path: Path, n_items: int) -> None:
    """Raise Unusable where a file's header says that it is not what is asked for."""
    state = os.fstat(file.fileno())
    if not stat.S_ISREG(state.st_mode):
        raise Unusable("not a regular file", "put the array there")
    size = state.st_size
    FORMATS[path.suffix].check(file, size, n_items)


def check_values(file: BinaryIO, path: Path) -> None:
    """Raise Unusable where a small file holds NaN or infinite values.

    Larger ones are looked at when they are used: reading gigabytes for a list of problems would
    take minutes.
    """
    small = os.fstat(file.fileno()).st_size <= _READ_AT_ONCE
    if small and FORMATS[path.suffix].looked_at and not np.isfinite(read_array(file, path)).all():
        raise Unusable("values that are not finite", _AGAIN)


def _check_npy(file: BinaryIO, size: int, n_items: int) -> None:
    shape, _, dtype = _npy_header(file)
    check_kind(dtype)
    check_shape(shape, n_items)
    _check_size(size, file.tell() + math.prod(shape) * dtype.itemsize)


def _npy_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns come first, and kind; the file stands at its numbers then."""
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(file)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(file)
    except Exception as error:  # numpy evaluates the header as Python and may raise anything
        reason = str(error).split("\n", 1)[0][:_LONGEST_REASON] or type(error).__name__
        raise Unusable(f"not a .npy file: {reason}", _AGAIN) from None
    raise Unusable(f".npy of version {version[0]}.{version[1]}", "save it with numpy.save")


def _check_safetensors(file: BinaryIO, size: int, n_items: int) -> None:
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise Unusable("a safetensors file that is cut", _AGAIN)
    if length > _LONGEST_HEADER:
        raise Unusable("a safetensors file with a header of more than 1 MiB", _AGAIN)
    try:
        header = json.loads(file.read(length))
        tensors = {name: info for name, info in header.items() if name != "__metadata__"}
        if len(tensors) != 1:
            raise Unusable(f"{len(tensors)} tensors", "store one tensor per file")
        info = next(iter(tensors.values()))
        kind, shape, end = str(info["dtype"]), tuple(info["shape"]), int(info["data_offsets"][1])
        sized = all(type(n) is int and 0 <= n < 2**63 for n in shape)
    except Unusable:
        raise
    except Exception:  # JSON of any form
        raise Unusable("not a safetensors file", _AGAIN) from None
    if kind not in _SAFETENSORS_BYTES or not sized:
        raise Unusable(f"a tensor of {quoted(kind)}", "store float16, float32 or float64")
    check_shape(shape, n_items)
    if end != math.prod(shape) * _SAFETENSORS_BYTES[kind]:
        raise Unusable("a safetensors file whose header contradicts itself", _AGAIN)
    _check_size(size, 8 + length + end)


def check_kind(dtype: np.dtype[Any]) -> None:
    """Raise Unusable where these are no floats."""
    if dtype.hasobject:
        raise Unusable("an array of Python objects, which is a pickle", "save it as floats")
    if dtype.kind != "f" or dtype.itemsize > 8:
        raise Unusable(f"numbers of type {dtype}", "store float16, float32 or float64")


def check_shape(shape: Sequence[int], n_items: int) -> None:
    """Raise Unusable where it is not (n_items, n_features)."""
    if any(type(n) is not int or not 0 <= n < 2**63 for n in shape):
        raise Unusable("a shape that is not whole numbers", _AGAIN)
    if len(shape) != 2 or shape[1] < 1:
        raise Unusable(f"shape {tuple(shape)}", "store (n_items, n_features)")
    if shape[0] != n_items:
        raise Unusable(f"{shape[0]} rows, {ITEMS} has {n_items}", f"give {ITEMS} one line per row")


def _check_size(size: int, expected: int) -> None:
    if size != expected:
        state = "cut" if size < expected else "too long"
        raise Unusable(f"the file is {state}: {size} bytes instead of {expected}", _AGAIN)


def read_array(file: BinaryIO, path: Path) -> npt.NDArray[Any]:
    """What an open file holds whose header was checked; path: for its suffix alone."""
    file.seek(0)
    return FORMATS[path.suffix].read(file)


def _read_npy(file: BinaryIO) -> npt.NDArray[Any]:
    """Mapped into memory, not read."""
    shape, fortran, dtype = _npy_header(file)
    return np.memmap(file, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def _read_safetensors(file: BinaryIO) -> npt.NDArray[Any]:
    """One tensor; bfloat16 as float32: its bits are the upper half of a float32's."""
    from safetensors import SafetensorError, deserialize

    try:
        ((_, tensor),) = deserialize(file.read())  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise Unusable(f"not a safetensors file: {error}", _AGAIN) from None
    kind = tensor["dtype"]
    array: npt.NDArray[Any] = np.frombuffer(tensor["data"], dtype=_SAFETENSORS_TYPES[kind])
    if kind == "BF16":
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.reshape(tensor["shape"])


def _check_torch(_file: BinaryIO, size: int, _n_items: int) -> None:
    """Only that there is something: what is in it is known when somebody asks for it."""
    if size == 0:
        raise Unusable("an empty file", _AGAIN)


def _read_torch(file: BinaryIO) -> npt.NDArray[Any]:
    try:
        import torch
    except ImportError:
        raise Unusable(
            "a .pt file, and PyTorch is not installed", "install torch, or store it as .npy"
        ) from None
    try:
        # weights_only: never as a pickle.
        tensor = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises what its unpickler meets
        reason = str(error).split("\n", 1)[0]
        raise Unusable(f"not weights alone: {reason}", "store one tensor, or .npy") from None
    if not isinstance(tensor, torch.Tensor):
        raise Unusable(f"a {type(tensor).__name__} instead of a tensor", "store one tensor")
    try:
        array: npt.NDArray[Any] = tensor.detach().numpy()
    except (TypeError, RuntimeError):  # bfloat16, sparse tensors
        raise Unusable(
            "a tensor that NumPy has no type for", "store float16, float32 or float64"
        ) from None
    return array


@dataclass(frozen=True)
class ArrayFormat:
    """A form in which an array is stored.

    check: (open file, its size, n_items) raises Unusable where the header is not what is asked for.
    read: an open file, at its beginning -> (n_items, n_features). looked_at: a small file is read
    for values that are not finite when the study is opened.
    """

    check: Callable[[BinaryIO, int, int], None]
    read: Callable[[BinaryIO], npt.NDArray[Any]]
    looked_at: bool = True


FORMATS: Mapping[str, ArrayFormat] = {
    ".npy": ArrayFormat(_check_npy, _read_npy),
    ".safetensors": ArrayFormat(_check_safetensors, _read_safetensors),
    ".pt": ArrayFormat(_check_torch, _read_torch, looked_at=False),
}
"""By the ending of a name; of several files of one checkpoint the first here is read."""

_ENDING = f"({'|'.join(map(re.escape, FORMATS))})"
CHECKPOINT = re.compile(rf"checkpoint-([0-9]{{1,18}}){_ENDING}", re.ASCII)
LIKE_CHECKPOINT = re.compile(rf"checkpoint-.*{_ENDING}", re.DOTALL)


def preference(file: str) -> tuple[int, str]:
    """What files of one checkpoint are put in order by: the form that is read first."""
    return list(FORMATS).index(Path(file).suffix), file
