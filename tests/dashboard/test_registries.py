"""A metric or a prediction made up here is everywhere, through its registry alone.

A made-up field of the address is in tests/dashboard/state/test_fields.py.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from core.cli.commands import cli
from core.metrics import METRICS, Metric
from core.transfer.predictions import PREDICTIONS, PredictionRule
from dashboard.details import routes
from dashboard.pages import transfer
from dashboard.text.glossary import entries
from dashboard.ui.bar.open_file import open_dialog
from dashboard.ui.controls import rail_groups, summary
from dashboard.ui.help import help_body
from dashboard.uploads.preview import Choices, preview_of
from tests.dashboard.conftest import EXAMPLE

REGRET = Metric(
    "regret",
    "regret",
    higher_is_better=False,
    logarithmic=False,
    sentence="what the best choice would have gained more",
)
WORST = PredictionRule(
    name="worst",
    label="Worst source",
    title="predicted by the worst single source",
    word="worst source",
    help="predictedworst",
    text=("The single source with the lowest normalized improvement.",),
    sentence="the worst of its tasks alone",
    what="worst single source",
    predicts="its worst single sources predict",
    choose=lambda members: np.nan_to_num(members.normalized()).argmin(axis=0),
)


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setitem(METRICS, REGRET.name, REGRET)
    monkeypatch.setitem(PREDICTIONS, WORST.name, WORST)


def said(component) -> str:
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def figure_input(**query):
    return {"query": {"study": ["atlantis"], "method": ["ftwb2"], **query}, "mode": "light"}


def run(*arguments):
    done = CliRunner().invoke(cli, [str(one) for one in arguments], catch_exceptions=False)
    return done.exit_code, done.output


def test_a_made_up_prediction_is_a_choice_of_the_command_line(made_up):
    assert "worst" in run("matrix", "--help")[1]
    asked = ("matrix", EXAMPLE, "--method", "ftwb2", "--seed", "42", "--json")
    report = json.loads(run(*asked, "--kind", "worst")[1])
    assert report["kind"] == "worst"
    best = json.loads(run(*asked, "--kind", "predicted")[1])
    assert report["transfer_mean"] < best["transfer_mean"]
    asked = (*asked, "--kind", "difference")
    gap = json.loads(run(*asked, "--prediction", "worst")[1])
    assert gap["transfer_mean"] > json.loads(run(*asked)[1])["transfer_mean"]


def test_a_made_up_prediction_is_in_control_figure_caption_panel_and_glossary(made_up, app_context):
    assert "Worst source" in said(rail_groups())
    context = app_context.view_context(figure_input(prediction=["worst"]))
    assert context.view.prediction == "worst"
    shown = summary(context.study, context.view, pairs=False, groups=transfer.PAGE.groups)
    assert "prediction: Worst source" in shown
    actual, predicted, difference, _ = transfer.contents(app_context, context)
    assert "above what its worst single sources predict" in actual.finding
    assert WORST.title in said(predicted.above)
    assert "predictedworst" in said(predicted.above)
    assert "predictedworst" in said(difference.above)
    assert "from FTWB1: the worst of its tasks alone" in predicted.caption
    assert "the worst single source of FTWB1" in predicted.finding
    assert "the worst of its tasks alone" in said(predicted.figure.to_plotly_json()["data"])
    panel = routes.pair_part(
        app_context,
        figure_input(prediction=["worst"], select=["angle+compass", "distance", "worst"]),
    )
    assert "Predicted by the worst single source" in said(panel.body)
    assert "the worst of its tasks alone: " in said(panel.body)
    panel = routes.pair_part(
        app_context,
        figure_input(prediction=["worst"], select=["angle+compass", "distance", "difference"]),
    )
    assert "Difference from prediction: worst source" in said(panel.body)
    assert "predictedworst" in {entry.key for entry in entries()}
    assert WORST.text[0] in said(help_body())


def test_a_made_up_metric_is_a_choice_of_the_command_line(made_up, tmp_path):
    assert "regret" in run("init", "--help")[1]
    rows = ("a,b,8.0", "b,a,5.0", "a,a,2.0", "b,b,2.0")
    (tmp_path / "results.csv").write_text("\n".join(("source,target,regret", *rows)) + "\n")
    code, out = run("init", tmp_path / "results.csv", "--metric", "regret")
    assert code == 0, out
    assert 'metric = "regret"' in (tmp_path / "study.toml").read_text()
    report = json.loads(run("matrix", tmp_path, "--json")[1])
    assert report["better"] == "lower"


def test_a_made_up_metric_is_a_choice_of_a_file_that_is_opened(made_up, tmp_path):
    dialog = said(open_dialog(most_mb=8))
    told = "lower is better (regret: what the best choice would have gained more)"
    assert told in dialog
    (tmp_path / "results.csv").write_text("source,target,value\na,b,8\nb,a,5\na,a,2\nb,b,2\n")
    choices = {"metric": "regret", "zero": "9", "one": "1"}
    found = preview_of(tmp_path, Choices.of(choices), most=10**6)
    assert "problem" not in found.told
    assert 'metric = "regret"' in (found.manifest or "")
    wrong = preview_of(tmp_path, Choices.of(choices | {"one": "10"}), most=10**6).told["problem"]
    assert "lower is better" in wrong


def test_a_made_up_metric_is_in_manifest_panel_and_glossary(made_up, app_context_of, write_study):
    files = write_study()
    manifest = files.folder / "study.toml"
    text = manifest.read_text()
    manifest.write_text(text.replace('"error"', '"regrets"'))
    assert '"regret" (lower is better)' in run("check", files.folder)[1]
    manifest.write_text(text.replace('"error"', '"regret"'))
    app_context = app_context_of(files.folder)
    panel = routes.pair_part(
        app_context,
        {
            "query": {"method": ["ftwb1"], "select": ["crossing", "distance"]},
            "mode": "light",
        },
    )
    assert "lower is better" in said(panel.body)
    assert "(v − b) / (s − b)" in said(panel.body)
    words = {entry.key: entry.text for entry in entries()}
    assert any("what the best choice would have gained more" in text for text in words["metric"])
