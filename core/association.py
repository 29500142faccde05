"""Does similarity predict transfer? Correlation over ordered pairs, honest about dependence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations

import numpy as np
from scipy import stats

from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import AtlasError, SweepNeededError
from core.measures import Measure
from core.similarity import SimilarityMatrix
from core.statistics import Interval, Over, jackknife_correlation, jackknife_interval
from core.study import Checkpoint
from core.transfer import TransferMatrix, mean_present

EXHAUSTIVE_UP_TO = 8
SAMPLED_PERMUTATIONS = 10_000
HIT_TOLERANCE = 1e-12
BAND_POINTS = 41
_BATCH_ELEMENTS = 4_000_000


@dataclass(frozen=True)
class PairTable:
    """CKA and transfer of every ordered pair of tasks.

    cka:      (n_tasks, n_tasks) float64, symmetric, diagonal ignored, NaN = none
    transfer: (n_tasks, n_tasks) float64, row source, column target, NaN = none
    per_seed: (n_seeds, n_tasks, n_tasks) float64, the transfer of each seed
    """

    tasks: tuple[str, ...]
    cka: FloatArray
    transfer: FloatArray
    per_seed: FloatArray

    @property
    def paired(self) -> BoolArray:
        """(n_tasks, n_tasks) bool: ordered pairs X≠Y that have both."""
        return self.pairs & np.isfinite(self.cka) & np.isfinite(self.transfer)

    @property
    def pairs(self) -> BoolArray:
        """(n_tasks, n_tasks) bool: all ordered pairs X≠Y."""
        return ~np.eye(len(self.tasks), dtype=bool)

    def without_task(self, at: int) -> PairTable:
        """The same with one task (by position) left out."""
        keep = np.delete(np.arange(len(self.tasks)), at)
        return PairTable(
            tasks=tuple(self.tasks[i] for i in keep),
            cka=self.cka[np.ix_(keep, keep)],
            transfer=self.transfer[np.ix_(keep, keep)],
            per_seed=self.per_seed[:, keep][:, :, keep],
        )


@dataclass(frozen=True)
class Correlation:
    """A coefficient and its p value; NaN = undefined."""

    r: float
    p: float


@dataclass(frozen=True)
class Permutation:
    """QAP: p of r when the tasks of the CKA matrix are relabelled."""

    p: float
    permutations: int
    exhaustive: bool


@dataclass(frozen=True)
class Ceiling:
    """What could be explained at most: by a symmetric predictor; seeds agreeing (ICC(C,K))."""

    symmetric: float
    seeds: float


@dataclass(frozen=True)
class Point:
    """One ordered pair; `label` is D→T."""

    source: str
    target: str
    label: str
    cka: float
    transfer: float


@dataclass(frozen=True)
class FitBand:
    """The 95 % band of the least-squares line: cka, low, high (k,) float64, all NaN = none.

    Over tasks: would other tasks give the same line? Delete-one-task jackknife with t(n − 1) of
    the line's height at each CKA; the pairs of one task go together, which the textbook's band
    does not know.
    """

    cka: FloatArray
    low: FloatArray
    high: FloatArray
    over: Over


@dataclass(frozen=True)
class Association:
    """How similarity and transfer go together over all ordered pairs of the included tasks.

    Where it says CKA, it is the similarity: CKA or another `measure`. `seeds` are those of the
    transfer, `cka_seeds` those of the CKA. r_squared in [0, 1]; slope is transfer per unit of
    CKA. without_task: (n_tasks,) float64, r with each task left out in turn. NaN = undefined.
    """

    method: str
    layer: int
    cka_checkpoint: Checkpoint
    measure: Measure
    debiased: bool
    seeds: tuple[int, ...]
    cka_seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    n: int
    pearson: Correlation
    r_squared: float
    slope: float
    intercept: float
    band: FitBand
    spearman: Correlation
    qap: Permutation
    interval: Interval
    interval_tasks: Interval
    without_task: FloatArray
    ceiling: Ceiling
    points: tuple[Point, ...]


def pair_table(
    transfer: TransferMatrix, similarity: SimilarityMatrix, tasks: Sequence[str]
) -> PairTable:
    """CKA and transfer of `tasks`, those dropped that are in no pair with both.

    transfer: rows with one source are used. Raises nothing: what is not there is NaN.
    """
    return pair_table_of(transfer, similarity.of(tasks), tasks)


def pair_table_of(transfer: TransferMatrix, cka: FloatArray, tasks: Sequence[str]) -> PairTable:
    """The same of similarities in the order of `tasks`: (n_tasks, n_tasks), NaN = none."""
    single = transfer.single_sources()
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    column_of = {target: j for j, target in enumerate(single.targets)}
    size = len(tasks)
    per_seed = np.full((len(single.seeds), size, size), np.nan)
    for i, source in enumerate(tasks):
        for j, target in enumerate(tasks):
            if source in row_of and target in column_of:
                per_seed[:, i, j] = single.per_seed[:, row_of[source], column_of[target]]
    table = PairTable(
        tasks=tuple(tasks),
        cka=cka,
        transfer=mean_present(per_seed, axis=0),
        per_seed=per_seed,
    )
    paired = table.paired
    for at in reversed(np.flatnonzero(~(paired.any(axis=0) | paired.any(axis=1)))):
        table = table.without_task(int(at))
    return table


def correlation_of(table: PairTable) -> float:
    """Pearson's r over the pairs, in [-1, 1]; NaN below 2 pairs or where either is constant."""
    paired = table.paired
    return _pearson(table.cka[paired], table.transfer[paired])


def _pearson(x: FloatArray, y: FloatArray) -> float:
    if len(x) < 2 or _is_constant(x) or _is_constant(y):
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / math.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def why_no_correlation(table: PairTable) -> str:
    """Why Pearson's r is undefined; empty where it is not."""
    x, y = table.cka[table.paired], table.transfer[table.paired]
    if not len(x):
        return "no pair of tasks has both a similarity and a transfer"
    if len(x) < 2:
        return "only one pair of tasks has both a similarity and a transfer"
    if _is_constant(x):
        return "the similarity is the same for every pair"
    return "transfer is the same for every pair" if _is_constant(y) else ""


def textbook_p(r: float, n: int) -> float:
    """Two-sided p of r for n independent pairs, n ≥ 3, under normality.

    r then follows a beta distribution on [-1, 1] with both shapes n/2 − 1 (as in scipy's pearsonr,
    which warns of nearly constant input; what is constant here is decided before).
    """
    shape = n / 2 - 1
    return float(2 * stats.beta.sf(abs(r), shape, shape, loc=-1, scale=2))


def least_squares(table: PairTable) -> tuple[float, float]:
    """(slope, intercept) of transfer on CKA over the pairs; NaN where CKA is constant."""
    x, y = table.cka[table.paired], table.transfer[table.paired]
    if len(x) < 2 or _is_constant(x):
        return math.nan, math.nan
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    return slope, float(y.mean() - slope * x.mean())


def fit_band(table: PairTable) -> FitBand:
    """The band of the line at `BAND_POINTS` places over the range of CKA.

    All NaN below 4 tasks, or where without one of them there is no line.
    """
    x = table.cka[table.paired]
    slope, intercept = least_squares(table)
    lines = [least_squares(table.without_task(i)) for i in range(len(table.tasks))]
    if len(lines) < 4 or not np.isfinite([(slope, intercept), *lines]).all():
        nothing = np.full(BAND_POINTS, np.nan)
        return FitBand(cka=nothing, low=nothing, high=nothing, over=Over.TASKS)
    at = np.linspace(x.min(), x.max(), BAND_POINTS)
    replicates = np.array([a * at + b for a, b in lines])
    low, high = jackknife_interval(slope * at + intercept, replicates)
    return FitBand(cka=at, low=low, high=high, over=Over.TASKS)


def _is_constant(values: FloatArray) -> bool:
    """Constant up to the rounding of a mean."""
    return bool(np.ptp(values) <= 1e-12 * max(np.abs(values).max(), 1e-300))


def qap(table: PairTable, *, seed: int = 0) -> Permutation:
    """Two-sided p of r under relabelling the tasks of the CKA matrix, rows and columns together.

    A hit is |r*| ≥ |r| − 1e-12. Up to 8 tasks all n! relabellings, the identity included:
    p = hits / n!. Beyond, 10,000 drawn ones: (1 + hits) / (1 + 10,000). NaN where r is
    undefined. Where values are missing, r* is over the pairs that have both after relabelling;
    a relabelling that leaves r* undefined counts as a hit (so that p is never too small).

    Source: METHODS, "Does similarity predict transfer?"; Krackhardt 1988.
    """
    return qap_all([table], seed=seed)[0]


def qap_all(tables: Sequence[PairTable], *, seed: int = 0) -> tuple[Permutation, ...]:
    """`qap` of each table, in order.

    Tables of the same tasks and the same transfer, as those of a sweep, share the relabellings:
    where no pair lacks a value, all of them cost little more than one.
    """
    found: list[Permutation | None] = [None] * len(tables)
    together: dict[tuple[tuple[str, ...], bytes], list[int]] = {}
    for at, table in enumerate(tables):
        size = len(table.tasks)
        exhaustive = size <= EXHAUSTIVE_UP_TO
        count = math.factorial(size) if exhaustive else SAMPLED_PERMUTATIONS
        if not math.isfinite(correlation_of(table)):
            found[at] = Permutation(p=math.nan, permutations=count, exhaustive=exhaustive)
        elif (table.paired == table.pairs).all():
            together.setdefault((table.tasks, table.transfer.tobytes()), []).append(at)
        else:
            found[at] = _significance(_hits_with_gaps(table, seed), size)
    for members in together.values():
        hits = _hits([tables[at] for at in members], seed)
        for at, own in zip(members, hits.tolist(), strict=True):
            found[at] = _significance(own, len(tables[at].tasks))
    return tuple(one for one in found if one is not None)


def _significance(hits: int, size: int) -> Permutation:
    if size <= EXHAUSTIVE_UP_TO:
        count = math.factorial(size)
        return Permutation(p=hits / count, permutations=count, exhaustive=True)
    count = SAMPLED_PERMUTATIONS
    return Permutation(p=(1 + hits) / (1 + count), permutations=count, exhaustive=False)


def _hits(tables: Sequence[PairTable], seed: int) -> IntArray:
    """(n_tables,) hits of each: the tables have one transfer, and r and every pair are there.

    To relabel every CKA is to relabel the one transfer the other way round, and r* of all tables
    is one product.
    """
    rows, columns = np.nonzero(tables[0].pairs)
    cka = _standardized(np.array([table.cka[rows, columns] for table in tables]))
    transfer = np.zeros(tables[0].transfer.shape)
    transfer[rows, columns] = _standardized(tables[0].transfer[rows, columns])
    least = np.abs([correlation_of(table) for table in tables]) - HIT_TOLERANCE
    hits = np.zeros(len(tables), dtype=np.int64)
    size = len(transfer)
    for labels in relabellings(size, exhaustive=size <= EXHAUSTIVE_UP_TO, seed=seed):
        back = np.argsort(labels, axis=1)
        permuted = transfer[back[:, rows], back[:, columns]]
        hits += (np.abs(permuted @ cka.T) >= least).sum(axis=0)
    return hits


def _standardized(values: FloatArray) -> FloatArray:
    """Centred and of unit norm along the last axis, so that products are correlations."""
    centred = values - values.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=-1, keepdims=True))


def _hits_with_gaps(table: PairTable, seed: int) -> int:
    """Hits of a table in which some pair lacks CKA or transfer."""
    least, size = abs(correlation_of(table)) - HIT_TOLERANCE, len(table.tasks)
    return sum(
        int((~(np.abs(_permuted_correlations(table, labels)) < least)).sum())
        for labels in relabellings(size, exhaustive=size <= EXHAUSTIVE_UP_TO, seed=seed)
    )


def relabellings(size: int, *, exhaustive: bool, seed: int) -> Iterator[IntArray]:
    """Batches (batch, size) of permutations of range(size), bounded in memory.

    All size! of them, or `SAMPLED_PERMUTATIONS` drawn with `seed`.
    """
    batch = max(1, _BATCH_ELEMENTS // max(size * size, 1))
    if exhaustive:
        every = permutations(range(size))
        while chunk := list(islice(every, batch)):
            yield np.array(chunk, dtype=np.int64)
        return
    rng = np.random.default_rng(seed)
    left = SAMPLED_PERMUTATIONS
    while left:
        step = min(batch, left)
        yield rng.permuted(np.tile(np.arange(size), (step, 1)), axis=1)
        left -= step


def _permuted_correlations(table: PairTable, labels: IntArray) -> FloatArray:
    """(batch,) r of the relabelled CKA with transfer; labels: (batch, n_tasks)."""
    rows, columns = np.nonzero(table.pairs & np.isfinite(table.transfer))
    y = table.transfer[rows, columns]
    x = table.cka[labels[:, rows], labels[:, columns]]
    there = np.isfinite(x)
    count = there.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(there, x, 0.0)
        x = np.where(there, x - x.sum(axis=1, keepdims=True) / count, 0.0)
        own = np.where(there, y, 0.0)
        own = np.where(there, own - own.sum(axis=1, keepdims=True) / count, 0.0)
        scale = np.sqrt(np.einsum("bp,bp->b", x, x) * np.einsum("bp,bp->b", own, own))
        return np.asarray(np.einsum("bp,bp->b", x, own) / scale)


def symmetric_ceiling(table: PairTable) -> float:
    """The largest R² any symmetric predictor can reach, in [0, 1]; NaN where transfer is constant.

    Variance of the means of X→Y and Y→X over the variance of the values, over the pairs with
    CKA and both directions.
    """
    both = table.paired & table.paired.T
    values = table.transfer[both]
    if len(values) < 2 or _is_constant(values):
        return math.nan
    means = ((table.transfer + table.transfer.T) / 2)[both]
    return float(means.var() / values.var())


def seed_ceiling(table: PairTable) -> float:
    """ICC(C,K) = (MS_cells − MS_residual) / MS_cells over cells × seeds; NaN below 2 seeds.

    The share of the variance of the cells' means over seeds that another set of seeds would
    show again (McGraw & Wong 1996). Cells that have every seed; can be negative.
    """
    cells = table.per_seed[:, table.paired].T
    cells = cells[np.isfinite(cells).all(axis=1)]
    n, k = cells.shape
    if k < 2 or n < 2:
        return math.nan
    grand = cells.mean()
    of_cells, of_seeds = cells.mean(axis=1), cells.mean(axis=0)
    residual = cells - of_cells[:, None] - of_seeds[None, :] + grand
    ms_cells = k * ((of_cells - grand) ** 2).sum() / (n - 1)
    ms_residual = (residual**2).sum() / ((n - 1) * (k - 1))
    if ms_cells <= 1e-24 * max(grand**2, 1e-300):
        return math.nan
    return float((ms_cells - ms_residual) / ms_cells)


def ceiling_of(table: PairTable) -> Ceiling:
    """Both ceilings of one table."""
    return Ceiling(symmetric=symmetric_ceiling(table), seeds=seed_ceiling(table))


def associate(
    transfer: TransferMatrix,
    similarity: SimilarityMatrix,
    table: PairTable,
    labels: Sequence[str],
    *,
    without_seed: Sequence[PairTable] = (),
) -> Association:
    """Everything there is to say about one scatter of CKA against transfer.

    labels: short names, one per task of `table`. without_seed: the same table with each seed
    left out in turn (of transfer and CKA), for the interval over seeds; with fewer than two
    there is none.

    Source: METHODS, "Does similarity predict transfer?" and "Intervals".
    """
    paired = table.paired
    x, y = table.cka[paired], table.transfer[paired]
    r = correlation_of(table)
    defined = math.isfinite(r)
    slope, intercept = least_squares(table)
    without_task = leave_tasks_out(table)
    pearson_p = spearman_rho = spearman_p = math.nan
    if defined and len(x) >= 3:
        pearson_p = textbook_p(r, len(x))
        ranked = stats.spearmanr(x, y)
        spearman_rho, spearman_p = float(ranked.statistic), float(ranked.pvalue)
    return Association(
        method=transfer.method,
        layer=similarity.layer,
        cka_checkpoint=similarity.checkpoint,
        measure=similarity.measure,
        debiased=similarity.debiased,
        seeds=transfer.seeds,
        cka_seeds=similarity.seeds,
        tasks=table.tasks,
        n=len(x),
        pearson=Correlation(r=r, p=pearson_p),
        r_squared=r * r,
        slope=slope,
        intercept=intercept,
        band=fit_band(table),
        spearman=Correlation(r=spearman_rho, p=spearman_p),
        qap=qap(table),
        interval=jackknife_correlation(
            r, np.array([correlation_of(part) for part in without_seed]), Over.SEEDS
        ),
        interval_tasks=jackknife_correlation(r, without_task, Over.TASKS),
        without_task=without_task,
        ceiling=ceiling_of(table),
        points=tuple(
            Point(
                source=table.tasks[i],
                target=table.tasks[j],
                label=f"{labels[i]}→{labels[j]}",
                cka=float(table.cka[i, j]),
                transfer=float(table.transfer[i, j]),
            )
            for i, j in np.argwhere(paired)
        ),
    )


def leave_tasks_out(table: PairTable) -> FloatArray:
    """(n_tasks,) float64: r with each task left out in turn, NaN where it is then undefined."""
    return np.array([correlation_of(table.without_task(i)) for i in range(len(table.tasks))])


@dataclass(frozen=True)
class AssociationSweep:
    """How strongly CKA at each layer and checkpoint goes with the same transfer.

    r, r_squared, qap_p: (n_layers, n_checkpoints) float64, NaN = undefined
    n:           (n_layers, n_checkpoints) int64, ordered pairs
    reason:      (n_layers, n_checkpoints) int64, index into `reasons`: why there is no r; 0 = it is
    checkpoints: training steps of the single-task models, then `last`
    cka_seeds:   seeds of the CKA, layer by layer, checkpoint by checkpoint
    ceiling:     over the pairs of the first place that has CKA
    """

    method: str
    measure: Measure
    debiased: bool
    seeds: tuple[int, ...]
    layers: tuple[int, ...]
    checkpoints: tuple[Checkpoint, ...]
    r: FloatArray
    r_squared: FloatArray
    qap_p: FloatArray
    n: IntArray
    reason: IntArray
    reasons: tuple[str, ...]
    cka_seeds: tuple[tuple[tuple[int, ...], ...], ...]
    ceiling: Ceiling

    def why(self, row: int, column: int) -> str:
        """Why there is no r at a place (by position); empty where there is."""
        return self.reasons[int(self.reason[row, column])]


def sweep_associations(
    transfer: TransferMatrix,
    similarity_at: Callable[[int, Checkpoint], SimilarityMatrix],
    tasks: Sequence[str],
    *,
    layers: Sequence[int],
    checkpoints: Sequence[Checkpoint],
    measure: Measure = Measure.CKA,
    debiased: bool = False,
) -> AssociationSweep:
    """r, R² and QAP p of one transfer with the similarity at every layer and checkpoint.

    similarity_at: the similarity (of this measure) at a layer and checkpoint; where it raises an
    AtlasError there is none, and that is the place's reason. Raises SweepNeededError where it does:
    that is about this moment, not about the study.
    """
    shape = (len(layers), len(checkpoints))
    r, p, n = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    reasons = {"": 0}
    reason = np.zeros(shape, dtype=np.int64)
    tables: dict[tuple[int, int], PairTable] = {}
    seeds: list[list[tuple[int, ...]]] = [[() for _ in checkpoints] for _ in layers]
    for i, layer in enumerate(layers):
        for j, checkpoint in enumerate(checkpoints):
            try:
                similarity = similarity_at(layer, checkpoint)
            except SweepNeededError:
                raise
            except AtlasError as none:
                reason[i, j] = reasons.setdefault(str(none), len(reasons))
                continue
            table = tables[i, j] = pair_table(transfer, similarity, tasks)
            seeds[i][j] = similarity.seeds
            r[i, j], n[i, j] = correlation_of(table), table.paired.sum()
            reason[i, j] = reasons.setdefault(why_no_correlation(table), len(reasons))
    for place, found in zip(tables, qap_all(list(tables.values())), strict=True):
        p[place] = found.p
    first = next(iter(tables.values()), None)
    return AssociationSweep(
        method=transfer.method,
        measure=measure,
        debiased=debiased,
        seeds=transfer.seeds,
        layers=tuple(layers),
        checkpoints=tuple(checkpoints),
        r=r,
        r_squared=r * r,
        qap_p=p,
        n=n,
        reason=reason,
        reasons=tuple(reasons),
        cka_seeds=tuple(tuple(row) for row in seeds),
        ceiling=Ceiling(math.nan, math.nan) if first is None else ceiling_of(first),
    )
