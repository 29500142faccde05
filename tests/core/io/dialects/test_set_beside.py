"""A number that is set beside another is none of its digits."""

from __future__ import annotations

import pytest

from core.io.dialects.set_beside import set_beside


@pytest.mark.parametrize(
    ("before", "text", "set_as"),
    [
        ("0.9", "0.01", " (0.01)"),
        ("$90$ ", "2", " (2)"),
        ("90%", "± 2", " ± 2"),
        ("10", "3", "^3"),
        ("x10", "3", "^3"),
        ("A", "2", "2"),
        ("", "2", "2"),
        ("90", "*", "*"),
    ],
)
def test_a_number_behind_a_number_is_set_apart(before, text, set_as):
    assert set_beside(before, text) == set_as
