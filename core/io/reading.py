"""How the values of a study were read: what is said of it in one line, and in full."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import listed
from core.io.names.source_words import whole_among
from core.metrics import by_logarithms
from core.study import Study, Task, ValueScale

if TYPE_CHECKING:
    from core.io.sections import Section

FORMS = {
    "scores": "a long table of scores",
    "table": "a long table of evaluations",
    "square": "a square table",
    "wide": "a wide table",
    "tree": "a file for each value",
    "runs": "folders of runs",
}
ASSUMED = " (assumed)"
NAMED = 3
"""How many names a fact spells out."""


@dataclass(frozen=True)
class Reading:
    """How a study's values were read.

    path: of the file or files, as the manifest has it. form: in words. manifest: it stands in a
    study.toml; else the file was opened as it is. facts: (name, text), what was told or assumed.
    recognized: what the files do not say by themselves and was understood, a line a file.
    """

    path: str
    form: str
    manifest: bool
    facts: tuple[tuple[str, str], ...]
    recognized: tuple[str, ...]

    def fact(self, name: str) -> str:
        """The text of a fact; empty where it is not there."""
        return dict(self.facts).get(name, "")

    @property
    def unsure(self) -> bool:
        """Something is in doubt that conclusions hang on: the direction, or what is a source."""
        return "Sources" in dict(self.facts) or self.is_direction_assumed

    @property
    def is_direction_assumed(self) -> bool:
        """Nobody told which is better, or the values contradict a guess."""
        return self.fact("Direction").endswith(ASSUMED)


def reading_of(
    section: Section,
    study: Study,
    *,
    manifest: bool,
    assumed: bool,
    recognized: Sequence[str],
    named: Collection[str] = (),
    doubted: bool = False,
) -> Reading:
    """How the values of a study were read, by the section of its manifest.

    assumed: nobody told that higher is better. named: tasks that the manifest names. doubted: the
    values contradict the direction, which was guessed.
    """
    told = section.model_dump(exclude_defaults=True)
    layout = str(told["layout"])
    columns = told.get("columns", {})
    where = told.get("where", {})
    read = told.get("read", {})
    facts = {
        "Files below": study.origin,
        "Columns": ", ".join(
            # `{sources}->{target}` in one column.
            f"{column} as {word}" if "{" in word else f"{word} = {column}"
            for word, column in columns.items()
        ),
        "Values": str(told.get("value", "")),
        "Rows that count": ", ".join(f"{name} = {_several(v)}" for name, v in where.items()),
        "Direction": _direction(study.tasks, assumed=assumed, doubted=doubted),
        "Scale": _scale(study),
        "Sources": _doubtful(study, named),
        "Zero of each task": _each({t.name: t.zero for t in study.tasks}, study),
        "One of each task": _each({t.name: t.one for t in study.tasks}, study),
        "The same cell again": {
            "mean": "its mean",
            "seeds": "seeds, numbered in order",
            "error": "an error",
        }.get(str(told.get("repeats", "error" if study.has_given_scores else "")), ""),
        "Left out": _several(told.get("leave_out", "")),
        "Predicted from itself": _several(
            [method.name for method in study.tested_methods if method.is_self_predicted] or ""
        ),
        "A run on all tasks": str(told.get("everything", "")),
        "The same task on both sides": str(told.get("itself", "")),
        "Order of training": "A+B and B+A are two" if told.get("ordered") else "",
        "Words for nothing": ", ".join(read.pop("missing", [])),
        "Read with": ", ".join(f"{name} {value!r}" for name, value in read.items()),
    }
    return Reading(
        path=str(told.get("path", told.get("root", ""))),
        form=FORMS.get(layout, layout) + (_rows(str(told["value"])) if layout == "wide" else ""),
        manifest=manifest,
        facts=tuple((name, text) for name, text in facts.items() if text),
        recognized=tuple(recognized),
    )


def _rows(value: str) -> str:
    """What a row of a wide table is, by how its columns of values are called."""
    if "{task}" in value:
        return ", a row a run"
    if "{target}" in value:
        return ", a row a training set"
    if "{sources}" in value:
        return ", a row a target"
    return ", a row a pair"


def _several(value: object) -> str:
    return listed(map(str, value), most=NAMED) if isinstance(value, list) else str(value)


def _direction(tasks: Sequence[Task], *, assumed: bool, doubted: bool) -> str:
    lower = [task.name for task in tasks if not task.metric.higher_is_better]
    if not lower:
        return "higher is better" + (ASSUMED if assumed or doubted else "")
    if len(lower) == len(tasks):
        return "lower is better" + (ASSUMED if doubted else "")
    return f"lower is better for {listed(lower, most=NAMED)}, else higher"


def _scale(study: Study) -> str:
    """What 0 and 1 are; of given scores alone."""
    if not study.has_given_scores:
        return ""
    if study.is_raw:
        return "as given, no zero"
    zeros = _ends("zero", {task.zero for task in study.tasks})
    if any(task.zeros for task in study.tasks):
        zeros = "a zero for each task, of each method or seed by its own rows"
    if study.value_scale is ValueScale.GAIN:
        return f"gain over {zeros}"
    ones = _ends("one", {task.one for task in study.tasks})
    return f"{zeros}, {ones}{by_logarithms(task.metric for task in study.tasks)}"


def _doubtful(study: Study, named: Collection[str]) -> str:
    """A source such as `none` or `all` of which nobody said what it is; of given scores."""
    if study.untrained:
        names = listed(study.untrained, most=NAMED)
        one = len(study.untrained) == 1
        return f"{names} {'counts as a source' if one else 'count as sources'}, not as zero"
    if not study.has_given_scores:
        return ""
    sources = list(dict.fromkeys("+".join(run.trained) for run in study.runs if not run.is_base))
    targets = [task.name for task in study.tested_tasks]
    if found := [name for name in whole_among(sources, targets) if name not in named]:
        return f"{found[0]} counts as a task, not as all of them"
    return ""


def _each(values: Mapping[str, object], study: Study) -> str:
    """`acc 0.5, bleu 20`, where they differ; of given scores alone."""
    if not study.has_given_scores or len({*values.values()}) < 2:
        return ""
    known = {name: value for name, value in values.items() if value is not None}
    told = (f"{n} {v:g}" if isinstance(v, float) else f"{n} {v}" for n, v in known.items())
    return listed(told, most=NAMED)


def _ends(name: str, values: set[object]) -> str:
    known = sorted(f"{v:g}" if isinstance(v, float) else str(v) for v in values if v is not None)
    return f"{name} = {known[0]}" if len(known) == 1 else f"a {name} for each task"
