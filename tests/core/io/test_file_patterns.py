"""Which files fit a path: looked for part by part, the same as of all there are."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from core.io.file_patterns import candidate_files, matching_files
from core.io.files import StudyFolder
from core.io.names.name_templates import pattern_of
from core.io.problems import ProblemCollector

NAMES = (
    "r/a/b-s1/eval.json",
    "r/a/b-s2/eval.json",
    "r/a/b-s2/other.json",
    "r/a/eval.json",
    "r/b/b-s1/eval.json/not-a-file",
    "r/b/c-s1/eval.json",
    "r/b/.hidden/eval.json",
    "r/.b/b-s1/eval.json",
    "r/a/b-s3/.eval.json",
    "r/a/[x]/eval.json",
    "r/a/a/eval.json",
    "r/eval.json",
    "s/a.csv",
    "eval.json",
)
PATHS = (
    "r/{target}/{source}-s{seed}/eval.json",
    "r/{target}/{source}-s{seed}/*.json",
    "r/*/*/eval.json",
    "r/?/b-s[12]/eval.json",
    "r/?/b-s[!1]/eval.json",
    "r/[z-a]/*/eval.json",
    "r/a/[x]/eval.json",
    "r/{a}/{a}/eval.json",
    "r/**/eval.json",
    "**/*.json",
    "*",
    "*/a.csv",
    "r/a/*/.eval.json",
    "r/*/.hidden/eval.json",
    "r/linked/*/eval.json",
    "r/{a}/{b}",
    "nowhere/*",
    "out/*",
    "*/inner/*",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    home = tmp_path_factory.mktemp("home")
    study = home / "study"
    for path in [study / name for name in NAMES] + [home / "outside/inner/eval.json"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    (study / "r/linked").symlink_to(study / "r/a")
    (study / "r/b/d-s1").mkdir()
    (study / "r/b/d-s1/eval.json").symlink_to(study / "r/a/b-s1/eval.json")
    (study / "r/b/e-s1").mkdir()
    (study / "r/b/e-s1/eval.json").symlink_to(home / "outside/inner/eval.json")
    (study / "r/b/f-s1").symlink_to(home / "outside/inner")
    (study / "r/b/g-s1").mkdir()
    (study / "r/b/g-s1/eval.json").symlink_to(home / "nowhere")
    (study / "out").symlink_to(home / "outside")
    return StudyFolder(study, ProblemCollector())


def of_all(folder: StudyFolder, path: str) -> list[str]:
    """Names that fit, of every file there is."""
    if (folder.path / path).is_file():
        return [path]
    fixed = re.split(r"[*?{\[]", path)[0].rpartition("/")[0]
    try:
        fits = pattern_of(path, classes=True)
    except re.error:
        fits = pattern_of(path)
    names = []
    for place, folders, files in os.walk(folder.path / fixed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names += [(Path(place) / name).relative_to(folder.path).as_posix() for name in files]
    return sorted(name for name in names if fits.match(name) and folder.holds(name))


@pytest.mark.parametrize("path", PATHS)
def test_files_that_fit_are_those_of_all_there_are(folder: StudyFolder, path: str) -> None:
    found = [name for name, _ in matching_files(folder, path)]
    assert found == of_all(folder, path)
    candidates = {
        one for one in candidate_files(folder, path) if Path(one).is_file()
    }  # asked for, not read: links that lead out may be among them
    there = {str(folder.locate(name)) for name in found if folder.locate(name).is_file()}
    assert there <= candidates
    assert all(not folder.holds(os.path.relpath(one, folder.path)) for one in candidates - there)


def test_fields_are_what_stands_in_their_place(folder: StudyFolder) -> None:
    found = matching_files(folder, "r/{target}/{source}-s{seed}/eval.json")
    assert found[0] == ("r/a/b-s1/eval.json", {"target": "a", "source": "b", "seed": "1"})


def test_only_folders_that_fit_are_looked_into(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(str(path)) or real(path))
    list(candidate_files(folder, "r/a/{source}-s{seed}/eval.json"))
    assert looked == [f"{folder.path}/r/a/"]
    looked.clear()
    assert len(matching_files(folder, "r/{target}/b-s1/*")) == 1
    assert looked == [f"{folder.path}/{name}" for name in ("r/", "r/a/b-s1/", "r/b/b-s1/")]
