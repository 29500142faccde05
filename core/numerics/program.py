"""Which program computes: what the statements of its modules say, as a hash.

A number that comes from elsewhere, be it a cache or a worker of a cluster, is of this program only
where both have the same sources and libraries.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from types import ModuleType


@cache
def program_digest(module: str) -> str:
    """sha256 over a module of `core`, by name, and all of `core` that it takes anything from."""
    return digest_of_modules(modules_of(module))


def digest_of_modules(modules: Iterable[ModuleType]) -> str:
    """sha256 over what some modules compute and the versions of numpy and scipy, as hex.

    A module that is moved or renamed, or whose comments change, is the same.
    """
    total = sha256()
    for source in sorted({statements(inspect.getsource(module)) for module in modules}):
        total.update(f"{source}\0".encode())
    for name in ("numpy", "scipy"):
        total.update(f"{name} {version(name)}\n".encode())
    return total.hexdigest()


def statements(source: str) -> str:
    """Python source without imports, docstrings, comments and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [inner for inner in body if not _says_nothing(inner)]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _says_nothing(node: ast.stmt) -> bool:
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return text or isinstance(node, ast.Import | ast.ImportFrom)


def modules_of(start: str) -> list[ModuleType]:
    """A module of `core` and those of `core` it takes anything from, by name."""
    found: dict[str, ModuleType] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name.split(".")[0] != "core" or name in found:
            continue
        found[name] = sys.modules[name]
        for value in list(vars(found[name]).values()):
            inside = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", "")
            waiting += [inside] if isinstance(inside, str) else []
    return [found[name] for name in sorted(found)]
