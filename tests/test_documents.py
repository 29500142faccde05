"""What the documents say of the code is there: files, links, commands, options, names."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.cli import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("*/README.md")),
    *sorted(ROOT.glob("examples/*/README.md")),
]
every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)
ROOMS = "core|dashboard|assets|tests|docs|benchmarks|deploy|examples"
SOURCES = (".py", ".js", ".css")


@cache
def sources() -> tuple[str, ...]:
    """Every file of ours that is code, with a slash before its path."""
    rooms = (ROOT / room for room in ROOMS.split("|"))
    found = (path for room in rooms for path in room.rglob("*") if path.suffix in SOURCES)
    own = (path for path in found if "__pycache__" not in path.parts)
    return ("/gunicorn.conf.py", *(f"/{path.relative_to(ROOT).as_posix()}" for path in own))


@every_document
def test_files_in_documents_are_there(document):
    text = document.read_text(encoding="utf-8")
    whole = re.findall(rf"`((?:{ROOMS})/[\w./-]+)`", text)
    whole += re.findall(r"`(requirements[\w-]*\.(?:txt|lock)|compose\.yaml|pyproject\.toml)`", text)
    here = (ROOT, document.parent)
    assert not [path for path in whole if not any((place / path).exists() for place in here)]
    short = re.findall(r"`([\w./-]+\.(?:py|js|css))`", text)
    assert not [name for name in short if not any(one.endswith(f"/{name}") for one in sources())]


@every_document
def test_commands_in_documents_can_be_given(document):
    text = document.read_text(encoding="utf-8")
    for name in re.findall(r"python -m core ([a-z]+)\b", text):
        assert name in cli.list_commands(None), name
    for module in re.findall(r"python -m ((?:benchmarks|tests|dashboard)[.\w]*)", text):
        assert find_spec(module.rstrip(".")), module
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for name in re.findall(r"(?:`|^|[ =])make ([a-z]+)(?=`|$|  )", text, re.MULTILINE):
        assert name in targets, name


def test_options_in_documents_are_those_of_their_commands():
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    usages = re.findall(r"^python -m core ([a-z]+) ([^`]+?)(?=^python|^```)", text, re.M | re.S)
    assert len(usages) > 12
    for name, usage in usages:
        command = cli.get_command(None, name)
        known = {option for param in command.params for option in param.opts}
        known |= {
            option
            for below in getattr(command, "commands", {}).values()
            for param in below.params
            for option in param.opts
        }
        assert set(re.findall(r"--[a-z-]+", usage)) <= known, name


@every_document
def test_modules_in_documents_can_be_imported(document):
    text = document.read_text(encoding="utf-8")
    for dotted in re.findall(r"`((?:core|dashboard)(?:\.\w+)+)`", text):
        if (ROOT / dotted).exists():
            continue
        parts = dotted.split(".")
        at = next(n for n in range(len(parts), 0, -1) if _is_module(".".join(parts[:n])))
        found = import_module(".".join(parts[:at]))
        for name in parts[at:]:
            found = getattr(found, name)


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@every_document
def test_names_in_capitals_are_in_the_code(document):
    """Settings and constants; what others call theirs has a line here."""
    others = {
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "PYTHONPATH",
        "GUNICORN_CMD_ARGS",
        "RLIMIT_FSIZE",
    }
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z][A-Z_]{3,})(?:=[^`]*)?`", text)) - others
    code = code_text()
    assert not [name for name in named if not re.search(rf"\b{name}\b", code)]


@cache
def code_text() -> str:
    """All code of the program and of the benchmarks."""
    rooms = ("/core/", "/dashboard/", "/benchmarks/", "/gunicorn")
    return "\n".join(
        (ROOT / path[1:]).read_text(encoding="utf-8")
        for path in sources()
        if path.startswith(rooms)
    )


def test_sections_that_docstrings_name_are_there():
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    there = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    sources = re.sub(r"\s+", " ", code_text())
    named = set(re.findall(r'docs/methods\.md, "([^"]+)"', sources))
    assert len(named) > 8
    assert named <= there


@every_document
def test_links_in_documents_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for target, section in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        found = document.parent / target if target else document
        assert found.exists(), target
        if section:
            assert section in sections(found), f"{target}#{section}"


def sections(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_house_names_all_its_rooms():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [
        f"{house}/{room.name}"
        for house in ("core", "dashboard")
        for room in (ROOT / house).iterdir()
        if room.is_dir() and (room / "__init__.py").exists()
    ]
    assert len(rooms) > 12
    assert not [room for room in rooms if room not in text]
