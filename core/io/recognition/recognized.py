"""Recognized: what was understood of a file, and the manifest that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.errors import listed
from core.io.manifest.advice import ASSUMED, key
from core.io.problems import quoted_text
from core.metrics import METRICS

GUESSED_BY = " is better, as "
"""What is said of a direction that a name tells."""
TOLD_APART = "rows that differ in "
"""How it begins that settings are methods."""
REPEATS_ARE_SEEDS = "a cell that is there several times stands for several seeds"


@dataclass(frozen=True)
class Recognized:
    """What was understood of a file.

    form: layout. section: keys of `[evaluations]` but the layout and tables within it. columns,
    where, splits: its tables. metric: direction, None = nothing tells. metrics: of targets that
    have one of their own. aliases: task -> other
    names. read: keys of `[evaluations.read]`. leave_out: names that are no tasks. rows: what the
    rows of a matrix are, where it is not sources. joined_by: what joins names in a training set,
    where it is not +. itself: a name that stands for the one on the other side. everything: a
    source that stands for a run trained on all tasks. told_by: what the
    direction is told by, where it is not the column. metric_assumed: nobody told the metric, and
    higher was taken for better. zero_like: a number that zero could be, in the values' unit.
    conflict: repeated cells that look like no seeds, empty = none; somebody has to say `repeats`.
    settings: columns whose values are methods, as they alone tell repeated cells apart;
    method_before: the column of methods without them, empty = none.
    has_logarithms: errors are above 0, all of them, as far as is known. understood, assumed,
    unknown: sentences.
    """

    form: str
    path: str
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    repeats: str = ""
    conflict: str = ""
    settings: tuple[str, ...] = ()
    method_before: str = ""
    metric: str | None = None
    zero: str = ""
    one: str = ""
    metrics: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    rows: str = ""
    joined_by: str = ""
    itself: str = ""
    everything: str = ""
    told_by: str = ""
    metric_assumed: bool = False
    zero_like: str = "0.5"
    has_logarithms: bool = True
    dialect: Sequence[str] = ()
    understood: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_direction_guessed(self) -> bool:
        """The name of something told it, and nobody who knows."""
        return any(GUESSED_BY in text for text in self.understood)

    def directed(self, metric: str) -> Recognized:
        """With the direction that somebody who knows says, instead of one that was guessed."""
        understood = (text for text in self.understood if GUESSED_BY not in text)
        return replace(self, metric=metric, understood=(*understood, f"direction: {metric}"))

    def with_repeats(self, chosen: str) -> Recognized:
        """With the same cell again as somebody says: error, mean or seeds; empty = as it is."""
        if not chosen:
            return self
        columns = {w: c for w, c in self.columns.items() if chosen != "seeds" or w != "seed"}
        assumed = tuple(text for text in self.assumed if text != REPEATS_ARE_SEEDS)
        repeats = "" if chosen == "error" else chosen
        understood = self.understood
        if repeats and self.settings:
            # What told the rows apart is no method then.
            method = re.escape(columns.pop("method"))
            columns |= {"method": self.method_before} if self.method_before else {}
            is_method = re.compile(f", method is (?:column )?{method}")
            understood = tuple(is_method.sub("", text) for text in understood)
            assumed = tuple(text for text in assumed if not text.startswith(TOLD_APART))
            assumed += (f"{TOLD_APART}{listed(self.settings)} are the same cell again",)
        return replace(
            self,
            repeats=repeats,
            conflict="",
            columns=columns,
            understood=understood,
            assumed=assumed,
        )

    def manifest(self, title: str) -> str:
        """study.toml, with comments that say where each line comes from."""
        lines = [f"title = {quoted_text(title)}", ""]
        lines += [f"# understood: {text}" for text in self.understood]
        lines += [f"# assumed: {text}" for text in self.assumed]
        lines += [f"# not known: {text}" for text in self.unknown]
        lines += [
            "",
            "[evaluations]",
            f"layout = {quoted_text(self.form)}",
            f"path = {quoted_text(self.path)}",
        ]
        for word in ("value", "repeats", "leave_out", "joined_by", "itself", "everything", "rows"):
            if said := getattr(self, word):
                lines.append(f"{word} = {json.dumps(said, ensure_ascii=False)}")
        if self.splits:
            inner = ", ".join(
                f"{word} = {quoted_text(theirs)}" for word, theirs in self.splits.items()
            )
            lines.append(f"splits = {{{inner}}}")
        for name, table in (("columns", self.columns), ("where", self.where)):
            if table:
                lines += ["", f"[evaluations.{name}]"]
                lines += [f"{key(word)} = {quoted_text(column)}" for word, column in table.items()]
        if self.read:
            lines += ["", "[evaluations.read]"]
            for word, given in self.read.items():
                lines.append(f"{word} = {json.dumps(given, ensure_ascii=False)}")
        lines += ["", "[scale]"]
        lines.append(
            f"metric = {quoted_text(self.metric or 'score')}"
            + (f"  # {ASSUMED} which is better" if self.metric_assumed else "")
        )
        lines.append(
            f"zero = {self.zero}"
            if self.zero
            else f'# zero = {self.zero_like}  # what no transfer reaches, or "source:NAME"'
        )
        lines.append(
            f"one = {self.one}"
            if self.one
            else '# one = "diagonal"  # what counts as full: a number or "diagonal"'
        )
        if self.metric and METRICS[self.metric].logarithmic:
            lines.append(
                "# with zero and one, errors are normalized by logarithms"
                if self.has_logarithms
                else "# errors of 0 and below have no logarithm: zero alone makes gains of them"
            )
        other = {task for task, metric in self.metrics.items() if metric != self.metric}
        for task in dict.fromkeys((*self.aliases, *sorted(other))):
            others = self.aliases.get(task, ())
            names = ", ".join(map(quoted_text, others))
            lines += ["", f"[{key('tasks', task)}]"]
            lines += [f"metric = {quoted_text(self.metrics[task])}"] if task in other else []
            # Also without any: a list of metrics alone would be one of all tasks there are.
            lines.append(f"aliases = [{names}]")
            # The sign joins tasks, so the task has another in its name; it is shown as written.
            lines += [f"label = {quoted_text(name)}" for name in others if "+" in name]
        return "\n".join(lines) + "\n"
