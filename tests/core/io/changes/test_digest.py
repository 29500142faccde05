"""A digest is of every byte, and what is computed from other bytes is told."""

from __future__ import annotations

import os

import numpy as np
import pytest

from core.io import fingerprint, open_study
from core.io.changes.digest import StudyChangedError, held_still
from tests.core.sweeps import save, write_sweep_study


@pytest.fixture
def files(tmp_path):
    return write_sweep_study(tmp_path / "study")


def representation(files):
    return files.path("representations/r0/layer1/checkpoint-10.npy")


def change_unseen(path, at):
    """Other bytes, the same size, inode and modification time: as `rsync -t` leaves them."""
    state = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_mtime_ns == state.st_mtime_ns


def test_the_middle_of_a_large_file_is_in_the_digest(files):
    save(files, "r0", 1, 10, np.random.default_rng(0).random((24, 100_000)))
    path = representation(files)
    assert path.stat().st_size > 17 * 2**20
    before = open_study(files.folder).digest
    change_unseen(path, path.stat().st_size // 2)
    assert open_study(files.folder).digest != before


@pytest.mark.parametrize("name", ["evaluations.csv", "representations/r0/layer1/checkpoint-10.npy"])
def test_a_change_that_sets_its_time_back_is_noticed(files, name):
    before = fingerprint(files.folder)
    change_unseen(files.path(name), files.path(name).stat().st_size - 2)
    assert fingerprint(files.folder) != before


def test_a_file_is_read_once_while_it_is_the_same(files, monkeypatch):
    from core.io.changes import digest

    monkeypatch.setattr(digest, "SETTLED_NS", -1)
    first = open_study(files.folder).digest
    monkeypatch.setattr(digest, "file_digest", None)
    assert open_study(files.folder).digest == first


def test_what_just_changed_is_not_trusted_to_stay(files, monkeypatch):
    from core.io.changes import digest

    monkeypatch.setattr(digest, "SETTLED_NS", 10**15)
    monkeypatch.setattr(digest, "_known", {})
    open_study(files.folder)
    assert digest._known == {}


def test_nothing_is_said_of_files_that_stay(files):
    index = open_study(files.folder).representations
    with held_still(index):
        pass
    with held_still(None):
        pass
    os.utime(representation(files))  # touched, and still the same
    with held_still(index):
        pass


def test_a_file_that_was_exchanged_before_is_told(files):
    index = open_study(files.folder).representations
    save(files, "r0", 1, 10, np.zeros((24, 4)))
    with pytest.raises(StudyChangedError), held_still(index):
        raise AssertionError("nothing may be computed")


def test_a_file_that_is_exchanged_and_put_back_meanwhile_is_told(files):
    index = open_study(files.folder).representations
    path = representation(files)
    aside = path.with_name("aside")

    def exchange_and_put_back():
        path.rename(aside)
        save(files, "r0", 1, 10, np.zeros((24, 4)))
        aside.rename(path)

    with pytest.raises(StudyChangedError), held_still(index):
        exchange_and_put_back()
    with held_still(index):  # and what is there again is what it was
        pass


def test_a_file_that_is_gone_is_told(files):
    index = open_study(files.folder).representations
    representation(files).unlink()
    with pytest.raises(StudyChangedError), held_still(index):
        raise AssertionError("nothing may be computed")
