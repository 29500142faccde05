"""What takes more than one key to see: labels and names given twice, scales without scores."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import listed, shortened
from core.io.files import MANIFEST
from core.io.layouts.tree import RunsLayout
from core.io.manifest.advice import ADVICE, BOUNDS, ONE, ZERO, as_toml, key
from core.io.manifest.sections import Document, ScaleSection, TaskSection, gives_scores
from core.io.names.name_rules import flaw_in_folder_name, flaw_in_name, flaw_in_task_name
from core.io.problems import ProblemCollector, quoted

LONGEST_TEXT = 10_000
"""Letters of one text: a title or a label stands wherever it is drawn."""


def long_texts(raw: object, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """Where a manifest has a text that is too long, and its letters."""
    if isinstance(raw, str) and len(raw) > LONGEST_TEXT:
        yield place, len(raw)
    elif isinstance(raw, Mapping):
        for name, part in raw.items():
            yield from long_texts(part, (*place, name))
    elif isinstance(raw, list):
        for part in raw:
            yield from long_texts(part, place)


_ON_DISK = frozenset(
    ("path", "root", "summary", "checkpoints", "representations", "shifted_prefix")
)


def in_nfc(raw: Any) -> Any:
    """A manifest with its names as tables have them, in Unicode NFC; paths as they are on disk."""
    if isinstance(raw, str):
        return unicodedata.normalize("NFC", raw)
    if isinstance(raw, list):
        return [in_nfc(part) for part in raw]
    if isinstance(raw, dict):
        return {
            in_nfc(name): part if name in _ON_DISK and isinstance(part, str) else in_nfc(part)
            for name, part in raw.items()
        }
    return raw


def read_aliases(findings: ProblemCollector, sections: Mapping[str, TaskSection]) -> dict[str, str]:
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


def check_scales(findings: ProblemCollector, document: Document, *, has_given_scores: bool) -> None:
    """zero and one are words we know, and stand where scores are given."""
    places: list[tuple[tuple[str, ...], ScaleSection | TaskSection]] = [
        (("scale",), document.scale)
    ]
    places += [(("tasks", name), section) for name, section in document.tasks.items()]
    for parts, section in places:
        least, most = section.bounds or (-math.inf, math.inf)
        if not least < most:
            shown = quoted(f"[{least:g}, {most:g}]")
            findings.error(MANIFEST, key(*parts, "bounds"), f"bounds = {shown}", BOUNDS)
        for word, advice in (("zero", ZERO), ("one", ONE)):
            given = getattr(section, word)
            fine = not isinstance(given, str) or (
                (given.startswith("source:") and bool(given[7:].strip()))
                or (word == "one" and given == "diagonal")
            )
            number = isinstance(given, float | int)
            if not fine or (number and not math.isfinite(given)):
                shown = quoted(as_toml(given))
                findings.error(MANIFEST, key(*parts, word), f"{word} = {shown}", advice)
            elif given is not None and not has_given_scores:
                findings.warn(
                    MANIFEST,
                    key(*parts, word),
                    f"{word} beside runs with bases of their own",
                    "bases give 0 and 1 here; it is ignored",
                )


def check_labels(findings: ProblemCollector, kind: str, labels: Mapping[str, str]) -> None:
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


def check_names(findings: ProblemCollector, document: Document) -> bool:
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
                findings.error(MANIFEST, key(section, shortened(name)), flaw, "choose another name")
    for task, described in document.tasks.items():
        for name in described.covariates:
            if (flaw := flaw_in_name(name)) is not None:
                sound = False
                at = key("tasks", shortened(task), "covariates", shortened(name))
                findings.error(MANIFEST, at, flaw, "choose another name")
    if not names and layout is not None and not gives_scores(layout):
        sound = False
        findings.error(MANIFEST, "tasks", "no tasks", ADVICE["tasks"])
    if not isinstance(layout, RunsLayout):
        return sound
    at = "evaluations.shifted_prefix"
    if flaw := flaw_in_folder_name(layout.shifted_prefix):
        findings.error(MANIFEST, at, flaw, ADVICE[at])
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
