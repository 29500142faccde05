"""Work cut into blocks that do not know of each other, done here or by an executor's workers.

How it is cut never depends on who does it, each block has one BLAS thread, and results come back
in the order of the blocks: whoever adds them up has the same bits with 1, 2 or n workers and
without any.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from concurrent.futures import TimeoutError as NotYetError
from itertools import islice
from typing import TypeVar

from core.errors import AtlasError, ComputationError
from core.numerics.interrupt import breathe
from core.numerics.program import program_digest
from core.numerics.threads import one_thread

Block = TypeVar("Block")
Result = TypeVar("Result")

IN_FLIGHT = 64
"""Blocks handed out and not yet taken back, at most."""

TICK_SECONDS = 0.2


class WorkerMismatchError(ComputationError):
    """A worker runs other sources or libraries than this one: its numbers might be others."""

    @classmethod
    def here(cls) -> WorkerMismatchError:
        """That of the worker that raises it."""
        return cls(
            f"the worker on {socket.gethostname()} has another version of Transfer Atlas, numpy or"
            " scipy than this one; install the same on both"
        )


def in_blocks(
    function: Callable[[Block], Result], blocks: Iterable[Block], executor: Executor | None = None
) -> Iterator[Result]:
    """`function` of each block, in order; None = one after the other in this thread.

    executor: anything that runs functions elsewhere (threads, a process pool, a Dask client's
    `get_executor(pure=False)`); for processes `function` and blocks have to be picklable, and the
    workers need this package. Who stops asking cancels what has not begun.

    Raises what `function` raises where that is an AtlasError, WorkerMismatchError where a worker
    has another version of this program, ComputationError where it fails.
    """
    if executor is None:
        for block in blocks:
            breathe()
            with one_thread():
                result = function(block)
            yield result
        return
    rest, sent = iter(blocks), deque[Future[Result]]()
    program = program_digest(_module_of(function))
    try:
        while True:
            for block in islice(rest, IN_FLIGHT - len(sent)):
                sent.append(_submitted(executor, program, function, block))
            if not sent:
                return
            yield _result(sent.popleft())
    finally:
        for future in sent:
            future.cancel()


def _submitted(
    executor: Executor, program: str, function: Callable[[Block], Result], block: Block
) -> Future[Result]:
    try:
        return executor.submit(_alone, program, function, block)
    except RuntimeError as fault:  # BrokenExecutor is one; so is what a closed one raises
        raise _worker_failed(fault) from fault


def _module_of(function: Callable[..., object]) -> str:
    """Where a function stands, or the class of an object that can be called."""
    return getattr(function, "__module__", "") or type(function).__module__


def _alone(program: str, function: Callable[[Block], Result], block: Block) -> Result:
    """One block on a worker."""
    if program_digest(_module_of(function)) != program:
        raise WorkerMismatchError.here()
    with one_thread():
        return function(block)


def _result(future: Future[Result]) -> Result:
    while True:
        breathe()
        try:
            return future.result(timeout=TICK_SECONDS)
        except AtlasError:
            raise
        except NotYetError as fault:
            if future.done():
                raise _worker_failed(fault) from fault
        except (CancelledError, Exception) as fault:
            raise _worker_failed(fault) from fault


def _worker_failed(fault: BaseException) -> ComputationError:
    why = str(fault) or type(fault).__name__
    hint = " (often: out of memory)" if isinstance(fault, BrokenExecutor) else ""
    return ComputationError(f"a worker failed{hint}: {why}; run it again")
