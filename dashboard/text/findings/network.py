"""What the strongest arrows say, in a sentence."""

from __future__ import annotations

import math

import numpy as np

from core.analyses.network.graph import Signs, TransferGraph
from core.transfer.shrinkage import LEVEL
from dashboard.text.names import in_words
from dashboard.text.numbers import (
    alike,
    by_luck_text,
    counted,
    number,
    on_scale,
    others_alike,
    signed,
)


def graph_finding(graph: TransferGraph, threshold: float, *, has_given_scores: bool = False) -> str:
    """How many arrows are shown, the strongest of them, and how many do harm.

    has_given_scores: the values are given scores, which have one scale.
    """
    if not graph.nodes:
        return "There is no task to draw."
    which = " of sure sign" if graph.signs is Signs.SURE else ""
    if not graph.edge_count and which:
        return "No arrow is of sure sign: each may be luck. Show all arrows."
    if not graph.edge_count:
        return (
            f"No transfer between two tasks is known ({counted(len(graph.nodes), 'task')} drawn)."
            " Tick more tasks, or choose another method."
        )
    if graph.net:
        return _net_finding(graph, threshold)
    if graph.raw:
        return _raw_finding(graph, threshold)
    strength = np.where(np.isfinite(graph.strengths), graph.strengths, -np.inf)
    shown = graph.reaching(threshold)
    # By the rule of the lists: what may be luck does no harm.
    told = bool(np.isfinite(graph.false_sign_rate).any())
    sure = graph.false_sign_rate <= LEVEL if told else np.isfinite(graph.strict)
    harms = sure & ((graph.shrunken if told else graph.strict) < 0)
    harmful = int((shown & harms).sum())
    many = int(shown.sum())
    text = (
        f"{many:,} of {counted(graph.edge_count, 'arrow')}{which}"
        f" {'reaches' if many == 1 else 'reach'} a strength of {on_scale(threshold)}"
    )
    if many == graph.edge_count > 1:
        text = f"All {many:,} arrows{which} are shown"
    if shown.any():
        source, target = np.unravel_index(int(strength.argmax()), strength.shape)
        pair = in_words(graph.nodes[int(source)].task, graph.nodes[int(target)].task)
        weight = float(graph.weights[source, target])
        # Where several are as strong, the first of them is named.
        same = others_alike(alike(strength, strength.max()))
        below = "" if weight >= 0 else f"{'' if same else ','} below zero,"
        strongest = f"the strongest{same}{below} is"
        left = float(graph.shrunken[source, target])
        rate = float(graph.false_sign_rate[source, target])
        # Picked because it is large, it is so partly by luck.
        certain = f"{signed(left)} without luck" if rate <= LEVEL else "may be luck"
        strict = " on the strict scale" if weight < 0 and not has_given_scores else ""
        text += f"; {strongest} {pair} ({signed(weight)}{strict}, {certain})"
    verb = "does" if harmful <= 1 else "do"
    what = f"{verb} harm" if told else ("lies" if harmful <= 1 else "lie") + " below zero"
    if told and not harmful and bool((shown & (graph.strict < 0)).any()):
        # Some are drawn as such, and each of them may be luck.
        what = "surely does harm"
    harm = f"{f'{harmful:,}' if harmful else 'none'} of them {what}"
    # Overview counts all of them, and so does what is expected of luck.
    every = int((np.isfinite(graph.strengths) & harms).sum())
    if every > harmful:
        harm += f", {every:,} of all {graph.edge_count:,} {'does' if every == 1 else 'do'}"
    if told and every and graph.harm_by_luck >= 1:
        harm += f", {by_luck_text(every, 0.0, graph.harm_by_luck)}"
    harm += "" if has_given_scores else " (strict scale)"
    return f"{text}; {harm}." if shown.any() else f"{text}."


def _net_finding(graph: TransferGraph, threshold: float) -> str:
    """Where an arrow is the difference of a pair's two directions: the largest of them."""
    above = np.where(np.isfinite(graph.weights), graph.weights, -np.inf)
    shown = int(graph.reaching(threshold).sum())
    source, target = np.unravel_index(int(above.argmax()), above.shape)
    pair = in_words(graph.nodes[int(source)].task, graph.nodes[int(target)].task)
    differ = "differs" if shown == 1 else "differ"
    its = "its" if shown == 1 else "their"
    most = f"the most{others_alike(alike(above, above.max()))}"
    return (
        f"{shown:,} of {counted(graph.edge_count, 'pair')} {differ} by at least"
        f" {on_scale(threshold)} in {its} two directions; {most} {pair}"
        f" ({number(float(above.max()))} more than back)."
    )


def _raw_finding(graph: TransferGraph, threshold: float) -> str:
    """Of scores as they were given: the best pair, and the task with the highest giver effect."""
    known = np.isfinite(graph.strengths)
    strength = np.where(known, graph.strengths, -np.inf)
    source, target = np.unravel_index(int(strength.argmax()), strength.shape)
    pair = in_words(graph.nodes[int(source)].task, graph.nodes[int(target)].task)
    shown = int(graph.reaching(threshold).sum())
    be, have = ("is", "has") if shown == 1 else ("are", "have")
    if threshold <= 0:
        reach = f"{be} shown"
    elif graph.worst < 0:
        reach = f"{be} at least {on_scale(threshold)} better than the worst pair"
    else:
        reach = f"{have} a score of at least {on_scale(threshold)}"
    best = number(float(graph.transfer[source, target]))
    text = f"{shown:,} of {counted(graph.edge_count, 'arrow')} {reach}"
    text += f"; the best{others_alike(alike(strength, strength.max()))} is {pair} ({best})"
    effects = [node for node in graph.nodes if math.isfinite(node.giver)]
    top = max(effects, key=lambda node: node.giver, default=None)
    level = 0 if top is None else alike([node.giver for node in effects], top.giver)
    if top is not None and level < len(effects):
        text += (
            f"; {top.task}{others_alike(level)} has the highest giver effect ({signed(top.giver)})"
        )
    return f"{text}."
