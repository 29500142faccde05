"""A file is written as a whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from core.io.files import written_at_once


def test_readers_see_the_old_or_the_whole_new(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with written_at_once(path) as file:
        file.write(b"ne")
        file.flush()
        assert path.read_text() == "old"
        file.write(b"w")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def write_and_fail(path):
    with written_at_once(path) as file:
        file.write(b"half")
        raise KeyError


def test_what_fails_leaves_nothing(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyError):
        write_and_fail(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def test_modes(tmp_path):
    for name, mode in (("open", 0o666), ("closed", 0o600)):
        with written_at_once(tmp_path / name, mode=mode) as file:
            file.write(b"x")
    (tmp_path / "plain").write_bytes(b"x")
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert modes["closed"] == 0o600
    assert modes["open"] == modes["plain"]
