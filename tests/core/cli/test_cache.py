"""python -m core cache: told of and cleared."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.analyses import TRANSFER
from core.analyses.query import TransferQuery
from core.cache.result_cache import ResultCache
from core.io import open_study

ROOT = Path(__file__).parents[3]


# -- the cache -------------------------------------------------------------------------------------


def run_cache(
    *arguments: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", "cache", *arguments],
        cwd=ROOT,
        env={**os.environ, "CACHE_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_cache_is_told_of_and_cleared(folder, tmp_path):
    kept = tmp_path / "kept"
    cache = ResultCache(kept)
    cache.fetch(TRANSFER, open_study(folder), TransferQuery(method="ft1"))
    cache.close()
    said = run_cache("stats", folder=kept, CACHE_SIZE_MB="7")
    assert (said.returncode, said.stderr) == (0, "")
    assert re.fullmatch(rf"{kept}: 1 result, 0\.\d MB of at most 7 MB\n", said.stdout)
    report = json.loads(run_cache("stats", "--json", "--folder", str(kept), folder=tmp_path).stdout)
    assert report["folder"] == str(kept)
    assert report["entries"] == 1
    assert report["bytes"] > 0
    assert report["limit"] == 2**30
    assert run_cache("clear", folder=kept).stdout == f"{kept}: removed 1 result\n"
    assert run_cache("clear", folder=kept).stdout == f"{kept}: removed 0 results\n"


@pytest.mark.parametrize("command", ["stats", "clear"])
def test_looking_for_a_cache_makes_none(tmp_path, command):
    said = run_cache(command, folder=tmp_path / "none")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        f"error: there is no cache in {tmp_path / 'none'}; name another with --folder\n"
    )
    assert not (tmp_path / "none").exists()
