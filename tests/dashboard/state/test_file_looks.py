from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard.state import file_looks
from dashboard.state.file_looks import lightest_first


@pytest.fixture
def mount(monkeypatch):
    """Folders that weigh what their names say; each may be kept from answering by its event."""
    waits: dict[str, threading.Event] = {}

    def state(folder):
        assert folder.name not in waits or waits[folder.name].wait(300)
        return SimpleNamespace(weight=int(folder.name))

    monkeypatch.setattr(file_looks.io, "study_state", state)
    monkeypatch.setattr(file_looks, "WEIGHING_PATIENCE_S", 300.0)
    return waits


def ordered(*weights: int) -> list[Path]:
    return [Path(str(weight)) for weight in weights]


def test_what_weighs_least_comes_first_and_what_holds_nothing_last(mount):
    assert list(lightest_first(ordered(5, 0, 3, 4))) == [2, 3, 0, 1]
    assert list(lightest_first(ordered(5, 5, 5))) == [0, 1, 2]


def test_one_alone_is_not_weighed_and_none_is_none(monkeypatch):
    monkeypatch.setattr(file_looks.io, "study_state", None)
    assert list(lightest_first(ordered(7))) == [0]
    assert list(lightest_first([])) == []


def test_what_answers_late_comes_late_and_what_never_does_keeps_none_waiting(mount, monkeypatch):
    mount["1"], mount["2"] = threading.Event(), threading.Event()
    monkeypatch.setattr(file_looks, "WEIGHING_PATIENCE_S", 0.0)
    order = lightest_first(ordered(1, 2, 9))
    assert next(order) == 2
    # The lighter one, listed first, still says nothing: the other goes before it.
    mount["2"].set()
    assert next(order) == 1
    mount["1"].set()
    assert list(order) == [0]
