"""The runs that rows of scores are of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.io.layouts.records import (
    one_number,
)
from core.numerics.arrays import IntArray
from core.study import Run


def _distinct_rows(keys: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The first position of each distinct row of keys, (n_distinct,), and which each row is: (N,).

    In order of first appearance. As one number each while they fit into one: ten times as fast
    as by columns.
    """
    code = one_number(*keys)
    size = 0 if code is None else int(code.max(initial=0)) + 1
    if code is None or size > 4 * len(code) + 2**16:
        rows = np.column_stack(keys) if code is None else code
        found = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        _, first, number = found
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return first[order], rank[number.reshape(-1)]
    # Few numbers are counted faster than sorted.
    first = np.full(size, -1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    there = np.flatnonzero(first >= 0)
    there = there[np.argsort(first[there])]
    rank = np.zeros(size, dtype=np.int64)
    rank[there] = np.arange(len(there))
    return first[there], rank[code]


def make_runs(
    methods: Sequence[str],
    trained: Sequence[tuple[str, ...]],
    keys: tuple[IntArray, IntArray, IntArray],
    *,
    ordered: bool = False,
) -> tuple[tuple[Run, ...], IntArray]:
    """One run per distinct method, sources and seed, `keys`, and the run of each row.

    Runs are in order of first appearance.
    """
    there, run = _distinct_rows(keys)
    joint = " then " if ordered else "+"
    sets = [joint.join(tasks) for tasks in trained]
    keys_there: list[tuple[int, int, int]] = list(
        zip(*(key[there].tolist() for key in keys), strict=True)
    )
    names = [f"{methods[m]}: {sets[source]}, seed {seed}" for m, source, seed in keys_there]
    if len({*names}) < len(names):  # only where names of methods and tasks hold colons
        names = _told_apart(names)
    runs = tuple(
        Run(name, methods[method], trained[source], None, seed, given=True)
        for name, (method, source, seed) in zip(names, keys_there, strict=True)
    )
    return runs, run


def _told_apart(names: Sequence[str]) -> list[str]:
    """The same, each that was there before with a mark more."""
    seen: dict[str, None] = {}
    for name in names:
        while name in seen:
            name += "'"
        seen[name] = None
    return list(seen)
