"""Fingerprints: changes are noticed without reading, and nothing is ever raised."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.io import fingerprint, study_files, study_state
from core.io.changes import change_detection
from core.io.changes.digest import SETTLED_NS
from tests.studies import TREE_MANIFEST, StudyFiles, StudyWriter, results_of


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        (
            "table",
            ["study.toml", "runs.csv", "evaluations.csv", "cka_summary.csv", "cka_checkpoints.csv",
             "representations/items.csv", "representations/pt1-1/layer5/checkpoint-9000.npy"],
        ),
        ("runs", ["study.toml", "runs.csv", results_of("pt1", "crossing", "shifted")]),
        ("scores", ["study.toml", "scores.csv"]),
    ],
)  # fmt: skip
def test_every_file_counts(write_study: StudyWriter, layout: str, names: list[str]) -> None:
    study = write_study(layout, cka=True, representations=layout == "table")
    files = {str(path.relative_to(study.folder)) for path in study_files(study.folder)}
    assert set(names) <= files
    seen = {fingerprint(study.folder)}
    assert {fingerprint(study.folder)} == seen
    for name in names:
        state = study.path(name).stat()
        os.utime(study.path(name), ns=(state.st_atime_ns, state.st_mtime_ns + 1))
        seen.add(fingerprint(study.folder))
    for name in reversed(names):
        study.remove(name)
        seen.add(fingerprint(study.folder))
    assert len(seen) == 1 + 2 * len(names)


def test_a_new_evaluation_is_noticed(write_study: StudyWriter) -> None:
    study = write_study("runs")
    before = fingerprint(study.folder)
    study.write(results_of("pt1-1", "distance"), "{}")
    assert fingerprint(study.folder) != before


@pytest.mark.parametrize("layout", ["runs", "tree"])
def test_each_kind_of_change_in_a_tree_is_noticed(
    write_study: StudyWriter, tmp_path: Path, layout: str
) -> None:
    """Also where size and modification time are what they were."""
    if layout == "runs":
        study = write_study("runs")
        name, other = results_of("pt1", "crossing"), results_of("pt1-2", "crossing")
    else:
        study = StudyFiles(tmp_path / "tree")
        name, other = "results/a/b-s1/eval.json", "results/b/a-s1/eval.json"
        study.write("study.toml", TREE_MANIFEST)
        study.write(name, '{"accuracy": 0.5}')
    path = study.path(name)
    text, state = path.read_bytes(), path.stat()
    seen = [study_state(study.folder).mark]

    def changed() -> bool:
        seen.append(study_state(study.folder).mark)
        return seen[-1] not in seen[:-1]

    assert not changed()
    path.write_bytes(text.replace(b"5", b"6"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert changed()
    fresh = path.with_name("fresh")
    fresh.write_bytes(text)
    os.utime(fresh, ns=(state.st_atime_ns, state.st_mtime_ns))
    fresh.replace(path)
    assert changed()
    path.chmod(0o600)
    assert changed()
    study.write(other, text)
    assert changed()
    study.remove(other)
    study.path(other).parent.rmdir()
    assert study_state(study.folder).mark == seen[-2]
    study.path(other).parent.mkdir()
    path.rename(study.path(other))
    assert changed()
    study.path(other).rename(path)
    path.parent.rename(path.parent.with_name("c-s1" if layout == "tree" else "other"))
    assert changed()


def test_nothing_is_raised(tmp_path: Path) -> None:
    assert study_files(tmp_path / "missing") == ()
    assert study_files("a\0b") == ()
    assert fingerprint("x" * 5000) == fingerprint(tmp_path / "missing")
    (tmp_path / "study.toml").write_bytes(b"\xff")
    assert study_files(tmp_path) == (tmp_path.resolve() / "study.toml",)


def test_other_folders_are_left_alone(write_study: StudyWriter) -> None:
    study = write_study("runs")
    study.replace("study.toml", '"experiments"', '"/"')
    assert [path.name for path in study_files(study.folder)] == ["runs.csv", "study.toml"]


def test_a_manifest_is_read_again_where_its_file_changed(
    write_study: StudyWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_study("scores")
    path = study.path("study.toml")
    read: list[object] = []
    real = change_detection.read_manifest
    monkeypatch.setattr(
        change_detection, "read_manifest", lambda folder: read.append(folder) or real(folder)
    )
    # What changed just now may change again under the same time, and is not remembered.
    time.sleep(1.1 * SETTLED_NS / 1e9)
    fingerprint(study.folder)
    count = len(read)
    fingerprint(study.folder)
    assert len(read) == count
    study.path("scores.csv").rename(study.path("other.csv"))
    study.replace("study.toml", "scores.csv", "other.csv")
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, 0))
    assert study.path("other.csv").resolve() in study_files(study.folder)
    assert len(read) == count + 1


def test_a_study_weighs_its_bytes_and_its_files(write_study: StudyWriter) -> None:
    study = write_study("scores")
    files = study_files(study.folder)
    of_bytes = sum(path.stat().st_size for path in files)
    weight = study_state(study.folder).weight
    assert weight == of_bytes + change_detection.FILE_BYTES * len(files)
    assert study_state(study.folder / "nowhere").weight == 0
