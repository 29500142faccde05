"""The rows the grid asks for, and the file of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash.exceptions import PreventUpdate

from core import analyses
from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey, find_rows
from core.errors import AtlasError, RequestError
from core.io.csv import csv_text
from core.numerics.arrays import IntArray
from dashboard.figures.parts.cell_hover import source_key
from dashboard.pages.pairs.grid import BLOCK
from dashboard.state.context import AppContext, NothingToShow, ViewContext
from dashboard.text import numbers

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.pairs.table import PairTable


ROWS_IN_FILE = 100_000
"""A spreadsheet opens about a million; a browser is handed this many at most."""
MOST_AT_ONCE = 1_000
_SAID: Mapping[str, Callable[[str], str]] = {
    "unit": numbers.unit_text,
}


def pairs_of(app_context: AppContext, context: ViewContext) -> PairTable:
    """All pairs of what is asked for."""
    return app_context.fetch(
        analyses.PAIRS, context.study, context.view.transfer_query, context.view.similarity_query
    )


def found(app_context: AppContext, figure_input: object, asked: object) -> dict[str, Any]:
    """The answer to a question of the grid: its number, rows and how many there are in all.

    Where it cannot be answered there are no rows, and `fault` says why.
    """
    question = asked if isinstance(asked, Mapping) else {}
    answer: dict[str, Any] = {"id": question.get("id"), "rows": [], "count": 0, "of": 0}
    try:
        pairs = pairs_of(app_context, app_context.view_context(figure_input))
        rows = _rows_asked(pairs, question)
        start, end = _block(question)
        part_of = rows[start:end]
        answer |= {"rows": rows_of(pairs, part_of), "count": int(rows.size), "of": len(pairs)}
    except NothingToShow:
        raise PreventUpdate from None
    except AtlasError as error:
        answer["fault"] = str(error)
    return answer


def first_rows(pairs: PairTable) -> dict[str, Any]:
    """The answer to what a grid without filters and order asks first: it comes with the grid."""
    rows = find_rows(pairs)
    return {"rows": rows_of(pairs, rows[:BLOCK]), "count": int(rows.size), "of": len(pairs)}


def _block(question: Mapping[str, Any]) -> tuple[int, int]:
    start, end = question.get("start"), question.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return 0, BLOCK
    start = max(start, 0)
    return start, min(max(end, start), start + MOST_AT_ONCE)


def _rows_asked(pairs: PairTable, question: object) -> IntArray:
    """The rows a question of the grid is about, in its order."""
    asked = question if isinstance(question, Mapping) else {}
    return find_rows(pairs, conditions(asked.get("filter")), _sortings(asked.get("sort")))


def conditions(model: object) -> list[Filter]:
    """AG Grid's filter model as conditions. Raises RequestError for what is none."""
    result = []
    for key, asked in (model if isinstance(model, Mapping) else {}).items():
        if not isinstance(asked, Mapping):
            raise RequestError(f"a filter of {key} that is none")
        try:
            test = FilterOperator(str(asked.get("type")))
        except ValueError:
            raise RequestError(f"no test {asked.get('type')!r}") from None
        value, upto = asked.get("filter"), asked.get("filterTo")
        if not isinstance(value, str | int | float):
            value = ""
        result.append(
            Filter(
                column=str(key),
                test=test,
                value=value,
                upto=float(upto) if isinstance(upto, int | float) else math.nan,
            )
        )
    return result


def _sortings(model: object) -> list[SortKey]:
    return [
        SortKey(str(sort["colId"]), descending=sort.get("sort") == "desc")
        for sort in (model if isinstance(model, list) else [])
        if isinstance(sort, Mapping) and "colId" in sort
    ]


def rows_of(pairs: PairTable, rows: IntArray) -> list[dict[str, Any]]:
    """Rows as the grid shows them: by column key, names in words, None where there is nothing.

    `id` is the row, `pair` what a click selects, `lower` that less is better.
    """
    columns = [column for column in pairs.columns if not column.empty]
    values: dict[str, list[Any]] = {}
    for column in columns:
        if column.is_text:
            names, which = pairs.texts(column)
            said = [_SAID.get(column.key, str)(name) for name in names]
            values[column.key] = [said[at] for at in which[rows].tolist()]
        else:
            numbers = pairs.numbers(column)[rows].tolist()
            values[column.key] = [n if math.isfinite(n) else None for n in numbers]
    result = []
    for at, row in enumerate(rows.tolist()):
        sources, target = pairs.pair(row)
        cells = {key: column[at] for key, column in values.items()}
        row_told: dict[str, Any] = {"id": str(row), "pair": [source_key(sources), target]}
        if target in pairs.lower_targets:
            row_told["lower"] = True
        result.append(row_told | cells)
    return result


def frame_of(pairs: PairTable, rows: IntArray, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Rows as a table to take along: names as in the manifest, units as they are printed."""
    frame = pairs.frame(rows, keys=keys)
    for key, said in _SAID.items():
        if key in frame:
            frame[key] = [said(text) for text in frame[key]]
    return frame


def file_of(
    app_context: AppContext, figure_input: object, asked: object, chosen: object
) -> dict[str, Any]:
    """The CSV of the rows that pass the grid's filters, in its order, with the columns chosen."""
    try:
        context = app_context.view_context(figure_input)
        pairs = pairs_of(app_context, context)
        rows = _rows_asked(pairs, asked)[:ROWS_IN_FILE]
    except (NothingToShow, AtlasError):
        raise PreventUpdate from None
    wanted = listed(chosen)
    keys = [c.key for c in pairs.columns if c.key in wanted and not c.empty]
    return {
        "content": csv_text(frame_of(pairs, rows, keys)),
        "filename": f"pairs-{_plain(pairs.method)}-{context.study.digest[:8]}.csv",
        "type": "text/csv;charset=utf-8",
        "base64": False,
    }


def listed(value: object) -> list[Any]:
    """What a browser sent where a list belongs; nothing where it is none."""
    return value if isinstance(value, list) else []


def _plain(name: str) -> str:
    """A name as part of a file's: letters, digits, dash, underscore."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]
