from __future__ import annotations

import threading
from pathlib import Path

from dashboard.state.study_library import LOOK_AGAIN_SECONDS, StudyLibrary
from tests.studies import write_study_files


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_broken_study_lists_its_problems_and_the_others_are_usable(tmp_path):
    good = write_study_files(tmp_path / "good")
    bad = write_study_files(tmp_path / "bad")
    bad.replace("study.toml", 'metric = "error"', 'metric = "eror"')
    bad.append("runs.csv", "x,ftwb1,nowhere,pt1,42,,\n")
    library = StudyLibrary([bad.folder, good.folder, tmp_path / "gone"])
    first, second, third = library.entries()
    assert first.study is None
    assert {problem.file for problem in first.problems} == {"study.toml", "runs.csv"}
    assert second.study is not None
    assert second.title == "Tiny"
    assert third.study is None
    assert "no such folder" in third.problems[0].found


def test_slugs_are_names_never_paths(tmp_path):
    folders = [tmp_path / "A b" / "study", tmp_path / "c" / "a-b", tmp_path / "Ünïcode!"]
    library = StudyLibrary(folders)
    assert library.slugs == ("a-b", "a-b-2", "n-code")
    assert library.find(str(folders[0])) is None
    assert library.find("../a-b") is None


def test_a_change_is_noticed_but_not_looked_for_all_the_time(tmp_path):
    files = write_study_files(tmp_path / "one")
    clock = Clock()
    library = StudyLibrary([files.folder], clock=clock)
    before = library.find("one")
    files.replace("study.toml", 'title = "Tiny"', 'title = "Small"')
    clock.now = LOOK_AGAIN_SECONDS - 0.1
    assert library.find("one") is before
    clock.now = LOOK_AGAIN_SECONDS + 0.1
    after = library.find("one")
    assert after.title == "Small"
    assert after.study.digest != before.study.digest

    files.write("study.toml", "half a manifest [")
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.find("one").study is None
    files.write("study.toml", before_text(files.folder, tmp_path))
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.find("one").study is not None


def before_text(_folder: Path, tmp_path: Path) -> str:
    return write_study_files(tmp_path / "again").read("study.toml")


def test_unchanged_files_are_not_read_again(tmp_path):
    files = write_study_files(tmp_path / "one")
    clock = Clock()
    library = StudyLibrary([files.folder], clock=clock)
    before = library.find("one")
    clock.now = 10 * LOOK_AGAIN_SECONDS
    assert library.find("one") is before


def test_many_threads_get_one_study(tmp_path):
    library = StudyLibrary([write_study_files(tmp_path / "one").folder])
    found = []
    threads = [threading.Thread(target=lambda: found.append(library.find("one"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(entry) for entry in found}) == 1
