"""What the single sources predict of a cell, and which of them it was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.analyses.details.cell import CellDetail, CellReader, SeedResult, share_a_base
from core.analyses.details.estimates import (
    DifferenceEstimate,
    SeedSummary,
    difference_between,
    summary_of,
)
from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import PerScale
from core.transfer.predictions import PREDICTIONS


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

    task: empty without one. seed_result: its run, normalized with the base of the cell's own run,
    which it names. parts: all it was chosen from.
    """

    task: str
    seed_result: SeedResult
    parts: tuple[SourceScore, ...]


@dataclass(frozen=True)
class Prediction:
    """What the single sources predict of a cell, and how far the cell is from it."""

    kind: str
    method: str
    summary: PerScale[SeedSummary]
    best: tuple[BestSource, ...]
    difference: PerScale[DifferenceEstimate]


def predictions_of(reader: CellReader, cell: CellDetail) -> tuple[Prediction, ...]:
    """Every registered prediction of a cell; none of a method without `predicted_from`.

    Nor of a run on one task where its own method predicts: it is what predicts.
    """
    single = reader.study.method(cell.method).predicted_from
    if single is None or (single == cell.method and len(cell.sources) == 1):
        return ()
    return tuple(_prediction(reader, cell, single, kind) for kind in PREDICTIONS)


def _prediction(reader: CellReader, cell: CellDetail, single: str, kind: str) -> Prediction:
    seeds = reader.seeds_of(cell.method)
    rows = PerScale.of(
        lambda scale: reader.builders.on(scale).predicted(
            cell.method, seeds, prediction=kind, only=cell.sources
        )
    )
    column = rows.published.targets.index(cell.target)
    return Prediction(
        kind=kind,
        method=single,
        summary=PerScale.of(lambda scale: summary_of(rows.on(scale), column)),
        best=tuple(
            _best(
                reader,
                at,
                seed,
                single,
                rows,
                column,
                chosen=PREDICTIONS[kind].choose is not None,
            )
            for at, seed in enumerate(cell.seeds)
        ),
        difference=PerScale.of(
            lambda scale: difference_between(
                cell.by_seed(scale),
                dict(
                    zip(
                        rows.on(scale).seeds,
                        rows.on(scale).per_seed[:, 0, column].tolist(),
                        strict=True,
                    )
                ),
                one_base=share_a_base(cell),
            )
        ),
    )


def _best(
    reader: CellReader,
    at: int,
    own: SeedResult,
    single: str,
    rows: PerScale[TransferMatrix],
    column: int,
    *,
    chosen: bool,
) -> BestSource:
    """own: the seed of the cell itself, whose base gives the scale; chosen: it is one of them."""
    study, row = reader.study, rows.published
    task = study.task_index[row.targets[column]]
    runs = {name: study.runs_on(single, (name,)).get(own.seed) for name in row.sources[0]}
    if row.records is not None:
        number = int(row.records.run[at, 0, column])
        run = study.runs[number] if number >= 0 else None
    else:
        # Of given scores a matrix keeps no runs: it is the one that has this value.
        value, base = row.per_seed[at, 0, column], study.run_index.get(own.run, 0)
        raw = np.array([reader.raw(one, task) for one in runs.values()])
        scores = reader.scores
        scaled = scores.improvement_on(
            task,
            raw,
            scores.baseline_of(np.array(base))[task],
            scores.reference_of(np.array(base))[task],
        )
        equal = zip(runs.values(), (scaled.values == value).tolist(), strict=True)
        run = next((one for one, same in equal if same), None) if chosen else None
    result = reader.reached(run, task)
    base_of = study.runs[study.run_index[own.run]] if own.run else None
    return BestSource(
        task="" if run is None else run.trained[0],
        seed_result=replace(
            own,
            run=result.run,
            result=result,
            normalized=reader.normalized(at, rows, column, base_of, result.value),
        ),
        parts=tuple(SourceScore(name, reader.raw(one, task)) for name, one in runs.items()),
    )
