"""Settings, such as a learning rate, beside the scores: methods, or asked about; never seeds."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core import open_study
from core.cli import cli

PAIRS = [*itertools.product("AB", "AB")]


def asked(path: Path, *options: str) -> str:
    done = CliRunner().invoke(cli, ["init", str(path), "--json", "--force", *options])
    return done.stdout if done.exit_code == 0 else str(done.exception)


def told(path: Path, *options: str) -> dict:
    return json.loads(asked(path, *options))


def sweep(folder: Path, header: str, settings: list[tuple]) -> Path:
    """Each setting for each pair; the value of the i-th is i tenths."""
    rows = [
        ",".join(map(str, (s, t, *setting, i / 10)))
        for s, t in PAIRS
        for i, setting in enumerate(settings)
    ]
    path = folder / "sweep.csv"
    path.write_text("\n".join([f"source,target,{header},acc", *rows, ""]))
    return path


def test_each_of_a_few_settings_is_a_method_that_says_what_it_is(tmp_path):
    path = sweep(tmp_path, "learning_rate", [("1e-05",), ("3e-05",)])
    found = told(path)
    assert found["methods"] == ["learning_rate=1e-05", "learning_rate=3e-05"]
    assert found["assumed"] == [
        "rows that differ in learning_rate are methods of their own: --where learning_rate=1e-05"
        " takes one, --repeats mean their mean"
    ]


def test_their_mean_or_one_of_them_is_taken_where_somebody_says_so(tmp_path):
    path = sweep(tmp_path, "lr", [(0.1,), (0.01,)])
    found = told(path, "--repeats", "mean")
    assert found["methods"] == ["scores"]
    assert found["assumed"] == ["rows that differ in lr are the same cell again"]
    assert not any("method" in text for text in found["understood"])
    assert set(open_study(tmp_path).evaluations.value) == {0.05}
    told(path, "--where", "lr=0.01")
    assert set(open_study(tmp_path).evaluations.value) == {0.1}
    assert told(path, "--map", "method=eta {lr}")["methods"] == ["eta 0.1", "eta 0.01"]
    assert "no column" not in asked(path, "--map", "method=lr")
    assert "columns are source" in asked(path, "--map", "method=eta {wd}")


def test_a_method_stays_beside_the_settings(tmp_path):
    rows = [f"{s},{t},{m},{lr},0.5" for s, t in PAIRS for m in "pq" for lr in (0.1, 0.2)]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(["source,target,model,lr,acc", *rows]))
    assert told(path)["methods"] == ["p lr=0.1", "p lr=0.2", "q lr=0.1", "q lr=0.2"]
    assert told(path, "--repeats", "mean")["methods"] == ["p", "q"]


def test_a_grid_of_two_settings_is_no_four_seeds(tmp_path):
    path = sweep(tmp_path, "lr,batch_size", [*itertools.product((0.1, 0.01), (16, 32))])
    found = told(path)
    assert found["seeds"] == [0]
    assert found["methods"][:2] == ["lr=0.1 batch_size=16", "lr=0.1 batch_size=32"]


def test_settings_of_many_values_are_asked_about(tmp_path):
    rows = [f"{s},{t},{i}.5e-05,0.{i}" for i, (s, t) in enumerate(PAIRS * 3, start=1)]
    path = tmp_path / "random.csv"
    path.write_text("\n".join(["source,target,lr,acc", *rows]))
    sentence = "rows of the same cell differ in lr, which looks like a setting and not like a seed"
    assert sentence in asked(path)
    assert not (tmp_path / "study.toml").exists()
    assert told(path, "--repeats", "seeds")["seeds"] == [1, 2, 3]


def test_what_was_measured_beside_the_score_is_no_setting(tmp_path):
    rows = [f"{s},{t},{i}.5,0.{i},0.{i}" for i, (s, t) in enumerate(PAIRS * 3, start=1)]
    path = tmp_path / "measured.csv"
    path.write_text("\n".join(["source,target,runtime,train_loss,acc", *rows]))
    assert told(path)["seeds"] == [1, 2, 3]


@pytest.mark.parametrize("column", ["{}", "eval/{}/acc"])
def test_a_setting_in_a_row_a_training_set_is_no_target(tmp_path, column):
    rows = [f"{s},{lr},{b},0.5,0.6" for s in "AB" for lr in (0.1, 0.2) for b in (16, 32)]
    header = ",".join(["source", "lr", "batch_size", *map(column.format, "AB")])
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([header, *rows]))
    found = told(path, "--metric", "accuracy")
    assert found["targets"] == ["A", "B"]
    assert found["seeds"] == [0]
    assert found["methods"][0] == "lr=0.1 batch_size=16"
    rows = [f"{s},{i}.5e-05,{i},0.5,0.{i}" for i, s in enumerate("ABABAB" * 3, start=1)]
    path.write_text("\n".join([header, *rows]))
    assert "differ in lr, batch_size" in asked(path, "--metric", "accuracy")


def test_a_name_of_its_own_in_each_row_is_a_runs_and_no_method(tmp_path):
    rows = [(f"r{i}", s, t, lr) for i, (lr, (s, t)) in enumerate(itertools.product("12", PAIRS))]
    path = tmp_path / "runs.csv"
    path.write_text(
        "\n".join(["Name,source,target,lr,acc", *(f"{','.join(row)},0.5" for row in rows), ""])
    )
    assert told(path)["methods"] == ["lr=1", "lr=2"]
    path.write_text(
        "\n".join(["Name,source,target,acc", *(f"{','.join(row[:3])},0.5" for row in rows), ""])
    )
    found = told(path)
    assert (found["methods"], found["seeds"]) == (["scores"], [1, 2])


def test_names_in_the_only_cell_are_methods(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("name,source,target,acc\nFT,A,B,0.4\nFTWB,A,B,0.5\n")
    assert told(path)["methods"] == ["FT", "FTWB"]
