from __future__ import annotations

from collections import deque

import pytest

from core.numerics.interrupt import breathe, breathing, give_way, giving_way, interruptible


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


def test_many_small_steps_breathe_now_and_then():
    told = []
    with giving_way(lambda: told.append("pass")):
        assert list(breathing(range(7), every=3)) == list(range(7))
    assert told == ["pass"] * 3


def test_the_rest_of_many_steps_is_not_done_for_who_left():
    done = []

    def has_left() -> None:
        if len(done) > 3:
            gone()

    steps = map(done.append, breathing(range(100), every=3))
    with interruptible(has_left), pytest.raises(GoneError):
        deque(steps, maxlen=0)
    assert done == [0, 1, 2, 3, 4, 5]
