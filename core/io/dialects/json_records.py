"""JSON of any shape as rows: records, lines, columns, a matrix, objects within objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from core.io.dialects.json_lists import check_seeds
from core.io.dialects.json_parts import unfolded, with_named_values
from core.io.dialects.json_stacks import listed_records, stack_records
from core.io.dialects.named_arrays import is_called_spread
from core.io.dialects.nested_json import nested_records
from core.io.dialects.raw_table import LINE_ENDS, DialectError, RawTable, as_text
from core.io.dialects.triangles import squared
from core.io.names.usual_words import USUAL, side_of, usual_word

_NAMED = frozenset(
    ("source", "sources", "src", "train", "target", "tgt", "test", "task", "from", "to", "pair")
)
MOST_BRACKETS = 3_000_000
"""Lists and objects in a JSON file: each takes 60 bytes and more in memory, and one on disk."""


def looks_like_json(text: str) -> bool:
    """A text begins as JSON that holds objects does."""
    start = text[:64].lstrip()
    return start.startswith(("[{", "[ {", "[\n", '{"', "{\n", "[]"))


def check_brackets(text: str) -> None:
    """Raises DialectError for JSON that would take far more memory than its size tells."""
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise DialectError(f"more than {MOST_BRACKETS:,} lists and objects", "write it as Parquet")


def read_json(text: str) -> RawTable:
    """The records in a JSON text. Raises DialectError."""
    check_brackets(text)
    try:
        document = json.loads(text)
        known = "JSON records"
    except RecursionError:
        raise DialectError("JSON nested too deeply", "write records: a list of objects") from None
    except ValueError as error:
        document, known = json_lines(text, error), "JSON lines"
    if '"key"' in text and '"value"' in text:
        document = with_named_values(document)
    if table := _helm_table(document):
        document, known = table
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        if set(document) >= {"columns", "data"} and isinstance(document["data"], list):
            document, known = _split_records(document), "JSON columns, as pandas splits them"
        elif matrix := _matrix_records(document):
            document, known = matrix, "a matrix with its names in JSON"
        elif stack := stack_records(document):
            document, known = stack
        elif lists and len(lists) == len(document) and len({len(one) for one in lists}) == 1:
            document = [dict(zip(document, row, strict=True)) for row in zip(*lists, strict=True)]
            known = "JSON columns"
        elif rows := _by_row(document):
            document, known = rows, "JSON rows by their names"
        elif nested := nested_records(document):
            document, known = nested
        elif pairs := _pair_records(document):
            document, known = pairs, "JSON pairs"
        elif within := _within(document):
            document, known = within
        elif len(lists) == 1:
            document = lists[0]
        else:
            document = [document]
    if isinstance(document, list) and len(document) > 1 and _all(document, dict):
        matrices = [_matrix_records(one) for one in document]
        if all(matrices):
            document, known = listed_records(document, matrices), "a matrix an object in JSON"
    if isinstance(document, list) and (rows := _headed(document)):
        document, known = rows, "JSON lists, the first of them names"
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        if isinstance(document, list) and document and _all(document, list):
            raise DialectError(
                "JSON lists without names of tasks",
                'write them beside: {"tasks": ["A", "B"], "matrix": [[1, 0.4], [0.3, 1]]}',
            )
        raise DialectError("JSON that is no list of objects", "write records: a list of objects")
    document, folded = unfolded(document)
    known += folded
    flattened = [dict(_flat(one)) for one in document]
    _check_lists(flattened)
    flat = list(chain.from_iterable(map(_by_seed, flattened)))
    header = tuple(dict.fromkeys(key for one in flat for key in one))
    columns = tuple([as_text(one.get(key)) for one in flat] for key in header)
    return RawTable(header, columns, np.arange(1, len(flat) + 1), recognized=(known,))


def _helm_table(document: Any) -> tuple[Sequence[Any], str] | None:
    """Records of what HELM writes, `{"header": [{"value": "Model"}], "rows": …}`, and what it is.

    Of several such tables the first; None for others.
    """
    tables = document if isinstance(document, list) else [document]
    if not tables or not all(
        isinstance(one, dict) and {"header", "rows"} <= {*one} for one in tables
    ):
        return None
    table = tables[0]
    rows = [table["header"], *table["rows"]] if isinstance(table["rows"], list) else []
    if not rows or not all(isinstance(row, list) and _all(row, dict) for row in rows):
        return None
    more = f", the first of {len(tables)}: {str(table.get('title', ''))[:80]}"
    cells = [[cell.get("value", "") for cell in row] for row in rows]
    return _headed(cells) or cells, f"a table of HELM{more if len(tables) > 1 else ''}"


def _matrix_records(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Records of `{"tasks": ["A", "B"], "matrix": [[0.9, 0.4], [0.3, 0.8]]}`, None for others."""
    lists = {k: v for k, v in document.items() if isinstance(v, list) and v}
    names = {side_of(k) or k: v for k, v in lists.items() if _all(v, str)}
    grids = {k: v for k, v in lists.items() if _all(v, list) and not is_called_spread(k)}
    if len(grids) != 1 or len(names) not in (1, 2):
        return None
    ((key, grid),) = grids.items()
    down, *_, across = [*names.values()] * 2
    if {*names} == {"sources", "target"}:
        down, across = names["sources"], names["target"]
        if len(down) != len(across) and len(down) != len(grid):
            grid = [list(row) for row in zip(*grid, strict=False)]  # targets are down
    corner = key if side_of(key) is None else ""  # `accuracy` says something, `test` too much
    if len(down) == len(grid) and down is across:
        grid = squared(grid, len(across), None) or grid
    if len(down) != len(grid) or any(len(row) != len(across) for row in grid):
        return None
    if any(isinstance(cell, list | dict) for row in grid for cell in row):
        return None  # several matrices
    rows = zip(down, grid, strict=True)
    return [{corner: one, **dict(zip(across, row, strict=True))} for one, row in rows]


def _headed(document: Sequence[Any]) -> list[dict[str, Any]] | None:
    """Records of `[["source", "target", "acc"], ["A", "B", 0.4]]`, None for other lists."""
    if len(document) < 2 or not _all(document, list) or not _all(document[0], str):
        return None
    names = document[0]
    alike = len(names) > 1 and len({*names}) == len(names) == max(map(len, document))
    if not alike or any(len(row) < len(names) for row in document) or _all(document[1], str):
        return None
    return [dict(zip(names, row, strict=True)) for row in document[1:]]


def _by_row(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Records of `{"0": {"source": "A", "score": 0.4}, …}`: objects alike that hold a text each."""
    rows = list(document.values())
    if len(rows) < 2 or not _all(rows, dict) or any(list(row) != list(rows[0]) for row in rows):
        return None
    texts = [key for key in rows[0] if _all([row[key] for row in rows], str)]
    named = {key.lower() for key in texts}
    return rows if named & _NAMED and len(rows[0]) > len(texts) else None


def _pair_records(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Records of `{"A->B": 0.4}`, or `{"A,B": 0.4}` where names come on both sides of a sign."""
    if len(document) < 2 or not all(isinstance(one, int | float) for one in document.values()):
        return None
    if all(re.search("->|→|=>|_to_", key) for key in document):
        return [{"pair": key, "value": value} for key, value in document.items()]
    # ('A', 'B'), as Python writes a pair of names.
    bare = {
        re.sub(r"^\(|\)$|(?<!\w)['\"]|['\"](?!\w)", "", key): one for key, one in document.items()
    }
    for sign in (",", "|", ";", "/", ":"):
        pairs = [[part.strip() for part in key.split(sign)] for key in bare]
        if all(len(pair) == 2 and all(pair) for pair in pairs):
            both = {source for source, _ in pairs} & {target for _, target in pairs}
            if len(both) > 1:
                values = bare.values()
                return [
                    {"sources": source, "target": target, "value": value}
                    for (source, target), value in zip(pairs, values, strict=True)
                ]
    return None


def _within(document: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str] | None:
    """Records of the one part with results: `{"config": {…}, "results": {"A": {"B": 0.4}}}`."""
    found = {
        key: nested
        for key, value in document.items()
        if isinstance(value, dict) and (nested := nested_records(value)) and len(nested[0]) > 1
    }
    if len(found) != 1:
        return None
    ((key, (records, said)),) = found.items()
    return records, f"{said}, in its part {key}"


def _all(values: Sequence[object], kind: type) -> bool:
    return all(isinstance(one, kind) for one in values)


def _split_records(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records of `{"columns": [...], "index": [...], "data": [[...]]}`."""
    names = [str(name) for name in document["columns"]]
    index = document.get("index")
    if (
        isinstance(index, list)
        and all(isinstance(one, str) for one in index)
        and len(index) == len(document["data"])
    ):
        rows = zip(index, document["data"], strict=True)
        return [{"": one, **dict(zip(names, row, strict=False))} for one, row in rows]
    return [dict(zip(names, row, strict=False)) for row in document["data"]]


def json_lines(text: str, first: ValueError) -> list[Any]:
    """A value a line; `first` says why the text is not JSON as a whole. Raises DialectError."""
    found = []
    lines = [(i, line) for i, line in enumerate(LINE_ENDS.split(text), start=1) if line.strip()]
    for number, line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            at, why = (f"line {number}", "not JSON") if found else ("", f"not JSON: {first}")
            raise DialectError(why, "write records: a list of objects", at) from None
    return found


def _check_lists(records: Sequence[Mapping[str, Any]]) -> None:
    """Raises DialectError where lists of numbers under one key look like no seeds."""
    lists: dict[str, list[Any]] = {}
    for key, value in chain.from_iterable(one.items() for one in records):
        if isinstance(value, list) and not _names_sources(key):
            lists.setdefault(key, []).append(value)
    for key, found in lists.items():
        check_seeds(key, [one for one in found if one and all(map(_is_number, one))])


def _by_seed(record: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """A record for each number of a list of them, which is one of each seed."""
    lists = {
        key: value
        for key, value in record.items()
        if isinstance(value, list)
        and len(value) > 1
        and all(map(_is_number, value))
        and not _names_sources(key)  # tasks may be called by numbers
    }
    if not lists or "seed" in record or len({len(value) for value in lists.values()}) > 1:
        return [record]
    count = len(next(iter(lists.values())))
    return [
        {**record, **{key: value[i] for key, value in lists.items()}, "seed": i}
        for i in range(count)
    ]


def _names_sources(key: str) -> bool:
    bare = usual_word(key.rpartition(".")[2])
    return bare == "sources" or bare in USUAL["sources"] or side_of(bare) == "sources"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(record: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict) and len(above) < 200:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
