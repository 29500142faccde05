"""Files of an export: what would be lost is asked for first, each file is written at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import RequestError, listed
from core.io.csv import csv_text
from core.io.files import written_at_once
from dashboard.export.collect import ExportItem, Progress, StudyExport
from dashboard.export.html_page import BOM
from dashboard.export.report import captions_text, figure_html, index_html, report_html

INDEX, REPORT, CAPTIONS = "index.html", "report.html", "captions.txt"


class ImageFormat(StrEnum):
    """What figures are written as."""

    HTML = "html"
    SVG = "svg"
    PDF = "pdf"
    PNG = "png"


@dataclass(frozen=True)
class ExportResult:
    """What an export left: the folder, the files in it, and how much of it is what."""

    folder: Path
    files: tuple[str, ...]
    figures: int
    tables: int
    absent: tuple[str, ...]


def check_folder(folder: Path, *, force: bool) -> None:
    """Make the folder. Raises RequestError where that fails, or an export is in it already."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise RequestError(f"{folder} cannot be made: {_why(fault)}") from None
    _refuse(folder, [INDEX, REPORT, CAPTIONS], force=force)


def write_study(
    gathered: StudyExport,
    folder: Path,
    form: ImageFormat,
    *,
    force: bool = False,
    on_progress: Progress | None = None,
) -> ExportResult:
    """Write every figure and table, with index.html and captions.txt; as HTML the report, too.

    Raises RequestError where something would be replaced (unless `force`), cannot be written, or
    no Chrome is there to draw images.
    """
    check_folder(folder, force=force)
    shown = [item for item in gathered.items if not item.absent]
    figures = [item for item in shown if item.content.figure is not None]
    tables = [item for item in shown if item.content.table is not None]
    # One file a figure; as HTML also one for what is a table alone.
    pages = shown if form is ImageFormat.HTML else figures
    names = {item.name: [f"{item.name}.{form}"] if item in pages else [] for item in gathered.items}
    for item in tables:
        names[item.name].append(f"{item.name}.csv")
    files = [name for found in names.values() for name in found]
    _refuse(folder, files, force=force)
    extra = [CAPTIONS, INDEX] + ([REPORT] if form is ImageFormat.HTML else [])
    steps = len(pages) + len(tables) + len(extra)
    done = 0

    def wrote(name: str) -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, steps, name)

    for name, content in _drawn(pages, gathered, form):
        write_file(folder / name, content)
        wrote(name)
    for item in tables:
        table = item.content.table
        assert table is not None  # noqa: S101  (they were chosen by it)
        write_file(folder / f"{item.name}.csv", BOM + csv_text(table))
        wrote(f"{item.name}.csv")
    lists: dict[str, Callable[[], str]] = {
        CAPTIONS: lambda: captions_text(gathered),
        REPORT: lambda: report_html(gathered),
        INDEX: lambda: index_html(gathered, [(i, names[i.name]) for i in gathered.items]),
    }
    for name in extra:
        write_file(folder / name, lists[name]())
        wrote(name)
    return ExportResult(
        folder=folder,
        files=(*files, *extra),
        figures=len(figures),
        tables=len(tables),
        absent=tuple(f"{item.name}: {item.absent}" for item in gathered.items if item.absent),
    )


def write_report(gathered: StudyExport, path: Path, *, force: bool = False) -> Path:
    """Write the report into one file.

    Raises RequestError where there is one already (unless `force`) or it cannot be written.
    """
    check_report(path, force=force)
    write_file(path, report_html(gathered))
    return path


def check_report(path: Path, *, force: bool) -> None:
    """Raises RequestError where a report would replace a file, or has no folder to be in."""
    if not path.parent.is_dir():
        raise RequestError(f"{path.parent} is no folder: make it, or choose another file")
    _refuse(path.parent, [path.name], force=force)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file at once: a reader sees the old one or the whole new one.

    Raises RequestError where it cannot be written.
    """
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        with written_at_once(path) as file:
            file.write(data)
    except OSError as fault:
        raise RequestError(f"{path} cannot be written: {_why(fault)}") from None


def _drawn(
    items: Iterable[ExportItem], gathered: StudyExport, form: ImageFormat
) -> Iterator[tuple[str, str | bytes]]:
    if form is ImageFormat.HTML:
        for item in items:
            yield f"{item.name}.html", figure_html(item, gathered)
        return
    from dashboard.export import images  # Kaleido takes a second to import

    with images.drawing() as draw:
        for item in items:
            yield f"{item.name}.{form}", draw(item, form)


def _refuse(folder: Path, names: Iterable[str], *, force: bool) -> None:
    there = [name for name in names if os.path.lexists(folder / name)]
    if there and not force:
        verb = "is" if len(there) == 1 else "are"
        raise RequestError(
            f"{listed(there, most=3)} {verb} in {folder} already: choose another place with --out,"
            " or replace what is there with --force"
        )


def _why(fault: OSError) -> str:
    return fault.strerror or str(fault)
