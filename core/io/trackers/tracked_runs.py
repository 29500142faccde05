"""Runs of a tracker, as the rows of a Parquet file that is added to."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import RequestError
from core.io.dialects.raw_table import Cells, RawTable, as_text
from core.io.files import written_at_once
from core.io.table_cells.cells import number_text

RUN_TABLE = "tracked_runs.parquet"
ID, NAME, EXPERIMENT, STATUS = "run_id", "run_name", "experiment", "status"
_OURS = (ID, NAME, EXPERIMENT, STATUS)
_KEY = b"transfer_atlas"
_LONGEST_LIST = 100_000
"""Characters of a parameter that is read as a list."""

Value = str | float


@dataclass(frozen=True)
class TrackedRun:
    """One run. values: column -> text or number, in the order the tracker tells them."""

    id: str
    values: Mapping[str, Value]


def tracked_run(
    key: str,
    *,
    name: str,
    experiment: str,
    status: str,
    params: Mapping[str, Any],
    metrics: Mapping[str, float],
) -> TrackedRun:
    """A run from what trackers know of it.

    key: its id in the tracker. A parameter that is called as a metric, or as one of our own
    columns, gets the prefix `params.`; a metric that is called as one of those gets `metrics.`.
    """
    about = {NAME: name, EXPERIMENT: experiment, STATUS: status}
    values: dict[str, Value] = {column: text for column, text in about.items() if text}
    for given, value in params.items():
        text = param_text(value)
        if text:
            values[f"params.{given}" if given in metrics or given in _OURS else given] = text
    for given, number in metrics.items():
        values[f"metrics.{given}" if given in _OURS else given] = float(number)
    return TrackedRun(key, values)


def param_text(value: Any) -> str:
    """A parameter as text; a list of names is joined by `+`, also where it was logged as text."""
    if (
        isinstance(value, str)
        and value[:1] in "[("
        and value[-1:] in "])"
        and len(value) < _LONGEST_LIST
    ):
        try:
            parsed = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return value.strip()
        if isinstance(parsed, list | tuple) and all(isinstance(one, str) for one in parsed):
            return as_text(parsed)
    return as_text(value)


@dataclass(frozen=True)
class RunTable:
    """The runs that are kept. source: where they came from. needed: columns each of them has."""

    source: str
    runs: tuple[TrackedRun, ...]
    needed: tuple[str, ...] = ()

    def with_all(self, needed: Sequence[str]) -> RunTable:
        """The runs that have all columns `needed`."""
        kept = [run for run in self.runs if all(column in run.values for column in needed)]
        return RunTable(self.source, tuple(kept), tuple(needed))

    def columns(self) -> Mapping[str, Sequence[Value | None]]:
        """Column -> a cell a run, None where a run has none."""
        names = dict.fromkeys(column for run in self.runs for column in run.values)
        ids: Sequence[Value | None] = [run.id for run in self.runs]
        return {ID: ids, **{name: [run.values.get(name) for run in self.runs] for name in names}}

    def as_raw(self) -> RawTable:
        """The table as `recognize` looks at it, without what names single runs."""
        columns: dict[str, Cells] = {}
        for name, cells in self.columns().items():
            if name in (ID, NAME):
                continue
            if _all_numbers(cells):
                columns[name] = np.array([np.nan if c is None else c for c in cells], dtype=float)
            else:
                columns[name] = [_text(cell) for cell in cells]
        rows = np.arange(1, len(self.runs) + 1)
        return RawTable(tuple(columns), tuple(columns.values()), rows)


def _all_numbers(cells: Sequence[Value | None]) -> bool:
    return all(cell is None or isinstance(cell, float) for cell in cells)


def _text(cell: Value | None) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else number_text(cell)


def merged(kept: RunTable, fresh: Sequence[TrackedRun]) -> tuple[RunTable, int, int, int]:
    """The runs kept, brought up to date, with new ones behind them.

    Also how many are new, how many have changed, and how many the tracker no longer has: those
    stay.
    """
    now = {run.id: run for run in RunTable(kept.source, tuple(fresh)).with_all(kept.needed).runs}
    known = {run.id for run in kept.runs}
    there = {run.id for run in fresh}
    runs = [now.get(run.id, run) for run in kept.runs]
    new = [run for run in now.values() if run.id not in known]
    changed = sum(not _same(a, b) for a, b in zip(kept.runs, runs, strict=True))
    table = RunTable(kept.source, (*runs, *new), kept.needed)
    return table, len(new), changed, len(known - there)


def _same(a: TrackedRun, b: TrackedRun) -> bool:
    """Equal as a file shows them: NaN is NaN, a number beside texts is text."""
    return {k: _text(v) for k, v in a.values.items()} == {k: _text(v) for k, v in b.values.items()}


def write_run_table(path: Path, table: RunTable) -> None:
    """Write the runs, at once: who reads sees the old file or the whole new one."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = {
        name: pa.array(cells, type=pa.float64())
        if _all_numbers(cells)
        else pa.array([None if c is None else _text(c) for c in cells], type=pa.string())
        for name, cells in table.columns().items()
    }
    note = json.dumps({"source": table.source, "needed": table.needed}, ensure_ascii=False)
    made = pa.table(columns).replace_schema_metadata({_KEY: note.encode()})
    with written_at_once(path) as file:
        parquet.write_table(made, file)


def read_run_table(path: Path) -> RunTable:
    """The runs of a file that `write_run_table` wrote. Raises RequestError."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        note = json.loads((table.schema.metadata or {})[_KEY])
        source, needed = str(note["source"]), tuple(map(str, note["needed"]))
        ids = [str(one) for one in table.column(ID).to_pylist()]
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError):
        raise RequestError(
            f"{path}: not a table of tracked runs; --force writes it and the manifest anew"
        ) from None
    cells = {name: table.column(name).to_pylist() for name in table.column_names if name != ID}
    runs = [
        TrackedRun(one, {name: c[i] for name, c in cells.items() if c[i] is not None})
        for i, one in enumerate(ids)
    ]
    return RunTable(source, tuple(runs), needed)
