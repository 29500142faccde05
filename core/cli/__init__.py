"""`python -m core`: options, commands and what they print."""

from __future__ import annotations

from core.cli.commands import cli, main

__all__ = ["cli", "main"]
