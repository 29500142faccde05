"""What an uploaded file is, with the choices somebody made, and the manifest that follows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.analyses.integrity import integrity
from core.errors import RequestError
from core.io import Inspection, inspect_study, listing
from core.io.bounds import check_bounds
from core.io.dialects.raw_table import DialectError, RawTable
from core.io.files import MANIFEST
from core.io.layouts.scores import REPEATS
from core.io.layouts.square import Rows
from core.io.manifest.advice import key
from core.io.methods import own_predictions
from core.io.problems import flaw_of, quoted_text
from core.io.recognition import (
    GUESSED,
    IS_TRANSFER,
    Recognized,
    direction_of,
    read_guessing,
    recognize_table,
)
from core.io.recognition.alike_sheets import called_alike
from core.io.recognition.column_words import IS_ZERO
from core.io.table_cells.cells import texts_of
from core.metrics import METRICS

_TEXTS = ("title", "file", "sheet", "form", "metric", "zero", "one", "sides", "repeats")
FORMS = ("scores", "square", "wide")
WORDS = {
    "sources": "Trained on",
    "target": "Tested on",
    "score": "Score",
    "method": "Method",
    "seed": "Seed",
    "checkpoint": "Checkpoint (step)",
}
"""Our words for columns, each with what uploads.js calls its field."""
DOUBTS_SHOWN = 3
"""Of what looks odd without being a problem; the state of the data has them all."""
SIDES: Mapping[str, Rows] = {"sources": "sources", "targets": "targets"}
SHOWN = 6
"""Rows and columns of the preview."""
_LONGEST = 60
_SEEN = ".seen.json"
"""In a draft: choices, title and the manifest they led to, whose warnings were told."""
_MEASURE = re.compile(r"sim|cka|dist|predict|logme|leep|procrustes|embed", re.IGNORECASE)
_ALIASES = re.compile(r", or write aliases = .*? under \[tasks\..*?\](?=;|$)")
"""Advice that is for a manifest."""
_CKA = {"exp1", "exp2", "layer", "final_cka"}


@dataclass(frozen=True)
class Choices:
    """What somebody corrected; empty = as it was recognized. seen: what there is to look at."""

    title: str = ""
    file: str = ""
    sheet: str = ""
    form: str = ""
    columns: Mapping[str, str] | None = None
    metric: str = ""
    zero: str = ""
    one: str = ""
    sides: str = ""
    repeats: str = ""
    seen: bool = False

    @classmethod
    def of(cls, given: object) -> Choices:
        """Those of a request's JSON; what is no text is as if it were not there."""
        data = given if isinstance(given, Mapping) else {}
        columns = data.get("columns")
        texts = {
            name: value.strip()[:200] for name in _TEXTS if isinstance(value := data.get(name), str)
        }
        chosen = {
            word: column
            for word, column in (columns if isinstance(columns, Mapping) else {}).items()
            if word in WORDS and isinstance(column, str) and column
        }
        return cls(**texts, columns=chosen, seen=data.get("seen") is True)


@dataclass(frozen=True)
class Preview:
    """What was found. manifest: None where something is still wrong, which `told` says."""

    told: Mapping[str, Any]
    manifest: str | None


@dataclass(frozen=True)
class _DraftFiles:
    """The tables of a draft by the names of their files.

    scores: the file that was chosen, else the first whose name is none of a measure. guess: words
    of it, where it was guessed what wrote them; else empty.
    """

    tables: Mapping[str, RawTable]
    scores: str
    guess: str

    @classmethod
    def of(cls, draft: Path, choices: Choices, most: int) -> _DraftFiles:
        """Those in the folder of a draft. Raises RequestError where one is no table at all."""
        paths = [
            path
            for path in sorted(draft.iterdir())
            if path.name != MANIFEST and not path.name.startswith(".")
        ]
        # A sheet is one of the file that was chosen beside it.
        of = choices.file or (paths[0].name if len(paths) == 1 else "")
        read = {
            path.name: _table(path, most, choices.sheet if path.name == of else "")
            for path in paths
        }
        likely = [name for name in read if not _MEASURE.search(name)] or list(read)
        scores = choices.file if choices.file in read else likely[0]
        return cls({name: table for name, (table, _) in read.items()}, scores, read[scores][1])

    @property
    def raw(self) -> RawTable:
        """The table of the scores."""
        return self.tables[self.scores]


def preview_of(draft: Path, choices: Choices, *, most: int) -> Preview:
    """What the files of a draft are. Raises RequestError where one is no table at all.

    most: bytes a file may have unpacked.
    """
    draft_files = _DraftFiles.of(draft, choices, most)
    file, raw, guess = draft_files.scores, draft_files.raw, draft_files.guess
    guessed = [f"it is not UTF-8: read as {GUESSED}, with words such as {guess}"] if guess else []
    title = _printable(choices.title or file.split(".")[0]) or "results"
    told: dict[str, Any] = {
        "title": title,
        "files": list(draft_files.tables),
        "file": file,
        **_what_is_in(raw, choices.sheet),
    }
    if not told["sheets"] and (len(raw.header) < 2 or raw.ragged or not len(raw.rows)):
        # No choice makes a table of it.
        recognize_table(raw, file)
    try:
        found = _recognized(raw, file, choices)
        several = bool(found.repeats or found.conflict or found.settings)
        settings = found.settings
        found = found.with_repeats(choices.repeats if choices.repeats in REPEATS else "")
        sections = [_beside(name, one) for name, one in draft_files.tables.items() if name != file]
    except RequestError as error:
        return Preview(told | _refused(choices, error), None)
    asked = [text for text in found.unknown if IS_ZERO in text]
    doubted = [text for text in found.unknown if text.startswith(IS_TRANSFER)]
    told |= {
        **_choices_made(found, raw),
        "zero": choices.zero,
        "one": choices.one,
        "several": several,
        "settings": list(settings),
        "repeats": found.repeats or ("error" if choices.repeats == "error" else ""),
        "understood": [*found.dialect, *found.understood, *(said for said, _ in sections)],
        "assumed": [*guessed, *map(_assumed_for_the_page, found.assumed)],
        # Of what is not known this has a field; the direction is asked for as a problem.
        "zero_offered": next(map(_offered, asked), ""),
        "unknown": [_unknown_for_the_page(text) for text in (*doubted, *asked)],
    }
    if found.conflict:
        told["problem"] = f"{found.conflict}. Say what the same cell again is, or correct the file."
        return Preview(told, None)
    if found.metric is None:
        told["problem"] = "Nothing tells whether higher is better: say which."
        return Preview(told, None)
    if wrong := _no_better(found):
        told["problem"] = wrong
        return Preview(told, None)
    read = {"encoding": GUESSED, **found.read} if guess else found.read
    if told["sheets"]:
        read = {**read, "sheet": raw.sheet}
    found = replace(found, path=file, read=read, assumed=(*guessed, *found.assumed))
    return Preview(told, found.manifest(title) + "".join(text for _, text in sections))


def _recognized(raw: RawTable, file: str, choices: Choices) -> Recognized:
    """What a table is, where somebody corrected it as they say. Raises RequestError."""
    return recognize_table(
        raw,
        file,
        mapped={} if choices.form == "square" else choices.columns or {},
        metric=choices.metric if choices.metric in METRICS else None,
        zero=choices.zero,
        one=choices.one,
        form=choices.form if choices.form in FORMS else None,
        rows=SIDES.get(choices.sides),
    )


def _refused(choices: Choices, error: RequestError) -> dict[str, Any]:
    """What is wrong; what somebody wrote stays there, to be corrected."""
    wrote = {name: getattr(choices, name) for name in ("form", "metric", "zero", "one", "sides")}
    columns = dict(choices.columns or {})
    return {"problem": _for_the_page(str(error)), **wrote, "columns": columns}


def _what_is_in(raw: RawTable, asked: str) -> dict[str, Any]:
    """The first rows and columns of a table, and how much there is of it."""
    return {
        "header": [_cut(name) for name in raw.header[: SHOWN + 2]],
        "columns_there": [name for name in raw.header[:200] if name],
        "rows": _first_rows(raw),
        "size": [len(raw.rows), len(raw.header)],
        "sheets": _sheets_to_choose(raw, asked),
        "sheet": raw.sheet,
    }


def _sheets_to_choose(raw: RawTable, asked: str) -> list[str]:
    """The sheets of a workbook that has several; first all that are alike, where they stand.

    asked: the one that was chosen, from which one can go back to all of them.
    """
    if len(raw.sheets) < 2:
        return []
    all_alike = raw.sheet if raw.sheet not in raw.sheets else called_alike(raw.sheets)[0]
    offered = all_alike and (asked or all_alike == raw.sheet)
    return [*([all_alike] if offered else []), *raw.sheets]


def _choices_made(found: Recognized, raw: RawTable) -> dict[str, Any]:
    """What was recognized, as the fields of `Choices` that somebody may correct."""
    square = found.form == "square"
    return {
        "form": found.form,
        "columns": {}
        if square
        else {w: found.columns.get(w, w if w in raw.header else "") for w in WORDS},
        "metric": found.metric or "",
        "sides": (found.rows or "sources") if square else "",
    }


def _no_better(found: Recognized) -> str:
    """What is wrong with zero and one as numbers; empty where nothing is."""
    try:
        zero, one = float(found.zero), float(found.one)
    except ValueError:
        return ""
    lower = _is_lower_better(found)
    if (one < zero) if lower else (one > zero):
        return ""
    better = "lower" if lower else "higher"
    return (
        f"One, {one:g}, has to be better than zero, {zero:g}, and {better} is better: correct them."
    )


def write_study(draft: Path, manifest: str, title: str, choices: Choices) -> list[str]:
    """Write the manifest of a draft, or tell what to look at first, where nobody has seen it.

    Then, and where it fails, no manifest is written; raises RequestError where it fails. Methods
    with runs on one task and on several are predicted from themselves, as `init` has it.
    """
    path = draft / MANIFEST
    path.write_text(manifest, encoding="utf-8")
    try:
        inspection = inspect_study(draft)
        if inspection.study is None:
            errors = [problem for problem in inspection.problems if problem.is_error]
            raise RequestError("\n".join(line.removeprefix("error: ") for line in listing(errors)))
        manifest += own_predictions(inspection.study)
        if not choices.seen and (doubts := _doubts(inspection)):
            path.unlink()
            seen = [_key(choices), title, manifest]
            (draft / _SEEN).write_text(json.dumps(seen), encoding="utf-8")
            return doubts
        path.write_text(manifest, encoding="utf-8")
        return []
    except BaseException:
        path.unlink()
        raise


def write_again(draft: Path, choices: Choices) -> str | None:
    """Write what was looked at before, of the same choices: its title; None where there is nothing.

    A large file is not read again only because somebody has seen what is odd about it.
    """
    kept = draft / _SEEN
    if not choices.seen or not kept.exists():
        return None
    before, title, manifest = json.loads(kept.read_text(encoding="utf-8"))
    if before != _key(choices):
        return None
    (draft / MANIFEST).write_text(manifest, encoding="utf-8")
    kept.unlink()
    return str(title)


def _key(choices: Choices) -> dict[str, Any]:
    """The choices, whether or not somebody has seen what they lead to."""
    return {**vars(choices), "columns": dict(choices.columns or {}), "seen": True}


def _doubts(inspection: Inspection) -> list[str]:
    """The warnings of a study, and what looks as if it were not what it says, as `check` has it."""
    lines = [
        _ALIASES.sub("", line).removeprefix("warning: ") for line in listing(inspection.problems)
    ]
    found = [finding.text for finding in integrity(inspection.study)] if inspection.study else []
    rest = len(found) - DOUBTS_SHOWN
    return [*lines, *found[:DOUBTS_SHOWN], *([f"{rest:,} more alike"] if rest > 0 else [])]


def _table(path: Path, most: int, sheet: str) -> tuple[RawTable, str]:
    data = path.read_bytes()
    try:
        check_bounds(path.name, data, most=most)
        return read_guessing(path.name, data, sheet=sheet or None)
    except DialectError as error:
        place = f", {error.at}" if error.at else ""
        raise RequestError(f"{path.name}{place}: {error.found}; {error.todo}") from None
    except (RequestError, MemoryError):
        raise
    except Exception as fault:  # what libraries raise for damaged files has no end
        found, todo = flaw_of(fault)
        raise RequestError(f"{path.name}: {found}; {todo}") from None


def _first_rows(raw: RawTable) -> list[list[str]]:
    columns = [texts_of(cells[:SHOWN]) for cells in raw.columns[: SHOWN + 2]]
    return [[_cut(cell) for cell in row] for row in zip(*columns, strict=True)]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:120].strip()


def _beside(name: str, raw: RawTable) -> tuple[str, str]:
    """A file beside the scores: what it is, and its part of the manifest."""
    if set(raw.header) >= _CKA:
        return f"{name}: CKA between runs", f"\n[cka]\nsummary = {quoted_text(name)}\n"
    found = recognize_table(raw, name)
    stem = name.split(".")[0]
    lines = ["", f"[{key('predictors', stem)}]", f"label = {quoted_text(stem)}"]
    lines.append(f"path = {quoted_text(name)}")
    if found.form == "square":
        lines.append('layout = "square"')
    if lower := _is_distance(name, found):
        lines.append('better = "lower"')
    if found.form != "square":
        ours = {"sources": "source", "target": "target", "score": "value"}
        lines += ["", f"[{key('predictors', stem, 'columns')}]"]
        lines += [f"{ours[w]} = {quoted_text(found.columns.get(w, w))}" for w in ours]
    better = ", lower is better: a distance, as its name says" if lower else ""
    return f"{name}: a predictor of transfer{better}", "\n".join(lines) + "\n"


def _is_distance(name: str, found: Recognized) -> bool:
    return _is_lower_better(found) or direction_of(name.split(".")[0]) == "error"


def _is_lower_better(found: Recognized) -> bool:
    return found.metric is not None and not METRICS[found.metric].higher_is_better


def _for_the_page(sentence: str) -> str:
    """Options of the command line in the page's words."""
    sentence = re.sub(
        r"name (?:it|one|another column) with ?--map (\w+)=\S+",
        lambda found: f"choose the column of {WORDS.get(found[1], found[1])}",
        sentence,
    )
    sentence = sentence.partition(", or, where columns are what was tested on")[0]
    return f"{sentence.replace('--', '')}."


def _assumed_for_the_page(sentence: str) -> str:
    """Without what the command line would want."""
    return re.sub(r": ?--(?:map|where) .*$|; rows = .* turns them$", "", sentence)


def _offered(question: str) -> str:
    """`source:none` of the question whether that is zero."""
    return question.partition("--zero ")[2]


def _unknown_for_the_page(sentence: str) -> str:
    sentence = sentence.replace("which belongs under [predictors]", "to be opened beside scores")
    return re.sub(r": --zero (.*)$", r": if so write \1 as Zero", sentence)
