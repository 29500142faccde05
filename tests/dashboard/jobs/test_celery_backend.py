"""Jobs through a real Redis and real Celery workers."""

from __future__ import annotations

import signal
import sys

import numpy as np
import pytest

from core.io import open_study
from core.similarity.measures import Measure
from core.similarity.query import SimilarityQuery
from core.similarity.store import SweepNeededError
from core.similarity.sweep import stored_similarities, sweep
from dashboard.app import create_app
from dashboard.jobs import celery_backend, factory, worker
from dashboard.jobs.celery_backend import CeleryJobs, RedisKeyValueStore, RedisStore, connect
from dashboard.jobs.jobs import JobsError
from dashboard.server import health
from dashboard.server.settings import Settings, SettingsError
from dashboard.server.shared_store import SharedStoreError
from tests.dashboard.jobs.brokers import Redis, working
from tests.dashboard.jobs.tabs import computing, pairs_done, sweep_of, tab_in, until

END_SECONDS = 120


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def web_of(server, tmp_path):
    """`web_of(study, ...)`: a web host in this process, with a cache of its own."""

    def make(*studies):
        folders = tuple(study.folder for study in studies)
        app = create_app(
            Settings(studies=folders, cache_dir=tmp_path / "web", redis_url=server.url)
        )
        return app.server

    return make


def test_two_web_hosts_share_a_job_and_both_find_what_it_computed(server, web_of, medium, tmp_path):
    first, second = web_of(medium), web_of(medium)
    one, other = tab_in(first), tab_in(second)
    one.order(**sweep_of(medium))
    until(lambda: one.look() or "queue" in one.text)
    assert one.text == "In the queue: it begins as soon as a worker is free."
    with working(server, tmp_path / "worker", [medium]):
        computing(one)
        other.order(**sweep_of(medium))
        assert one.finish() == {"done": True}
        assert other.finish() == {"done": True}
    study = open_study(medium.folder)
    found = stored_similarities(study, second.config["APP_CONTEXT"].store, compute_budget_s=0.0)
    cell = found.find(["r0", "r1"], SimilarityQuery(1, 20, measure=Measure.PROCRUSTES))
    assert len(cell.runs) == 14


def test_a_worker_that_is_killed_loses_nothing_and_changes_nothing(
    server, web_of, medium, tmp_path
):
    with connect(server.url) as client:
        client.flushall()
    web = web_of(medium)
    tab = tab_in(web)
    with working(server, tmp_path / "first", [medium]) as process:
        tab.order(**sweep_of(medium))
        before = until(lambda: tab.look() or pairs_done(tab))
        process.kill()
        process.wait()
    with working(server, tmp_path / "second", [medium]):
        # What the first had finished comes at once, from another host's cache.
        text = tab.text
        until(lambda: tab.look() or (tab.text != text and pairs_done(tab)))
        assert tab.result or pairs_done(tab) >= before
        assert tab.result or tab.finish() == {"done": True}
    study = open_study(medium.folder)
    found = stored_similarities(study, web.config["APP_CONTEXT"].store, compute_budget_s=0.0)
    for cell in sweep(study, measure=Measure.PROCRUSTES).cells:
        there = found.find(
            cell.runs,
            SimilarityQuery(cell.layer, cell.checkpoint, measure=Measure.PROCRUSTES),
        )
        np.testing.assert_allclose(there.values, cell.values, atol=1e-12)


def test_a_cancelled_job_frees_its_worker_and_sigterm_ends_one_at_work(
    server, web_of, slow, quick, tmp_path
):
    web = web_of(slow, quick)
    first, second = tab_in(web), tab_in(web)
    with working(server, tmp_path / "worker", [slow, quick], JOBS="1") as process:
        first.order(**sweep_of(slow))
        computing(first)
        second.order(**sweep_of(quick))
        until(lambda: second.look() or "queue" in second.text)
        first.cancel()
        assert first.finish() is None
        assert second.finish() == {"done": True}
        first.order(**sweep_of(slow))
        computing(first)
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 0


def test_redis_that_goes_and_comes_back_empty_ends_the_wait_and_breaks_nothing(
    web_of, server, quick, tmp_path
):
    web = web_of(quick)
    tab = tab_in(web)
    tab.order(**sweep_of(quick))
    server.stop()
    assert not tab.look()  # no news
    with pytest.raises(SweepNeededError):
        find(web, quick)
    server.start()
    assert tab.finish() is None
    with working(server, tmp_path / "worker", [quick]):
        tab.order(**sweep_of(quick))
        assert tab.finish() == {"done": True}
    assert find(web, quick).runs


def test_readiness_tells_whether_a_worker_answers(server, web_of, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(celery_backend, "PINGED_SECONDS", -1.0)
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    client = web_of(quick).test_client()

    def jobs():
        answer = client.get("/readyz")
        return answer.status_code, answer.get_json()["checks"]["jobs"]

    nobody = {"status": "degraded", "jobs": "no worker answers; long computations wait"}
    assert jobs() == (200, nobody)
    with working(server, tmp_path / "worker", [quick], fresh=True):
        until(lambda: jobs() == (200, {"status": "ready", "jobs": "the job store answers"}))
    assert jobs() == (200, nobody)


def find(web, files):
    study = open_study(files.folder)
    found = stored_similarities(study, web.config["APP_CONTEXT"].store, compute_budget_s=0.0)
    return found.find(["r0", "r1"], SimilarityQuery(1, 10, measure=Measure.PROCRUSTES))


def test_names_on_a_board_run_out_and_the_first_has_them(server):
    with connect(server.url) as client:
        board = RedisStore(client)
        assert board.add("name", {"a": 1}, 60)
        assert not board.add("name", {"a": 2}, 60)
        assert board.read("name") == {"a": 1}
        assert board.add("soon gone", [], 0.01)
        until(lambda: board.read("soon gone") is None)
        board.write("name", [1], 60)
        board.remove("name", "no name")
        assert board.read("name") is None


def test_a_pickle_in_redis_is_text_that_means_nothing(server, tmp_path):
    planted = b"cos\nsystem\n(S'touch " + str(tmp_path / "planted").encode() + b"'\ntR."
    with connect(server.url) as client:
        client.set("kept-key", planted)
        store = RedisKeyValueStore(factory.ResultCache(None), client)
        assert store.read("key", Settings) is None
    assert not (tmp_path / "planted").exists()


def test_a_worker_without_redis_says_what_it_needs(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "")
    with pytest.raises(SettingsError, match="REDIS_URL is not set"):
        worker.celery  # noqa: B018


def test_redis_without_celery_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "dashboard.jobs.celery_backend", None)
    monkeypatch.delattr("dashboard.jobs.celery_backend", raising=False)
    settings = Settings(cache_dir=tmp_path, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(SettingsError, match=r"requirements-redis\.txt"):
        create_app(settings)


def test_a_redis_that_is_away_is_said_in_one_way():
    jobs = CeleryJobs("redis://127.0.0.1:1/0", most=1, deadline=60)
    with pytest.raises(JobsError, match="does not answer"):
        jobs.send("key", [])
    with pytest.raises(SharedStoreError):
        jobs.unattended()
