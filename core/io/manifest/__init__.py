"""The manifest, `study.toml`: what a study says about itself.

`sections` are what can be written, `advice` what to write instead where a key is wrong, `checks`
what needs more than one key. What needs the runs is checked in `core.io.study`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from core.errors import shortened
from core.io.files import MANIFEST, StudyFolder
from core.io.layouts import LAYOUTS, Layout, TaskScale, TasksNamed
from core.io.layouts.tree import RunsLayout
from core.io.manifest.advice import (
    ADVICE,
    key,
    metric_advice,
    says_assumed,
    warn_of_unknown_keys,
    without,
    wrong_places,
)
from core.io.manifest.checks import (
    LONGEST_TEXT,
    check_labels,
    check_names,
    check_scales,
    in_nfc,
    long_texts,
    read_aliases,
)
from core.io.manifest.sections import (
    CkaSection,
    Document,
    ScaleSection,
    TaskSection,
    gives_scores,
    layout_name,
)
from core.io.predictors import PredictorSection
from core.io.problems import ProblemCollector, flaw_of
from core.io.sections import Section
from core.metrics import Metric
from core.study import Method, Task

_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_MANY_DOTS = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')\s*+\.\s*+){64}""")
"""A key of so many parts that reading it, in time that grows as their square, takes minutes."""


@dataclass(frozen=True)
class Manifest:
    """What can be used of a manifest. `tasks` may be empty for given scores or without results.

    Where a value was wrong, an error was reported and the rest goes on without it, so that one
    reading finds everything; `evaluations` is then None where the layout is not known.
    metric_assumed: a comment says that nobody told the metric.
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
    metric_assumed: bool = False

    @property
    def layout(self) -> Layout | None:
        """The layout of the evaluations."""
        return None if self.evaluations is None else LAYOUTS[layout_name(self.evaluations)]

    @property
    def has_run_folders(self) -> bool:
        """Somewhere a run is a folder, so its name has to be one."""
        stored = self.cka is not None and self.cka.representations is not None
        return stored or isinstance(self.evaluations, RunsLayout)

    @property
    def gives_scores(self) -> bool:
        """Values that somebody else has measured, without runs of ours."""
        return gives_scores(self.evaluations)


NO_MANIFEST = (
    "write a manifest, as python -m core init does of results: a study is a folder with one"
)


def read_manifest(folder: StudyFolder) -> Manifest | None:
    """The manifest of a study; None, with errors, where it says nothing that can be used."""
    findings = folder.findings
    text = folder.read_text(MANIFEST, todo=NO_MANIFEST)
    if text is None:
        return None
    try:
        if _MANY_DOTS.search(text):
            raise RecursionError
        raw = in_nfc(tomllib.loads(text))
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
    if too_long := list(long_texts(raw)):
        for place, length in too_long:
            what = f"a text of {length:,} letters, {LONGEST_TEXT:,} are allowed"
            findings.error(MANIFEST, key(*map(shortened, place)), what, "write a shorter one")
        return None
    wrong = wrong_places(findings, raw)
    try:
        document = Document.model_validate(without(raw, wrong))
    except ValidationError:  # a mistake that hides behind another: the first is told
        return None
    findings.study_id = document.id
    alone = "evaluations" not in raw and bool({"cka", "predictors"} & raw.keys())
    if "evaluations" not in raw and not alone:
        findings.error(MANIFEST, "evaluations", "is missing", ADVICE["evaluations"])
    warn_of_unknown_keys(findings, document, ())
    if not check_names(findings, document):
        return None
    found = _translate(
        findings, document, frozenset(key(*place) for place in wrong), without_results=alone
    )
    return replace(found, metric_assumed=says_assumed(text))


def _translate(
    findings: ProblemCollector,
    document: Document,
    wrong: frozenset[str],
    *,
    without_results: bool,
) -> Manifest:
    """`wrong` are the keys an error was reported for, so that none is said to be missing too."""
    has_given_scores = without_results or gives_scores(document.evaluations)
    for name, section in document.tasks.items():
        at = key("tasks", name, "metric")
        known = section.metric or document.scale.metric
        if known is None and not has_given_scores and at not in wrong:
            findings.error(MANIFEST, at, "is missing", metric_advice())
    check_scales(findings, document, has_given_scores=has_given_scores)
    tasks = tuple(_task(name, section, document.scale) for name, section in document.tasks.items())
    check_labels(findings, "tasks", {task.name: task.label for task in tasks})
    labels = {name: section.label or name for name, section in document.predictors.items()}
    check_labels(findings, "predictors", labels)
    aliases = read_aliases(findings, document.tasks)
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
                {
                    name: _scale(section, document.scale, name)
                    for name, section in document.tasks.items()
                }
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
    said = {"label", "unit", "color", "exclude", "group", "covariates"}
    return not any(
        # A label that is another name says no more than that one.
        section.model_fields_set & said - ({"label"} if section.label in section.aliases else set())
        for section in document.tasks.values()
    ) and not (
        # A list of tasks has the metric of each, and nothing else; one task is no list.
        len(document.tasks) > 1
        and all(
            section.metric and section.model_fields_set == {"metric"}
            for section in document.tasks.values()
        )
    )


def _metric(name: str | None) -> Metric:
    return Metric.named(name) if name else Metric.ACCURACY


def _scale(section: ScaleSection | TaskSection, of_all: ScaleSection, name: str = "") -> TaskScale:
    def either(own: Any, common: Any) -> Any:
        return common if own is None else own

    return TaskScale(
        metric=_metric(either(section.metric, of_all.metric)),
        zero=either(section.zero, of_all.zero),
        one=either(section.one, of_all.one),
        bounds=either(section.bounds, of_all.bounds),
        zero_at=_at(section.zero, name, "zero"),
        one_at=_at(section.one, name, "one"),
    )


def _at(own: float | str | None, name: str, word: str) -> str:
    """The key that says so: a task's own, else the one of all."""
    return key("scale", word) if own is None or not name else key("tasks", name, word)


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
