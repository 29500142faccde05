"""What a file of results is, looked at without a manifest: its form, its columns, its direction."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from core.errors import RequestError, listed, shortened
from core.io.dialects import read_raw
from core.io.dialects.open_workbook import workbook_kept_open
from core.io.dialects.raw_table import (
    DialectError,
    NotUtf8Error,
    RawTable,
    ReadOptions,
    asked_for,
    distinct,
)
from core.io.dialects.sheet_names import is_template
from core.io.files import MANIFEST, open_binary
from core.io.layouts.square import Rows
from core.io.names.name_templates import pattern_of
from core.io.names.usual_words import usual_column
from core.io.problems import quoted_text
from core.io.recognition.alike_sheets import with_alike_sheets
from core.io.recognition.arrows import told_by_targets, without_arrows
from core.io.recognition.called_sheets import with_called_sheets, with_sides_of_sheets
from core.io.recognition.column_words import IS_TRANSFER, IS_ZERO, direction_of, direction_of_file
from core.io.recognition.exports import mapped_by_export, said_of_export
from core.io.recognition.folder_tables import one_of_folder, stem_of, tables_below, tables_in
from core.io.recognition.garbled_words import garbled_word
from core.io.recognition.long_form import as_long, as_numbered
from core.io.recognition.looked_table import LookedTable
from core.io.recognition.matrix_form import as_matrix
from core.io.recognition.odd_numbers import asked_of_none, check_thousands
from core.io.recognition.recognized import GUESSED_BY, Recognized
from core.io.recognition.rows_that_count import one_statistic
from core.io.recognition.run_states import count_finished
from core.io.recognition.tree_form import bare_names, recognize_tree
from core.io.recognition.wide_forms import as_splits, as_targets_across
from core.io.table_cells.cells import stripped, texts_of
from core.io.table_cells.text_columns import TextColumn
from core.metrics import METRICS

__all__ = [
    "GUESSED",
    "IS_TRANSFER",
    "Recognized",
    "direction_of",
    "read_guessing",
    "recognize",
    "recognize_table",
]

SAMPLED_ROWS, SAMPLED_COLUMNS = 1000, 100
"""Of a table, for what unit its values are in."""
GUESSED = "cp1252"
"""The encoding that a text is most likely in which is not UTF-8."""


def recognize(
    path: Path,
    *,
    mapped: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    metric: str | None = None,
    zero: str | None = None,
    one: str | None = None,
    sheet: str | None = None,
) -> Recognized:
    """What a file is. Raises RequestError, with what to do, where it cannot be told.

    mapped: our word -> their column, where somebody knows better. where: column -> value of rows
    that count. sheet: of a workbook, where somebody chose one.
    """
    if path.is_dir():
        if sheet is None and (tree := _tree_of(path, mapped, where)) is not None:
            return _with_ends(_with_direction(tree, metric), zero, one)
        path, pattern = one_of_folder(path)
    else:
        pattern = path.name
    with asked_for(path):
        with open_binary(path) as file:
            data = file.read()
        raw, guess = read_guessing(path.name, data, sheet=sheet)
    if sheet is not None and not raw.sheets:
        raise RequestError(f"{path.name} has no sheets: leave --sheet out")
    header = raw.header
    if "{method}" in pattern and (source := _source_of(path, pattern, raw)):
        pattern, raw = source
    try:
        found = recognize_table(
            raw, path.name, mapped=mapped, where=where, metric=metric, zero=zero, one=one
        )
    except RequestError as error:
        if not guess:
            raise
        raise RequestError(f"{error} (it is not UTF-8 and was read as {GUESSED})") from None
    if sheet is not None or is_template(raw.sheet):
        found = replace(found, read={**found.read, "sheet": sheet or raw.sheet})
    if guess:
        found = replace(
            found,
            read={"encoding": GUESSED, **found.read},
            assumed=(
                f"it is not UTF-8: read as {GUESSED}, with words such as {guess}",
                *found.assumed,
            ),
        )
    itself = "{" in pattern and (found.columns.keys() | {*header}) & {*_fields_of(pattern)}
    if itself or ("{method}" in pattern and _is_a_run(path, pattern, found, raw)):
        # The file itself tells.
        pattern = f"*/{path.name}" if "/" in pattern else f"*{path.suffix}"
    return replace(found, path=pattern)


def _fields_of(pattern: str) -> list[str]:
    return re.findall(r"\{([^{}]+)\}", pattern)


def read_guessing(name: str, data: bytes, *, sheet: str | None = None) -> tuple[RawTable, str]:
    """The table, and a word in which the guessed encoding shows; empty where none was guessed.

    sheet: of a workbook, where somebody chose one.
    """
    try:
        with workbook_kept_open():
            raw = read_raw(name, data, ReadOptions(sheet=sheet))
            if sheet is None and len(raw.sheets) > 1:
                raw = _with_sheets(raw, lambda one: read_raw(name, data, ReadOptions(sheet=one)))
        return with_sides_of_sheets(raw), ""
    except NotUtf8Error as error:
        try:
            raw = read_raw(name, data, ReadOptions(encoding=GUESSED))
        except DialectError:
            raw = None
        if raw is None:
            raise
        told = (distinct(cells) for cells in raw.columns if not isinstance(cells, np.ndarray))
        texts = [*raw.header, *chain.from_iterable(told)]
        if garbled := garbled_word(texts):
            raise DialectError(
                f"{error.found}, and as {GUESSED} it has words such as {garbled[:40]}",
                f"save it as UTF-8: iconv -f ITS_ENCODING -t utf-8 {name}",
                error.at,
            ) from None
        odd = next((text for text in texts if not text.isascii()), "")
        return raw, odd[:40]


def _with_sheets(raw: RawTable, read: Callable[[str], RawTable]) -> RawTable:
    """The table of a sheet, which may stand for several of its workbook."""
    found = with_alike_sheets(raw, read)
    return found if is_template(found.sheet) else with_called_sheets(found, read)


def recognize_table(
    raw: RawTable,
    name: str,
    *,
    mapped: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    metric: str | None = None,
    zero: str | None = None,
    one: str | None = None,
    form: str | None = None,
    rows: Rows | None = None,
) -> Recognized:
    """What a table is, its path left empty; `name` is what messages call it. Raises as above.

    form: `square`, `wide` or `scores`; rows: what those of a matrix are; where somebody knows.
    """
    if len(raw.header) < 2:
        raise RequestError(
            f"{name}: {'one column' if raw.header else 'nothing in it'}; give a table of results"
            " with at least sources, targets and scores, or a matrix"
        )
    if raw.titles:
        raise RequestError(
            f"{name}: tables one below the other, the next under {listed(raw.titles)}; write each"
            " into a file of its own that is called after it, such as"
            f" {shortened(raw.titles[0])}.csv, and give their folder"
        )
    if raw.ragged:
        row, width = raw.ragged[0]
        raise RequestError(
            f"{name}, row {row}: {width} values where the header has {len(raw.header)}"
            f" ({len(raw.ragged)} such row{'s' if len(raw.ragged) > 1 else ''}); "
            + _said_of_ragged(raw)
        )
    if not len(raw.rows):
        raise RequestError(f"{name}: a header and no row; give the file with the results")
    told = dict(mapped or {}) or mapped_by_export(raw.header)
    looked = LookedTable(raw, told, dict(where or {}), rows)
    count_finished(looked)
    one_statistic(looked)
    try:
        found = (None if mapped else _pointed(looked, form, name)) or _read_as(looked, form, name)
    except RequestError as error:
        if mapped or form or not (said := said_of_export(raw.header)):
            raise
        raise RequestError(f"{name}: {said}") from error
    _check_followed(found, looked.mapped)
    found = told_by_targets(looked, found)
    values = _columns_of_values(looked, found)
    check_thousands(looked, values)
    found = replace(found, unknown=(*found.unknown, *asked_of_none(looked, values)))
    found = replace(found, dialect=raw.recognized, zero_like=_zero_like(looked, values))
    found = _with_direction(found, metric, name)
    return _with_ends(found, zero, one)


def _said_of_ragged(raw: RawTable) -> str:
    """What to do about rows that are not as wide as the header."""
    if not len(raw.rows) and len({width for _, width in raw.ragged}) == 1 < len(raw.ragged):
        return (
            "where numbers have a comma, save it with semicolons between columns, or numbers in"
            " quotes; else give each row one value per column"
        )
    return "give each row one value per column"


def _check_followed(found: Recognized, mapped: Mapping[str, str]) -> None:
    """Raises RequestError where a form has no place for a column that somebody named."""
    for word, column in mapped.items():
        # What is called as we call it is not written down.
        held = [column] if word == column else [found.value] if word == "score" else []
        for ours, theirs in found.columns.items():
            if word in (ours, *_fields_of(ours)):
                held += [theirs, *_fields_of(theirs)]
        if column not in held:
            raise RequestError(
                f"--map {word}={shortened(column)}: read as layout {found.form}, it has no place"
                f" for that; write {MANIFEST} by hand, or leave it out"
            )


def _with_ends(found: Recognized, zero: str | None, one: str | None) -> Recognized:
    """With the ends of the scale that somebody gave."""
    if zero:
        found = replace(found, unknown=tuple(t for t in found.unknown if IS_ZERO not in t))
    return replace(found, zero=_number_or_name(zero, "zero"), one=_number_or_name(one, "one"))


def _columns_of_values(look: LookedTable, found: Recognized) -> list[str]:
    """The columns that hold the values, as many of them as are looked at."""
    used = {*found.columns.values(), *found.where, *found.leave_out}
    if found.form == "scores":
        names = [found.columns.get("score", "score")]
    elif found.value and found.value != "{target}":
        fits = pattern_of(found.value, whole=True)
        names = [name for name in look.raw.header if fits.match(name)]
    else:
        names = [name for name in look.raw.header[1:] if name not in used]
    return [name for name in names[:SAMPLED_COLUMNS] if name in look.raw.header]


def _zero_like(look: LookedTable, there: Sequence[str]) -> str:
    """A number that zero could be, in the unit of the values: half of what per cent or shares are.

    Of a table of other numbers it is one of its middle.
    """
    sampled = [look.counted(name)[:SAMPLED_ROWS] for name in there]
    read = [numbers for cells in sampled if (numbers := look.numbers(cells)) is not None]
    values = np.concatenate([np.empty(0), *read])
    values = values[np.isfinite(values)]
    # Cells with the sign are read as shares.
    signed = any(cell.endswith("%") for cells in sampled for cell in distinct(cells))
    if signed or not len(values) or (values.min() >= 0 and values.max() <= 1):
        return "0.5"
    if values.min() >= 0 and 10 < values.max() <= 100:
        return "50"
    return f"{np.median(values):.2g}"


def _number_or_name(given: str | None, option: str) -> str:
    if not given:
        return ""
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        if (given == "diagonal" and option == "one") or given.startswith("source:"):
            return quoted_text(given)
        allowed = '"source:NAME"' + (' or "diagonal"' if option == "one" else "")
        raise RequestError(f"--{option} {given}: write a number, {allowed}")
    # As TOML has numbers: `.5` and `1_000.` are none there.
    return repr(number)


def _tree_of(
    folder: Path, mapped: Mapping[str, str] | None, where: Mapping[str, str] | None
) -> Recognized | None:
    """A tree of files below a folder without a table of its own, or of JSON that is none."""
    tables = tables_in(folder)
    if any(path.suffix != ".json" for path in tables) or len(tables) == 1:
        return None
    return recognize_tree(folder, mapped, where)


def _source_of(path: Path, pattern: str, raw: RawTable) -> tuple[str, RawTable] | None:
    """Of files called after what was trained on, their template and one with that as a column."""
    if usual_column("sources", raw.header) is not None:
        return None
    below = "/" in pattern
    files = tables_below(path.parent.parent) if below else tables_in(path.parent)
    files = [one for one in files if one.suffix == path.suffix]
    place, names = bare_names([one.parent.name if below else stem_of(one) for one in files])
    columns = [cells for cells in raw.columns if not isinstance(cells, np.ndarray)]
    if not any(len({*names} & {*distinct(cells)}) > 1 for cells in columns):
        return None
    name = names[files.index(path)]
    column = TextColumn.constant(name, len(raw.rows))
    suffix = f"/{path.name}" if below else path.name[len(stem_of(path)) :]
    return place.replace("{}", "{sources}") + suffix, replace(
        raw, header=("sources", *raw.header), columns=(column, *raw.columns)
    )


def _is_a_run(path: Path, pattern: str, found: Recognized, raw: RawTable) -> bool:
    """Each file is of one pair that its columns tell, and of ever another: no method, but a run."""
    names = [found.columns.get(word, word) for word in ("sources", "target")]
    below = "/" in pattern
    files = tables_below(path.parent.parent) if below else tables_in(path.parent)
    other = next((one for one in files if one != path and one.suffix == path.suffix), None)
    if found.form != "scores" or other is None:
        return False
    pairs = []
    with suppress(DialectError):
        for table in (raw, read_raw(other.name, other.read_bytes())):
            if not {*names} <= {*table.header}:
                return False
            cells = [texts_of(stripped(table.columns[table.header.index(name)])) for name in names]
            pairs.append({*zip(*cells, strict=True)})
    return len(pairs) == 2 and all(len(one) == 1 for one in pairs) and pairs[0] != pairs[1]


def _with_direction(found: Recognized, given: str | None, name: str = "") -> Recognized:
    if given is not None:
        # Of all targets, whatever their own metrics are called.
        said = (*found.understood, f"direction: {given}")
        return replace(found, metric=given, metrics={}, understood=said)
    column = found.value or found.columns.get("score", "score" if found.form == "scores" else "")
    told = direction_of(column) if column else None
    if found.told_by and (told is None or direction_of(found.told_by)):
        column, told = found.told_by, direction_of(found.told_by)
    if told is None and (told := direction_of_file(name)):
        column = f"the name {name}"
    if told is None:
        choices = "|".join(sorted(METRICS))
        return replace(
            found, unknown=(*found.unknown, f"whether higher is better: --metric {choices}")
        )
    way = "higher" if METRICS[told].higher_is_better else "lower"
    return replace(
        found, metric=told, understood=(*found.understood, f"{way}{GUESSED_BY}{column} says")
    )


def _read_as(look: LookedTable, form: str | None, name: str) -> Recognized:
    """Read as that form, or as the first that fits. Raises RequestError where none does."""
    every: tuple[Callable[[LookedTable], Recognized | None], ...]
    every = (as_matrix, as_splits, as_targets_across)
    if form == "wide":
        every = (*every, as_numbered)
    forms = {"square": every[:1], "wide": every[1:], "scores": ()}
    tried = forms.get(form, ()) if form else every
    for as_this in tried:
        found = as_this(look)
        if found is not None:
            return _with_assumed(look, found)
    if form and tried:
        raise RequestError(
            f"{name}: "
            + (
                "no matrix: names down, names across, numbers between them"
                if form == "square"
                else "no columns that are called after targets, such as eval/de/f1"
            )
        )
    return _with_assumed(look, as_long(look, name))


def _pointed(look: LookedTable, form: str | None, name: str) -> Recognized | None:
    """What a table is whose names have arrows, by which tasks have directions of their own.

    None where there are none, or all are alike in the names of columns: a template of them tells.
    """
    pointed = None if form == "scores" else without_arrows(look.raw)
    if pointed is None or {*look.where} & {*pointed.called.values()}:
        return None
    bare = LookedTable(pointed.raw, {}, dict(look.where), look.sides)
    try:
        return pointed.told(_read_as(bare, form, name))
    except RequestError:
        # `BLEU` says too much to be a task, and `BLEU ↑` may be one.
        return pointed.as_called().told(_read_as(look, form, name))


def _with_assumed(look: LookedTable, found: Recognized) -> Recognized:
    """What was taken for no number, and which rows count, holds for whatever form is found."""
    read = {"missing": sorted(look.missing)} if look.missing else {}
    found = replace(
        found,
        conflict=look.conflict,
        settings=look.settings,
        method_before=look.method_before,
    )
    return replace(found, read=read, where=look.where, assumed=(*look.assumed, *found.assumed))
