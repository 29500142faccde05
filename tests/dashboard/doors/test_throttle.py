from __future__ import annotations

import threading

import pytest

from dashboard.doors import throttle
from dashboard.doors.throttle import FORGET_SECONDS, FREE_FAILURES, LONGEST_WAIT_SECONDS, Throttle


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
