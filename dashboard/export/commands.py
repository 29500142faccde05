"""python -m core export, report: what the dashboard shows, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from core.cli import progress
from core.cli.options import JSON, METHODS, STUDY, options, study_folder
from core.errors import one_line
from dashboard.state.fields import address_fields, flags_of

FORMATS = ("html", "svg", "pdf", "png")
STYLES = ("screen", "paper", "bare")


FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="html",
    show_default=True,
    help="html: each file works alone, with hover; the others are drawn by a Chrome (CHROMIUM, or"
    " the one that is found).",
)
STYLE = click.option(
    "--style",
    type=click.Choice(STYLES),
    help="paper: black on white, large type, thick axes; bare: without title and legend, too."
    "  [default: screen for html, else paper]",
)
FORCE = click.option("--force", is_flag=True, help="Replace files that are there.")
VIEW = options(
    STUDY,
    METHODS,
    *[flag.option for field in address_fields() for flag in field.flags],
    STYLE,
    FORCE,
)


def export_study(
    folder: Path, out: Path, form: str, *, methods: tuple[str, ...], **options: Any
) -> None:
    """Write all figures and tables of a study into a folder, and say what was written."""
    force, as_json = options.pop("force"), options.pop("as_json")
    style = options.pop("style") or ("screen" if form == "html" else "paper")
    query = flags_of(options)
    from dashboard import export as exporter

    exporter.check_folder(out, force=force)
    if form != "html":
        exporter.check_images()
    gathered = _gathered(exporter, folder, query, methods, style)
    with progress.shown("files") as show:
        written = exporter.write_study(
            gathered, out, exporter.ImageFormat(form), force=force, on_progress=show
        )
    for absent in written.absent:
        click.echo(f"warning: not shown: {one_line(absent)}", err=True)
    click.echo(
        f"{written.figures} figures, {written.tables} tables; {out / 'index.html'} lists them",
        err=True,
    )
    if as_json:
        report = {
            "folder": str(out),
            "format": form,
            "style": style,
            "study": gathered.study.title,
            "digest": gathered.study.digest,
            "methods": [one.label for one in gathered.methods],
            "figures": written.figures,
            "tables": written.tables,
            "files": list(written.files),
            "not_shown": list(written.absent),
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        click.echo("".join(f"{out / name}\n" for name in written.files), nl=False)


def report_study(folder: Path, out: Path, *, methods: tuple[str, ...], **options: Any) -> None:
    """Write the report of a study into one file."""
    force = options.pop("force")
    style = options.pop("style") or "screen"
    query = flags_of(options)
    from dashboard import export as exporter

    exporter.check_report(out, force=force)
    gathered = _gathered(exporter, folder, query, methods, style)
    click.echo(exporter.write_report(gathered, out, force=force))


def _gathered(exporter: Any, folder: Path, query: Any, methods: tuple[str, ...], style: str) -> Any:
    asked = exporter.ExportRequest(query=query, methods=methods, style=exporter.Style(style))
    with progress.shown("tabs") as show:
        gathered = exporter.collect(exporter.app_context_of(folder), asked, on_progress=show)
    for notice in gathered.notices:
        click.echo(f"warning: {one_line(notice)}", err=True)
    return gathered


@click.command()
@VIEW
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder the files are written to.",
)
@FORMAT
@JSON
def export(folder: Path, **options: Any) -> None:
    """Write every figure and table of every tab, as the dashboard shows them.

    Figures as HTML, SVG, PDF or PNG, tables as CSV, index.html and captions.txt beside them; with
    --format html report.html, too. What differs between methods is written once for each.
    """
    export_study(study_folder(folder), options.pop("out"), options.pop("form"), **options)


@click.command()
@VIEW
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file, such as report.html.",
)
def report(folder: Path, **options: Any) -> None:
    """Write all tabs into one HTML file that needs nothing else, to mail or to keep."""
    report_study(study_folder(folder), options.pop("out"), **options)
