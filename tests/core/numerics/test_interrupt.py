from __future__ import annotations

import pytest

from core.numerics.interrupt import breathe, interruptible


class GoneError(Exception):
    """Nobody waits."""


def gone() -> None:
    raise GoneError


def test_who_said_nothing_is_never_interrupted():
    breathe()


def test_a_check_counts_inside_and_not_after():
    with interruptible(gone), pytest.raises(GoneError):
        breathe()
    breathe()
