"""The page of one method with runs on one task and on several."""

from __future__ import annotations

import pytest

from core.cache.result_cache import ResultCache
from dashboard.export.cards import plain_text
from dashboard.pages import overview, transfer
from dashboard.pages.transfer import several_tables
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from tests.core.transfer.test_self_prediction import ROWS, study_in

ALONE = "".join(f"{a},{b},0.5,mt5,3\n" for a in ("de", "fr") for b in ("de", "fr", "hu"))


@pytest.fixture
def app_context(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    study_in(folder, ROWS + ALONE)
    return AppContext(StudyLibrary([folder]), ResultCache(None))


def shown(app_context, page, **query):
    context = app_context.view_context({"query": {"study": ["one"], **query}, "mode": "light"})
    return context, page.PAGE.card_contents(app_context, context)


def rows_of(content):
    return len(content.figure.data[0].z)


@pytest.mark.parametrize("order", ["manifest", "net", "cluster"])
def test_results_have_all_rows_and_predictions_those_on_several_tasks(app_context, order):
    context, cards = shown(app_context, transfer, order=[order])
    actual, predicted, difference, _ = cards.values()
    assert [rows_of(one) for one in (actual, predicted, difference)] == [3, 1, 1]
    assert "mt5 on several tasks" in actual.finding
    assert predicted.finding.startswith("Predicted: the best single source of mt5; it reaches")
    # The third seed has no run on several tasks, and says nothing of them.
    assert "from mt5: the best of its tasks alone" in predicted.caption
    assert "de + fr" in plain_text(several_tables(app_context, context))


def test_a_seed_without_runs_on_several_tasks_says_so(app_context):
    _, cards = shown(app_context, transfer, seeds=["3"])
    actual, predicted, difference, _ = cards.values()
    assert rows_of(actual) == 2
    assert plain_text(predicted.message) == "No run of mt5 on several tasks is among these."
    assert difference.hidden


def test_the_overview_knows_its_surprises(app_context):
    _, cards = shown(app_context, overview)
    assert "mt5" in cards["overview-surprises"].caption
