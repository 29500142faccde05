"""A figure that needs a job asks for it, whatever page it stands on."""

from __future__ import annotations

import pytest
from dash import html
from dash.exceptions import PreventUpdate

from core.analyses import ASSOCIATION, SIMILARITY
from core.cache.result_cache import ResultCache
from core.io import open_study
from core.similarity.measures import Measure
from core.similarity.store import SweepNeededError
from core.similarity.sweep import Progress
from dashboard.jobs import sweep_job
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui import card, job_request
from tests.studies import write_study_files


@pytest.fixture
def files(tmp_path):
    study = write_study_files(tmp_path / "bare", representations=True)
    for name in ("summary", "checkpoints"):
        study.replace("study.toml", f'{name} = "cka_{name}.csv"\n', "")
    return study


@pytest.fixture
def asked(monkeypatch):
    """What figures asked for."""
    found = []
    monkeypatch.setattr(job_request, "set_props", lambda store, props: found.append((store, props)))
    return found


def app_context_of(files, tmp_path, compute_budget_s):
    cache = ResultCache(tmp_path / "cache")
    return AppContext(StudyLibrary([files.folder]), cache, compute_budget_s=compute_budget_s)


def test_a_figure_of_a_small_study_computes_what_it_needs(files, tmp_path):
    app_context = app_context_of(files, tmp_path, 60.0)
    context = app_context.view_context({"query": {"study": ["bare"]}})
    found = app_context.fetch(SIMILARITY, context.study, context.view.similarity_query)
    assert found.origin == "representations"
    assert found.n.sum() > 0


def test_beyond_its_budget_it_asks_for_a_job_and_says_so_in_its_place(files, tmp_path, asked):
    app_context = app_context_of(files, tmp_path, 0.0)

    def show(context):
        app_context.fetch(
            ASSOCIATION,
            context.study,
            context.view.pairs_query(context.study),
            context.view.similarity_query,
        )
        pytest.fail("it was computed")

    values = card.render_cards(app_context, {"query": {"study": ["bare"]}}, 2, show)
    ((store, props),) = asked
    assert store == "job-wanted"
    wanted = props["data"]
    assert wanted["work"] == {
        "kind": "sweep",
        "study": "bare",
        "measure": "cka",
        "debiased": False,
    }
    assert wanted["title"].startswith("CKA of ")
    assert not wanted["offered"]
    (message,) = [value for value in values if isinstance(value, html.Div)]
    assert message.className == "waits-for-job"
    assert wanted["title"] in str(message)


def test_nothing_begins_for_a_tab_that_nobody_has_opened(files, tmp_path, asked):
    app_context = app_context_of(files, tmp_path, 0.0)
    needed = SweepNeededError(Measure.CKA, debiased=False)
    told = {"query": {"study": ["bare"]}, job_request.FORESEEN: True}
    with pytest.raises(PreventUpdate):
        job_request.why_not(app_context, told, "the pairs", needed)
    assert not asked


def test_a_very_long_sweep_is_offered_with_a_quicker_way(files, monkeypatch):
    monkeypatch.setattr(sweep_job, "AUTOMATIC_SECONDS", 0.0)
    study = open_study(files.folder)
    needed = SweepNeededError(Measure.CKA, debiased=True)
    wanted = sweep_job.wanted("bare", study, needed)
    assert wanted["title"].startswith("debiased CKA of ")
    assert wanted["offered"]
    assert "python -m core cka" in wanted["note"]


def test_progress_in_words():
    now = Progress(pairs_done=1200, pairs=8610, layers_done=1, layers=4, seconds_left=130.0)
    assert sweep_job.progress_text(now) == "1,200 of 8,610 pairs, 1 of 4 layers, about 2 min left"
    now = Progress(pairs_done=1, pairs=1, layers_done=1, layers=1, seconds_left=0.0)
    assert sweep_job.progress_text(now) == "1 of 1 pair, 1 of 1 layer"
