from __future__ import annotations

import pytest

from core.numerics.interrupt import breathe, give_way, giving_way, interruptible


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


def test_others_pass_before_it_is_asked_whether_anybody_waits():
    told = []
    with giving_way(lambda: told.append("pass")), interruptible(lambda: told.append("check")):
        breathe()
        give_way()
    breathe()
    give_way()
    assert told == ["pass", "check", "pass"]
