"""JSON in pieces: the text of the standard library, byte for byte."""

from __future__ import annotations

import json
import math
from enum import StrEnum
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cli import json_text
from core.cli.formatters.parts import number, numbers
from core.cli.json_text import Numbers, OnDemand, Records, Repeated, pieces
from core.cli.output import as_text

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(), st.sampled_from(["\n", "%s", "},\n {", '"', "\u2028", "é→\x00", "%%d"]),
)  # fmt: skip
KEYS = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.just("%s"))
REPORTS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(KEYS, inner)
    ),
    max_leaves=12,
)


class Word(StrEnum):
    """A string that is none by its type alone."""

    ONE = "one"


def usual(report: object) -> str:
    return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)


def told(report: object) -> str:
    return "".join(pieces(report))


@settings(max_examples=30)
@given(REPORTS)
def test_reports_are_written_as_by_the_standard_library(report):
    assert told(report) == usual(report)
    assert as_text(report) == usual(report) + "\n"


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=100)
@given(st.lists(st.one_of(st.none(), FLOATS, FLOATS.map(lambda x: x % 1e-3)), min_size=1))
def test_numbers_are_written_as_by_the_standard_library(values):
    powers = [sign * 10.0**power for power in (-7, -6, -5, -4, -3, 15, 16, 17) for sign in (1, -1)]
    for some in (values, values + powers, tuple(values)):
        assert told(some) == usual(some)
        of = {"x": list(some)}
        rows = Records(len(some), lambda part, of=of: {"x": of["x"][part]})
        assert told(rows) == usual([{"x": one} for one in some])
        array = np.array(some, dtype=np.float64)
        assert told(Numbers(array)) == usual(list(some))
        beside = Records(len(some), lambda p, a=array: {"x": Numbers(a[p]), "y": Numbers(-a[p])})
        negative = (None if one is None else -one for one in some)
        both = [{"x": x, "y": y} for x, y in zip(some, negative, strict=True)]
        assert told(beside) == usual(both)


@pytest.mark.parametrize(
    ("values", "plain"),
    [
        (np.array([], dtype=np.float64), []),
        (np.array([1, -(2**62)]), [1, -(2**62)]),
        (np.array([True, False]), [True, False]),
        (np.array([0.1, np.nan, np.inf, -np.inf], dtype=np.float32), [float(np.float32(0.1))]),
        (np.arange(6.0)[::2], [0.0, 2.0, 4.0]),
    ],
)
def test_arrays_are_written_as_lists_of_plain_values(values, plain):
    plain = plain + [None] * (len(values) - len(plain))
    assert told(Numbers(values)) == usual(plain)
    assert Numbers(values) == plain
    assert [type(one) for one in Numbers(values)] == [type(one) for one in plain]


HOSTILE = st.sampled_from(["\0", "%s", "%%", "];[", "],[", ",", "null", "\n", '"low": ', "é"])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(*[st.one_of(FLOATS, st.just(math.nan))] * 2, st.booleans()), max_size=7),
    st.lists(HOSTILE, min_size=4, max_size=4, unique=True),
    st.one_of(PLAIN, HOSTILE),
    st.permutations(range(4)),
    st.booleans(),
)
def test_two_columns_of_numbers_are_written_as_their_rows(rows, names, value, order, as_gone):
    low, high = (np.array([row[at] for row in rows]) for at in range(2))
    gone = np.isnan(low) & np.isnan(high) if as_gone else np.array([row[2] for row in rows], bool)

    def columns(part: slice) -> dict[str, OnDemand]:
        count = len(low[part])
        made = [Numbers(low[part]), Numbers(high[part]), Repeated(count, value), Repeated(count, 1)]
        return {names[at]: made[at] for at in order}

    def row(at: int) -> dict[str, object]:
        made = [*(None if math.isnan(one[at]) else one[at] for one in (low, high)), value, 1]
        return {names[at]: made[at] for at in order}

    told_rows = [None if no else row(at) for at, no in enumerate(gone.tolist())]
    records = Records(len(rows), columns, missing=gone.astype(bool))
    assert told([records]) == usual([told_rows])
    assert list(records) == told_rows


def test_names_that_are_equal_and_not_the_same_are_written_each_as_it_is():
    for key in (1, True, 1.0, "1", None):
        assert told({key: [1, []]}) == usual({key: [1, []]})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_undefined_numbers_among_none_are_refused(value):
    for report in ([0.5, None, value], Records(3, lambda _part: {"x": [None, value, 0.5]})):
        with pytest.raises(ValueError, match="not JSON compliant"):
            told(report)


ROWS = st.integers(0, 7).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.dictionaries(
            st.text(),
            st.one_of(
                st.lists(PLAIN, min_size=count, max_size=count),
                st.lists(REPORTS, min_size=count, max_size=count),
                st.dictionaries(
                    st.text(), st.lists(PLAIN, min_size=count, max_size=count), min_size=1
                ),
            ),
            min_size=1,
        ),
        st.lists(st.booleans(), min_size=count, max_size=count),
    )
)


@settings(max_examples=20)
@given(ROWS, st.integers(0, 3), st.integers(1, 4))
def test_columns_are_written_as_their_rows(made, depth, at_once):
    count, columns, missing = made

    def of(part: slice) -> dict[str, object]:
        return {
            key: {name: own[part] for name, own in column.items()}
            if isinstance(column, dict)
            else column[part]
            for key, column in columns.items()
        }

    def row(at: int) -> dict[str, object]:
        return {
            key: {name: own[at] for name, own in column.items()}
            if isinstance(column, dict)
            else column[at]
            for key, column in columns.items()
        }

    rows = [None if missing[at] else row(at) for at in range(count)]
    records = Records(count, of, missing=np.array(missing, dtype=bool))
    report: object = {"rows": rows, "after": 1}
    by_columns: object = {"rows": records, "after": 1}
    for _ in range(depth):
        report, by_columns = [report], [by_columns]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "AT_ONCE", at_once)
        assert told(by_columns) == usual(report)
    assert records == rows
    assert list(records[1:3]) == rows[1:3]


def test_items_are_made_when_they_are_written():
    made = []

    def item(at: int) -> list[int]:
        made.append(at)
        return [at]

    report = OnDemand(3, item)
    written = pieces(report)
    assert made == []
    assert "".join(chain(written)) == usual([[0], [1], [2]])
    assert made == [0, 1, 2]
    assert report[-1] == [2]
    assert told(OnDemand(0, item)) == "[]"
    with pytest.raises(IndexError):
        report[3]


def test_what_is_a_kind_of_string_or_number_is_written_as_that():
    report = {"word": Word.ONE, "number": np.float64(0.1), "both": [Word.ONE, np.float64(1e300)]}
    assert told(report) == usual(report)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_undefined_numbers_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        told({"deep": [[1.0, value]]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        told(Records(1, lambda _: {"value": [value]}))


def test_what_json_has_not_is_refused():
    with pytest.raises(TypeError, match="int64 is not JSON serializable"):
        told({"n": np.int64(3)})
    with pytest.raises(TypeError, match="keys must be"):
        told({(1, 2): [[3]]})


def test_columns_of_several_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        told(Records(2, lambda _: {"one": [1, 2], "other": [1]}))


@given(st.lists(st.floats(), max_size=9))
def test_a_row_of_numbers_is_each_number(values):
    found = numbers(np.array(values, dtype=np.float64))
    assert list(map(repr, found)) == [repr(number(value)) for value in values]
