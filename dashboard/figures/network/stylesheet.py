"""What the nodes and arrows of the transfer graph look like: Cytoscape's style sheet."""

from __future__ import annotations

from typing import Any

from dashboard.figures.parts.theme import Theme

Rule = dict[str, Any]


def graph_stylesheet(theme: Theme) -> list[Rule]:
    """Cytoscape's style sheet: nodes, arrows, and the classes `harm`, `chosen`, `dimmed`.

    Of rules for the same part the last counts.
    """
    return [
        _circle(theme),
        *_names(theme),
        *_special_nodes(theme),
        *_arrows(theme),
        *_marked(theme),
    ]


def _circle(theme: Theme) -> Rule:
    """A task, its name within."""
    return {
        "selector": "node",
        "style": {
            "label": "data(label)",
            "width": "data(size)",
            "height": "data(size)",
            "background-color": "data(color)",
            "color": "data(ink)",
            "border-width": 1,
            "border-color": theme.muted,
            "font-family": theme.font,
            "font-size": 12,
            "font-weight": 600,
            "text-wrap": "wrap",
            "text-valign": "center",
            "text-halign": "center",
            "min-zoomed-font-size": 6,
            "overlay-opacity": 0,
        },
    }


def _names(theme: Theme) -> list[Rule]:
    """Names that stand beside their tasks."""
    return [
        {
            "selector": "node.named-below, node.afar",
            "style": {
                "color": theme.text,
                "text-valign": "bottom",
                "text-margin-y": 2,
                "font-size": 11,
                "font-weight": 400,
                "text-outline-width": 2,
                "text-outline-color": theme.background,
                # The outline of the second line would cut the letters of the first: a g is no q.
                "line-height": 1.3,
                # Arrows pass behind a name, not through it.
                "text-background-color": theme.background,
                "text-background-opacity": 0.85,
                "text-background-padding": "1px",
                "text-background-shape": "round-rectangle",
            },
        },
        {
            "selector": "node.named-below.upper, node.afar.upper",
            "style": {"text-valign": "top", "text-margin-y": -2},
        },
        {
            "selector": "node.named-from-afar",
            "style": {"font-size": "data(fontSize)", "text-outline-width": 6, "z-index": 2},
        },
    ]


def _special_nodes(theme: Theme) -> list[Rule]:
    """Groups that stand as one node, and tasks without a value."""
    return [
        {
            "selector": "node.fold",
            "style": {
                "shape": "round-rectangle",
                "width": "data(wide)",
                "color": "data(ink)",
                "text-valign": "center",
                "text-margin-y": 0,
                "text-outline-width": 0,
                "text-background-opacity": 0,
                "font-size": 14,
                "font-weight": 600,
                "min-zoomed-font-size": 0,
            },
        },
        {
            "selector": "node.undefined",
            "style": {"border-style": "dashed", "color": theme.text},
        },
    ]


def _arrows(theme: Theme) -> list[Rule]:
    """Help, harm, scores as they were given, and numbers on all of them."""
    return [
        {
            "selector": "edge",
            "style": {
                "width": "data(width)",
                "curve-style": "bezier",
                "control-point-step-size": 46,
                "line-color": theme.positive,
                "target-arrow-color": theme.positive,
                "target-arrow-shape": "triangle",
                "arrow-scale": 0.9,
                "opacity": 0.8,
                "font-family": theme.font,
                "font-size": 11,
                "color": theme.text,
                "overlay-opacity": 0,
            },
        },
        {
            "selector": "edge.harm",
            "style": {
                "line-color": theme.negative,
                "target-arrow-color": theme.negative,
                "line-style": "dashed",
                "line-dash-pattern": [9, 5],
                "target-arrow-shape": "tee",
            },
        },
        {
            "selector": "edge.as-given",
            "style": {"line-color": theme.muted, "target-arrow-color": theme.muted},
        },
        {
            "selector": "edge.numbered",
            "style": {
                # Not in the middle, where arrows across a circle all meet.
                "source-label": "data(label)",
                "source-text-offset": 64,
                "text-background-color": theme.background,
                "text-background-opacity": 0.9,
                "text-background-padding": "1px",
            },
        },
    ]


def _marked(theme: Theme) -> list[Rule]:
    """What is chosen, what stands back behind it, and what was looked for."""
    return [
        {
            "selector": "node.chosen, node:selected",
            "style": {
                "border-width": 4,
                "border-color": theme.accent,
                "font-weight": 700,
                "min-zoomed-font-size": 0,
                "z-index": 11,
            },
        },
        {
            # Among very many it is as large as those that are named from afar.
            "selector": "node.named-below.chosen, node.named-below.found",
            "style": {"font-size": "data(fontSize)", "text-outline-width": 4},
        },
        {
            "selector": "edge.chosen, edge:selected",
            "style": {
                "label": "data(label)",
                "source-label": "",
                "text-background-color": theme.background,
                "text-background-opacity": 0.9,
                "text-background-padding": "2px",
                "opacity": 1,
                "z-index": 10,
            },
        },
        # Faint, but with a name that can be read: on the ground, as its circle is one no more.
        {
            "selector": "node.dimmed",
            "style": {
                "background-opacity": 0.15,
                "border-opacity": 0.4,
                "color": theme.muted,
                "font-weight": 400,
            },
        },
        {"selector": "edge.dimmed", "style": {"opacity": 0.1, "label": "", "source-label": ""}},
        {
            "selector": "node.found",
            "style": {
                "underlay-color": theme.accent,
                "underlay-opacity": 0.35,
                "underlay-padding": 8,
                "min-zoomed-font-size": 0,
                "z-index": 11,
            },
        },
    ]
