"""python -m core export, report: what the dashboard shows, as files."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import click

from core import progress
from core.errors import RequestError, one_line
from core.measures import Measure
from core.normalization import Convention

FORMATS = ("html", "svg", "pdf", "png")
STYLES = ("screen", "paper", "bare")


def _exporter() -> Any:
    """The package that makes files.

    It draws, so it needs Plotly and stands above the core, which knows neither: hence found by its
    name when somebody asks for it, never imported.
    """
    try:
        return importlib.import_module("dashboard.export")
    except ModuleNotFoundError as fault:
        raise RequestError(
            f"export draws figures and needs {fault.name}: python -m pip install -r"
            " requirements.txt, and run it from the project's folder"
        ) from None


def _asked(**options: Any) -> Any:
    """What the options ask for, as the address of the dashboard's page would say it."""
    debiased = options["debiased"]
    if debiased and options["measure"] != Measure.CKA:
        raise click.UsageError("--debiased and --measure procrustes: only CKA has a debiased form")
    single = {
        "seeds": ",".join(map(str, options["seeds"])),
        "scale": options["convention"],
        "at": options["checkpoint"],
        "layer": options["layer"],
        "cka_at": options["cka_checkpoint"],
        "measure": "debiased" if debiased else options["measure"],
    }
    return {
        **{key: [str(value)] for key, value in single.items() if value not in (None, "")},
        "exclude": list(options["exclude"]),
        "include": list(options["include"]),
    }


def export_study(
    folder: Path, out: Path, form: str, *, methods: tuple[str, ...], **options: Any
) -> None:
    """Write all figures and tables of a study into a folder, and say what was written."""
    force, as_json = options.pop("force"), options.pop("as_json")
    style = options.pop("style") or ("screen" if form == "html" else "paper")
    query = _asked(**options)
    exporter = _exporter()
    exporter.check_folder(out, force=force)
    if form != "html":
        exporter.check_images()
    gathered = _gathered(exporter, folder, query, methods, style)
    with progress.shown("files") as show:
        written = exporter.write_study(
            gathered, out, exporter.Form(form), force=force, on_progress=show
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
            "methods": list(gathered.methods),
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
    query = _asked(**options)
    exporter = _exporter()
    exporter.check_report(out, force=force)
    gathered = _gathered(exporter, folder, query, methods, style)
    click.echo(exporter.write_report(gathered, out, force=force))


def _gathered(exporter: Any, folder: Path, query: Any, methods: tuple[str, ...], style: str) -> Any:
    asked = exporter.Asked(query=query, methods=methods, style=exporter.Style(style))
    with progress.shown("tabs") as show:
        gathered = exporter.gather(exporter.atlas_of(folder), asked, on_progress=show)
    for notice in gathered.notices:
        click.echo(f"warning: {one_line(notice)}", err=True)
    return gathered


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
MEASURE = click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    default=Measure.CKA.value,
    show_default=True,
)
DEBIASED = click.option("--debiased", is_flag=True, help="Debiased CKA; from representations.")
CONVENTIONS = tuple(c.value for c in Convention)
FORCE = click.option("--force", is_flag=True, help="Replace files that are there.")
