"""What a file of results is, looked at without a manifest: its form, its columns, its direction."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.errors import RequestError, listed
from core.io.dialects import (
    MOST_COLUMNS,
    PACKINGS,
    DialectError,
    NotUtf8Error,
    RawTable,
    ReadOptions,
    asked_for,
    chosen,
    distinct,
    read_raw,
    rows_where,
)
from core.io.files import open_binary
from core.io.layouts.records import all_differ
from core.io.layouts.score_names import joining_sign
from core.io.layouts.square import rows_are_targets
from core.io.manifest.advice import key
from core.io.name_rules import near_twins
from core.io.number_cells import bare_numbers
from core.io.sources import pattern_of, usual_column, usual_word
from core.io.tables import NOTHING, stripped, texts_of
from core.io.text_columns import TextColumn
from core.metrics import METRICS
from core.numerics.arrays import BoolArray, FloatArray

WORDS = ("sources", "target", "score", "method", "seed", "checkpoint")
ERRORS = frozenset(
    [
        "error",
        "err",
        "mse",
        "rmse",
        "mae",
        "loss",
        "wer",
        "cer",
        "perplexity",
        "ppl",
        "nmse",
        "mape",
        "brier",
        "distance",
        "nll",
        "regret",
        "fehler",
        "fid",
        "ece",
        "ter",
        "eer",
        "bpc",
        "bpb",
        "logloss",
        "crps",
        "risk",
        "nrmse",
        "smape",
        "entropy",
    ]
)
SHARES = frozenset(
    [
        "accuracy",
        "acc",
        "f1",
        "auc",
        "auroc",
        "precision",
        "recall",
        "iou",
        "miou",
        "dice",
        "em",
        "map",
        "mrr",
        "ndcg",
        "uas",
        "las",
        "top1",
        "genauigkeit",
        "exactitude",
    ]
)
SCORES = frozenset(
    [
        "score",
        "reward",
        "return",
        "r2",
        "bleu",
        "rouge",
        "correlation",
        "spearman",
        "pearson",
        "mcc",
        "kappa",
        "performance",
        "gain",
        "improvement",
        "transfer",
    ]
)
STANDARD = frozenset(["id", "standard", "in", "iid", "indist", "source", "seen"])
SHIFTED = frozenset(["ood", "shifted", "out", "shift", "oodist", "target", "unseen"])
_NOT_SCORES = re.compile(
    r"^(n|num|count|size|std|sd|stderr|se|var|id|index|len)(_|$)|_(std|sd|stderr|se)$"
)
_SPREAD = re.compile(
    r"(.*?)(?<![\s_\-./(])[\s_\-./(]*+(?:std|sd|stdev|std_?err|stderr|se|sem|ci|ci95|var|variance|±|\+/-|n|count)\)?",
    re.IGNORECASE,
)
_AVERAGES = frozenset(
    ["avg", "avg.", "average", "mean", "overall", "macro_avg", "micro_avg", "ø", "std", "median"]
)
_METRICS = ("metric", "metrics", "measure", "metric_name", "eval_metric", "measure_name")
GUESSED = "cp1252"
"""The encoding that a text is most likely in which is not UTF-8."""
LONGEST_NAME = 200
"""Characters of a column's name that is looked at closely."""
MOST_LOOKED_AT = 1_000_000
"""Pairs of a column's name and another name that are compared."""
PREVIEW = 6


@dataclass(frozen=True)
class Recognized:
    """What was understood of a file.

    form: layout. section: keys of `[evaluations]` but the layout and tables within it. columns,
    where, splits: its tables. metric: direction, None = nothing tells. aliases: task -> other
    names. read: keys of `[evaluations.read]`. leave_out: names that are no tasks. rows: what the
    rows of a matrix are, where it is not sources. joined_by: what joins names in a training set,
    where it is not +. told_by: what the direction is told by, where
    it is not the column. understood, assumed, unknown: sentences.
    """

    form: str
    path: str
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    repeats: str = ""
    metric: str | None = None
    zero: str = ""
    one: str = ""
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    rows: str = ""
    joined_by: str = ""
    told_by: str = ""
    dialect: Sequence[str] = ()
    understood: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def manifest(self, title: str) -> str:
        """study.toml, with comments that say where each line comes from."""
        lines = [f"title = {_quoted(title)}", ""]
        lines += [f"# understood: {text}" for text in self.understood]
        lines += [f"# assumed: {text}" for text in self.assumed]
        lines += [f"# not known: {text}" for text in self.unknown]
        lines += [
            "",
            "[evaluations]",
            f"layout = {_quoted(self.form)}",
            f"path = {_quoted(self.path)}",
        ]
        if self.value:
            lines.append(f"value = {_quoted(self.value)}")
        if self.repeats:
            lines.append(f"repeats = {_quoted(self.repeats)}")
        if self.leave_out:
            lines.append(f"leave_out = {json.dumps(self.leave_out, ensure_ascii=False)}")
        if self.joined_by:
            lines.append(f"joined_by = {_quoted(self.joined_by)}")
        if self.rows:
            lines.append(f"rows = {_quoted(self.rows)}")
        if self.splits:
            inner = ", ".join(f"{word} = {_quoted(theirs)}" for word, theirs in self.splits.items())
            lines.append(f"splits = {{{inner}}}")
        for name, table in (("columns", self.columns), ("where", self.where)):
            if table:
                lines += ["", f"[evaluations.{name}]"]
                lines += [f"{key(word)} = {_quoted(column)}" for word, column in table.items()]
        if self.read:
            lines += ["", "[evaluations.read]"]
            for word, given in self.read.items():
                lines.append(f"{word} = {json.dumps(given, ensure_ascii=False)}")
        lines += ["", "[scale]"]
        lines.append(f"metric = {_quoted(self.metric or 'score')}")
        lines.append(
            f"zero = {self.zero}"
            if self.zero
            else '# zero = 0.5  # what no transfer reaches, or "source:NAME"'
        )
        lines.append(
            f"one = {self.one}"
            if self.one
            else '# one = "diagonal"  # what counts as full: a number or "diagonal"'
        )
        for task, others in self.aliases.items():
            names = ", ".join(map(_quoted, others))
            lines += ["", f"[{key('tasks', task)}]", f"aliases = [{names}]"]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def recognize(
    path: Path,
    *,
    mapped: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    metric: str | None = None,
    zero: str | None = None,
    one: str | None = None,
) -> Recognized:
    """What a file is. Raises RequestError, with what to do, where it cannot be told.

    mapped: our word -> their column, where somebody knows better. where: column -> value of rows
    that count.
    """
    if path.is_dir():
        path, pattern = _one_of_folder(path)
    else:
        pattern = path.name
    with asked_for(path):
        with open_binary(path) as file:
            data = file.read()
        raw, guess = read_guessing(path.name, data)
    try:
        found = recognize_table(
            raw, path.name, mapped=mapped, where=where, metric=metric, zero=zero, one=one
        )
    except RequestError as error:
        if not guess:
            raise
        raise RequestError(f"{error} (it is not UTF-8 and was read as {GUESSED})") from None
    if guess:
        found = replace(
            found,
            read={"encoding": GUESSED, **found.read},
            assumed=(
                f"it is not UTF-8: read as {GUESSED}, with words such as {guess}",
                *found.assumed,
            ),
        )
    return replace(found, path=pattern)


def read_guessing(name: str, data: bytes) -> tuple[RawTable, str]:
    """The table, and a word in which the guessed encoding shows; empty where none was guessed."""
    try:
        return read_raw(name, data), ""
    except NotUtf8Error:
        try:
            raw = read_raw(name, data, ReadOptions(encoding=GUESSED))
        except DialectError:
            raw = None
        if raw is None:
            raise
        texts = (*raw.header, *(cell for c in raw.columns for cell in c if isinstance(cell, str)))
        odd = next((text for text in texts if not text.isascii()), "")
        return raw, odd[:40]


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
) -> Recognized:
    """What a table is, its path left empty; `name` is what messages call it. Raises as above.

    form: `square`, `wide` or `scores`, where somebody knows.
    """
    if len(raw.header) < 2:
        raise RequestError(
            f"{name}: {'one column' if raw.header else 'nothing in it'}; give a table of results"
            " with at least sources, targets and scores, or a matrix"
        )
    if raw.ragged:
        row, width = raw.ragged[0]
        raise RequestError(
            f"{name}, row {row}: {width} values where the header has {len(raw.header)}"
            f" ({len(raw.ragged)} such row{'s' if len(raw.ragged) > 1 else ''}); give each row one"
            " value per column"
        )
    if not len(raw.rows):
        raise RequestError(f"{name}: a header and no row; give the file with the results")
    looked = _Look(raw, dict(mapped or {}), dict(where or {}))
    found = looked.as_form(form, name)
    found = replace(found, dialect=raw.recognized)
    found = _with_direction(found, metric)
    return replace(found, zero=_number_or_name(zero, "zero"), one=_number_or_name(one, "one"))


def _number_or_name(given: str | None, option: str) -> str:
    if not given:
        return ""
    try:
        float(given)
    except ValueError:
        if (given == "diagonal" and option == "one") or given.startswith("source:"):
            return _quoted(given)
        allowed = '"source:NAME"' + (' or "diagonal"' if option == "one" else "")
        raise RequestError(f"--{option} {given}: write a number, {allowed}") from None
    return given


def _one_of_folder(folder: Path) -> tuple[Path, str]:
    """The table of a folder, or one of several alike and a glob for all."""
    plain = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".json", ".jsonl")
    suffixes = (*plain, *(f".csv{packing.suffix}" for packing in PACKINGS))
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name.lower().endswith(suffixes))
    if not files:
        raise RequestError(f"{folder}: no table in it; name a file, or write study.toml by hand")
    if len(files) == 1:
        return files[0], files[0].name
    kinds = {path.suffix for path in files}
    heads = set()
    for path in files[:50]:
        try:
            heads.add(read_raw(path.name, path.read_bytes()).header)
        except DialectError:
            heads.add((path.name,))
    if len(kinds) > 1 or len(heads) > 1:
        raise RequestError(
            f"{folder}: {len(files)} tables that are not alike ({listed(p.name for p in files)});"
            " name one of them"
        )
    return files[0], f"*{files[0].suffix}"


class _Look:
    """One table, looked at."""

    def __init__(self, raw: RawTable, mapped: dict[str, str], where: dict[str, str]) -> None:
        self.raw, self.mapped, self.where = raw, mapped, where
        self.missing: frozenset[str] = frozenset()
        self.assumed: list[str] = []
        self.cells = [texts_of(stripped(column)) for column in raw.columns]
        for word, column in mapped.items():
            if word not in WORDS:
                raise RequestError(f"--map {word}={column}: words are {listed(WORDS)}")
            if column not in raw.header and not (word == "score" and "{target}" in column):
                raise RequestError(f"--map {word}={column}: columns are {listed(raw.header)}")
        for column, value in where.items():
            if column not in raw.header:
                raise RequestError(f"--where {column}={value}: columns are {listed(raw.header)}")
            if value not in self.column(column):
                there = listed(dict.fromkeys(self.column(column)))
                raise RequestError(f"--where {column}={value}: no such row; there is {there}")
        self.kept = np.arange(len(raw.rows))
        for column, value in where.items():
            self._keep(rows_where(self.column(column), lambda cell: cell == value))  # noqa: B023
        if all("" in cells for cells in self.cells):
            filled = np.any([rows_where(cells, bool) for cells in self.cells], axis=0)
            if filled[self.kept].any():
                self._keep(filled)

    def _keep(self, fits: BoolArray) -> None:
        self.kept = self.kept[fits[self.kept]]

    def as_form(self, form: str | None, name: str) -> Recognized:
        """Read as that form, or as the first that fits. Raises RequestError where none does."""
        forms = {"square": (self.square,), "wide": (self.wide, self.across), "scores": ()}
        tried = forms.get(form, ()) if form else (self.square, self.wide, self.across)
        for look in tried:
            found = look()
            if found is not None:
                return self._with_assumed(found)
        if form and tried:
            raise RequestError(
                f"{name}: "
                + (
                    "no matrix: names down, names across, numbers between them"
                    if form == "square"
                    else "no columns that are called after targets, such as eval/de/f1"
                )
            )
        return self._with_assumed(self.long(name))

    def _with_assumed(self, found: Recognized) -> Recognized:
        """What was taken for no number holds for whatever form is found after that."""
        read = {"missing": sorted(self.missing)} if self.missing else {}
        return replace(found, read=read, assumed=(*self.assumed, *found.assumed))

    def column(self, name: str) -> Sequence[str]:
        """All cells of a column as text."""
        return self.cells[self.raw.header.index(name)]

    def counted(self, name: str) -> Sequence[str]:
        """The cells of a column in rows that count."""
        cells = self.column(name)
        if len(self.kept) == len(cells):
            return cells
        return texts_of(chosen(cells, self.kept))

    def numbers(self, cells: Sequence[str]) -> FloatArray | None:
        """Cells as numbers, None where one is text; no number is NaN."""
        texts = self.texts_of_numbers(cells)
        if any(text is None for text in texts.values()):
            return None
        known = {cell: float(text or "nan") for cell, text in texts.items()}
        if isinstance(cells, TextColumn):
            values = [known.get(cell, np.nan) for cell in cells.texts]
            return np.asarray(np.array(values, dtype=np.float64)[cells.codes])
        return np.array([known.get(cell, np.nan) for cell in cells], dtype=np.float64)

    def texts_of_numbers(self, cells: Sequence[str]) -> dict[str, str | None]:
        """Of each different cell that is not for nothing: its number, None where it has none."""
        nothing = NOTHING | self.missing
        filled = [cell for cell in distinct(cells) if cell.lower() not in nothing]
        if not self.raw.decimal_comma and all(map(_is_number, filled)):
            return dict(zip(filled, filled, strict=True))
        bare = bare_numbers(filled, decimal_comma=self.raw.decimal_comma).texts
        found: dict[str, str | None] = {}
        for cell in filled:
            text = bare.get(cell, cell).removesuffix("%").strip()
            text = text.replace(",", ".") if self.raw.decimal_comma else text
            try:
                float(text)
                found[cell] = text
            except ValueError:
                found[cell] = None
        return found

    def square(self) -> Recognized | None:
        """A matrix: names down, numbers across; None where it is something else."""
        header = self.raw.header
        if self.mapped or len(header) < 3 or len(self.raw.rows) > MOST_COLUMNS:
            return None
        names = [name for name in header[1:] if name]
        if len(set(names) & set(self.cells[0])) > 1:
            self._words_of_matrix()
        if usual_column("seed", names) and usual_column("seed", names) not in self.cells[0]:
            return None
        if len(set(self.cells[0])) < len(self.cells[0]) and "" not in self.cells[0]:
            return None
        numeric = [self.numbers(column) is not None for column in self.cells[1:]]
        if not names or not all(numeric) or len(set(names)) < len(names):
            return None
        first = [cell for cell in self.cells[0] if cell]
        there = set(names)
        spreads = [name for name in names if self._is_spread(name, there)]
        few = len(first) * len(names) <= MOST_LOOKED_AT
        if not set(first) & there and few and _templates(names, set(first)):
            return None
        common = len(set(first) & set(names))
        words = [usual_column(word, header[1:]) for word in ("target", "score")]
        if common * 2 < min(len(set(first)), len(names)) and (
            any(words) or len(set(first)) < len(first) or self.numbers(first) is not None
        ):
            return None
        if common == 0 and any(_split_of(name) for name in names):
            return None
        gone = [*spreads, *_averages([*names, *first])]
        down = [name for name in first if name not in gone]
        across = [name for name in names if name not in gone]
        targets = rows_are_targets(header[0])
        shape = (
            f"{len(down)} targets down, {len(across)} sources across, as {header[0]} says"
            if targets
            else f"{len(down)} sources down, {len(across)} targets across"
        )
        return Recognized(
            form="square",
            path="",
            leave_out=tuple(gone),
            rows="targets" if targets else "",
            joined_by=(sign := joining_sign(*((across, down) if targets else (down, across)))),
            understood=(f"a matrix, {shape}",),
            assumed=(*_joined(sign), *_left_out(gone)),
        )

    def _words_of_matrix(self) -> None:
        """Take the few words between the numbers of a matrix for none, such as `x`."""
        texts = self.texts_of_numbers([cell for cells in self.cells[1:] for cell in cells])
        words = [cell for cell, text in texts.items() if text is None]
        if (
            words
            and len(words) <= 3
            and len(texts) > len(words)
            and not any(map(_has_digit, words))
        ):
            self.missing |= {word.lower() for word in words}
            self.assumed.append(f"{listed(words)} stands for no number")

    def _is_spread(self, name: str, names: Collection[str]) -> bool:
        """A column of the standard deviations of another one: A_std beside A."""
        match = _SPREAD.fullmatch(name) if len(name) <= LONGEST_NAME else None
        return bool(match and match[1] and match[1] in names and match[1] != name)

    def wide(self) -> Recognized | None:
        """A row a run, a column for each task and split; None where it is something else."""
        if any(word in self.mapped for word in ("target", "score")):
            return None
        splits: dict[str, set[str]] = {}
        for name in self.raw.header:
            cut = _split_of(name)
            if cut is not None and self.numbers(self.column(name)) is not None:
                splits.setdefault(cut[1], set()).add(cut[0])
        shifted = next((s for s in splits if s.lower() in SHIFTED and len(splits[s]) > 1), None)
        if shifted is None:
            return None
        standard = next((s for s in splits if s.lower() in STANDARD), None)
        columns = {}
        model = self.mapped.get("sources") or next(
            (
                c
                for c in self.raw.header
                if usual_word(c)
                in ("run", "model", "name", "experiment", "method", "trained", "source")
            ),
            None,
        )
        if model is None:
            return None
        columns["sources"] = model
        seed = self.mapped.get("seed") or usual_column("seed", self.raw.header)
        if seed:
            columns["seed"] = seed
        named = {"standard": standard} if standard else {}
        return Recognized(
            form="wide",
            path="",
            columns=columns,
            splits={**{k: v for k, v in named.items() if v}, "shifted": shifted},
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

    def across(self) -> Recognized | None:
        """A row a training set, a column a target: `eval/de/f1`, `eval/en/f1`; None otherwise.

        Taken for it where columns are called after what other rows were trained on, or where
        somebody says so: score = "eval/{target}/f1".
        """
        told = self.mapped.get("score", "")
        if "target" in self.mapped or (told and "{target}" not in told):
            return None
        header = self.raw.header
        sources = self.mapped.get("sources") or usual_column("sources", header)
        if sources is None and self.numbers(self.cells[0]) is None:
            sources = header[0]
        if sources is None:
            return None
        numeric = [
            name
            for name, cells in zip(header, self.cells, strict=True)
            if name and name != sources and any(distinct(cells)) and self.numbers(cells) is not None
        ]
        trained = {
            task.strip()
            for cell in distinct(self.counted(sources))
            for task in cell.split("+")
            if cell
        }
        few = len(numeric) * len(trained) <= MOST_LOOKED_AT
        templates = _templates(numeric, trained) if few or told else {}
        likely = [
            one
            for one, targets in templates.items()
            if len(targets) > 1 and not _NOT_SCORES.search(usual_word(one.replace("{target}", "x")))
        ]
        likely.sort(key=lambda one: (_ORDER.get(direction_of(one) or "", 3), -len(templates[one])))
        value = told or (likely[0] if likely else "")
        plain = [name for name in numeric if name in trained]
        if not value and len(plain) > 1 and "target" not in map(usual_word, header):
            value = "{target}"
        if not value:
            return None
        fits = pattern_of(value)
        targets = [match["target"] for match in map(fits.match, numeric) if match]
        if not targets:
            raise RequestError(f"--map score={told}: columns of numbers are {listed(numeric)}")
        used = {"sources": sources}
        rest = [c for c in header if c != sources and c not in self.where and not fits.match(c)]
        if value == "{target}":
            rest = [c for c in header if c != sources and c not in plain]
        for word in ("seed", "method"):
            column = self.mapped.get(word) or usual_column(word, rest)
            if column is None:
                continue
            cells = self.counted(column)
            given = word in self.mapped
            if given or (self._is_whole(column, seed=True) if word == "seed" else "" not in cells):
                used[word] = column
        assumed = [f"{one} is left aside" for one in likely if one != value][:PREVIEW]
        gone: list[str] = []
        if value == "{target}":
            other = [c for c in rest if c and c not in used.values()]
            gone = [
                c
                for c in other
                if c not in numeric
                or self._is_spread(c, plain)
                or _NOT_SCORES.search(usual_word(c))
                or usual_word(c) in _AVERAGES
                or usual_column("seed", [c])
                or usual_column("checkpoint", [c])
            ]
            targets = [c for c in numeric if c not in gone and c not in used.values()]
            if gone:
                assumed.append(f"{listed(gone)} is no target and left out")
        repeats = ""
        if self._repeat(list(used.values())):
            used.pop("seed", None)
            repeats = "seeds"
            assumed.append("a cell that is there several times stands for several seeds")
        said = ", ".join(f"{word} is column {column}" for word, column in used.items())
        return Recognized(
            form="wide",
            path="",
            columns={word: column for word, column in used.items() if word != column}
            | {"sources": sources},
            where=self.where,
            value=value,
            repeats=repeats,
            leave_out=tuple(gone),
            understood=(f"a row a training set: {said}; {len(targets)} targets in {value}",),
            assumed=tuple(assumed),
        )

    def long(self, name: str) -> Recognized:
        """A row a score. Raises RequestError where columns are missing."""
        header = self.raw.header
        used: dict[str, str] = {}
        for word in ("sources", "target"):
            column = self.mapped.get(word) or usual_column(
                word, [c for c in header if c not in used.values()]
            )
            if column is None:
                raise RequestError(self._lacking(name, word))
            used[word] = column
        told_by = self._one_metric(used)
        used["score"] = self._score(name, used)
        for word in ("seed", "checkpoint"):
            column = self.mapped.get(word) or usual_column(
                word, [c for c in header if c not in used.values()]
            )
            if column is not None and self._is_whole(column, seed=word == "seed"):
                used[word] = column
        assumed: list[str] = []
        method = self.mapped.get("method")
        if method is None:
            rest = [c for c in header if c not in used.values() and c not in self.where]
            method = usual_column("method", rest)
            method = method if method and "" not in self.counted(method) else None
        if method is not None:
            used["method"] = method
        repeats = self._made_unique(used, assumed)
        names = {word: column for word, column in used.items() if word != column}
        targets = dict.fromkeys(distinct(self.counted(used["target"])))
        sources = dict.fromkeys(distinct(self.counted(used["sources"])))
        aliases: dict[str, list[str]] = {}
        for one, other, why in near_twins(list({**sources, **targets})):
            if why.startswith("a suffix"):
                aliases.setdefault(one, []).append(other)
                assumed.append(f"{other} is {one}")
        sign = joining_sign(list(sources), list(targets))
        assumed += _joined(sign)
        gone = _averages([*sources, *targets])
        assumed += _left_out(gone)
        understood = [
            f"a row a score: {word} is column {column}"
            if word == "sources"
            else f"{word} is {column}"
            for word, column in used.items()
        ]
        return Recognized(
            form="scores",
            path="",
            columns=names,
            where=self.where,
            repeats=repeats,
            aliases=aliases,
            leave_out=tuple(gone),
            joined_by=sign,
            told_by=told_by,
            understood=(", ".join(understood),),
            assumed=tuple(assumed),
        )

    def _lacking(self, name: str, word: str) -> str:
        header = self.raw.header
        first = [one for one in header if one]
        if any(_is_number(one) for one in first) and not any(
            usual_column(known, header) for known in ("sources", "target", "score")
        ):
            return (
                f"{name}: its first row is no header but {listed(first)}; write one above it, such"
                " as sources,target,score, or the names of the targets for a matrix"
            )
        return (
            f"{name}: no column for {word} among {listed(one or '(no name)' for one in header)};"
            f" name it with --map {word}=COLUMN"
        )

    def _one_metric(self, used: Mapping[str, str]) -> str:
        """Where rows are of several metrics, count those of one; its name, empty without."""
        header = [c for c in self.raw.header if c not in used.values()]
        column = next((c for c in header if usual_word(c) in _METRICS), None)
        if column is None or self.mapped.get("method") == column:
            return ""
        values = list(distinct(self.counted(column)))
        if self.numbers(values) is not None:
            return ""
        if len(values) > 1:
            rest = values[1:]
            self.where[column] = values[0]
            cells = self.column(column)
            self._keep(rows_where(cells, lambda cell: cell == values[0]))
            self.assumed.append(
                f"rows with {column} = {values[0]} count; there is {listed(rest)}, too:"
                f" --where {column}={rest[0]}"
            )
        return values[0]

    def _words_for_nothing(self, name: str, column: str) -> None:
        """Take the few words between a column's numbers for none; RequestError for more."""
        cells = self.counted(column)
        texts = self.texts_of_numbers(cells)
        words = [cell for cell, text in texts.items() if text is None]
        if not words:
            return
        is_odd = rows_where(cells, frozenset(words).__contains__)
        odd = int(is_odd.sum())
        if len(words) <= 3 and odd * 2 <= len(cells) and not any(_has_digit(w) for w in words):
            self.missing |= {word.lower() for word in words}
            self.assumed.append(f"{listed(words)} in {column} stands for no number")
            return
        row = self.raw.rows[self.kept[int(np.flatnonzero(is_odd)[0])]]
        raise RequestError(
            f"{name}, row {row}: {column} is {words[0]}, not a number ({odd} of {len(cells)} rows);"
            " write numbers with a point and without thousands separators, or name another column"
            " with --map score=COLUMN"
        )

    def _score(self, name: str, used: Mapping[str, str]) -> str:
        if "score" in self.mapped:
            return self.mapped["score"]
        rest = [
            c
            for c in self.raw.header
            if c and c not in used.values() and self.numbers(self.counted(c)) is not None
        ]
        filled = [c for c in rest if any(distinct(self.counted(c)))]
        column = usual_column("score", filled)
        meant = usual_column("score", [c for c in self.raw.header if c not in used.values()])
        if column is None and meant is not None and not _NOT_SCORES.search(usual_word(meant)):
            self._words_for_nothing(name, meant)
            return meant
        if column is None:
            likely = [c for c in filled if not _NOT_SCORES.search(usual_word(c))]
            words = [c for c in likely if direction_of(c) is not None]
            likely = words or likely
            if len(likely) > 1 and len({re.sub(r"\d+", "", one) for one in likely}) == 1:
                raise RequestError(
                    f"{name}: {len(likely)} columns that may be seeds ({listed(likely)}); write"
                    " them below one another with a column seed, or name one with"
                    f" --map score={likely[0]}"
                )
            if len(likely) != 1:
                raise RequestError(self._lacking(name, "score"))
            column = likely[0]
        others = [
            c
            for c in filled
            if c != column and direction_of(c) and not _NOT_SCORES.search(usual_word(c))
        ]
        if others:
            self.assumed.append(
                f"{column} is the score; {listed(others)} is left aside: --map score={others[0]}"
            )
        return column

    def _is_whole(self, column: str, *, seed: bool) -> bool:
        cells = distinct(self.counted(column))
        digits = r"(?:[A-Za-z]+[\s_=-]*)?\d+(?:\.0*)?" if seed else r"\d+(?:\.0*)?"
        return all(re.fullmatch(digits, cell) for cell in cells)

    def _repeat(self, columns: Sequence[str]) -> bool:
        """Some rows are alike in all of these columns."""
        cells = [self.counted(column) for column in columns]
        coded = [one.codes.astype(np.int64) for one in cells if isinstance(one, TextColumn)]
        if len(coded) == len(cells):
            return not all_differ(*coded)
        rows = list(zip(*cells, strict=True))
        return len(set(rows)) < len(rows)

    def _made_unique(self, used: dict[str, str], assumed: list[str]) -> str:
        """Add what tells cells apart to `used`; what to do with repeats that are left."""

        cell = [column for word, column in used.items() if word != "score"]
        score = used.get("score", "")
        if not self._repeat(cell):
            return ""
        for column in self.raw.header:
            if column in used.values() or column in self.where or not column:
                continue
            cells = self.counted(column)
            different = len(distinct(cells))
            several = different * 2 <= len(cells)
            if different > max(20, len(cells) // 4) or self._is_spread(column, [score]):
                continue
            if _NOT_SCORES.search(usual_word(column)) and not several:
                continue
            numbers = self.numbers(cells)
            whole = numbers is None or bool(np.all(numbers == np.round(numbers)))
            # Numbers with a point that come again are a setting, such as lr = 0.1.
            if not (whole or several) or direction_of(column):
                continue
            if not self._repeat([*cell, column]):
                before = used.get("method")
                used["method"] = f"{{{before}}} {{{column}}}" if before else column
                assumed.append(f"rows that differ in {column} are methods of their own")
                return ""
        assumed.append("a cell that is there several times stands for several seeds")
        used.pop("seed", None)
        return "seeds"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _has_digit(text: str) -> bool:
    return any(ch.isdigit() for ch in text)


def _averages(names: Sequence[str]) -> list[str]:
    """Names that are an average over others and no task, where there are others."""
    found = [n for n in dict.fromkeys(names) if usual_word(n) in _AVERAGES]
    return found if len({*names}) - len(found) > 1 else []


def _joined(sign: str) -> tuple[str, ...]:
    return (f"{sign.strip()} joins the names of a training set",) if sign else ()


def _left_out(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    is_or_are = "is no task" if len(names) == 1 else "are no tasks"
    return (f"{listed(names)} {is_or_are} but an average or a spread, and left out",)


def _split_of(name: str) -> tuple[str, str] | None:
    """Task and split of a column's name: distance_ood."""
    match = re.fullmatch(r"(.+)[_\-.](\w+?)", name)
    if match and match[2].lower() in STANDARD | SHIFTED:
        return match[1], match[2]
    return None


_ORDER = {"accuracy": 0, "score": 1, "error": 2}


def _templates(columns: Sequence[str], names: set[str]) -> dict[str, list[str]]:
    """Columns that hold a name between other characters, as templates -> names found in them."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if "{" in column:
            continue
        for name in names:
            at = column.find(name) if name and name != column else -1
            if at < 0:
                continue
            before, after = column[:at], column[at + len(name) :]
            if not (before[-1:].isalnum() or after[:1].isalnum()):
                found.setdefault(f"{before}{{target}}{after}", []).append(name)
    return found


def direction_of(column: str) -> str | None:
    """`error`, `accuracy` or `score`, as a column's name tells; None where it does not."""
    lower = column.lower()
    if re.search(r"↓|lower[ _]is[ _]better|lower[ _]better|\bmin\b", lower):
        return "error"
    if re.search(r"↑|higher[ _]is[ _]better|higher[ _]better", lower):
        return "score"
    parts = usual_word(column).split("_")
    if re.match(r"(?:1|one)\s*(?:-|−|minus)", lower) or parts[0] in ("neg", "negative", "minus"):
        # 1-wer, neg_loss: what is turned round goes the other way.
        return "score" if any(part in ERRORS for part in parts) else None
    for words, metric in ((ERRORS, "error"), (SHARES, "accuracy"), (SCORES, "score")):
        if any(part in words for part in parts):
            return metric
    return None


def _with_direction(found: Recognized, given: str | None) -> Recognized:
    if given is not None:
        return replace(found, metric=given, understood=(*found.understood, f"direction: {given}"))
    column = found.value or found.columns.get("score", "score" if found.form == "scores" else "")
    told = direction_of(column) if column else None
    if found.told_by and (told is None or direction_of(found.told_by)):
        column, told = found.told_by, direction_of(found.told_by)
    if told is None:
        choices = "|".join(sorted(METRICS))
        return replace(
            found, unknown=(*found.unknown, f"whether higher is better: --metric {choices}")
        )
    way = "higher" if METRICS[told].higher_is_better else "lower"
    return replace(
        found, metric=told, understood=(*found.understood, f"{way} is better, as {column} says")
    )
