"""The maximum spanning arborescence of a weighted directed graph given as a matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.numerics.arrays import FloatArray, IntArray
from core.numerics.interrupt import breathe


def spanning_arborescence(weights: FloatArray) -> tuple[tuple[int, int], ...]:
    """The maximum spanning arborescence: every node but one root gets one parent, the best in sum.

    weights: (n, n) float64, row parent, column child, NaN = no edge. Edges (parent, child) as
    positions, ascending; empty where no single root reaches every node.

    Source: Edmonds 1967, "Optimum branchings".

    >>> weights = np.array([[np.nan, 2.0, 1.0], [1.0, np.nan, 3.0], [0.0, 0.0, np.nan]])
    >>> spanning_arborescence(weights)
    ((0, 1), (1, 2))
    """
    if len(weights) < 2:
        return ()
    known = np.isfinite(weights)
    np.fill_diagonal(known, False)
    values = weights[known]
    if not len(values):
        return ()
    values = values / max(float(np.abs(values).max()), np.finfo(float).tiny)
    # A parent of all who have none is dearer than all others: as few as can be are its children.
    n = len(weights)
    rooted = np.full((n + 1, n + 1), -np.inf)
    rooted[1:, 1:][known] = values
    rooted[0, 1:] = -float(n + 1) * (values.max() - values.min() + 1.0)
    parents = _branching(rooted)
    if (parents[1:] == 0).sum() != 1:
        return ()
    return tuple(sorted((int(t) - 1, at) for at, t in enumerate(parents[1:]) if t > 0))


def _branching(weights: FloatArray) -> IntArray:
    """(n,) the best parent of each node in a tree from node 0, whose own is -1.

    weights: (n, n), row parent, column child, -inf = no edge; changed. Every node has a finite edge
    from node 0. Source: Edmonds 1967, on a dense matrix, O(n³) at worst: networkx copies its graph
    at every cycle, which took more than six minutes of 1,000 tasks.
    """
    np.fill_diagonal(weights, -np.inf)
    weights[:, 0] = -np.inf
    # The same by child, lest columns be read, which lie far apart in memory. What a node that is
    # gone would give is -inf there; what it would get is never read.
    given = weights.T.copy()
    alive = np.ones(len(weights), dtype=bool)
    merged: list[tuple[list[int], IntArray, IntArray, IntArray]] = []
    parents, best = given.argmax(axis=1), given.max(axis=1)
    tied = (given == best[:, None]).sum(axis=1) > 1
    while True:
        breathe()
        cycle = _cycle(parents, np.flatnonzero(alive)[1:].tolist())
        if not cycle:
            break
        # One node stands for the cycle: who enters it takes one of its edges away.
        enters = given[cycle] - best[cycle, None]
        leaves = weights[cycle]
        merged.append(
            (
                cycle,
                parents.copy(),
                np.array(cycle)[enters.argmax(0)],
                np.array(cycle)[leaves.argmax(0)],
            )
        )
        one, *others = cycle
        enter, leave = enters.max(0), leaves.max(0)
        enter[cycle] = leave[cycle] = -np.inf
        weights[one], weights[:, one] = leave, enter
        given[one], given[:, one], given[:, others] = enter, leave, -np.inf
        alive[others] = False
        # The new node is as good a parent as the best of the cycle was. Of equals the first counts.
        inside = np.zeros(len(weights), dtype=bool)
        inside[cycle] = True
        into = inside[parents]
        parents[into | (leave == best) & (parents > one)] = one
        again = into & tied
        again[one] = True
        anew = given[again]
        parents[again], best[again] = anew.argmax(axis=1), anew.max(axis=1)
        tied[one] = (given[one] == best[one]).sum() > 1
        parents[others] = 0
    found = np.where(alive, parents, -1)
    for cycle, before, entered, left in reversed(merged):
        one = cycle[0]
        parent = found[one]
        found[found == one] = left[found == one]
        found[cycle] = before[cycle]
        found[entered[parent]] = parent
    found[0] = -1
    return found


def _cycle(parents: IntArray, nodes: Sequence[int]) -> list[int]:
    """Nodes of a cycle, if there is one: each is the parent of the one before."""
    step: dict[int, int] = {0: -1}
    for start in nodes:
        node = start
        while node not in step:
            step[node] = start
            node = int(parents[node])
        if step[node] == start:
            cycle = [node]
            while (node := int(parents[node])) != cycle[0]:
                cycle.append(node)
            return cycle
    return []
