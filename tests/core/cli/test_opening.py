"""A command's study: the one that was read, from its copy later, told while it takes long."""

from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress

import pytest

from core import analyses
from core.cache.study_copies import StudyCopies
from core.cli import cli, opening, progress
from core.errors import RequestError, StudyError
from core.io import inspect_study, open_study
from core.io.files import StudyFolder
from core.io.so_far import tell_of_file
from tests.core.cache.test_study_copies import same, settled


def test_a_study_is_opened_from_its_copy_and_is_the_one_that_was_read(
    write_study, tmp_path, monkeypatch
):
    copies = StudyCopies(tmp_path / "copies", worth_s=0.0)
    folder = write_study().folder
    settled(folder)
    first = opening.opened(folder, copies)
    read = []
    whole = StudyFolder.read_if_there
    monkeypatch.setattr(
        StudyFolder, "read_if_there", lambda self, name: read.append(name) or whole(self, name)
    )
    second = opening.opened(folder, copies)
    assert not {"evaluations.csv", "runs.csv"} & {*read}
    same(second, first)
    same(second, open_study(folder))


def test_a_study_that_cannot_be_read_is_refused_with_its_problems(
    write_study, tmp_path, monkeypatch
):
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    files = write_study()
    files.write("study.toml", "[tasks")
    with pytest.raises(StudyError) as fault:
        opening.opened(files.folder)
    assert fault.value.problems == opening.inspected(files.folder).problems


class Terminal:
    """What standard error was told, and whether it was told of `awaited`."""

    def __init__(self, awaited=r"evaluations\.csv"):
        self.text, self.told, self.awaited = "", threading.Event(), awaited

    def isatty(self):
        return True

    def write(self, text):
        self.text += text
        if re.search(self.awaited, self.text):
            self.told.set()
        return len(text)

    def flush(self):
        """Nothing is held back."""


def test_on_a_terminal_reading_that_takes_long_is_told_and_taken_away(write_study, monkeypatch):
    folder, terminal = write_study().folder, Terminal()
    monkeypatch.setattr(progress, "TOLD_AFTER_S", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal)

    def slow(place):
        tell_of_file("evaluations.csv", 2_500_000)
        terminal.told.wait(60)
        return inspect_study(place)

    found = opening._told_when_long(folder, slow)
    assert found.study.digest == open_study(folder).digest
    lines = terminal.text.split("\r\x1b[K")
    assert re.fullmatch(
        r"reading .*/study: \d+ s so far, 1 file, 2\.5 MB, evaluations\.csv", lines[-2]
    )
    assert lines[-1] == ""


def test_what_is_short_or_nobody_looks_at_is_not_told(write_study, monkeypatch):
    folder, terminal = write_study().folder, Terminal()
    monkeypatch.setattr(progress, "TOLD_AFTER_S", 10_000.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    opening.inspected(folder)
    monkeypatch.setattr(progress, "TOLD_AFTER_S", 0.0)
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    opening.inspected(folder)
    assert terminal.text == ""


@pytest.mark.parametrize(
    ("analysis", "command", "line"),
    [
        ("GRAPH", ["graph"], r"computing graph: \d+ s so far"),
        (
            "GRAPH_STRUCTURE",
            ["graph", "--format", "json"],
            r"computing structure of graph: \d+ s so far",
        ),
        (
            "NEXT_EXPERIMENT",
            ["plan", "--size", "1"],
            r"computing plan: \d+ s so far, the next experiment",
        ),
        ("PREDICTORS", ["predictors"], r"computing predictors: \d+ s so far"),
        ("BALANCE", ["balance"], r"computing balance: \d+ s so far"),
    ],
)
def test_a_command_that_computes_long_tells_so_on_a_terminal(
    write_study, monkeypatch, analysis, command, line
):
    folder, terminal = write_study().folder, Terminal(line)
    monkeypatch.setattr(progress, "TOLD_AFTER_S", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    whole = getattr(analyses, analysis)

    class Slow:
        def compute(self, *args, **named):
            terminal.told.wait(60)
            return whole.compute(*args, **named)

    monkeypatch.setattr(analyses, analysis, Slow())
    name, *more = command
    with suppress(RequestError):  # two tasks are too few to choose between
        cli.main([name, str(folder), "--method", "ftwb1", *more], standalone_mode=False)
    lines = terminal.text.split("\r\x1b[K")
    assert any(re.match(line, one) for one in lines)
    assert lines[-1] == ""
