"""Every ⓘ leads to a word that is explained, and every word has a way to it."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.text.glossary import entries
from dashboard.ui.help import help_body

DASHBOARD = Path(__file__).parents[3] / "dashboard"


def test_words_are_explained_once():
    keys = [entry.key for entry in entries()]
    assert len(keys) == len(set(keys))
    assert len(help_body()) == len(keys)
    assert all(entry.word and all(entry.text) for entry in entries())


def test_what_the_code_asks_for_is_there():
    asked = set()
    for path in DASHBOARD.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'help_button\(\s*"(\w+)"', text))
        asked |= set(re.findall(r'_named\("[^"]+", "(\w+)"', text))
        asked |= set(re.findall(r'data\(help="(\w+)"\)', text))
    assert asked
    assert asked <= {entry.key for entry in entries()}
