"""Numbers in files are those that a process finds which knows nothing but the study's files."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from core.io import open_study
from tests.faults.taken import ADDRESSES, TABLES, served, taken
from tests.processes import ROOT, ended
from tests.studies import write_study_files

QUERIES = ("method=ftwb1", "method=ftwb2&scale=strict&at=9000&layer=4&include=crossing")


def exported(arguments: list[object], *, cache) -> None:
    """In a fresh process: a fork has the order of sets of what it was forked from."""
    subprocess.run(
        [sys.executable, "-m", "core", "export", *map(str, arguments)],
        check=True,
        capture_output=True,
        cwd=ROOT,
        env={"PATH": "", "CACHE_DIR": str(cache)},
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("taken") / "study"
    return write_study_files(folder, cka=True, representations=True)


@pytest.fixture(scope="module")
def used(study, tmp_path_factory):
    """What a server that has been at work says: another study before, other questions, a cache."""
    cell = "pt1_ftwb1-1,distance,shifted,10000,"
    study.replace("evaluations.csv", cell, f"{cell}9")
    cache = tmp_path_factory.mktemp("used")
    before = taken(served(study.folder, cache), QUERIES[0], TABLES)
    study.replace("evaluations.csv", f"{cell}9", cell)
    app = served(study.folder, cache)
    taken(app, QUERIES[1], TABLES)
    found = {query: taken(app, query) for query in QUERIES}
    assert found[QUERIES[0]]["take/overview-methods.csv"] != before["take/overview-methods.csv"]
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_files_of_the_page_equal_those_of_a_fresh_process(study, used, tmp_path, query):
    out = tmp_path / "out.json"
    arguments = map(str, (study.folder, tmp_path / "cache", query, out))
    # Most likely a fork, of a process that never saw a study.
    done = ended([sys.executable, "-m", "tests.faults.taken", *arguments], tmp_path)
    assert done.returncode == 0, done.stderr
    again = json.loads(out.read_text())
    made = used[query]
    assert again.keys() == made.keys() == set(ADDRESSES)
    for address in ADDRESSES:
        assert made[address] == again[address], address
    files = [address for address in ADDRESSES if made[address].startswith("200 ")]
    assert len(files) > 20
    digest = open_study(study.folder).digest
    for address in files:
        assert digest[:12] in made[address], address
        assert address.endswith(".csv") or digest in made[address], address


def test_an_export_equals_that_of_a_fresh_process(study, tmp_path):
    outs = [tmp_path / name for name in ("first", "again")]
    # Each computes all of it, in a process with an order of sets of its own.
    for out in outs:
        cache = tmp_path / f"cache of {out.name}"
        exported([study.folder, "--out", out], cache=cache)
    contents = [{path.name: path.read_bytes() for path in sorted(out.iterdir())} for out in outs]
    assert contents[0] == contents[1]
    digest = open_study(study.folder).digest.encode()
    for name, content in contents[0].items():
        assert digest in content or name.endswith(".csv"), name
