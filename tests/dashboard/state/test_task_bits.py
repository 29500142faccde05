"""Any part of a thousand tasks as a short address, read as the same, and refused if spoilt."""

from __future__ import annotations

import random

import pytest

from core.study import Study
from dashboard.state.task_bits import SHORTER_THAN, is_packed, packed, unpacked
from dashboard.state.view import parse_view, query_of
from tests.core.small import square_study, study_of, tasks_named


def study_with(names) -> Study:
    return study_of(tasks_named(names), [], {})


MANY = [f"task {at}" for at in range(1000)]


@pytest.mark.parametrize("count", [1, 5, 6, 7, 100])
def test_what_is_packed_is_read_as_the_same(count):
    study = study_with(MANY[:count])
    draw = random.Random(count)
    for size in (0, 1, count // 2, count):
        names = frozenset(draw.sample(MANY[:count], size))
        assert unpacked(study, [packed(study, names)]) == (names, "")


def test_half_of_a_thousand_tasks_is_shorter_than_a_line_of_text():
    names = frozenset(random.Random(0).sample(MANY, 500))
    assert len(packed(study_with(MANY), names)) == 177


def test_the_page_writes_the_same():
    # The same study and the same text stand in tests/js/url-query.test.js.
    study = study_with(["\uff01", "\U0001f600", "b", "a"])
    assert packed(study, {"b", "\U0001f600"}) == "~Y.4a92a156"


def test_other_tasks_are_noticed():
    value = packed(study_with(MANY), MANY[:500])
    names, why = unpacked(study_with([*MANY[:-1], "another"]), [value])
    assert names == frozenset()
    assert why == "The study has other tasks than when this address was made"


@pytest.mark.parametrize("spoil", ["~", "~.", "~AAAA", "~A.0", "~{check}", "~A{more}", "~é{check}"])
def test_what_cannot_be_read_is_refused(spoil):
    study = study_with("abcd")
    value = packed(study, "a")
    check = value[value.index(".") :]
    odd = spoil.format(check=check, more=value[1:])
    assert is_packed([odd], study)
    told = "What of the tasks is left out cannot be read in this address"
    assert unpacked(study, [odd]) == (frozenset(), told)
    assert unpacked(study, [value, "b"]) == (frozenset(), told)
    assert unpacked(study, [f"~D{check}"]) == (frozenset(), told), "bits behind the last task"


def test_an_address_of_any_part_is_short_and_old_ones_are_read():
    names = [f"a task with a long name, {at}" for at in range(60)]
    study = square_study([[[0.5] * 60] * 60], names=names)
    old, notices = parse_view({"exclude": names[::2]}, study)
    assert (old.exclude, notices) == (tuple(names[::2]), ())
    (short,) = query_of(old, study)["exclude"]
    assert len(short) < 30 < SHORTER_THAN
    assert parse_view({"exclude": [short]}, study) == (old, ())
    view, notices = parse_view({"exclude": [f"{short}0"]}, study)
    assert view.exclude == ()
    assert notices == (
        "What of the tasks is left out cannot be read in this address: none is left out.",
    )
    assert query_of(parse_view({"exclude": names[:3]}, study)[0], study)["exclude"] == names[:3]


def test_a_task_that_is_called_like_one_is_that_task():
    names = ["~Y.0123abcd", *"bcdef"]
    study = square_study([[[0.5] * 6] * 6], names=names)
    view, notices = parse_view({"exclude": names[:1]}, study)
    assert (view.exclude, notices) == ((names[0],), ())
