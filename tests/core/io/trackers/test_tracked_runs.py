"""Runs kept as a Parquet file: columns, what is written comes back, what is new is told."""

from __future__ import annotations

import math

import pytest

from core.io.trackers.tracked_runs import (
    RunTable,
    TrackedRun,
    merged,
    param_text,
    read_run_table,
    tracked_run,
    write_run_table,
)


def run(key, **values):
    return TrackedRun(key, values)


def test_a_name_that_is_taken_gets_a_prefix():
    made = tracked_run(
        "1",
        name="n",
        experiment="",
        status="FINISHED",
        params={"loss": "mse", "status": "x", "note": ""},
        metrics={"loss": 1, "run_id": 2},
    )
    assert made.values == {
        "run_name": "n",
        "status": "FINISHED",
        "params.loss": "mse",
        "params.status": "x",
        "loss": 1.0,
        "metrics.run_id": 2.0,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["de", "en"], "de+en"),
        ("['de', 'en']", "de+en"),
        ("('de',)", "de"),
        ("[1, 2]", "[1, 2]"),
        ("[__import__('os')]", "[__import__('os')]"),
        ("[" * 500 + "]" * 500, "[" * 500 + "]" * 500),
        (3, "3"),
        (2.0, "2"),
        (True, "true"),
        (None, ""),
    ],
)
def test_a_parameter_is_text_and_a_list_a_training_set(value, text):
    assert param_text(value) == text


def test_what_is_written_comes_back(tmp_path):
    path = tmp_path / "runs.parquet"
    table = RunTable("mlflow:x", (run("1", a=1.0, b="x"), run("2", a=math.nan, c="ä")), ("a",))
    write_run_table(path, table)
    back = read_run_table(path)
    assert (back.source, back.needed) == (table.source, ("a",))
    assert [list(one.values) for one in back.runs] == [["a", "b"], ["a", "c"]]
    assert merged(back, table.runs)[1:] == (0, 0, 0)
    assert path.stat().st_size > 0
    assert [p.name for p in tmp_path.iterdir()] == ["runs.parquet"]


def test_new_changed_and_gone_runs_are_counted_and_their_order_kept():
    kept = RunTable("s", (run("1", a=1.0), run("2", a=2.0), run("3", a=3.0)), ("a",))
    fresh = [run("4", a=4.0), run("2", a=5.0), run("1", a=1.0), run("5", b="no a")]
    table, new, changed, gone = merged(kept, fresh)
    assert (new, changed, gone) == (1, 1, 1)
    assert [(one.id, one.values["a"]) for one in table.runs] == [
        ("1", 1.0),
        ("2", 5.0),
        ("3", 3.0),
        ("4", 4.0),
    ]


def test_a_column_of_numbers_and_texts_is_text():
    raw = RunTable("s", (run("1", a=1.0), run("2", a="x"), run("3"))).as_raw()
    assert raw.header == ("a",)
    assert list(raw.columns[0]) == ["1", "x", ""]
