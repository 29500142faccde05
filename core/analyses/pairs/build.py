"""The table of all pairs, from a study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from core.analyses.analysis import PLACE, Analysis, of_transfer
from core.analyses.cost import CostModel
from core.analyses.inputs import similarity_if_any
from core.analyses.pairs.table import PairTable
from core.analyses.query import SimilarityQuery, TransferQuery
from core.numerics.arrays import FloatArray
from core.numerics.interrupt import breathe
from core.similarity.matrix import SimilarityMatrix
from core.similarity.predictor_matrix import PredictorMatrix, given_predictors
from core.similarity.store import SimilarityStore
from core.study import Study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind, TransferMatrix, mean_present
from core.transfer.predictions import USUAL
from core.transfer.shrinkage import shrink


def pair_table(
    study: Study,
    actual: TransferMatrix,
    *,
    predicted: TransferMatrix | None = None,
    difference: TransferMatrix | None = None,
    similarity: SimilarityMatrix | None = None,
    predictors: Sequence[PredictorMatrix] = (),
    hidden_sources: Iterable[str] = (),
    hidden_targets: Iterable[str] = (),
) -> PairTable:
    """The list of all cells of `actual`.

    predicted, difference: matrices of the same columns and seeds, whose rows are among those of
    `actual`; None = there is no prediction. similarity: CKA of the single-task models, None = the
    study has none. predictors: those of the manifest.
    hidden_sources, hidden_targets: tasks not listed as (part of a) source, as target; what comes
    back from them is still known. Raises RequestError for a task the study does not have.
    """
    no_source = {study.task(name).name for name in hidden_sources}
    no_target = {study.task(name).name for name in hidden_targets}
    rows = [i for i, s in enumerate(actual.sources) if no_source.isdisjoint(s)]
    columns = [j for j, t in enumerate(actual.targets) if t not in no_target]
    kept = np.ix_(rows, columns)
    reverse = _reverse(actual)[kept]
    left = shrink(actual, study)
    actual = actual.take(rows, columns)
    nothing = np.full(actual.values.shape, np.nan)
    low, high = actual.interval
    raw, baseline, reference = _raw_values(actual)
    unit_of = {task.name: task.unit for task in study.tasks}
    return PairTable(
        method=actual.method,
        predicted_from=""
        if predicted is None
        else study.method(actual.method).predicted_from or "",
        scale=actual.scale,
        checkpoint=actual.checkpoint,
        layer=None if similarity is None else similarity.layer,
        cka_seeds=() if similarity is None else similarity.seeds,
        seeds=actual.seeds,
        sources=actual.sources,
        targets=actual.targets,
        units=tuple(unit_of.get(target, "") for target in actual.targets),
        values=actual.values,
        low=low,
        high=high,
        sd=actual.sd,
        n=actual.n,
        per_seed=actual.per_seed,
        role=np.where(actual.trained, 2, np.where(actual.exposed, 1, 0)).astype(np.int64),
        raw=raw,
        baseline=baseline,
        reference=reference,
        predicted=nothing if predicted is None else _in_rows_of(actual, predicted),
        difference=nothing if difference is None else _in_rows_of(actual, difference),
        reverse=reverse,
        cka=nothing if similarity is None else _of_single_sources(actual, similarity),
        given=np.array([_of_single_sources(actual, one) for one in predictors]).reshape(
            len(predictors), *nothing.shape
        ),
        predictors=tuple(map(_called, predictors)),
        clipped=np.asarray(actual.clipped.sum(axis=0), dtype=np.int64),
        missing=np.asarray((actual.reason > 0).sum(axis=0), dtype=np.int64),
        reason=actual.first_reason,
        reasons=actual.reasons,
        shrunken=left.values[kept],
        shrunken_low=left.low[kept],
        shrunken_high=left.high[kept],
        false_sign_rate=left.false_sign_rate[kept],
        no_shrunken=left.why,
        partly_shrunken=left.partly,
        seeds_of_one_base=actual.seeds_of_one_base,
        one_seed=actual.one_seed,
        is_raw=study.is_raw,
        lower_targets=actual.lower_targets,
    )


def _in_rows_of(actual: TransferMatrix, other: TransferMatrix) -> FloatArray:
    """The values of a matrix in the rows and columns of another, NaN where it has no such row."""
    found = np.full(actual.values.shape, np.nan)
    among = other.named(actual.sources, actual.targets)
    known = set(among.sources)
    found[[at for at, sources in enumerate(actual.sources) if sources in known]] = among.values
    return found


def _raw_values(actual: TransferMatrix) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means of the run's values, its bases' shifted and standard ones; NaN of given scores.

    Over the seeds that have a transfer: what the mean beside them is made of.
    """
    records = actual.records
    if records is None:
        nothing = np.full(actual.values.shape, np.nan)
        return nothing, nothing, nothing
    used = np.isfinite(actual.per_seed)
    raw, baseline, reference = (
        mean_present(np.where(used, values, np.nan), axis=0)
        for values in (records.value, records.baseline, records.reference)
    )
    return raw, baseline, reference


def _called(predictor: PredictorMatrix) -> str:
    layer = "" if predictor.layer is None else f", layer {predictor.layer}"
    return f"{predictor.label}{layer}"


def _reverse(actual: TransferMatrix) -> FloatArray:
    """(n_sources, n_targets): the value of target→source where the source is one other task."""
    result = np.full(actual.values.shape, np.nan)
    row_of = {s[0]: i for i, s in enumerate(actual.sources) if len(s) == 1}
    column_of = {t: j for j, t in enumerate(actual.targets)}
    both = [task for task in row_of if task in column_of]
    rows, columns = [row_of[task] for task in both], [column_of[task] for task in both]
    square = actual.values[np.ix_(rows, columns)].T.copy()
    np.fill_diagonal(square, np.nan)
    result[np.ix_(rows, columns)] = square
    return result


def _of_single_sources(
    actual: TransferMatrix, similarity: SimilarityMatrix | PredictorMatrix
) -> FloatArray:
    """(n_sources, n_targets): what it says of a single source and another task, NaN elsewhere."""
    result = np.full(actual.values.shape, np.nan)
    single = [i for i, s in enumerate(actual.sources) if len(s) == 1]
    names = [actual.sources[i][0] for i in single]
    both = similarity.of([*names, *actual.targets])[: len(names), len(names) :]
    breathe()
    column_of = {target: j for j, target in enumerate(actual.targets)}
    itself = [(i, column_of[name]) for i, name in enumerate(names) if name in column_of]
    other = np.ones(both.shape, dtype=bool)
    other[tuple(np.array(itself, dtype=np.int64).reshape(-1, 2).T)] = False
    result[single] = np.where(other, both, np.nan)
    return result


def pairs_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> PairTable:
    """The list of all pairs, with what predicts them where something does."""

    def matrix(kind: str) -> TransferMatrix:
        return transfer_matrix(study, replace(query, kind=kind))

    predicted = study.method(query.method).predicted_from is not None
    return pair_table(
        study,
        matrix(MatrixKind.ACTUAL),
        predicted=matrix(USUAL) if predicted else None,
        difference=matrix(MatrixKind.DIFFERENCE) if predicted else None,
        similarity=similarity_if_any(study, place.of_seeds(query.seeds), stored),
        predictors=given_predictors(study, query.seeds),
        hidden_sources=query.hidden_sources,
        hidden_targets=query.hidden_targets,
    )


PAIRS = Analysis(
    "pairs",
    PairTable,
    pairs_of,
    (of_transfer("hidden_sources", "hidden_targets"), PLACE),
    looks_up=True,
    costs=CostModel(us=1.5),
)
