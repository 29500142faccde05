"""A row a run or a training set, a column for each target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import RequestError, listed, shortened
from core.io.dialects.raw_table import distinct
from core.io.layouts.score_names import SIGNS, joining_sign, names_in_list
from core.io.layouts.square import rows_are_targets
from core.io.names.name_templates import pattern_of
from core.io.names.source_words import whole_sets
from core.io.names.usual_words import side_of, usual_column, usual_word
from core.io.recognition.called_sheets import said_of_sheets
from core.io.recognition.checked_columns import (
    check_no_flags,
    check_numbers,
    measured_otherwise,
    of_other_templates,
)
from core.io.recognition.column_words import (
    NOT_SCORES,
    OF_MODELS,
    PREFERENCE,
    SHIFTED,
    SPLITS,
    STANDARD,
    averages,
    baseline_question,
    direction_of,
    is_average,
    is_spread,
    preference_of_split,
    said_of_averages,
    said_of_sign,
    split_of,
)
from core.io.recognition.exports import mapped_by_export
from core.io.recognition.joint_pairs import joint_pair
from core.io.recognition.looked_table import MOST_LOOKED_AT, LookedTable
from core.io.recognition.measured_names import measured_templates, templates_of
from core.io.recognition.numbered_columns import field_of_numbers, numbered_columns
from core.io.recognition.recognized import REPEATS_ARE_SEEDS, Recognized
from core.io.recognition.rows_that_count import one_metric
from core.io.recognition.settings import (
    conflict_of,
    is_called_setting,
    method_of,
    of_a_grid,
    said_of_methods,
    that_vary,
)

PREVIEW = 6


def as_splits(look: LookedTable) -> Recognized | None:
    """A row a run, a column for each task and split; None where it is something else."""
    if any(word in look.mapped for word in ("target", "score")):
        return None
    splits: dict[str, set[str]] = {}
    for name in look.raw.header:
        cut = split_of(name)
        if cut is not None and look.numbers(look.column(name)) is not None:
            splits.setdefault(cut[1], set()).add(cut[0])
    shifted = next((s for s in splits if s.lower() in SHIFTED and len(splits[s]) > 1), None)
    if shifted is None:
        return None
    standard = next((s for s in splits if s.lower() in STANDARD), None)
    columns = {}
    model = look.mapped.get("sources") or _runs_down(look)
    if model is None:
        return None
    columns["sources"] = model
    rest = [column for column in look.raw.header if column != model]  # `run` may be either
    seed = look.mapped.get("seed") or usual_column("seed", rest)
    if seed:
        columns["seed"] = seed
    return Recognized(
        form="wide",
        path="",
        columns=columns,
        splits={**({"standard": standard} if standard else {}), "shifted": shifted},
        value="{target}_{split}",
        understood=(
            f"a row a run (column {model}), {len(splits[shifted])} tasks across, shifted values"
            f" in columns that end in _{shifted}",
        ),
        unknown=(
            "what each run was trained on, and its base: with a runs.csv, layout wide with"
            ' value = "{task}_{split}" normalizes them',
        ),
    )


_RUNS = ("run", "model", "name", "experiment", "method", "trained", "source")


def _runs_down(look: LookedTable) -> str | None:
    """The column that says which run a row is; of several one that is not the same in every row."""
    called = [c for c in look.raw.header if usual_word(c) in _RUNS]
    varying = next((c for c in called if look.varies(c)), None)
    if varying is None and (by_cells := _sources_by_cells(look, _numeric(look))[0]):
        look.assumed.append(_said_of_cells(by_cells))
        return by_cells
    return varying or next(iter(called), None)


def _said_of_cells(column: str) -> str:
    return f"{shortened(column)} is what rows were trained on: it holds names of columns"


_ROWS_ARE_SOURCES = (
    "rows are what was trained on, as nothing says else; value with {sources} for {target}, and"
    ' target = "" for sources turn them'
)


def as_targets_across(look: LookedTable) -> Recognized | None:
    """A row a training set, a column a target: `eval/de/f1`, `eval/en/f1`; None otherwise.

    Taken for it where columns are called after what other rows were trained on, or where
    somebody says so: score = "eval/{target}/f1".
    """
    across = _across(look)
    if across is None:
        return None
    down, value, numeric = across.down, across.value, across.numeric
    if value == "{target}":
        check_numbers(look, across.trained, numeric)
    check_no_flags(look, value, numeric)
    fits = pattern_of(value, whole=any("/" in name for name in across.trained))
    counted = [name for name in numeric if name not in across.others]
    targets = [match["target"] for match in map(fits.match, counted) if match]
    if not targets:
        told, there = look.mapped.get("score", ""), listed(numeric)
        raise RequestError(f"--map score={shortened(told)}: columns of numbers are {there}")
    told_by = one_metric(look, {c: c for c in (*numeric, down)})
    header = look.raw.header
    values = {*across.plain} if value == "{target}" else {c for c in header if fits.match(c)}
    rest = [c for c in header if c != down and c not in look.where and c not in values]
    used = {"sources": down, **_seed_and_method(look, across, rest)}
    assumed = [f"{shortened(one)} is left aside" for one in across.aside][:PREVIEW]
    candidates = [c for c in rest if c and c not in used.values()]
    targets, gone = _targets_alone(look, across, targets, candidates, used, assumed)
    gone += across.others
    turned = across.turned
    if turned:
        # Sources across: the same with the two words changed.
        value = value.replace("{target}", "{sources}")
        used = {"target": down, **{w: c for w, c in used.items() if w != "sources"}}
    sides = _both_sides(look, across, targets, turned=turned)
    whole = whole_sets(*sides, gone)
    assumed += whole.assumed
    gone += whole.leave_out
    repeats = _made_unique(look, rest, numeric, used, assumed)
    sign = "" if turned else joining_sign(distinct(look.counted(down)), targets)
    assumed += [*said_of_sign(sign), *said_of_sheets(look.raw)]
    if not down and not turned and {*targets} & {*across.trained}:
        assumed.append(_ROWS_ARE_SOURCES)
    said = ", ".join(f"{word} is column {c or '(no name)'}" for word, c in used.items())
    return Recognized(
        form="wide",
        path="",
        columns={word: column for word, column in used.items() if word != column}
        | {"target" if turned else "sources": down},
        value=value,
        repeats=repeats,
        joined_by=sign,
        leave_out=tuple(name for name in gone if name != used.get("method")),
        told_by=told_by,
        understood=(
            f"a row a target: {said}; {len(targets)} sources in {value}"
            if turned
            else f"a row a training set: {said}; {len(targets)} targets in {value}",
        ),
        assumed=tuple(assumed),
        everything=whole.everything,
        unknown=(
            *baseline_question(*sides),
            *(
                (OF_MODELS.replace("rows", "columns", 1),)
                if turned and value == "{sources}" and mapped_by_export(header)
                else ()
            ),
        ),
    )


def _targets_alone(
    look: LookedTable,
    across: _Across,
    targets: list[str],
    rest: Sequence[str],
    used: Mapping[str, str],
    assumed: list[str],
) -> tuple[list[str], list[str]]:
    """The targets across without what is none, and that; what is said of it goes to `assumed`.

    rest: columns that stand for no word. Raises RequestError where a target has two columns.
    """
    gone: list[str] = []
    if across.value == "{target}":
        gone = _no_targets(across, rest)
        targets = [c for c in across.numeric if c not in gone and c not in used.values()]
        if gone:
            assumed.append(f"{listed(gone)} is no target and left out")
    if again := averages([*targets, *distinct(look.counted(across.down))]):
        assumed += said_of_averages(again)
        gone = [*dict.fromkeys((*gone, *again))]
        targets = [c for c in targets if c not in again]
    twice = next((c for c in targets if look.raw.header.count(c) > 1), None)
    if twice is not None:
        raise RequestError(
            f"two columns {shortened(twice)}; keep one of them, or call it otherwise"
        )
    return targets, gone


def _both_sides(
    look: LookedTable, across: _Across, targets: Sequence[str], *, turned: bool
) -> tuple[Sequence[str], Sequence[str]]:
    """The names of sources and of targets, whichever of them stand down; targets: those across."""
    down = distinct(look.counted(across.down))
    return (targets, down) if turned else (down, targets)


@dataclass(frozen=True)
class _Across:
    """What stands down and across in a table with a column for each target.

    down: the column of what rows were trained on, trained: the tasks in it. numeric: columns of
    numbers, plain: those called after one of `trained`. value: what the names of columns have in
    common, aside: the same of others, which are left; others: columns of these that fit it, too.
    turned: sources are across, targets down.
    """

    down: str
    trained: frozenset[str]
    numeric: Sequence[str]
    plain: Sequence[str]
    value: str
    aside: Sequence[str]
    others: Sequence[str]
    turned: bool


def _across(look: LookedTable) -> _Across | None:
    """None where columns are no targets."""
    told = look.mapped.get("score", "")
    targets = look.mapped.get("target") if "sources" not in look.mapped else None
    if ("target" in look.mapped and targets is None) or (told and "{target}" not in told):
        return None
    header = look.raw.header
    # Where somebody says which column holds the targets, the sources are across.
    given = targets or look.mapped.get("sources")
    down = given or usual_column("sources", header)
    numeric = [name for name in _numeric(look) if name != down]
    vague = given is None and (down is None or not look.varies(down))
    by_cells, sign = _sources_by_cells(look, numeric) if vague else ("", "+")
    down = by_cells or down
    if down is None and look.numbers(look.cells[0]) is None and _may_be_down(look, numeric):
        down = header[0]
    down = down if down is not None else _names_of_rows(look, numeric) or None
    if down is None:
        return None
    trained = _tasks_in(look, down, sign)
    few = len(numeric) * len(trained) <= MOST_LOOKED_AT
    templates = templates_of(numeric, trained) if few or told else {}
    likely = [
        one
        for one, targets_of in templates.items()
        if len(targets_of) > 1 and not NOT_SCORES.search(usual_word(one.replace("{target}", "x")))
    ]
    if not likely and not told and _may_be_measured(look, numeric, vague=vague):
        templates = measured_templates(numeric)
        likely = list(templates)
    likely.sort(
        key=lambda one: (
            PREFERENCE.get(direction_of(one) or "", 3),
            preference_of_split(one),
            -len(templates[one]),
        )
    )
    value = told or _with_fields(likely, templates) or (likely[0] if likely else "")
    plain = [name for name in numeric if name in trained]
    if not value and len(plain) > 1 and "target" not in map(usual_word, header):
        value = "{target}"
    if not value and targets and mapped_by_export(header):
        value = "{target}"
    if not value and (one := _names_of_rows(look, numeric)):
        value, down = "{target}", one
    if not value:
        return None
    if by_cells and down == by_cells != header[0]:
        look.assumed.append(_said_of_cells(down))
    return _Across(
        down=down,
        trained=frozenset(trained),
        numeric=numeric,
        plain=plain,
        value=value,
        aside=[
            *(one for one in likely if one != value and not pattern_of(value).match(one)),
            *measured_otherwise(templates, value, numeric),
        ],
        others=of_other_templates(templates, value),
        turned=bool(targets)
        or rows_are_targets(down)
        or (bool(_FROM.match(value)) and not usual_column("sources", [down])),
    )


def _may_be_measured(look: LookedTable, numeric: Sequence[str], *, vague: bool) -> bool:
    """No column holds targets, alone or in pairs: columns may be called after them.

    vague: what rows were trained on no column says; then one alone may hold names.
    """
    header = look.raw.header
    sides = [usual_column("target", header), *(c for c in header if side_of(c) == "target")]
    texts = [c for c in header if c not in numeric and any(distinct(look.counted(c)))]
    return not any(sides) and (not vague or len(texts) == 1) and joint_pair(look, header) is None


def _numeric(look: LookedTable) -> list[str]:
    """The columns of numbers."""
    return [
        name
        for name, cells in zip(look.raw.header, look.cells, strict=True)
        if name and any(distinct(cells)) and look.numbers(cells) is not None
    ]


def _may_be_down(look: LookedTable, numeric: Sequence[str]) -> bool:
    """The first column may be what rows were trained on: not one thing, but of a target's name."""
    first = look.raw.header[0]
    names = _tasks_in(look, first)
    return look.varies(first) or bool(names & {*numeric} or templates_of(numeric, names))


def _tasks_in(look: LookedTable, column: str, sign: str = "+") -> set[str]:
    """The tasks that a column of training sets names, one or several in a cell."""
    cells = distinct(look.counted(column))
    parts = (names_in_list(cell) or cell.split(sign) for cell in cells if cell)
    return {part.strip() for names in parts for part in names}


def _sources_by_cells(look: LookedTable, numeric: Sequence[str]) -> tuple[str, str]:
    """The one column of names all of which other columns are called after, and what joins them.

    Whatever it is called: with `de`, `de+fr` in it beside `eval/de/f1`, `eval/fr/f1`. The column
    is empty without.
    """
    found: dict[str, str] = {}
    for column in dict.fromkeys(look.raw.header):
        if not column or column in numeric or column in look.where:
            continue
        for sign in ("+", *SIGNS):
            if sign != "+" and not any(sign in cell for cell in distinct(look.counted(column))):
                continue
            names = _tasks_in(look, column, sign)
            if len(names) < 2 or len(names) * len(numeric) > MOST_LOOKED_AT:
                continue
            across = [numeric, *templates_of(numeric, names).values()]
            if any(names <= {*held} for held in across):
                found.setdefault(column, sign)
    first = look.raw.header[0]
    if first and first not in found and len(found) == 1 and first not in numeric:
        # A name of its own in each row, and more of them: the other says which column is best.
        cells = look.counted(first)
        if len(distinct(cells)) == len(cells) and len({*cells} & {*numeric}) > 1:
            return "", "+"
    return next(iter(found.items())) if len(found) == 1 else ("", "+")


def _seed_and_method(look: LookedTable, across: _Across, rest: Sequence[str]) -> dict[str, str]:
    """The columns of both, as far as there are any; rest: columns that may be one."""
    found = {}
    for word in ("seed", "method"):
        column = look.mapped.get(word) or usual_column(word, rest)
        if column is None or f"{{{word}}}" in across.value or column == across.down:
            continue
        cells = look.counted(column)
        given = word in look.mapped
        if given or (look.is_whole(column, seed=True) if word == "seed" else "" not in cells):
            found[word] = column
    return found


def _no_targets(across: _Across, columns: Sequence[str]) -> list[str]:
    """Those of some columns that are no targets, where every column is called after one."""
    return [
        c
        for c in columns
        if c not in across.numeric
        or is_spread(c, across.plain)
        or NOT_SCORES.search(usual_word(c))
        or is_average(c)
        or usual_column("seed", [c])
        or usual_column("checkpoint", [c])
        or is_called_setting(c)
    ]


def _made_unique(
    look: LookedTable,
    rest: Sequence[str],
    numeric: Sequence[str],
    used: dict[str, str],
    assumed: list[str],
) -> str:
    """Add what tells rows apart to `used`; what to do with repeats that are left."""
    cell = list(used.values())
    if not look.repeat(cell):
        return ""
    values = [column for column in numeric if column not in used.values()]
    scores = [column for column in values if not is_called_setting(column)]
    apart = next((c for c in rest if _tells_apart(look, c, numeric, used)), None)
    apart = None if "method" in used else apart
    columns = [apart] if apart is not None else of_a_grid(look, cell, scores)
    if columns:
        look.settings, look.method_before = tuple(columns), used.get("method", "")
        used["method"] = method_of(look, columns, look.method_before)
        assumed.append(said_of_methods(look, columns))
        return ""
    found = look.several_times(cell, values)
    look.conflict = found.conflict
    if found.as_seeds and (varying := that_vary(look, cell, scores)):
        look.conflict = conflict_of(varying)
    if not found.as_seeds or look.conflict:
        return ""
    used.pop("seed", None)
    assumed.append(REPEATS_ARE_SEEDS)
    return "seeds"


def _tells_apart(
    look: LookedTable, column: str, numeric: Sequence[str], used: Mapping[str, str]
) -> bool:
    """A column of few texts, without which rows would be there twice."""
    if not column or column in numeric or column in used.values():
        return False
    cells = look.counted(column)
    few = "" not in cells and 2 * len(distinct(cells)) <= len(cells)
    return few and not look.repeat([*used.values(), column])


_FROM = re.compile(
    r"(?i)(?:train|trained|source|src|from)(?:ed)?(?:[\s_]on)?[\s_\-./:=]*\{target\}"
)
_SEED = re.compile(r"(?i)((?:seed|run|fold|rep|trial|(?<![A-Za-z])s)[\s_=-]*)\d+(?![^\W_])")


_BESIDE_TARGET = re.compile(
    r"(?P<down>[^/:|>]+)(?P<before>/|::?|\||->|>)\{target\}"
    r"|\{target\}(?P<after>/|::?|\||->|>)(?P<up>[^/:|>]+)"
)
"""A template of a target and one more name, set apart by a sign that names hardly hold."""


def _with_fields(likely: Sequence[str], templates: Mapping[str, Sequence[str]]) -> str:
    """One template for several that differ in a seed or a method; empty where they do not.

    `{target}_seed0`, `{target}_seed1`; `mbert/{target}`, `xlmr/{target}`, each with all targets.
    """
    seeds = {_SEED.sub(r"\1{seed}", one) for one in likely}
    if len(seeds) == 1 and len(likely) > 1 and "{seed}" in (value := seeds.pop()):
        return value
    cut = [_BESIDE_TARGET.fullmatch(one) for one in likely]
    if len(likely) < 2 or not all(cut):
        return ""
    signs = {(match["before"], match["after"]) for match in cut if match}
    methods = [match["down"] or match["up"] for match in cut if match]
    if len(signs) != 1 or len({frozenset(templates[one]) for one in likely}) > 1:
        return ""
    if any(direction_of(one) or usual_word(one) in SPLITS or is_average(one) for one in methods):
        return ""
    ((before, after),) = signs
    word = field_of_numbers(methods)
    return f"{word}{before}{{target}}" if before else f"{{target}}{after}{word}"


def _names_of_rows(look: LookedTable, numeric: Sequence[str]) -> str:
    """The one column of names beside columns that are targets: a leaderboard; empty without."""
    header = look.raw.header
    texts = [c for c in header if c and c not in numeric and any(distinct(look.counted(c)))]
    if len(texts) != 1 or len({*look.counted(texts[0])}) < len(look.kept):
        return ""
    targets = [c for c in numeric if not NOT_SCORES.search(usual_word(c)) and not is_average(c)]
    odd = any(direction_of(c) for c in targets) or numbered_columns(targets)
    words = [usual_column(word, header) for word in ("target", "score")]
    if len(targets) < 2 or odd or any(words) or joint_pair(look, texts):
        return ""
    return texts[0]
