"""Which tasks are left out, everywhere or from rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote as quoted

from core.cli import options as command_line
from core.study import Study
from dashboard.state.fields.field import (
    Choice,
    Field,
    FieldReader,
    Flag,
    Kind,
    Look,
    Offer,
    Reach,
    quote,
    say_nothing,
)
from dashboard.state.fields.keys import Key
from dashboard.state.task_bits import SHORTER_THAN, is_packed, packed, unpacked

ALL_BUT = "*"
"""Among the values of `exclude`: every task but those named is left out, so that one of a thousand
is a short address. Those the manifest leaves out are out where they are named, as ever. In a study
with a task of this name it is that task. assets/js/state/url-query.js writes it, too."""


def tasks_reader(
    key: str, what: str, *, excluded: bool = False
) -> Callable[[FieldReader], tuple[str, ...]]:
    """Reads names of tasks; excluded: of those the manifest leaves out. In manifest order."""

    def parse(asked: FieldReader) -> tuple[str, ...]:
        study = asked.study
        known = {task.name for task in (study.excluded if excluded else study.tasks)}
        wanted = set(asked.many(key))
        if unknown := wanted - known:
            which = quote(", ".join(sorted(unknown)))
            asked.notices.append(f"No task {which} to {what} in this study.")
        return tuple(task.name for task in study.tasks if task.name in wanted & known)

    return parse


def _excluded(asked: FieldReader) -> tuple[str, ...]:
    """Reads what is left out: its names, `ALL_BUT` and those that are not, or a bit for each."""
    study = asked.study
    if is_packed(asked.many(Key.EXCLUDE), study):
        meant, why = unpacked(study, asked.many(Key.EXCLUDE))
        if why:
            asked.notices.append(f"{why}: none is left out.")
        return tuple(task.name for task in study.tasks if task.name in meant)
    if ALL_BUT not in asked.many(Key.EXCLUDE) or ALL_BUT in study.task_index:
        return tasks_reader(Key.EXCLUDE, Key.EXCLUDE)(asked)
    named = set(asked.many(Key.EXCLUDE)) - {ALL_BUT}
    if unknown := named - study.task_index.keys():
        asked.notices.append(f"No task {quote(', '.join(sorted(unknown)))} to keep in this study.")
    return tuple(
        task.name for task in study.tasks if (task.exclude is None) != (task.name in named)
    )


def _shortened(study: Study, written: list[str]) -> list[str]:
    """What `_excluded` reads as the same, by what is left where that is fewer names.

    Of more names than anybody reads a bit for each task.
    """
    out = set(written)
    others = [t.name for t in study.tasks if (t.exclude is None) != (t.name in out)]
    named = [ALL_BUT, *others]
    if ALL_BUT in study.task_index or len(named) >= len(written):
        named = written
    length = sum(len(quoted(name)) + len("&exclude=") for name in named)
    if length <= SHORTER_THAN or not out <= study.task_index.keys():
        return named
    short = packed(study, out)
    return [short] if len(short) < length and short not in study.task_index else named


def _task_choice(study: Study, name: str) -> Choice:
    task = study.task(name)
    return Choice(name, name, "" if task.label == name else task.label, group=task.group)


def _task_choices(offer: Offer) -> Sequence[Choice]:
    study = offer.study
    return [_task_choice(study, t.name) for t in study.tasks if t.name not in offer.kept_out]


def all_tasks(offer: Offer) -> Sequence[Choice]:
    """Every task, also those that are left out elsewhere."""
    return [Choice(task.name, f"{task.name} {task.label}") for task in offer.study.tasks]


def _include_choices(offer: Offer) -> Sequence[Choice]:
    where = f"left out, but {offer.kept_in}" if offer.kept_in else "left out"
    return [
        Choice(
            task.name,
            task.name,
            task.label,
            reason=f"{where}: {task.exclude}",
        )
        for task in offer.study.tasks
        if task.name in offer.kept_out
    ]


def _hidden_as(role: str) -> Field[tuple[str, ...]]:
    return Field(
        key=Key[f"NOT_{role.upper()}"],
        id=f"{role}s-out",
        parse=tasks_reader(Key[f"NOT_{role.upper()}"], f"hide as {role}"),
        default=(),
        kind=Kind.LIST,
        look=Look.CHOOSER,
        label=f"Hidden as {role}",
        help="exclusions",
        about=f"tasks hidden as {role}",
        options=all_tasks,
    )


class TaskFields:
    """Which tasks are left out."""

    exclude: Field[tuple[str, ...]] = Field(
        # Dropped everywhere.
        key=Key.EXCLUDE,
        id="tasks",
        parse=_excluded,
        shorten=_shortened,
        default=(),
        kind=Kind.UNTICKED,
        look=Look.TICKS,
        label="Tasks",
        help="exclusions",
        options=_task_choices,
        # With those that are brought back, after the other fields: see `summary`.
        shown=say_nothing,
        reach=Reach.EVERYTHING,
        flags=(Flag("exclude", command_line.EXCLUDE),),
    )
    include: Field[tuple[str, ...]] = Field(
        # The manifest leaves them out; here they are brought back.
        key=Key.INCLUDE,
        parse=tasks_reader(Key.INCLUDE, Key.INCLUDE, excluded=True),
        default=(),
        kind=Kind.LIST,
        look=Look.TICKS,
        options=_include_choices,
        within="exclude",
        shown=say_nothing,
        flags=(Flag("include", command_line.INCLUDE),),
    )
    hidden_sources: Field[tuple[str, ...]] = _hidden_as("source")
    hidden_targets: Field[tuple[str, ...]] = _hidden_as("target")
