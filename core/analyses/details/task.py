"""What a task gives and gets, and a training set gives."""

from __future__ import annotations

from dataclasses import dataclass

from core.analyses.analysis import CELL, Analysis, Takes
from core.analyses.cost import CostModel
from core.analyses.details.cell import CellReader, CellSummary
from core.analyses.details.estimates import summaries_of
from core.analyses.details.pair import in_manifest_order
from core.analyses.query import DetailQuery, TransferQuery
from core.errors import RequestError
from core.evaluations import Split
from core.metrics import Metric
from core.study import Run, Study
from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import PerScale
from core.transfer.provenance import RawValue, raw_value


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

    sources: one task, or a training set in manifest order. outgoing: of this row, a target each;
    incoming: of this column, a single source each, none for a training set. Neither holds a task
    on itself. bases: those its runs started from; none for a training set. runs: all that were
    trained on exactly this, of every method.
    """

    method: str
    sources: tuple[str, ...]
    metric: Metric
    unit: str
    outgoing: tuple[TargetTransfer, ...]
    incoming: tuple[CellSummary, ...]
    bases: tuple[BasePerformance, ...]
    runs: tuple[TrainedRun, ...]


@dataclass(frozen=True)
class TargetTransfer:
    """What a training set reaches on one target. trained: the target is in it."""

    target: str
    trained: bool
    reached: CellSummary


def task_detail(study: Study, query: TransferQuery, detail: DetailQuery) -> TaskDetail:
    """A task, or a training set, under one method, on both scales.

    Given and got are empty where no run of the method was trained, or tested, on it.

    Raises RequestError for a name, seed or checkpoint the study does not have.
    """
    trained, method = in_manifest_order(study, detail.sources), query.method
    reader = CellReader(study, query.seeds, query.checkpoint)
    task = study.task(trained[0])
    single = len(trained) == 1
    return TaskDetail(
        method=method,
        sources=trained,
        metric=task.metric,
        unit=task.unit,
        outgoing=_outgoing(reader, method, trained),
        incoming=_incoming(reader, method, trained[0]) if single else (),
        bases=_bases(reader, method, trained[0]) if single else (),
        runs=tuple(
            TrainedRun(run.name, run.method, run.base or "", run.seed, run.failed)
            for run in study.runs
            if run.trained == trained
        ),
    )


def _outgoing(
    reader: CellReader, method: str, sources: tuple[str, ...]
) -> tuple[TargetTransfer, ...]:
    try:
        rows = reader.whole(method, reader.seeds, sources)
    except RequestError:
        if not reader.study.runs_on(method, sources):
            return ()
        raise
    row = rows.published
    return tuple(
        TargetTransfer(
            target=target,
            trained=bool(row.trained[0, column]),
            reached=reached,
        )
        for column, (target, reached) in enumerate(
            zip(row.targets, _summaries(rows, method), strict=True)
        )
        if sources != (target,)
    )


def _incoming(reader: CellReader, method: str, task: str) -> tuple[CellSummary, ...]:
    whole = reader.whole(method, reader.seeds)
    matrices = PerScale.of(lambda scale: whole.on(scale).single_sources())
    matrix = matrices.published
    if task not in matrix.targets:
        return ()
    column = matrix.targets.index(task)
    every = range(len(matrix.sources))
    of_task = PerScale.of(lambda scale: matrices.on(scale).take(every, [column]))
    return tuple(one for one in _summaries(of_task, method) if one.sources != (task,))


def _summaries(matrices: PerScale[TransferMatrix], method: str) -> list[CellSummary]:
    """All cells, row by row."""
    rows = [s for s in matrices.published.sources for _ in matrices.published.targets]
    on = PerScale.of(lambda scale: summaries_of(matrices.on(scale)))
    return [
        CellSummary(method, sources, PerScale(published, strict))
        for sources, published, strict in zip(rows, on.published, on.strict, strict=True)
    ]


def _bases(reader: CellReader, method: str, task: str) -> tuple[BasePerformance, ...]:
    """Every base that runs of the method started from, by seed."""
    study, seeds = reader.study, reader.seeds
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
    records = evaluations.curve(study.run_index[run.name], study.task_index[task], split)
    last = int(records[-1]) if len(records) else -1
    return raw_value(evaluations, last, run=run.name, split=split)


TASK = Analysis(
    "task",
    TaskDetail,
    task_detail,
    (CELL, Takes(DetailQuery, frozenset({"sources"}))),
    costs=CostModel(us=0.5),
)
