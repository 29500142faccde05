"""What stands out among all pairs, in a sentence. Plain text, not escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey, find_rows
from core.study import Study
from dashboard.text import captions, names, numbers

if TYPE_CHECKING:
    from core.analyses.pairs.table import PairTable


def pairs_finding(pairs: PairTable, study: Study) -> str:
    """How many pairs there are, and the most and the least transfer to an untrained target."""
    label = captions.method_label(study, pairs.method)
    size = (
        f"{numbers.counted(len(pairs), 'pair')} of"
        f" {numbers.counted(len(pairs.sources), 'training set')} and"
        f" {numbers.counted(len(pairs.targets), 'target')}"
    )
    there = (
        Filter("trained", FilterOperator.NOT_EQUAL, "yes"),
        Filter("values", FilterOperator.NOT_BLANK),
    )
    rows = find_rows(pairs, there, [SortKey("values", descending=True)])
    if not rows.size:
        return f"{label} has {size}, none with a transfer to a target it was not trained on."
    values = pairs.values.ravel()
    top, low = int(rows[0]), int(rows[-1])
    text = (
        f"{label}, {size}: of the {rows.size:,} to targets not trained on, the most is"
        f" {names.in_words(*pairs.pair(top))} ({numbers.number(values[top])})"
    )
    if low != top:
        text += f", the least {names.in_words(*pairs.pair(low))} ({numbers.number(values[low])})"
    return text + "."
