"""Of folders with several JSON files each the one with the score is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core import open_study
from core.cli import cli

PAIRS = (("a", "b", 0.5), ("b", "a", 0.25), ("a", "a", 0.75), ("b", "b", 1.0))


def trained(folder: Path, **others: object) -> Path:
    """As a Trainer writes runs: results twice, a configuration, a history."""
    for source, target, value in PAIRS:
        place = folder / f"{source}_to_{target}"
        place.mkdir(parents=True)
        results = {"epoch": 3.0, "eval_accuracy": value, "eval_loss": 0.5, "eval_runtime": 1.5}
        files = {
            "eval_results": results,
            "all_results": {**results, "train_loss": 0.1},
            "config": {"model_type": "bert", "hidden_size": 768},
            "trainer_state": {"best_metric": 0.9, "log_history": [{"loss": 0.3}]},
        } | others
        for name, held in files.items():
            (place / f"{name}.json").write_text(json.dumps(held))
    return folder


def test_results_of_a_trainer_are_read_beside_its_other_files(tmp_path):
    done = CliRunner().invoke(cli, ["init", str(trained(tmp_path)), "--json"])
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["assumed"][0] == (
        "of each folder eval_results.json counts;"
        " all_results.json, config.json, trainer_state.json is left aside"
    )
    study = open_study(tmp_path)
    values = sorted(study.evaluations.value.tolist())
    assert values == sorted(value for *_, value in PAIRS)


@pytest.mark.parametrize("other", [{"eval_accuracy": 0.1}, {"f1": 0.1}])
def test_files_with_scores_of_their_own_are_not_left_aside(tmp_path, other):
    done = CliRunner().invoke(cli, ["init", str(trained(tmp_path, other=other)), "--json"])
    assert "is left aside" not in done.output
    assert done.exit_code != 0
