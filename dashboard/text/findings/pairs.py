"""What stands out among all pairs, in a sentence. Plain text, not escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.analyses.pairs.filtering import Filter, FilterOperator, find_rows
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
    rows = find_rows(pairs, there)
    if not rows.size:
        return f"{label} has {size}, none with a transfer to a target it was not trained on."
    values = pairs.values.ravel()
    found = values[rows]
    # The first and the last of them in the order of the grid.
    top, low = int(rows[found.argmax()]), int(rows[rows.size - 1 - found[::-1].argmin()])

    def told(at: int, which: str) -> str:
        same = numbers.others_alike(numbers.alike(found, values[at]))
        pair = names.in_words(*pairs.pair(at))
        return f"{which}{same} {pair} ({numbers.number(values[at])})"

    if low == top:
        return f"{label}, {size}: {told(top, 'the only one to a target not trained on is')}."
    of = f"{label}, {size}: of the {rows.size:,} to targets not trained on,"
    if numbers.alike(found, values[top]) == rows.size:
        return f"{of} all have {numbers.number(values[top])}."
    return f"{of} {told(top, 'the highest measured is')}, {told(low, 'the lowest')}."
