"""What is said of a task when its point or its bar is pointed at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.analyses.columns import Column, ColumnKind
from core.numerics.interrupt import breathing
from dashboard.figures.parts.cell_hover import HOVER_LINES
from dashboard.text.columns import value_and_interval
from dashboard.text.names import escape

if TYPE_CHECKING:
    from core.analyses.balance import Balance, BalanceRow


def hovers(balance: Balance) -> dict[str, str]:
    """What is said of each task when it is pointed at, by name."""
    columns = balance.columns()
    return {row.sums.task: _hover(row, columns) for row in breathing(balance.rows, every=64)}


def _hover(row: BalanceRow, columns: Sequence[Column]) -> str:
    task = row.sums
    lines = [f"<b>{escape(task.task)}</b>"]
    if not math.isfinite(task.net):
        return "<br>".join([*lines, "balance none: it is not both a source and a target"])
    lines += [
        f"{escape(one.name)} {escape(value_and_interval(one, row))}"
        for one in columns
        if one.kind is ColumnKind.NUMBER and math.isfinite(one.value(row))
    ][: HOVER_LINES - 2]
    text = f"{task.given_of} and {task.received_of} of {task.full}"
    lines.append(f"targets and sources {text}" + (", the rest estimated" * task.estimated))
    return "<br>".join(lines)
