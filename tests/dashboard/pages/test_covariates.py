"""The Teachers tab: figure, tests and values, and what is missing with its reason."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from core.analyses.covariates import RESPONSES
from dashboard.pages import covariates
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


def said(component) -> str:
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def context_of(app_context, mode="light", **query):
    return app_context.view_context({"query": {"study": ["atlantis"], **query}, "mode": mode})


def shown(app_context, **query):
    return covariates.PAGE.card_contents(app_context, context_of(app_context, **query))


def test_every_covariate_is_drawn_or_named_with_the_reason(app_context):
    content = shown(app_context, method=["ftwb1"])[covariates.SCATTERS]
    assert isinstance(content.figure, go.Figure)
    assert len(content.figure.data) == 6 * len(RESPONSES)
    assert content.finding.startswith("6 tasks cannot tell any of 34 correlations from chance;")
    # 16 tests at a layer, six of them at four layers each: six tasks have too few orders for 34.
    # The headline says so; no warning says it again.
    assert not content.above
    assert "none of 34 tests" in content.caption
    for part in (
        "without tests",
        "not drawn: base, standard: tasks differ in metric or unit",
        "without crossing",
        "4 seeds",
    ):
        assert part in content.caption


def test_the_tables_have_every_test_and_every_value(app_context):
    tests, values = (
        shown(app_context, method=["ftwb1"])[name].table
        for name in (covariates.TESTS, covariates.SCATTERS)
    )
    assert len(tests) == 7 * 3
    assert set(tests["outcome"]) == set(RESPONSES)
    undefined = tests[tests["covariate"] == "base, standard"]
    assert undefined["Spearman's rho"].isna().all()
    assert (undefined["undefined because"] != "").all()
    assert len(values) == 6
    assert values["net"].sum() == pytest.approx(0)
    assert values.set_index("task")["cities per query"].to_dict()["perimeter"] == 4
    assert "participation ratio (layer 3) (dimensions)" in values.columns
    context = context_of(app_context, method=["ftwb1"])
    page = said(covariates.both_tables(app_context, context))
    for part in ("tasks differ in metric or unit", "participation ratio", "outputs of its head"):
        assert part in page
    for task in values["task"]:
        assert f'"data-select": "[\\"{task}\\"]"' in page


def test_a_task_comes_back_and_makes_one_more(app_context):
    content = shown(app_context, method=["ftwb1"], include=["crossing"])[covariates.SCATTERS]
    assert "n = 7 tasks" in content.caption
    assert "all 5,040 orders" in content.caption
    # Some p are small here, and are warned of where they are seen.
    assert "by chance, on average; here " in said(content.above)
    assert "by chance, on average" not in content.caption


def test_another_method_stands_in_and_says_so(app_context):
    content = shown(app_context, method=["ftwb2"])[covariates.SCATTERS]
    assert "FTWB2 has no run trained on one task alone" in said(content.above)


def test_little_known_of_few_tasks_says_what_to_add(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "atlantis").folder)
    content = shown(app_context, include=["crossing"])[covariates.SCATTERS]
    assert content.figure is None
    assert "[tasks.<name>.covariates]" in said(content.message)
    # The finding says what is missing, the message what to do: neither says both.
    assert content.finding.startswith("Nothing known of the tasks can be set against what they")
    assert "Nothing known of the tasks" not in said(content.message)


def test_given_scores_have_no_base_and_say_so(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis", layout="scores")
    app_context = app_context_of(files.folder)
    context = context_of(app_context, include=["crossing"])
    page = said(covariates.both_tables(app_context, context))
    assert "given scores have no base" in page


def test_figures_follow_the_mode(app_context):
    figures = {}
    for mode in ("light", "dark"):
        result = covariates._result(app_context, context_of(app_context, mode))
        figures[mode] = covariates._content(result, context_of(app_context, mode)).figure
    assert figures["light"] != figures["dark"]
