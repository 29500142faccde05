"""The story of a pair: everything known of one training set and one target, down to the file.

Both scales stand side by side, whichever the pages show; every raw value says where it was read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.analyses.query import DetailQuery, TransferQuery, own_seeds
from core.errors import RequestError
from core.io import place_of
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.intervals import student_interval
from core.study import Checkpoint, Metric, Run, Split, Study
from core.transfer.build import TransferMatrixBuilder
from core.transfer.matrix import MatrixKind, TransferMatrix, mean_present
from core.transfer.normalization import FormulaCase, Improvement, Scale
from core.transfer.run_scores import RunScores

NO_STEP = -1


@dataclass(frozen=True)
class RawValue:
    """One raw value and where it was read.

    value: in the task's unit, NaN = none. checkpoint: the training step it is of, -1 = none.
    file: relative to the study's folder, place: row or JSON key in it; empty = not there.
    """

    run: str
    split: Split
    checkpoint: int
    value: float
    file: str
    place: str


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

    run, base: names, empty = none. baseline, reference: the base's shifted and standard value,
    None where there is no base (given scores).
    """

    seed: int
    run: str
    base: str
    result: RawValue
    baseline: RawValue | None
    reference: RawValue | None
    published: NormalizedValue
    strict: NormalizedValue

    def on(self, scale: Scale) -> NormalizedValue:
        """What one scale makes of it."""
        return self.strict if scale is Scale.STRICT else self.published


@dataclass(frozen=True)
class SeedSummary:
    """Mean over seeds on one scale; NaN = none.

    [low, high]: its 95 % interval over seeds (Student's t), tasks held fixed. sd: sample standard
    deviation. n: seeds with a value. clipped: how many of them the scale cut. reason: why the
    first seed without a value has none.
    """

    mean: float
    sd: float
    low: float
    high: float
    n: int
    clipped: int
    reason: str


@dataclass(frozen=True)
class CheckpointCurve:
    """One training set on one target over the checkpoints of fine-tuning.

    steps: (n_steps,) int64, training steps, ascending
    published, strict: (n_seeds, n_steps) float64, NaN = no evaluation, or undefined
    """

    steps: IntArray
    published: FloatArray
    strict: FloatArray

    def mean(self, scale: Scale) -> FloatArray:
        """(n_steps,) float64: mean over the seeds that have a value."""
        strict = scale is Scale.STRICT
        return mean_present(self.strict if strict else self.published, axis=0)


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
    published: SeedSummary
    strict: SeedSummary
    course: CheckpointCurve

    def summary(self, scale: Scale) -> SeedSummary:
        """The mean on one scale."""
        return self.strict if scale is Scale.STRICT else self.published


@dataclass(frozen=True)
class DifferenceEstimate:
    """A difference, and its 95 % interval over seeds; NaN = none.

    value: `first` - `second`, the means it is of. The interval is that of the seeds' own
    differences (Student's t), `n` of them.
    """

    value: float
    low: float
    high: float
    n: int
    first: float
    second: float


@dataclass(frozen=True)
class PerScale:
    """One quantity on both scales."""

    published: DifferenceEstimate
    strict: DifferenceEstimate

    def on(self, scale: Scale) -> DifferenceEstimate:
        """The one on this scale."""
        return self.strict if scale is Scale.STRICT else self.published


@dataclass(frozen=True)
class SourceScore:
    """What one task of a training set reaches alone.

    value: raw, in the target's unit, NaN = none.
    """

    task: str
    value: float


@dataclass(frozen=True)
class BestSource:
    """The single source a prediction took for one seed.

    task: empty without one. told: its run, normalized with the base of the cell's own run, which
    it names. parts: all it was chosen from.
    """

    task: str
    told: SeedResult
    parts: tuple[SourceScore, ...]


@dataclass(frozen=True)
class Prediction:
    """What the single sources predict of a cell, and how far the cell is from it."""

    kind: MatrixKind
    method: str
    published: SeedSummary
    strict: SeedSummary
    best: tuple[BestSource, ...]
    difference: PerScale

    def summary(self, scale: Scale) -> SeedSummary:
        """The predicted mean on one scale."""
        return self.strict if scale is Scale.STRICT else self.published


@dataclass(frozen=True)
class CellSummary:
    """The same cell of another method, or of one task of the training set alone."""

    method: str
    sources: tuple[str, ...]
    published: SeedSummary
    strict: SeedSummary

    def summary(self, scale: Scale) -> SeedSummary:
        """The mean on one scale."""
        return self.strict if scale is Scale.STRICT else self.published


@dataclass(frozen=True)
class PairDetail:
    """Everything known of a training set and a target but their similarity.

    back: the other way, of a single source and another task alone. asymmetry: this way minus the
    other. predictions: of a method that has one. alone: each task of a larger training set by
    itself. elsewhere: the same cell of the study's other methods. against: the same cell of the
    one method asked for, None where that has none. versus: this cell minus that one, over the
    seeds that both have.
    """

    there: CellDetail
    back: CellDetail | None
    asymmetry: PerScale | None
    predictions: tuple[Prediction, ...]
    alone: tuple[CellSummary, ...]
    elsewhere: tuple[CellSummary, ...]
    against: CellDetail | None
    versus: PerScale | None


def pair_detail(study: Study, query: TransferQuery, detail: DetailQuery) -> PairDetail:
    """The story of a training set and a target under one method; on both scales.

    Raises RequestError for a name, seed or checkpoint the study does not have, and where no run
    of the method has this training set.
    """
    wanted = None if query.seeds is None else tuple(sorted(set(query.seeds)))
    teller = _PairDetailBuilder(study, wanted, query.checkpoint)
    trained = in_manifest_order(study, detail.sources)
    method, target = query.method, detail.target
    there = teller.direction(method, trained, study.task(target).name)
    back = None
    if len(trained) == 1 and trained[0] != target:
        back = teller.attempt(lambda: teller.direction(method, (target,), trained[0]))
    against = None
    if detail.other is not None:
        subtracted = study.method(detail.other).name
        against = teller.attempt(lambda: teller.direction(subtracted, trained, there.target))
    return PairDetail(
        there=there,
        back=back,
        asymmetry=None if back is None else _asymmetry(there, back),
        predictions=teller.predictions(there),
        alone=teller.alone(there),
        elsewhere=teller.elsewhere(there),
        against=against,
        versus=None if against is None else _over_shared_seeds(there, against),
    )


def in_manifest_order(study: Study, names: Iterable[str]) -> tuple[str, ...]:
    """A training set as runs name it. Raises RequestError for a task the study does not have."""
    return tuple(sorted({study.task(n).name for n in names}, key=study.task_index.__getitem__))


class _PairDetailBuilder:
    """Looks up one question's cells; the outcomes of all runs are read once for each scale."""

    def __init__(self, study: Study, seeds: tuple[int, ...] | None, checkpoint: Checkpoint) -> None:
        self.study = study
        self.seeds = seeds
        self.checkpoint = checkpoint

    @cached_property
    def builders(self) -> dict[Scale, TransferMatrixBuilder]:
        """A builder for each scale; given scores have one, as their scales are the same."""
        if self.study.has_given_scores:
            only = self._builder(Scale.PUBLISHED)
            return dict.fromkeys(Scale, only)
        return {scale: self._builder(scale) for scale in Scale}

    def _builder(self, scale: Scale) -> TransferMatrixBuilder:
        outcomes = RunScores(self.study, scale=scale, checkpoint=self.checkpoint)
        return TransferMatrixBuilder(outcomes)

    @staticmethod
    def attempt(tell: Callable[[], CellDetail]) -> CellDetail | None:
        """What there is beside the cell asked for; None where the study does not have it."""
        try:
            return tell()
        except RequestError:
            return None

    def seeds_of(self, method: str) -> tuple[int, ...] | None:
        """The chosen seeds that a method has; all chosen ones where that leaves none."""
        return own_seeds(self.study, method, self.seeds)

    def rows(self, method: str, sources: tuple[str, ...]) -> dict[Scale, TransferMatrix]:
        """The row of a training set on both scales."""
        seeds = self.seeds_of(method)
        return {
            scale: builder.actual(method, seeds, only=sources)
            for scale, builder in self.builders.items()
        }

    def direction(self, method: str, sources: tuple[str, ...], target: str) -> CellDetail:
        rows = self.rows(method, sources)
        published, strict = rows[Scale.PUBLISHED], rows[Scale.STRICT]
        task = self.study.task(target)
        if target not in published.targets:
            raise RequestError(f"nothing was tested on {target} in this study")
        column = published.targets.index(target)
        seeds = tuple(
            self._seed(at, seed, rows, column, target) for at, seed in enumerate(published.seeds)
        )
        return CellDetail(
            method=method,
            sources=sources,
            target=target,
            metric=task.metric,
            unit=task.unit,
            trained=bool(published.trained[0, column]),
            exposed=bool(published.exposed[0, column]),
            seeds=seeds,
            published=summary_of(published, column),
            strict=summary_of(strict, column),
            course=self._course(seeds, target),
        )

    def _seed(
        self,
        at: int,
        seed: int,
        rows: dict[Scale, TransferMatrix],
        column: int,
        target: str,
    ) -> SeedResult:
        study, matrix = self.study, rows[Scale.PUBLISHED]
        run = study.runs_on(matrix.method, matrix.sources[0]).get(seed)
        outcomes = self.builders[Scale.PUBLISHED].outcomes
        task = study.task_index[target]
        result = RawValue("", Split.SHIFTED, NO_STEP, math.nan, "", "")
        baseline = reference = None
        if run is not None:
            number = study.run_index[run.name]
            result = self._reading(
                run.name,
                Split.SHIFTED,
                int(outcomes.records[number, task]),
                float(outcomes.raw[number, task]),
            )
            if run.base is not None:
                baseline, reference = (
                    self._reading(run.base, split, outcomes.base_record(number, task, split))
                    for split in (Split.SHIFTED, Split.STANDARD)
                )
        placed = {
            scale: self._placed(scale, at, row, column, run, result.value)
            for scale, row in rows.items()
        }
        return SeedResult(
            seed=seed,
            run="" if run is None else run.name,
            base="" if run is None else run.base or "",
            result=result,
            baseline=baseline,
            reference=reference,
            published=placed[Scale.PUBLISHED],
            strict=placed[Scale.STRICT],
        )

    def _reading(self, run: str, split: Split, record: int, value: float | None = None) -> RawValue:
        """What stands at a record; `value` is given where not all that is read is used."""
        evaluations = self.study.evaluations
        if record < 0:
            return RawValue(run, split, NO_STEP, math.nan, "", "")
        return RawValue(
            run=run,
            split=split,
            checkpoint=int(evaluations.checkpoint[record]),
            value=float(evaluations.value[record]) if value is None else value,
            **dict(zip(("file", "place"), place_of(evaluations, record), strict=True)),
        )

    def _placed(
        self,
        scale: Scale,
        at: int,
        row: TransferMatrix,
        column: int,
        run: Run | None,
        raw: float,
    ) -> NormalizedValue:
        """A raw value on the scale of the base of `run`, as it stands in a row's cell."""
        reason = row.reasons[int(row.reason[at, 0, column])]
        if run is None:
            return NormalizedValue(math.nan, math.nan, False, FormulaCase.NONE, reason)
        number, task = self.study.run_index[run.name], self.study.task_index[row.targets[column]]
        outcomes = self.builders[scale].outcomes
        scaled = outcomes.improvement_on(
            task, np.array(raw), outcomes.baseline[number, task], outcomes.reference[number, task]
        )
        return NormalizedValue(
            value=float(row.per_seed[at, 0, column]),
            unclipped=float(scaled.unclipped),
            clipped=bool(row.clipped[at, 0, column]),
            rule=FormulaCase(int(scaled.rule)),
            reason=reason,
        )

    def _course(self, seeds: tuple[SeedResult, ...], target: str) -> CheckpointCurve:
        study = self.study
        evaluations, task = study.evaluations, study.task_index[target]
        failed = {run.name for run in study.runs if run.failed}
        records = [
            evaluations.course(study.run_index[seed.run], task, Split.SHIFTED)
            if seed.run and seed.run not in failed
            else np.zeros(0, dtype=np.int64)
            for seed in seeds
        ]
        steps = np.unique(evaluations.checkpoint[np.concatenate([*records, _NO_RECORDS])])
        raw = np.full((len(seeds), len(steps)), np.nan)
        for at, own in enumerate(records):
            raw[at, np.searchsorted(steps, evaluations.checkpoint[own])] = evaluations.value[own]
        return CheckpointCurve(
            steps=steps,
            published=self._scaled(Scale.PUBLISHED, raw, seeds, task).values,
            strict=self._scaled(Scale.STRICT, raw, seeds, task).values,
        )

    def _scaled(
        self, scale: Scale, raw: FloatArray, seeds: tuple[SeedResult, ...], task: int
    ) -> Improvement:
        """(n_seeds, n_steps) raw values of one task on the scale of each seed's base."""
        outcomes = self.builders[scale].outcomes

        def of_base(side: FloatArray) -> FloatArray:
            values = [
                side[self.study.run_index[seed.run], task] if seed.run else np.nan for seed in seeds
            ]
            return np.array(values, dtype=np.float64)[:, None]

        return outcomes.improvement_on(
            task, raw, of_base(outcomes.baseline), of_base(outcomes.reference)
        )

    # -- what stands beside the cell ----------------------------------------------------------

    def predictions(self, cell: CellDetail) -> tuple[Prediction, ...]:
        """Both predictions of a cell; none of a method without `predicted_from`."""
        single = self.study.method(cell.method).predicted_from
        if single is None:
            return ()
        return tuple(
            self._prediction(cell, single, kind)
            for kind in (MatrixKind.PREDICTED, MatrixKind.CROSS_FITTED)
        )

    def _prediction(self, cell: CellDetail, single: str, kind: MatrixKind) -> Prediction:
        seeds = self.seeds_of(cell.method)
        rows = {
            scale: builder.predicted(
                cell.method, seeds, cross_fitted=kind is MatrixKind.CROSS_FITTED, only=cell.sources
            )
            for scale, builder in self.builders.items()
        }
        published, strict = rows[Scale.PUBLISHED], rows[Scale.STRICT]
        column = published.targets.index(cell.target)
        return Prediction(
            kind=kind,
            method=single,
            published=summary_of(published, column),
            strict=summary_of(strict, column),
            best=tuple(
                self._best(at, seed, single, rows, column) for at, seed in enumerate(cell.seeds)
            ),
            difference=PerScale(
                *(
                    _gap(
                        _by_seed(cell, scale),
                        dict(zip(row.seeds, row.per_seed[:, 0, column].tolist(), strict=True)),
                    )
                    for scale, row in rows.items()
                )
            ),
        )

    def _best(
        self,
        at: int,
        own: SeedResult,
        single: str,
        rows: dict[Scale, TransferMatrix],
        column: int,
    ) -> BestSource:
        """own: the seed of the cell itself, whose base gives the scale."""
        study = self.study
        outcomes = self.builders[Scale.PUBLISHED].outcomes
        row = rows[Scale.PUBLISHED]
        task = study.task_index[row.targets[column]]
        runs = {name: study.runs_on(single, (name,)).get(own.seed) for name in row.sources[0]}
        if row.records is not None:
            number = int(row.records.run[at, 0, column])
            run = study.runs[number] if number >= 0 else None
        else:
            # Of given scores a matrix keeps no runs: it is the one that has this score.
            value = float(row.per_seed[at, 0, column])
            run = next((one for one in runs.values() if self._raw(one, task) == value), None)
        result = RawValue("", Split.SHIFTED, NO_STEP, math.nan, "", "")
        if run is not None:
            record = int(outcomes.records[study.run_index[run.name], task])
            result = self._reading(run.name, Split.SHIFTED, record, self._raw(run, task))
        base_of = study.runs[study.run_index[own.run]] if own.run else None
        placed = {
            scale: self._placed(scale, at, line, column, base_of, result.value)
            for scale, line in rows.items()
        }
        return BestSource(
            task="" if run is None else run.trained[0],
            told=replace(
                own,
                run=result.run,
                result=result,
                published=placed[Scale.PUBLISHED],
                strict=placed[Scale.STRICT],
            ),
            parts=tuple(SourceScore(name, self._raw(one, task)) for name, one in runs.items()),
        )

    def _raw(self, run: Run | None, task: int) -> float:
        raw = self.builders[Scale.PUBLISHED].outcomes.raw
        return math.nan if run is None else float(raw[self.study.run_index[run.name], task])

    def alone(self, cell: CellDetail) -> tuple[CellSummary, ...]:
        """Each task of a larger training set by itself, under the method that predicts this one."""
        single = self.study.method(cell.method).predicted_from
        if len(cell.sources) == 1:
            return ()
        names = [single] if single else [m.name for m in self.study.single_source_methods]
        found = (self._beside(name, (s,), cell.target) for name in names for s in cell.sources)
        return tuple(beside for beside in found if beside is not None)

    def elsewhere(self, cell: CellDetail) -> tuple[CellSummary, ...]:
        """The same cell of the other methods that have it."""
        found = (
            self._beside(method.name, cell.sources, cell.target)
            for method in self.study.tested_methods
            if method.name != cell.method
        )
        return tuple(beside for beside in found if beside is not None)

    def _beside(self, method: str, sources: tuple[str, ...], target: str) -> CellSummary | None:
        try:
            rows = self.rows(method, sources)
        except RequestError:
            return None
        published, strict = rows[Scale.PUBLISHED], rows[Scale.STRICT]
        column = published.targets.index(target)
        return CellSummary(
            method=method,
            sources=sources,
            published=summary_of(published, column),
            strict=summary_of(strict, column),
        )


_NO_RECORDS = np.zeros(0, dtype=np.int64)


def summary_of(row: TransferMatrix, column: int) -> SeedSummary:
    """Of the first row's cell in a column."""
    low, high = row.interval
    reasons = row.reason[:, 0, column]
    return SeedSummary(
        mean=float(row.values[0, column]),
        sd=float(row.sd[0, column]),
        low=float(low[0, column]),
        high=float(high[0, column]),
        n=int(row.n[0, column]),
        clipped=int(row.clipped[:, 0, column].sum()),
        reason=row.reasons[int(reasons[reasons > 0][0])] if (reasons > 0).any() else "",
    )


def _asymmetry(there: CellDetail, back: CellDetail) -> PerScale:
    """X→Y minus Y→X on both scales, as means over whatever seeds each has."""
    return PerScale(
        *(
            _gap(
                _by_seed(there, scale),
                _by_seed(back, scale),
                means=(there.summary(scale).mean, back.summary(scale).mean),
            )
            for scale in Scale
        )
    )


def _over_shared_seeds(first: CellDetail, second: CellDetail) -> PerScale:
    """One cell minus another on both scales, seed by seed."""
    return PerScale(*(_gap(_by_seed(first, scale), _by_seed(second, scale)) for scale in Scale))


def _by_seed(cell: CellDetail, scale: Scale) -> dict[int, float]:
    return {seed.seed: seed.on(scale).value for seed in cell.seeds}


def _gap(
    first: Mapping[int, float],
    second: Mapping[int, float],
    *,
    means: tuple[float, float] | None = None,
) -> DifferenceEstimate:
    """A difference of two quantities, seed -> value; NaN = none.

    means: what it is the difference of; None = the means over the seeds that have both.
    """
    there = [{s: v for s, v in values.items() if math.isfinite(v)} for values in (first, second)]
    shared = sorted(there[0].keys() & there[1].keys())
    sides = [np.array([side[seed] for seed in shared], dtype=np.float64) for side in there]
    differences = sides[0] - sides[1]
    if means is None:
        of = (float(mean_present(sides[0])), float(mean_present(sides[1])))
        mean = float(mean_present(differences))
    else:
        of, mean = means, means[0] - means[1]
    if len(shared) < 2 or (means is not None and there[0].keys() != there[1].keys()):
        return DifferenceEstimate(mean, math.nan, math.nan, len(shared), *of)
    low, high = student_interval(mean, float(differences.std(ddof=1)), len(shared))
    return DifferenceEstimate(mean, float(low), float(high), len(shared), *of)
