"""What stays as it is on the page, as one component of Dash however many elements it has.

Every component of Dash costs its time at the start, and looks at every action of Dash's store. Most
of a page are elements that no callback ever names. `folded` takes them together, and `fixed` does
the same for what a callback sends; assets/js/base/fixed.js writes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from typing import Any

from dash import Output
from dash.development.base_component import Component

Named = Mapping[str, Collection[str]]
"""Ids of components, and which of their properties callbacks read or write."""

_OF_ROOT = frozenset(("hidden",))
"""Properties of its outermost element that a tree can have changed."""


class Fixed(Component):
    """Elements as JSON (`tree`), and the components that stand in its slots (`children`).

    tree: an element `{"type", "props"}` with its children among the props, as Dash writes those of
    `dash.html`; a text; a slot `{"slot": number}`; or a list of these. id, hidden: of the tree's
    element, where a callback changes whether it is hidden.
    """

    _namespace = "transfer_atlas"
    _type = "Fixed"
    _prop_names = ["children", "id", "hidden", "tree"]  # noqa: RUF012 (as Dash declares them)
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012
    available_properties = _prop_names
    available_wildcard_properties: list[str] = []  # noqa: RUF012


def fixed(children: Any) -> Any:
    """Elements that nobody names as one component; texts and other components as they are."""
    return _inside(children, {})


def folded(layout: Component, named: Named) -> Component:
    """The same page, all elements folded that are not named; the layout itself is left alone."""
    whole: Component = _standing(layout, named)
    return whole


def named_by(callbacks: Mapping[str, Mapping[str, Any]], layout: Component) -> Named:
    """What the callbacks of Dash name of a layout. callbacks: `callback_map` of the application.

    Callbacks without an input on the page, as those of cards, are none of Dash's: the page asks for
    them by itself.
    """
    standing = set(layout)
    named: dict[str, set[str]] = defaultdict(set)
    for callback in callbacks.values():
        if standing.isdisjoint(one["id"] for one in callback["inputs"]):
            continue
        for one in (*callback["inputs"], *callback["state"]):
            named[one["id"]].add(one["property"])
        if not callback["no_output"]:
            progress = (callback["background"] or {}).get("progress", ())
            for output in _flat([callback["output"], *progress]):
                named[str(output.component_id)].add(output.component_property)
    return named


def _flat(outputs: Iterable[Any]) -> Iterator[Output]:
    for one in outputs:
        yield from _flat(one) if isinstance(one, list | tuple) else [one]


def _is_element(part: object) -> bool:
    return isinstance(part, Component) and part._namespace == "dash_html_components"


def _may_fold(part: object, named: Named) -> bool:
    return _is_element(part) and getattr(part, "id", None) not in named


def _standing(part: Any, named: Named) -> Any:
    """A part that is a component by itself: as it was or, of an element, a tree of its own."""
    if not isinstance(part, Component):
        return part
    identity = getattr(part, "id", "")
    if _is_element(part) and set(named.get(identity, ())) <= _OF_ROOT:
        slots: list[Component] = []
        tree = _element(part, named, slots)
        own = _OF_ROOT | {"id"} if identity in named else frozenset()
        props = tree["props"]
        return _tree(tree, slots, **{name: props.pop(name) for name in own & props.keys()})
    found = copy(part)
    # Of components elsewhere, such as labels of options, `fixed` is told where they are made.
    for name in {"children", *part._children_props} & vars(part).keys():
        setattr(found, name, _inside(getattr(part, name), named))
    return found


def _inside(children: Any, named: Named) -> Any:
    """What stands in a component: one tree where elements are among it."""
    listed = children if isinstance(children, list | tuple) else [children]
    if any(_may_fold(one, named) for one in listed):
        slots: list[Component] = []
        return _tree(_node(children, named, slots), slots)
    found = [_standing(one, named) for one in listed]
    return found if isinstance(children, list | tuple) else found[0]


def _node(part: Any, named: Named, slots: list[Component]) -> Any:
    """A part as JSON of a tree; what stands in slots is added to them."""
    if isinstance(part, list | tuple):
        return [_node(one, named, slots) for one in part]
    if not isinstance(part, Component):
        return part
    if _may_fold(part, named):
        return _element(part, named, slots)
    slots.append(_standing(part, named))
    return {"slot": len(slots) - 1}


def _element(part: Component, named: Named, slots: list[Component]) -> dict[str, Any]:
    props = part.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    if props.get("children") is None:
        props.pop("children", None)
    else:
        props["children"] = _node(props["children"], named, slots)
    return {"type": part._type, "props": props}


def _tree(tree: Any, slots: list[Component], **own: Any) -> Component:
    if slots:
        own["children"] = slots
    return Fixed(tree=tree, **own)  # type: ignore[no-untyped-call]
