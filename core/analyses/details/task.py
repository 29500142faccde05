"""What a task gives and gets: the story of a task, or of a training set."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.analyses.details.pair import CellSummary, RawValue, in_manifest_order, summary_of
from core.analyses.query import DetailQuery, TransferQuery
from core.errors import RequestError
from core.io import place_of
from core.study import Metric, Run, Split, Study
from core.transfer.build import TransferMatrixBuilder
from core.transfer.normalization import Scale
from core.transfer.run_scores import RunScores


@dataclass(frozen=True)
class BasePerformance:
    """What one base reaches on a task at its last checkpoint: the two ends of the scale."""

    base: str
    seed: int
    standard: RawValue
    shifted: RawValue


@dataclass(frozen=True)
class TrainedRun:
    """A run trained on a training set; base empty = it started from nothing."""

    run: str
    method: str
    base: str
    seed: int
    failed: bool


@dataclass(frozen=True)
class TaskDetail:
    """What a task (or a training set) gives to every target, and gets from every single source.

    sources: one task, or a training set in manifest order. gives: of this row, a target each;
    gets: of this column, a single source each, none for a training set. Neither holds a task on
    itself. standings: of the bases its runs started from; none for a training set. runs: all
    that were trained on exactly this, of every method.
    """

    method: str
    sources: tuple[str, ...]
    metric: Metric
    unit: str
    gives: tuple[TargetTransfer, ...]
    gets: tuple[CellSummary, ...]
    standings: tuple[BasePerformance, ...]
    runs: tuple[TrainedRun, ...]


@dataclass(frozen=True)
class TargetTransfer:
    """What a training set reaches on one target. trained: the target is in it."""

    target: str
    trained: bool
    reached: CellSummary


def task_detail(study: Study, query: TransferQuery, detail: DetailQuery) -> TaskDetail:
    """The story of a task, or of a training set, under one method.

    On both scales. Given and got are empty where no run of the method was trained, or tested, on
    it.

    Raises RequestError for a name, seed or checkpoint the study does not have.
    """
    trained, method = in_manifest_order(study, detail.sources), query.method
    wanted = None if query.seeds is None else tuple(sorted(set(query.seeds)))
    builders = [
        TransferMatrixBuilder(RunScores(study, scale=scale, checkpoint=query.checkpoint))
        for scale in (Scale.PUBLISHED, Scale.STRICT)
    ]
    task = study.task(trained[0])
    single = len(trained) == 1
    return TaskDetail(
        method=method,
        sources=trained,
        metric=task.metric,
        unit=task.unit,
        gives=_gives(builders, method, wanted, trained),
        gets=_gets(builders, method, wanted, trained[0]) if single else (),
        standings=_standings(study, method, wanted, trained[0]) if single else (),
        runs=tuple(
            TrainedRun(run.name, run.method, run.base or "", run.seed, run.failed)
            for run in study.runs
            if run.trained == trained
        ),
    )


def _gives(
    builders: list[TransferMatrixBuilder],
    method: str,
    seeds: tuple[int, ...] | None,
    sources: tuple[str, ...],
) -> tuple[TargetTransfer, ...]:
    try:
        published, strict = (b.actual(method, seeds, only=sources) for b in builders)
    except RequestError:
        if not builders[0].study.runs_on(method, sources):
            return ()
        raise
    return tuple(
        TargetTransfer(
            target=target,
            trained=bool(published.trained[0, column]),
            reached=CellSummary(
                method, sources, summary_of(published, column), summary_of(strict, column)
            ),
        )
        for column, target in enumerate(published.targets)
        if sources != (target,)
    )


def _gets(
    builders: list[TransferMatrixBuilder], method: str, seeds: tuple[int, ...] | None, task: str
) -> tuple[CellSummary, ...]:
    published, strict = (b.actual(method, seeds).single_sources() for b in builders)
    if task not in published.targets:
        return ()
    column = published.targets.index(task)
    return tuple(
        CellSummary(
            method,
            sources,
            summary_of(published.at([row], [column]), 0),
            summary_of(strict.at([row], [column]), 0),
        )
        for row, sources in enumerate(published.sources)
        if sources != (task,)
    )


def _standings(
    study: Study, method: str, seeds: tuple[int, ...] | None, task: str
) -> tuple[BasePerformance, ...]:
    """Of every base that runs of the method started from, by seed."""
    bases = {
        run.base: study.runs[study.run_index[run.base]]
        for run in study.runs_of(method)
        if run.base is not None and (seeds is None or run.seed in seeds)
    }
    return tuple(
        BasePerformance(
            base.name,
            base.seed,
            _last(study, base, task, Split.STANDARD),
            _last(study, base, task, Split.SHIFTED),
        )
        for base in sorted(bases.values(), key=lambda run: (run.seed, run.name))
    )


def _last(study: Study, run: Run, task: str, split: Split) -> RawValue:
    """What a run reached on a task at its last checkpoint, and where that was read."""
    evaluations = study.evaluations
    records = evaluations.course(study.run_index[run.name], study.task_index[task], split)
    if not len(records):
        return RawValue(run.name, split, -1, math.nan, "", "")
    last = int(records[-1])
    file, place = place_of(evaluations, last)
    return RawValue(
        run.name,
        split,
        int(evaluations.checkpoint[last]),
        float(evaluations.value[last]),
        file,
        place,
    )
