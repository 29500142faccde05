"""A server opens studies in a bucket, follows them, and goes on where the network does not."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import replace

from core.cache.study_copies import StudyCopies
from core.cli.commands import main
from core.evaluations import Split
from core.io import open_study, remote
from core.io.remote import RemoteError, mirror_of, shown
from core.transfer.provenance import RawValue
from dashboard.details.blocks import place
from dashboard.server.settings import Settings
from dashboard.state import study_library
from dashboard.state.study_library import StudyLibrary
from tests.buckets import EXAMPLE, SECRET
from tests.buckets import bucket as bucket
from tests.buckets import endpoint as endpoint


def test_a_bucket_is_the_study_it_holds(bucket, tmp_path, monkeypatch, capsys):
    name, _ = bucket
    address = f"s3://{name}/atlantis/study/"
    assert open_study(address).digest == open_study(tmp_path / "local").digest
    monkeypatch.setattr("sys.argv", ["core", "check", address])
    assert main() == 0
    told = capsys.readouterr()
    assert f"next: STUDY={address} make run shows it" in told.out
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    everything = "".join(path.read_text(errors="replace") for path in kept)
    assert SECRET not in everything + told.out + told.err
    monkeypatch.setattr("sys.argv", ["core", "check", f"s3://{name}/nowhere"])
    assert main() == 1
    assert f"error: s3://{name}/nowhere: no such address; give" in capsys.readouterr().err


def test_a_server_opens_it_and_follows_it(bucket, tmp_path, monkeypatch, caplog):
    name, system = bucket
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(remote, "LOOK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(study_library, "LOOK_AGAIN_SECONDS", 0.0)
    settings = Settings.from_environment(
        {**os.environ, "STUDY": f"s3://{name}/atlantis/study:{EXAMPLE}"}
    )
    assert settings.studies[1] == EXAMPLE
    assert not settings.studies[0].exists()
    copies = StudyCopies(settings.study_copies, worth_s=0.0)
    library = StudyLibrary(settings.studies[:1], copies=copies)
    (entry,) = library.entries(wait_s=None)
    assert entry.slug == "atlantis"
    assert entry.read_as.fact("Files below") == f"s3://{name}/atlantis/study"
    (again,) = StudyLibrary(settings.studies[:1], copies=copies).entries(wait_s=None)
    assert again.study.origin == entry.study.origin
    manifest = system.cat(f"{name}/atlantis/study/study.toml")
    system.pipe(f"{name}/atlantis/study/study.toml", b'title = "Changed"\n' + _untitled(manifest))
    deadline = time.monotonic() + 300
    while library.entries()[0].title != "Changed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert SECRET not in caplog.text
    # The network goes: what was mirrored stays.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(remote, "_listed", _unreachable)
    while "what was mirrored before is shown" not in caplog.text:
        assert library.entries()[0].title == "Changed"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _untitled(manifest: bytes) -> bytes:
    return b"\n".join(line for line in manifest.split(b"\n") if not line.startswith(b"title"))


def _unreachable(address):
    raise RemoteError(shown(address), "it cannot be read (EndpointConnectionError)", "check")


def test_a_library_tells_what_is_wrong_and_asks_no_network_twice(tmp_path, monkeypatch):
    asked = []

    def listed(address):
        asked.append(threading.current_thread())
        _unreachable(address)

    monkeypatch.setattr(remote, "_listed", listed)
    monkeypatch.setattr(study_library, "LOOK_AGAIN_SECONDS", 0.0)
    library = StudyLibrary([mirror_of("s3://ada:secret@lab/study?token=x", tmp_path)])
    for _ in range(3):
        (entry,) = library.entries(wait_s=None)
        (problem,) = entry.problems
        assert problem.file == "s3://lab/study"
        assert "EndpointConnectionError" in problem.found
    assert len(asked) == 1


def test_the_panel_names_the_address(example):
    value = RawValue("run", Split.SHIFTED, file="a.csv", place="row 3")
    assert place(value, example) == "a.csv, row 3"
    there = replace(example, origin="s3://lab/study/")
    assert place(value, there) == "s3://lab/study/a.csv, row 3"
    assert place(RawValue("run", Split.SHIFTED), there) == place(RawValue("run", Split.SHIFTED))
