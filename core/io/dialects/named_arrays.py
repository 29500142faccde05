"""NumPy's .npz with a square array and the names of its rows: read without any pickle."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import Cells, DialectError, RawTable

LARGEST = 2**28
"""Bytes of the arrays together."""
_WANTED = "np.savez(file, matrix=…, names=[…])"


def read_arrays(data: bytes) -> RawTable:
    """The matrix in a .npz, under its names. Raises DialectError, with what to do."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise DialectError(f"arrays of more than {LARGEST // 2**20} MiB", "write Parquet")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in arrays.files}
    except DialectError:
        raise
    except (ValueError, zipfile.BadZipFile, OSError, EOFError, KeyError) as error:
        pickled = "pickle" in str(error)
        raise DialectError(
            "Python objects, which are never loaded, and so without names of tasks"
            if pickled
            else "not a .npz",
            f"write names as plain text: {_WANTED}",
        ) from None
    # What is no array comes back as bytes.
    found = {name: array for name, array in read.items() if isinstance(array, np.ndarray)}
    grids = [a for a in found.values() if a.ndim == 2 and a.dtype.kind in "fiu"]
    names = [a for a in found.values() if a.ndim == 1 and a.dtype.kind == "U"]
    if len(grids) != 1 or len(names) != 1 or grids[0].shape != (len(names[0]), len(names[0])):
        shapes = listed(f"{name} {_shape(array)}" for name, array in found.items()) or "none"
        raise DialectError(
            f"NumPy arrays ({shapes}), without names of tasks beside one square matrix",
            f"write both: {_WANTED}, or a CSV file",
        )
    tasks = [str(name).strip() for name in names[0]]
    columns: tuple[Cells, ...] = (
        tasks,
        *(grids[0][:, i].astype(np.float64) for i in range(len(tasks))),
    )
    rows = np.arange(1, len(tasks) + 1)
    return RawTable(("", *tasks), columns, rows, recognized=("a NumPy matrix with its names",))


def _shape(array: Any) -> str:
    return " × ".join(map(str, array.shape)) or "one value"
