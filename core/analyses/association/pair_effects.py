"""Similarity against transfer beyond what the two tasks do with everybody, and of ranks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.analyses.association.dyads import DyadTable
from core.analyses.social_relations import pair_effects
from core.numerics.arrays import FloatArray
from core.numerics.rank_tests import mean_ranks

_ROUNDING = 1e-9


def of_pair_effects(table: DyadTable) -> DyadTable:
    """The table with the pair effects of both, of the social relations model.

    A task that teaches well and is like all others, or learns well and is like all others, makes
    similarity and transfer go together without anything about pairs; pair effects are free of it.
    NaN where a pair lacks a value, and everywhere where the effects are not identified. Nothing is
    left of 3 tasks: a similarity of 3 pairs is all giver and taker.

    Source: docs/methods.md, "Pair effects".
    """
    return replace(table, cka=_beyond(table.cka), transfer=_beyond(table.transfer))


def _beyond(values: FloatArray) -> FloatArray:
    """Pair effects, exactly 0 where they are nothing but rounding."""
    effects = pair_effects(values)
    known = np.isfinite(effects)
    if not known.any():
        return effects
    size = np.abs(values[known]).max()
    return (
        effects
        if np.abs(effects[known]).max() > _ROUNDING * size
        else np.where(known, 0.0, effects)
    )


def of_ranks(table: DyadTable) -> DyadTable:
    """The table with the ranks of both over all pairs; equal values share the mean of theirs."""
    return replace(table, cka=_ranked(table.cka), transfer=_ranked(table.transfer))


def _ranked(values: FloatArray) -> FloatArray:
    there = ~np.eye(len(values), dtype=bool) & np.isfinite(values)
    ranks = np.full(values.shape, np.nan)
    ranks[there] = mean_ranks(values[there])
    return ranks
