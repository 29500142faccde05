"""A fork does what a fresh process does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from tests.forks import can_fork
from tests.processes import DASHBOARD, GUNICORN, ended, environment_of, free_port, running, started
from tests.studies import write_study_files


@pytest.mark.parametrize(
    ("command", "given", "code"),
    [
        (DASHBOARD, {"PORT": "x"}, 2),
        ((*DASHBOARD, "--help"), {}, 0),
        ((*DASHBOARD, "nowhere"), {}, 2),
        ((*GUNICORN, "--config", "gunicorn.conf.py", "dashboard.app:server"), {"PORT": "x"}, 2),
        ((*GUNICORN, "--version"), {}, 0),
        ((*GUNICORN, "tests.nowhere:server"), {"WEB_CONCURRENCY": "1"}, 1),
    ],
)
def test_a_fork_ends_as_a_fresh_process_and_says_the_same(tmp_path, command, given, code):
    found = [ended(command, tmp_path, fresh=fresh, **given) for fresh in (True, False)]
    if code == 1:  # its log says when, and who
        assert all(
            "ModuleNotFoundError: No module named 'tests.nowhere'" in f.stderr for f in found
        )
        assert [one.returncode for one in found] == [code, code]
        return
    fresh, fork = found
    assert (fork.returncode, fork.stdout, fork.stderr) == (code, fresh.stdout, fresh.stderr)


def test_a_fork_is_a_process_of_its_own_that_ends_when_it_is_told(tmp_path):
    study = write_study_files(tmp_path / "one").folder
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with running(
        [*GUNICORN, "--config", "gunicorn.conf.py", "dashboard.app:server"],
        tmp_path,
        port := free_port(),
        STUDY=str(study),
        PORT=str(port),
        TMPDIR=str(temporary),
    ) as server:
        assert server.process.pid != os.getpid()
        assert server.process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0.01)
        # Whoever counts in files does so where its environment says, as nothing was imported that
        # counts otherwise.
        assert list(temporary.glob("transfer-atlas-metrics-*/histogram_*.db"))
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert server.process.wait() == server.process.poll() == server.process.returncode == 0
        server.process.kill()
    assert not list(temporary.glob("transfer-atlas-metrics-*"))


def test_a_fork_that_is_killed_says_so(tmp_path):
    with tempfile.TemporaryFile() as out:
        port = str(free_port())
        process = started(DASHBOARD, environment_of(tmp_path, PORT=port, STUDY=""), out, out)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL


def test_what_is_read_when_an_interpreter_starts_is_given_to_a_fresh_one():
    same = dict(os.environ)
    assert can_fork(DASHBOARD, same)
    assert can_fork(DASHBOARD, {**same, "STUDY": "elsewhere"})
    assert not can_fork(DASHBOARD, {**same, "PYTHONWARNINGS": "error::ResourceWarning"})
    assert not can_fork(DASHBOARD, {**same, "OMP_NUM_THREADS": "7"})
    assert not can_fork([sys.executable, "-m", "dask"], same)
    assert not can_fork(["sh", "-c", "true"], same)
