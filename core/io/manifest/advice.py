"""What is wrong with single keys, and what to write instead.

Pydantic checks keys and types; `ADVICE` says it in our words.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from core.io.files import MANIFEST
from core.io.layouts import LAYOUTS
from core.io.manifest.sections import Document
from core.io.names.joint_columns import is_joint, words_in
from core.io.problems import ProblemCollector, quoted, quoted_text
from core.io.sections import Section, SourceSection
from core.metrics import METRICS

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TEXT = "write a text in quotes"
_PATH = "write a path inside the study's folder, in quotes"
ZERO = 'write a number, or "source:NAME", a row of the file'
BOUNDS = "write what is least and most possible: bounds = [0, 1]"
ONE = 'write a number, "source:NAME" or "diagonal"'
_LAYOUT = f"use {', '.join(map(json.dumps, list(LAYOUTS)[:-1]))} or {json.dumps(list(LAYOUTS)[-1])}"
ADVICE: Mapping[str, str] = {
    "id": 'write small letters, digits and hyphens, at most 64: "digits-2026"',
    "title": _TEXT,
    "description": _TEXT,
    "tasks": "write one section [tasks.<name>] per task",
    "tasks.*": "write a section [tasks.<name>] with a metric",
    "tasks.*.label": "write a short name in quotes",
    "tasks.*.unit": _TEXT,
    "tasks.*.color": 'write it as "#RGB" or "#RRGGBB"',
    "tasks.*.exclude": "write the reason in quotes, or take the key out",
    "tasks.*.group": "write what the task is one of in quotes, such as a language family",
    "tasks.*.covariates": "write a section of names and numbers",
    "tasks.*.covariates.*": "write a finite number",
    "scale": "write a section [scale]",
    "scale.zero": ZERO,
    "scale.one": ONE,
    "scale.bounds": "write two numbers: bounds = [0, 1]",
    "tasks.*.zero": ZERO,
    "tasks.*.one": ONE,
    "tasks.*.bounds": "write two numbers: bounds = [0, 1]",
    "methods": "write one section [methods.<name>] per method",
    "methods.*": "write a section [methods.<name>] with a label",
    "methods.*.label": "write a short name in quotes",
    "methods.*.description": "write a sentence on what its runs were trained on, in quotes",
    "methods.*.predicted_from": "write the name of a single-source method in quotes",
    "evaluations": "write a section [evaluations] with a layout and where its data are",
    "evaluations.layout": _LAYOUT,
    "evaluations.root": "write the folder that holds one folder per run, in quotes",
    "evaluations.shifted_prefix": 'write what precedes the task in shifted folders: "atlantis_"',
    "evaluations.path": "write the CSV or Parquet file, in quotes",
    "evaluations.value": "write how a column, or the way to a number, is called, in quotes",
    "evaluations.repeats": 'use "error", "mean" or "seeds"',
    "evaluations.ordered": "write true or false",
    "evaluations.columns": "write a section [evaluations.columns]: our word = their column",
    "evaluations.columns.*": "write the name of their column in quotes",
    "evaluations.where": "write a section [evaluations.where]: column = value",
    "evaluations.where.*": "write a value, or a list of values",
    "evaluations.splits": 'write a section such as {standard = "id", shifted = "ood"}',
    "evaluations.splits.*": "write their word in quotes",
    "evaluations.read": "write a section [evaluations.read]",
    "evaluations.read.delimiter": "write one character in quotes",
    "evaluations.read.decimal": 'use "." or ","',
    "evaluations.read.encoding": _TEXT,
    "evaluations.read.comment": _TEXT,
    "evaluations.read.sheet": "write the name of a sheet in quotes, or its number from 0 on",
    "evaluations.read.missing": "write a list of words in quotes",
    "tasks.*.aliases": "write a list of other names of the task, in quotes",
    "cka": "write a section [cka]",
    "cka.summary": _PATH,
    "cka.checkpoints": _PATH,
    "cka.representations": _PATH,
    "cka.default_layer": "write a whole number without quotes, from 0 on, or a name in quotes",
    "cka.layers": "write a list of layers, names in quotes",
    "predictors": "write one section [predictors.<name>] per predictor",
    "predictors.*": "write a section [predictors.<name>] with a path",
    "predictors.*.label": "write a short name in quotes",
    "predictors.*.layout": 'use "table" or "square"',
    "predictors.*.better": 'use "higher", or "lower" for a distance',
    "predictors.*.directed": "write true or false",
    "predictors.*.path": "write the file of the values, in quotes",
    "predictors.*.repeats": 'use "error" or "mean"',
}


def wrong_places(findings: ProblemCollector, raw: Mapping[str, object]) -> list[list[str]]:
    """Report everything pydantic finds wrong; returns the keys that cannot be used."""
    places = []
    try:
        Document.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            places.append(_report(findings, detail["loc"], detail["type"], detail.get("input")))
    return places


def without(raw: Mapping[str, object], places: Iterable[Sequence[str]]) -> Mapping[str, object]:
    """The document without what is wrong: keys, and sections that name files as a whole."""
    result: dict[str, object] = copy.deepcopy(dict(raw))
    for place in places:
        whole = {"evaluations": 1, "predictors": 2}.get(place[0], len(place))
        *path, last = place[:whole]
        section: object = result
        for part in path:
            section = section.get(part) if isinstance(section, dict) else None
        if isinstance(section, dict):
            section.pop(last, None)
    return result


def key(*parts: str) -> str:
    """A dotted TOML key; parts that need it are quoted."""
    return ".".join(part if _BARE.fullmatch(part) else quoted_text(part) for part in parts)


def _report(
    findings: ProblemCollector, location: tuple[int | str, ...], kind: str, value: object
) -> list[str]:
    """Turn one of pydantic's errors into a Problem in our words; returns the key it is at."""
    parts = [str(part) for part in location if part != "[key]"]
    if parts[0] == "evaluations" and len(parts) > 1 and parts[1] in LAYOUTS:
        del parts[1]  # pydantic names the chosen layout there
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        parts.append("layout")
        value = value.get("layout") if isinstance(value, dict) else value
    pattern = _pattern(parts)
    advice = ADVICE.get(pattern, "correct it")
    if pattern in ("tasks.*.metric", "scale.metric"):
        advice = metric_advice()
    if kind in ("missing", "union_tag_not_found"):
        findings.error(MANIFEST, key(*parts), "is missing", advice)
    else:
        found = f"{parts[-1]} = {quoted(as_toml(value))}"
        findings.error(MANIFEST, key(*parts), found, advice)
    return parts


ASSUMED = "assumed, as nothing tells"
"""What the comment behind a metric says that nobody told."""
_METRIC_ASSUMED = re.compile(
    rf"""^[ \t]*metric[ \t]*=[ \t]*["'][^"'\n]*["'][ \t]*#[ \t]*{ASSUMED}""", re.MULTILINE
)


def says_assumed(manifest: str) -> bool:
    """The text of a manifest says that its metric was assumed; who knows it takes that out."""
    return _METRIC_ASSUMED.search(manifest) is not None


def metric_advice() -> str:
    """`use "error" (lower is better) or …`: every metric there is."""
    *others, last = (f'"{metric.name}" ({metric.better})' for metric in METRICS.values())
    return f"use {', '.join(others)} or {last}"


def _pattern(parts: list[str]) -> str:
    """`tasks.distance.metric` -> `tasks.*.metric`, the key of its advice."""
    if parts[0] == "evaluations":
        named = len(parts) > 2 and parts[1] in ("columns", "where", "splits")
        return ".".join([*parts[:2], "*"] if named else parts[:3])
    if parts[0] == "cka":
        return ".".join(parts[:2])
    if parts[0] == "predictors" and parts[2:3] and parts[2] in ("columns", "where", "read"):
        return _pattern(["evaluations", *parts[2:]])
    return ".".join(
        "*" if i in (1, 3) and parts[0] in ("tasks", "methods", "predictors") else part
        for i, part in enumerate(parts)
        if i < 4
    )


def as_toml(value: object) -> object:
    """A value as it is quoted: a text in quotes, a section by that word."""
    if isinstance(value, str):
        return quoted_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a section"
    return value


WORDS = (
    *("sources", "target", "score", "method", "seed", "checkpoint", "source", "value", "layer"),
    *("run", "task", "split", "median", "std", "valid_ratio"),
)
"""Our words for columns, in any layout or predictor."""


def _warn_of_unknown_words(
    findings: ProblemCollector, section: SourceSection, parts: tuple[str, ...]
) -> None:
    for word in section.columns:
        for one in words_in(word) if is_joint(word) else (word,):
            if one not in WORDS:
                findings.warn(
                    MANIFEST,
                    key(*parts, "columns", word),
                    f"{quoted(one)} is no word of ours for a column",
                    f"{findings.did_you_mean(one, WORDS)}write our word first, then theirs; it is"
                    " ignored",
                )


def warn_of_unknown_keys(
    findings: ProblemCollector, section: Section, parts: tuple[str, ...]
) -> None:
    """Every key that is not read, with the known one that is meant."""
    known = type(section).model_fields
    for name in section.model_extra or {}:
        findings.warn(
            MANIFEST,
            key(*parts, name),
            f"unknown key {quoted(name)}",
            f"{findings.did_you_mean(name, known)}it is ignored",
        )
    for name in known:
        value = getattr(section, name)
        if isinstance(section, SourceSection) and name in ("columns", "where"):
            if name == "columns":
                _warn_of_unknown_words(findings, section, parts)
            continue
        children = value.items() if isinstance(value, dict) else [("", value)]
        for child, item in children:
            if isinstance(item, Section):
                deeper = (*parts, name, child) if child else (*parts, name)
                warn_of_unknown_keys(findings, item, deeper)
