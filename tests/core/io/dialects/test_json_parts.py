"""Named values and results in lists are read as rows; names of sides say which way a matrix is."""

from __future__ import annotations

import json

import pytest

from core.io.dialects.json_parts import unfolded, with_named_values
from core.io.dialects.json_records import read_json


def test_lists_of_key_and_value_are_objects_whose_last_value_counts():
    metrics = [{"key": "acc", "value": 0.1, "step": 0}, {"key": "acc", "value": 0.5, "step": 1}]
    assert with_named_values({"data": {"metrics": metrics, "tags": []}}) == {
        "data": {"metrics": {"acc": 0.5}, "tags": []}
    }
    deep: list[object] = []
    for _ in range(50):
        deep = [deep]
    assert with_named_values(deep) == deep


def test_runs_of_mlflow_as_it_sends_them():
    run = {
        "info": {"run_id": "a"},
        "data": {
            "metrics": [{"key": "acc", "value": 0.5, "timestamp": 1, "step": 0}],
            "params": [{"key": "source", "value": "A"}, {"key": "target", "value": "B"}],
        },
    }
    table = read_json(json.dumps([run]))
    assert table.header == (
        "info.run_id",
        "data.metrics.acc",
        "data.params.source",
        "data.params.target",
    )


def test_results_in_a_list_are_a_row_each():
    rows, said = unfolded([{"train": "A", "results": [{"task": "A", "acc": 1}, {"task": "B"}]}])
    assert rows == [{"train": "A", "task": "A", "acc": 1}, {"train": "A", "task": "B"}]
    assert said == ", a row for each of results"
    plain = [{"a": 1, "b": [{"c": 1}], "d": [{"e": 1}]}]
    assert unfolded(plain) == (plain, "")
    assert unfolded([]) == ([], "")


@pytest.mark.parametrize(
    "matrix",
    [
        {"sources": ["A", "B"], "targets": ["x", "y", "z"], "acc": [[1, 2, 3], [4, 5, 6]]},
        {"targets": ["x", "y", "z"], "sources": ["A", "B"], "acc": [[1, 2, 3], [4, 5, 6]]},
        {"targets": ["x", "y", "z"], "sources": ["A", "B"], "acc": [[1, 4], [2, 5], [3, 6]]},
        {
            "targets": ["x", "y", "z"],
            "sources": ["A", "B"],
            "acc": [[1, 2, 3], [4, 5, 6]],
            "std": [[0]],
        },
    ],
)
def test_a_matrix_with_sources_and_targets_has_sources_down(matrix):
    table = read_json(json.dumps(matrix))
    assert table.header == ("acc", "x", "y", "z")
    assert [list(column) for column in table.columns] == [
        ["A", "B"],
        ["1", "4"],
        ["2", "5"],
        ["3", "6"],
    ]
