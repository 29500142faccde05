"""Tables as other people name them: files by pattern, columns by other words, rows that count."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import Cells, RawTable, chosen, distinct, rows_where
from core.io.files import MANIFEST, StudyFolder, is_file
from core.io.joint_columns import cells_apart, joint_column
from core.io.problems import ProblemCollector, quoted, shortened
from core.io.sections import SourceSection
from core.io.tables import (
    MANY_ROWS,
    NOTHING,
    Table,
    each_once,
    number_text,
    read_dialect,
    stripped,
    texts_of,
)
from core.io.text_columns import TextColumn, combined, concatenated
from core.numerics.arrays import BoolArray, IntArray

MOST_FILES = 200_000
_FIELD = re.compile(r"\{(\w+)\}")
_WILD = re.compile(r"[*?{\[]")

USUAL: Mapping[str, tuple[str, ...]] = {
    "sources": (
        "source", "src", "train", "trained", "trained_on", "train_on", "train_task", "train_lang",
        "lang_train", "src_lang", "source_lang", "source_language", "train_language", "from",
        "source_task", "source_domain", "src_domain", "train_domain", "train_dataset", "train_set",
        "train_data", "train_region", "source_dataset", "source_model", "finetuned_on", "tuned_on",
        "fine_tuned_on", "pretrain", "teacher", "giver", "donor", "s", "x", "train_genre",
        "train_site", "train_corpus", "training_set", "training_data", "sourcetask", "src_dataset",
        "pretrain_task", "pretrained_on", "finetune_task", "finetune_on", "fine_tune", "finetune",
        "trained_task", "after_task", "after", "after_training", "training_task", "training",
        "learned", "learned_on", "auxiliary",
        "auxiliary_task", "intermediate", "intermediate_task", "upstream", "upstream_task",
        "donor_task", "quelle", "trainiert_auf", "entraînement", "train_env", "source_env",
    ),
    "target": (
        "tgt", "trg", "test", "test_on", "tested_on", "eval_on", "test_task", "test_lang",
        "lang_pred", "tgt_lang", "trg_lang", "target_lang", "target_language", "test_language",
        "to", "dst", "dest", "target_task", "target_domain", "tgt_domain", "test_domain",
        "test_dataset", "test_set", "test_data", "test_region", "target_dataset", "eval_dataset",
        "eval_task", "evaluated_on", "eval", "eval_lang", "student", "taker", "t", "y", "dataset",
        "test_genre", "test_site", "test_corpus", "lang_test", "eval_set", "targettask",
        "tgt_dataset", "downstream", "downstream_task", "testing", "evaluation", "evaluation_task",
        "main_task", "held_out", "holdout", "ziel", "getestet_auf", "test_env", "target_env",
        "task", "tasks", "datasets", "benchmark", "benchmarks", "target_db", "test_db",
        "exp2", "task2", "lang2",
    ),
    "score": (
        "value", "accuracy", "acc", "f1", "macro_f1", "micro_f1", "f1_macro", "auc", "auroc",
        "roc_auc", "r2", "reward", "mean_reward", "return", "mean", "performance", "perf", "result",
        "metric_value", "bleu", "rouge", "map", "mrr", "ndcg", "em", "exact_match", "uas", "las",
        "error", "mse", "rmse", "mae", "loss", "wer", "cer", "perplexity", "ppl", "test_acc",
        "test_accuracy", "eval_accuracy", "spearman", "pearson", "correlation", "mcc", "kappa",
        "iou", "miou", "dice", "precision", "recall", "balanced_accuracy", "transfer", "eval_f1",
        "genauigkeit", "wert", "fehler", "exactitude", "pearson_r", "success_rate", "win_rate",
        "val", "metric", "normalized", "improvement", "gain", "nmse", "mape", "top1", "brier",
    ),
    "method": (
        "model", "algorithm", "approach", "variant", "setting", "condition", "strategy", "config",
        "convention", "system", "setup", "finetuning", "tuning", "adapter", "model_name",
    ),
    "source": (
        "sources", "exp1", "src", "from", "task1", "source_task", "src_task", "source_lang",
        "src_lang", "train", "train_task", "lang1", "a", "x", "s",
    ),
    "value": (
        "score", "final_cka", "cka", "similarity", "distance", "logme", "leep", "nce", "hscore",
        "estimate", "cosine", "sim", "dist", "prediction", "predicted", "val", "metric_value",
    ),
    "layer": ("layer_name", "block", "depth"),
    "seed": ("random_seed", "rng_seed", "run_seed", "rep", "replicate", "trial", "repeat", "fold"),
    "checkpoint": ("step", "global_step", "epoch", "iteration", "iter", "ckpt", "training_step"),
}  # fmt: skip
"""Our word for a column -> the words that are usual for it, in small letters with underscores."""


def usual_word(column: str) -> str:
    """A column's name as `USUAL` spells it: `Src Lang` and `srcLang` are src_lang."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"[\s\-./]+", "_", spaced).lower().strip("_")


def usual_column(word: str, header: Sequence[str]) -> str | None:
    """The column of a header that usually has what we call `word`; None where none does."""
    known = {usual_word(column): column for column in reversed(header) if column}
    names = (word, word.removesuffix("s"), *USUAL.get(word, ()))
    for name in names:
        if name in known:
            return known[name]
    # `config.source` of nested records is a source, where no other column ends like it.
    ends = [usual_word(column.rpartition(".")[2]) for column in header if "." in column]
    for name in names:
        if ends.count(name) == 1:
            return next(c for c in header if usual_word(c.rpartition(".")[2]) == name)
    return None


def is_pattern(path: str) -> bool:
    """True where a path stands for several files."""
    return _WILD.search(path) is not None


def pattern_of(path: str) -> re.Pattern[str]:
    """What names of files fit a path with `*`, `?`, `**` and fields in braces."""
    parts, at, seen = [], 0, set()
    for match in re.finditer(r"\{(\w+)\}|\*\*/?|\*|\?", path):
        parts.append(re.escape(path[at : match.start()]))
        at = match.end()
        name = match[1]
        if name in seen:
            parts.append(f"(?P={name})")
        elif name:
            seen.add(name)
            parts.append(f"(?P<{name}>[^/]+?)")
        else:
            parts.append(
                {"*": "[^/]*", "?": "[^/]"}.get(
                    match[0], "(?:.*/)?" if match[0][-1] == "/" else ".*"
                )
            )
    parts.append(re.escape(path[at:]))
    return re.compile("".join(parts) + r"\Z")


def filled(template: str, fields: Mapping[str, str]) -> str:
    """A template with its fields in place; a field that is not there stays as it is written."""
    return _FIELD.sub(lambda match: fields.get(match[1], match[0]), template)


def matching_files(folder: StudyFolder, path: str) -> list[tuple[str, dict[str, str]]]:
    """Names of the files that fit a path, sorted, each with the fields its name holds.

    A plain path is itself. Links that leave the folder are passed over.
    """
    if not is_pattern(path):
        return [(path, {})]
    fixed = path[: _WILD.search(path).start()].rpartition("/")[0]  # type: ignore[union-attr]
    fits = pattern_of(path)
    found = []
    for name in _walk(folder.locate(fixed) if fixed else folder.path, folder.path):
        match = fits.match(name)
        if match and folder.holds(name):
            found.append((name, {k: v for k, v in match.groupdict().items() if v is not None}))
        if len(found) > MOST_FILES:
            break
    return sorted(found)


def _walk(start: Path, root: Path) -> Iterator[str]:
    for place, folders, files in os.walk(start):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            yield os.path.relpath(os.path.join(place, name), root).replace(os.sep, "/")  # noqa: PTH118


def source_files(folder: StudyFolder, section: SourceSection) -> Iterator[Path]:
    """Every file a source is read from, those that exist."""
    name = folder.name_of(section.path, at="evaluations.path")
    for one, _ in matching_files(folder, name) if name is not None else []:
        if is_file(folder.locate(one)):
            yield folder.locate(one)


def read_source(
    folder: StudyFolder,
    section: SourceSection,
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
    todo: str,
    at: str = "evaluations",
) -> Table | None:
    """The columns `needed`, and those of `optional` there are, of all files of a source, as one.

    None, with errors, where there is no file, or in one of them something is missing.
    """
    found = raw_tables(folder, section, todo=todo, at=at)
    if found is None:
        return None
    tables = []
    for name, fields, raw in found:
        table = read_columns(folder.findings, section, name, fields, raw, needed, optional, at)
        if table is not None:
            tables.append(table)
    if len(tables) < len(found):
        return None
    return joined(tables)


def raw_tables(
    folder: StudyFolder, section: SourceSection, *, todo: str, at: str = "evaluations"
) -> list[tuple[str, dict[str, str], RawTable]] | None:
    """Name, fields and table of each file of a source; None, with errors, where one fails."""
    name = folder.name_of(section.path, at=f"{at}.path")
    if name is None:
        return None
    files = matching_files(folder, name)
    if not files:
        folder.findings.error(
            MANIFEST, f"{at}.path", f"no file fits {quoted(section.path)}", f"{todo}"
        )
        return None
    options = section.read.options()
    found = []
    for one, fields in files:
        raw = read_dialect(folder, one, todo=todo, options=options)
        if raw is not None:
            found.append((one, fields, raw))
    return found if len(found) == len(files) else None


def read_columns(
    findings: ProblemCollector,
    section: SourceSection,
    name: str,
    fields: Mapping[str, str],
    raw: RawTable,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
    at: str = "evaluations",
) -> Table | None:
    """One file's columns under our words, its rows that count."""
    if not raw.header:
        header = quoted(",".join(needed))
        findings.error(name, "row 1", "no header", f"write the header {header} there")
        return None
    finder = _Columns(findings, section, name, fields, raw, at)
    lacking = [word for word in needed if not finder.has(word)]
    if len(lacking) > 1:
        # Not a column called otherwise: another form.
        finder.lacks([word for word in needed if not finder.is_there(word)])
        return None
    keep = finder.rows_that_count()
    columns = {word: finder.get(word, needed=word in needed) for word in (*needed, *optional)}
    if finder.failed:
        return None
    there = {word: cells for word, cells in columns.items() if cells is not None}
    rows = raw.rows
    texts = [cells for word, cells in there.items() if word in needed]
    plain = len(texts) > 1 and all(not isinstance(cells, np.ndarray) for cells in texts)
    if plain and all("" in cells for cells in texts):
        # Spreadsheets like to end in rows of commas.
        filled = np.any([rows_where(cells, bool) for cells in _as_texts(texts)], axis=0)
        keep = filled if keep is None else keep & filled
    if keep is not None and not keep.all():
        kept = np.flatnonzero(keep)
        rows = rows[kept]
        there = {word: chosen(cells, kept) for word, cells in there.items()}
    words = frozenset(word.strip().lower() for word in section.read.missing)
    return Table(
        files=(name,),
        file_of=np.zeros(len(rows), dtype=np.int64),
        rows=rows,
        columns=there,
        decimal_comma=raw.decimal_comma,
        missing=NOTHING | words,
        recognized=list(raw.recognized),
    )


class _Columns:
    """Columns of one file by our words."""

    def __init__(
        self,
        findings: ProblemCollector,
        section: SourceSection,
        name: str,
        fields: Mapping[str, str],
        raw: RawTable,
        at: str,
    ) -> None:
        self.findings, self.section, self.name, self.at = findings, section, name, at
        self.fields, self.raw = fields, raw
        self.failed = False
        self.keep: BoolArray | None = None
        self.apart: dict[str, Mapping[str, Mapping[str, str]]] = {}

    def has(self, word: str) -> bool:
        """The manifest names a column for a word, or there is one, or one that is likely meant."""
        return self.is_there(word) or bool(usual_column(word, self.raw.header))

    def is_there(self, word: str) -> bool:
        """The manifest names a column for a word, or there is one."""
        there = word in self.raw.header or word in self.fields
        given = self.section.columns
        return there or word in given or joint_column(given, word) is not None

    def lacks(self, words: Sequence[str]) -> None:
        """Say once that a table has several columns under no word we know, and what may read it."""
        there = listed(shortened(name) or "(no name)" for name in self.raw.header)
        ways = [
            f"name their columns under [{self.at}.columns]",
            'write layout = "square" for a matrix, first column the sources',
        ]
        if self.at == "evaluations":
            ways.append(f"let `python -m core init {self.name} --force` find out")
        self.findings.error(
            self.name,
            "row 1",
            f"no column {listed(map(quoted, words))}",
            f"{', or '.join(ways)}; there is {there}",
        )

    def get(self, word: str, *, needed: bool) -> Cells | None:
        """The cells of a word; None where it is not there, with an error if it is needed."""
        given = self.section.columns.get(word)
        if given is not None and _FIELD.search(given):
            return self._template(word, given)
        if given is None and (joint := joint_column(self.section.columns, word)):
            return self._part(word, *joint)
        column = given if given is not None else word
        if given is None and word in self.fields:
            return constant(self.fields[word], len(self.raw.rows))
        if column in self.raw.header:
            return self._column(column)
        if column in self.fields:
            return constant(self.fields[column], len(self.raw.rows))
        if given is not None:
            self._missing(given, f"correct {self.at}.columns.{word}")
        elif needed:
            guess = usual_column(word, self.raw.header)
            hint = (
                f'write {word} = "{guess}" under [{self.at}.columns]'
                if guess
                else f"add it, or write {word} = their word for it under [{self.at}.columns]"
            )
            self._missing(word, hint)
        return None

    def _template(self, word: str, template: str) -> Cells | None:
        parts = {}
        for field in dict.fromkeys(_FIELD.findall(template)):
            if field in self.raw.header:
                parts[field] = texts_of(self._column(field))
            elif field in self.fields:
                parts[field] = constant(self.fields[field], len(self.raw.rows))
            else:
                self._missing(field, f"correct {self.at}.columns.{word}")
                return None
        pieces = _FIELD.split(template)

        def joined_up(texts: Sequence[str]) -> str:
            known = dict(zip(parts, texts, strict=True))
            return "".join(known[piece] if odd % 2 else piece for odd, piece in enumerate(pieces))

        coded = [cells for cells in parts.values() if isinstance(cells, TextColumn)]
        if len(coded) == len(parts):
            return combined(coded, joined_up)
        return [joined_up(row) for row in zip(*parts.values(), strict=True)]

    def _part(self, word: str, template: str, column: str) -> Cells | None:
        """What a column that holds several words holds of one."""
        if column not in self.raw.header:
            if template not in self.apart:
                self._missing(column, f"correct {self.at}.columns")
            self.apart[template] = {}
            return None
        cells = texts_of(self._column(column))
        if template not in self.apart:
            whole = getattr(self.section, "leave_out", ())
            self.apart[template], odd = cells_apart(template, distinct(cells), whole)
            for text in odd:
                of_it = rows_where(cells, lambda cell: cell == text)  # noqa: B023
                of_it = of_it if self.keep is None else of_it & self.keep
                for i in np.flatnonzero(of_it).tolist():
                    self.failed = True
                    self.findings.error(
                        self.name,
                        f"row {self.raw.rows[i]}",
                        f"{column} is {quoted(text)}, which does not fit {quoted(template)}",
                        f"correct {self.at}.columns, or write it under {self.at}.leave_out",
                    )
        found = self.apart[template]
        return each_once(cells, lambda cell: found[cell][word])

    def _column(self, column: str) -> Cells:
        if self.raw.header.count(column) > 1:
            self.failed = True
            self.findings.error(
                self.name, "row 1", f"two columns {quoted(column)}", "keep one of them"
            )
        return stripped(self.raw.columns[self.raw.header.index(column)])

    def _missing(self, column: str, todo: str) -> None:
        self.failed = True
        there = listed(shortened(name) or "(no name)" for name in self.raw.header)
        close = self.findings.did_you_mean(column, self.raw.header)
        self.findings.error(
            self.name, "row 1", f"no column {quoted(column)}", f"{close}{todo}; there is {there}"
        )

    def rows_that_count(self) -> BoolArray | None:
        """(N,) bool, None where all do."""
        keep: BoolArray | None = None
        for column, wanted in self.section.where.items():
            if column not in self.raw.header and column not in self.fields:
                self._missing(column, f"correct {self.at}.where")
                continue
            cells = (
                texts_of(self._column(column))
                if column in self.raw.header
                else constant(self.fields[column], len(self.raw.rows))
            )
            values = {_plain(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
            fits = rows_where(cells, lambda cell: _plain(cell) in values)  # noqa: B023
            if not fits.any():
                there = listed(quoted(cell) for cell in distinct(cells))
                self.findings.error(
                    self.name,
                    "",
                    f"no row with {column} = {listed(quoted(value) for value in values)}",
                    f"correct {self.at}.where; there is {there}",
                )
                self.failed = True
            keep = fits if keep is None else keep & fits
        self.keep = keep
        return keep


def constant(text: str, count: int) -> Sequence[str]:
    """One text in each row."""
    return TextColumn.constant(text, count) if count >= MANY_ROWS else [text] * count


def _as_texts(columns: Sequence[Cells]) -> list[Sequence[str]]:
    return [cells for cells in columns if not isinstance(cells, np.ndarray)]


def _plain(value: object) -> str:
    """A value as cells are compared: numbers by value, names in NFC."""
    if isinstance(value, bool):
        return str(value).lower()
    text = unicodedata.normalize("NFC", str(value).strip())
    try:
        return number_text(float(text))
    except ValueError:
        return text.lower() if text.lower() in ("true", "false") else text


def joined(tables: Sequence[Table]) -> Table:
    """Several tables as one; a column that one lacks is left out where it is none of them."""
    if len(tables) == 1:
        return tables[0]
    words = [word for word in tables[0].columns if all(word in table for table in tables)]
    columns: dict[str, Cells] = {}
    for word in words:
        parts = [table.columns[word] for table in tables]
        if all(isinstance(part, np.ndarray) for part in parts):
            columns[word] = np.concatenate(parts)
        elif all(isinstance(part, TextColumn) for part in parts):
            columns[word] = concatenated(parts)  # type: ignore[arg-type]
        else:
            columns[word] = [cell for part in parts for cell in texts_of(part)]
    recognized = list(dict.fromkeys(what for table in tables for what in table.recognized))
    offsets: list[IntArray] = [
        np.full(len(table), i, dtype=np.int64) for i, table in enumerate(tables)
    ]
    return Table(
        files=tuple(table.file for table in tables),
        file_of=np.concatenate(offsets),
        rows=np.concatenate([table.rows for table in tables]),
        columns=columns,
        decimal_comma=any(table.decimal_comma for table in tables),
        missing=tables[0].missing,
        recognized=[*recognized, f"{len(tables)} files"],
    )
