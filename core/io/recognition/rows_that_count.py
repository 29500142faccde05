"""Which rows of a long table count: those of one metric and one part of the data, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import RequestError, listed, shortened
from core.io.dialects.raw_table import chosen as at_rows
from core.io.dialects.raw_table import distinct, rows_where
from core.io.names.usual_words import usual_word
from core.io.recognition.column_words import METRIC_COLUMNS, PREFERENCE, SPLITS, direction_of
from core.io.recognition.looked_table import LookedTable
from core.io.table_cells.cells import texts_of

MOST_METRICS = 30
"""Metrics that rows of one table are of."""


def one_metric(look: LookedTable, used: Mapping[str, str]) -> str:
    """Where rows are of several metrics, count those of one; its name, empty without."""
    column = _column_of_metrics(look, used)
    if column is None:
        return ""
    values = list(distinct(look.counted(column)))
    if look.numbers(values) is not None:
        return ""
    # Of several the first of which more is better, as of columns.
    chosen = next((v for v in values if direction_of(v) in ("accuracy", "score")), values[0])
    if len(values) > 1:
        _count_those_of(look, column, chosen, values)
    return chosen


def _column_of_metrics(look: LookedTable, used: Mapping[str, str]) -> str | None:
    """The column that says which metric a row is of; None without."""
    header = [c for c in look.raw.header if c not in used.values()]
    column = next((c for c in header if usual_word(c) in METRIC_COLUMNS), None)
    if column is None and not _is_called_metric(look):
        column = next((c for c in header if _are_metrics(look, c)), None)
    return None if column is None or look.mapped.get("method") == column else column


def metrics_of_targets(look: LookedTable, used: Mapping[str, str]) -> dict[str, str]:
    """Target -> its metric, where each has one of its own whose direction is known; else empty."""
    column = _column_of_metrics(look, used)
    if column is None or "target" not in used or column in look.where:
        return {}
    pairs = {*zip(look.counted(used["target"]), look.counted(column), strict=True)}
    found = dict(sorted(pairs))
    alone = len(found) == len(pairs) and len({*found.values()}) > 1
    return found if alone and all(map(direction_of, found.values())) else {}


def preference(metric: str) -> int:
    """Of several metrics the one with the least is told of all."""
    return PREFERENCE.get(direction_of(metric) or "", 3)


def said_of_metrics(own: Mapping[str, str]) -> tuple[str, ...]:
    """What is understood of targets that have a metric each; nothing of none."""
    told = listed(f"{target} by {metric}" for target, metric in own.items())
    return (f"each target by its own metric: {told}",) if own else ()


def said_of_groups(look: LookedTable, used: Mapping[str, str]) -> tuple[str, ...]:
    """Columns that say what tasks are one of, which no column of a study does."""
    rest = (c for c in look.raw.header if c not in used.values())
    found = [c for c in rest if usual_word(c).split("_")[-1] in ("group", "family")]
    aside = "is" if len(found) == 1 else "are"
    said = f"{listed(found)} {aside} left aside: groups stand as group under [tasks.NAME]"
    return (said,) if found else ()


def _count_those_of(look: LookedTable, column: str, chosen: str, values: Sequence[str]) -> None:
    """Count the rows with one of several values of a column, and say which others there are."""
    look.keep_where(column, chosen)
    rest = [value for value in values if value != chosen]
    look.assumed.append(
        f"rows with {shortened(column)} = {shortened(chosen)} count; there is"
        f" {listed(rest)}, too: --where {column}={rest[0]}"
    )


_MEANS = ("mean", "avg", "average", "value", "estimate", "mittelwert")
_STATISTICS = frozenset((
    *_MEANS, "std", "sd", "stdev", "stderr", "se", "sem", "var", "variance", "n", "count", "min",
    "max", "median", "ci", "ci_low", "ci_high", "lower", "upper", "ci_lower", "ci_upper", "25%",
    "50%", "75%", "iqr", "p", "p_value", "nobs",
))  # fmt: skip


def one_statistic(look: LookedTable) -> None:
    """Where rows are means and what stands beside them, `mean`, `std`, `n`, count the means."""
    for column in dict.fromkeys(look.raw.header):
        if not column or column in look.where or column in look.mapped.values():
            continue
        values = distinct(look.counted(column))
        if not 1 < len(values) <= len(_STATISTICS):
            continue
        known = {usual_word(value): value for value in values}
        chosen = next((known[word] for word in _MEANS if word in known), None)
        if chosen is not None and len(values) == len(known) and {*known} <= _STATISTICS:
            _count_those_of(look, column, chosen, values)
            return


def _is_called_metric(look: LookedTable) -> bool:
    """Whether a column of numbers is called as a metric is, `acc`.

    Beside one, names of metrics in another column are what was trained with.
    """
    called = (c for c in look.raw.header if direction_of(c) and usual_word(c) != "score")
    return any(look.numbers(look.counted(c)) is not None for c in called)


def _are_metrics(look: LookedTable, column: str) -> bool:
    """A column, whatever its name, holds names of metrics: `mse`, `r2`."""
    values = distinct(look.counted(column))
    if not 2 <= len(values) <= MOST_METRICS or column in look.mapped.values():
        return False
    return all(len(value) > 1 and direction_of(value) is not None for value in values)


def one_split(look: LookedTable, used: Mapping[str, str]) -> None:
    """Where rows are of several parts of the data, count those of the test."""
    header = [c for c in look.raw.header if c not in used.values() and c not in look.where]
    column = next((c for c in header if usual_word(c) in _SPLIT_COLUMNS), None)
    if column is None or column in look.mapped.values():
        return
    values = list(distinct(look.counted(column)))
    known = {usual_word(value): value for value in values}
    if len(values) < 2 or not {*known} <= SPLITS:
        return
    best = next((known[word] for word in ("test", "eval", "dev", "val") if word in known), None)
    if best is None:
        return
    _count_those_of(look, column, best, values)


_SPLIT_COLUMNS = frozenset(("split", "subset", "partition", "phase", "set", "data_split"))


def check_filled(look: LookedTable, name: str, used: Mapping[str, str]) -> None:
    """Raises RequestError where rows name no target and another column tells them from the others.

    As of logs, whose rows are of several events: `event = train` beside `event = eval`. Rows that
    name a target alone may be what no transfer reaches: these are not to be left out.
    """
    target = used.get("target", "")
    if target not in look.raw.header:
        return
    empty = rows_where(look.counted(target), "".__eq__)
    if not empty.any() or empty.all():
        return
    for column in look.raw.header:
        if not column or column in used.values() or column in look.where:
            continue
        cells = look.counted(column)
        full = distinct(texts_of(at_rows(cells, np.flatnonzero(~empty))))
        others = distinct(texts_of(at_rows(cells, np.flatnonzero(empty))))
        if len(full) == 1 and full[0] and full[0] not in others:
            raise RequestError(
                f"{name}: {int(empty.sum())} of {len(empty)} rows name no target in"
                f" {shortened(target)}; the others all have {shortened(column)} ="
                f" {shortened(full[0])}: --where {shortened(column)}={shortened(full[0])} counts"
                " these alone"
            )
