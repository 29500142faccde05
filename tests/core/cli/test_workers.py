"""Processes and clusters a command computes on; a real cluster is in `test_cluster.py`."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import _ExecutorManagerThread
from typing import Any

import pytest

from core.cli import workers


@pytest.mark.parametrize("slow", ["main", "manager"])
def test_a_pool_stopped_with_cancelled_blocks_ends_without_a_traceback(monkeypatch, slow):
    untold: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", untold.append)
    # As on a busy machine: one of the pool's two threads gets no time for a while.
    where, name = {
        "main": (ProcessPoolExecutor, "shutdown"),
        "manager": (_ExecutorManagerThread, "flag_executor_shutting_down"),
    }[slow]
    does = getattr(where, name)

    def late(pool: Any, **how: bool) -> None:
        time.sleep(0.5)
        does(pool, **how)

    monkeypatch.setattr(where, name, late)
    before = set(threading.enumerate())

    def stopped() -> None:
        with workers.workers(2, None) as pool:
            assert pool is not None
            waiting = [pool.submit(time.sleep, 600)]
            while sum(future.running() for future in waiting) < 5:  # two at work, a full queue
                waiting.append(pool.submit(time.sleep, 600))
                time.sleep(0.01)
            waiting += [pool.submit(time.sleep, 600) for _ in range(20)]
            for future in waiting:
                future.cancel()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    assert not untold


def test_one_job_is_this_thread_and_needs_no_process():
    with workers.workers(1, None) as executor:
        assert executor is None
    assert workers.cores() >= 1
