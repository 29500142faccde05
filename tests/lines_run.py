"""A pytest plugin (`-p tests.lines_run`) that says how many lines of `core` its tests run.

Each statement of `core` is preceded, as it is imported, by one that ticks its line off. That costs
a store; a tracer (coverage's in Python 3.11) makes every instruction of every library slower: the
tests of `core` took twice the time. What counts as a line, what is left out and how many have to be
run is coverage's: `[tool.coverage]` in pyproject.toml.

The lines that a property runs are not counted: what nothing but made-up cases runs has no test of
its own. Nor are those of processes that tests start.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import hashlib
import marshal
import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from io import StringIO
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, cast

import pytest
from coverage import Coverage

PACKAGE = "core"
ROOT = Path(__file__).parents[1]
TICKS = "__lines_run__"
KEPT = ROOT / ".cache" / "lines_run"
"""What was compiled with ticks, by module: for the next run, it is 4 s of each worker."""
TICKER = sys.version.encode() + Path(__file__).read_bytes()
"""What another state of this file compiled, or another Python, is not used."""
RUN: dict[str, bytearray] = {}
"""For each file that was imported: 1 at the number of each line that was run."""


def ticked(tree: ast.Module) -> ast.Module:
    """The same program, which sets TICKS[line] before each statement; lines stay where they are."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body:
                todo += body
                setattr(node, name, list(_with_ticks(body)))
        passed: list[int] = []
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            # What comes to a branch has come by those above.
            passed.append(getattr(branch, "pattern", branch).lineno)
            todo += branch.body
            branch.body = list(_with_ticks(branch.body, passed))
    return tree


def _with_ticks(body: Sequence[ast.stmt], head: Sequence[int] = ()) -> Iterator[ast.stmt]:
    for number, statement in enumerate(body):
        decorators = getattr(statement, "decorator_list", ())
        lines = (*head, *(one.lineno for one in decorators), statement.lineno)
        head = ()
        ticks = [_tick(line, statement.lineno) for line in lines]
        if number == 0 and _is_text(statement):
            yield statement
        elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            yield from (statement, *ticks)
        else:
            yield from (*ticks, statement)


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _tick(line: int, at: int) -> ast.stmt:
    here: dict[str, int] = {"lineno": at, "col_offset": 0, "end_lineno": at, "end_col_offset": 0}
    place = ast.Subscript(
        ast.Name(TICKS, ast.Load(), **here), ast.Constant(line, **here), ast.Store(), **here
    )
    return ast.Assign([place], ast.Constant(1, **here), **here)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """To look for garbage takes as long again as a tree, and there is none before it is done."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class TickingLoader(SourceFileLoader):
    """Loads a module as its file has it, never from what was compiled without ticks."""

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path)
        known = hashlib.sha256(b"\0".join((TICKER, self.path.encode(), source))).digest()
        kept = KEPT / fullname
        with contextlib.suppress(OSError):
            written = kept.read_bytes()
            if written.startswith(known):
                return cast(CodeType, marshal.loads(written[len(known) :]))  # noqa: S302  (our own)
        with uncollected():
            code = compile(ticked(ast.parse(source)), self.path, "exec", dont_inherit=True)
        if not sys.dont_write_bytecode:
            self.set_data(str(kept), known + marshal.dumps(code))
        return code

    def exec_module(self, module: ModuleType) -> None:
        lines = self.get_data(self.path).count(b"\n") + 2
        setattr(module, TICKS, RUN.setdefault(self.path, bytearray(lines)))
        super().exec_module(module)


class TickingFinder(MetaPathFinder):
    """Finds the modules of PACKAGE, and has them loaded so that they tick their lines off."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = TickingLoader(fullname, spec.loader.path)
        return spec


def lines_of(run: Mapping[str, bytearray]) -> dict[str, list[int]]:
    """The numbers of the lines that were run, by file."""
    return {path: [line for line, was in enumerate(ticks) if was] for path, ticks in run.items()}


def share(lines: Mapping[str, Collection[int]], folder: Path = ROOT) -> tuple[float, float, str]:
    """Per cent of the lines of PACKAGE below `folder` that were run, how many must be, a report.

    lines: numbers of lines by file, as `lines_of`.
    """
    coverage = Coverage(data_file=None, config_file=str(ROOT / "pyproject.toml"))
    data = coverage.get_data()
    data.add_lines({path: list(numbers) for path, numbers in lines.items()})
    data.touch_files(str(path) for path in (folder / PACKAGE).rglob("*.py"))
    told = StringIO()
    with uncollected():
        percent = coverage.report(file=told, show_missing=True, skip_covered=True)
    return percent, float(coverage.get_option("report:fail_under") or 0), told.getvalue()  # type: ignore[arg-type]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before they import what is counted."""
    early = sorted(name for name in sys.modules if name.partition(".")[0] == PACKAGE)
    if early:
        raise RuntimeError(f"imported before their lines could be counted: {early}")
    sys.meta_path.insert(0, TickingFinder())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    made_up = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    before = {path: bytes(ticks) for path, ticks in RUN.items()} if made_up else {}
    try:
        return (yield)
    finally:
        for path, ticks in before.items():
            RUN[path][:] = ticks


OF_WORKERS = pytest.StashKey[dict[str, set[int]]]()
REPORT = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended: in the process that started it."""
    together = node.config.stash.setdefault(OF_WORKERS, {})
    for path, lines in getattr(node, "workeroutput", {}).get("lines_run", {}).items():
        together.setdefault(path, set()).update(lines)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["lines_run"] = lines_of(RUN)
    elif exitstatus == pytest.ExitCode.OK:
        percent, least, report = share(config.stash.get(OF_WORKERS, None) or lines_of(RUN))
        if percent < least:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            config.stash[REPORT] = f"{report}{percent:.1f} % of the lines are run, not {least:g}"
        else:
            config.stash[REPORT] = f"{percent:.1f} % of the lines of {PACKAGE} are run by its tests"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if REPORT in config.stash:
        terminalreporter.write_line(config.stash[REPORT])
