"""A bucket of a server on this host, with a study in it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

SECRET = "wJalrXUtnFEMI-not-to-be-told"
EXAMPLE = Path(__file__).parents[1] / "examples" / "atlantis" / "study"


@pytest.fixture(scope="module")
def endpoint():
    server = pytest.importorskip("moto.server")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(endpoint, tmp_path, monkeypatch):
    """A bucket with manifest, runs and evaluations of the example; its file system."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "atlas",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "CACHE_DIR": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    s3fs = pytest.importorskip("s3fs")
    system = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    name = f"lab-{time.time_ns()}"
    system.mkdir(name)
    write_study(system, name, tmp_path / "local")
    return name, system


def write_study(system, name: str, local: Path) -> None:
    """Manifest, runs and evaluations of the example below `name`/atlantis/study, and here."""
    local.mkdir()
    manifest = (EXAMPLE / "study.toml").read_text().split("[cka]")[0]
    (local / "study.toml").write_text(manifest)
    for table in ("runs.csv", "evaluations.csv"):
        shutil.copy(EXAMPLE / table, local)
    system.put(f"{local}/", f"{name}/atlantis/study/", recursive=True)
