"""tests/browser/find_chromium.sh: which Chromium the browser tests take, and what it installs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.browser.conftest import CHROMIUMS

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "browser" / "find_chromium.sh"
WITHOUT_WINDOWS = "chromium-headless-shell"
APT = """#!{shell}
echo "$*" >> {log}
case " $* " in *" install "*) ;; *) exit 0 ;; esac
for package in "$@"; do :; done
case " {offered} " in *" $package "*) ;; *) exit 100 ;; esac
echo "#!{shell}" > {programs}/"$package"
chmod +x {programs}/"$package"
"""


class Machine:
    """One with nothing but a shell, some programs, and what its apt-get has to offer."""

    def __init__(self, folder: Path, there: Collection[str], offered: Collection[str]) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.log = folder / "apt.log"
        self.log.touch()
        self.programs.mkdir()
        for name in ("sh", "mkdir", "touch", "chmod"):
            (self.programs / name).symlink_to(shutil.which(name) or name)
        names = {"offered": " ".join(offered), "log": self.log, "programs": self.programs}
        self.put("apt-get", APT.format(shell=shutil.which("sh"), **names))
        self.be(0)
        for name in there:
            self.put(name, "")

    def be(self, user: int) -> None:
        self.put("id", f"#!{shutil.which('sh')}\necho {user}\n")

    def put(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def find(self, **more: str) -> tuple[str, str]:
        """The name of what is found, "" where nothing is, and what is said."""
        done = subprocess.run(
            ["sh", str(SCRIPT)],
            cwd=self.folder,
            env={"PATH": str(self.programs), **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == bool(done.stdout), done
        assert done.stdout.count("\n") <= 1
        return os.path.basename(done.stdout.strip()), done.stderr  # noqa: PTH119

    def asked(self) -> list[str]:
        """What was to be installed, and forget it."""
        calls = [line.split() for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        assert all("Acquire::http::Timeout=20" in call for call in calls)
        return [call[-1] for call in calls if "install" in call]


def test_the_one_without_windows_is_taken_as_it_is_there(tmp_path):
    machine = Machine(tmp_path, ("chromium", WITHOUT_WINDOWS), ())
    assert machine.find() == (WITHOUT_WINDOWS, "")
    assert machine.log.read_text() == ""


@pytest.mark.parametrize("there", ["chromium", "google-chrome"])
def test_it_is_installed_beside_another(tmp_path, there):
    machine = Machine(tmp_path, (there,), ("chromium", WITHOUT_WINDOWS))
    name, said = machine.find()
    assert name == WITHOUT_WINDOWS
    assert said.startswith("Installing Chromium")
    assert machine.asked() == [WITHOUT_WINDOWS]


def test_where_there_is_none_both_are_installed(tmp_path):
    machine = Machine(tmp_path, (), ("chromium", WITHOUT_WINDOWS, "fonts-dejavu-core"))
    assert machine.find()[0] == WITHOUT_WINDOWS
    assert machine.asked() == ["chromium", "fonts-dejavu-core", WITHOUT_WINDOWS]


def test_where_it_cannot_be_had_another_does_and_it_is_tried_once(tmp_path):
    machine = Machine(tmp_path, ("google-chrome",), ())
    assert machine.find()[0] == "google-chrome"
    assert machine.asked() == [WITHOUT_WINDOWS]
    assert machine.find() == ("google-chrome", "")
    assert machine.asked() == []


def test_where_only_the_other_is_offered_that_is_installed(tmp_path):
    machine = Machine(tmp_path, (), ("chromium",))
    assert machine.find()[0] == "chromium"


def test_nothing_is_installed_where_we_may_not(tmp_path):
    machine = Machine(tmp_path, ("chromium",), (WITHOUT_WINDOWS,))
    machine.be(1000)
    assert machine.find() == ("chromium", "")
    assert machine.log.read_text() == ""


def test_where_there_is_none_it_is_said_what_to_do_and_tried_again_the_next_time(tmp_path):
    machine = Machine(tmp_path, (), ())
    for _ in range(2):
        name, said = machine.find()
        assert name == ""
        assert "The browser tests need Chromium: install it" in said
        assert "chromium" in machine.asked()


def test_the_one_that_is_named_is_taken_or_missed(tmp_path):
    machine = Machine(tmp_path, ("chromium", WITHOUT_WINDOWS, "mine"), ())
    assert machine.find(CHROMIUM="mine") == ("mine", "")
    assert machine.find(CHROMIUM="gone") == ("", "CHROMIUM=gone is not there\n")


def test_the_tests_take_what_it_finds():
    (others,) = re.findall('^OTHERS="(.*)"$', SCRIPT.read_text(), re.MULTILINE)
    assert (WITHOUT_WINDOWS, *others.split()) == CHROMIUMS
