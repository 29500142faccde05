"""Everything known of one training set and one target, and what stands beside it.

Both scales stand side by side, whichever the pages show; every raw value says where it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.analyses.analysis import CELL, Analysis, Takes
from core.analyses.cost import CostModel
from core.analyses.details.cell import (
    SHRINKAGE,
    CellDetail,
    CellReader,
    CellSummary,
    MethodShrinkage,
    ShrunkenCell,
    method_shrinkage,
    share_a_base,
    shrunken_cell,
)
from core.analyses.details.estimates import DifferenceEstimate, difference_between
from core.analyses.details.prediction import Prediction, predictions_of
from core.analyses.kept import Kept
from core.analyses.query import DetailQuery, TransferQuery
from core.similarity.predictor_matrix import given_predictors
from core.study import Layer, Study
from core.transfer.normalization import PerScale


@dataclass(frozen=True)
class GivenPrediction:
    """What one predictor of the manifest says of X→Y and of Y→X; NaN = nothing."""

    label: str
    layer: Layer | None
    directed: bool
    higher_is_better: bool
    forward: float
    reverse: float


@dataclass(frozen=True)
class PairDetail:
    """Everything known of a training set and a target but their similarity.

    shrunken: what is left of it when luck is taken off. reverse: the other way, of a single source
    and another task alone. asymmetry: this way minus the other. predictions: of a method that has
    one. single_sources: each task of a larger training set by itself. other_methods: the same cell
    of the study's other methods. other: the same cell of the one method asked for, None where that
    has none. difference: this cell minus that one, over the seeds that both have. given: what
    predictors of the manifest say, of a single source and another task alone.
    """

    forward: CellDetail
    shrunken: PerScale[ShrunkenCell]
    reverse: CellDetail | None
    asymmetry: PerScale[DifferenceEstimate] | None
    predictions: tuple[Prediction, ...]
    single_sources: tuple[CellSummary, ...]
    other_methods: tuple[CellSummary, ...]
    other: CellDetail | None
    difference: PerScale[DifferenceEstimate] | None
    given: tuple[GivenPrediction, ...]


def pair_detail(
    study: Study,
    query: TransferQuery,
    detail: DetailQuery,
    *,
    needed: MethodShrinkage | None = None,
) -> PairDetail:
    """A training set and a target under one method, on both scales.

    needed: of the same method, seeds and checkpoint, None = made here.

    Raises RequestError for a name, seed or checkpoint the study does not have, and where no run
    of the method has this training set.
    """
    trained = in_manifest_order(study, detail.sources)
    method, target = query.method, study.task(detail.target).name
    about = {trained, (target,), *((name,) for name in trained)}
    reader = CellReader(study, query.seeds, query.checkpoint, about=about)
    forward = reader.cell(method, trained, target)
    reverse = other = None
    if len(trained) == 1 and trained[0] != target:
        reverse = reader.found(method, (target,), trained[0])
    if detail.other is not None:
        other = reader.found(study.method(detail.other).name, trained, target)
    return PairDetail(
        forward=forward,
        shrunken=shrunken_cell(forward, needed or method_shrinkage(study, query)),
        reverse=reverse,
        asymmetry=None if reverse is None else _asymmetry(forward, reverse),
        predictions=predictions_of(reader, forward),
        single_sources=_single_sources(reader, forward),
        other_methods=_other_methods(reader, forward),
        other=other,
        difference=None if other is None else _over_shared_seeds(forward, other),
        given=_given(study, query, trained, target),
    )


def _given(
    study: Study, query: TransferQuery, trained: tuple[str, ...], target: str
) -> tuple[GivenPrediction, ...]:
    if len(trained) != 1 or trained[0] == target:
        return ()
    found = []
    for predictor in given_predictors(study, query.seeds):
        values = predictor.of((trained[0], target))
        found.append(
            GivenPrediction(
                label=predictor.label,
                layer=predictor.layer,
                directed=predictor.directed,
                higher_is_better=predictor.higher_is_better,
                forward=float(values[0, 1]),
                reverse=float(values[1, 0]),
            )
        )
    return tuple(found)


def in_manifest_order(study: Study, names: Iterable[str]) -> tuple[str, ...]:
    """A training set as runs name it. Raises RequestError for a task the study does not have."""
    return tuple(sorted({study.task(n).name for n in names}, key=study.task_index.__getitem__))


def _single_sources(reader: CellReader, cell: CellDetail) -> tuple[CellSummary, ...]:
    """Each task of a larger training set by itself, under the method that predicts this one."""
    study, single = reader.study, reader.study.method(cell.method).predicted_from
    if len(cell.sources) == 1:
        return ()
    names = [single] if single else [m.name for m in study.single_source_methods]
    found = (reader.summary(name, (s,), cell.target) for name in names for s in cell.sources)
    return tuple(one for one in found if one is not None)


def _other_methods(reader: CellReader, cell: CellDetail) -> tuple[CellSummary, ...]:
    """The same cell of the other methods that have it."""
    found = (
        reader.summary(method.name, cell.sources, cell.target)
        for method in reader.study.tested_methods
        if method.name != cell.method
    )
    return tuple(one for one in found if one is not None)


def _asymmetry(forward: CellDetail, reverse: CellDetail) -> PerScale[DifferenceEstimate]:
    """X→Y minus Y→X on both scales, as means over whatever seeds each has."""
    return PerScale.of(
        lambda scale: difference_between(
            forward.by_seed(scale),
            reverse.by_seed(scale),
            one_base=share_a_base(forward, reverse),
            means=(forward.summary.on(scale).mean, reverse.summary.on(scale).mean),
        )
    )


def _over_shared_seeds(first: CellDetail, second: CellDetail) -> PerScale[DifferenceEstimate]:
    """One cell minus another on both scales, seed by seed."""
    return PerScale.of(
        lambda scale: difference_between(
            first.by_seed(scale), second.by_seed(scale), one_base=share_a_base(first, second)
        )
    )


PAIR = Analysis(
    "pair",
    PairDetail,
    pair_detail,
    (CELL, Takes(DetailQuery, frozenset({"sources", "target", "other"}))),
    needs=SHRINKAGE,
    costs=CostModel(us=0.02, ms=8.0),
    kept=Kept.IN_MEMORY,
)
