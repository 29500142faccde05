"""Work in blocks: the same by whoever it is done, in order, and stopped where nobody asks on."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from core.errors import ComputationError, RequestError
from core.numerics import blockwise, interrupt
from core.numerics.blockwise import WorkerMismatchError, in_blocks


def squared(at: int) -> int:
    time.sleep(0.02 if at == 0 else 0.0)
    return at * at


def refused(at: int) -> int:
    if at == 3:
        raise RequestError("no such block")
    return at


def test_results_come_in_order_whoever_is_first():
    expected = [at * at for at in range(200)]
    assert list(in_blocks(squared, range(200))) == expected
    with ThreadPoolExecutor(4) as executor:
        assert list(in_blocks(squared, range(200), executor)) == expected
        assert list(in_blocks(squared, [], executor)) == []


def test_no_more_than_so_many_blocks_are_on_their_way():
    sent: list[int] = []

    class Slow(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            sent.append(args[-1])
            return super().submit(fn, *args, **kwargs)

    with Slow(1) as executor:
        results = in_blocks(squared, range(1000), executor)
        assert next(results) == 0
        results.close()
    assert len(sent) == blockwise.IN_FLIGHT


def test_what_a_block_refuses_is_told_and_what_breaks_is_a_failed_worker():
    with ThreadPoolExecutor(2) as executor:
        with pytest.raises(RequestError, match="no such block"):
            list(in_blocks(refused, range(9), executor))
        with pytest.raises(ComputationError, match=r"a worker failed: .*int.*; run it again"):
            list(in_blocks(squared, ["a"], executor))
    with pytest.raises(ComputationError, match="a worker failed"):
        list(in_blocks(squared, range(2), executor))


def test_another_program_is_refused(monkeypatch):
    digests = iter(["ours", "theirs"])
    monkeypatch.setattr(blockwise, "program_digest", lambda _: next(digests))
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(WorkerMismatchError, match="another version of Transfer Atlas"),
    ):
        list(in_blocks(squared, [1], executor))


@pytest.mark.parametrize("elsewhere", [False, True])
def test_who_waits_no_longer_is_heard(elsewhere, monkeypatch):
    monkeypatch.setattr(blockwise, "TICK_SECONDS", 0.01)

    class Never(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            return Future()

    def leave() -> None:
        raise TimeoutError("left")

    with (
        interrupt.interruptible(leave),
        Never(1) as executor,
        pytest.raises(TimeoutError, match="left"),
    ):
        list(in_blocks(squared, range(3), executor if elsewhere else None))
