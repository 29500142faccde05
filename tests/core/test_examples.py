"""Every module of core is there without the dashboard, and its examples say what is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import core

MODULES = {
    found.name: Path(found.module_finder.path) / found.name.rpartition(".")[2]
    for found in pkgutil.walk_packages(core.__path__, "core.")
}
PROGRAM = "core.__main__"
"""Imported, it is the command line at work."""


def source(place: Path) -> str:
    return (place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).read_text()


WITH_EXAMPLES = [
    "core",
    *(name for name, place in MODULES.items() if ">>> " in source(place)),
]


def test_every_module_is_imported():
    for name in MODULES:
        if name != PROGRAM:
            importlib.import_module(name)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed
