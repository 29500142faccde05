from __future__ import annotations

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from core.numerics.threads import blas_threads, one_thread


def threads() -> set[int]:
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


def test_tests_compute_with_one_thread_and_what_they_start_with_its_own():
    assert threads() == {1}
    asked = "import numpy, threadpoolctl; print(threadpoolctl.threadpool_info()[0]['num_threads'])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.stdout == f"{len(os.sched_getaffinity(0))}\n", done.stderr


def test_one_thread_until_the_last_caller_leaves():
    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        assert threads() == {1}
        first.__exit__(None, None, None)
        assert threads() == {1}
        second.__exit__(None, None, None)
        assert threads() == before


def test_how_many_threads_there_are():
    with threadpool_limits(limits=2, user_api="blas"):
        assert blas_threads() == max(threads())
        with one_thread():
            assert blas_threads() == 1


def test_the_threads_come_back_after_an_error():
    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        with pytest.raises(ZeroDivisionError), one_thread():
            1 / 0  # noqa: B018
        assert threads() == before


def test_a_server_keeps_to_one_thread():
    program = """
from threadpoolctl import threadpool_info, threadpool_limits
import numpy
threadpool_limits(limits=2, user_api="blas")
from core.numerics.threads import always_one_thread, one_thread
always_one_thread()
with one_thread():
    pass
print({found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "{1}", done.stderr


def test_what_needs_no_scipy_does_without_and_scipy_that_comes_later_is_held_too():
    program = """
import sys
import numpy
from threadpoolctl import threadpool_info, threadpool_limits
from core.numerics.threads import always_one_thread, blas_threads, one_thread

def threads():
    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    return len(found), {one["num_threads"] for one in found}

with one_thread():
    assert threads() == (1, {1})
assert "scipy" not in sys.modules
import scipy.special
threadpool_limits(limits=2, user_api="blas")
assert threads() == (2, {2})
with one_thread():
    assert threads() == (2, {1})
assert (threads(), blas_threads()) == ((2, {2}), 2)
always_one_thread()
print(threads())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "(2, {1})", done.stderr


def test_linear_algebra_of_scipy_alone_is_held():
    program = """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits
from core.numerics.threads import one_thread
threadpool_limits(limits=2, user_api="blas")
with one_thread():
    print({one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "{1}", done.stderr
