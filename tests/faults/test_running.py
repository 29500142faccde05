"""Faults of a running server: real processes, two workers, and every page still answers.

What is wrong with the cache in itself is in tests/core/cache/test_result_cache.py; what comes of
jobs in tests/dashboard/jobs/.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.core.sweeps import write_sweep_study
from tests.dashboard.jobs.brokers import Redis, working
from tests.dashboard.jobs.tabs import Tab, pairs_done, until
from tests.faults.web import answers, figures, is_shown, news, questions
from tests.processes import GUNICORN, Running, free_port, running
from tests.studies import StudyFiles, write_study_files

COMMAND = (*GUNICORN, "--config", "gunicorn.conf.py", "tests.faults.troubled:server")
NOTICED_SECONDS = 5.0
"""In which every worker knows of files that have changed, as docs/deployment.md promises."""
MOST = 46
"""Questions that are recorded, and asked by others while a fault happens."""
PAUSE_S = 0.1
"""Between one question of others and the next."""
VIEWS = [
    {"method": ["ftwb2"], "scale": ["strict"]},
    {"method": ["ftwb1"], "scale": ["published"], "include": ["crossing"]},
    {"method": ["ftwb1"], "scale": ["strict"], "include": ["crossing"], "at": ["9000"]},
    {"method": ["ftwb2"], "scale": ["published"], "at": ["9000"], "layer": ["4"]},
    {"method": ["ftwb1"], "scale": ["published"], "style": ["paper"]},
]
OLD, NEW = {"scale": "strict"}, {"scale": "published"}
"""A question that was asked before a fault, and one that is asked for the first time after."""
NEWS = (
    NEW,
    {"method": "ftwb1", "scale": "strict"},
    {"method": "ftwb1", "scale": "published", "at": "9000"},
    {"scale": "strict", "at": "9000"},
)
"""Questions that none of VIEWS asks: one for each test of a server that several share."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> Iterator[dict]:
    """What a server that nothing happens to answers."""
    with served(tmp_path_factory.mktemp("calm")) as server:
        until(lambda: has_read(server))
        recorded = [(body, news(server, body)) for body in questions(server, VIEWS, MOST)]
        assert len(recorded) == MOST
        assert sum(status == 200 for _, (status, _) in recorded) > MOST / 2
        yield {
            "old": figures(server, **OLD),
            "new": [figures(server, **new) for new in NEWS],
            "recorded": recorded,
        }


def served(folder: Path, *, long: bool = False, **given: str):
    """A server of two workers on a small study in `folder`, and one to sweep.

    long: the sweep takes seconds. given: more of its environment.
    """
    study = folder / "small"
    write_study_files(study, cka=True)
    how = {"runs": 10, "items": 120, "features": 120} if long else {}
    sweep = write_sweep_study(folder / "swept", **how).folder
    (folder / "trouble").mkdir()
    port = free_port()
    return running(
        COMMAND,
        folder,
        port,
        PORT=str(port),
        STUDY=f"{study}{os.pathsep}{sweep}",
        TROUBLE=str(folder / "trouble"),
        WEB_CONCURRENCY="2",
        **given,
    )


class Load:
    """Recorded questions, asked over and over: each answer is the right one or none."""

    def __init__(self, server: Running, recorded: list[Any]) -> None:
        self._server, self._recorded = server, recorded
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(2)]
        self.right = 0
        self.refused = 0
        self.wrong: list[str] = []

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, first: int) -> None:
        order = self._recorded[::-1] if first else self._recorded
        for body, (status, text) in itertools.cycle(order):
            # Others ask all the time, but leave the cores to what is looked at.
            if self._over.wait(PAUSE_S):
                return
            try:
                found, said = news(self._server, body)
            except (OSError, HTTPException):
                self.refused += 1  # cut off with the worker that was to answer
                continue
            if found == status and _same(said, text):
                self.right += 1
            elif found == 204 or "ask again" in said:
                self.refused += 1
            else:
                self.wrong.append(f"{found} for {body['output'][:80]}: {_apart(said, text)}")


def _same(said: str, text: str) -> bool:
    return said == text or (text[:1] == said[:1] == "{" and json.loads(said) == json.loads(text))


def _apart(said: str, text: str) -> str:
    """Where two texts part."""
    parts = (i for i, (a, b) in enumerate(zip(said, text, strict=False)) if a != b)
    at = next(parts, min(len(said), len(text)))
    return f"{said[max(0, at - 80) : at + 160]} for {text[max(0, at - 80) : at + 160]}"


@pytest.fixture
def server(tmp_path, expected) -> Iterator[Running]:
    """A server of one test, that others ask meanwhile."""
    with watched(tmp_path, expected) as running_server:
        yield running_server


@pytest.fixture(scope="module")
def enduring(tmp_path_factory) -> Iterator[tuple[Running, Iterator[int]]]:
    """A server for all faults that leave it as it was, and which of NEWS nobody asked it yet.

    Not for those after which it keeps nothing for a minute (core.cache: RETRY_OPEN_SECONDS).
    """
    with served(tmp_path_factory.mktemp("enduring")) as running_server:
        until(lambda: has_read(running_server))
        yield running_server, iter(range(len(NEWS)))


@pytest.fixture
def shared(enduring, expected) -> Iterator[Running]:
    """That server while others ask, as the test before has left it: well."""
    running_server, _ = enduring
    assert running_server.ask("/readyz")[0].status == 200
    with asked_by_others(running_server, expected):
        yield running_server


@pytest.fixture
def new(enduring) -> int:
    """The place in NEWS of a question that the shared server was never asked."""
    return next(enduring[1])


@contextlib.contextmanager
def watched(folder: Path, expected: dict, **how: Any) -> Iterator[Running]:
    """A server that others ask meanwhile, and get the right answers from. how: as `served`."""
    with served(folder, **how) as running_server:
        until(lambda: has_read(running_server))
        with asked_by_others(running_server, expected):
            yield running_server


@contextlib.contextmanager
def asked_by_others(running_server: Running, expected: dict) -> Iterator[None]:
    with Load(running_server, expected["recorded"]) as load:
        yield
    assert not load.wrong, load.wrong[:3]
    assert load.right > 0
    assert "Traceback" not in running_server.said(), running_server.said()[-3000:]


@pytest.fixture
def quiet(tmp_path) -> Iterator[Running]:
    """A server that nobody else asks: while its study is gone, another is the first there is."""
    with served(tmp_path) as running_server:
        until(lambda: has_read(running_server))
        yield running_server
    assert "Traceback" not in running_server.said(), running_server.said()[-3000:]


def has_read(server: Running) -> bool:
    """Both workers have read both studies."""
    trouble = server.log.parent / "trouble"
    pids = [worker.pid for worker in workers(server)]
    wanted = [trouble / f"read-{slug}-{pid}" for slug in ("small", "swept") for pid in pids]
    return len(pids) == 2 and all(path.exists() for path in wanted)


def workers(server: Running) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


def all_right(server: Running, expected: dict, new: int = 0) -> None:
    """Both workers answer, with the numbers of a server that nothing happened to.

    new: which of NEWS is asked, for the first time after a fault.
    """
    for _ in range(4):
        answers(server)
        assert figures(server, **OLD) == expected["old"]
        assert figures(server, **NEWS[new]) == expected["new"][new]


def test_requests_share_the_cores_and_none_takes_them_all(shared, new, expected):
    assert figures(shared, **NEWS[new]) == expected["new"][new]
    assert read(shared.log.parent / "trouble" / "threads") == "1"


def test_a_worker_killed_in_a_computation(server, tmp_path, expected):
    trouble = tmp_path / "trouble"
    (trouble / "hold").touch()
    ended = []

    def ask():
        try:
            figures(server, **OLD)
        except OSError as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    # Others ask, too: it may be their question that a worker computes, and this one the other's.
    victims = until(lambda: computing(trouble))
    answers(server)
    while asking.is_alive():
        victims |= computing(trouble)
        for worker in workers(server):
            if worker.pid in victims:
                worker.send_signal(signal.SIGKILL)
        asking.join(0.1)
    assert len(ended) == 1, "its answer was not cut off"
    (trouble / "hold").unlink()
    # Those that took their place have read the studies; before, they say that they read.
    until(lambda: has_read(server))
    # The lock of the key died with the worker: nobody waits for it.
    all_right(server, expected)
    assert not victims & {worker.pid for worker in workers(server)}


def computing(trouble: Path) -> set[int]:
    """The workers that have begun to compute a matrix while they were held."""
    return {int(path.name.removeprefix("computing-")) for path in trouble.glob("computing-*")}


def read(path: Path) -> str:
    return path.read_text()


def test_a_disk_that_is_full(server, tmp_path, expected):
    assert figures(server, **OLD) == expected["old"]
    limits = {
        worker.pid: resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
        for worker in workers(server)
    }
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, hard))
    all_right(server, expected)
    assert server.ask("/readyz")[0].status == 503
    for pid, limit in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
    all_right(server, expected)


@pytest.mark.parametrize("damage", ["noise", "cut"])
def test_a_cache_that_breaks_while_it_is_used(shared, new, expected, damage):
    assert figures(shared, **OLD) == expected["old"]
    results = shared.log.parent / "cache" / "results"
    for path in [path for path in results.rglob("*") if path.is_file()]:
        with contextlib.suppress(FileNotFoundError):  # SQLite takes its log away when it is done
            if damage == "noise":
                path.write_bytes(os.urandom(path.stat().st_size))
            elif damage == "cut" and not path.name.startswith("cache.db-"):
                os.truncate(path, path.stat().st_size // 3)
    all_right(shared, expected, new)
    # It was mended, and is used again.
    until(lambda: shared.ask("/readyz")[0].status == 200)


def test_a_cache_folder_that_is_removed(shared, new, expected):
    folder = shared.log.parent
    assert figures(shared, **OLD) == expected["old"]
    # At once, as its files could come back while they are removed one by one.
    (folder / "cache").rename(folder / "gone")
    shutil.rmtree(folder / "gone", ignore_errors=True)
    all_right(shared, expected, new)
    # It is there again, the owner's alone, and used.
    until(lambda: shared.ask("/readyz")[0].status == 200)
    assert (folder / "cache" / "results").stat().st_mode & 0o077 == 0


def test_a_study_folder_that_is_removed_and_comes_back(quiet, tmp_path, expected):
    assert figures(quiet, **OLD) == expected["old"]
    (tmp_path / "small").rename(tmp_path / "elsewhere")
    until(lambda: not is_shown(quiet, **OLD))
    answers(quiet)
    answer, text = quiet.ask("/readyz")
    assert (answer.status, json.loads(text)["checks"]["studies"]["swept"]) == (200, "readable")
    (tmp_path / "elsewhere").rename(tmp_path / "small")
    until(lambda: is_shown(quiet, **OLD))
    # The other worker may not have been asked since, and notices within this time.
    time.sleep(NOTICED_SECONDS)
    all_right(quiet, expected)


@pytest.fixture
def impatient(tmp_path, expected) -> Iterator[Running]:
    """A server of one test, whose cache waits for nobody."""
    with watched(tmp_path, expected, BUSY="0.2") as running_server:
        yield running_server


def test_databases_of_the_cache_that_another_process_keeps_locked(impatient, tmp_path, expected):
    server = impatient
    assert figures(server, **OLD) == expected["old"]
    holders = [
        sqlite3.connect(path, isolation_level=None)
        for path in sorted((tmp_path / "cache").rglob("cache.db"))
    ]
    assert holders
    for holder in holders:
        holder.execute("BEGIN EXCLUSIVE")
    all_right(server, expected)
    for holder in holders:
        holder.execute("COMMIT")
        holder.close()
    all_right(server, expected)
    assert not list((tmp_path / "cache").rglob("broken-*"))


def tab_of(server: Running) -> Tab:
    """A page that orders a job."""

    def request(path: str, body: Any) -> tuple[int, str]:
        if body is None:
            answer, text = server.ask(path)
            return answer.status, text
        headers = {"Content-Type": "application/json"}
        answer, text = server.ask(path, method="POST", headers=headers, body=json.dumps(body))
        return answer.status, text

    return Tab(request)


AT_NIGHT = pytest.mark.skipif(
    not os.environ.get("ALL_FAULTS"), reason="half a minute each: make nightly sets ALL_FAULTS"
)
SWEEP = {"kind": "sweep", "study": "swept", "measure": "procrustes", "debiased": False}


@AT_NIGHT
def test_a_job_whose_process_is_killed(tmp_path, expected):
    with watched(tmp_path, expected, long=True) as server:
        tab = tab_of(server)
        tab.order(**SWEEP)
        until(lambda: tab.look() or pairs_done(tab))
        for worker in workers(server):
            for process in worker.children():
                process.kill()
        all_right(server, expected)
        assert tab.result or tab.finish() == {"done": True}
        all_right(server, expected)


@AT_NIGHT
def test_a_celery_worker_that_is_killed_and_a_redis_that_goes(tmp_path, expected):
    broker = Redis(tmp_path)
    try:
        with watched(tmp_path, expected, long=True, REDIS_URL=broker.url) as server:
            studies = [StudyFiles(tmp_path / "swept")]
            tab = tab_of(server)
            tab.order(**SWEEP)
            with working(broker, tmp_path / "first", studies) as process:
                until(lambda: tab.look() or pairs_done(tab))
                process.kill()
                process.wait()
                all_right(server, expected)
            broker.stop()
            all_right(server, expected)
            broker.start()
            # It came back empty: who waited is told that there is nothing to wait for.
            assert tab.result or tab.finish() is None
            all_right(server, expected)
            until(lambda: server.ask("/readyz")[0].status == 200)
    finally:
        broker.stop()


def test_a_clock_that_goes_back(server, tmp_path, expected):
    assert figures(server, **OLD) == expected["old"]
    for seconds in (90.0, 86_400.0 * 400):
        (tmp_path / "trouble" / "back").write_text(str(seconds))
        all_right(server, expected)
        assert server.ask("/readyz")[0].status == 200
        (tmp_path / "trouble" / "back").unlink()
        all_right(server, expected)
