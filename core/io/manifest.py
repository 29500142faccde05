"""The manifest, `study.toml`: what a study says about itself.

Pydantic checks keys and types; `_ADVICE` says in our words what to write instead. What needs
more than one key (two tasks with one label, a prediction from itself) is checked here too, what
needs the runs is checked in `inspection`.
"""

from __future__ import annotations

import copy
import functools
import json
import math
import operator
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from core.errors import listed
from core.io.files import MANIFEST, StudyFolder
from core.io.layouts import LAYOUTS, Layout, TaskScale, TasksNamed
from core.io.layouts.tree import RunsLayout
from core.io.name_rules import flaw_in_folder_name, flaw_in_name, flaw_in_task_name
from core.io.predictors import PredictorSection
from core.io.problems import ProblemCollector, flaw_of, quoted
from core.io.sections import Section, SourceSection
from core.io.tables import whole_number
from core.metrics import METRICS, Metric
from core.study import Method, Task

_Label = Annotated[str, Field(min_length=1)]
_MetricName = Annotated[str, AfterValidator(lambda name: Metric.named(name).name)]
_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_MANY_DOTS = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')\s*+\.\s*+){64}""")
"""A key of so many parts that reading it, in time that grows as their square, takes minutes."""
STUDY_ID = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
"""What a study is called in links: as it is in an address, nothing to escape."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class TaskSection(Section):
    """`[tasks.<name>]`."""

    label: _Label = ""
    metric: _MetricName | None = None
    zero: float | str | None = None
    one: float | str | None = None
    bounds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    aliases: list[_Label] = []
    unit: str = ""
    color: Annotated[str, Field(pattern=r"^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")] | None = None
    exclude: _Label | None = None
    group: _Label | None = None
    covariates: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = {}


class ScaleSection(Section):
    """`[scale]`: what `[tasks.<name>]` may say of its scale, for all tasks."""

    metric: _MetricName | None = None
    zero: float | str | None = None
    one: float | str | None = None
    bounds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None


class MethodSection(Section):
    """`[methods.<name>]`."""

    label: _Label = ""
    description: str = ""
    predicted_from: str | None = None


def _is_layer(value: object) -> object:
    """A layer's number, or its name; a number in quotes is neither."""
    number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    if number or (isinstance(value, str) and value.strip() and whole_number(value) is None):
        return value
    raise ValueError("neither a number nor a name")


_Layer = Annotated[Any, PlainValidator(_is_layer)]


class CkaSection(Section):
    """`[cka]`; layers: in their order, where they have names."""

    summary: str | None = None
    checkpoints: str | None = None
    representations: str | None = None
    default_layer: _Layer | None = None
    layers: list[_Layer] = []


_SECTIONS = functools.reduce(operator.or_, (layout.section for layout in LAYOUTS.values()))
_CHOICE: Any = Annotated[_SECTIONS, Field(discriminator="layout")]
_EVALUATIONS: TypeAdapter[Any] = TypeAdapter(_CHOICE)


class Document(Section):
    """The whole manifest as it is written."""

    id: Annotated[str, Field(pattern=STUDY_ID)] = ""
    title: str = ""
    description: str = ""
    tasks: dict[str, TaskSection] = {}
    methods: dict[str, MethodSection] = {}
    scale: ScaleSection = ScaleSection()
    evaluations: Section | None = None

    @field_validator("evaluations", mode="plain")
    @classmethod
    def _by_layout(cls, value: object) -> Section:
        found: Section = _EVALUATIONS.validate_python(value)
        return found

    cka: CkaSection | None = None
    predictors: dict[str, PredictorSection] = {}


@dataclass(frozen=True)
class Manifest:
    """What can be used of a manifest. `tasks` may be empty for given scores or without results.

    Where a value was wrong, an error was reported and the rest goes on without it, so that one
    reading finds everything; `evaluations` is then None where the layout is not known.
    without_results: there is no [evaluations], but similarity or predictors to look at.
    """

    title: str
    description: str
    tasks: tuple[Task, ...]
    methods: tuple[Method, ...]
    evaluations: Section | None
    cka: CkaSection | None
    named: TasksNamed
    predictors: Mapping[str, PredictorSection]
    without_results: bool = False

    @property
    def layout(self) -> Layout | None:
        """The layout of the evaluations."""
        return None if self.evaluations is None else LAYOUTS[_layout_name(self.evaluations)]

    @property
    def has_run_folders(self) -> bool:
        """Somewhere a run is a folder, so its name has to be one."""
        stored = self.cka is not None and self.cka.representations is not None
        return stored or isinstance(self.evaluations, RunsLayout)

    @property
    def gives_scores(self) -> bool:
        """Values that somebody else has measured, without runs of ours."""
        return _gives_scores(self.evaluations)


def _layout_name(section: Section) -> str:
    return str(section.layout)  # type: ignore[attr-defined]


def _gives_scores(section: Section | None) -> bool:
    return section is not None and LAYOUTS[_layout_name(section)].gives_scores(section)


_TEXT = "write a text in quotes"
_PATH = "write a path inside the study's folder, in quotes"
_ZERO = 'write a number, or "source:NAME", a row of the file'
_ONE = 'write a number, "source:NAME" or "diagonal"'
_LAYOUT = f"use {', '.join(map(json.dumps, list(LAYOUTS)[:-1]))} or {json.dumps(list(LAYOUTS)[-1])}"
_ADVICE: Mapping[str, str] = {
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
    "scale.zero": _ZERO,
    "scale.one": _ONE,
    "scale.bounds": "write two numbers: bounds = [0, 1]",
    "tasks.*.zero": _ZERO,
    "tasks.*.one": _ONE,
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


def read_manifest(folder: StudyFolder) -> Manifest | None:
    """The manifest of a study; None, with errors, where it says nothing that can be used."""
    findings = folder.findings
    text = folder.read_text(MANIFEST, todo="write a manifest: a study is a folder with one")
    if text is None:
        return None
    try:
        if _MANY_DOTS.search(text):
            raise RecursionError
        raw = tomllib.loads(text)
    except RecursionError as fault:
        findings.error(MANIFEST, "", *flaw_of(fault))
        return None
    except ValueError as error:
        message = str(error)
        match = _LINE.search(message)
        at = f"line {match[1] or text.count(chr(10)) + 1}" if match else ""
        findings.error(
            MANIFEST,
            at,
            f"not TOML: {_LINE.sub('', message)}",
            "correct the line or quote the text",
        )
        return None
    wrong = _wrong_places(findings, raw)
    try:
        document = Document.model_validate(_without(raw, wrong))
    except ValidationError:  # a mistake that hides behind another: the first is told
        return None
    findings.study_id = document.id
    alone = "evaluations" not in raw and bool({"cka", "predictors"} & raw.keys())
    if "evaluations" not in raw and not alone:
        findings.error(MANIFEST, "evaluations", "is missing", _ADVICE["evaluations"])
    _warn_of_unknown_keys(findings, document, ())
    if not _check_names(findings, document):
        return None
    return _translate(
        findings, document, frozenset(key(*place) for place in wrong), without_results=alone
    )


def _wrong_places(findings: ProblemCollector, raw: Mapping[str, object]) -> list[list[str]]:
    """Report everything pydantic finds wrong; returns the keys that cannot be used."""
    places = []
    try:
        Document.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            places.append(_report(findings, detail["loc"], detail["type"], detail.get("input")))
    return places


def _without(raw: Mapping[str, object], places: Iterable[Sequence[str]]) -> Mapping[str, object]:
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
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in parts)


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
    advice = _ADVICE.get(pattern, "correct it")
    if pattern in ("tasks.*.metric", "scale.metric"):
        advice = metric_advice()
    if kind in ("missing", "union_tag_not_found"):
        findings.error(MANIFEST, key(*parts), "is missing", advice)
    else:
        found = f"{parts[-1]} = {quoted(_as_toml(value))}"
        findings.error(MANIFEST, key(*parts), found, advice)
    return parts


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


def _as_toml(value: object) -> object:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a section"
    return value


def _warn_of_unknown_keys(
    findings: ProblemCollector, section: Section, parts: tuple[str, ...]
) -> None:
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
            continue
        children = value.items() if isinstance(value, dict) else [("", value)]
        for child, item in children:
            if isinstance(item, Section):
                deeper = (*parts, name, child) if child else (*parts, name)
                _warn_of_unknown_keys(findings, item, deeper)


def _translate(
    findings: ProblemCollector,
    document: Document,
    wrong: frozenset[str],
    *,
    without_results: bool,
) -> Manifest:
    """`wrong` are the keys an error was reported for, so that none is said to be missing too."""
    has_given_scores = without_results or _gives_scores(document.evaluations)
    for name, section in document.tasks.items():
        at = key("tasks", name, "metric")
        known = section.metric or document.scale.metric
        if known is None and not has_given_scores and at not in wrong:
            findings.error(MANIFEST, at, "is missing", metric_advice())
    _check_scales(findings, document, has_given_scores=has_given_scores)
    tasks = tuple(_task(name, section, document.scale) for name, section in document.tasks.items())
    _check_labels(findings, "tasks", {task.name: task.label for task in tasks})
    labels = {name: section.label or name for name, section in document.predictors.items()}
    _check_labels(findings, "predictors", labels)
    aliases = _aliases(findings, document.tasks)
    return Manifest(
        title=document.title,
        description=document.description,
        tasks=tasks,
        methods=tuple(
            Method(name, section.label or name, section.predicted_from, section.description.strip())
            for name, section in document.methods.items()
        ),
        evaluations=document.evaluations,
        cka=document.cka,
        predictors=MappingProxyType(dict(document.predictors)),
        without_results=without_results,
        named=TasksNamed(
            tasks,
            MappingProxyType(aliases),
            others=_leaves_others(document),
            scale=_scale(document.scale, document.scale),
            scales=MappingProxyType(
                {name: _scale(section, document.scale) for name, section in document.tasks.items()}
            ),
        ),
    )


def _leaves_others(document: Document) -> bool:
    """True where names that the manifest does not have are tasks, too.

    A manifest without tasks names none; one that says nothing of its tasks but other names, and
    how their scores are to be read, lists none either.
    """
    if not document.tasks:
        return True
    said = ("label", "unit", "color", "exclude", "group", "covariates")
    return not any(
        section.model_fields_set & set(said) for section in document.tasks.values()
    ) and not all(section.metric and not section.aliases for section in document.tasks.values())


def _aliases(findings: ProblemCollector, sections: Mapping[str, TaskSection]) -> dict[str, str]:
    """Another name -> the task it stands for, in NFC."""
    owners: dict[str, str] = {}
    for name, section in sections.items():
        for alias in section.aliases:
            other = unicodedata.normalize("NFC", alias.strip())
            owner = owners.setdefault(other, name)
            if owner != name or (other in sections and other != name):
                whose = owner if owner != name else other
                findings.error(
                    MANIFEST,
                    key("tasks", name, "aliases"),
                    f"{quoted(alias)} stands for task {quoted(whose)} too",
                    "a name stands for one task",
                )
    return owners


def _check_scales(
    findings: ProblemCollector, document: Document, *, has_given_scores: bool
) -> None:
    """zero and one are words we know, and stand where scores are given."""
    places: list[tuple[tuple[str, ...], ScaleSection | TaskSection]] = [
        (("scale",), document.scale)
    ]
    places += [(("tasks", name), section) for name, section in document.tasks.items()]
    for parts, section in places:
        for word, advice in (("zero", _ZERO), ("one", _ONE)):
            given = getattr(section, word)
            fine = not isinstance(given, str) or (
                (given.startswith("source:") and bool(given[7:].strip()))
                or (word == "one" and given == "diagonal")
            )
            number = isinstance(given, float | int)
            if not fine or (number and not math.isfinite(given)):
                shown = quoted(_as_toml(given))
                findings.error(MANIFEST, key(*parts, word), f"{word} = {shown}", advice)
            elif given is not None and not has_given_scores:
                findings.warn(
                    MANIFEST,
                    key(*parts, word),
                    f"{word} beside runs with bases of their own",
                    "bases give 0 and 1 here; it is ignored",
                )


def _metric(name: str | None) -> Metric:
    return Metric.named(name) if name else Metric.ACCURACY


def _scale(section: ScaleSection | TaskSection, of_all: ScaleSection) -> TaskScale:
    def either(own: Any, common: Any) -> Any:
        return common if own is None else own

    return TaskScale(
        metric=_metric(either(section.metric, of_all.metric)),
        zero=either(section.zero, of_all.zero),
        one=either(section.one, of_all.one),
        bounds=either(section.bounds, of_all.bounds),
    )


def _task(name: str, section: TaskSection, of_all: ScaleSection) -> Task:
    return Task(
        name=name,
        label=section.label or name,
        metric=_metric(section.metric or of_all.metric),
        unit=section.unit,
        color=section.color,
        exclude=section.exclude,
        group=section.group or "",
        aliases=tuple(unicodedata.normalize("NFC", alias.strip()) for alias in section.aliases),
        covariates=MappingProxyType(dict(section.covariates)),
    )


def _check_labels(findings: ProblemCollector, kind: str, labels: Mapping[str, str]) -> None:
    """kind: `tasks` or `predictors`; labels: of each name."""
    owners: dict[str, str] = {}
    for name, label in labels.items():
        owner = owners.setdefault(label, name)
        if owner != name:
            findings.error(
                MANIFEST,
                key(kind, name, "label"),
                f"label {quoted(label)} is that of {kind[:-1]} {quoted(owner)} too",
                f"give each {kind[:-1]} a label of its own:"
                + (" points are annotated with them" if kind == "tasks" else " it is chosen by it"),
            )


def _check_names(findings: ProblemCollector, document: Document) -> bool:
    """True where there are tasks, and names that tables and folders can have."""
    names = list(document.tasks)
    layout = document.evaluations
    sound = True
    for section, flaws in (
        ("tasks", {name: flaw_in_task_name(name) for name in names}),
        ("methods", {name: flaw_in_name(name) for name in document.methods}),
        ("predictors", {name: flaw_in_name(name) for name in document.predictors}),
        # In layout `runs` a folder has the name of a task.
        ("tasks", {n: flaw_in_folder_name(n) for n in names if isinstance(layout, RunsLayout)}),
    ):
        for name, flaw in flaws.items():
            if flaw is not None:
                sound = False
                findings.error(MANIFEST, key(section, name), flaw, "choose another name")
    for task, described in document.tasks.items():
        for name in described.covariates:
            if (flaw := flaw_in_name(name)) is not None:
                sound = False
                at = key("tasks", task, "covariates", name)
                findings.error(MANIFEST, at, flaw, "choose another name")
    if not names and layout is not None and not _gives_scores(layout):
        sound = False
        findings.error(MANIFEST, "tasks", "no tasks", _ADVICE["tasks"])
    if not isinstance(layout, RunsLayout):
        return sound
    at = "evaluations.shifted_prefix"
    if flaw := flaw_in_folder_name(layout.shifted_prefix):
        findings.error(MANIFEST, at, flaw, _ADVICE[at])
        return False
    for name in names:
        if layout.shifted_prefix + name in names:
            findings.error(
                MANIFEST,
                at,
                f"{quoted(layout.shifted_prefix)} makes task {quoted(name)} into another task",
                f"choose another prefix or other names: tasks are {listed(names)}",
            )
    return sound
