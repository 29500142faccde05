"""Cells picked because they are large: which may be called findings, and which are mere order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from propcache.api import cached_property

from core.analyses.columns import Column, ColumnKind
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.discoveries import null_probability
from core.numerics.interrupt import breathe
from core.numerics.intervals import Interval, ResamplingUnit
from core.numerics.student import above, in_spreads
from core.study import Study
from core.transfer.matrix import TransferMatrix
from core.transfer.shrinkage import Shrunken, shrink

TOP_K = 5
"""How many of a list are picked out."""


@dataclass(frozen=True)
class NotableCell:
    """One cell that stands out.

    value: as it was measured, mean over seeds (or actual − prediction), with its 95 % interval.
    shrunken: what is left of it when luck is taken off, with its interval, and false_sign_rate the
    probability that its sign is wrong; NaN with one seed. seeds: those the value is over. Of a
    surprise: actual and predicted, means over these seeds; against_best: actual minus the best
    single source of each seed, which is biased downwards. NaN otherwise.
    """

    method: str
    sources: tuple[str, ...]
    target: str
    trained: bool
    value: float
    interval: Interval
    seeds: tuple[int, ...]
    shrunken: float
    shrunken_interval: Interval
    false_sign_rate: float
    actual: float = math.nan
    predicted: float = math.nan
    against_best: float = math.nan


VALUE = "{measure}"
STANDOUT_COLUMNS = (
    Column("method", "Method", lambda cell: cell.method, kind=ColumnKind.TEXT),
    Column("sources", "Trained on", lambda cell: " + ".join(cell.sources), kind=ColumnKind.TEXT),
    Column("target", "Target", lambda cell: cell.target, kind=ColumnKind.TEXT),
    Column("trained", "Target was trained on", lambda cell: cell.trained, kind=ColumnKind.TEXT),
    Column("actual", "Actual", lambda cell: cell.actual, unit=VALUE),
    Column("predicted", "Predicted", lambda cell: cell.predicted, unit=VALUE),
    Column(
        "value", "Value", lambda cell: cell.value, unit=VALUE, interval=lambda cell: cell.interval
    ),
    Column(
        "against_best",
        "Difference from each seed's best source",
        lambda cell: cell.against_best,
        signed=True,
    ),
    Column(
        "shrunken",
        "Left without luck (shrunken)",
        lambda cell: cell.shrunken,
        interval=lambda cell: cell.shrunken_interval,
    ),
    Column(
        "false_sign_rate",
        "Probability of a wrong sign",
        lambda cell: cell.false_sign_rate,
        kind=ColumnKind.P,
    ),
    Column("seeds", "Seeds", lambda cell: len(cell.seeds), kind=ColumnKind.COUNT),
)
"""What is known of a cell that stands out. What is about a prediction a surprise alone has."""
OF_A_PREDICTION = ("actual", "predicted", "against_best")


def standout_columns(cells: Sequence[NotableCell], measure: str) -> tuple[Column, ...]:
    """The columns these cells have; measure: what the values are, for the units."""
    surprises = any(math.isfinite(cell.predicted) for cell in cells)
    return tuple(
        replace(one, title="Difference", unit="")
        if surprises and one.key == "value"
        else replace(one, unit=one.unit.format(measure=measure))
        for one in STANDOUT_COLUMNS
        if surprises or one.key not in OF_A_PREDICTION
    )


@dataclass(frozen=True)
class Standouts:
    """The largest of many cells, and how many there are.

    cells: at most `TOP_K`, those with the largest shrunken value first. found: how many cells have
    a sign that is wrong with at most 5 %; expected_wrong: how many of them are expected to be;
    by_luck: how many cells of no effect may be among them, see `JudgedCells.by_luck`.
    order_only: why nothing can be told from luck; the cells are then those with the largest
    measured values, in order, and none of them is a finding. Empty where they are findings.
    alike: how many are as large as the first, itself among them, but for rounding.
    """

    cells: tuple[NotableCell, ...]
    found: int
    expected_wrong: float
    order_only: str = ""
    alike: int = 1
    by_luck: float = 0.0


@dataclass(frozen=True)
class SignCount:
    """Of one single-source method: how many of its pairs help, and how many do harm.

    helpful, harmful: those above, below zero with a sign that is wrong with at most 5 %. below:
    those measured below zero, luck or not. told: False where nothing can be told from luck, and
    both are 0. helpful_wrong, harmful_wrong: how many of them are expected to have the wrong sign.
    helpful_by_luck, harmful_by_luck: how many cells of no effect may be among them.
    """

    method: str
    helpful: int
    harmful: int
    below: int
    pairs: int
    told: bool
    helpful_wrong: float = 0.0
    harmful_wrong: float = 0.0
    helpful_by_luck: float = 0.0
    harmful_by_luck: float = 0.0

    def found(self, *, harm: bool) -> tuple[int, float, float]:
        """How many do harm, or help; with the wrong sign; of no effect: the last two expected."""
        if harm:
            return self.harmful, self.harmful_wrong, self.harmful_by_luck
        return self.helpful, self.helpful_wrong, self.helpful_by_luck


@dataclass(frozen=True)
class JudgedCells:
    """A matrix beside what is left of its cells; `usable` are those that may stand out."""

    matrix: TransferMatrix
    shrunken: Shrunken
    usable: BoolArray

    def sizes(self, *, order_only: bool) -> FloatArray:
        """What cells are ranked by; NaN = may not be picked."""
        if order_only:
            return np.where(self.usable, self.matrix.values, np.nan)
        return np.where(self.usable & self.shrunken.trusted, self.shrunken.values, np.nan)

    @property
    def helpful(self) -> BoolArray:
        """(n_sources, n_targets) bool: above zero, with a sign wrong with at most 5 %."""
        return self.usable & self.shrunken.trusted & (self.shrunken.values > 0)

    @property
    def harmful(self) -> BoolArray:
        """The same below zero."""
        return self.usable & self.shrunken.trusted & (self.shrunken.values < 0)

    def by_luck(self, found: BoolArray, *, sign: int) -> float:
        """How many cells of no effect at all are expected among those that were found.

        A false sign rate answers another question: it takes the prior for right, which is drawn
        from the same cells, and where nothing differs from zero a cell has no sign to be wrong.
        Here each cell is asked by itself, with Student's t and the same variance, whether it is
        zero, and counts with `null_probability` of its p among all usable cells.

        found: bool of the shape of the matrix; sign: that was looked for, 0 for both.
        """
        asked = self._asked
        found = found & asked
        if not found.any():
            return 0.0
        p = self._p_above
        p = {1: p, -1: 1 - p}[sign] if sign else 2 * np.minimum(p, 1 - p)
        return float(null_probability(p, found[asked]).sum())

    @property
    def _asked(self) -> BoolArray:
        """(n_sources, n_targets) bool: the cells of which it can be told whether they are zero."""
        return self.usable & self.shrunken.judged

    @cached_property
    def _p_above(self) -> FloatArray:
        """Of each asked cell the probability of as much, or more, where nothing is: either list
        of a method asks for it."""
        breathe()
        asked, variance = self._asked, self.shrunken.variance
        spread = np.sqrt(variance / np.maximum(self.matrix.n, 1))[asked]
        return above(in_spreads(self.matrix.values[asked], spread), self.shrunken.degrees[asked])


def judged(matrix: TransferMatrix, study: Study, tasks: Sequence[str]) -> JudgedCells:
    """The cells among these tasks, shrunken together; those of a task on itself may not be picked.

    matrix: any rows; tasks: those that may be source and target.
    """
    known = {task for sources in matrix.sources for task in sources} | set(matrix.targets)
    among = matrix.without_tasks(known - set(tasks))
    return JudgedCells(among, shrink(among, study), np.isfinite(among.values))


def pairs_only(cells: JudgedCells) -> JudgedCells:
    """Only X→Y with Y another task: a task on itself is no transfer."""
    column: dict[tuple[str, ...], int] = {(t,): j for j, t in enumerate(cells.matrix.targets)}
    on_itself = np.array([column.get(s, -1) for s in cells.matrix.sources], dtype=np.int64)
    other = on_itself[:, None] != np.arange(len(column))
    return replace(cells, usable=cells.usable & other)


def standouts(methods: Sequence[JudgedCells], *, sign: int) -> Standouts:
    """The largest cells of several methods with this sign (1, −1, or 0: by size, whatever sign).

    A cell that several methods have stands once, with the method in which it is largest; of equal
    ones the first. Where one method can be told from luck, methods that cannot do not stand out.
    """
    order_only = "" if any(m.shrunken.known for m in methods) else _why(methods)
    # Of surprises each method has its own: methods are predicted from different sources.
    rows_of = [
        [(m.matrix.method if not sign else "", s) for s in m.matrix.sources] for m in methods
    ]
    rows = {key: at for at, key in enumerate(dict.fromkeys(k for keys in rows_of for k in keys))}
    columns = {
        t: i for i, t in enumerate(dict.fromkeys(t for m in methods for t in m.matrix.targets))
    }
    best = np.full((len(rows), len(columns)), -np.inf)
    owner = np.full(best.shape, -1, dtype=np.int64)
    wrong = np.zeros(best.shape)
    places = [
        np.ix_([rows[key] for key in keys], [columns[t] for t in method.matrix.targets])
        for keys, method in zip(rows_of, methods, strict=True)
    ]
    for at, (method, place) in enumerate(zip(methods, places, strict=True)):
        breathe()
        sizes = method.sizes(order_only=bool(order_only))
        sizes = sizes * sign if sign else np.abs(sizes)
        larger = (sizes > 0) & (sizes > best[place])
        best[place] = np.where(larger, sizes, best[place])
        owner[place] = np.where(larger, at, owner[place])
        wrong[place] = np.where(larger, method.shrunken.false_sign_rate, wrong[place])
    breathe()
    chosen = owner >= 0
    order = _largest(best.ravel(), min(TOP_K, int(chosen.sum())))
    row_names, column_names = list(rows), list(columns)
    cells = []
    for flat in order.tolist():
        row, column = divmod(flat, len(columns))
        method = methods[int(owner[row, column])]
        at_row = method.matrix.sources.index(row_names[row][1])
        cells.append(notable(method, (at_row, method.matrix.targets.index(column_names[column]))))
    return Standouts(
        cells=tuple(cells),
        found=0 if order_only else int(chosen.sum()),
        expected_wrong=0.0 if order_only else float(wrong[chosen].sum()),
        order_only=order_only,
        by_luck=0.0
        if order_only
        else sum(
            method.by_luck(owner[place] == at, sign=sign)
            for at, (method, place) in enumerate(zip(methods, places, strict=True))
        ),
        alike=int(np.isclose(best[chosen], best.max(initial=-np.inf), rtol=1e-12, atol=0.0).sum()),
    )


def _largest(values: FloatArray, most: int) -> IntArray:
    """Positions of the largest of (n,) values, the largest first, of equal ones the first first."""
    if not most:
        return np.empty(0, dtype=np.int64)
    # Of a million all would be sorted for five.
    at = np.flatnonzero(values >= np.partition(values, -most)[-most])
    return np.asarray(at[np.argsort(-values[at], kind="stable")][:most])


def _why(methods: Iterable[JudgedCells]) -> str:
    return next((method.shrunken.why for method in methods), "there is no cell")


def weakest(methods: Sequence[JudgedCells]) -> NotableCell | None:
    """The cell measured lowest, finding or not; None without any."""
    lowest = None
    for method in methods:
        values = np.where(method.usable, method.matrix.values, np.nan)
        if np.isfinite(values).any():
            row, column = np.unravel_index(int(np.nanargmin(values)), values.shape)
            found = notable(method, (int(row), int(column)))
            lowest = found if lowest is None or found.value < lowest.value else lowest
    return lowest


def sign_count(cells: JudgedCells) -> SignCount:
    """How many of a method's pairs help, and how many do harm."""
    helpful, harmful = cells.helpful, cells.harmful
    return SignCount(
        method=cells.matrix.method,
        helpful=int(helpful.sum()),
        harmful=int(harmful.sum()),
        below=int((cells.usable & (cells.matrix.values < 0)).sum()),
        pairs=int(cells.usable.sum()),
        told=cells.shrunken.known,
        helpful_wrong=float(cells.shrunken.false_sign_rate[helpful].sum()),
        harmful_wrong=float(cells.shrunken.false_sign_rate[harmful].sum()),
        helpful_by_luck=cells.by_luck(helpful, sign=1),
        harmful_by_luck=cells.by_luck(harmful, sign=-1),
    )


def notable(cells: JudgedCells, cell: tuple[int, int]) -> NotableCell:
    """One cell with all that is said of it."""
    matrix, shrunken = cells.matrix, cells.shrunken
    low, high = matrix.take([cell[0]], [cell[1]]).interval
    has = np.isfinite(matrix.per_seed[:, cell[0], cell[1]])
    clipped = matrix.clipped[:, cell[0], cell[1]] & has
    cut = {"clipped": int(clipped.sum()), "values": int(has.sum())}
    return NotableCell(
        method=matrix.method,
        sources=matrix.sources[cell[0]],
        target=matrix.targets[cell[1]],
        trained=bool(matrix.trained[cell]),
        value=float(matrix.values[cell]),
        interval=Interval(float(low[0, 0]), float(high[0, 0]), ResamplingUnit.SEEDS, **cut),
        seeds=tuple(seed for seed, there in zip(matrix.seeds, has, strict=True) if there),
        shrunken=float(shrunken.values[cell]),
        shrunken_interval=Interval(
            float(shrunken.low[cell]), float(shrunken.high[cell]), ResamplingUnit.SEEDS, **cut
        ),
        false_sign_rate=float(shrunken.false_sign_rate[cell]),
    )
