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


STACK = np.stack([MATRIX, MATRIX / 2, MATRIX / 4])


@pytest.mark.parametrize(
    "arrays",
    [
        {"acc": STACK, "tasks": NAMES, "seeds": np.array([3, 5, 7])},
        {"acc": np.moveaxis(STACK, 0, 2), "tasks": NAMES, "seeds": np.array([3, 5, 7])},
        {
            "acc": np.moveaxis(STACK, 0, 1),
            "tasks": np.array([b"A", b"B"]),
            "seed": np.array([3, 5, 7]),
        },
        {"names": NAMES, "seed_3": STACK[0], "acc_seed5": STACK[1], "run7": STACK[2]},
    ],
)
def test_a_matrix_a_seed_is_a_row_a_source_and_seed(arrays) -> None:
    table = read_raw("f.npz", saved(**arrays))
    assert table.header == ("", "seed", "A", table.header[3])
    assert [row[0] for row in zip(*table.columns[:2], strict=True)][::2] == ["A"] * 3
    assert list(table.columns[1]) == ["3", "3", "5", "5", "7", "7"]
    assert list(table.columns[2]) == [1.0, 0.25, 0.5, 0.125, 0.25, 0.0625]
    assert "rows of the arrays are taken for what was trained on" in table.recognized


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("seeds", [None, 4])
def test_sources_and_targets_stand_where_as_many_names_are(turned, seeds) -> None:
    values = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    array = values.T if turned else values
    beside = {"seeds": np.arange(seeds)} if seeds else {}
    array = np.stack([array] * seeds, axis=2) if seeds else array
    table = read_raw(
        "f.npz", saved(targets=np.array(["x", "y", "z"]), sources=NAMES, f1=array, **beside)
    )
    assert table.header[-3:] == ("x", "y", "z")
    assert table.header[0] == "sources"
    assert [float(column[1]) for column in table.columns[-3:]] == [0.4, 0.5, 0.6]


def test_spreads_beside_a_matrix_are_left_out() -> None:
    table = read_raw("f.npz", saved(acc=MATRIX, acc_std=MATRIX / 9, names=NAMES))
    assert list(table.columns[1]) == [1.0, 0.25]
    assert table.recognized[-1] == "acc_std left out"


@pytest.mark.parametrize(
    ("arrays", "found", "todo"),
    [
        ({"a": STACK}, "nothing says what its third axis is", "names=[…], seeds=[0, 1, 2])"),
        ({"a": STACK[:2]}, "which axis is seeds cannot be known", "seed_0=a[0], seed_1=a[1])"),
        ({"a": STACK[:2], "seed": [0, 1]}, "which axis is seeds cannot", "seed_0=a[0], seed_1="),
        ({"a": STACK, "seed": [0, 1]}, "a NumPy array a of 3 × 2 × 2 beside 2 names and 2", "sou"),
        ({"a": MATRIX[:1]}, "a NumPy array a of 1 × 2 beside 2 names", "sources=[…], targets=[…]"),
        ({"seed_0": MATRIX, "seed_1": MATRIX[:1]}, "seed_1 of 1 × 2", "sources=[…], targets=[…]"),
        ({"a": MATRIX, "b": MATRIX}, "one alone can be the results", "np.savez(file, a=…, nam"),
        ({"a": np.zeros((2, 2, 2, 2))}, "of 4 axes", "names=[…], seeds=[0, 1])"),
    ],
)
def test_what_no_axis_says_is_asked(arrays, found, todo) -> None:
    with pytest.raises(DialectError) as told:
        read_raw("f.npz", saved(names=NAMES, **arrays))
    assert found in told.value.found
    assert todo in told.value.todo
