"""Jobs as processes of this host, through the requests that a browser makes.

Forks, but for one: what starts a job is tried with servers as well, by test_shutdown.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat

import filelock
import pytest

from core.cache.result_cache import ResultCache
from core.similarity.query import SimilarityQuery
from core.similarity.sweep import stored_similarities
from dashboard.app import create_app
from dashboard.jobs import jobs, process_backend
from dashboard.jobs.timeouts import ALIVE_SECONDS
from dashboard.server import shared_store
from dashboard.server.settings import Settings
from dashboard.server.shared_store import DiskStore, open_store
from tests.dashboard.jobs.tabs import Tab, computing, pairs_done, sweep_of, tab_in, until
from tests.forks import forked_job

FRESH = "test_what_a_job_computed_is_there_for_the_figures"
"""The test whose job is a fresh process."""


class Host:
    """An application in this process, its tabs and its jobs."""

    def __init__(self, settings):
        self.app = create_app(settings)
        self.jobs = self.app._background_manager

    def tab(self) -> Tab:
        return tab_in(self.app.server)

    def processes(self):
        return [child.pid for child in self.jobs._children if child.poll() is None]


@pytest.fixture
def host_of(tmp_path, quick, slow, monkeypatch, request):
    hosts = []

    def make(**settings):
        folders = (quick.folder, slow.folder)
        host = Host(Settings(studies=folders, cache_dir=tmp_path / "cache", **settings))
        hosts.append(host)
        return host

    if request.node.name != FRESH:
        monkeypatch.setattr(process_backend.subprocess, "Popen", forked_job)
    yield make
    for host in hosts:
        host.jobs.end()
        host.jobs.handle.close()


def test_two_tabs_that_ask_for_the_same_share_a_job_and_both_get_its_result(host_of, quick):
    host = host_of(jobs=1)
    first, second = host.tab(), host.tab()
    with filelock.FileLock(host.jobs.board.folder / "place-0"):  # it waits, and has not ended yet
        first.order(**sweep_of(quick))
        second.order(**sweep_of(quick))
        assert len(host.processes()) == 1
    assert first.finish() == {"done": True}
    assert second.finish() == {"done": True}


def test_what_a_job_computed_is_there_for_the_figures(host_of, quick, tmp_path):
    host = host_of()
    tab = host.tab()
    tab.order(**sweep_of(quick, "cka"))
    assert tab.finish() == {"done": True}
    study = host.app.server.config["APP_CONTEXT"].library.find("quick").study
    found = stored_similarities(study, ResultCache(tmp_path / "cache"), compute_budget_s=0.0)
    cell = found.find(["r0", "r1"], SimilarityQuery(1, 10))
    assert cell.runs == ("r0", "r1", "r2", "r3", "r4")


def test_a_job_that_is_done_is_done_again_when_it_is_asked_for_again(host_of, quick):
    host = host_of()
    tab = host.tab()
    for _ in range(2):
        tab.order(**sweep_of(quick))
        assert tab.finish() == {"done": True}


def test_a_tab_that_cancels_does_not_rob_another_and_the_last_one_ends_the_job(host_of, slow):
    host = host_of()
    first, second = host.tab(), host.tab()
    first.order(**sweep_of(slow))
    second.order(**sweep_of(slow))
    computing(first)
    (process,) = host.processes()
    first.cancel()
    assert first.finish() is None
    computing(second)
    assert host.processes() == [process]
    second.cancel()
    assert second.finish() is None
    until(lambda: not host.processes())


def test_a_tab_that_was_closed_does_not_leave_its_job(host_of, slow, monkeypatch):
    monkeypatch.setattr(jobs, "WATCH_SECONDS", 2.0)
    host = host_of()
    tab = host.tab()
    tab.order(**sweep_of(slow))
    until(host.processes)
    until(lambda: not host.processes())


def test_a_job_ends_at_its_deadline_and_says_so(host_of, slow):
    host = host_of(job_deadline_s=1)
    tab = host.tab()
    tab.order(**sweep_of(slow))
    ended = tab.finish()["ended"]
    assert ended.startswith("stopped after ")
    assert "longer than" in ended
    until(lambda: not host.processes())


def test_no_more_jobs_than_allowed_run_and_the_others_say_that_they_wait(host_of, slow, quick):
    host = host_of(jobs=1)
    first, second = host.tab(), host.tab()
    first.order(**sweep_of(slow))
    computing(first)
    second.order(**sweep_of(quick))
    until(lambda: second.look() or "turn" in second.text)
    assert second.text == "Waiting for its turn: at most 1 job runs at once."
    first.cancel()
    assert second.finish() == {"done": True}


def test_a_job_that_was_killed_is_started_again_and_keeps_what_it_had(host_of, slow):
    host = host_of()
    tab = host.tab()
    tab.order(**sweep_of(slow))
    before = until(lambda: tab.look() or pairs_done(tab))
    (process,) = host.processes()
    os.kill(process, signal.SIGKILL)
    until(lambda: tab.look() or [p for p in host.processes() if p != process])
    assert until(lambda: tab.look() or pairs_done(tab)) >= before


def test_a_tab_that_looks_before_anything_was_said_has_no_pairs(host_of):
    tab = host_of().tab()
    for text, pairs in (("", 0), ("Waiting for its turn", 0), ("1,204 of 3,000 pairs", 1204)):
        tab.text = text
        assert pairs_done(tab) == pairs


def test_a_job_that_is_killed_again_and_again_is_given_up(host_of, slow):
    host = host_of()
    tab = host.tab()
    tab.order(**sweep_of(slow))
    key = next(iter(tab._handles["cacheKey"].split("~")))
    host.jobs.board.write(f"{key}-runs", jobs.MOST_RUNS, 60)
    assert "killed 3 times" in tab.finish()["ended"]


NO_JOB = (
    {},
    {"kind": "shell"},
    {"kind": ["sweep"]},
    {"kind": "sweep", "study": "../quick", "measure": "cka", "debiased": False},
    {"kind": "sweep", "study": "quick", "measure": "other", "debiased": False},
    {"kind": "sweep", "study": "quick", "measure": "cka", "debiased": "no"},
)


def test_what_is_no_job_of_ours_starts_nothing(host_of):
    host = host_of()
    tab = host.tab()
    for work in NO_JOB:
        with pytest.raises(KeyError):
            tab.order(**work)
        assert not host.processes(), work


def test_what_cannot_be_computed_ends_with_a_sentence(host_of, quick):
    tab = host_of().tab()
    tab.order(**sweep_of(quick, "procrustes", debiased=True))
    assert tab.finish() == {"ended": "only CKA has a debiased form"}


def test_the_job_store_is_private_and_executes_no_pickle(tmp_path):
    kept = DiskStore(tmp_path / "jobs")
    kept.write("name", {"a": [1, None, "ü"]}, 60)
    assert kept.read("name") == {"a": [1, None, "ü"]}
    assert stat.S_IMODE((tmp_path / "jobs").stat().st_mode) == 0o700
    planted = b"cos\nsystem\n(S'touch " + str(tmp_path / "planted").encode() + b"'\ntR."
    with sqlite3.connect(tmp_path / "jobs" / "cache.db") as database:
        database.execute("UPDATE Cache SET mode = 4, value = ? WHERE key = 'name'", (planted,))
    with pytest.raises(jobs.SharedStoreError):
        kept.read("name")
    assert not (tmp_path / "planted").exists()
    kept.store.close()


def test_a_broken_job_store_is_made_anew(tmp_path, caplog):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "cache.db").write_bytes(b"no database" * 1000)
    kept = DiskStore(tmp_path / "jobs")
    assert kept.add("name", 1, None)
    assert not kept.add("name", 2, None)
    assert "set aside" in caplog.text
    kept.store.close()


def test_a_job_store_damaged_while_it_is_used_is_made_anew(tmp_path, caplog):
    kept, other = DiskStore(tmp_path / "jobs"), DiskStore(tmp_path / "jobs")
    assert kept.add("name", 1, None)
    other.read("name")
    for path in (tmp_path / "jobs").iterdir():
        path.write_bytes(b"no database" * 1000)
    assert kept.read("name") is None  # what ran is seen as gone
    assert kept.add("name", 2, None)
    assert other.read("name") == 2
    assert caplog.text.count("set aside and made anew") == 1
    assert len(list(tmp_path.glob("jobs-broken-*"))) == 1
    kept.store.close()
    other.store.close()


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN], ids=["damaged", "gone"]
)
def test_a_job_store_that_another_process_makes_anew_meanwhile_is_used(
    tmp_path, monkeypatch, caplog, code
):
    DiskStore(tmp_path / "jobs").store.close()
    refuse_locked, others = shared_store.refuse_locked, []

    def while_another_makes_it_anew(place, seconds):
        if not others:
            shutil.move(tmp_path / "jobs", tmp_path / "set-aside-by-another")
            others.append(None)
            others[0] = DiskStore(tmp_path / "jobs")
            assert others[0].add("name", 1, None)
            fault = sqlite3.DatabaseError("what was there before")
            fault.sqlite_errorcode = code
            raise fault
        refuse_locked(place, seconds)

    monkeypatch.setattr(shared_store, "refuse_locked", while_another_makes_it_anew)
    late = DiskStore(tmp_path / "jobs")
    assert late.read("name") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jobs", "set-aside-by-another"]
    assert not caplog.text
    late.store.close()
    others[0].store.close()


def test_a_job_store_that_is_removed_is_made_anew(tmp_path):
    kept, other = DiskStore(tmp_path / "jobs"), DiskStore(tmp_path / "jobs")
    assert kept.add("name", 1, None)
    shutil.rmtree(tmp_path / "jobs")
    assert kept.add("name", 2, None)
    assert other.read("name") == 2
    assert stat.S_IMODE((tmp_path / "jobs").stat().st_mode) == 0o700
    kept.store.close()
    other.store.close()


def test_without_a_usable_folder_the_store_is_elsewhere(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    store = open_store(tmp_path / "file" / "jobs")
    assert str(tmp_path) not in store.directory
    assert "kept elsewhere" in caplog.text
    store.close()
    shutil.rmtree(store.directory)


def test_a_locked_store_is_not_thrown_away(tmp_path, caplog, monkeypatch):
    DiskStore(tmp_path / "jobs").store.close()
    monkeypatch.setattr(shared_store, "STORE_TIMEOUT_SECONDS", 0.05)
    holder = sqlite3.connect(tmp_path / "jobs" / "cache.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    store = open_store(tmp_path / "jobs")
    holder.execute("COMMIT")
    holder.close()
    assert "database is locked; kept elsewhere" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["jobs"]
    store.close()
    shutil.rmtree(store.directory)


def test_a_run_says_that_it_lives_for_longer_than_it_takes_to_say_it():
    assert ALIVE_SECONDS > 3 * jobs.BEAT_SECONDS
