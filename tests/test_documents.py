"""What the documents say of the code is there: every path they name, every anchor they link to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
PATHS = re.compile(r"`((?:core|dashboard|assets|tests|docs|benchmarks)/[\w./-]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_in_documents_are_there(document):
    text = document.read_text(encoding="utf-8")
    missing = [path for path in PATHS.findall(text) if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_in_documents_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (document.parent / target).exists(), target


def test_the_house_names_all_its_rooms():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [
        f"{house}/{room.name}"
        for house in ("core", "dashboard")
        for room in (ROOT / house).iterdir()
        if room.is_dir() and (room / "__init__.py").exists()
    ]
    assert len(rooms) > 12
    assert not [room for room in rooms if room not in text]
