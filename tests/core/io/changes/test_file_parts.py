"""A part is what one file gave, of the very state the file had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.io.changes import file_parts
from core.io.changes.file_parts import FileParts


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a.json"
    path.write_text("{}")
    return str(path)


def test_a_part_is_known_until_its_file_is_touched(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_parts, "SETTLED_NS", 0)
    first = FileParts()
    part, state = first.known(file, "a")
    assert part is None
    first.keep(file, "a", state, "hash", {100: (0.5, float("nan"))})
    assert first.now == {}  # nobody opened it
    first.opening(file, Path(file).stat())
    first.keep(file, "a", state, "hash", {100: (0.5, float("nan"))})
    again = FileParts.of_bytes(first.to_bytes())
    part, _ = again.known(file, "a")
    assert part is not None
    assert part.content == "hash"
    assert part.steps[100][0] == 0.5
    assert part.steps[100][1] != part.steps[100][1]
    assert set(again.now) == {"a"}
    times = Path(file).stat()
    Path(file).write_text("[]")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert FileParts.of_bytes(first.to_bytes()).known(file, "a")[0] is None


def test_a_file_that_changed_just_now_has_none(file: str) -> None:
    parts = FileParts()
    os.utime(file)
    parts.opening(file, Path(file).stat())
    parts.keep(file, "a", parts.known(file, "a")[1], "hash", {})
    parts.keep(f"{file}.gone", "gone", parts.known(f"{file}.gone", "gone")[1], "hash", {})
    assert parts.now == {}


def test_parts_that_are_not_what_was_written_are_refused(file: str) -> None:
    data = FileParts().to_bytes()
    with pytest.raises(ValueError, match="not what was written"):
        FileParts.of_bytes(data + b" ")
