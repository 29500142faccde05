"""The array types of results, and how pydantic writes them: beside the JSON, never as pickles.

Where a result is encoded, its arrays are put aside in a list given as context and their position
stands in the JSON; decoding takes them from there. See `core.cache.codec`.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import numpy as np
import numpy.typing as npt
from pydantic import PlainSerializer, PlainValidator, SerializationInfo, ValidationInfo

from core.numerics.interrupt import breathe


def _put_aside(array: npt.NDArray[Any], info: SerializationInfo) -> int:
    arrays = cast(list[npt.NDArray[Any]], info.context)  # core.cache.codec's list
    arrays.append(array)
    return len(arrays) - 1


def _taker(kind: type[np.generic]) -> PlainValidator:
    def take_back(position: Any, info: ValidationInfo) -> npt.NDArray[Any]:
        array = cast(list[npt.NDArray[Any]], info.context)[position]  # core.cache.codec's list
        if array.dtype != np.dtype(kind):
            raise ValueError(f"array {position} is {array.dtype}, not {np.dtype(kind)}")
        array.setflags(write=False)
        return np.asarray(array)

    return PlainValidator(take_back)


FloatArray = Annotated[npt.NDArray[np.float64], _taker(np.float64), PlainSerializer(_put_aside)]
IntArray = Annotated[npt.NDArray[np.int64], _taker(np.int64), PlainSerializer(_put_aside)]
BoolArray = Annotated[npt.NDArray[np.bool_], _taker(np.bool_), PlainSerializer(_put_aside)]


def largest(values: FloatArray) -> float:
    """The largest finite |value| of an array of any shape, to divide by before it is squared.

    1 where all are zero.
    """
    breathe()
    finite = np.abs(values[np.isfinite(values)])
    return (float(finite.max()) if finite.size else 0.0) or 1.0
