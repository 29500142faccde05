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


STOPWATCHES = {"process_time", "perf_counter", "thread_time"}
CLOCKS = {"monotonic", "time", *STOPWATCHES}


def reads(node: ast.AST) -> str:
    """The clock that an expression reads, without `_ns`; empty where it reads none."""
    if not isinstance(node, ast.Call):
        return ""
    name = getattr(node.func, "attr", getattr(node.func, "id", "")).removesuffix("_ns")
    return name if name in CLOCKS else ""


def timed(text: str) -> list[int]:
    """Lines where it is measured how long something takes; a wait until a state holds does not."""
    nodes = list(ast.walk(ast.parse(text)))
    waits = {
        id(part) for loop in nodes if isinstance(loop, ast.While) for part in ast.walk(loop.test)
    }
    begun = {
        ast.unparse(target)
        for one in nodes
        if isinstance(one, ast.Assign) and reads(one.value)
        for target in one.targets
    }
    lines = {one.lineno for one in nodes if reads(one) in STOPWATCHES}
    for one in nodes:
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and id(one) not in waits:
            both = (one.left, one.right)
            if all(reads(side) or ast.unparse(side) in begun for side in both):
                lines.add(one.lineno)
    return sorted(lines)


def test_no_test_is_timed():
    """Speed is measured beside a peer in the same run, in benchmarks: a machine may be slow."""
    assert timed("begun = perf_counter()\nwork()\nassert perf_counter() - begun < 1") == [1, 3]
    assert timed("begun = time.time()\nwork()\nassert time.time() - begun < 1") == [3]
    assert timed("a = monotonic_ns()\nb = monotonic_ns()\nassert (b - a) / 1e9 < 1") == [3]
    assert timed("until = time.monotonic() + 60\nassert time.monotonic() < until") == []
    assert timed("begun = monotonic()\nwhile monotonic() - begun < 60:\n    sleep(0.1)") == []
    found = {}
    for path in sorted(TESTS.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "time" in text:
            found[str(path.relative_to(TESTS))] = timed(text)
    assert found
    assert {name: lines for name, lines in found.items() if lines} == {}
