"""python -m core plan and predictors, as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from core.cli.commands import cli
from core.errors import RequestError

EXAMPLE = str(Path(__file__).parents[4] / "examples" / "atlantis" / "study")


def run(*words: str) -> str:
    done = CliRunner().invoke(cli, list(words), catch_exceptions=False, standalone_mode=False)
    return done.stdout


def test_a_plan_as_json():
    report = json.loads(
        run("plan", EXAMPLE, "--method", "ftwb1", "--size", "2", "--goal", "worst", "--json")
    )
    assert len(report["sources"]) == 2
    assert report["exact"]
    per_target = report["per_target"]
    assert {cell["source"] for cell in per_target} <= set(report["sources"])
    assert report["coverage"] == min(cell["transfer"] for cell in per_target)
    assert {"target", "source", "transfer"} == set(per_target[0])
    assert "crossing" not in {cell["target"] for cell in per_target}


def test_a_plan_for_chosen_targets():
    words = ("--method", "ftwb1", "--size", "1", "--target", "compass", "--target", "inside")
    report = json.loads(run("plan", EXAMPLE, *words, "--json"))
    assert [cell["target"] for cell in report["per_target"]] == ["compass", "inside"]
    mean = sum(cell["transfer"] for cell in report["per_target"]) / 2
    assert report["coverage"] == pytest.approx(mean)
    told = run("plan", EXAMPLE, *words).splitlines()
    assert told[0].startswith("train on ")
    assert told[1].startswith("by means over seeds ")
    assert told[2] == "exact: all 6 sets of 1 were tried"


def test_a_plan_says_what_was_trained_and_what_to_run_next():
    words = ("--method", "ftwb1", "--size", "2")
    report = json.loads(run("plan", EXAMPLE, *words, "--json"))
    (trained,) = report["trained"]
    assert trained["method"] == "ftwb2"
    assert trained["sets"] == 15
    assert trained["regret"] == pytest.approx(trained["coverage"] - trained["planned"])
    shrunken = report["shrunken"]
    assert len(shrunken["sources"]) == 2
    assert shrunken["coverage"] != report["coverage"]
    assert all(cell["gain"] > 0 for cell in report["next"])
    assert json.loads(run("plan", EXAMPLE, *words, "--seed", "42", "--json"))["shrunken"] is None
    told = run("plan", EXAMPLE, *words, "--seed", "42")
    assert "next: one seed says nothing of how far another would differ" in told.splitlines()
    assert any(
        line.startswith("really trained, ftwb2: best of 15 is ") for line in told.splitlines()
    )


def test_a_budget():
    words = ("--method", "ftwb1", "--size", "3", "--cost", "angle=3", "--budget", "3")
    report = json.loads(run("plan", EXAMPLE, *words, "--json"))
    assert report["cost"] <= 3
    assert "angle" not in report["sources"]
    for wrong, why in (("angle", "write TASK=NUMBER"), ("angle=0", "the cost of angle is 0")):
        with pytest.raises((click.BadParameter, RequestError), match=why):
            run("plan", EXAMPLE, "--method", "ftwb1", "--size", "1", "--cost", wrong)
    with pytest.raises(RequestError, match=r"a budget of 0\.5 pays no source"):
        run("plan", EXAMPLE, "--method", "ftwb1", "--size", "1", "--budget", "0.5")


def test_what_cannot_be_planned():
    with pytest.raises(RequestError, match="ask for 1 to 6"):
        run("plan", EXAMPLE, "--method", "ftwb1", "--size", "9")
    with pytest.raises(RequestError, match="no task 'compas'"):
        run("plan", EXAMPLE, "--method", "ftwb1", "--size", "1", "--target", "compas")


def test_the_scoreboard(folder):
    report = json.loads(run("predictors", EXAMPLE, "--method", "ftwb1", "--json"))
    keys = {"predictor", "regret_at_1", "regret_at_3", "ndcg", "rank_correlation"}
    assert keys <= set(report[0])
    names = [row["predictor"] for row in report]
    assert {"chance", "reverse transfer", "best source on average", "CKA, layer 4"} <= {*names}
    regrets = [row["regret_at_1"] for row in report]
    assert regrets == sorted(regrets)
    assert all(0 <= row["regret_at_3"] <= row["regret_at_1"] for row in report)
    assert all(0 <= row["ndcg"] <= 1 for row in report)
    small = json.loads(run("predictors", str(folder), "--method", "ft1", "--json"))
    assert len(small) > 3
    text = run("predictors", str(folder), "--method", "ft1")
    assert len(text.splitlines()) == len(small) + 1


def test_several_predictors_together(tmp_path):
    letters = "wxyz"
    pairs = [(a, b) for a in letters for b in letters if a != b]
    scores = "".join(f"{a},{b},{i * 7 % 12}\n" for i, (a, b) in enumerate(pairs))
    (tmp_path / "s.csv").write_text(f"sources,target,score\n{scores}")
    manifest = 'title = "t"\n[evaluations]\nlayout = "scores"\npath = "s.csv"\n'
    for name, factor in (("=A1", 5), ("two", 11)):
        rows = "".join(f"{a},{b},{i * factor % 13}\n" for i, (a, b) in enumerate(pairs))
        (tmp_path / f"{factor}.csv").write_text(f"source,target,value\n{rows}")
        manifest += f'[predictors."{name}"]\npath = "{factor}.csv"\n'
    (tmp_path / "study.toml").write_text(manifest)
    report = json.loads(run("predictors", str(tmp_path), "--together", "--json"))
    assert [one["predictor"] for one in report["coefficients"]] == ["=A1", "two"]
    assert (report["n"], report["permutations"], report["exhaustive"]) == (12, 24, True)
    assert all(0 < one["p"] <= 1 for one in report["coefficients"])
    text = run("predictors", str(tmp_path), "--together")
    assert "p by double semi-partialling (all 24 relabellings)" in text
    with pytest.raises(RequestError, match="together need at least two"):
        run("predictors", EXAMPLE, "--method", "ftwb1", "--together")


def test_a_plan_by_errors_has_them_as_they_are_written(tmp_path):
    rows = ("A,B,3", "A,C,4", "B,A,1", "B,C,9", "C,A,5", "C,B,8")
    (tmp_path / "s.csv").write_text("\n".join(("sources,target,score", *rows)))
    scale = '[scale]\nmetric = "error"\n[evaluations]\nlayout = "scores"\npath = "s.csv"\n'
    (tmp_path / "study.toml").write_text(scale)
    words = ("plan", str(tmp_path), "--method", "scores", "--size", "2", "--json")
    report = json.loads(run(*words))
    assert report["sources"] == ["A", "B"]
    assert [cell["transfer"] for cell in report["per_target"]] == [1, 3, 4]
    assert report["coverage"] == report["at_most"] == pytest.approx(8 / 3)
