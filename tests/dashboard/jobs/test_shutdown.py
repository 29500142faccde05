"""A server that is told to end takes its jobs along."""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.dashboard.jobs.tabs import Tab, until
from tests.processes import free_port, started

SERVERS = {
    "python -m dashboard": ["-m", "dashboard"],
    "gunicorn": ["-m", "gunicorn", "--config", "gunicorn.conf.py", "dashboard.app:server"],
}
END_SECONDS = 120
"""How long a loaded machine is given; docs/architecture.md says what it takes."""


def tab_at(url: str) -> Tab:
    def request(path: str, body: Any) -> tuple[int, str]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310  (our own server)
            url + path, data, {"Content-Type": "application/json", "Origin": url}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            return answer.status, answer.read().decode()

    return Tab(request)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=60):  # noqa: S310
            return True
    except (urllib.error.URLError, OSError):
        return False


def jobs_of(server: int) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(server).children(recursive=True)
        if "dashboard.jobs.process_main" in child.cmdline()
    ]


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_sigterm_ends_the_server_and_its_jobs(command, slow, tmp_path):
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "STUDY": str(slow.folder),
        "CACHE_DIR": str(tmp_path / "cache"),
        "LOG_LEVEL": "WARNING",
    }
    with Path(tmp_path / "log").open("w") as log:
        server = started([sys.executable, *command], environment, log, log)
    try:
        until(lambda: answers(url))
        tab = tab_at(url)
        tab.order(kind="sweep", study="slow", measure="procrustes", debiased=False)
        until(lambda: tab.look() or "pairs" in tab.text)
        jobs = jobs_of(server.pid)
        assert len(jobs) == 1
        server.send_signal(signal.SIGTERM)
        assert server.wait(END_SECONDS) == 0
        _, left = psutil.wait_procs(jobs, END_SECONDS)
        assert not left
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()
