"""Components as HTML: texts escaped, known tags and attributes, no scripts, no addresses.

The one way from components to markup, for what a page fetches and for what is taken out of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    return "".join(_parts(children, vocabulary))


def _parts(children: object, known: _Vocabulary) -> Iterator[str]:
    if children is None or isinstance(children, bool):
        return
    if isinstance(children, str | int | float):
        yield html.escape(str(children))
    elif isinstance(children, Component):
        yield from _element(children, known)
    elif isinstance(children, Sequence):
        for child in children:
            yield from _parts(child, known)


def _element(component: Component, known: _Vocabulary) -> Iterator[str]:
    classes = str(getattr(component, "className", None) or "")
    if getattr(component, "hidden", False) or known.dropped & set(classes.split()):
        return
    inside = getattr(component, "children", None)
    tag = type(component).__name__.lower()
    if tag == "br":
        yield "<br>"
    elif tag == "img" and tag in known.tags:
        yield f"<img{_attributes(component, classes, known)}>"
    elif tag in known.tags:
        yield f"<{tag}{_attributes(component, classes, known)}>"
        yield from _parts(inside, known)
        yield f"</{tag}>"
    else:
        # A button or a link: what stands beside it stands apart from it.
        yield from (*_parts(inside, known), " ")


def _attributes(component: Component, classes: str, known: _Vocabulary) -> str:
    found = [("class", classes)] if _CLASS.fullmatch(classes) else []
    properties = component.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    for attribute, value in properties.items():
        name = known.attributes.get(attribute)
        if name is None and known.wildcards and _WILDCARD.fullmatch(attribute):
            name = attribute
        if name is None or value is None or value is False:
            continue
        if name == "src" and not _IMAGE.match(str(value)):
            continue
        found.append((name, "" if value is True else str(value)))
    # Dash keeps data-* and aria-* in a set, whose order no two processes share.
    return "".join(f' {name}="{html.escape(value)}"' for name, value in sorted(found))
