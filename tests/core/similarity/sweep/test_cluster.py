"""The same sweep on a real Dask cluster: a scheduler and two workers, one of which dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.analyses import SIMILARITY, SimilarityQuery
from core.cli.commands import main
from core.io import open_study
from core.similarity.sweep import Measure, sweep
from tests.core.analyses.association.test_relabelling import every_p
from tests.core.sweeps import write_sweep_study

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).parents[4]
START_SECONDS = 300


@dataclass(frozen=True)
class Cluster:
    """Processes of a cluster on loopback."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


def dask(command: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", command, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def address_in(file: Path) -> str | None:
    """Where the scheduler is; None as long as its file is not there, or not whole."""
    try:
        return str(json.loads(file.read_text())["address"])
    except (OSError, ValueError):
        return None


@pytest.fixture
def cluster(tmp_path) -> Iterator[Cluster]:
    file = tmp_path / "scheduler.json"
    processes = [
        dask(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show",
            "--scheduler-file", str(file),
        )
    ]  # fmt: skip
    try:
        processes += [
            dask(
                "worker", "--scheduler-file", str(file), "--host", "127.0.0.1", "--no-nanny",
                "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path),
            )
            for _ in range(2)
        ]  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while (address := address_in(file)) is None:
            assert time.monotonic() < deadline, "no scheduler"
            time.sleep(0.05)
        yield Cluster(address, tuple(processes[1:]))
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_worker_that_dies_half_way_costs_nothing_but_time(cluster, tmp_path, monkeypatch, capsys):
    files = write_sweep_study(
        tmp_path / "study", 12, (1, 2), tuple(range(1, 11)), items=200, features=64
    )
    study = open_study(files.folder)
    alone = sweep(study)
    died_at: list[int] = []

    def kill_half_way(progress):
        if progress.pairs_done >= progress.pairs // 2 and not died_at:
            cluster.workers[0].send_signal(signal.SIGKILL)
            died_at.append(progress.pairs_done)

    with distributed.Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=START_SECONDS)
        assert every_p(client.get_executor(pure=False)) == every_p()
        asked = SimilarityQuery(1, 3, measure=Measure.PROCRUSTES)
        matrix = SIMILARITY.compute(study, asked, executor=client.get_executor(pure=False))
        expected = SIMILARITY.compute(study, asked)
        assert matrix.tasks == expected.tasks
        np.testing.assert_allclose(matrix.values, expected.values, atol=1e-6)
        together = sweep(study, executor=client.get_executor(pure=False), on_progress=kill_half_way)
    assert cluster.workers[0].wait(60) == -signal.SIGKILL
    assert died_at
    assert died_at[0] < alone.computed
    assert together.computed == alone.computed == 2 * 10 * 66
    assert together.problems == ()
    for one, other in zip(alone.cells, together.cells, strict=True):
        assert one.runs == other.runs
        np.testing.assert_array_equal(one.values, other.values)

    # The command on what is left of the cluster.
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    arguments = ["--layer", "1", "--checkpoint", "last", "--out", str(tmp_path), "--json"]
    monkeypatch.setattr(sys, "argv", ["core", "cka", str(files.folder), *arguments])
    assert main() == 0
    captured = capsys.readouterr()
    assert f"workers at {cluster.address}: 1\n" in captured.err
    assert json.loads(captured.out)["computed"] == 66
    (last,) = (c for c in alone.cells if (c.layer, c.checkpoint) == (1, "last"))
    lines = "".join(f"{a},{b},1,{value!r}\n" for a, b, value in last.pairs())
    assert (tmp_path / "cka_summary.csv").read_text() == f"exp1,exp2,layer,final_cka\n{lines}"
    arguments = ["--layer", "1", "--checkpoint", "3", "--measure", "procrustes"]
    monkeypatch.setattr(sys, "argv", ["core", "similarity", str(files.folder), *arguments])
    assert main() == 0
    captured = capsys.readouterr()
    assert f"workers at {cluster.address}: 1\n" in captured.err
    assert json.loads(captured.out)["values"] == matrix.values.tolist()
