from __future__ import annotations

import base64
import errno
import fcntl
import logging
import os
import re
import signal
import subprocess
import sys

import pytest

from core.cache.result_cache import CacheEvent
from dashboard.app import create_app
from dashboard.server import metrics
from dashboard.server.access.users import add_user
from dashboard.server.metrics import Metrics, first_output
from dashboard.server.settings import Settings
from tests.dashboard.jobs.tabs import until
from tests.dashboard.server.test_headers import body_of
from tests.dashboard.server.test_serving import procfile
from tests.processes import DASHBOARD, ROOT, free_port, running
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study_files(tmp_path_factory.mktemp("counted") / "one", cka=True).folder


@pytest.fixture
def client(study, tmp_path):
    app = create_app(Settings(studies=(study,), cache_dir=tmp_path / "cache"))
    return app.server.test_client()


def samples(text):
    """Values by name and labels, as Prometheus reads them."""
    found = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
            labels = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            found[match[1], labels] = float(match[3])
    return found


def value(text, name, **labels):
    """The sum over all series that have these labels."""
    wanted = set(labels.items())
    return sum(v for (n, found), v in samples(text).items() if n == name and wanted <= found)


def scrape(client):
    answer = client.get("/metrics", buffered=True)
    assert answer.content_type.startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.get_data(as_text=True)


COUNT = "atlas_request_duration_seconds_count"


def test_requests_are_counted_by_route_never_by_address(client):
    for path in ("/", "/one", "/two", "/assets/favicon.svg"):
        client.get(path, buffered=True)
    client.post("/_dash-update-component", json={})
    client.open("/", method="BREW")
    client.get("/", headers={"Host": "elsewhere.example"})
    text = scrape(client)
    assert value(text, COUNT, route="/", method="GET", status="200") == 1
    assert value(text, COUNT, route="/", method="GET", status="403") == 1
    assert value(text, COUNT, route="/<path:path>", status="404") == 2
    assert value(text, COUNT, route="/_dash-update-component", method="POST", status="400") == 1
    assert value(text, COUNT, method="other") == 1
    assert "/one" not in text
    assert "BREW" not in text
    # What warmed it up was nobody's request.
    assert value(text, COUNT, route="/_dash-layout") == 0


def test_callbacks_are_counted_by_their_first_output(client):
    dependencies = client.get("/_dash-dependencies", buffered=True).get_json()
    arrange = next(d for d in dependencies if "page-state.data" in d["output"])
    body = body_of(arrange, {"query": {}, "from": "address"})
    for _ in range(2):
        assert client.post("/_dash-update-component", json=body, buffered=True).status_code == 200
    client.post("/_dash-update-component", json={"output": "made up"}, buffered=True)
    text = scrape(client)
    name = "atlas_callback_duration_seconds_count"
    assert value(text, name, callback="page-state.data") == 2
    assert value(text, name) == 2
    assert "made up" not in text


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("a.figure", "a.figure"),
        ("..a.figure...b.children..", "a.figure"),
        ("a.figure@1234", "a.figure"),
        ("..a.figure@1234...b.children@1234..", "a.figure"),
    ],
)
def test_the_name_of_a_callback(output, name):
    assert first_output(output) == name


def test_the_cache_and_jobs_are_counted():
    counted = Metrics()
    for event in (CacheEvent.HIT, CacheEvent.HIT, CacheEvent.MISS, CacheEvent.FAULT):
        counted.cache_event(event)
    for event in ("started", "started", "finished"):
        counted.job_event(event)
    text = counted.exposition("")[0].decode()
    assert value(text, "atlas_cache_events_total", event="hit") == 2
    assert value(text, "atlas_cache_events_total", event="miss") == 1
    assert value(text, "atlas_cache_events_total", event="fault") == 1
    assert value(text, "atlas_jobs_total", event="started") == 2
    assert value(text, "atlas_jobs_total", event="finished") == 1
    assert value(text, "atlas_jobs_running") == 1


def test_a_fork_for_something_else_does_not_count(monkeypatch):
    counted = Metrics()
    own = os.getpid()
    monkeypatch.setattr(metrics.os, "getpid", lambda: own + 1)
    counted.cache_event(CacheEvent.HIT)
    counted.job_event("started")
    counted.request_answered("/", "GET", 200, 0.1)
    counted.callback_answered("a.figure", 0.1)
    text = counted.exposition("")[0].decode()
    assert value(text, "atlas_cache_events_total") == 0
    assert value(text, COUNT) == 0
    counted.adopt()
    counted.cache_event(CacheEvent.HIT)
    assert value(counted.exposition("")[0].decode(), "atlas_cache_events_total") == 1


# -- real servers ----------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    out = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [int(word) for word in out.split()]


def test_gunicorns_workers_are_summed_also_those_that_have_died(tmp_path, study):
    port = free_port()
    users = tmp_path / "users"
    add_user(users, "ada", "a long enough one")
    token = base64.b64encode(b"ada:a long enough one").decode()
    login = {"Authorization": f"Basic {token}"}
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    given = {
        "STUDY": str(study),
        "PORT": str(port),
        "AUTH": "basic",
        "AUTH_FILE": str(users),
        "TMPDIR": str(temporary),
        "WEB_CONCURRENCY": "2",
    }

    def count(server):
        answer, text = server.ask("/metrics", headers=login)
        assert answer.status == 200
        return value(text, COUNT, route="/<path:path>", status="404")

    with running(procfile(), tmp_path, port, **given) as server:
        assert server.ask("/metrics")[0].status == 401
        until(lambda: len(children(server.process.pid)) == 2)
        workers = children(server.process.pid)
        for held in workers:
            # While one is held, the other answers.
            os.kill(held, signal.SIGSTOP)
            for _ in range(10):
                assert server.ask("/counted", headers=login)[0].status == 404
            os.kill(held, signal.SIGCONT)
        # Every worker gives the sum, whichever is asked.
        assert {count(server) for _ in range(6)} == {20}
        answered = {path.name for path in temporary.rglob("histogram_*.db")}
        assert answered == {f"histogram_{pid}.db" for pid in workers}
        victim = workers[0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in children(server.process.pid))
        assert count(server) == 20
        folder = next(temporary.glob("transfer-atlas-metrics-*"))
        assert folder.stat().st_mode & 0o077 == 0
        # gunicorn says that a worker has ended after it has.
        until(lambda: not list(folder.glob(f"gauge_live*_{victim}.db")))
    assert not list(temporary.glob("transfer-atlas-metrics-*"))


def test_python_m_dashboard_counts_without_files(tmp_path, study):
    port = free_port()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    given = {"STUDY": str(study), "PORT": str(port), "TMPDIR": str(temporary)}
    # Another program's folder is none of ours.
    given["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path / "others")
    with running(DASHBOARD, tmp_path, port, **given) as server:
        for _ in range(5):
            server.ask("/counted")
        text = server.ask("/metrics")[1]
        assert value(text, COUNT, route="/<path:path>", status="404") == 5
        assert not list(temporary.rglob("*.db"))
        assert not (tmp_path / "others").exists()


def test_the_folder_is_made_once_and_only_its_maker_removes_it(tmp_path):
    program = """
import os, sys
from dashboard.server import shared_metrics
first = shared_metrics.share()
assert shared_metrics.share() == first, "made twice"
assert oct(os.stat(first).st_mode)[-3:] == "700"
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
assert os.path.isdir(first), "a child removed it"
assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == first
print(first)
"""
    inherited = tmp_path / "of another master"
    inherited.mkdir()
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": str(inherited)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    made = result.stdout.strip()
    assert made.startswith(f"{tmp_path}/transfer-atlas-metrics-")
    assert not os.path.exists(made)  # noqa: PTH110
    assert inherited.is_dir()


def test_folders_of_masters_that_were_killed_are_removed(tmp_path):
    def start(after: str) -> str:
        program = f"""
import os, signal
from dashboard.server import shared_metrics
print(shared_metrics.share(), flush=True)
{after}
"""
        result = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return result.stdout.strip()

    killed = start("os.kill(os.getpid(), signal.SIGKILL)")
    other = tmp_path / "transfer-atlas-metrics-other"
    other.mkdir()  # without a lock it is nobody's that we know
    assert os.listdir(killed)  # noqa: PTH208
    start("pass")
    assert os.listdir(killed)  # noqa: PTH208 - made just now: its master may be about to lock it
    for folder in (killed, other):
        os.utime(folder, (0, 0))
    with open(f"{killed}/alive", "r+b") as alive:  # noqa: PTH123
        fcntl.flock(alive, fcntl.LOCK_EX)
        start("pass")
        assert os.listdir(killed)  # noqa: PTH208 - somebody of it lives
    start("pass")
    assert [path.name for path in tmp_path.iterdir()] == [other.name]


def test_a_full_disk_costs_counts_never_an_answer(monkeypatch, tmp_path, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    counted = Metrics()
    monkeypatch.setattr(metrics.os, "posix_fallocate", full)
    with caplog.at_level(logging.WARNING):
        counted.adopt()
        counted.request_answered("/", "GET", 200, 0.1)
        counted.cache_event(CacheEvent.HIT)
    assert [record.getMessage() for record in caplog.records] == [
        "metrics cannot be written: [Errno 28] No space left on device; this process counts no more"
    ]
    assert not list(tmp_path.iterdir()), "an empty file could not be summed"


def test_a_worker_has_the_room_for_its_counts_before_it_needs_it(monkeypatch, tmp_path):
    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    Metrics().adopt()
    files = list(tmp_path.iterdir())
    assert len(files) == len(metrics.FILES)
    for file in files:
        assert file.stat().st_blocks * 512 >= metrics.FILE_BYTES
