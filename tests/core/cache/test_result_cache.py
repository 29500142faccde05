"""The cache costs time, never an answer, and never a shell command."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.analyses import DATA_QUALITY, PAIR, SHRINKAGE, SIMILARITY, TRANSFER
from core.analyses.query import DetailQuery, SimilarityQuery, TransferQuery
from core.cache import environment
from core.cache import result_cache as caches
from core.cache.codec import encode
from core.cache.result_cache import CacheEvent, ResultCache, code_digest, result_key
from core.errors import RequestError
from core.io import open_study
from core.io.changes import digest
from core.io.changes.digest import StudyChangedError
from core.study import Study
from tests.core.small import square_study
from tests.core.sweeps import save, write_sweep_study
from tests.studies import write_study_files

STUDY = square_study(np.random.default_rng(0).random((2, 4, 4)))
PARAMS = TransferQuery(method="ft1")


class Counting:
    """The transfer analysis, counting how often it computes (over threads and processes)."""

    def __init__(self, folder: Path, *, seconds: float = 0.0) -> None:
        self.folder = folder
        self.seconds = seconds
        self.analysis = replace(TRANSFER, function=self.compute)

    def compute(self, study, params):
        (self.folder / f"{os.getpid()}-{threading.get_ident()}-{time.monotonic_ns()}").touch()
        time.sleep(self.seconds)
        return TRANSFER.compute(study, params)

    @property
    def count(self) -> int:
        return len(list(self.folder.iterdir()))


@pytest.fixture
def counting(tmp_path):
    folder = tmp_path / "computed"
    folder.mkdir()
    return Counting(folder)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def fetch(cache, counting, study=STUDY, params=PARAMS):
    result = cache.fetch(counting.analysis, study, params)
    np.testing.assert_array_equal(result.values, TRANSFER.compute(study, params).values)
    return result


def test_a_second_fetch_computes_nothing_also_in_a_new_process(folder, counting):
    fetch(ResultCache(folder), counting)
    fetch(ResultCache(folder), counting)
    assert counting.count == 1


def test_what_many_questions_need_is_computed_once(folder, monkeypatch):
    """Also where a question and what it needs wait at one and the same lock."""
    made = []

    def needed(study, query):
        made.append(query)
        return SHRINKAGE.function(study, query)

    analysis = replace(PAIR, needs=replace(SHRINKAGE, function=needed))
    monkeypatch.setattr(caches, "_LOCK_FILES", 1)
    for target in ("b", "c"):
        asked = PARAMS, DetailQuery(("a",), target)
        found = ResultCache(folder).fetch(analysis, STUDY, *asked)
        assert encode(found) == encode(PAIR.compute(STUDY, *asked))
    assert len(made) == 1


def test_other_parameters_another_study_and_edited_code_are_other_results(
    folder, counting, monkeypatch
):
    cache = ResultCache(folder)
    fetch(cache, counting)
    fetch(cache, counting, params=TransferQuery(method="ft1", seeds=(1,)))
    fetch(cache, counting, study=replace(STUDY, digest="1" * 64))
    monkeypatch.setattr(caches, "code_digest", lambda: "edited")
    fetch(cache, counting)
    assert counting.count == 4


def test_the_code_digest_changes_with_any_source(tmp_path, monkeypatch):
    copy = tmp_path / "core"
    shutil.copytree(caches.SOURCES, copy)
    monkeypatch.setattr(caches, "SOURCES", copy)
    seen = {code_digest.__wrapped__()}
    assert seen == {code_digest.__wrapped__()}
    packages: dict[Path, list[Path]] = {}
    for path in sorted(copy.rglob("*.py")):
        if path.name != "__init__.py":
            packages.setdefault(path.parent, []).append(path)
    assert len(packages) > 10
    # Of each package the first and the last.
    edited = {end for paths in packages.values() for end in (paths[0], paths[-1])}
    for number, path in enumerate(sorted(edited), start=2):
        with path.open("a") as file:
            file.write("# edited\n")
        seen.add(code_digest.__wrapped__())
        assert len(seen) == number, path


def large_study(digest: str) -> Study:
    """One whose results are so large that diskcache writes them into files of their own."""
    values = np.random.default_rng(0).random((4, 30, 30))
    return replace(square_study(values), digest=digest * 64)


def test_every_folder_is_private_also_one_that_was_there(folder, counting):
    folder.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        fetch(ResultCache(folder), counting, study=large_study("a"))
    finally:
        os.umask(before)
    made = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
    assert {path.name for path in made} >= {"cache", "results", "locks"}
    assert len(made) >= 5, "no value has a file of its own"
    assert [path for path in made if path.stat().st_mode & 0o777 != 0o700] == []


def test_a_place_that_others_share_keeps_its_mode(folder, counting):
    folder.mkdir()
    folder.chmod(0o1777)
    fetch(ResultCache(folder), counting)
    assert folder.stat().st_mode & 0o7777 == 0o1777
    assert (folder / "results").stat().st_mode & 0o777 == 0o700


def test_what_the_computation_raises_comes_through_and_is_not_kept(folder, counting):
    cache = ResultCache(folder)
    with pytest.raises(RequestError, match="no method 'nope'"):
        cache.fetch(counting.analysis, STUDY, TransferQuery(method="nope"))
    assert cache.stats().entries == 0


def _fetch_in_process(folder, computed, start):
    start.wait()
    fetch(ResultCache(folder), Counting(computed, seconds=0.3))


FORKS = multiprocessing.get_context("fork")
"""Processes that need not import what this one has."""


def forked(target, *arguments):
    """A process that has begun."""
    process = FORKS.Process(target=target, args=arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside other threads
        process.start()
    return process


def test_eight_cold_calls_in_two_processes_compute_once(folder, counting):
    start = FORKS.Event()
    processes = [forked(_four_threads, folder, counting.folder, start) for _ in range(2)]
    start.set()
    for process in processes:
        process.join(300)
        assert process.exitcode == 0
    assert counting.count == 1


def _four_threads(folder, computed, start):
    threads = [
        threading.Thread(target=_fetch_in_process, args=(folder, computed, start)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_share_a_cache_compute_once(folder, counting):
    counting.seconds = 0.2
    cache = ResultCache(folder)
    threads = [threading.Thread(target=fetch, args=(cache, counting)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.count == 1


# -- faults ----------------------------------------------------------------------------------------


def database(folder: Path) -> Path:
    return folder / "results" / "cache.db"


def test_without_a_folder_everything_is_computed(counting):
    cache = ResultCache(None)
    fetch(cache, counting)
    fetch(cache, counting)
    assert counting.count == 2
    assert cache.stats().entries == 0
    assert cache.clear() == 0


def test_a_corrupt_database_is_set_aside_and_logged_once(folder, counting, caplog):
    fetch(ResultCache(folder), counting)
    for path in (folder / "results").glob("cache.db*"):
        path.unlink()
    database(folder).write_bytes(b"this is no database" * 100)
    with caplog.at_level(logging.WARNING):
        cache = ResultCache(folder)
        fetch(cache, counting)
        fetch(cache, counting)
    assert counting.count == 2
    assert len(list(folder.glob("broken-*"))) == 1
    assert len(caplog.records) == 1


def test_a_database_corrupted_while_open_costs_time_only(folder, counting, caplog):
    cache = ResultCache(folder)
    fetch(cache, counting)
    size = database(folder).stat().st_size
    for path in (folder / "results").glob("cache.db-*"):
        path.unlink()
    database(folder).write_bytes(os.urandom(size))
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            fetch(cache, counting)
    assert counting.count <= 3, "it was not mended"
    assert len({record.getMessage() for record in caplog.records}) == len(caplog.records) <= 2


def test_of_broken_databases_one_is_kept(folder, counting):
    for _ in range(3):
        fetch(ResultCache(folder), counting)
        for path in (folder / "results").glob("cache.db*"):
            path.write_bytes(b"this is no database" * 100)
        fetch(ResultCache(folder), counting)
    assert len(list(folder.glob("broken-*"))) == 1


def test_a_process_that_still_has_the_old_database_takes_the_new_one(folder, counting):
    behind = ResultCache(folder)
    fetch(behind, counting)
    shutil.move(folder / "results", folder / "broken-by-another-process")
    ahead = ResultCache(folder)
    fetch(ahead, counting)
    assert counting.count == 2
    fetch(behind, counting)
    assert counting.count == 2
    assert behind.stats().entries == 1
    # What went wrong with the old one is no reason to throw the new one away.
    behind._opened = (0, 0)
    fault = sqlite3.DatabaseError("malformed")
    fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    behind._drop(fault)
    fetch(behind, counting)
    assert counting.count == 2


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN], ids=["damaged", "gone"]
)
def test_a_database_that_another_process_makes_anew_meanwhile_is_used(
    folder, counting, monkeypatch, code
):
    fetch(ResultCache(folder), counting)
    refuse_locked, others = caches.refuse_locked, []

    def while_another_makes_it_anew(place, seconds):
        if not others:
            shutil.move(folder / "results", folder / "broken-by-another-process")
            others.append(None)
            others.append(ResultCache(folder).fault())
            others.append(database(folder).stat().st_ino)
            fault = sqlite3.DatabaseError("what was there before")
            fault.sqlite_errorcode = code
            raise fault
        refuse_locked(place, seconds)

    monkeypatch.setattr(caches, "refuse_locked", while_another_makes_it_anew)
    late = ResultCache(folder)
    assert late.fault() == ""
    assert others[1:] == ["", database(folder).stat().st_ino]
    assert [path.name for path in folder.glob("broken-*")] == ["broken-by-another-process"]


def test_a_locked_database_is_not_taken_for_a_broken_one(folder, counting, monkeypatch, caplog):
    fetch(ResultCache(folder), counting)
    monkeypatch.setattr(caches, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(database(folder), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING):
        cache = ResultCache(folder)
        fetch(cache, counting)
        fetch(cache, counting)
    holder.execute("COMMIT")
    holder.close()
    assert not list(folder.glob("broken-*"))
    assert len(caplog.records) <= 2
    fetch(ResultCache(folder), counting)
    assert counting.count <= 3


def stored_value(folder: Path) -> tuple[bytes, int]:
    with sqlite3.connect(database(folder)) as connection:
        row = connection.execute("SELECT value, rowid, filename FROM Cache").fetchone()
    connection.close()
    assert row is not None
    if row[2]:
        return (folder / "results" / row[2]).read_bytes(), row[1]
    return row[0], row[1]


def change_stored(folder: Path, **columns) -> None:
    names = ", ".join(f"{name} = ?" for name in columns)
    with sqlite3.connect(database(folder)) as connection:
        connection.execute(f"UPDATE Cache SET {names}", tuple(columns.values()))  # noqa: S608
    connection.close()


def test_a_truncated_value_is_computed_again_and_mended(folder, counting):
    fetch(ResultCache(folder), counting)
    value, _ = stored_value(folder)
    change_stored(folder, value=value[: len(value) // 2], filename=None, mode=1)
    fetch(ResultCache(folder), counting)
    fetch(ResultCache(folder), counting)
    assert counting.count == 2


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_a_planted_pickle_is_never_executed(folder, counting, tmp_path):
    fetch(ResultCache(folder), counting)
    target = tmp_path / "executed"
    bomb = pickle.dumps(Bomb(target))
    change_stored(folder, value=bomb, filename=None, mode=4)
    fetch(ResultCache(folder), counting)
    assert not target.exists()
    assert counting.count == 2
    # The same as a file beside the database, and as a key.
    (folder / "results" / "planted.val").write_bytes(bomb)
    change_stored(folder, value=None, filename="planted.val", mode=4)
    fetch(ResultCache(folder), counting)
    change_stored(folder, key=bomb, raw=0)
    cache = ResultCache(folder)
    cache.stats()
    cache.clear()
    assert not target.exists()
    pickle.loads(bomb)  # noqa: S301  (the bomb does go off where somebody unpickles it)
    assert target.exists()


def test_a_value_that_points_outside_the_folder_is_not_read(folder, counting, tmp_path):
    fetch(ResultCache(folder), counting)
    value, _ = stored_value(folder)
    outside = tmp_path / "outside.val"
    outside.write_bytes(value)
    change_stored(folder, value=None, filename="../../outside.val", mode=2)
    fetch(ResultCache(folder), counting)
    assert counting.count == 2


def test_a_folder_that_cannot_be_made_costs_time_only(tmp_path, counting, caplog):
    (tmp_path / "file").write_text("in the way")
    cache = ResultCache(tmp_path / "file" / "cache")
    fetch(cache, counting)
    fetch(cache, counting)
    assert counting.count == 2
    assert len(caplog.records) == 1


def test_a_folder_that_vanishes_is_made_anew(folder, counting):
    cache = ResultCache(folder)
    fetch(cache, counting)
    shutil.rmtree(folder)
    fetch(cache, counting)
    fetch(cache, counting)
    assert counting.count == 2


def test_a_full_disk_costs_time_only(folder, counting, monkeypatch, caplog):
    cache = ResultCache(folder)
    cache.stats()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caches.diskcache.Cache, "set", full)
    with caplog.at_level(logging.WARNING):
        fetch(cache, counting)
        fetch(cache, counting)
    assert counting.count == 2
    assert ["No space left" in record.getMessage() for record in caplog.records] == [True]


def _fetch_with(prepare, folder, computed, said):
    logging.basicConfig(filename=said, level=logging.WARNING, format="%(message)s", force=True)
    prepare()
    cache = ResultCache(folder)
    fetch(cache, Counting(computed))
    fetch(cache, Counting(computed))
    assert cache.fault()


def _no_file_grows():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def _nobody():
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize("fault", ["no room", "read-only"])
def test_a_process_that_really_cannot_write(fault, counting):
    """No monkeypatch: a limit on the size of files, and a folder of another user's."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        folder, said = place / "cache", place / "said"
        fetch(ResultCache(folder), counting)
        said.touch()
        counting.folder.chmod(0o777)
        opened = [folder, *(path for path in folder.rglob("*"))]
        for path in opened:
            path.chmod(0o555 if path.is_dir() else 0o444)
        # Each of these is a child process: what it gives up it does not get back.
        computed = place / "computed"
        computed.mkdir()
        for path in (computed, said):
            path.chmod(0o777)
        prepare = _no_file_grows if fault == "no room" else _nobody
        child = forked(_fetch_with, prepare, folder, computed, said)
        child.join(300)
        assert child.exitcode == 0
        assert len(list(computed.iterdir())) <= 2
        if fault == "read-only" and os.getuid() == 0:
            assert len(list(computed.iterdir())) == 2
        for path in opened:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_lock_that_cannot_be_had_delays_and_no_more(folder, counting, monkeypatch):
    cache = ResultCache(folder)
    monkeypatch.setattr(caches, "LOCK_WAIT_SECONDS", 0.05)
    with cache._alone(result_key(counting.analysis, STUDY, PARAMS)):
        fetch(ResultCache(folder), counting)
    assert counting.count == 1


def _hold_and_die(folder, key, held):
    with ResultCache(folder)._alone(key):
        held.set()
        time.sleep(600)


def test_a_lock_of_a_killed_process_holds_nobody_up(folder, counting, monkeypatch, caplog):
    held = FORKS.Event()
    key = result_key(counting.analysis, STUDY, PARAMS)
    process = forked(_hold_and_die, folder, key, held)
    assert held.wait(300)
    process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    monkeypatch.setattr(caches, "LOCK_WAIT_SECONDS", 60.0)
    fetch(ResultCache(folder), counting)
    assert not caplog.records, "it waited as long as anybody does"


def test_stats_and_clear(folder, counting):
    cache = ResultCache(folder)
    fetch(cache, counting)
    fetch(cache, counting)
    stats = cache.stats()
    assert (stats.entries, stats.hits, stats.misses) == (1, 1, 1)
    assert stats.size > 0
    assert cache.clear() == 1
    assert cache.stats().entries == 0


def test_what_is_small_and_quick_is_kept_in_memory_alone(folder):
    """To lock and write takes as long as to compute it; what it needs is on the disk."""
    cache, asked = ResultCache(folder), (PARAMS, DetailQuery(("a",), "b"))
    found = cache.fetch(PAIR, STUDY, *asked)
    assert encode(found) == encode(PAIR.compute(STUDY, *asked))
    assert cache.fetch(PAIR, STUDY, *asked) is found
    assert (cache.stats().entries, cache.hits, cache.misses) == (1, 1, 2)
    assert ResultCache(folder).find(PAIR, STUDY, *asked) is None
    assert ResultCache(folder).find(SHRINKAGE, STUDY, PARAMS) is not None
    cache.clear()
    assert cache.find(PAIR, STUDY, *asked) is None
    assert cache.find(SHRINKAGE, STUDY, PARAMS) is None


def test_what_click_after_click_needs_is_read_once(folder, monkeypatch):
    ResultCache(folder).fetch(SHRINKAGE, STUDY, PARAMS)
    cache = ResultCache(folder)
    found = cache.find(SHRINKAGE, STUDY, PARAMS)
    assert found is not None
    monkeypatch.setattr(cache, "_read", None)
    assert cache.find(SHRINKAGE, STUDY, PARAMS) is found


def test_without_a_folder_nothing_is_kept_in_memory():
    cache, asked = ResultCache(None), (PARAMS, DetailQuery(("a",), "b"))
    cache.fetch(PAIR, STUDY, *asked)
    assert cache.find(PAIR, STUDY, *asked) is None


def test_the_size_limit_evicts(folder, counting):
    cache = ResultCache(folder, size_limit=200_000)
    for seed in range(60):
        study = replace(square_study(np.full((1, 12, 12), seed / 60)), digest=f"{seed:064}")
        fetch(cache, counting, study=study)
    stats = cache.stats()
    assert stats.entries < 60
    assert stats.size < 1_000_000


# -- who watches, and how it is --------------------------------------------------------------------


def test_an_observer_is_told_of_hits_misses_and_faults(folder, counting, monkeypatch):
    told = []
    cache = ResultCache(folder, observer=told.append)
    fetch(cache, counting)
    fetch(cache, counting)
    assert told == [CacheEvent.MISS, CacheEvent.HIT]
    told.clear()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caches.diskcache.Cache, "set", full)
    fetch(cache, counting, params=TransferQuery(method="ft1", seeds=(1,)))
    assert told == [CacheEvent.MISS, CacheEvent.FAULT]


def test_a_fault_that_stays_is_logged_again_a_day_later(folder, counting, monkeypatch, caplog):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    cache = ResultCache(folder)
    monkeypatch.setattr(caches.diskcache.Cache, "set", full)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            fetch(cache, counting)
        assert len(caplog.records) == 1
        monkeypatch.setattr(caches, "REPORT_AGAIN_SECONDS", -1.0)
        fetch(cache, counting)
        assert len(caplog.records) == 2


def test_why_nothing_can_be_kept(folder, tmp_path, monkeypatch):
    assert ResultCache(None).fault() == "there is no folder"
    cache = ResultCache(folder)
    assert cache.fault() == ""
    assert cache.stats().entries == 0
    (tmp_path / "file").touch()
    assert ResultCache(tmp_path / "file" / "cache").fault() == "the folder cannot be used"
    monkeypatch.setattr(caches.diskcache.Cache, "get", lambda *_, **__: None)
    assert cache.fault() == "what is written is not there afterwards"

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caches.diskcache.Cache, "set", full)
    assert cache.fault() == "[Errno 28] No space left on device"


def test_the_limit_is_the_environments(monkeypatch):
    monkeypatch.setenv("CACHE_SIZE_MB", "3")
    assert environment.size_limit() == 3 * 2**20
    for text in ("", "many", "-1"):
        monkeypatch.setenv("CACHE_SIZE_MB", text)
        assert environment.size_limit() == environment.DEFAULT_SIZE_LIMIT


# -- an old value is never found -------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
from core.analyses import SIMILARITY, TRANSFER, TransferQuery
from core.cache.result_cache import ResultCache
from core.io import open_study
cache = ResultCache(Path(sys.argv[2]))
result = cache.fetch(TRANSFER, open_study(sys.argv[1]), TransferQuery(method="ftwb1"))
print(cache.hits, cache.misses, result.transfer_mean)
"""


def test_neither_edited_code_nor_a_changed_file_yields_an_old_value(tmp_path):
    """The real program on real files, in a process of its own each time."""
    shutil.copytree(
        caches.SOURCES,
        tmp_path / "core",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    study = write_study_files(tmp_path / "study")
    # What is compiled is kept, as where it runs.
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def run() -> tuple[int, int, float]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(study.folder), str(tmp_path / "cache")],
            cwd=tmp_path,
            env=compiled,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        hits, misses, mean = done.stdout.split()
        return int(hits), int(misses), float(mean)

    first = run()
    assert first[:2] == (0, 1)

    source = tmp_path / "core" / "transfer" / "build.py"
    text = source.read_text()
    source.write_text(f"{text}\nTransferMatrix.transfer_mean = property(lambda self: 1e6)\n")
    assert run() == (0, 1, 1e6)
    source.write_text(text)

    evaluations = study.read("evaluations.csv").splitlines()
    header, *rows = evaluations
    run_, task, split, step, value = rows[-1].split(",")
    changed = ",".join([run_, task, split, step, repr(float(value) * 0.5)])
    study.write("evaluations.csv", "\n".join([header, *rows[:-1], changed]) + "\n")
    assert run()[:2] == (0, 1)
    study.write("evaluations.csv", "\n".join(evaluations) + "\n")
    assert run() == (1, 0, first[2])


def test_files_edited_under_a_running_program_do_not_change_its_keys(monkeypatch, tmp_path):
    """What it computes, it computes with the code it has loaded."""
    before = code_digest()
    monkeypatch.setattr(caches, "SOURCES", tmp_path)
    assert code_digest() == before


def test_of_files_that_are_not_read_nobody_is_asked(tmp_path, monkeypatch):
    """Each question to the file system waits for whoever computes: there may be hundreds."""
    study = open_study(write_sweep_study(tmp_path / "study").folder)
    cache, asked = ResultCache(tmp_path / "cache"), []
    monkeypatch.setattr(digest, "_state_at", lambda path: asked.append(path) or (0, 0, 0, 0, 0))
    cache.fetch(DATA_QUALITY, study)
    assert asked == []
    cache.fetch(SIMILARITY, study, SimilarityQuery(layer=1))
    # Each once before and once after.
    assert sorted(asked) == sorted([*study.representations.files.values()] * 2)


def test_a_result_of_files_exchanged_meanwhile_is_neither_kept_nor_returned(tmp_path):
    """A representation is replaced, something is asked, and it is put back."""
    files = write_sweep_study(tmp_path / "study")
    study = open_study(files.folder)
    cache = ResultCache(tmp_path / "cache")
    params = SimilarityQuery(layer=1)
    right = SIMILARITY.compute(study, params)
    path = files.path("representations/r0/layer1/checkpoint-20.npy")
    aside = path.with_name("aside")

    path.rename(aside)
    save(files, "r0", 1, 20, np.random.default_rng(9).random((24, 4)))
    with pytest.raises(StudyChangedError, match="changed while this was computed"):
        cache.fetch(SIMILARITY, study, params)
    aside.rename(path)

    def exchange(whole, asked, *, stored):
        path.rename(aside)
        save(files, "r0", 1, 20, np.random.default_rng(9).random((24, 4)))
        try:
            return SIMILARITY.compute(whole, asked)
        finally:
            aside.rename(path)

    with pytest.raises(StudyChangedError):
        cache.fetch(replace(SIMILARITY, function=exchange), study, params)

    folder = path.parents[2]
    other, gone = folder.with_name("other"), folder.with_name("gone")
    shutil.copytree(folder, other)
    for file in other.rglob("*.npy"):
        np.save(file, np.random.default_rng(9).random((24, 4)))

    def exchange_folder(whole, asked, *, stored):
        """The files of a folder that goes and comes back are as they were, times and all."""
        folder.rename(gone)
        if other.exists():
            other.rename(folder)
        try:
            return SIMILARITY.compute(whole, asked)
        finally:
            if folder.exists():
                shutil.rmtree(folder)
            gone.rename(folder)

    with pytest.raises(StudyChangedError, match="the file changed while it was read; run it again"):
        cache.fetch(replace(SIMILARITY, function=exchange_folder), study, params)
    with pytest.raises(StudyChangedError, match="cannot be read: no such file"):
        cache.fetch(replace(SIMILARITY, function=exchange_folder), study, params)
    assert cache.stats().entries == 0
    for _ in range(2):
        found = cache.fetch(SIMILARITY, study, params)
        assert np.array_equal(found.values, right.values, equal_nan=True)
    assert cache.hits == 1
