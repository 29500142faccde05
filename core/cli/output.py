"""What a command prints: its result as JSON or as text, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import click

from core.cli.json_text import pieces

_BLOCK = 1 << 20
"""About so many characters are printed at a time."""


def show(
    as_json: bool, result: Any, report: Callable[[Any], Any], text: Callable[[Any], str]
) -> None:
    """Print a result, as JSON made of its report or as text."""
    if as_json:
        show_json(report(result))
    else:
        click.echo(text(result), nl=False)


def show_json(report: Any) -> None:
    """Print a report as JSON."""
    for block in blocks(report):
        click.echo(block, nl=False)


def as_text(report: Any) -> str:
    """A report as JSON, undefined as null."""
    return "".join(blocks(report))


def blocks(report: Any) -> Iterator[str]:
    """The same in pieces of about a million characters."""
    held: list[str] = []
    size = 0
    for piece in chain(pieces(report), ["\n"]):
        held.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
