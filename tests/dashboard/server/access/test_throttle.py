from __future__ import annotations

import multiprocessing
import threading

import pytest

from dashboard.server.access import throttle
from dashboard.server.access.throttle import (
    FORGET_SECONDS,
    FREE_FAILURES,
    LONGEST_WAIT_SECONDS,
    Throttle,
)
from dashboard.server.shared_store import DiskStore


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_some_failures_are_free_then_the_wait_doubles_up_to_a_limit(clock):
    slow = Throttle(clock=clock)
    waits = []
    for _ in range(FREE_FAILURES + 11):
        slow.failed(["a"])
        waits.append(slow.wait(["a"]))
        clock.now += waits[-1]
    assert waits[: FREE_FAILURES - 1] == [0.0] * (FREE_FAILURES - 1)
    assert waits[FREE_FAILURES - 1 : FREE_FAILURES + 4] == [1, 2, 4, 8, 16]
    assert waits[-1] == LONGEST_WAIT_SECONDS
    assert slow.wait(["a"]) == 0.0


def test_the_longest_wait_of_the_keys_counts_and_others_do_not_wait(clock):
    slow = Throttle(clock=clock)
    for _ in range(FREE_FAILURES + 2):
        slow.failed(["address", "ada"])
    clock.now += 1
    assert slow.wait(["elsewhere", "ada"]) == 3
    assert slow.wait(["address", "bob"]) == 3
    assert slow.wait(["elsewhere", "bob"]) == 0.0
    slow.forgive("ada")
    assert slow.wait(["elsewhere", "ada"]) == 0.0
    assert slow.wait(["address", "ada"]) == 3


def test_failures_are_forgotten(clock):
    slow = Throttle(clock=clock)
    for _ in range(FREE_FAILURES):
        slow.failed(["a"])
    clock.now += FORGET_SECONDS + 1
    slow.failed(["a"])
    assert slow.wait(["a"]) == 0.0


def test_memory_is_bounded_and_the_latest_are_kept(clock, monkeypatch):
    monkeypatch.setattr(throttle, "KEYS_KEPT", 100)
    slow = Throttle(clock=clock)
    for _ in range(FREE_FAILURES):
        slow.failed(["victim"])
    for n in range(90):
        slow.failed([f"x{n}"])
    assert slow.wait(["victim"]) > 0
    for n in range(500):
        slow.failed([f"y{n}"])
    assert len(slow) == 100
    assert slow.wait(["victim"]) == 0.0


def test_threads_lose_no_failure(clock):
    slow = Throttle(clock=clock)

    def fail():
        for _ in range(50):
            slow.failed(["a"])

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slow._failures["a"].count == 400


def test_forked_processes_count_together(clock, tmp_path):
    slow = Throttle(DiskStore(tmp_path / "logins"), clock=clock)
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_fail, args=(slow, 4)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert slow.wait(["ada"]) == 2.0 ** (12 - FREE_FAILURES)
    forgiving = fork.Process(target=slow.forgive, args=("ada",))
    forgiving.start()
    forgiving.join()
    assert slow.wait(["ada"]) == 0.0


def _fail(slow: Throttle, times: int) -> None:
    for _ in range(times):
        slow.failed(["ada"])


def test_no_name_can_be_read_out_of_the_folder(tmp_path):
    Throttle(DiskStore(tmp_path / "logins")).failed(["as my-password"])
    assert tmp_path.joinpath("logins").stat().st_mode & 0o077 == 0
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"my-password" not in path.read_bytes()


def test_a_process_whose_folder_fails_counts_by_itself(clock, tmp_path, caplog):
    slow = Throttle(DiskStore(tmp_path / "logins"), clock=clock)
    slow._board.store.close()
    for path in tmp_path.joinpath("logins").iterdir():
        path.write_bytes(b"no database" * 1000)
    for _ in range(FREE_FAILURES):
        slow.failed(["ada"])
    assert slow.wait(["ada"]) == 1.0
    slow.forgive("ada")
    assert slow.wait(["ada"]) == 0.0
    assert [r.message for r in caplog.records if "each worker counts by itself" in r.message] == [
        "failed logins: file is not a database; each worker counts by itself"
    ]


def test_failures_from_before_the_host_was_started_are_forgotten(clock, tmp_path):
    slow = Throttle(DiskStore(tmp_path / "logins"), clock=clock)
    for _ in range(FREE_FAILURES + 3):
        slow.failed(["ada"])
    clock.now -= 500
    assert slow.wait(["ada"]) == 0.0
