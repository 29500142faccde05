"""What is told of a reading that goes on."""

from __future__ import annotations

import threading

from core.io import inspect_study, open_study
from core.io.so_far import ReadSoFar, reading_told, told_while_it_lasts


def test_every_file_is_told_of_once_it_is_opened(write_study):
    folder = write_study(layout="runs").folder
    told: list[ReadSoFar] = []
    with reading_told(told.append):
        study = inspect_study(folder).study
    inspect_study(folder)
    names = [one.name for one in told]
    assert "study.toml" in names
    assert len({*names}) == len(names) == told[-1].files
    assert told[-1].size == sum((folder / name).stat().st_size for name in names)
    assert [one.files for one in told] == [*range(1, len(told) + 1)]
    assert study.digest == open_study(folder).digest


def test_it_is_said_in_words():
    assert str(ReadSoFar(1, 2_540_000, "runs.csv")) == "1 file, 2.5 MB, runs.csv"
    assert str(ReadSoFar(20_000, 10, "a/b.json")) == "20,000 files, 0.0 MB, a/b.json"


def test_seconds_are_told_again_and_again_and_never_afterwards():
    told, twice = [], threading.Event()

    def tell(seconds):
        told.append(seconds)
        if len(told) == 2:
            twice.set()

    before = set(threading.enumerate())
    with told_while_it_lasts(tell, after_s=0.0, every_s=0.0):
        assert twice.wait(60)
    assert set(threading.enumerate()) - before == set()
    assert told == sorted(told)
    told.clear()
    with told_while_it_lasts(tell, after_s=10_000.0, every_s=0.0):
        pass
    assert told == []
