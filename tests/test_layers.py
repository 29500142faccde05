"""Rules of the tree that the import contracts in pyproject.toml cannot say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CORE = Path(__file__).parents[1] / "core"
OTHERS = {"cache", "cli"}
TESTS = Path(__file__).parent


def test_only_io_opens_files_of_a_study():
    """Paths, columns and JSON keys of a study are known in one place."""
    paths = sorted(CORE.rglob("*.py"))
    assert paths
    for path in paths:
        room = path.relative_to(CORE).parts[0]
        if room == "io" or room in OTHERS:
            continue
        text = path.read_text(encoding="utf-8")
        for call in ("read_csv", "read_text(", "read_bytes(", "open(", "np.load("):
            assert call not in text, f"{path.relative_to(CORE)} opens files"


def test_what_a_browser_waits_for_is_a_function():
    """A bare expression is evaluated anew at each look, which the page's policy forbids.

    So it works where it holds at once, and fails where there is anything to wait for.
    """
    waits = 0
    for path in sorted((TESTS / "browser").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr == "wait_for_function" and not isinstance(call.args[0], ast.Name):
                waits += 1
                written = ast.unparse(call.args[0]).lstrip("f'\"")
                assert "=>" in written[:40], f"{path.name}, line {call.lineno}"
    assert waits


def test_every_page_of_the_browser_tests_has_the_same_patience():
    """Playwright's own, half a minute, is over sooner than a machine with much to do is ready."""
    makers = {
        path.name
        for path in (TESTS / "browser").rglob("*.py")
        if re.search(r"browser\.new_(context|page)\(", path.read_text(encoding="utf-8"))
    }
    assert makers == {"pages.py"}


def test_what_needs_a_browser_stands_in_its_folder():
    """`make unit` takes all others, before anything has seen to it that there is a Chromium."""
    marked = {
        path
        for path in TESTS.rglob("test_*.py")
        if "mark.browser" in path.read_text(encoding="utf-8") and path != Path(__file__)
    }
    assert marked == set((TESTS / "browser").glob("test_*.py"))
