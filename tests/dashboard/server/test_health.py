from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from flask import Flask

from core.cache.result_cache import ResultCache
from dashboard.server import health
from dashboard.server.access import guard
from dashboard.server.access.users import add_user
from dashboard.server.health import Check, Status
from dashboard.server.settings import Auth, Settings
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from tests.dashboard.server.access.test_guard import GOOD, basic
from tests.studies import write_study_files


def app_context_over(folder, *studies):
    return AppContext(StudyLibrary(studies), ResultCache(folder / "cache"))


def serve(probes, **changes):
    server = Flask("health")
    guard.install(server, replace(Settings(), **changes))
    health.register(server, probes)
    return server.test_client()


def test_alive_says_so_and_nothing_else():
    def broken() -> Check:
        raise AssertionError("nobody should ask")

    answer = serve({"x": broken}).get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("found", "status", "code"),
    [
        (["ready", "ready"], "ready", 200),
        (["ready", "degraded"], "degraded", 200),
        (["not ready", "degraded"], "not ready", 503),
    ],
)
def test_the_worst_counts(found, status, code):
    probes = {f"p{n}": lambda s=s: Check(Status(s), {"why": s}) for n, s in enumerate(found)}
    answer = serve(probes).get("/readyz")
    assert answer.status_code == code
    body = answer.get_json()
    assert body["status"] == status
    assert body["checks"]["p0"] == {"status": found[0], "why": found[0]}


def test_without_a_login_there_is_the_status_alone(tmp_path):
    add_user(tmp_path / "users", "ada", GOOD)
    probes = {"p": lambda: Check(Status.NOT_READY, {"secret": "detail"})}
    client = serve(probes, auth=Auth.BASIC, auth_file=tmp_path / "users")
    assert client.get("/readyz").get_json() == {"status": "not ready"}
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz", headers=basic("ada", "wrong")).get_json() == {
        "status": "not ready"
    }
    assert "detail" in client.get("/readyz", headers=basic("ada", GOOD)).get_data(as_text=True)


def test_a_probe_that_fails_is_not_ready_and_in_the_log(caplog):
    def broken() -> Check:
        raise OSError("secret detail")

    with caplog.at_level(logging.ERROR):
        answer = serve({"disk": broken}).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["disk"]["disk"] == "the check failed; see the log"
    assert "secret detail" in caplog.text


def test_asking_often_looks_seldom(monkeypatch):
    looked = []

    def probe() -> Check:
        looked.append(1)
        return Check(Status.READY)

    client = serve({"p": probe})
    for _ in range(5):
        client.get("/readyz")
    assert len(looked) == 1
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    client.get("/readyz")
    assert len(looked) == 2


def test_studies(tmp_path):
    good = write_study_files(tmp_path / "good")
    bad = write_study_files(tmp_path / "bad")
    bad.write("study.toml", "title = ")
    both = health.studies_probe(app_context_over(tmp_path, bad.folder, good.folder))()
    assert both.status is Status.DEGRADED
    assert both.details == {"bad": "not readable: 1 problem", "good": "readable"}
    assert health.studies_probe(app_context_over(tmp_path, good.folder))().status is Status.READY
    assert health.studies_probe(app_context_over(tmp_path, bad.folder))().status is Status.NOT_READY


def test_the_cache(tmp_path):
    good = write_study_files(tmp_path / "good")
    app_context = app_context_over(tmp_path, good.folder)
    assert health.cache_probe(app_context)() == Check(Status.READY, {"cache": "writable"})
    (tmp_path / "file").write_text("in the way")
    app_context.cache = ResultCache(tmp_path / "file" / "cache")
    found = health.cache_probe(app_context)()
    assert found.status is Status.NOT_READY
    assert found.details == {"cache": "not writable: the folder cannot be used"}
