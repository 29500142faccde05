"""What is known about one cell of a transfer matrix: the rows of its hover and of its panel."""

from __future__ import annotations

import math

import numpy as np
from propcache.api import cached_property

from core.numerics.arrays import BoolArray, FloatArray
from core.study import Study
from core.transfer.matrix import TransferMatrix, is_difference
from core.transfer.predictions import PREDICTIONS
from core.transfer.table import measure_of
from dashboard.text.names import (
    escape,
    in_words,
    lines_of,
    shortened_apart,
    sources_in_words,
)
from dashboard.text.numbers import ARROW, bounds, counted, number, signed, with_unit

HOVER_LINES = 6
"""Of a hover: a glance."""
TITLE_WIDTH, TITLE_LINES = 46, 4
NAME_LENGTH = 80
"""Of a name that takes two of these lines."""

Row = tuple[str, str]
"""A name and a text, neither escaped."""


class CellTexts:
    """The texts of the cells of one matrix; what they share is computed once."""

    def __init__(self, matrix: TransferMatrix, study: Study) -> None:
        self.matrix = matrix
        self.study = study
        self._is_difference = is_difference(matrix.kind)
        self._prediction = PREDICTIONS.get(matrix.kind)
        self._units = [
            study.tasks[study.task_index[t]].unit if t in study.task_index else ""
            for t in matrix.targets
        ]

    @cached_property
    def _sd(self) -> FloatArray:
        return self.matrix.sd

    @cached_property
    def _interval(self) -> tuple[FloatArray, FloatArray]:
        return self.matrix.interval

    @property
    def measure(self) -> str:
        """What the value of a cell is called."""
        if self._is_difference:
            return "difference"
        return measure_of(self.study)

    def pair(self, row: int, column: int) -> str:
        """`distance → triangle area`."""
        return in_words(self.matrix.sources[row], self.matrix.targets[column])

    def value(self, row: int, column: int) -> str:
        """`0.71 (95 % over seeds: 0.65 to 0.77)`."""
        matrix = self.matrix
        value = float(matrix.values[row, column])
        if not math.isfinite(value):
            return "no value"
        text = signed(value) if self._is_difference else number(value)
        low, high = float(self._interval[0][row, column]), float(self._interval[1][row, column])
        if math.isfinite(low) and math.isfinite(high):
            text += f" (95 % over seeds: {bounds(low, high)})"
        return text

    def spread(self, row: int, column: int) -> str:
        """`3 seeds, sd 0.021, 2 of 3 clipped`."""
        n, sd = int(self.matrix.n[row, column]), float(self._sd[row, column])
        text = counted(n, "seed" if self.study.names_seeds else "run")
        if n < len(self.matrix.seeds):
            text = f"{n} of {counted(len(self.matrix.seeds), 'seed')}"
        text += f", sd {number(sd)}" if math.isfinite(sd) else ""
        clipped = int(self.matrix.clipped[:, row, column].sum())
        return f"{text}, {clipped} of {n} clipped" if clipped else text

    def role(self, row: int, column: int) -> str:
        """Whether the source saw the target in training; empty for given scores of others."""
        if self.matrix.trained[row, column]:
            return "trained on this target"
        if self.matrix.exposed[row, column]:
            return "not trained on, but a few samples of it were seen"
        return "not trained on this target"

    def reached(self, at: int, row: int, column: int) -> str:
        """What one seed (by position) reached, and its raw score."""
        matrix, records = self.matrix, self.matrix.records
        value = float(matrix.per_seed[at, row, column])
        empty = not math.isfinite(value)
        why = matrix.reason_of(int(matrix.reason[at, row, column]), column) if empty else ""
        first = (
            f"empty: {why or 'no reason known'}"
            if empty
            else (signed(value) if self._is_difference else number(value))
        )
        if matrix.clipped[at, row, column]:
            first += " (clipped)"
        raw = math.nan if records is None else records.raw((at, row, column)).value
        if math.isfinite(raw):
            first += f"{'; raw' if empty else ' at'} {with_unit(raw, self._units[column])}"
        return first

    def seed(self, at: int, row: int, column: int) -> tuple[str, str]:
        """The same with the scores it is measured by, and the run it comes from."""
        first, records = self.reached(at, row, column), self.matrix.records
        if records is None:
            return first, ""
        raw = records.raw((at, row, column))
        if math.isfinite(raw.value):
            low, high = records.baseline[at, row, column], records.reference[at, row, column]
            first += f" (base shifted {number(float(low))}, standard {number(float(high))})"
        if not raw.run:
            return first, "" if self._prediction is None else self._prediction.sentence
        second = f"run {raw.run}"
        if self._prediction is not None:
            best = self.study.runs[self.study.run_index[raw.run]].trained
            second = f"{self._prediction.sentence}, {' + '.join(best)}: {second}"
        if base := records.bases[int(records.run[at, row, column])]:
            second += f" from {base}"
        if raw.checkpoint >= 0:
            second += f", checkpoint {raw.checkpoint:,}"
        if raw.source:
            second += f"; {raw.source}"
        return first, second

    def hover(self, row: int, column: int, *, muted: str) -> str:
        """A glance as an escaped text of at most six lines; the panel has the rest.

        Of the seeds one: the first that has no value, since that is news, else the first. muted:
        the colour of what is less important.
        """
        value, _, rest = self.value(row, column).partition(" (")
        lines = [f"<b>{escape(line)}</b>" for line in self.title(row, column)]
        lines.append(f"{escape(self.measure)} <b>{escape(value)}</b>")
        if rest and len(lines) < HOVER_LINES - 1:
            lines.append(escape(rest.removesuffix(")")))
        seeds = self.matrix.seeds
        at = next(
            (at for at in range(len(seeds)) if not self._known[at, row, column]),
            0,
        )
        room = HOVER_LINES - len(lines) - 2
        told = self._told(at, row, column, room) if seeds and room > 0 else []
        if room >= 0:
            lines += [escape(self.spread(row, column)), *map(escape, told)]
        last = self.role(row, column) if self._prediction is None else self._prediction.sentence
        lines.append(f'<span style="color:{muted}">{escape(last)}</span>')
        return "<br>".join(lines)

    def title(self, row: int, column: int) -> list[str]:
        """The pair, whole in up to four lines; longer names are cut where they are alike."""
        lines = lines_of(self.pair(row, column), TITLE_WIDTH)
        if len(lines) <= TITLE_LINES:
            return lines
        source, target = self._cut_sources[row], self._cut_targets[column]
        half = TITLE_LINES // 2
        return [
            *lines_of(source, TITLE_WIDTH)[:half],
            *lines_of(f"{ARROW} {target}", TITLE_WIDTH)[:half],
        ]

    @cached_property
    def _cut_sources(self) -> list[str]:
        return shortened_apart(map(sources_in_words, self.matrix.sources), NAME_LENGTH)

    @cached_property
    def _cut_targets(self) -> list[str]:
        return shortened_apart(self.matrix.targets, NAME_LENGTH)

    def _told(self, at: int, row: int, column: int, room: int) -> list[str]:
        """What one seed reached, in so many lines: without what it is measured by, if need be."""
        seed = f"seed {self.matrix.seeds[at]}: " if self.study.names_seeds else ""
        told = lines_of(seed + self.seed(at, row, column)[0])
        if len(told) > room:
            told = lines_of(seed + self.reached(at, row, column))
        return told if len(told) <= room else [*told[: room - 1], f"{told[room - 1]} …"]

    @cached_property
    def _known(self) -> BoolArray:
        return np.isfinite(self.matrix.per_seed)

    def reason(self, row: int, column: int) -> str:
        """Why a cell is empty: the first seed's reason."""
        return self.matrix.reason_of(int(self.matrix.first_reason[row, column]), column)


def source_key(sources: tuple[str, ...]) -> str:
    """A row's training set as one string: `compass+distance`."""
    return "+".join(sources)


def mean_text(label: str, value: float, what: str, there: BoolArray) -> str:
    """Hover of a mean at the margin, trained cells among it; there: which cells have a value."""
    over = counted(int(there.sum()), what)
    gone = int((~there).sum())
    missing = f" ({gone:,} missing)" if gone else ""
    return (
        f"<b>{escape(label)}</b><br>mean {number(value)} of {over}{missing},"
        "<br>trained cells included (Balance leaves them out)"
    )
