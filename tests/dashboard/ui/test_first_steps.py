"""Four short steps, none shown before the script shows one; their places: test_app.py."""

from __future__ import annotations

from dashboard.ui.first_steps import STEPS, first_steps
from dashboard.ui.ids import Id


def test_all_are_hidden_until_the_script_shows_one():
    steps = first_steps()
    assert steps.id == Id.FIRST_STEPS
    assert steps.hidden
    *texts, _ = steps.children
    assert [text.hidden for text in texts] == [True] * 4


def test_they_are_short():
    assert all(len(step.text.split()) <= 40 for step in STEPS)
