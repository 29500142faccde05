"""The whole-study report, a file of one figure, and the list of what was written."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from itertools import groupby

from dashboard.export.collect import ExportItem, StudyExport
from dashboard.export.file_names import slug
from dashboard.export.html_page import article, page
from dashboard.text import numbers

IMAGES = ("svg", "png")


def report_html(gathered: StudyExport) -> str:
    """All tabs in one file: findings, figures with their hover, captions, data."""
    tabs = [(tab, list(items)) for tab, items in groupby(gathered.items, key=lambda i: i.tab)]
    contents = "".join(
        f'<li><a href="#tab-{slug(tab)}">{html.escape(tab)}</a></li>' for tab, _ in tabs
    )
    sections = "".join(
        f'<section><h2 id="tab-{slug(tab)}">{html.escape(tab)}</h2>'
        f'<div class="cards">{"".join(article(item) for item in items)}</div></section>'
        for tab, items in tabs
    )
    paper = _on_paper(gathered.items)
    body = (
        f"<header>{_head(gathered, paper=paper)}</header>"
        f'<nav aria-label="Tabs"><ul class="contents">{contents}</ul></nav>'
        f"<main>{sections}</main>"
    )
    return page(gathered.study.title, body, figures=gathered.items, paper=paper)


def figure_html(item: ExportItem, gathered: StudyExport) -> str:
    """One card in a file of its own."""
    context = f'<p class="about">{html.escape(_about(gathered))}</p>'
    title = f"{item.tab} · {gathered.study.title}"
    body = f"<main>{article(item, heading='h1')}</main><footer>{context}</footer>"
    return page(title, body, figures=(item,), paper=_on_paper([item]))


def index_html(gathered: StudyExport, files: Sequence[tuple[ExportItem, Sequence[str]]]) -> str:
    """What was written, with captions. files: names beside this file, by item."""
    sections = []
    for tab, group in groupby(files, key=lambda file: file[0].tab):
        entries = "".join(_entry(item, names) for item, names in group)
        sections.append(f"<section><h2>{html.escape(tab)}</h2>{entries}</section>")
    body = f"<header>{_head(gathered, paper=True)}</header><main>{''.join(sections)}</main>"
    return page(gathered.study.title, body)


def captions_text(gathered: StudyExport) -> str:
    """The captions of all items, ready for a manuscript."""
    return (
        "\n\n".join(f"{item.name}\n{item.caption}" for item in gathered.items if not item.absent)
        + f"\n\n{_about(gathered)}\n"
    )


def _entry(item: ExportItem, names: Iterable[str]) -> str:
    method = f'<p class="of-method">{html.escape(item.method)}</p>' if item.method else ""
    finding = html.escape(item.finding or item.tab)
    if item.absent:
        shown = f'<p class="absent">{html.escape(item.absent)}</p>'
    else:
        kept = list(names)
        links = " · ".join(f'<a href="{name}">{name}</a>' for name in kept)
        image = next((name for name in kept if name.endswith(IMAGES)), None)
        drawing = (
            f'<img class="thumbnail" loading="lazy" src="{image}" alt="{finding}">' if image else ""
        )
        shown = f'{drawing}<p>{links}</p><p class="caption">{html.escape(item.caption)}</p>'
    return f"<article>{method}<h3>{finding}</h3>{shown}</article>"


def _head(gathered: StudyExport, *, paper: bool) -> str:
    study = gathered.study
    button = "" if paper else '<button class="tool" id="appearance" type="button">Dark</button>'
    description = (
        f'<p class="description">{html.escape(study.description)}</p>' if study.description else ""
    )
    methods = "".join(
        f"<div><dt>{html.escape(one.label)}</dt><dd>{html.escape(one.description)}</dd></div>"
        for one in gathered.methods
        if one.description
    )
    listed = f'<dl class="methods">{methods}</dl>' if methods else ""
    left_out = "".join(f'<p class="about">{html.escape(one)}</p>' for one in gathered.notices)
    return (
        f'<div class="head"><h1>{html.escape(study.title)}</h1>{button}</div>{description}{listed}'
        f'<p class="about">{html.escape(_about(gathered))}</p>{left_out}'
    )


def _about(gathered: StudyExport) -> str:
    parts = (
        f"Transfer Atlas, {gathered.day:%Y-%m-%d}",
        ", ".join(one.label for one in gathered.methods),
        numbers.counted(len(gathered.study.tasks), "task"),
        f"study digest {gathered.study.digest}",
    )
    # A study of representations alone has no method.
    return "; ".join(part for part in parts if part)


def _on_paper(items: Sequence[ExportItem]) -> bool:
    """Whether the figures are for print, which is always light."""
    return any(item.content.figure is not None for item in items) and not any(
        item.dark is not None for item in items
    )
