from __future__ import annotations

import json

import pytest

from core.analyses import ASSOCIATION, BALANCE
from core.analyses.query import SimilarityQuery, TransferQuery
from core.cache.result_cache import ResultCache, result_key
from core.errors import RequestError
from dashboard.jobs.analysis_job import analysis_identity, run, wanted
from dashboard.jobs.jobs import JobOverError
from dashboard.state.computing import ComputationNeededError
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary

QUERY = TransferQuery("ftwb1", include=("crossing",), seeds=(42,))


class Watched:
    """A job that goes on until it is told to end."""

    def __init__(self, over: str | None = None) -> None:
        self.told: list[str] = []
        self._over = over

    def check(self) -> None:
        if self._over is not None:
            raise JobOverError(self._over)

    def is_over(self) -> bool:
        return self._over is not None

    def progress(self, done: int, total: int, text: str) -> None:
        assert done <= total
        self.told.append(text)


@pytest.fixture
def app_context(tiny, tmp_path):
    return AppContext(StudyLibrary([tiny.folder]), ResultCache(tmp_path / "cache"))


def work_of(app_context, analysis, *queries, seconds=90.0):
    (entry,) = app_context.library.entries()
    needed = ComputationNeededError(analysis, entry.study, queries, seconds)
    told = wanted(entry.slug, needed)
    return json.loads(json.dumps(told))


def test_a_figure_says_what_it_needs_and_the_job_leaves_it_in_the_cache(app_context, tiny):
    told = work_of(app_context, ASSOCIATION, QUERY, SimilarityQuery(layer=5))
    assert told["title"] == "association of 2 tasks"
    assert told["note"] == "About 2 min on one core."
    assert not told["offered"]
    key = result_key(ASSOCIATION, tiny, QUERY, SimilarityQuery(layer=5))
    assert analysis_identity(told["work"], app_context) == key
    assert app_context.cache.find(ASSOCIATION, tiny, QUERY, SimilarityQuery(layer=5)) is None
    run(app_context, Watched(), told["work"])
    assert app_context.cache.find(ASSOCIATION, tiny, QUERY, SimilarityQuery(layer=5)) is not None


def test_the_same_question_of_two_tabs_is_one_job(app_context):
    # Balance does not read `hidden_sources`.
    first = work_of(app_context, BALANCE, QUERY)
    second = work_of(
        app_context, BALANCE, TransferQuery("ftwb1", include=("crossing",), seeds=(42,))
    )
    assert analysis_identity(first["work"], app_context) == analysis_identity(
        second["work"], app_context
    )


def test_a_job_that_nobody_waits_for_ends(app_context):
    told = work_of(app_context, ASSOCIATION, TransferQuery("ftwb1", include=("crossing",)))
    with pytest.raises(JobOverError):
        run(app_context, Watched(over="nobody waits"), told["work"])


@pytest.mark.parametrize(
    "change",
    [
        {"study": "../tiny"},
        {"study": 7},
        {"analysis": "os.system"},
        {"analysis": []},
        {"queries": None},
        {"queries": []},
        {"queries": [{"method": 7}]},
        {"queries": [{"seeds": "all"}]},
        {"queries": [[]]},
    ],
)
def test_what_a_browser_makes_up_is_no_work(app_context, change):
    work = work_of(app_context, BALANCE, QUERY)["work"] | change
    for does in (
        lambda: analysis_identity(work, app_context),
        lambda: run(app_context, Watched(), work),
    ):
        with pytest.raises(RequestError):
            does()
