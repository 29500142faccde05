"""What is set on a page itself: filters and sorting of the table of pairs, what is selected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from core.analyses.pairs.columns import column_kinds
from core.transfer.matrix import MatrixKind, matrix_kinds
from dashboard.state.fields.keys import Key
from dashboard.state.grid_filters import filter_text, parse_filter, parse_sorting, sorting_text

if TYPE_CHECKING:
    from core.analyses.pairs.filtering import Filter, SortKey
    from dashboard.state.view import View
from dashboard.state.fields.field import (
    Field,
    FieldReader,
    Kind,
    Look,
    Term,
    quote,
)


def _terms(
    asked: FieldReader, key: str, what: str, parse: Callable[[str, Mapping[str, bool]], Term | None]
) -> tuple[Term, ...]:
    """What can be read of a key, one of a column, the rest in one notice."""
    kinds = column_kinds(asked.study.seeds_of(asked.found["method"]), len(asked.study.predictors))
    found: dict[str, Term] = {}
    fallen = []
    for text in asked.many(key):
        term = parse(text, kinds)
        if term is None or term.column in found:
            fallen.append(text)
        else:
            found[term.column] = term
    if fallen:
        asked.notices.append(f"Cannot {what} by {quote(', '.join(fallen))}: it is left out.")
    return tuple(found.values())


def _filters(asked: FieldReader) -> tuple[Filter, ...]:
    return _terms(asked, "filter", "filter the pairs", parse_filter)


def _sorting(asked: FieldReader) -> tuple[SortKey, ...]:
    return _terms(asked, "sort", "sort the pairs", parse_sorting)


def _selection(asked: FieldReader) -> tuple[str, ...]:
    """A task or training set, or that and a target."""
    wanted, study = tuple(asked.many(Key.SELECT)), asked.study
    if len(wanted) == 3:
        wanted = wanted[:2]
    if not wanted:
        return ()
    known, order = set(study.task_index), study.task_index.__getitem__
    sources = wanted[0].split("+")
    if len(wanted) <= 2 and set(sources) <= known and set(wanted[1:]) <= known:
        trained = tuple(sorted(set(sources), key=order))
        if len(trained) == 1 or any(run.trained == trained for run in study.runs):
            return ("+".join(trained), *wanted[1:])
        asked.notices.append(f"No run was trained on {quote(wanted[0])}: nothing is selected.")
        return ()
    asked.notices.append(f"No task or pair {quote(' → '.join(wanted))} to select.")
    return ()


def _number(asked: FieldReader) -> str:
    """The number of the selected pair, which stands behind it."""
    wanted = asked.many(Key.SELECT)
    if len(wanted) != 3 or not asked.found["selection"]:
        return MatrixKind.ACTUAL
    if wanted[2] in matrix_kinds():
        return wanted[2]
    asked.fell_back("number of a pair", wanted[2], "the actual one")
    return MatrixKind.ACTUAL


def _write_selection(view: View) -> list[str]:
    """With the number, where it is not the actual one."""
    number = [] if view.number == MatrixKind.ACTUAL else [view.number]
    return [*view.selection, *number] or [""]


class SelectionFields:
    """What is set on a page itself."""

    filters: Field[tuple[Filter, ...]] = Field(
        # Of the table of pairs, at most one of a column; so is the sorting.
        key=Key.FILTER,
        id="filters",
        parse=_filters,
        write=lambda view: [filter_text(condition) for condition in view.filters] or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    sorting: Field[tuple[SortKey, ...]] = Field(
        key=Key.SORT,
        id="sorting",
        parse=_sorting,
        write=lambda view: [sorting_text(sorting) for sorting in view.sorting] or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    selection: Field[tuple[str, ...]] = Field(
        # Nothing, a task, or a pair (source, target); in place of a task, as a source, a training
        # set may stand, its tasks in manifest order and joined by `+`.
        key=Key.SELECT,
        id="selection",
        parse=_selection,
        write=_write_selection,
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    number: Field[str] = Field(
        # In which matrix the pair was selected: which of its numbers the panel begins with.
        key="",
        parse=_number,
        default=MatrixKind.ACTUAL,
    )
