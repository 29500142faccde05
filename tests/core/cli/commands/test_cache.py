"""python -m core cache: told of and cleared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.analyses import TRANSFER
from core.analyses.query import TransferQuery
from core.cache.result_cache import ResultCache
from core.io import open_study

# -- the cache -------------------------------------------------------------------------------------


@pytest.fixture
def run_cache(run, monkeypatch):
    """`core cache` with an environment: (exit code, standard output, standard error)."""

    def call(*arguments: str, folder: Path, **environment: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            for name, value in {"CACHE_DIR": str(folder), **environment}.items():
                patch.setenv(name, value)
            return run("cache", *arguments)

    return call


def test_the_cache_is_told_of_and_cleared(run_cache, folder, tmp_path):
    kept = tmp_path / "kept"
    cache = ResultCache(kept)
    cache.fetch(TRANSFER, open_study(folder), TransferQuery(method="ft1"))
    cache.close()
    code, said, told = run_cache("stats", folder=kept, CACHE_SIZE_MB="7")
    assert (code, told) == (0, "")
    assert re.fullmatch(rf"{kept}: 1 result, 0\.\d MB of at most 7 MB\n", said)
    report = json.loads(run_cache("stats", "--json", "--folder", str(kept), folder=tmp_path)[1])
    assert report["folder"] == str(kept)
    assert report["entries"] == 1
    assert report["bytes"] > 0
    assert report["limit"] == 2**30
    assert run_cache("clear", folder=kept)[1] == f"{kept}: removed 1 result\n"
    assert run_cache("clear", folder=kept)[1] == f"{kept}: removed 0 results\n"


@pytest.mark.parametrize("command", ["stats", "clear"])
def test_looking_for_a_cache_makes_none(run_cache, tmp_path, command):
    none = tmp_path / "none"
    said = {"stats": "0 results, 0.0 MB of at most 1,024 MB", "clear": "removed 0 results"}
    assert run_cache(command, folder=none) == (0, f"{none}: {said[command]}\n", "")
    # Where somebody named it, it is likely mistyped.
    assert run_cache(command, "--folder", str(none), folder=tmp_path) == (
        1,
        "",
        f"error: there is no cache in {none}; name another with --folder\n",
    )
    assert not (tmp_path / "none").exists()
