"""What the strongest arrows say, in a sentence."""

from __future__ import annotations

import numpy as np

from core.analyses.network import TransferGraph
from dashboard.text.names import in_words
from dashboard.text.numbers import counted, on_scale, signed


def graph_finding(graph: TransferGraph, threshold: float, *, has_given_scores: bool = False) -> str:
    """How many arrows are shown, the strongest of them, and how many do harm.

    has_given_scores: the values are given scores, which have one scale.
    """
    if not graph.nodes:
        return "There is no task to draw."
    if not graph.edge_count:
        return (
            f"No transfer between two tasks is known ({counted(len(graph.nodes), 'task')} drawn)."
            " Tick more tasks, or choose another method."
        )
    strength = np.where(np.isfinite(graph.strengths), graph.strengths, -np.inf)
    shown = strength >= threshold
    harmful = int((graph.strict[shown] < 0).sum())
    text = (
        f"{int(shown.sum()):,} of {counted(graph.edge_count, 'arrow')} reach a strength of"
        f" {on_scale(threshold)}"
    )
    if shown.any():
        source, target = np.unravel_index(int(strength.argmax()), strength.shape)
        pair = in_words(graph.nodes[int(source)].task, graph.nodes[int(target)].task)
        weight = float(graph.weights[source, target])
        if graph.raw:
            return f"{text}; the largest is {pair} ({on_scale(weight)}), of scores as given."
        what = "the strongest is" if weight >= 0 else "the strongest does harm,"
        text += f"; {what} {pair} ({signed(weight)})"
    verb = "does" if harmful <= 1 else "do"
    harm = f"{f'{harmful:,}' if harmful else 'none'} of them {verb} harm"
    harm += "" if has_given_scores else " (strict scale)"
    return f"{text}; {harm}." if shown.any() else f"{text}."
