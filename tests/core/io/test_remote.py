"""Studies at an address: mirrored, opened as folders, and no secret is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from core.cli.commands import main
from core.errors import StudyError
from core.io import inspect_study, open_study, remote
from core.io.remote import RemoteError, mirror_of, mirrored, origin_of, shown
from tests.buckets import EXAMPLE, write_study

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """A study in fsspec's file system in memory; S3 itself is tried with the dashboard."""
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    name = f"lab-{tmp_path.name}"
    write_study(system, name, tmp_path / "local")
    yield name, system
    system.rm(f"/{name}", recursive=True)


def test_a_bucket_is_the_study_it_holds(bucket, tmp_path, monkeypatch, capsys):
    name, _ = bucket
    address = f"memory://{name}/atlantis/study/"
    study, local = open_study(address), open_study(tmp_path / "local")
    assert study.digest == local.digest
    assert (study.origin, local.origin) == (f"memory://{name}/atlantis/study/", "")
    assert study.folder.name == "study"
    assert study.folder.parent.name == "atlantis"
    monkeypatch.setattr("sys.argv", ["core", "check", address])
    assert main() == 0
    told = capsys.readouterr()
    assert f"next: STUDY=memory://{name}/atlantis/study/ make run shows it" in told.out
    assert ((tmp_path / "cache" / "remote").stat().st_mode & 0o077) == 0
    single = f"{address}runs.csv"
    assert mirrored(single, tmp_path / "cache").read_bytes() == (EXAMPLE / "runs.csv").read_bytes()


def test_a_change_is_seen_and_costs_its_own_part(bucket, tmp_path, monkeypatch):
    name, system = bucket
    folder = mirrored(f"memory://{name}/atlantis/study", tmp_path / "cache")
    before = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
    fetched: list[str] = []
    fetch = remote._fetch
    monkeypatch.setattr(
        remote,
        "_fetch",
        lambda fs, told, names, to: (fetched.extend(names), fetch(fs, told, names, to)),
    )
    mirrored(f"memory://{name}/atlantis/study", tmp_path / "cache")
    assert fetched == []
    runs = system.cat(f"{name}/atlantis/study/runs.csv")
    system.pipe(f"{name}/atlantis/study/notes/extra.txt", b"more")
    # As long as before: the size tells nothing.
    changed = runs.replace(b"42", b"41", 1)
    system.pipe(f"{name}/atlantis/study/runs.csv", changed)
    mirrored(f"memory://{name}/atlantis/study", tmp_path / "cache")
    assert sorted(fetched) == [
        f"/{name}/atlantis/study/notes/extra.txt",
        f"/{name}/atlantis/study/runs.csv",
    ]
    assert (folder / "runs.csv").read_bytes() == changed
    same = [path for path, inode in before.items() if path.stat().st_ino == inode]
    assert len(same) == len(before) - 1
    # What somebody did to the mirror, and what is gone there.
    (folder / "runs.csv").write_bytes(b"other")
    system.rm(f"{name}/atlantis/study/notes/extra.txt")
    mirrored(f"memory://{name}/atlantis/study", tmp_path / "cache")
    assert (folder / "runs.csv").read_bytes() == changed
    assert not (folder / "notes").exists()


def test_what_cannot_be_read_is_a_sentence(bucket, tmp_path, monkeypatch, capsys):
    name, system = bucket
    for address, text in {
        f"memory://{name}/nowhere": "no such address; give the address of a folder that holds",
        "nothing://there/study": "no address that fsspec knows",
    }.items():
        monkeypatch.setattr("sys.argv", ["core", "check", address])
        assert main() == 1
        assert f"error: {address}: {text}" in capsys.readouterr().err
    system.pipe(f"{name}/odd/..\\up.csv", b"x")
    with pytest.raises(RemoteError, match="which is no path"):
        mirrored(f"memory://{name}/odd", tmp_path / "cache")
    monkeypatch.setattr(remote, "SPARE_BYTES", 2**60)
    with pytest.raises(RemoteError, match="MiB to mirror"):
        mirrored(f"memory://{name}/atlantis", tmp_path / "cache")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(RemoteError, match=r"requirements-s3\.txt"):
        mirrored(f"memory://{name}/atlantis", tmp_path / "cache")


def test_no_manifest_and_no_page_names_an_address(bucket, tmp_path):
    name, _ = bucket
    local = tmp_path / "local"
    manifest = (local / "study.toml").read_text()
    told = json.dumps(f"memory://{name}/atlantis/study/runs.csv")
    (local / "study.toml").write_text(f"{manifest}\n[predictors.p]\npath = {told}\n")
    with pytest.raises(StudyError):
        open_study(local)
    inspection = inspect_study(f"memory://{name}/atlantis/study")
    assert inspection.study is None
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3://AKIA:wJal/rXU+tn@bucket/lab", "s3://bucket/lab"),
        ("zip://a.zip::https://ada:secret@host/a.zip", "zip://host/a.zip"),
        ("https://host/lab?signature=a:b@c", "https://…"),
        ("s3://ada:sec?ret@bucket/lab", "s3://…"),
        ("s3://bucket/run@2/lab", "s3://bucket/run@2/lab"),
        ("s3://[bucket/lab", "s3://[bucket/lab"),
    ],
)
def test_a_secret_with_any_sign_in_it_is_not_told(address, told, tmp_path):
    assert shown(address) == told
    assert "sec" not in str(mirror_of(address, tmp_path).relative_to(tmp_path))


def test_addresses_are_told_without_what_is_secret(tmp_path):
    assert shown("sftp://ada:secret@host/lab/study?signature=x#y") == "sftp://host/lab/study"
    folder = mirror_of("s3://lab/a b/..", tmp_path)
    assert folder.is_relative_to(tmp_path / "remote")
    assert origin_of(folder) == origin_of(tmp_path) == ""
    assert remote.is_address("s3://lab")
    for text in ("s3:", "C:\\study", "study", Path("s3://lab"), "", "://lab"):
        assert not remote.is_address(text)
