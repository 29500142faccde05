"""Weights & Biases: runs exported as CSV or JSON, or asked for through its own package.

Exports as they come: the CSV of the runs table, the CSV of the documentation's snippet (`summary`
and `config` as dicts in cells), JSON records with `config` and `summary`. `wandb:ENTITY/PROJECT`
asks the service, where the package and a key are there.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import RequestError
from core.io.dialects import read_raw
from core.io.dialects.encoding import decoded
from core.io.dialects.json_records import check_brackets, json_lines
from core.io.dialects.packing import packing_of, unpacked
from core.io.dialects.raw_table import Cells, DialectError, asked_for
from core.io.files import LARGEST_FILE, open_binary
from core.io.table_cells.cells import NOTHING, texts_of
from core.io.trackers.tracked_runs import RUN_TABLE, TrackedRun, tracked_run

MISSING = (
    "wandb: no such file or folder, and asking the service needs its package:"
    " python -m pip install wandb"
)
_ENDS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".csv.gz", ".json.gz", ".jsonl.gz")
_ID, _NAME, _STATE, _PROJECT = ("id", "run_id"), ("name", "run_name"), ("state",), ("project",)
_NO_VALUES = frozenset({*_ID, *_NAME, *_STATE, *_PROJECT})
_ABOUT = frozenset({"notes", "user", "created", "runtime", "end time", "hostname", "github"})
"""Columns of the runs table that say when and by whom."""
_NOT_FINITE = {"nan": math.nan, "infinity": math.inf, "-infinity": -math.inf}
_LONGEST_CELL = 2**20


def read_wandb(source: str) -> Sequence[TrackedRun]:
    """All runs of a file or a folder of exports; of a later file where two have the same run.

    Raises RequestError.
    """
    path = Path(source)
    if not path.exists():
        if re.fullmatch(r"[\w.-]+/[\w.-]+", source):
            return _from_service(source)
        raise RequestError(f"wandb:{source}: no such file or folder")
    files = [path] if path.is_file() else _exports(path)
    found: dict[str, TrackedRun] = {}
    for file in files:
        found.update((run.id, run) for run in _runs_of(file))
    return list(found.values())


def wandb_home(source: str) -> Path | None:
    """The folder of the exports; None for a project of the service."""
    path = Path(source)
    if not path.exists():
        return None
    return path if path.is_dir() else path.absolute().parent


def _exports(folder: Path) -> list[Path]:
    files = sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.name.lower().endswith(_ENDS) and path.name != RUN_TABLE
    )
    if not files:
        raise RequestError(f"{folder}: no export in it: runs as .csv or .json")
    return files


def _runs_of(path: Path) -> Iterator[TrackedRun]:
    with asked_for(path):
        if path.stat().st_size > LARGEST_FILE:
            raise RequestError(f"{path.name}: more than {LARGEST_FILE // 2**20:,} MiB")
        with open_binary(path) as file:
            data = file.read()
        records = _records(path.name, data)
    times: dict[str, int] = {}
    for record in records:
        yield _run(record, times)


def _records(name: str, data: bytes) -> list[dict[str, Any]]:
    """A dict a run: columns as they stand, or `config` and `summary` as dicts."""
    if packing := packing_of(data):
        data, name = unpacked(data, packing), name.removesuffix(packing.suffix)
    if name.lower().endswith((".json", ".jsonl", ".ndjson")):
        text, _ = decoded(data)
        check_brackets(text)
        try:
            document = json.loads(text)
        except RecursionError:
            raise DialectError("JSON nested too deeply", "export the runs again") from None
        except ValueError as error:
            document = json_lines(text, error)
        records = _nested(document)
        if records is None:
            raise DialectError("JSON that is no list of runs", "export the runs again")
        return records
    raw = read_raw(name, data)
    if raw.ragged:
        row, width = raw.ragged[0]
        raise DialectError(f"{width} values", "export the runs again", f"row {row}")
    columns = [
        (head, _cells_of(head, cells)) for head, cells in zip(raw.header, raw.columns, strict=True)
    ]
    return [
        {head: cells[i] for head, cells in columns if cells[i] not in (None, "")}
        for i in range(len(raw.rows))
    ]


def _nested(document: Any) -> list[dict[str, Any]] | None:
    """Records from JSON: a list of runs, a list under a key, or what pandas writes by column."""
    if isinstance(document, dict):
        inner = list(document.values())
        if len(inner) > 1 and all(isinstance(one, dict) for one in inner):
            rows = list(inner[0])
            if all(list(one) == rows for one in inner):
                return [{head: document[head][row] for head in document} for row in rows]
        lists = [one for one in inner if isinstance(one, list)]
        document = lists[0] if len(lists) == 1 else [document]
    if isinstance(document, list) and all(isinstance(one, dict) for one in document):
        return document
    return None


def _cells_of(head: str, cells: Cells) -> Sequence[Any]:
    """A column's cells; dicts written out as Python or JSON become dicts again."""
    texts = texts_of(cells)
    if head.lower() not in ("config", "summary"):
        return texts
    return [_dict_of(text) if text[:1] == "{" else text for text in texts]


def _dict_of(text: str) -> Any:
    if len(text) > _LONGEST_CELL:
        raise DialectError("a cell of more than a megabyte", "export the runs as JSON")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        # NaN and infinity as Python shows them are names, not literals.
        return ast.literal_eval(re.sub(r"(?<=: )(-?)(nan|inf)(?=[,}])", r"'\1\2'", text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _run(record: Mapping[str, Any], times: dict[str, int]) -> TrackedRun:
    """One run; `times` counts names, for exports without ids."""
    lower = {key.lower(): value for key, value in record.items()}

    def first(names: Sequence[str]) -> str:
        found = (lower[name] for name in names if lower.get(name) not in (None, ""))
        return str(next(found, ""))

    run_id, name = first(_ID), first(_NAME)
    if not run_id:
        run_id = "|".join(part for part in (name, str(lower.get("created", ""))) if part)
        times[run_id] = times.get(run_id, 0) + 1
        run_id = run_id if times[run_id] == 1 else f"{run_id}#{times[run_id]}"
    config, summary = lower.get("config"), lower.get("summary") or lower.get("summary_metrics")
    if isinstance(config, dict) or isinstance(summary, dict):
        params = dict(_flat(config if isinstance(config, dict) else {}))
        told = dict(_flat(summary if isinstance(summary, dict) else {}))
    else:
        params = {}
        told = {
            key: value
            for key, value in record.items()
            if key and key.lower() not in _NO_VALUES | _ABOUT
        }
    metrics = {}
    for key, value in told.items():
        number = _number(value)
        if number is None:
            params.setdefault(key, value)
        else:
            metrics[key] = number
    return tracked_run(
        run_id,
        name=name,
        experiment=first(_PROJECT),
        status=first(_STATE),
        params=params,
        metrics=metrics,
    )


def _number(value: Any) -> float | None:
    """A metric; None for all that is none, empty cells too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip().lower()
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    if text in NOTHING:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _flat(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Nested keys joined by a point; what W&B keeps for itself (`_step`) is left out."""
    for key, value in record.items():
        if not above and str(key).startswith("_"):
            continue
        if isinstance(value, dict) and "value" in value and set(value) <= {"value", "desc"}:
            value = value["value"]
        if isinstance(value, dict) and len(above) < 200:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _from_service(project: str) -> list[TrackedRun]:
    """The runs of `ENTITY/PROJECT`, asked from the service with the key wandb itself finds."""
    try:
        import wandb
    except ImportError:
        raise RequestError(MISSING) from None
    try:
        return [
            _run(
                {
                    "id": run.id,
                    "name": run.name,
                    "state": run.state,
                    "project": project,
                    "config": dict(run.config),
                    "summary": dict(run.summary),
                },
                {},
            )
            for run in wandb.Api().runs(project)
        ]
    except Exception as error:  # the package raises errors of its own and of its transport
        reason = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise RequestError(f"wandb:{project}: {reason}") from None
