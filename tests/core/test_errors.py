from __future__ import annotations

import pytest

from core.errors import LONGEST_NAME, listed, one_line, shortened, told_apart
from core.io.problems import listed_columns, listed_quoted

HEAD = "x" * (LONGEST_NAME + 10)


def test_a_text_is_one_line_and_what_cannot_be_seen_is_made_visible():
    assert one_line("Köln, 日本: 0.5") == "Köln, 日本: 0.5"
    assert one_line("a\nb\tc\x1b[1m\u2028") == "a\\nb\\tc\\x1b[1m\\u2028"
    assert one_line("") == ""


def test_names_are_listed_and_the_rest_is_counted():
    assert listed([]) == "none"
    assert listed([1, "b"]) == "1, b"
    assert listed("abcd", most=2) == "a, b and 2 more"
    assert listed_quoted(["a", ""]) == "`a`, (empty)"
    assert listed_columns(["a", ""]) == "a, (no name)"


def test_a_long_name_is_cut_and_one_alone_by_its_beginning():
    assert told_apart(["a", HEAD, "a"]) == ["a", f"{HEAD[:LONGEST_NAME]}…", "a"]
    assert listed([HEAD]) == shortened(HEAD)
    assert listed_quoted([HEAD]) == f"`{shortened(HEAD)}`"


@pytest.mark.parametrize(
    "names",
    [
        [f"{HEAD}_train", f"{HEAD}_test"],
        [f"{HEAD}{i:03}" for i in range(50)],
        # What differs stands in the middle.
        [f"{HEAD}{letter}{HEAD}" for letter in "abc"],
        # As long as what is shown of the others, and no longer.
        [HEAD[:LONGEST_NAME], f"{HEAD[:LONGEST_NAME]}…", f"{HEAD[:LONGEST_NAME]}……", HEAD],
    ],
)
def test_names_that_differ_late_stay_different(names):
    shown = told_apart(names)
    assert len(set(shown)) == len(names)
    assert all(len(one) <= LONGEST_NAME + 6 for one in shown)
    # The same name is the same wherever it stands.
    assert told_apart([*names, *names]) == shown * 2


def test_the_end_is_what_tells_them_apart():
    first, second = told_apart([f"{HEAD}_train", f"{HEAD}_test"])
    assert (first[-6:], second[-5:]) == ("_train", "_test")
