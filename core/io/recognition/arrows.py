"""Names with an arrow that says which end is better: `A ↑`, `B (↓)`, `C $\\downarrow$`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import RawTable, distinct
from core.io.recognition.column_words import DOWN, LONGEST_NAME, UP
from core.io.recognition.looked_table import LookedTable
from core.io.recognition.recognized import Recognized

_ARROW = re.compile(rf"(?P<up>{UP})|(?P<down>{DOWN})")
_IN_BRACKETS = re.compile(rf"[(\[]\s*(?:{UP}|{DOWN})\s*[)\]]")


@dataclass(frozen=True)
class Pointed:
    """A table whose names have lost their arrows.

    called: name -> as it stands in the file, with its arrow. metrics: name -> what that says.
    """

    raw: RawTable
    called: Mapping[str, str]
    metrics: Mapping[str, str]

    def told(self, found: Recognized) -> Recognized | None:
        """What was recognized, with the arrows' directions; None where names are no tasks."""
        across = found.form == "square" or found.value == "{target}"
        if not across or {*found.columns.values()} & {*self.called}:
            return None
        return self._said(found)

    def as_called(self) -> Pointed:
        """The same with arrows left in names."""
        called = {name: name for name in self.called.values()}
        metrics = {self.called[name]: metric for name, metric in self.metrics.items()}
        return replace(self, called=called, metrics=metrics)

    def _said(self, found: Recognized) -> Recognized | None:
        tasks = [name for name in self.metrics if name not in found.leave_out]
        usual = Counter(self.metrics[name] for name in tasks).most_common(1)
        if not usual:
            return None
        metric = usual[0][0]
        other = [name for name in tasks if self.metrics[name] != metric]
        way = f"{'lower' if metric == 'score' else 'higher'} is better of {listed(other)}"
        gone = (one for name in found.leave_out for one in (name, self.called.get(name, name)))
        return replace(
            found,
            told_by=self.called[next(name for name in tasks if name not in other)],
            metrics={**found.metrics, **{name: self.metrics[name] for name in tasks}},
            aliases={
                **{name: [self.called[name]] for name in tasks if self.called[name] != name},
                **found.aliases,
            },
            leave_out=tuple(dict.fromkeys(gone)),
            understood=(*found.understood, *((f"{way}, as arrows say",) if other else ())),
        )


def told_by_targets(look: LookedTable, found: Recognized) -> Recognized:
    """A row a score whose targets have arrows: with the directions these tell."""
    column = found.columns.get("target", "target")
    if found.form != "scores" or column not in look.raw.header:
        return found
    bares = _bares(distinct(look.counted(column)))
    if len(bares) < 2:
        return found
    called = {bare: cell for cell, (bare, _) in bares.items()}
    metrics = dict(bares.values())
    return Pointed(look.raw, called, metrics)._said(found) or found


def without_arrows(raw: RawTable) -> Pointed | None:
    """The table without arrows, None where fewer than two names have one, or two names are one."""
    header, called, metrics = list(raw.header), {}, {}
    # The corner says with arrows what stands down and what across.
    for i, name in enumerate(raw.header[1:], start=1):
        if name and (bare := _bare(name)):
            header[i], metrics[bare[0]] = bare
            called[bare[0]] = name
    columns = list(raw.columns)
    first = raw.columns[0]
    if not isinstance(first, np.ndarray):
        bares = _bares(distinct(first))
        if len(bares) > 1:
            columns[0] = [bares[cell][0] if cell in bares else cell for cell in first]
            called = {bare: cell.strip() for cell, (bare, _) in bares.items()} | called
            metrics = dict(bares.values()) | metrics
    if len(called) < 2 or len({*header}) < len({*raw.header}):
        return None
    return Pointed(replace(raw, header=tuple(header), columns=tuple(columns)), called, metrics)


def _bares(cells: Sequence[str]) -> dict[str, tuple[str, str]]:
    return {cell: bare for cell in cells if cell and (bare := _bare(cell.strip()))}


def _bare(name: str) -> tuple[str, str] | None:
    """A name without its arrow, and what that says; None without one, or with both."""
    if len(name) > LONGEST_NAME:
        return None
    found = {match.lastgroup for match in _ARROW.finditer(name)}
    if len(found) != 1:
        return None
    bare = re.sub(r"\s+([)\]])", r"\1", _ARROW.sub(" ", _IN_BRACKETS.sub(" ", name)))
    bare = " ".join(bare.split())
    return (bare, "score" if found == {"up"} else "error") if bare else None
