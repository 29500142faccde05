"""python -m core cache: what is kept of earlier computations."""

from __future__ import annotations

from pathlib import Path

import click

from core.cache.environment import size_limit
from core.cache.result_cache import ResultCache
from core.cli.options import FOLDER, JSON
from core.cli.output import show_json
from core.errors import RequestError


@click.group()
def cache() -> None:
    """What is kept of earlier computations; it may be cleared at any time."""


@cache.command()
@FOLDER
@JSON
def stats(folder: Path, as_json: bool) -> None:
    """How many results it holds, and their size."""
    found = _cache(folder).stats()
    if as_json:
        show_json(
            {
                "folder": found.folder,
                "entries": found.entries,
                "bytes": found.size,
                "limit": found.size_limit,
            }
        )
    else:
        click.echo(
            f"{found.folder}: {found.entries:,} result{'s' if found.entries != 1 else ''},"
            f" {found.size / 2**20:,.1f} MB of at most {found.size_limit / 2**20:,.0f} MB"
        )


@cache.command()
@FOLDER
def clear(folder: Path) -> None:
    """Remove every result."""
    count = _cache(folder).clear()
    click.echo(f"{folder}: removed {count:,} result{'s' if count != 1 else ''}")


def _cache(folder: Path) -> ResultCache:
    """The cache in a folder. Raises RequestError where there is none: looking makes none."""
    if not (folder / "results").is_dir():
        raise RequestError(f"there is no cache in {folder}; name another with --folder")
    return ResultCache(folder, size_limit=size_limit())
