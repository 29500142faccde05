"""All pairs of a transfer matrix as a list: every training set on every target, one row each.

A row has what is known of the pair: transfer with its interval, raw values, prediction, the way
back, CKA, and why something is missing. Rows can be looked for and put in order without turning
a million of them into objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from propcache.api import cached_property

from core.analyses.pairs.columns import PairColumn, columns_of
from core.errors import RequestError, listed
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray, IntArray
from core.study import Layer
from core.transfer.matrix import THE_TARGET
from core.transfer.normalization import Scale

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PairTable:
    """Every training set of one method on every target, as cells of matrices.

    All arrays are (n_sources, n_targets), float64 and NaN = none, unless it says otherwise;
    `row` numbers of methods count the cells row by row, source after source.

    values:      normalized improvement (or the given score), mean over seeds
    low, high:   its 95 % interval over seeds, Student's t
    sd:          sample standard deviation over seeds
    n:           int64, seeds behind the mean
    per_seed:    (n_seeds, n_sources, n_targets)
    role:        int64, index into `ROLES`
    raw, baseline, reference: the run's shifted value, its base's shifted (0 on the scale) and
                 standard value (1), means over the seeds that have a transfer, in the target's unit
    predicted:   the method's prediction, mean over seeds; difference: actual − predicted, over
                 the seeds that have both
    reverse:     transfer of target→source by the same method, of single sources alone
    cka:         of the two single-task models at `layer`, of single sources alone
    given:       (n_predictors, n_sources, n_targets), what predictors of the manifest say of single
                 sources; predictors: what they are called, their layer with it
    clipped:     int64, how many seeds the published scale cut
    missing:     int64, how many seeds have no value; reason: int64, index into `reasons`, of the
                 first of them, 0 = none is missing
    shrunken:    what is left of the mean when luck is taken off, [shrunken_low, shrunken_high] its
                 95 % interval over seeds, false_sign_rate the probability that its sign is wrong
    no_shrunken: why there is nothing of it, empty where there is; partly_shrunken: why there is
    nothing of some targets
    units:       of the targets
    one_seed:    what one of them is called
    is_raw:      scores of targets that no zero makes alike; lower_targets: those of errors
    seeds_of_one_base: seeds that share their base; where there are any, no interval is
    """

    method: str
    predicted_from: str
    scale: Scale
    checkpoint: Checkpoint
    layer: Layer | None
    cka_seeds: tuple[int, ...]
    seeds: tuple[int, ...]
    sources: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    units: tuple[str, ...]
    values: FloatArray
    low: FloatArray
    high: FloatArray
    sd: FloatArray
    n: IntArray
    per_seed: FloatArray
    role: IntArray
    raw: FloatArray
    baseline: FloatArray
    reference: FloatArray
    predicted: FloatArray
    difference: FloatArray
    reverse: FloatArray
    cka: FloatArray
    clipped: IntArray
    missing: IntArray
    reason: IntArray
    reasons: tuple[str, ...]
    shrunken: FloatArray
    shrunken_low: FloatArray
    shrunken_high: FloatArray
    false_sign_rate: FloatArray
    no_shrunken: str
    partly_shrunken: str
    given: FloatArray
    predictors: tuple[str, ...]
    seeds_of_one_base: tuple[int, ...] = ()
    one_seed: str = "one seed"
    is_raw: bool = False
    lower_targets: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sources) * len(self.targets)

    @property
    def asymmetry(self) -> FloatArray:
        """(n_sources, n_targets): X→Y minus Y→X.

        NaN where one of them is missing, or X is more than one task.
        """
        return np.asarray(self.values - self.reverse)

    @cached_property
    def columns(self) -> tuple[PairColumn, ...]:
        """All columns there are, in their order; `empty` ones have no value in any row."""
        return tuple(columns_of(self))

    def column(self, key: str) -> PairColumn:
        """The column of that key. Raises RequestError where there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise RequestError(f"no column {key!r}; there are {listed(c.key for c in self.columns)}")

    def pair(self, row: int) -> tuple[tuple[str, ...], str]:
        """(training set, target) of a row."""
        source, target = divmod(row, len(self.targets))
        return self.sources[source], self.targets[target]

    def row_of(self, sources: tuple[str, ...], target: str) -> int | None:
        """The row of a pair; None where it is not in the list."""
        if sources not in self.sources or target not in self.targets:
            return None
        return self.sources.index(sources) * len(self.targets) + self.targets.index(target)

    def numbers(self, column: PairColumn) -> FloatArray:
        """(n_rows,) float64 of a column of numbers."""
        values: FloatArray = np.asarray(column.value(self), dtype=np.float64)
        return values.ravel()

    def texts(self, column: PairColumn) -> tuple[tuple[str, ...], IntArray]:
        """The different texts of a column of text, and (n_rows,) int64 which of them a row has."""
        names, which = column.value(self)
        return names, which

    def sources_of_rows(self) -> tuple[tuple[str, ...], IntArray]:
        """Training sets as texts, and (n_rows,) int64 which of them a row has."""
        names = tuple(" + ".join(sources) for sources in self.sources)
        return names, np.repeat(np.arange(len(self.sources)), len(self.targets))

    def by_target(self, texts: tuple[str, ...]) -> tuple[tuple[str, ...], IntArray]:
        """Texts of the targets, and (n_rows,) int64 which of them a row has."""
        return texts, np.tile(np.arange(len(self.targets)), len(self.sources))

    def notes_of_rows(self) -> tuple[tuple[str, ...], IntArray]:
        """What is said of cells that are cut or missing, (n_rows,) int64 which of it a row has."""
        # One number for each state of a cell: three columns take twenty times longer to sort.
        bases = len(self.seeds) + 1, len(self.reasons), len(self.targets)
        names_it = np.array([THE_TARGET in text for text in self.reasons])
        column = np.where(names_it[self.reason], np.arange(bases[2]), 0)
        state = (self.clipped * bases[0] + self.missing) * bases[1] + self.reason
        state = state * bases[2] + column
        states, which = _numbered(state.ravel())
        notes = []
        for code in states.tolist():
            rest, at = divmod(code, bases[2])
            rest, reason = divmod(rest, bases[1])
            clipped, missing = divmod(rest, bases[0])
            why = self.reasons[reason].replace(THE_TARGET, self.targets[at])
            notes.append(self._note(clipped, missing, why))
        return tuple(notes), which

    def _note(self, clipped: int, missing: int, reason: str) -> str:
        seeds = len(self.seeds)
        parts = []
        if clipped:
            parts.append(f"cut to the scale in {clipped} of {seeds} seeds")
        if missing:
            why = reason or "no value"
            parts.append(why if seeds == 1 else f"{missing} of {seeds} seeds missing: {why}")
        return "; ".join(parts)

    def frame(self, rows: IntArray | None = None, *, keys: Sequence[str] = ()) -> pd.DataFrame:
        """Rows as a table, one column per key (all without any); titles as names.

        Values are plain: names as in the manifest, numbers unrounded, NaN = none.
        """
        import pandas as pd

        chosen = [self.column(key) for key in keys] or list(self.columns)
        at = np.arange(len(self)) if rows is None else rows
        data: dict[str, Any] = {}
        for column in chosen:
            if column.is_text:
                names, which = self.texts(column)
                data[column.title] = np.array(names, dtype=object)[which[at]]
            else:
                data[column.title] = self.numbers(column)[at]
        return pd.DataFrame(data)


def _numbered(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The different codes in their order, and which of them each is, as `np.unique` says.

    codes: not below 0. Where they are not far apart nothing is sorted, which takes a tenth.
    """
    most = int(codes.max(initial=0))
    if most > 4 * codes.size:
        found, which = np.unique(codes, return_inverse=True)
        return found, np.asarray(which, dtype=np.int64)
    there = np.zeros(most + 1, dtype=bool)
    there[codes] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]
