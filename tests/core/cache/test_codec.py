from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analyses.association import choices
from core.analyses.association.association import Association
from core.analyses.association.dyads import Point
from core.analyses.association.mrqap import Mrqap, MrqapCoefficient
from core.analyses.query import DetailQuery, SimilarityQuery, TransferQuery
from core.analyses.registry import ANALYSES
from core.cache.codec import CodecError, canonical_json, decode, encode
from core.io import open_study
from core.numerics.arrays import FloatArray, IntArray
from core.transfer.matrix import matrix_kinds
from tests.core.small import square_study

EXAMPLE = Path(__file__).parents[3] / "examples" / "atlantis" / "study"


def assert_same(left, right):
    """Equal in every field, NaN equal to NaN, types included."""
    assert type(left) is type(right)
    if isinstance(left, np.ndarray):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    elif dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, tuple):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    else:
        assert left == right or (left != left and right != right)


@dataclasses.dataclass(frozen=True)
class Several:
    parts: tuple[IntArray, ...]


@pytest.mark.parametrize("ends", [(0, 0), (-1, 300), (0, 2**40), (-(2**63), 2**63 - 1)])
def test_large_arrays_of_whole_numbers_come_back_as_they_were(ends):
    few = np.arange(5)
    many = np.resize(np.array([*ends, 7 if ends[1] else 0], dtype=np.int64), (70, 60))
    data = encode(Several((few, many)))
    assert_same(decode(data, Several), Several((few, many)))
    if ends[1] < 2**31:
        assert len(data) < 4.5 * many.size


@dataclasses.dataclass(frozen=True)
class Numbers:
    parts: tuple[FloatArray, ...]


def test_arrays_of_any_order_and_size_come_back_as_they_were():
    table = np.arange(6.0).reshape(2, 3)
    parts = (table, table.T, table[:, ::2], table[:0], np.array(0.5), np.zeros((3, 0, 2)))
    assert_same(decode(encode(Numbers(parts)), Numbers), Numbers(parts))


# item-influence needs representations: tests/core/analyses/association/test_influence.py has it.
# item-maps need them, too: tests/core/similarity/test_item_maps.py.
OTHERWISE = {"item-influence", "item-maps", "mrqap", "several-tasks", "specifications"}


@pytest.mark.parametrize("name", sorted(set(ANALYSES) - OTHERWISE))
@pytest.mark.parametrize("n_seeds", [1, 2])
def test_every_result_survives_the_way_there_and_back(name, n_seeds):
    analysis = ANALYSES[name]
    rng = np.random.default_rng(0)
    values = rng.random((n_seeds, 5, 5))
    values[0, 1, 2] = np.nan
    study = square_study(values, cka=np.full((5, 5), 0.3) + np.eye(5) * 0.7)
    asked = {
        "comparison": (TransferQuery("ft1", other="ft1"),),
        "data-quality": (),
        "similarity": (SimilarityQuery(),),
        "task-pair-profile": (DetailQuery(("a",), "c"),),
        "pair": (TransferQuery("ft1"), DetailQuery(("a",), "b")),
        "task": (TransferQuery("ft1"), DetailQuery(("a",))),
        "trajectories": (SimilarityQuery(),),
    }
    result = analysis.compute(study, *asked.get(name, (TransferQuery("ft1"),)))
    back = decode(encode(result), analysis.result)
    assert_same(result, back)


@pytest.mark.parametrize(
    ("name", "method"), [("several-tasks", "ftwb2"), ("specifications", "ftwb1")]
)
def test_results_that_need_a_whole_study_survive_it_too(name, method, monkeypatch):
    monkeypatch.setattr(choices, "most_specifications", lambda _: 200)
    result = ANALYSES[name].compute(open_study(EXAMPLE), TransferQuery(method))
    assert_same(result, decode(encode(result), ANALYSES[name].result))


def test_a_regression_on_several_predictors_survives_it_too():
    kinds = get_type_hints(MrqapCoefficient)
    one = MrqapCoefficient(
        **{name: "x" if kind is str else 0.1 for name, kind in kinds.items()}  # type: ignore[arg-type]
    )
    result = Mrqap("ft1", (42, 43), ("a", "b"), 2, 0.25, 720, True, (one,))
    assert_same(result, decode(encode(result), Mrqap))


@dataclasses.dataclass(frozen=True)
class Named:
    names: tuple[str, ...]
    numbers: tuple[float, ...]
    array: FloatArray


@pytest.mark.parametrize("name", ["ft1", 'a "b"\n\x00', "é ぬ", "half a letter \ud800"])
def test_texts_and_numbers_of_any_kind_come_back_as_they_were(name):
    numbers = (0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, 1e22, np.inf, -np.inf, np.nan)
    told = Named((name,), numbers, np.arange(3.0))
    back = decode(encode(told), Named)
    assert_same(told, back)
    assert np.signbit(back.numbers[1])


def test_arrays_come_back_read_only():
    study = square_study(np.zeros((1, 3, 3)))
    result = ANALYSES["transfer"].compute(study, TransferQuery(method="ft1"))
    back = decode(encode(result), type(result))
    with pytest.raises(ValueError, match="read-only"):
        back.per_seed[0, 0, 0] = 1.0


@given(st.binary(max_size=200))
def test_any_bytes_are_a_result_or_a_codec_error(data):
    with pytest.raises(CodecError):
        decode(data, Association)


def test_a_cut_or_flipped_value_is_noticed():
    data = encode(Point("a", "b", "A→B", 0.5, 0.25))
    assert decode(data, Point) == Point("a", "b", "A→B", 0.5, 0.25)
    with pytest.raises(CodecError):
        decode(data[: len(data) // 2], Point)
    middle = data.index(b"0.25")
    with pytest.raises(CodecError):
        decode(data[:middle] + b"9" + data[middle + 1 :], Point)


def test_a_result_of_another_type_is_noticed():
    with pytest.raises(CodecError, match="not an encoded Association"):
        decode(encode(Point("a", "b", "A→B", 0.5, 0.25)), Association)


def test_equal_parameters_have_equal_json_and_others_do_not():
    assert canonical_json(TransferQuery("m")) == canonical_json(
        TransferQuery(method="m", seeds=None)
    )
    texts = {
        canonical_json(TransferQuery("m", kind=kind, seeds=seeds, checkpoint=checkpoint))
        for kind in matrix_kinds()
        for seeds in (None, (1,), (1, 2))
        for checkpoint in ("last", 1, 12)
    }
    assert len(texts) == len(matrix_kinds()) * 9


def test_a_flipped_bit_is_noticed_or_changes_nothing():
    study = square_study(np.random.default_rng(0).random((2, 4, 4)))
    analysis = ANALYSES["transfer"]
    data = encode(analysis.compute(study, TransferQuery(method="ft1")))
    rng = np.random.default_rng(1)
    noticed = 0
    for _ in range(800):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        try:
            assert encode(decode(bytes(damaged), analysis.result)) == data
        except CodecError:
            noticed += 1
    assert noticed > 400
