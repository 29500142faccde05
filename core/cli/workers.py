"""Where a command computes: in its own thread, in processes of this machine, on a cluster."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import cast

import click

from core.errors import RequestError

CONNECT_SECONDS = 10
EXIT_ORPHANED = 1


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[Executor | None]:
    """Who computes: the Dask cluster at an address, so many processes, or None for this thread.

    Raises RequestError where no cluster answers.
    """
    if scheduler:
        with _cluster(scheduler) as executor:
            yield executor
        return
    if jobs == 1:
        yield None
        return
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_serve
    )
    # Ctrl-C reaches workers too, and it is ours to answer. They inherit what is ignored while
    # they are started, one for each call that finds none idle.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(jobs):
            pool.submit(os.getpid)
    finally:
        signal.signal(signal.SIGINT, handler)
    try:
        yield pool
    except BaseException:
        # Nobody waits for blocks whose values are not wanted. The pool is told to end before
        # its workers are killed, and kept until it has ended: one that finds them gone first, or
        # whose thread finds the pool gone, fails blocks that were cancelled, with a traceback.
        ending = cast(threading.Thread, pool._executor_manager_thread)
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        ending.join()
        raise
    pool.shutdown()


def _serve() -> None:
    """Have this worker leave Ctrl-C alone, and end where the sweep is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()  # a pool's worker would wait for its next block for ever
        os._exit(EXIT_ORPHANED)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        import distributed
    except ImportError:
        raise RequestError(
            "--scheduler needs Dask: python -m pip install -r requirements-cluster.txt"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # its faults are ours to tell
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as fault:
        text = str(fault).split("\n")[0]
        raise RequestError(f"no Dask scheduler answers at {address}: {text}") from None
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        waiting = "" if workers else f"; start one: dask worker {address}"
        click.echo(f"workers at {address}: {workers}{waiting}", err=True)
        executor: Executor = client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
