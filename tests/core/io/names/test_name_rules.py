"""Names that look mistyped, and those that do not."""

from __future__ import annotations

import pytest

from core.io.names.name_rules import near_names


@pytest.mark.parametrize(
    ("rare", "usual"),
    [
        ("perimter", "perimeter"),  # a letter is missing
        ("perimetre", "perimeter"),  # two are exchanged
        ("perrimetter", "perimeter"),  # two too many
        ("cuont", "count"),
        ("task11_snetiment", "task11_sentiment"),
    ],
)
def test_a_letter_or_two_from_a_usual_name_is_mistyped(rare, usual):
    assert near_names({"angle": 20, usual: 20, rare: 1}) == [(rare, usual)]
    assert near_names({usual: 20, rare: 2}) == [(rare, usual)]


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ({"count": 20, "cuont": 3}, "often enough to be meant"),
        ({"count": 4, "cuont": 1}, "the other is hardly more frequent"),
        ({"task1": 50, "task11": 1, "task2": 1}, "numbers tell them apart"),
        ({"en": 50, "es": 1, "fra": 50, "fro": 1}, "too short to be sure"),
        ({"count": 20, "mount": 20, "coins": 1}, "two letters of five"),
        ({"perimeter": 50, "parallel": 1}, "another word"),
    ],
)
def test_other_names_are_as_they_are(counts, why):
    assert near_names(counts) == [], why


def test_where_many_are_rare_none_is_mistyped():
    usual = {"languageaaa": 50}
    rare = [f"language{letter}aa" for letter in "bcdefghijkl"]
    assert len(near_names(usual | dict.fromkeys(rare[:10], 1))) == 10
    assert near_names(usual | dict.fromkeys(rare, 1)) == []
