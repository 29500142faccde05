from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.analyses import SEVERAL_TASKS
from core.analyses.query import TransferQuery
from core.cli.commands import cli
from core.io import open_study

EXAMPLE = Path(__file__).parents[3] / "examples" / "atlantis" / "study"


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
