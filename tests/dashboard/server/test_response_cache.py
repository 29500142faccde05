"""The same question about the same files is answered from memory, and nothing else is."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from core.io.so_far import ReadSoFar
from dashboard.app import create_app
from dashboard.server.response_cache import (
    FORESEEN,
    FORESEEN_BYTES,
    LARGE,
    ResponseCache,
    _are_same,
)
from dashboard.server.settings import Settings
from dashboard.state import study_library
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyEntry
from dashboard.ui import card
from tests.faults.test_bad_input import fed, post
from tests.studies import write_study_files

STORE = "figure-input-transfer"


@pytest.fixture
def files(tmp_path):
    return write_study_files(tmp_path / "study")


@pytest.fixture
def app(files, tmp_path):
    return create_app(Settings(studies=(files.folder,), cache_dir=tmp_path / "cache"))


@pytest.fixture
def fetched(monkeypatch):
    """What was asked of the app context since."""
    seen = []
    original = AppContext.fetch

    def fetch(self, analysis, study, params):
        seen.append(analysis.name)
        return original(self, analysis, study, params)

    monkeypatch.setattr(AppContext, "fetch", fetch)
    return seen


def ask(app, **query):
    output = next(output for output, store in fed(app).items() if store == STORE)
    told = {"query": {key: [value] for key, value in query.items()}, "mode": "light"}
    return post(app, output, STORE, told)


def test_a_question_is_answered_once_by_computing_and_then_from_memory(app, fetched):
    first = ask(app, method="ftwb1")
    assert fetched
    fetched.clear()
    again = ask(app, method="ftwb1")
    assert not fetched
    assert again.get_json() == first.get_json()
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    ask(app, method="ftwb2")
    assert fetched


def test_what_is_only_foreseen_is_answered_from_memory_or_not_at_all(app, fetched):
    output = next(output for output, store in fed(app).items() if store == STORE)
    told = {"query": {"method": ["ftwb1"]}, "mode": "light"}
    assert post(app, output, STORE, told, {FORESEEN: "likely"}).status_code == 204
    assert not fetched
    whole = post(app, output, STORE, told)
    fetched.clear()
    kept = post(app, output, STORE, told, {FORESEEN: "likely"})
    assert kept.get_json() == whole.get_json()
    assert not fetched


def test_a_large_answer_is_foreseen_only_where_it_is_expected(app, fetched, monkeypatch):
    output = next(output for output, store in fed(app).items() if store == STORE)
    told = {"query": {"method": ["ftwb1"]}, "mode": "light"}
    whole = post(app, output, STORE, told)
    sent = len(whole.data)

    def foreseen(how, **most):
        for kind, size in most.items():
            monkeypatch.setitem(FORESEEN_BYTES, kind, size)
        return post(app, output, STORE, told, {FORESEEN: how}).status_code

    assert FORESEEN_BYTES["likely"] < FORESEEN_BYTES["expected"]
    assert foreseen("likely", likely=sent - 1, expected=sent) == 204
    assert foreseen("expected") == 200
    assert foreseen("expected", expected=sent - 1) == 204
    assert foreseen("nobody's word") == 204


def test_changed_files_are_another_question(app, files, fetched):
    before = ask(app, method="ftwb1").get_json()
    files.replace("study.toml", 'label = "D"', 'label = "Dist"')
    place = next(iter(app.server.config["APP_CONTEXT"].library._places))
    place.looked = float("-inf")
    fetched.clear()
    after = ask(app, method="ftwb1").get_json()
    assert fetched
    assert "Dist" in str(after)
    assert after != before


def test_of_files_that_change_and_change_back_meanwhile_no_answer_is_kept(
    app, files, fetched, monkeypatch
):
    library = app.server.config["APP_CONTEXT"].library
    label, other = 'label = "D"', 'label = "Dist"'

    def changed(old, new):
        files.replace("study.toml", old, new)
        library._places[0].looked = float("-inf")

    monkeypatch.setattr(study_library, "LOOK_PATIENCE_S", 60.0)
    version = library.entries()[0].version
    with monkeypatch.context() as patched:
        begun, fetch = [], AppContext.fetch
        view_context = AppContext.view_context

        def meanwhile(self, figure_input):
            if not begun:
                changed(label, other)
            begun.append(1)
            return view_context(self, figure_input)

        def back(self, *asked):
            found = fetch(self, *asked)
            if files.read("study.toml").count(other):
                changed(other, label)
            return found

        patched.setattr(AppContext, "view_context", meanwhile)
        patched.setattr(AppContext, "fetch", back)
        assert "Dist" in str(ask(app, method="ftwb1").get_json())
    assert library.entries()[0].version == version
    fetched.clear()
    assert "Dist" not in str(ask(app, method="ftwb1").get_json())
    assert fetched


def test_a_failure_is_not_kept(app, monkeypatch):
    def fail(self, analysis, study, params):
        raise RuntimeError("once")

    with monkeypatch.context() as patched:
        patched.setattr(AppContext, "fetch", fail)
        failed = ask(app, method="ftwb1")
        assert failed.get_json()["response"]["transfer-actual-frame"]["hidden"]
        # Nor does the page keep it.
        assert failed.headers["Cache-Control"] == "no-store"
    for _ in range(2):  # made, and from memory
        whole = ask(app, method="ftwb1")
        assert not whole.get_json()["response"]["transfer-actual-frame"]["hidden"]
        assert "no-store" not in whole.headers["Cache-Control"]


def test_a_failure_of_a_card_itself_is_told_in_its_place_and_not_kept(app, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(card, "folded_caption", lambda said, *_, **__: 1 / 0 if said else None)
        failed = ask(app, method="ftwb1")
        response = failed.get_json()["response"]
        assert "the program failed on it" in str(response["transfer-actual-message"])
        assert failed.headers["Cache-Control"] == "no-store"
    assert not ask(app, method="ftwb1").get_json()["response"]["transfer-actual-frame"]["hidden"]


def test_one_part_that_does_not_last_is_enough(app, fetched, monkeypatch):
    original = card.render_cards

    def fill(*arguments):
        card.response_cache.mark_cacheable(False)
        return original(*arguments)

    monkeypatch.setattr(card, "render_cards", fill)
    ask(app, method="ftwb1")
    fetched.clear()
    ask(app, method="ftwb1")
    assert fetched


def test_what_nobody_asked_for_longest_makes_room():
    kept = ResponseCache(most=10)
    kept.keep("a", (b"12345", {}))
    kept.keep("b", (b"12345", {}))
    assert kept.find("a")
    kept.keep("c", (b"12345", {}))
    assert kept.find("b") is None
    assert kept.find("a")
    kept.keep("a", (b"1", {}))
    kept.keep("d", (b"1234", {}))
    assert kept.find("c")
    kept.keep("huge", (b"x" * 11, {}))
    assert kept.find("huge") is None
    # What is large takes no room from the others.
    kept = ResponseCache(most=10, most_of_large=3 * LARGE)
    kept.keep("small", (b"12345", {}))
    for name in ("one", "two", "three", "four"):
        kept.keep(name, (b"x" * LARGE, {}))
    assert [name for name in ("small", "one", "two", "four") if kept.find(name)] == [
        "small",
        "two",
        "four",
    ]
    kept = ResponseCache(most=10)
    kept.keep("a", (b"1", {}))
    assert kept.find("a") == (b"1", {})


def test_threads_keep_the_count():
    kept = ResponseCache(most=100)

    def keep(number):
        for n in range(200):
            kept.keep(f"{number}-{n % 7}", (b"x" * (n % 11), {}))

    threads = [threading.Thread(target=keep, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    size = sum(len(body) for body, _ in kept._answers.values())
    assert kept._answers.currsize == size <= 100


def test_how_far_reading_is_makes_no_answer_another(files, tmp_path):
    (read,) = study_library.StudyLibrary([files.folder]).entries()
    reading = StudyEntry("study", files.folder, None, (), reading=True)
    further = replace(reading, so_far=ReadSoFar(3, 10, "a.csv"), seconds=4.0, verified=(1, 2))
    assert _are_same((read, reading), (read, further))
    assert not _are_same((read, reading), (read, read))
    assert not _are_same((read,), (replace(read),))  # read again, and the same
    assert not _are_same((reading,), (replace(further, folder=tmp_path),))
    assert not _are_same((reading,), (reading, read))
