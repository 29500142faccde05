"""Givers and takers as JSON and text."""

from __future__ import annotations

import math
from typing import Any

from core.analyses.balance import Balance, BalanceRow
from core.analyses.social_relations import COMPONENTS, SocialRelations
from core.cli.formatters.parts import (
    columns_text,
    number,
    numbers,
    one_base_line,
    one_base_report,
    row_report,
)

ROUNDING = 1e-12
"""Share of the largest number below which a number is what sums of others left by rounding."""


def balance_report(result: Balance) -> dict[str, Any]:
    """Givers and takers; `estimated`: a sum that stands for missing cells."""
    columns = result.columns()
    return {
        "method": result.method,
        "seeds": list(result.seeds),
        **one_base_report(result.seeds_of_one_base),
        "tasks": [
            {**row_report(columns, row), "estimated": row.sums.estimated} for row in result.rows
        ],
        "social_relations": _social_relations(result.social_relations),
    }


def _social_relations(result: SocialRelations | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {
        **{name: number(getattr(result, name)) for name in ("grand_mean", *COMPONENTS)},
        "negative_variances": list(result.negative_variances),
        "generalized_reciprocity_reason": result.generalized_reason,
        "pair": [numbers(row) for row in result.pair],
        "tasks": [effect.task for effect in result.effects],
    }


def balance_text(result: Balance, *, turned: bool = False) -> str:
    """Givers and takers as a table, largest net first, 95 % intervals over seeds in brackets.

    Of scores as they were given the highest giver effect first. turned: there are errors among
    them, which count with their sign turned.
    """

    def rank(row: BalanceRow) -> float:
        if result.raw:
            return row.effects.giver if row.effects else math.nan
        return row.sums.net

    rows = sorted(result.rows, key=lambda row: (rank(row) != rank(row), -rank(row)))
    estimated = [row.task for row in result.tasks if row.estimated]
    note = f"estimated for missing cells: {', '.join(estimated)}\n" if estimated else ""
    if result.raw:
        note += "sums of scores mostly say how hard the targets are: effects come first\n"
    if turned:
        note += "errors count with their sign turned, so that more is better\n"
    table = columns_text(result.columns(), rows, least=ROUNDING * _largest(result))
    return f"{table}\n{note}{one_base_line(result.seeds_of_one_base)}"


def _largest(result: Balance) -> float:
    """The largest sum or effect, without its sign; 0 where there is none."""
    found = [
        abs(v) for row in result.rows for c in result.columns() if _is_known(v := c.value(row))
    ]
    return max(found, default=0.0)


def _is_known(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)
