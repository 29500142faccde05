"""`python -m core`: options, commands and what they print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.cli.commands import cli as cli
    from core.cli.commands import main as main

__all__ = ["cli", "main"]


def __getattr__(name: str) -> Any:
    """The commands, loaded when they are asked for: the dashboard needs the options alone.

    Raises AttributeError for another name.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from core.cli import commands

    return getattr(commands, name)
