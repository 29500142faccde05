"""Parts of JSON objects that hold rows or names: lists of `key` and `value`, results in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PAIR = {"key", "value"}


def with_named_values(value: Any, deepest: int = 20) -> Any:
    """The same with `{"a": 1}` for `[{"key": "a", "value": 1}]`, as MLflow writes its runs.

    Of a key that comes again, as of a metric at each step, the last value.
    """
    if deepest < 1:
        return value
    if isinstance(value, dict):
        return {key: with_named_values(inner, deepest - 1) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    if value and all(isinstance(one, dict) and {*one} >= _PAIR for one in value):
        return {str(one["key"]): one["value"] for one in value}
    return [with_named_values(one, deepest - 1) for one in value]


def unfolded(
    records: Sequence[Mapping[str, Any]],
) -> tuple[Sequence[Mapping[str, Any]], str]:
    """A record for each object in the one list of objects that all have, and where that stands.

    What stands beside the list is in each of them; the same records and nothing without one.
    """
    keys = [
        key
        for key in (records[0] if records else ())
        if all(_holds_objects(record.get(key)) for record in records)
    ]
    if len(keys) != 1:
        return records, ""
    key = keys[0]
    rows = [
        {**{name: value for name, value in record.items() if name != key}, **inner}
        for record in records
        for inner in record[key]
    ]
    return rows, f", a row for each of {key}"


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
