from __future__ import annotations

import json

import pytest

from core.analyses.query import SimilarityQuery, TransferQuery
from core.analyses.registry import ASSOCIATION, BALANCE
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
def atlas(tiny, tmp_path):
    return AppContext(StudyLibrary([tiny.folder]), ResultCache(tmp_path / "cache"))


def work_of(atlas, analysis, *queries, seconds=90.0):
    (entry,) = atlas.library.entries()
    needed = ComputationNeededError(analysis, entry.study, queries, seconds)
    told = wanted(entry.slug, needed)
    return json.loads(json.dumps(told))


def test_a_figure_says_what_it_needs_and_the_job_leaves_it_in_the_cache(atlas, tiny):
    told = work_of(atlas, ASSOCIATION, QUERY, SimilarityQuery(layer=5))
    assert told["title"] == "association of 2 tasks"
    assert told["note"] == "About 2 min on one core."
    assert not told["offered"]
    key = result_key(ASSOCIATION, tiny, QUERY, SimilarityQuery(layer=5))
    assert analysis_identity(told["work"], atlas) == key
    assert atlas.cache.find(ASSOCIATION, tiny, QUERY, SimilarityQuery(layer=5)) is None
    run(atlas, Watched(), told["work"])
    assert atlas.cache.find(ASSOCIATION, tiny, QUERY, SimilarityQuery(layer=5)) is not None


def test_the_same_question_of_two_tabs_is_one_job(atlas):
    # Balance does not read `hidden_sources`.
    first = work_of(atlas, BALANCE, QUERY)
    second = work_of(atlas, BALANCE, TransferQuery("ftwb1", include=("crossing",), seeds=(42,)))
    assert analysis_identity(first["work"], atlas) == analysis_identity(second["work"], atlas)


def test_a_job_that_nobody_waits_for_ends(atlas):
    told = work_of(atlas, ASSOCIATION, TransferQuery("ftwb1", include=("crossing",)))
    with pytest.raises(JobOverError):
        run(atlas, Watched(over="nobody waits"), told["work"])


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
def test_what_a_browser_makes_up_is_no_work(atlas, change):
    work = work_of(atlas, BALANCE, QUERY)["work"] | change
    for does in (lambda: analysis_identity(work, atlas), lambda: run(atlas, Watched(), work)):
        with pytest.raises(RequestError):
            does()
