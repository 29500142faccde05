"""What the rows of a reference reach, such as those of a model without transfer: no task.

A method, and a seed, that has rows of its own is placed by these: each with its own base.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import distinct, rows_where
from core.io.layouts.score_names import METHOD, renamed
from core.io.layouts.task_scales import Reached, TasksNamed
from core.io.problems import ProblemCollector, listed_quoted, quoted
from core.io.table_cells.cells import whole_number
from core.io.tables import Names, Table
from core.numerics.arrays import BoolArray, FloatArray
from core.scale_ends import EndKey, EndRow

Series = Mapping[tuple[str, int | None], Mapping[int, float]]
"""Of each method and seed (None = not given) what a reference reaches at each step."""

_At = tuple[str, str]
"""A reference and a target."""


def references_of(
    findings: ProblemCollector,
    table: Table,
    named: TasksNamed,
    numbers: Mapping[str, re.Pattern[str]],
) -> tuple[BoolArray, Mapping[_At, Reached]]:
    """Which rows are of references, (N,) bool, and what each of those reaches on each target.

    numbers: of `seed` and `checkpoint`, what names look like that hold one. Warns where methods
    without rows of their own lie between what a reference reaches by the others.
    """
    references = named.references
    if not references:
        return np.zeros(len(table), dtype=bool), {}
    sources, targets = table.texts("sources"), renamed(table.names("target"), named.aliases)
    called = table.names("sources")
    score, _ = table.numbers("score", ProblemCollector())
    theirs = rows_where(sources, lambda source: source in references)
    # `source:0` is the row 0.0 of a column of numbers, too.
    theirs |= np.array([name in references for name in called.names], dtype=bool)[called.codes]
    there = np.flatnonzero(theirs & np.isfinite(score)).tolist()
    methods = table.names("method") if "method" in table else None
    seeds, steps = (_numbers_at(table, word, there, numbers) for word in ("seed", "checkpoint"))
    found: dict[_At, dict[tuple[str, int | None], dict[int, list[float]]]] = {}
    rows: dict[_At, list[EndRow]] = {}
    for i, seed, step in zip(there, seeds, steps, strict=True):
        name, target = called.names[int(called.codes[i])], targets.names[int(targets.codes[i])]
        at = (name if name in references else sources[i], target)
        series = found.setdefault(at, {})
        method = METHOD if methods is None else methods.names[int(methods.codes[i])]
        by_step = series.setdefault((method, seed), {})
        by_step.setdefault(step or 0, []).append(float(score[i]))
        row = EndRow(method, seed, step or 0, table.file_at(i), int(table.rows[i]))
        rows.setdefault(at, []).append(row)
    reached = {
        at: replace(reached_of(_means(series)), rows=(*rows[at],)) for at, series in found.items()
    }
    of_runs = np.where(theirs, np.nan, score)
    _tell(findings, table, reached, (_kinds(table, methods, numbers), targets, of_runs))
    return theirs, reached


def _numbers_at(
    table: Table, word: str, rows: Sequence[int], numbers: Mapping[str, re.Pattern[str]]
) -> Iterable[int | None]:
    """Of these rows the number in a column such as `seed`; None where there is none."""
    if word not in table:
        return [None] * len(rows)
    cells = table.texts(word)
    texts = [cells[i] for i in rows]
    unique = distinct(texts)
    known = dict(zip(unique, _numbers_of(unique, numbers[word]), strict=True))
    return [known[text] for text in texts]


def _numbers_of(texts: Iterable[str], pattern: re.Pattern[str]) -> list[int | None]:
    """The whole number in each of these texts, None = none."""
    matches = [(text, pattern.fullmatch(text)) for text in texts]
    return [whole_number(match[1] if match else text) for text, match in matches]


def _means(series: Mapping[tuple[str, int | None], Mapping[int, Sequence[float]]]) -> Series:
    return {
        of: {step: float(np.mean(values)) for step, values in by_step.items()}
        for of, by_step in series.items()
    }


def reached_of(series: Series) -> Reached:
    """What a reference reaches on one target, over all and for each method, seed and step.

    At no step in particular its last counts, as that of a base does. A seed over all methods, and
    a step over several rows, only where all of them have it: else it would tell another mean.
    """
    methods = tuple(dict.fromkeys(method for method, _ in series))
    own: dict[EndKey, float] = {}
    for method in (*methods, None):
        some = [(m, seed, steps) for (m, seed), steps in series.items() if method in (m, None)]
        for seed in (*dict.fromkeys(seed for _, seed, _ in some if seed is not None), None):
            members = [(m, steps) for m, its, steps in some if seed in (its, None)]
            if method is None and {m for m, _ in members} != {*methods}:
                continue
            by_step = [steps for _, steps in members]
            own[method, seed, None] = float(np.mean([steps[max(steps)] for steps in by_step]))
            for step in by_step[0]:
                if all(step in steps for steps in by_step):
                    values = [steps[step] for steps in by_step]
                    own[method, seed, step] = float(np.mean(values))
    mean = own[None, None, None]
    return Reached(mean, own if {*own.values()} != {mean} else {}, methods)


@dataclass(frozen=True)
class _Kind:
    """What rows of a reference can be of: methods, or seeds.

    keys: of each of the names, as in an EndKey at `place`.
    """

    word: str
    names: Names
    keys: tuple[str | int | None, ...]
    place: int

    def ends(self, of: Reached) -> dict[str | int | None, float]:
        """What a reference reaches by each of these, over all else."""
        return {
            key[self.place]: end
            for key, end in of.own.items()
            if [at for at, one in enumerate(key) if one is not None] == [self.place]
        }

    def called(self, names: Iterable[str]) -> str:
        """`ft` and `lora`; seeds 1, 2 and 3."""
        names = tuple(names)
        if self.word == "method":
            return listed_quoted(names)
        return f"{self.word}{'s' if len(names) > 1 else ''} {listed(names)}"


def _kinds(
    table: Table, methods: Names | None, numbers: Mapping[str, re.Pattern[str]]
) -> tuple[_Kind, ...]:
    found = () if methods is None else (_Kind("method", methods, methods.names, 0),)
    if "seed" not in table:
        return found
    seeds = table.names("seed")
    return (*found, _Kind("seed", seeds, (*_numbers_of(seeds.names, numbers["seed"]),), 1))


def _tell(
    findings: ProblemCollector,
    table: Table,
    reached: Mapping[_At, Reached],
    rows: tuple[Sequence[_Kind], Names, FloatArray],
) -> None:
    """Note what is by each method or seed and what is a mean, and warn where that decides.

    rows: methods and seeds, targets, and the scores that are no reference's, NaN elsewhere.
    """
    kinds, targets, score = rows
    scored = np.isfinite(score)
    theirs = {
        kind.word: {kind.keys[code] for code in np.unique(kind.names.codes[scored]).tolist()}
        for kind in kinds
    }
    for name in dict.fromkeys(name for name, _ in reached):
        keys = [key for (one, _), of in reached.items() if one == name for key in of.own]
        held = zip(("method", "seed", "checkpoint"), zip(*keys, strict=True), strict=False)
        words = [
            word
            for word, of in held
            # Of seeds that no run has, no run has its own.
            if len({*of} - {None}) > 1 and (word not in theirs or theirs[word] & {*of})
        ]
        if words:
            table.note(f"{quoted(name)} of each {' and '.join(words)} by its own rows")
        here = {target: of for (one, target), of in reached.items() if one == name}
        for kind in kinds:
            _tell_of_means(findings, table, (name, here), (kind, targets, score))


def _tell_of_means(
    findings: ProblemCollector,
    table: Table,
    reference: tuple[str, Mapping[str, Reached]],
    rows: tuple[_Kind, Names, FloatArray],
) -> None:
    """Note which methods, or seeds, have no rows of a reference, and warn where that decides.

    reference: its name, and what it reaches on each target.
    """
    kind, targets, score = rows
    name, reached = reference
    pairs = targets.codes * len(kind.names.names) + kind.names.codes
    tested = np.unique(pairs[np.isfinite(score)])
    between, told, whose = 0, "", dict[str, None]()
    for target, of in reached.items():
        ends = kind.ends(of)
        if len(ends) < 2 or target not in targets.names:
            continue
        start = targets.names.index(target) * len(kind.names.names)
        has = {*of.methods} if kind.word == "method" else {*ends}
        without = [at for at, key in enumerate(kind.keys) if key not in has]
        codes = np.intersect1d(tested, np.array(without, dtype=np.int64) + start)
        if len(codes):
            whose |= dict.fromkeys(kind.names.names[code - start] for code in codes.tolist())
            low, high = min(ends.values()), max(ends.values())
            here = np.isin(pairs, codes) & (score > low) & (score < high)
            told = told or (f"{low:.4g} to {high:.4g} on {quoted(target)}" if here.any() else "")
            between += int(here.sum())
    if whose:
        who = listed(whose) if kind.word == "method" else kind.called(whose)
        table.note(
            f"a reference of several {kind.word}s as its mean over them for {who},"
            " without rows of it"
        )
    if between:
        have, it = ("have", "them") if len(whose) > 1 else ("has", "it")
        findings.warn(
            table.file,
            "",
            f"{quoted(name)} reaches {told} by {kind.word}, and {kind.called(whose)} {have} no row"
            f" of it: {between} of {'their' if len(whose) > 1 else 'its'} values lie between such"
            " ends, on which side is not known",
            f"add rows of {quoted(name)} for {it}; until then the mean of the others counts",
        )
