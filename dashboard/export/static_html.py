"""Components as HTML that does nothing: texts escaped, known tags, no scripts, no addresses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from dash.development.base_component import Component

TAGS = frozenset(
    (
        *(
            "p",
            "div",
            "span",
            "h1",
            "h2",
            "h3",
            "h4",
            "section",
            "dl",
            "dt",
            "dd",
            "ul",
            "ol",
            "li",
        ),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
        *("strong", "b", "em", "i", "small", "code", "sup", "sub"),
    )
)
"""Kept as they are; of any other component only what is in it."""

DROPPED = frozenset({"help-button", "hint"})
"""Classes of what makes sense in the dashboard alone: buttons for help, what to click."""

_ATTRIBUTES = {"scope": "scope", "colSpan": "colspan", "rowSpan": "rowspan", "title": "title"}
_CLASS = re.compile(r"[\w -]+", re.ASCII)


def static_html(children: object) -> str:
    """Children of a component as inert HTML."""
    return "".join(_parts(children))


def _parts(children: object) -> Iterator[str]:
    if children is None or isinstance(children, bool):
        return
    if isinstance(children, str | int | float):
        yield html.escape(str(children))
    elif isinstance(children, Component):
        yield from _element(children)
    elif isinstance(children, Sequence):
        for child in children:
            yield from _parts(child)


def _element(component: Component) -> Iterator[str]:
    classes = str(getattr(component, "className", None) or "")
    if getattr(component, "hidden", False) or DROPPED & set(classes.split()):
        return
    inside = getattr(component, "children", None)
    tag = type(component).__name__.lower()
    if tag == "br":
        yield "<br>"
    elif tag in TAGS:
        yield f"<{tag}{_attributes(component, classes)}>"
        yield from _parts(inside)
        yield f"</{tag}>"
    else:
        # A button or a link: what stands beside it stands apart from it.
        yield from (*_parts(inside), " ")


def _attributes(component: Component, classes: str) -> str:
    found = [("class", classes)] if _CLASS.fullmatch(classes) else []
    found += [
        (name, str(value))
        for attribute, name in _ATTRIBUTES.items()
        if (value := getattr(component, attribute, None)) is not None
    ]
    return "".join(f' {name}="{html.escape(value)}"' for name, value in found)
