"""The transfer matrix: how well each training set transfers to each target, seed by seed.

Rows are sources (what a run was trained on), columns are targets (what it is tested on).
`core.transfer.build` builds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from propcache.api import cached_property

from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.numerics.intervals import student_interval, unpaired_interval
from core.study import ValueScale, one_seed
from core.transfer.normalization import Scale
from core.transfer.predictions import PREDICTIONS
from core.transfer.provenance import CELL_ARRAYS, CellProvenance


class MatrixKind:
    """What a transfer matrix shows, where that is not a prediction."""

    ACTUAL: Final = "actual"
    DIFFERENCE: Final = "difference"
    VERSUS: Final = "versus"


def is_difference(kind: str) -> bool:
    """Whether values are differences of two improvements: their sign has a meaning."""
    return kind in (MatrixKind.DIFFERENCE, MatrixKind.VERSUS)


def matrix_kinds() -> tuple[str, ...]:
    """Every kind of matrix: predictions are those registered."""
    return (MatrixKind.ACTUAL, *PREDICTIONS, MatrixKind.DIFFERENCE, MatrixKind.VERSUS)


THE_TARGET = "\x1f"
"""Stands in a reason for the target of its cell: one reason for a whole row, not one a cell."""


@dataclass(frozen=True)
class Missing:
    """A cell of one seed without a value, and why."""

    sources: tuple[str, ...]
    target: str
    seed: int
    reason: str


@dataclass(frozen=True)
class TransferMatrix:
    """Normalized improvement (or a difference of two) of training sets on targets.

    per_seed: (n_seeds, n_sources, n_targets) float64, dimensionless, NaN = missing or undefined
    trained:  (n_sources, n_targets) bool, the target is in the row's training set
    exposed:  (n_sources, n_targets) bool, not trained on, but some samples of it were seen
    clipped:  (n_seeds, n_sources, n_targets) bool, cut at 0 or 1.5 by the published scale
    reason:   (n_seeds, n_sources, n_targets) int64, index into `reasons`; 0 = there is a value
    reasons:  texts in which `THE_TARGET` stands for the cell's own; read them by `reason_of`
    records:  provenance of the cells, None for difference and versus and for given scores

    given: normalized by somebody else, or by nobody. value_scale: what the values are on.
    lower_targets: whose values are errors as they are: less is better.
    starts:   for each seed the bases its runs started from, as positions in Study.runs; empty
              where there are none
    subtracted: of a difference what was taken off, where its seeds are no pairs of these (those of
              another study): its mean over seeds off every seed; the same rows and columns
    names_seeds: as of the study

    `sources` are tuples of task names in manifest order, rows ordered by size, then manifest.
    """

    method: str
    kind: str
    other: str | None
    scale: Scale
    checkpoint: Checkpoint
    seeds: tuple[int, ...]
    sources: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    per_seed: FloatArray
    trained: BoolArray
    exposed: BoolArray
    clipped: BoolArray
    reason: IntArray
    reasons: tuple[str, ...]
    records: CellProvenance | None = None
    given: bool = False
    value_scale: ValueScale = ValueScale.NORMALIZED
    lower_targets: tuple[str, ...] = ()
    starts: tuple[tuple[int, ...], ...] = ()
    subtracted: TransferMatrix | None = None
    names_seeds: bool = True

    def __post_init__(self) -> None:
        cells = (len(self.seeds), len(self.sources), len(self.targets))
        for name in ("per_seed", "clipped", "reason"):
            if getattr(self, name).shape != cells:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, labels {cells}")
        for name in ("trained", "exposed"):
            if getattr(self, name).shape != cells[1:]:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, labels {cells}")

    @property
    def one_seed(self) -> str:
        """What one of its seeds is called: `one run` where no file names any."""
        return one_seed(named=self.names_seeds)

    @cached_property
    def n(self) -> IntArray:
        """(n_sources, n_targets) int64: the seeds each mean is over."""
        breathe()
        return np.asarray(np.isfinite(self.per_seed).sum(axis=0), dtype=np.int64)

    @cached_property
    def values(self) -> FloatArray:
        """(n_sources, n_targets) float64: mean over the seeds that have a value, NaN = none."""
        return mean_present(self.per_seed, axis=0)

    @property
    def sd(self) -> FloatArray:
        """(n_sources, n_targets) float64: sample standard deviation over seeds, NaN below 2."""
        n = self.n
        return np.sqrt(np.where(n > 1, self.squares / np.maximum(n - 1, 1), np.nan))

    @property
    def squares(self) -> FloatArray:
        """(n_sources, n_targets) float64: Σ (seed − mean)² over the seeds that have a value."""
        total = np.zeros(self.values.shape)
        # Seed by seed, so that nothing is as large as all of them.
        for own in self.per_seed:
            breathe()
            away = own - self.values
            away *= away
            missing = np.isnan(away)
            if missing.any():
                away[missing] = 0.0
            total += away
        return total

    @cached_property
    def seeds_of_one_base(self) -> tuple[int, ...]:
        """The seeds that started from a base another seed started from, too.

        They agree by birth: their spread says nothing of what another base would give (their
        intervals would hold the truth in 51 of 100 studies), so there is no interval over seeds.
        """
        users: dict[int, int] = {}
        for bases in self.starts:
            for base in bases:
                users[base] = users.get(base, 0) + 1
        return tuple(
            seed
            for seed, bases in zip(self.seeds, self.starts, strict=False)
            if any(users[base] > 1 for base in bases)
        )

    @property
    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Low and high ends of each mean's 95 % interval over seeds, tasks held fixed.

        Student's t with n - 1 degrees of freedom; (n_sources, n_targets) each, NaN below 2 seeds
        and where seeds share a base. With seeds of another study both count (Welch).
        """
        n = np.where(bool(self.seeds_of_one_base), 0, self.n)
        low, high = student_interval(self.values, self.sd, n)
        if (other := self.subtracted) is None:
            return low, high
        ends = other.interval
        halves = (high - low) / 2, (ends[1] - ends[0]) / 2
        return unpaired_interval(self.values, halves, (n - 1, other.n - 1))

    @property
    def mean(self) -> float:
        """Mean over all cells with a value, NaN where there is none."""
        return float(mean_present(self.values.ravel()))

    @property
    def trained_mean(self) -> float:
        """Mean over the cells whose target is in the row's training set."""
        return float(mean_present(self.values[self.trained]))

    @property
    def transfer_mean(self) -> float:
        """Mean over the cells whose target is not in the row's training set."""
        return float(mean_present(self.values[~self.trained]))

    @property
    def trained_cells(self) -> int:
        """How many cells `trained_mean` is over."""
        return int((np.isfinite(self.values) & self.trained).sum())

    @property
    def transfer_cells(self) -> int:
        """How many cells `transfer_mean` is over."""
        return int((np.isfinite(self.values) & ~self.trained).sum())

    @property
    def clipped_count(self) -> int:
        """How many values (one per run and target) the published scale cut."""
        return int(self.clipped.sum())

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Every cell of every seed that has no value, with the reason."""
        return tuple(
            Missing(
                sources=self.sources[row],
                target=self.targets[column],
                seed=self.seeds[seed],
                reason=self.reason_of(int(self.reason[seed, row, column]), column),
            )
            for seed, row, column in np.argwhere(self.reason > 0).tolist()
        )

    def reason_of(self, code: int, column: int) -> str:
        """What a code of `reason` says of a cell in this column."""
        return self.reasons[code].replace(THE_TARGET, self.targets[column])

    @cached_property
    def first_reason(self) -> IntArray:
        """(n_sources, n_targets) int64: the code of the first seed without a value, 0 = none."""
        if not self.seeds:
            return np.zeros(self.reason.shape[1:], dtype=np.int64)
        breathe()
        first = (self.reason > 0).argmax(axis=0)
        breathe()
        return np.asarray(np.take_along_axis(self.reason, first[None], axis=0)[0])

    @property
    def lower_is_better(self) -> bool:
        """All values are errors as they are."""
        return bool(self.targets) and set(self.lower_targets).issuperset(self.targets)

    @property
    def mixes_directions(self) -> bool:
        """Errors as they are stand beside values of which more is better."""
        lower = set(self.lower_targets).intersection(self.targets)
        return bool(lower) and len(lower) < len(self.targets)

    def oriented(self) -> TransferMatrix:
        """The same with more as better: errors as they are with their sign turned."""
        lower = np.array([target in self.lower_targets for target in self.targets], dtype=bool)
        if not lower.any():
            return self
        per_seed = np.where(lower, -self.per_seed, self.per_seed)
        subtracted = self.subtracted and self.subtracted.oriented()
        return replace(self, per_seed=per_seed, lower_targets=(), subtracted=subtracted)

    def without_seed(self, seed: int) -> TransferMatrix:
        """The same matrix with one seed left out (for the jackknife); records are dropped."""
        keep = [i for i, other in enumerate(self.seeds) if other != seed]
        return replace(
            self,
            seeds=tuple(self.seeds[i] for i in keep),
            per_seed=self.per_seed[keep],
            clipped=self.clipped[keep],
            reason=self.reason[keep],
            records=None,
            starts=tuple(self.starts[i] for i in keep) if self.starts else (),
        )

    def without_tasks(self, tasks: Iterable[str]) -> TransferMatrix:
        """Targets among `tasks` and every row trained on one of them left out."""
        gone = frozenset(tasks)
        rows = [i for i, s in enumerate(self.sources) if gone.isdisjoint(s)]
        columns = [j for j, t in enumerate(self.targets) if t not in gone]
        return self.take(rows, columns)

    def single_sources(self) -> TransferMatrix:
        """Only the rows trained on exactly one task."""
        rows = [i for i, s in enumerate(self.sources) if len(s) == 1]
        return self.take(rows, list(range(len(self.targets))))

    def take(self, rows: Sequence[int], columns: Sequence[int]) -> TransferMatrix:
        """These rows and columns (positions), in this order; the same object where it is all."""
        if _is_all(rows, len(self.sources)) and _is_all(columns, len(self.targets)):
            return self
        cells = np.ix_(range(len(self.seeds)), rows, columns)
        records = self.records
        if records is not None:
            held = {}
            for name in CELL_ARRAYS:
                breathe()
                held[name] = getattr(records, name)[cells]
            records = replace(records, **held)
        breathe()
        per_seed, clipped = self.per_seed[cells], self.clipped[cells]
        breathe()
        return replace(
            self,
            sources=tuple(self.sources[i] for i in rows),
            targets=tuple(self.targets[j] for j in columns),
            per_seed=per_seed,
            clipped=clipped,
            reason=self.reason[cells],
            trained=self.trained[np.ix_(rows, columns)],
            exposed=self.exposed[np.ix_(rows, columns)],
            records=records,
            subtracted=self.subtracted and self.subtracted.take(rows, columns),
        )

    def named(self, sources: Iterable[tuple[str, ...]], targets: Iterable[str]) -> TransferMatrix:
        """These rows and columns, in this order; those it does not have left out."""
        rows = {trained: i for i, trained in enumerate(self.sources)}
        columns = {target: j for j, target in enumerate(self.targets)}
        return self.take(
            [rows[one] for one in sources if one in rows],
            [columns[one] for one in targets if one in columns],
        )


def _is_all(positions: Sequence[int], count: int) -> bool:
    """True for 0, 1, …, count − 1."""
    return len(positions) == count and list(positions) == list(range(count))


def mean_present(values: FloatArray, axis: int | None = None) -> FloatArray:
    """Mean over what is finite along an axis, None = all; NaN, without a warning, where nothing is.

    The shape is that of `values` without the axis.
    """
    breathe()
    present = np.isfinite(values)
    if values.size and present.all():
        # Most often nothing is missing, which is found out in a third of the time.
        total = values.sum(axis=axis)
        return np.asarray(total / (values.size // max(np.size(total), 1)))
    count = present.sum(axis=axis)
    total = np.where(present, values, 0.0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
