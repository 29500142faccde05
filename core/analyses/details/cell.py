"""One training set on one target under one method: every seed, down to the file."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
from propcache.api import cached_property

from core.analyses.analysis import CELL, Analysis
from core.analyses.cost import CostModel
from core.analyses.details.estimates import SeedSummary, summary_of
from core.analyses.kept import Kept
from core.analyses.query import TransferQuery, own_seeds
from core.errors import RequestError
from core.evaluations import Checkpoint, Split
from core.metrics import Metric
from core.numerics.arrays import FloatArray, IntArray
from core.study import Run, Study
from core.transfer.build import PlacedMatrix, TransferMatrixBuilder, actual_on_both_scales
from core.transfer.matrix import TransferMatrix, mean_present
from core.transfer.normalization import (
    FormulaCase,
    Improvement,
    PerScale,
    Scale,
    on_both_scales,
)
from core.transfer.provenance import RawValue, raw_value
from core.transfer.run_scores import RunScores
from core.transfer.shrinkage import ShrinkageFit, fit_shrinkage


@dataclass(frozen=True)
class NormalizedValue:
    """A raw value on one scale.

    value: normalized improvement (or the given score), NaN with its `reason`. unclipped: the same
    before the published scale cut it. rule: the line of the definition it comes from.
    """

    value: float
    unclipped: float
    clipped: bool
    rule: FormulaCase
    reason: str


@dataclass(frozen=True)
class SeedResult:
    """One seed: the run, its base, the three raw values, and what both scales make of them.

    run, base: names, empty = none. baseline, reference: the base's shifted and standard value;
    of given scores zero and one, None where that is not known.
    """

    seed: int
    run: str
    base: str
    result: RawValue
    baseline: RawValue | None
    reference: RawValue | None
    normalized: PerScale[NormalizedValue]


@dataclass(frozen=True)
class CheckpointCurve:
    """One training set on one target over the checkpoints of fine-tuning.

    steps: (n_steps,) int64, training steps, ascending
    values: on each scale (n_seeds, n_steps) float64, NaN = no evaluation, or undefined
    """

    steps: IntArray
    values: PerScale[FloatArray]

    @property
    def seeds(self) -> IntArray:
        """(n_steps,) int64: how many seeds have a value at each."""
        return np.asarray(np.isfinite(self.values.published).sum(axis=0), dtype=np.int64)

    def mean(self, scale: Scale) -> FloatArray:
        """(n_steps,) float64: mean over the seeds that have a value."""
        return mean_present(self.values.on(scale), axis=0)


@dataclass(frozen=True)
class CellDetail:
    """One training set on one target: every seed, and the means on both scales.

    sources: the training set in manifest order. trained: the target is in it; exposed: it is
    not, but some samples of it were seen.
    """

    method: str
    sources: tuple[str, ...]
    target: str
    metric: Metric
    unit: str
    trained: bool
    exposed: bool
    seeds: tuple[SeedResult, ...]
    summary: PerScale[SeedSummary]
    curve: CheckpointCurve

    def by_seed(self, scale: Scale) -> dict[int, float]:
        """Seed -> its value on one scale, NaN = none."""
        return {seed.seed: seed.normalized.on(scale).value for seed in self.seeds}


def share_a_base(*cells: CellDetail) -> bool:
    """Do two seeds of these cells start from one base? They then agree by birth."""
    pairs = {
        (seed.base, seed.seed)
        for cell in cells
        for seed in cell.seeds
        if seed.base and math.isfinite(seed.result.value)
    }
    return len({base for base, _ in pairs}) < len(pairs)


BY_DEFINITION = "this value is 1 by definition, as what the task reaches on itself counts as full"


@dataclass(frozen=True)
class ShrunkenCell:
    """What is left of a cell when luck is taken off, among all cells of its method.

    prior: what cells like it are. sd: of one seed, pooled over the method's cells. why: the reason
    where there is nothing; numbers are NaN then.
    """

    mean: float
    low: float
    high: float
    false_sign_rate: float
    prior: float
    sd: float
    why: str


def shrunken_cell(cell: CellDetail, fits: MethodShrinkage) -> PerScale[ShrunkenCell]:
    """A cell drawn towards what cells like it are."""
    return PerScale.of(lambda scale: _shrunken(cell, cell.summary.on(scale), fits.on(scale)))


def _shrunken(cell: CellDetail, summary: SeedSummary, fit: ShrinkageFit) -> ShrunkenCell:
    left = fit.of_cells(
        np.array([[summary.mean]]),
        np.array([[summary.n]]),
        np.array([[cell.trained]]),
        rows=np.array([fit.sources.index(cell.sources)]),
        columns=np.array([fit.targets.index(cell.target)]),
    )
    at = 0, 0
    unknown = left.partly if np.isnan(left.values[at]) else ""
    return ShrunkenCell(
        mean=float(left.values[at]),
        low=float(left.low[at]),
        high=float(left.high[at]),
        false_sign_rate=float(left.false_sign_rate[at]),
        prior=float(left.prior[at]),
        sd=math.sqrt(left.variance[at]),
        why=left.why or (BY_DEFINITION if left.fixed[at] else "") or unknown,
    )


@dataclass(frozen=True)
class MethodShrinkage:
    """What shrinking any cell of a method takes, on both scales."""

    published: ShrinkageFit
    strict: ShrinkageFit

    def on(self, scale: Scale) -> ShrinkageFit:
        """The one on this scale."""
        return self.strict if scale is Scale.STRICT else self.published


def method_shrinkage(study: Study, query: TransferQuery) -> MethodShrinkage:
    """Of all cells of the query's method, over its seeds at its checkpoint; nothing left out."""
    whole = replace(query, exclude=(), seeds=own_seeds(study, query.method, query.seeds))
    both = actual_on_both_scales(study, whole)
    published = fit_shrinkage(both.published, study)
    given = study.has_given_scores
    return MethodShrinkage(published, published if given else fit_shrinkage(both.strict, study))


SHRINKAGE = Analysis(
    "shrinkage",
    MethodShrinkage,
    method_shrinkage,
    (CELL,),
    costs=CostModel(us=0.5),
    kept=Kept.ALSO_IN_MEMORY,
)


@dataclass(frozen=True)
class CellSummary:
    """A cell by its means alone."""

    method: str
    sources: tuple[str, ...]
    summary: PerScale[SeedSummary]


class CellReader:
    """Looks up one question's cells; scores are read once, for both scales.

    about: training sets; the runs on them, of whatever method, are all that is read. None = all
    runs. Of given scores all are read: a score on the diagonal may be what counts as 1.
    """

    def __init__(
        self,
        study: Study,
        seeds: tuple[int, ...] | None,
        checkpoint: Checkpoint,
        *,
        about: Collection[tuple[str, ...]] | None = None,
    ) -> None:
        self.study = study
        self._runs: IntArray | None = None
        if about is not None and not study.has_given_scores:
            chosen = [at for at, run in enumerate(study.runs) if run.trained in about]
            self._runs = np.array(chosen, dtype=np.int64)
        self.seeds = None if seeds is None else tuple(sorted(set(seeds)))
        self.checkpoint = checkpoint

    @cached_property
    def builders(self) -> PerScale[TransferMatrixBuilder]:
        """A builder for each scale; given scores have one, as their scales are the same."""
        scores = RunScores(
            self.study, scale=Scale.PUBLISHED, checkpoint=self.checkpoint, runs=self._runs
        )
        published = TransferMatrixBuilder(scores)
        if self.study.has_given_scores:
            return PerScale(published, published)
        return PerScale(published, TransferMatrixBuilder(scores.on(Scale.STRICT)))

    @property
    def scores(self) -> RunScores:
        """What every run reached; raw values and records are the same on both scales."""
        return self.builders.published.scores

    def seeds_of(self, method: str) -> tuple[int, ...] | None:
        """The chosen seeds that a method has; all chosen ones where that leaves none."""
        return own_seeds(self.study, method, self.seeds)

    def rows(self, method: str, sources: tuple[str, ...]) -> PerScale[PlacedMatrix]:
        """The row of a training set on both scales, without provenance: a cell has its own."""
        return self._plain.on_both_scales(method, self.seeds_of(method), only=sources)

    @cached_property
    def _plain(self) -> TransferMatrixBuilder:
        return TransferMatrixBuilder(self.scores, provenance=False)

    def cell(self, method: str, sources: tuple[str, ...], target: str) -> CellDetail:
        """Raises RequestError where no run of the method has this training set."""
        rows = self.rows(method, sources)
        task, row = self.study.task(target), rows.published.matrix
        if target not in row.targets:
            raise RequestError(f"nothing was tested on {target} in this study")
        column = row.targets.index(target)
        seeds = tuple(
            self._seed(at, seed, rows, column, target) for at, seed in enumerate(row.seeds)
        )
        return CellDetail(
            method=method,
            sources=sources,
            target=target,
            metric=task.metric,
            unit=task.unit,
            trained=bool(row.trained[0, column]),
            exposed=bool(row.exposed[0, column]),
            seeds=seeds,
            summary=PerScale.of(lambda scale: summary_of(rows.on(scale).matrix, column)),
            curve=self._curve(seeds, target),
        )

    def whole(
        self, method: str, seeds: tuple[int, ...] | None, only: tuple[str, ...] | None = None
    ) -> PerScale[TransferMatrix]:
        """All cells of a method with these very seeds, or of one training set, on both scales."""
        both = self._plain.on_both_scales(method, seeds, only=only)
        return PerScale.of(lambda scale: both.on(scale).matrix)

    def found(self, method: str, sources: tuple[str, ...], target: str) -> CellDetail | None:
        """What there is beside the cell asked for; None where the study does not have it."""
        try:
            return self.cell(method, sources, target)
        except RequestError:
            return None

    def summary(self, method: str, sources: tuple[str, ...], target: str) -> CellSummary | None:
        """The same by its means alone."""
        try:
            rows = self.rows(method, sources)
        except RequestError:
            return None
        column = rows.published.matrix.targets.index(target)
        return CellSummary(
            method, sources, PerScale.of(lambda scale: summary_of(rows.on(scale).matrix, column))
        )

    def _seed(
        self, at: int, seed: int, rows: PerScale[PlacedMatrix], column: int, target: str
    ) -> SeedResult:
        study, row, task = self.study, rows.published.matrix, self.study.task_index[target]
        run = study.runs_on(row.method, row.sources[0]).get(seed)
        result = self.reached(run, task)
        baseline = reference = None
        if run is not None and run.base is not None:
            number = study.run_index[run.name]
            baseline, reference = (
                raw_value(
                    study.evaluations,
                    self.scores.base_record(number, task, split),
                    run=run.base,
                    split=split,
                )
                for split in (Split.SHIFTED, Split.STANDARD)
            )
        elif run is not None and study.has_given_scores:
            baseline, reference = self.scores.given_ends(study.run_index[run.name], task)
        return SeedResult(
            seed=seed,
            run="" if run is None else run.name,
            base="" if run is None else run.base or "",
            result=result,
            baseline=baseline,
            reference=reference,
            normalized=PerScale.of(lambda scale: _placed(rows.on(scale), at, column)),
        )

    def raw(self, run: Run | None, task: int) -> float:
        """What a run reached on a task (index), NaN = nothing that can be used."""
        return (
            math.nan
            if run is None
            else float(self.scores.raw_of(self._number(run), np.array(task)))
        )

    def reached(self, run: Run | None, task: int) -> RawValue:
        """The same and where it was read."""
        if run is None:
            return RawValue("", Split.SHIFTED)
        record = int(self.scores.records_of(self._number(run), np.array(task)))
        return raw_value(
            self.study.evaluations,
            record,
            run=run.name,
            split=Split.SHIFTED,
            value=self.raw(run, task),
        )

    def _number(self, run: Run) -> IntArray:
        return np.array(self.study.run_index[run.name])

    def normalized(
        self, at: int, rows: PerScale[TransferMatrix], column: int, run: Run | None, raw: float
    ) -> PerScale[NormalizedValue]:
        """A raw value on the scale of the base of `run`, as it stands in a row's cell.

        at: the seed's position in the rows.
        """
        return PerScale.of(
            lambda scale: self._normalized(scale, at, rows.on(scale), column, run, raw)
        )

    def _normalized(
        self, scale: Scale, at: int, row: TransferMatrix, column: int, run: Run | None, raw: float
    ) -> NormalizedValue:
        reason = row.reason_of(int(row.reason[at, 0, column]), column)
        if run is None:
            return NormalizedValue(math.nan, math.nan, False, FormulaCase.NONE, reason)
        number, task = self.study.run_index[run.name], self.study.task_index[row.targets[column]]
        scores = self.builders.on(scale).scores
        scaled = scores.improvement_on(
            task,
            np.array(raw),
            scores.baseline_of(np.array(number))[task],
            scores.reference_of(np.array(number))[task],
        )
        return NormalizedValue(
            value=float(row.per_seed[at, 0, column]),
            unclipped=float(scaled.unclipped),
            clipped=bool(row.clipped[at, 0, column]),
            rule=FormulaCase(int(scaled.rule)),
            reason=reason,
        )

    def _curve(self, seeds: tuple[SeedResult, ...], target: str) -> CheckpointCurve:
        study = self.study
        evaluations, task = study.evaluations, study.task_index[target]
        failed = {run.name for run in study.runs if run.failed}
        records = [
            evaluations.curve(study.run_index[seed.run], task, Split.SHIFTED)
            if seed.run and seed.run not in failed
            else _NO_RECORDS
            for seed in seeds
        ]
        steps = np.unique(evaluations.checkpoint[np.concatenate([*records, _NO_RECORDS])])
        raw = np.full((len(seeds), len(steps)), np.nan)
        for at, own in enumerate(records):
            raw[at, np.searchsorted(steps, evaluations.checkpoint[own])] = evaluations.value[own]
        return CheckpointCurve(
            steps=steps,
            values=self._values(raw, seeds, task),
        )

    def _values(
        self, raw: FloatArray, seeds: tuple[SeedResult, ...], task: int
    ) -> PerScale[FloatArray]:
        placed = on_both_scales(lambda scale: self._scaled(scale, raw, seeds, task))
        return PerScale.of(lambda scale: placed.on(scale).values)

    def _scaled(
        self, scale: Scale, raw: FloatArray, seeds: tuple[SeedResult, ...], task: int
    ) -> Improvement:
        """(n_seeds, n_steps) raw values of one task on the scale of each seed's base."""
        scores = self.builders.on(scale).scores

        own = np.array(
            [self.study.run_index[seed.run] for seed in seeds if seed.run], dtype=np.int64
        )
        there = np.array([bool(seed.run) for seed in seeds], dtype=bool)

        def of_base(side: Callable[[IntArray], FloatArray]) -> FloatArray:
            values = np.full((len(seeds), 1), np.nan)
            values[there, 0] = side(own)[:, task]
            return values

        return scores.improvement_on(
            task, raw, of_base(scores.baseline_of), of_base(scores.reference_of)
        )


def _placed(row: PlacedMatrix, at: int, column: int) -> NormalizedValue:
    """What stands in a row's cell. at: the seed's position."""
    matrix, cell = row.matrix, (at, 0, column)
    return NormalizedValue(
        value=float(matrix.per_seed[cell]),
        unclipped=float(row.placed.unclipped[cell]),
        clipped=bool(matrix.clipped[cell]),
        rule=FormulaCase(int(row.placed.rule[cell])),
        reason=matrix.reason_of(int(matrix.reason[cell]), column),
    )


_NO_RECORDS = np.zeros(0, dtype=np.int64)
