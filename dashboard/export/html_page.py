"""An HTML file that needs nothing else: scripts, type and data are in it, and it asks nobody.

Its Content-Security-Policy lets run what we wrote, by hash, and lets nothing be fetched: what came
from a study's files could do nothing even where it got through as markup.
"""

from __future__ import annotations

import base64
import html
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.io.csv import csv_text
from dashboard.export.collect import ExportItem
from dashboard.figures.parts.square import is_square
from dashboard.figures.parts.theme import Mode, Theme, theme
from dashboard.server.settings import PROJECT
from dashboard.text import numbers
from dashboard.ui.card import CONFIG, DEFAULT_HEIGHT
from dashboard.ui.safe_html import INERT, safe_html

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).resolve().parent
PLOTLY = PROJECT / "assets" / "plotly" / "plotly-atlas.min.js"
FONT = PROJECT / "assets" / "fonts" / "inter-latin-wght-normal.woff2"
DRAWING = (
    PROJECT / "assets" / "js" / "base" / "dom.js",
    PROJECT / "assets" / "js" / "select" / "hover-card.js",
    HERE / "report.js",
)
"""Scripts that draw figures and tell of what is pointed at, in their order."""
HOVER = PROJECT / "assets" / "css" / "4-hover.css"
BOM = "\ufeff"

NARROWEST = 360
"""Pixels of a card whose figure is narrower, for the sentences in it."""

NO_SCRIPTS = "The figure is drawn with JavaScript, which is switched off here."

_TOKENS = ("background", "surface", "raised", "line", "text", "muted", "accent")


def page(
    title: str,
    body: str,
    *,
    figures: Iterable[ExportItem] = (),
    paper: bool = False,
    style: str = "",
    script: str = "",
    served: Sequence[str] = (),
    icon: str = "",
) -> str:
    """A whole HTML file. body: HTML, escaped already; figures: those it has places for.

    paper: always light, as on print. style, script: of the page's own, beside those of every page.
    served: addresses of all scripts, for a page of the server, whose headers say its policy; then
    no script is in it. icon: its address.
    """
    stored = [_stored(item) for item in figures if item.content.figure is not None]
    scripts = [_plotly(), *map(_read, DRAWING)] if stored else []
    if script:
        scripts.append(script)
    if served:
        scripts = []
    policy = (
        ""
        if served
        else f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">'
    )
    config = html.escape(json.dumps(CONFIG), quote=True)
    scheme = "light" if paper else "light dark"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            policy,
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="color-scheme" content="{scheme}">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{html.escape(title)}</title>",
            f'<link rel="icon" href="{html.escape(icon)}" type="image/svg+xml">' if icon else "",
            f"<style>{_style(paper=paper)}{style}</style>",
            "</head>",
            f'<body data-config="{config}">',
            body,
            *stored,
            *[f"<script>{text}</script>" for text in scripts],
            *[f'<script src="{html.escape(address)}"></script>' for address in served],
            "</body>",
            "</html>",
            "",
        )
    )


def article(item: ExportItem, *, heading: str = "h3") -> str:
    """A card: finding, figure or table, caption, its data to save."""
    method = f'<p class="of-method">{html.escape(item.method)}</p>' if item.method else ""
    if item.absent:
        return (
            f'<article id="{item.name}">{method}'
            f'<p class="absent">{html.escape(item.absent)}</p></article>'
        )
    content = item.content
    finding = safe_html(content.finding, INERT) or html.escape(item.tab)
    above = safe_html(content.above, INERT)
    parts = [method, f'<{heading} id="{item.name}-finding">{finding}</{heading}>', above]
    if content.figure is not None:
        parts.append(_place(item))
        parts.append(f"<noscript><p>{NO_SCRIPTS}</p></noscript>")
    elif content.table is not None and len(content.table) and (content.details or not above):
        parts.append(table_html(content.table, label=item.finding))
    if caption := safe_html(content.caption, INERT):
        parts.append(f'<p class="caption">{caption}</p>')
    parts += [safe_html(more, INERT) for more in content.more]
    if content.table is not None and len(content.table):
        parts.append(f'<p class="caption">{_csv_link(item.name, content.table)}</p>')
    narrow = "" if content.size is None else f' style="width:{max(content.size[0], NARROWEST)}px"'
    return f'<article id="{item.name}"{narrow}>{"".join(parts)}</article>'


ROWS_SHOWN = 50
"""Of a table; the file beside it has them all."""
MANY = 1e9
"""Whole numbers below it are written with all their digits, also where they are floats."""


def table_html(table: pd.DataFrame, *, label: str = "") -> str:
    """A table, its first rows where it is long; a column with nothing in any row is left out."""
    columns = [table.iloc[:, at] for at in range(table.shape[1])]
    columns = list(filter(_says_something, columns)) or columns
    head = "".join(f'<th scope="col">{html.escape(str(column.name))}</th>' for column in columns)
    cells = map(_cells, columns)
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    shown = min(ROWS_SHOWN, len(table))
    cut = (
        f'<p class="caption">The first {shown:,} of {len(table):,} rows.</p>'
        if shown < len(table)
        else ""
    )
    return (
        f'<div class="frame" tabindex="0" role="region" aria-label="{html.escape(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{cut}"
    )


def _says_something(column: pd.Series) -> bool:
    return not bool((column.isna() | (column == "")).all())


def _are_counts(column: pd.Series) -> bool:
    """Counts are floats in a column where one of them is missing."""
    if column.dtype.kind == "f":
        values = column.dropna().to_numpy()
        return bool(((values == np.rint(values)) & (np.abs(values) < MANY)).all())
    # As good as always the first value of any other is none.
    return all(
        _is_nothing(value)
        or (isinstance(value, float) and value.is_integer() and abs(value) < MANY)
        for value in column
    )


def _is_nothing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _cells(column: pd.Series) -> list[str]:
    counts = _are_counts(column)
    return [_cell(value, count=counts) for value in column.head(ROWS_SHOWN).tolist()]


def _cell(value: Any, *, count: bool) -> str:
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if _is_nothing(value):
        return "<td></td>"
    if isinstance(value, int | float):
        whole = count or isinstance(value, int)
        text = f"{int(value):,}".replace("-", "−") if whole else numbers.number(value)
        return f'<td class="number">{text}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _csv_link(name: str, table: pd.DataFrame) -> str:
    data = base64.b64encode((BOM + csv_text(table)).encode("utf-8", "replace")).decode()
    return (
        f'<a download="{name}.csv" href="data:text/csv;charset=utf-8;base64,{data}">Data as CSV</a>'
    )


# -- figures -----------------------------------------------------------------------------------


def _place(item: ExportItem) -> str:
    figure, size = item.content.figure, item.content.size
    assert figure is not None  # noqa: S101  (its caller asked)
    if size is None and _has_one_scale(figure):
        style = "width:min(100%,640px);aspect-ratio:1"
    elif size is None:
        style = f"width:100%;height:{figure.layout.height or DEFAULT_HEIGHT}px"
    else:
        style = f"width:{size[0]}px;height:{size[1]}px"
    square = " data-square" if is_square(figure.layout) else ""
    return (
        f'<div class="frame"><div role="img" aria-labelledby="{item.name}-finding"'
        f' data-figure="{item.name}"{square} style="{style}"></div></div>'
    )


def _has_one_scale(figure: go.Figure) -> bool:
    """Whether both axes have the same ends: such a figure is square, as its diagonal says."""
    across, up = figure.layout.xaxis.range, figure.layout.yaxis.range
    return across is not None and across == up


def _stored(item: ExportItem) -> str:
    """The figure, and what of it is otherwise in the dark, as JSON that cannot end its element."""
    light = _plain(item.content.figure, item)
    stored = {"light": light}
    if item.dark is not None:
        stored["changes"] = changes(light, _plain(item.dark, item))
    text = json.dumps(stored, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="data-{item.name}">{text}</script>'


def _plain(figure: go.Figure | None, item: ExportItem) -> Any:
    """A figure as plotly.js takes it; one without a size of its own takes that of its place."""
    shown = json.loads(str((go.Figure() if figure is None else figure).to_json()))
    if item.content.size is None:
        # Here and not in a copy of the figure, all of which plotly would look through again.
        sized = {key: v for key, v in shown["layout"].items() if key not in ("height", "width")}
        shown["layout"] = {**sized, "autosize": True}
    return shown


def changes(before: Any, after: Any) -> Any:
    """What to change in `before` to have `after`: [value] in its place, else by key or position."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        keys: Iterable[Any] = before.keys()
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        keys = range(len(before))
    else:
        return [after]
    return {str(key): changes(before[key], after[key]) for key in keys if before[key] != after[key]}


# -- what every file has -----------------------------------------------------------------------


@cache
def _plotly() -> str:
    return _read(PLOTLY)


@cache
def _read(path: Path) -> str:
    """A script of ours. `</script` in it would end its element: plotly has none, and none may."""
    text = path.read_text(encoding="utf-8")
    if "</script" in text or "<!--" in text:
        raise ValueError(f"{path.name} cannot stand inside an HTML file")
    return text


@cache
def typeface() -> str:
    """The `@font-face` of figures and page, the font in it."""
    font = base64.b64encode(FONT.read_bytes()).decode()
    return (
        '@font-face{font-family:"Inter Variable";font-weight:100 900;'
        f'src:url("data:font/woff2;base64,{font}") format("woff2")}}'
    )


@cache
def _style(*, paper: bool) -> str:
    light, dark = theme(Mode.LIGHT), theme(Mode.DARK)
    rules = [typeface(), f":root{{color-scheme:light;{_tokens(light)}}}"]
    if not paper:
        rules.append(
            f"@media(prefers-color-scheme:dark){{:root{{color-scheme:dark;{_tokens(dark)}}}}}"
        )
        rules.append(f':root[data-mode="dark"]{{color-scheme:dark;{_tokens(dark)}}}')
        rules.append(f':root[data-mode="light"]{{color-scheme:light;{_tokens(light)}}}')
    return "\n".join((*rules, _read(HERE / "report.css"), _read(HOVER)))


def _tokens(colors: Theme) -> str:
    return "".join(f"--{name}:{getattr(colors, name)};" for name in _TOKENS)


def _policy(scripts: Iterable[str]) -> str:
    hashes = [
        f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts
    ]
    rules: Mapping[str, str] = {
        "default-src": "'none'",
        "script-src": " ".join(hashes) or "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
