"""Copies of studies: the same study, found by what its files are, and never a wrong one."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from core.cache import study_copies
from core.cache.study_copies import StudyCopies
from core.io import inspect_study
from core.io.changes.change_detection import study_state
from core.io.files import StudyFolder
from tests.studies import TREE_MANIFEST, StudyFiles

LAYOUTS = ["table", "runs", "scores"]


class Reader:
    """`inspect_study`, counted; `meanwhile` is called while it reads."""

    def __init__(self):
        self.read = 0
        self.meanwhile = lambda: None

    def __call__(self, folder, *, parts):
        self.read += 1
        found = inspect_study(folder, parts=parts)
        self.meanwhile()
        return found


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def copies(tmp_path, reader):
    return StudyCopies(tmp_path / "copies", worth_s=0.0, read=reader)


def settled(folder):
    """Wait until no file of a study can change again under the same time."""
    while time.time_ns() - study_state(folder).changed_ns <= study_copies.SETTLED_NS:
        time.sleep(0.02)


def same(first, second):
    """Whether two values hold the same, arrays among them."""
    if isinstance(first, np.ndarray):
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)
    elif hasattr(first, "__dataclass_fields__"):
        for field in fields(first):
            same(getattr(first, field.name), getattr(second, field.name))
    elif isinstance(first, tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            same(one, other)
    elif hasattr(first, "items"):
        assert list(first) == list(second)
        for key in first:
            same(first[key], second[key])
    else:
        assert first == second


def names_asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of studies that are read from now on."""
    asked: list[str] = []
    read = StudyFolder.read_if_there
    monkeypatch.setattr(
        StudyFolder, "read_if_there", lambda self, name: asked.append(name) or read(self, name)
    )
    return asked


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_copy_is_the_study_that_was_read(write_study, copies, reader, layout):
    folder = write_study(layout, cka=layout != "scores", representations=layout == "table").folder
    settled(folder)
    plain = inspect_study(folder)
    assert plain.study is not None
    same(plain, copies.inspect(folder))
    again = copies.inspect(folder)
    assert reader.read == 1
    same(plain, again)
    for array in (again.study.evaluations.value, again.study.evaluations.run):
        assert type(array) is np.ndarray
        assert not array.flags.writeable


def test_a_file_that_changes_is_read_again_and_one_that_is_put_back_is_not_believed(
    write_study, copies, reader
):
    files = write_study()
    table = files.folder / "evaluations.csv"
    settled(files.folder)
    before = copies.inspect(files.folder).study.digest
    text, times = table.read_text(), table.stat()
    table.write_text(text.replace("0.", "1.", 1))
    os.utime(table, ns=(times.st_atime_ns, times.st_mtime_ns))
    settled(files.folder)
    other = copies.inspect(files.folder).study
    assert (reader.read, other.digest != before) == (2, True)
    table.write_text(text)
    settled(files.folder)
    assert copies.inspect(files.folder).study.digest == before
    assert reader.read == 3
    same(copies.inspect(files.folder).study, inspect_study(files.folder).study)
    assert reader.read == 3


def test_what_changes_while_it_is_read_is_not_kept(write_study, copies, reader, tmp_path):
    files = write_study()
    table = files.folder / "evaluations.csv"
    settled(files.folder)
    text = table.read_text()

    def exchange():
        table.write_text(text.replace("0.", "1.", 1))
        table.write_text(text)

    reader.meanwhile = exchange
    copies.inspect(files.folder)
    assert not (tmp_path / "copies").exists()


@pytest.mark.parametrize("layout", ["runs", "table", "file"])
def test_a_folder_exchanged_while_it_is_read_and_put_back_leaves_nothing(
    write_study, copies, reader, tmp_path, monkeypatch, layout
):
    """What lies in a folder that goes and comes back has the times it had."""
    folder = write_study(layout="table" if layout == "file" else layout).folder
    asked = folder
    if layout == "file":
        folder = tmp_path / "alone"
        folder.mkdir()
        asked = folder / "scores.csv"
        asked.write_text("source,target,score\na,b,0.5\nb,a,0.25\n")
    settled(asked)
    other, aside = tmp_path / "other", tmp_path / "aside"
    shutil.copytree(folder, other)
    for pattern in ("*.csv", "*.json"):
        for file in other.rglob(pattern):
            file.write_text(file.read_text().replace("0.", "0.0"))
    settled(other / asked.name if layout == "file" else other)
    read = StudyFolder.read_if_there

    def exchanged(self, name):
        folder.rename(aside)
        other.rename(folder)
        try:
            return read(self, name)
        finally:
            folder.rename(other)
            aside.rename(folder)

    with monkeypatch.context() as patch:
        patch.setattr(StudyFolder, "read_if_there", exchanged)
        copies.inspect(asked)
    assert not (tmp_path / "copies").exists()
    same(copies.inspect(asked).study, inspect_study(asked).study)
    assert reader.read == 2


def test_a_file_that_changed_just_now_is_not_trusted(write_study, copies, tmp_path):
    files = write_study()
    table = files.folder / "evaluations.csv"
    os.utime(table, ns=(0, time.time_ns() + 10**9))
    copies.inspect(files.folder)
    assert not (tmp_path / "copies").exists()


@pytest.mark.parametrize("what", ["cut", "flipped", "gone", "structure", "entry"])
def test_a_damaged_copy_costs_time_and_never_an_answer(write_study, copies, reader, tmp_path, what):
    folder = write_study().folder
    settled(folder)
    plain = copies.inspect(folder)
    kept = next((tmp_path / "copies" / "copies").iterdir())
    target = {
        "structure": kept / "study.json",
        "entry": next((tmp_path / "copies" / "state").iterdir()),
    }.get(what, max(kept.glob("*.npy"), key=lambda p: p.stat().st_size))
    data = bytearray(target.read_bytes())
    if what == "gone":
        target.unlink()
    elif what == "cut":
        target.write_bytes(data[:-9])
    elif what == "entry":
        target.write_bytes(b'{"copy": "../../etc"}')
    else:
        data[-20] ^= 1
        target.write_bytes(data)
    for _ in range(2):  # read again, and kept again
        same(plain, copies.inspect(folder))
        assert reader.read == 2


def test_a_study_that_lies_elsewhere_by_then_has_its_own_paths(write_study, copies, tmp_path):
    folder = write_study(representations=True).folder
    settled(folder)
    copies.inspect(folder)
    moved = tmp_path / "elsewhere" / folder.name
    moved.parent.mkdir()
    folder.rename(moved)
    settled(moved)
    for _ in range(2):
        study = copies.inspect(moved).study
        assert study.folder == Path(os.path.realpath(moved))
        assert all(path.is_file() for path in study.representations.files.values())
        same(study, inspect_study(moved).study)


def test_small_studies_and_broken_ones_are_not_kept(write_study, tmp_path):
    folder = write_study().folder
    settled(folder)
    StudyCopies(tmp_path / "copies", worth_s=60).inspect(folder)
    (folder / "study.toml").write_text("title = ")
    settled(folder)
    found = StudyCopies(tmp_path / "copies", worth_s=0).inspect(folder)
    assert found.study is None
    assert not (tmp_path / "copies").exists()


def test_old_copies_go_when_there_are_too_many(tmp_path, write_study):
    folder = write_study().folder
    copies = StudyCopies(tmp_path / "copies", worth_s=0, limit=1)
    for title in ("one", "two"):
        text = (folder / "study.toml").read_text()
        (folder / "study.toml").write_text(f"# {title}\n{text}")
        settled(folder)
        copies.inspect(folder)
        assert len(list((tmp_path / "copies" / "copies").iterdir())) == 1


def test_without_a_folder_or_with_one_that_cannot_be_written_studies_are_read(
    write_study, tmp_path, reader
):
    folder = write_study().folder
    settled(folder)
    (tmp_path / "file").write_text("")
    for place in (None, tmp_path / "file" / "below"):
        found = StudyCopies(place, worth_s=0, read=reader).inspect(folder)
        assert found.study is not None
    assert reader.read == 2


def test_copies_are_for_this_user_alone(write_study, copies, tmp_path):
    folder = write_study().folder
    settled(folder)
    copies.inspect(folder)
    for part in ("", "state", "copies"):
        assert (tmp_path / "copies" / part).stat().st_mode & 0o077 == 0


def test_of_a_tree_only_the_file_that_changed_is_read_again(write_study, copies, monkeypatch):
    folder = write_study(layout="runs").folder
    settled(folder)
    first = copies.inspect(folder).study
    asked = names_asked_for(monkeypatch)
    changed = sorted(folder.rglob("evaluation_results.json"))[0]
    changed.write_text(changed.read_text().replace("0.", "0.0", 1))
    settled(folder)
    found = copies.inspect(folder)
    results = [name for name in asked if name.endswith("evaluation_results.json")]
    there = {str(path.relative_to(folder)) for path in folder.rglob("evaluation_results.json")}
    assert [name for name in results if name in there] == [str(changed.relative_to(folder))]
    whole = inspect_study(folder)
    same(found.study, whole.study)
    assert found.problems == whole.problems
    assert found.study.digest != first.digest
    # The parts are of this reading now, and whatever is wrong with them costs time alone.
    (parts,) = (copies._folder / "parts").iterdir()
    parts.write_bytes(b"{}")
    changed.write_text(changed.read_text().replace("0.", "0.0", 1))
    settled(folder)
    same(copies.inspect(folder).study, inspect_study(folder).study)


def test_of_a_tree_of_any_json_only_the_file_that_changed_is_read_again(
    tmp_path, copies, monkeypatch
):
    study = StudyFiles(tmp_path / "tree")
    study.write("study.toml", TREE_MANIFEST)
    numbers = {"a/a-s1": "0.1", "a/b-s1": "7e-1", "b/a-s1": "1", "b/a-s2": "null", "b/b-s1": "0.5"}
    for name, number in numbers.items():
        study.write(f"results/{name}/eval.json", f'{{"accuracy": {number}, "f1": 0.25}}')
    settled(study.folder)
    first = copies.inspect(study.folder)
    assert first.study is not None
    asked = names_asked_for(monkeypatch)
    study.replace("results/a/b-s1/eval.json", "7e-1", "6e-1")
    settled(study.folder)
    found = copies.inspect(study.folder)
    assert [name for name in asked if "eval" in name] == ["results/a/b-s1/eval.json"]
    same(found.study, inspect_study(study.folder).study)
    assert found.problems == first.problems
    assert found.study.digest != first.study.digest
    # What is looked for in a file is part of its part: other numbers, every file.
    study.write("study.toml", TREE_MANIFEST.replace('value = "accuracy"', 'value = "f1"'))
    settled(study.folder)
    same(copies.inspect(study.folder).study, inspect_study(study.folder).study)


def test_of_files_with_a_value_a_target_only_the_one_that_changed_is_read_again(
    tmp_path, copies, monkeypatch
):
    study = StudyFiles(tmp_path / "tree")
    each = TREE_MANIFEST.replace("{target}/{source}", "{source}")
    each = each.replace('value = "accuracy"', 'value = "results.{target}.acc,none"')
    study.write("study.toml", f'[tasks."cé.d"]\nmetric = "accuracy"\n{each}')
    for name in ("a-s1", "b-s1", "a-s2"):
        numbers = '"b": {"acc,none": 0.1}, "a": {"acc,none": 7e-1}, "c\\u00e9.d": {"acc,none": 1}'
        study.write(f"results/{name}/eval.json", f'{{"results": {{{numbers}, "e": {{}}}}}}')
    settled(study.folder)
    first = copies.inspect(study.folder)
    assert first.study is not None, first.problems
    asked = names_asked_for(monkeypatch)
    study.replace("results/b-s1/eval.json", "7e-1", "6e-1")
    settled(study.folder)
    found = copies.inspect(study.folder)
    assert [name for name in asked if "eval" in name] == ["results/b-s1/eval.json"]
    whole = inspect_study(study.folder)
    same(found.study, whole.study)
    assert found.problems == whole.problems
    assert found.study.digest != first.study.digest
    # Elsewhere in the files nothing is the same.
    study.replace("study.toml", "results.{target}.acc,none", "results.{target}")
    settled(study.folder)
    assert copies.inspect(study.folder).problems == inspect_study(study.folder).problems


def test_what_a_file_was_read_as_is_part_of_its_part(write_study, copies):
    folder = write_study(layout="runs").folder
    settled(folder)
    copies.inspect(folder)
    runs = folder / "runs.csv"
    lines = runs.read_text().splitlines()
    runs.write_text("\n".join([*lines[:-1], lines[-1].rstrip(",") + ",failed"]) + "\n")
    settled(folder)
    found, whole = copies.inspect(folder), inspect_study(folder)
    assert found.problems == whole.problems
    if whole.study is not None:
        same(found.study, whole.study)


def test_a_full_disk_is_called_one_where_numpy_counts_values(
    monkeypatch, caplog, copies, tmp_path, write_study
):
    study = write_study().folder
    settled(study)

    def full(*_, **__):
        raise OSError("9 requested and 4 written")

    monkeypatch.setattr(np, "save", full)
    assert copies.inspect(study).study is not None
    assert "the disk did not take all of it (9 requested and 4 written); is it full?" in caplog.text
    assert not list((tmp_path / "copies" / "copies").iterdir())
