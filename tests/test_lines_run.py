"""What `make core` counts is what coverage counts."""

from __future__ import annotations

import ast
import runpy
import sys
from types import SimpleNamespace

import pytest
from coverage import Coverage

from tests import lines_run
from tests.lines_run import TICKS, lines_of, share, ticked

PROGRAM = '''"""A text is no line that is run."""

from __future__ import annotations

import functools


@functools.cache
def kind(
    what: object,
) -> str:
    """Neither is this."""
    if what is None:
        return "none"
    elif what == 0:
        found = "zero"
    else:
        found = "else"
    for number in range(3):
        if number == what:
            continue
        break
    else:
        return "many"
    while what == "while":
        what = 1
    with open(__file__) as file:
        file.read(1)
    match what:
        case 1:
            found = "one"
        case str():
            found = "text"
        case _:
            pass
    try:
        int(
            found,
        )
    except TypeError:
        found = "type"
    except ValueError:
        found += "."
    finally:
        what = found
    return found


class Thing:
    """Nor this."""

    size = 1

    @property
    def half(self) -> float:
        return self.size / 2

    def never(self) -> None:
        ...
        raise AssertionError


[kind(one) for one in ASKED]
'''


@pytest.mark.parametrize("asked", [[], [None], [0], [1], ["while"], ["text", 2], [None, 0, 5, 1]])
def test_the_same_lines_as_coverage_counts(tmp_path, asked):
    path = tmp_path / "core" / "program.py"
    path.parent.mkdir()
    path.write_text(PROGRAM)
    traced = Coverage(data_file=None, config_file=False, include=[str(path)])
    with traced.collect():
        runpy.run_path(str(path), {"ASKED": asked})
    ticks = bytearray(PROGRAM.count("\n") + 2)
    names = {TICKS: ticks, "ASKED": asked, "__file__": str(path), "__name__": "program"}
    exec(compile(ticked(ast.parse(PROGRAM)), path, "exec", dont_inherit=True), names)  # noqa: S102

    told = Coverage(data_file=None, config_file=False)
    told.get_data().add_lines(lines_of({str(path): ticks}))
    _, lines, _, missing, _ = traced.analysis2(str(path))
    assert told.analysis2(str(path))[1:4:2] == (lines, missing)
    assert missing


def test_what_was_compiled_is_kept_until_the_file_is_another(tmp_path, monkeypatch):
    monkeypatch.setattr(lines_run, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    parsed = []
    monkeypatch.setattr(lines_run, "ticked", lambda tree: parsed.append(tree) or ticked(tree))
    path = tmp_path / "thing.py"

    def value(text):
        path.write_text(text)
        names = {TICKS: bytearray(9)}
        exec(lines_run.TickingLoader("core.thing", str(path)).get_code("core.thing"), names)  # noqa: S102
        return names["value"], lines_of({"": names[TICKS]})[""], len(parsed)

    assert value("value = 1\n") == (1, [1], 1)
    assert value("value = 1\n") == (1, [1], 1)
    assert value("\nvalue = 2\n") == (2, [2], 2)
    assert value("\nvalue = 2\n") == (2, [2], 2)
    monkeypatch.setattr(lines_run, "TICKER", b"another")
    assert value("\nvalue = 2\n") == (2, [2], 3)
    (tmp_path / "kept" / "core.thing").write_bytes(b"")
    assert value("\nvalue = 2\n") == (2, [2], 4)


def test_a_file_that_nothing_imports_has_lines_too(tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "run.py").write_text("a = 1\nb = 2\n")
    run = str(tmp_path / "core" / "run.py")
    assert share({run: [1, 2]}, tmp_path)[0] == 100
    assert share({run: [2]}, tmp_path)[0] == 50
    (tmp_path / "core" / "not_run.py").write_text("a = 1\nb = 2\n")
    percent, least, report = share({run: [1, 2]}, tmp_path)
    assert percent == 50
    assert least > 0
    assert "not_run.py" in report


@pytest.mark.parametrize(
    ("percent", "code", "said"),
    [
        (96.0, pytest.ExitCode.OK, "96.0 % of the lines of core are run by its tests"),
        (94.0, pytest.ExitCode.TESTS_FAILED, "core/a.py 7\n94.0 % of the lines are run, not 95.5"),
    ],
)
def test_too_few_lines_of_all_workers_fail_the_run(monkeypatch, percent, code, said):
    asked, written = [], []

    def told(lines):
        asked.append(lines)
        return percent, 95.5, "core/a.py 7\n"

    monkeypatch.setattr(lines_run, "share", told)
    config = SimpleNamespace(stash=pytest.Stash())
    for lines in ([1, 2], [2, 5]):
        worker = SimpleNamespace(config=config, workeroutput={"lines_run": {"core/a.py": lines}})
        lines_run.pytest_testnodedown(worker)
    session = SimpleNamespace(config=config, exitstatus=pytest.ExitCode.OK)
    lines_run.pytest_sessionfinish(session, session.exitstatus)
    lines_run.pytest_terminal_summary(SimpleNamespace(write_line=written.append), config)
    assert asked == [{"core/a.py": {1, 2, 5}}]
    assert session.exitstatus == code
    assert written == [said]
