"""What the strongest arrows say, in a sentence."""

from dataclasses import replace

import numpy as np

from dashboard.text.findings.network import graph_finding
from tests.dashboard.figures.samples import (
    graph_of,
    random_study,
)


def test_graph_finding():
    graph = graph_of(random_study(4))
    text = graph_finding(graph, 0.0)
    assert text.startswith("All 12 arrows are shown; the strongest is ")
    assert "none of them does harm" in text
    assert graph_finding(graph, 9.0) == "0 of 12 arrows reach a strength of 9."
    sized = replace(
        graph,
        shrunken=np.full_like(graph.shrunken, 0.25),
        false_sign_rate=np.full_like(graph.shrunken, 0.01),
    )
    assert ", +0.250 without luck); " in graph_finding(sized, 0.0)
    doubted = replace(sized, false_sign_rate=np.full_like(graph.shrunken, 0.2))
    assert ", may be luck); " in graph_finding(doubted, 0.0)
    below = replace(doubted, strict=np.full_like(graph.strict, -0.1))
    assert "none of them surely does harm" in graph_finding(below, 0.0)
    harm = graph_finding(replace(below, transfer=np.zeros_like(below.transfer)), 0.0)
    assert " (−0.100 on the strict scale, may be luck); " in harm
    lost = replace(sized, shrunken=np.full_like(graph.shrunken, -0.25))
    assert "; 12 of them do harm (strict scale)." in graph_finding(lost, 0.0)
    # Arrows that are not drawn may harm as well, and Overview counts them.
    one = np.where(np.arange(16).reshape(4, 4) == 1, -0.25, 0.25)
    strong = np.where(one < 0, 0.1, 0.5)
    mixed = replace(sized, shrunken=one, transfer=np.where(np.eye(4), np.nan, strong))
    mixed = replace(mixed, strict=mixed.transfer)
    assert "; 1 of them does harm (strict scale)." in graph_finding(mixed, 0.0)
    assert "; none of them does harm, 1 of all 12 does (strict scale)." in graph_finding(mixed, 0.3)
    unsure = graph_finding(replace(lost, harm_by_luck=3.2), 0.0)
    assert "; 12 of them do harm, about 3 of them by luck (strict scale)." in unsure
    level = graph_finding(replace(sized, transfer=np.where(np.eye(4), np.nan, 0.5)), 0.0)
    assert "; the strongest, with 11 others, is a → b (+0.500, +0.250 without luck); " in level
    rounded = np.where(np.eye(4), np.nan, 1 - 0.9)
    at = replace(graph, transfer=rounded, strict=rounded)
    assert graph_finding(at, 0.1).startswith("All 12 arrows are shown; ")
    lonely = graph_of(random_study(1))
    assert graph_finding(lonely, 0.0) == (
        "No transfer between two tasks is known (1 task drawn)."
        " Tick more tasks, or choose another method."
    )
