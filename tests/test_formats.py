"""The gallery of forms: each of its snippets is read as it says."""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from core.cli import cli

GALLERY = Path(__file__).parents[1] / "docs" / "formats.md"
BLOCK = re.compile(r"^(`[^\n]+):\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHEET = re.compile(r"a sheet `([^`]+)`")


@dataclass(frozen=True)
class Form:
    """A section: files as (name, what is said of it, text), the command and what it prints."""

    title: str
    files: tuple[tuple[str, str, str], ...]
    command: tuple[str, ...]
    prints: str


def forms() -> list[Form]:
    found = []
    for section in GALLERY.read_text(encoding="utf-8").split("\n## ")[1:]:
        title = section.split("\n", 1)[0]
        files, command, prints = [], (), ""
        for head, body in BLOCK.findall(section):
            name, said = re.match(r"`([^`]+)`(.*)", head).groups()
            if name.startswith("python -m core "):
                command, prints = tuple(shlex.split(name)[3:]), body
            else:
                files.append((name, said, body))
        found.append(Form(title, tuple(files), command, prints))
    return found


def write(folder: Path, name: str, said: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".xlsx"):
        sheet = SHEET.search(said)[1]
        pd.read_csv(io.StringIO(text)).to_excel(path, sheet_name=sheet, index=False)
    elif name.endswith(".parquet"):
        pd.read_csv(io.StringIO(text)).to_parquet(path, index=False)
    else:
        path.write_text(text, encoding="utf-8")


def test_the_gallery_has_its_forms():
    titles = [form.title for form in forms()]
    assert len(titles) == len(set(titles)) >= 18
    assert all(form.files and form.command and form.prints for form in forms())


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.title)
def test_a_form_is_read_as_the_gallery_says(form, tmp_path, monkeypatch):
    for name, said, text in form.files:
        write(tmp_path, name, said, text)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, list(form.command), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    if "--csv" in form.command:
        assert done.stdout == form.prints
    else:
        assert form.prints.strip() in done.output
