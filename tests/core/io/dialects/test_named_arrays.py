"""NumPy arrays: read where names stand beside a square matrix, never as Python objects."""

from __future__ import annotations

import io
from unittest import mock

import numpy as np
import pytest

from core.io.dialects import named_arrays, read_raw
from core.io.dialects.raw_table import DialectError

MATRIX = np.array([[1.0, 0.5], [0.25, 1.0]])
NAMES = np.array(["A", "é "])


def saved(**arrays: object) -> bytes:
    written = io.BytesIO()
    np.savez(written, **arrays)  # type: ignore[arg-type]
    return written.getvalue()


def test_a_matrix_with_its_names_is_a_square_table() -> None:
    table = read_raw("f.npz", saved(cka=MATRIX, tasks=NAMES))
    assert table.header == ("", "A", "é")
    assert [list(column) for column in table.columns] == [["A", "é"], [1.0, 0.25], [0.5, 1.0]]
    assert table.recognized == ("a NumPy matrix with its names",)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (saved(m=MATRIX), r"NumPy arrays \(m 2 × 2\), without names of tasks"),
        (saved(m=MATRIX, names=NAMES[:1]), "without names of tasks beside one square matrix"),
        (saved(m=MATRIX, names=NAMES.astype(object)), "Python objects, which are never loaded"),
    ],
)
def test_what_has_no_names_is_refused_with_what_to_do(data: bytes, found: str) -> None:
    with pytest.raises(DialectError, match=found) as told:
        read_raw("f.npz", data)
    assert "np.savez(file, matrix=…, names=[…])" in told.value.todo


def test_one_array_alone_and_very_large_ones_are_refused() -> None:
    alone = io.BytesIO()
    np.save(alone, MATRIX)
    with pytest.raises(DialectError, match="a NumPy array, without names of tasks"):
        read_raw("f.npy", alone.getvalue())
    with (
        mock.patch.object(named_arrays, "LARGEST", 100),
        pytest.raises(DialectError, match="arrays of more than"),
    ):
        read_raw("f.npz", saved(m=MATRIX, names=NAMES))
