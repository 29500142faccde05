"""A worker answers before its studies are read, and what needs a study waits for it alone."""

from __future__ import annotations

import gc
import re
import resource
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from core import analyses, io
from core.analyses.query import TransferQuery
from dashboard.app import create_app
from dashboard.server import first_answers, serving, warm_up
from dashboard.server.access import guard
from dashboard.server.settings import PROJECT, Settings
from tests.studies import write_study_files

WAIT_S = 60


@pytest.fixture
def server(tmp_path):
    files = write_study_files(tmp_path / "slow")
    return create_app(Settings(studies=(files.folder,), cache_dir=tmp_path / "cache")).server


@pytest.fixture
def gate(monkeypatch):
    """Studies are read when it is opened."""
    opened = threading.Event()
    read = io.inspect_study

    def waiting(folder, **how):
        assert opened.wait(WAIT_S)
        return read(folder, **how)

    monkeypatch.setattr(io, "inspect_study", waiting)
    yield opened
    opened.set()


def test_the_page_is_answered_while_a_study_is_read(server, gate):
    told = threading.Event()
    entries = []

    def tell(entry):
        entries.append(entry)
        told.set()

    server.config["WARM_UP"].begin(tell)
    client = server.test_client()
    for path in (*first_answers.PATHS, "/assets/favicon.svg", "/healthz", "/metrics"):
        assert client.get(path, environ_base=guard.INSIDE, buffered=True).status_code == 200
    library = server.config["APP_CONTEXT"].library
    entry = library.find("slow", wait_s=0)
    assert entry.reading
    assert (entry.study, entry.title, entry.version) == (None, "slow", "reading")
    shown = client.get("/editions", buffered=True).get_json()
    assert shown == {"slow": {"version": "reading", "readable": False}}
    ready = client.get("/readyz", buffered=True)
    assert ready.status_code == 503
    assert ready.get_json()["checks"]["studies"]["slow"] == "being read"

    gate.set()
    assert told.wait(WAIT_S)
    assert [entry.title for entry in entries] == ["Tiny"]
    assert client.get("/editions", buffered=True).get_json()["slow"]["readable"]


def test_a_title_that_cannot_be_told_keeps_no_study_from_being_read(tmp_path):
    folders = tuple(write_study_files(tmp_path / name).folder for name in ("one", "two"))
    server = create_app(Settings(studies=folders, cache_dir=tmp_path / "cache")).server
    told = threading.Event()

    def tell(entry):
        if entry.slug == "two":
            told.set()
        str(entry.slug + "ü").encode("ascii")

    server.config["WARM_UP"].begin(tell)
    assert told.wait(WAIT_S)


def test_a_worker_prepares_what_a_figure_needs_behind_the_first_study_or_without_any(
    tmp_path, monkeypatch
):
    done = []
    monkeypatch.setattr(warm_up, "prepare", lambda: bool(done.append("prepared")) or True)
    monkeypatch.setattr(warm_up, "leave_alone", lambda: None)
    for names in (("one", "two"), ()):
        folders = tuple(write_study_files(tmp_path / name).folder for name in names)
        settings = Settings(studies=folders, cache_dir=tmp_path / "cache")
        work = create_app(settings).server.config["WARM_UP"]
        done.clear()
        work._read(work._library.claim(), lambda entry: done.append(entry.slug))
        assert done.count("prepared") == 1
        assert done.index("prepared") == min(len(folders), 1)
        assert len(done) == len(folders) + 1


def test_a_figure_finds_its_themes_made_and_what_plotly_imports_for_them():
    program = """
import sys
from dashboard.figures.parts import theme as themes
from dashboard.server.warm_up import COMPUTES_WITH, prepare
assert prepare()
assert {*COMPUTES_WITH} <= sys.modules.keys()
made, there = themes.theme.cache_info().misses, set(sys.modules)
for mode in themes.Mode:
    themes.theme(str(mode), "screen")
assert made == themes.theme.cache_info().misses == len(themes.Mode)
print(sorted({name.split(".")[0] for name in set(sys.modules) - there}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_what_core_imports_late_a_worker_imports_early():
    late = re.compile(r"^ +(?:import|from) (scipy[\w.]*)(?: import (\w+))?", re.MULTILINE)
    found = [
        (package, f"{package}.{name}" if package == "scipy" else package)
        for path in (PROJECT / "core").rglob("*.py")
        for package, name in late.findall(path.read_text())
    ]
    assert ("scipy", "scipy.special") in found
    for package, module in found:
        # A package comes with a module of it.
        below = "scipy." if package == "scipy" else f"{module}."
        comes = [one for one in warm_up.COMPUTES_WITH if one == module or one.startswith(below)]
        assert module in comes or (package != "scipy" and comes), module


def test_a_start_that_is_settled_collects_again():
    gc.disable()
    gc.unfreeze()
    before = gc.get_threshold()
    try:
        warm_up.settled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (*before[:2], warm_up.RARELY)
    finally:
        gc.set_threshold(*before)
        gc.enable()


@pytest.mark.parametrize(("looked", "collects"), [(warm_up.DUE - 1, 0), (warm_up.DUE, 1)])
def test_what_is_left_of_answers_is_looked_for_behind_one_where_it_is_due(
    monkeypatch, looked, collects
):
    done = []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, looked))
    monkeypatch.setattr(gc, "collect", lambda: done.append(1))
    serving.HARDENING["post_request"](None, None, {}, None)
    assert len(done) == collects


def test_what_a_worker_read_and_imported_is_left_alone(server, monkeypatch):
    given = []
    give_back = warm_up.give_back
    monkeypatch.setattr(warm_up, "give_back", lambda: given.append(give_back()))
    gc.unfreeze()
    server.config["WARM_UP"].begin()
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join(WAIT_S)
    assert gc.get_freeze_count() > 10_000
    # Behind what was read, and behind what was compressed: one of them ends last.
    assert len(given) == 2


def test_a_former_study_goes_without_anybody_looking_for_garbage(tmp_path):
    folder = write_study_files(tmp_path / "one").folder
    gc.disable()
    try:
        study = io.open_study(folder)
        method = study.single_source_methods[0].name
        analyses.TRANSFER.compute(study, TransferQuery(method))
        former = weakref.ref(study), weakref.ref(study.evaluations)
        del study
        assert [one() for one in former] == [None, None]
    finally:
        gc.enable()


def test_a_worker_has_one_heap_unless_somebody_chose_how_many(monkeypatch):
    asked = []

    class Library:
        def mallopt(self, *options):
            asked.append(options)

    monkeypatch.setattr(warm_up.ctypes, "CDLL", lambda _: Library())
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    warm_up.one_heap()
    assert not asked
    monkeypatch.delenv("MALLOC_ARENA_MAX")
    warm_up.one_heap()
    assert asked == [(-8, 1)]
    # Where the system's library has no such choice, as on macOS.
    monkeypatch.setattr(warm_up.ctypes, "CDLL", lambda _: object())
    warm_up.one_heap()


def test_what_is_between_what_stays_is_given_back(monkeypatch):
    many = [bytearray(4000) for _ in range(20_000)]
    stay = many[::20]
    many.clear()
    before = _resident()
    warm_up.give_back()
    assert before - _resident() > 30 * 2**20
    assert len(stay) == 1_000
    # Where the system's library cannot be asked, as on macOS.
    monkeypatch.setattr(warm_up.ctypes, "CDLL", lambda _: object())
    warm_up.give_back()


def _resident():
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
