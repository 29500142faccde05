"""In which order rows and columns stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.numerics.arrays import FloatArray, IntArray

UNTANGLED_UP_TO = 200
"""Leaves up to which neighbours are made as alike as the tree allows: it takes cubic time."""


class Order(StrEnum):
    """As the manifest has the tasks, by net (given − received), by clustering, by group.

    groups: no rows and columns of tasks at all, but their groups, with the means of the blocks.
    """

    MANIFEST = "manifest"
    NET = "net"
    CLUSTER = "cluster"
    GROUP = "group"
    GROUPS = "groups"


@dataclass(frozen=True)
class Dendrogram:
    """An average-linkage tree over m of n rows, as lines to draw.

    order:  (n,) int64, positions of the rows as they stand: the m leaves of the tree, then rows
        whose distance to all others is unknown, in the order they came
    along:  (m − 1, 4) float64, per merge its bracket's four corners along the leaves, the first
        leaf at 0
    height: (m − 1, 4) float64, the distances at these corners; the second and third are that of
        the merge, merges ascend
    """

    order: IntArray
    along: FloatArray
    height: FloatArray

    @property
    def leaves(self) -> int:
        """How many of the rows are in the tree."""
        return len(self.height) + 1 if len(self.height) else min(len(self.order), 1)


def cluster_by_similarity(values: FloatArray) -> Dendrogram:
    """Cluster rows by average linkage on 1 − similarity.

    values: (n, n) symmetric, at most 1; the diagonal is not used. See `cluster`.
    """
    return cluster(1.0 - values)


def cluster_by_profile(values: FloatArray) -> Dendrogram:
    """Cluster rows by how alike their values are, column by column.

    values: (n, k), NaN = no value. The distance of two rows is the root of the mean squared
    difference over the columns both have, unknown without any. See `cluster`.
    """
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    shared = there.astype(np.float64) @ there.T.astype(np.float64)
    squares = (filled**2) @ there.T + there @ (filled**2).T - 2 * filled @ filled.T
    mean = np.where(shared > 0, np.maximum(squares, 0.0) / np.maximum(shared, 1.0), np.nan)
    return cluster(np.sqrt((mean + mean.T) / 2))


def cluster(distance: FloatArray) -> Dendrogram:
    """Average-linkage clustering (UPGMA; Sokal & Michener 1958), the same for equal input.

    distance: (n, n) symmetric, at least 0, NaN = unknown; the diagonal is not used. An unknown
    distance counts as the mean of all known ones, so that it neither joins nor parts two rows. A
    row without any known distance is no leaf and stands at the end. Up to 200 leaves, the two
    sides of each merge are turned so that neighbours are as alike as the tree allows (Bar-Joseph
    et al. 2001).
    """
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    away = np.array(distance, dtype=np.float64)
    np.fill_diagonal(away, np.nan)
    known = np.isfinite(away)
    leaves = np.flatnonzero(known.any(axis=1))
    strays = np.flatnonzero(~known.any(axis=1))
    if not len(leaves):
        return Dendrogram(strays, np.zeros((0, 4)), np.zeros((0, 4)))
    square = np.where(known, away, away[known].mean())[np.ix_(leaves, leaves)]
    np.fill_diagonal(square, 0.0)
    condensed = squareform(np.maximum(square, 0.0), checks=False)
    linkage = hierarchy.linkage(condensed, method="average")
    if len(leaves) <= UNTANGLED_UP_TO:
        linkage = hierarchy.optimal_leaf_ordering(linkage, condensed)
    return Dendrogram(
        np.concatenate([leaves[hierarchy.leaves_list(linkage)], strays]), *_brackets(linkage)
    )


def _brackets(linkage: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Corners of every merge: positions along the leaves, and heights, each (m − 1, 4)."""
    from scipy.cluster import hierarchy

    count = len(linkage) + 1
    middle, top = np.zeros(2 * count - 1), np.zeros(2 * count - 1)
    middle[hierarchy.leaves_list(linkage)] = np.arange(count)
    along, height = np.empty((count - 1, 4)), np.empty((count - 1, 4))
    for at, (one, other, distance) in enumerate(linkage[:, :3]):
        left, right = sorted((int(one), int(other)), key=middle.__getitem__)
        along[at] = middle[left], middle[left], middle[right], middle[right]
        height[at] = top[left], distance, distance, top[right]
        middle[count + at] = (middle[left] + middle[right]) / 2
        top[count + at] = distance
    return along, height


def order_by_net(sets: Sequence[Sequence[str]], net: Mapping[str, float]) -> IntArray:
    """(n,) positions of training sets, the greatest mean net of their tasks first.

    A set with a task whose net is unknown comes last; ties stay as they were.
    """
    means = [
        float(np.mean([net.get(task, np.nan) for task in tasks])) if len(tasks) else np.nan
        for tasks in sets
    ]
    return np.argsort(-np.array(means, dtype=np.float64), kind="stable").astype(np.int64)
