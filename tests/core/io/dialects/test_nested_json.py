"""Objects within objects become records: a level a column."""

from __future__ import annotations

from core.io.dialects.nested_json import nested_records

PAIRS = {"A": {"A": 0.9, "B": 0.4}, "B": {"A": 0.3, "B": 0.8}}


def test_two_levels_are_sources_and_targets() -> None:
    found = nested_records(PAIRS)
    assert found is not None
    assert found[1] == "JSON nested by sources, then target"
    assert found[0][1] == {"sources": "A", "target": "B", "value": 0.4}


def test_the_levels_that_share_names_are_sources_and_targets() -> None:
    found = nested_records({"bert": PAIRS, "xlmr": PAIRS})
    assert found is not None
    assert found[1] == "JSON nested by method, then sources, then target"
    inner = nested_records({"A": {"s1": {"A": 1, "B": 2}}, "B": {"s1": {"A": 3, "B": 4}}})
    assert inner is not None
    assert inner[0][1] == {"sources": "A", "seed": "s1", "target": "B", "value": 2} or (
        inner[0][1]["method"] == "s1"
    )


def test_measures_are_columns_and_lists_are_seeds() -> None:
    measured = {
        a: {b: {"accuracy": v, "loss": 1 - v} for b, v in r.items()} for a, r in PAIRS.items()
    }
    found = nested_records(measured)
    assert found is not None
    assert {"sources", "target", "accuracy", "loss"} == set(found[0][0])
    lists = nested_records({"A": {"B": [0.1, 0.2]}, "B": {"A": [0.3, 0.4]}})
    assert lists is not None
    assert [(r["seed"], r["value"]) for r in lists[0][:2]] == [(0, 0.1), (1, 0.2)]


def test_columns_as_pandas_writes_them_are_a_table() -> None:
    found = nested_records({"source": {"0": "A", "1": "B"}, "score": {"0": 0.5, "1": 0.6}})
    assert found is not None
    assert found[0] == [{"source": "A", "score": 0.5}, {"source": "B", "score": 0.6}]


def test_what_is_nested_otherwise_is_left() -> None:
    assert nested_records({"a": 1, "b": {"c": 2}}) is None
    assert nested_records({"a": 1}) is None
    assert nested_records({"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}) is None
