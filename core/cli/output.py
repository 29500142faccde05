"""What a command prints: its result as JSON or as text, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click


def show(
    as_json: bool, result: Any, report: Callable[[Any], Any], text: Callable[[Any], str]
) -> None:
    """Print a result, as JSON made of its report or as text."""
    click.echo(as_text(report(result)) if as_json else text(result), nl=False)


def show_json(report: Any) -> None:
    """Print a report as JSON."""
    click.echo(as_text(report), nl=False)


def as_text(report: Any) -> str:
    """A report as JSON, undefined as null."""
    return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
