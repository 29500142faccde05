from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.analyses import SEVERAL_TASKS
from core.analyses.query import TransferQuery
from core.cli.commands import cli
from core.io import open_study

EXAMPLE = Path(__file__).parents[4] / "examples" / "atlantis" / "study"


def said(*arguments):
    done = CliRunner().invoke(cli, ["several", str(EXAMPLE), *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_json_is_what_the_core_found():
    report = json.loads(said("--method", "ft2", "--json"))
    found = SEVERAL_TASKS.compute(open_study(EXAMPLE), TransferQuery("ft2"))
    assert (report["method"], report["single"]) == ("ft2", "ft1")
    assert [one["prediction"] for one in report["predictions"]] == [
        *("predicted", "cross-fitted", "mean", "sum"),
    ]
    fit = report["predictions"][1]["transfer"]
    assert fit["bias"] == found.fits[1].transfer_bias.value
    assert fit["error"] == found.fits[1].transfer_error
    assert [one["sources"] for one in report["training_sets"]] == [
        list(one.sources) for one in found.sets
    ]
    first = report["training_sets"][0]
    assert first["members"][0]["difference"] == found.sets[0].members[0].difference
    assert first["beats_all"] == found.sets[0].beats_all


def test_text_says_which_sets_beat_their_tasks():
    text = said("--method", "ft2")
    assert "training sets beat each of their tasks alone" in text
    assert "cross-fitted: off by " in text


@pytest.mark.parametrize("convention", ["strict", "published"])
def test_one_seed_has_no_interval_and_no_winner(convention):
    report = json.loads(
        said("--method", "ft2", "--seed", "42", "--convention", convention, "--json")
    )
    assert not any(one["beats_all"] or one["below_all"] for one in report["training_sets"])
    assert report["predictions"][0]["transfer"]["interval"]["low"] is None


def test_a_prediction_that_scores_as_given_do_not_have_is_said_to_be_undefined(tmp_path):
    rows = [f"{s},{t},0.{at}" for at, s in enumerate("ABC", 3) for t in "ABC"]
    rows += [f"{s},{t},0.7" for s in ("A+B", "B+C") for t in "ABC"]
    (tmp_path / "scores.csv").write_text("\n".join(["sources,target,score", *rows, ""]))
    (tmp_path / "study.toml").write_text(
        '[methods.scores]\npredicted_from = "scores"\n'
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    done = CliRunner().invoke(cli, ["several", str(tmp_path)], catch_exceptions=False)
    assert "  sum: undefined for these scores\n" in done.stdout
    assert "mean: off by " in done.stdout
    assert "by undefined" not in done.stdout
