"""The threads of the linear algebra library, held where they cost more than they give."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_inside = 0
_limits: Any = None


_SCIPY = ("scipy.special._ufuncs", "scipy.linalg._fblas")
"""Either brings BLAS of its own, beside NumPy's."""


def _libraries() -> ThreadpoolController:
    """The libraries of this process; looking for them takes 3 ms, importing SciPy for it 300."""
    return _looked_for(any(name in sys.modules for name in _SCIPY))


@lru_cache(maxsize=2)
def _looked_for(_scipy_is_there: bool, /) -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS computes with one thread meanwhile.

    Small decompositions wait for their threads longer than they compute, a hundred times longer
    where the cores have other work. The number of threads belongs to the whole process: it is
    given back when the last of several callers leaves.
    """
    global _inside, _limits
    with _lock:
        if _inside == 0:
            _limits = _libraries().limit(limits=1, user_api="blas")
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _limits is not None:
                _limits.restore_original_limits()
                _limits = None


def blas_threads() -> int:
    """With how many threads BLAS computes at the moment."""
    libraries = _libraries().select(user_api="blas").lib_controllers
    return max((int(library.num_threads) for library in libraries), default=1)


def always_one_thread() -> None:
    """From now on BLAS computes with one thread in this process.

    For a server whose requests compute side by side: BLAS lets one of them compute with all cores
    at a time, and the others wait while its threads take turns with those that answer. To be said
    again when SciPy was imported, whose BLAS is another.
    """
    _libraries().limit(limits=1, user_api="blas")
