"""CKA given as tables: the summary (final checkpoints) and the values per checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.io.files import StudyFolder
from core.io.layouts.records import number, repeated
from core.io.layouts.table import warn_of_values
from core.io.names.layer_names import LayerNames
from core.io.problems import ProblemCollector, quoted
from core.io.runs import RUNS, RunList
from core.io.tables import Table, read_table
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.study import FINAL, CkaTable

_TOLERANCE = 1e-6
_PAIR = ("exp1", "exp2", "layer")


@dataclass(frozen=True)
class _Values:
    """Usable rows of one CKA table, as in CkaTable; layer: codes of LayerNames."""

    first: IntArray
    second: IntArray
    layer: IntArray
    checkpoint: IntArray
    value: FloatArray


def read_cka(
    folder: StudyFolder,
    summary: str | None,
    checkpoints: str | None,
    run_list: RunList,
    layers: LayerNames,
) -> CkaTable | None:
    """CKA of known runs that did not fail, from the files there are; None where none is usable.

    layers: learns the layers that are named.
    """
    parts = []
    if summary is not None:
        parts.append(_read(folder, summary, "final_cka", "summary", run_list, layers))
    if checkpoints is not None:
        parts.append(_read(folder, checkpoints, "cka", "checkpoints", run_list, layers))
    usable = [part for part in parts if part is not None and len(part.value)]
    if not usable:
        return None
    first, second, layer, checkpoint, value = (
        np.concatenate([getattr(part, name) for part in usable])
        for name in ("first", "second", "layer", "checkpoint", "value")
    )
    layer, names = layers.positions(layer)
    order = np.lexsort((checkpoint, layer, second, first))
    arrays = {
        "first": first,
        "second": second,
        "layer": layer,
        "checkpoint": checkpoint,
        "value": value,
    }
    arrays = {word: array[order] for word, array in arrays.items()}
    for array in arrays.values():
        array.setflags(write=False)
    return CkaTable(**arrays, names=names)


def _read(
    folder: StudyFolder, name: str, column: str, key: str, run_list: RunList, layers: LayerNames
) -> _Values | None:
    findings = folder.findings
    final = key == "summary"
    needed = (*_PAIR, column) if final else (*_PAIR, "checkpoint", column)
    todo = f"write it, or correct cka.{key}: columns {','.join(needed)}"
    table = read_table(folder, name, needed=needed, todo=todo)
    if table is None:
        return None
    one, known_one = _positions(table, "exp1", run_list)
    other, known_other = _positions(table, "exp2", run_list)
    _warn_of_unknown_runs(findings, table, run_list)
    layer, layered = layers.read(findings, table)
    if final:
        checkpoint = np.full(len(table), FINAL, dtype=np.int64)
        stepped = np.ones(len(table), dtype=bool)
    else:
        checkpoint, stepped = table.integers(
            "checkpoint", findings, todo="write the training step, from 0 on", least=0
        )
    value, readable = table.numbers(column, findings)
    usable = known_one & known_other & (one != other) & layered & stepped & readable
    warn_of_values(findings, table, column, usable & ~np.isfinite(value), again="compute")
    _warn_of_range(findings, table, column, value, usable & (np.abs(value) > 1 + _TOLERANCE))
    rows = np.flatnonzero(usable)
    rows = rows[
        np.lexsort(
            (
                rows,
                checkpoint[rows],
                layer[rows],
                np.maximum(one, other)[rows],
                np.minimum(one, other)[rows],
            )
        )
    ]
    first, second = np.minimum(one, other)[rows], np.maximum(one, other)[rows]
    kept = ~_report_repeated(
        findings, table, rows, value[rows], (first, second, layer[rows], checkpoint[rows])
    )
    final_value = value[rows][kept]
    outside = ~np.isfinite(final_value) | (np.abs(final_value) > 1 + _TOLERANCE)
    return _Values(
        first=first[kept],
        second=second[kept],
        layer=layer[rows][kept],
        checkpoint=checkpoint[rows][kept],
        # Rounding may take a CKA of 1 a little above it.
        value=np.where(outside, np.nan, np.clip(final_value, -1.0, 1.0)),
    )


def _positions(table: Table, column: str, run_list: RunList) -> tuple[IntArray, BoolArray]:
    """Per element the index of its run, and whether it is known and did not fail."""
    names = table.names(column)
    positions = run_list.positions
    found = np.array([positions.get(name, -1) for name in names.names], dtype=np.int64)
    usable = np.array([i >= 0 and not run_list.runs[i].failed for i in found], dtype=bool)
    return found[names.codes], usable[names.codes]


def _warn_of_unknown_runs(findings: ProblemCollector, table: Table, run_list: RunList) -> None:
    seen: dict[str, int] = {}
    for column in ("exp1", "exp2"):
        names = table.names(column)
        for name, first in zip(names.names, names.first.tolist(), strict=True):
            if not run_list.knows(name):
                seen[name] = min(seen.get(name, first), first)
    for name, first in seen.items():
        findings.warn(
            table.file,
            table.at(first),
            f"CKA of run {quoted(name)}, which {RUNS} does not know",
            f"{findings.did_you_mean(name, run_list.named or ())}"
            f"add it to {RUNS}; until then its rows are ignored",
        )


def _warn_of_range(
    findings: ProblemCollector, table: Table, column: str, value: FloatArray, outside: BoolArray
) -> None:
    for i in np.flatnonzero(outside & np.isfinite(value)):
        side = "above 1" if value[i] > 0 else "below -1"
        findings.warn(
            table.file,
            table.at(i),
            f"{column} is {number(value[i])}, {side}",
            "compute it again; the cell stays empty",
        )


def _report_repeated(
    findings: ProblemCollector,
    table: Table,
    rows: IntArray,
    value: FloatArray,
    keys: Sequence[IntArray],
) -> BoolArray:
    """Which of the sorted rows repeat the pair before, in either order: (N,) bool.

    Values that differ by more than 1e-6 are errors.
    """
    repeats = repeated(*keys)
    firsts: IntArray = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(rows))))
    before = value[firsts]
    with np.errstate(invalid="ignore"):
        equal = (
            (value == before)
            | (np.isnan(value) & np.isnan(before))
            | (np.abs(value - before) <= _TOLERANCE)
        )
    for i in np.flatnonzero(repeats & ~equal):
        row, there = rows[i], rows[firsts[i]]
        pair = " and ".join(quoted(table.texts(name)[row]) for name in ("exp1", "exp2"))
        findings.error(
            table.file,
            table.at(row),
            f"CKA of {pair} a second time: {number(value[i])}, "
            f"{table.at(there)} has {number(before[i])}",
            "keep one of the two rows; what differs by direction goes under [predictors.NAME]",
        )
    return repeats
