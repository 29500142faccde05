"""Components as HTML: texts escaped, known tags and attributes, no scripts, no addresses.

The one way from components to markup, for what a page fetches and for what is taken out of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dash.development.base_component import Component

_TEXT_TAGS = frozenset(
    (
        *("p", "div", "span", "section", "h1", "h2", "h3", "h4"),
        *("dl", "dt", "dd", "ul", "ol", "li"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
        *("strong", "b", "em", "i", "small", "code", "sup", "sub"),
    )
)
_PAGE_TAGS = _TEXT_TAGS | {"button", "details", "summary", "img"}

_TEXT_ATTRIBUTES = {
    **{name: name for name in ("scope", "title", "start")},
    "colSpan": "colspan",
    "rowSpan": "rowspan",
}
_PAGE_ATTRIBUTES = {
    **_TEXT_ATTRIBUTES,
    **{name: name for name in ("id", "role", "type", "alt", "open", "src")},
    "tabIndex": "tabindex",
}
_CLASS = re.compile(r"[\w -]+", re.ASCII)
_WILDCARD = re.compile(r"(?:data|aria)-[a-z-]+")
_IMAGE = re.compile(r"data:image/(?:png|svg\+xml)[;,]")
"""Images are in their address, as images do not run what is in them; no other address is one."""


@dataclass(frozen=True)
class _Vocabulary:
    """tags: kept as they are, of any other component only what is in it. dropped: classes of what
    is left out. wildcards: whether `data-…` and `aria-…` are kept."""

    tags: frozenset[str]
    attributes: dict[str, str]
    dropped: frozenset[str] = frozenset()
    wildcards: bool = False


INERT = _Vocabulary(_TEXT_TAGS, _TEXT_ATTRIBUTES, frozenset({"help-button", "hint", "group-key"}))
"""A file outside the dashboard: no buttons for help, nothing to click, no swatches."""
PAGE = _Vocabulary(_PAGE_TAGS, _PAGE_ATTRIBUTES, wildcards=True)
"""A part of the page: its buttons say in `data-…` what the page's scripts do for them."""


def safe_html(children: object, vocabulary: _Vocabulary = PAGE) -> str:
    """Children of a component as HTML in which nothing runs."""
    written: list[str] = []
    _write(written, children, vocabulary)
    return "".join(written)


def _write(to: list[str], children: object, known: _Vocabulary) -> None:
    if children is None or isinstance(children, bool):
        return
    if isinstance(children, str | int | float):
        to.append(html.escape(str(children)))
    elif isinstance(children, Component):
        _write_element(to, children, known)
    elif isinstance(children, Sequence):
        for child in children:
            _write(to, child, known)


def _write_element(to: list[str], component: Component, known: _Vocabulary) -> None:
    given = vars(component)
    classes = str(given.get("className") or "")
    if given.get("hidden") or (known.dropped and known.dropped & set(classes.split())):
        return
    tag = type(component).__name__.lower()
    if tag == "br":
        to.append("<br>")
    elif tag == "img" and tag in known.tags:
        to.append(f"<img{_attributes(given, classes, known)}>")
    elif tag in known.tags:
        to.append(f"<{tag}{_attributes(given, classes, known)}>")
        _write(to, given.get("children"), known)
        to.append(f"</{tag}>")
    else:
        # A button or a link: what stands beside it stands apart from it.
        _write(to, given.get("children"), known)
        to.append(" ")


@lru_cache(maxsize=1024)
def _is_wildcard(attribute: str) -> bool:
    """Whether it is `data-…` or `aria-…`: asked of every attribute, of which there are few."""
    return _WILDCARD.fullmatch(attribute) is not None


def _attributes(given: Mapping[str, object], classes: str, known: _Vocabulary) -> str:
    """given: all that a component was made with, and what Dash keeps in it for itself."""
    found = [("class", classes)] if _CLASS.fullmatch(classes) else []
    for attribute, value in given.items():
        name = known.attributes.get(attribute)
        if name is None and known.wildcards and _is_wildcard(attribute):
            name = attribute
        if name is None or value is None or value is False:
            continue
        if name == "src" and not _IMAGE.match(str(value)):
            continue
        found.append((name, "" if value is True else str(value)))
    # Dash keeps data-* and aria-* in a set, whose order no two processes share.
    return "".join(f' {name}="{html.escape(value)}"' for name, value in sorted(found))
