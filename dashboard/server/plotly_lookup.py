"""Plotly looks at other libraries where they are imported; it must not see half of one."""

from __future__ import annotations

import sys
from functools import wraps
from types import ModuleType

from _plotly_utils import optional_imports  # type: ignore[import-untyped]

_get_module = optional_imports.get_module


@wraps(_get_module)
def get_module(name: str, should_load: bool = True) -> ModuleType | None:
    """As Plotly's, but a module that another thread still imports is not there yet.

    Plotly asks pandas for `NaT` as soon as it stands in sys.modules, and its JSON fails where that
    is too early. narwhals had the same fault and looks as this does (its issue 4067).
    """
    module: ModuleType | None = _get_module(name, should_load)
    if not should_load and getattr(getattr(module, "__spec__", None), "_initializing", False):
        return None
    return module


def install() -> None:
    """Let all of Plotly look so: what is imported already, and what comes later."""
    for module in (optional_imports, *list(sys.modules.values())):
        if getattr(module, "__dict__", {}).get("get_module") is _get_module:
            module.get_module = get_module
