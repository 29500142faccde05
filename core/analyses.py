"""The named analyses: everything the pages and the command line ask for.

Each has a name, a frozen dataclass of parameters and a result type; `core.cache` fetches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from core import association as associations
from core import balance as balances
from core import comparison as comparisons
from core import overview as overviews
from core import teachers as giving
from core.condition import Condition, condition
from core.course import SimilarityCourse, similarity_course
from core.errors import RequestError, listed
from core.exchange import TaskStory, task_story
from core.influence import ItemInfluence, leave_items_out
from core.matrices import transfer_matrix
from core.measures import Measure
from core.network import TransferGraph
from core.network import transfer_graph as build_graph
from core.normalization import Convention
from core.pair import PairStory, pair_story
from core.pairs import PairList, list_pairs
from core.similarity import (
    SimilarityMatrix,
    default_layer,
    similarity_checkpoints,
    similarity_layers,
    similarity_matrix,
)
from core.study import Checkpoint, Study
from core.trajectories import Trajectories, trajectories
from core.transfer import Kind, TransferMatrix

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True)
class TransferParams:
    """Of `transfer`: see core.matrices.transfer_matrix. seeds None = all."""

    method: str
    kind: Kind = Kind.ACTUAL
    other: str | None = None
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    convention: Convention = Convention.PUBLISHED
    checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class SimilarityParams:
    """Of `similarity`: layer None = the study's default, seeds None = all.

    trained: of how many tasks the compared base runs were trained on. debiased: of CKA alone.
    """

    layer: int | None = None
    checkpoint: Checkpoint = "last"
    seeds: tuple[int, ...] | None = None
    trained: int = 1
    measure: Measure = Measure.CKA
    debiased: bool = False


@dataclass(frozen=True)
class RowParams:
    """Of `task`: a training set under one method; one task where it is that alone."""

    method: str
    sources: tuple[str, ...]
    seeds: tuple[int, ...] | None = None
    checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class PairParams(RowParams):
    """Of `pair`: a training set and a target under one method, and another method to subtract."""

    target: str = ""
    other: str | None = None


@dataclass(frozen=True)
class SimilarityCourseParams(SimilarityParams):
    """Of `similarity-course`: of two tasks; the rest as of `similarity`, trained always 1."""

    first: str = ""
    second: str = ""


@dataclass(frozen=True)
class TrajectoryParams:
    """Of `trajectories`: as of `similarity`, at every checkpoint."""

    layer: int | None = None
    seeds: tuple[int, ...] | None = None
    trained: int = 1
    measure: Measure = Measure.CKA
    debiased: bool = False


@dataclass(frozen=True)
class PairsParams:
    """Of `balance`, and what `association` and `graph` share.

    The tasks are all but those the manifest excludes, less `exclude`, plus `include`.
    """

    method: str
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    convention: Convention = Convention.PUBLISHED
    checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class PlaceParams(PairsParams):
    """What `association`, `graph` and `teachers` share: layer and checkpoint of the CKA, too."""

    layer: int | None = None
    cka_checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class AssociationParams(PlaceParams):
    """Of `association` and `item-influence`: measure of the similarity, too."""

    measure: Measure = Measure.CKA
    debiased: bool = False


@dataclass(frozen=True)
class SweepParams(PairsParams):
    """Of `association-sweep`: all layers and checkpoints of a measure."""

    measure: Measure = Measure.CKA
    debiased: bool = False


@dataclass(frozen=True)
class GraphParams(PlaceParams):
    """Of `graph`: the CKA is that of its edges."""


@dataclass(frozen=True)
class TeachersParams(PlaceParams):
    """Of `teachers`: the same; layer and CKA checkpoint are those of representations, too."""


@dataclass(frozen=True)
class PairListParams:
    """Of `pairs`: every training set on every target, but those with a task of `exclude`.

    sources_out: training sets with one of these are left out, targets_out: these targets; both
    are there for a reverse transfer.
    """

    method: str
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    sources_out: tuple[str, ...] = ()
    targets_out: tuple[str, ...] = ()
    convention: Convention = Convention.PUBLISHED
    checkpoint: Checkpoint = "last"
    layer: int | None = None
    cka_checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class OverviewParams:
    """Of `overview`: all methods. seeds None = all; include as in `balance`."""

    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    convention: Convention = Convention.PUBLISHED
    checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class ConditionParams:
    """Of `condition`: it is about the whole study."""


@dataclass(frozen=True)
class ComparisonParams:
    """Of `comparison`: see core.comparison.compare. seeds None = all that both have."""

    method: str
    other: str
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    convention: Convention = Convention.PUBLISHED
    checkpoint: Checkpoint = "last"
    split: str | None = None
    sources_out: tuple[str, ...] = ()
    targets_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Analysis(Generic[P, R]):
    """A named computation: `compute(study, params) -> result`."""

    name: str
    params: type[P]
    result: type[R]
    compute: Callable[[Study, P], R]


def included_tasks(
    study: Study, *, exclude: Iterable[str] = (), include: Iterable[str] = ()
) -> tuple[str, ...]:
    """Names of the tasks association, balance and graph look at, in manifest order.

    Those the manifest excludes are left out unless named in `include`; `exclude` drops more and
    wins. Raises RequestError for a task the study does not have.
    """
    dropped = {study.task(name).name for name in exclude}
    back = {study.task(name).name for name in include}
    return tuple(
        task.name
        for task in study.tasks
        if task.name not in dropped and (task.exclude is None or task.name in back)
    )


def single_source_method(study: Study, method: str) -> str:
    """`method` itself, checked to have runs trained on one task alone.

    Raises RequestError naming the method that predicts it, where it has none.
    """
    chosen = study.method(method)
    if chosen in study.single_source_methods:
        return method
    instead = [chosen.predicted_from] if chosen.predicted_from else []
    instead = instead or [m.name for m in study.single_source_methods]
    raise RequestError(
        f"method {method} has no run trained on one task alone, so it has no X→Y;"
        f" use {listed(instead)}"
    )


def _pair_matrix(study: Study, params: PairsParams, convention: Convention) -> TransferMatrix:
    return transfer_matrix(
        study,
        single_source_method(study, params.method),
        seeds=params.seeds,
        convention=convention,
        checkpoint=params.checkpoint,
    ).single_sources()


def _transfer(study: Study, params: TransferParams) -> TransferMatrix:
    return transfer_matrix(
        study,
        params.method,
        kind=params.kind,
        other=params.other,
        seeds=params.seeds,
        exclude=params.exclude,
        convention=params.convention,
        checkpoint=params.checkpoint,
    )


def _similarity(study: Study, params: SimilarityParams) -> SimilarityMatrix:
    return similarity_matrix(
        study,
        layer=params.layer,
        checkpoint=params.checkpoint,
        seeds=params.seeds,
        trained=params.trained,
        measure=params.measure,
        debiased=params.debiased,
    )


def _trajectories(study: Study, params: TrajectoryParams) -> Trajectories:
    return trajectories(
        study,
        layer=params.layer,
        seeds=params.seeds,
        trained=params.trained,
        measure=params.measure,
        debiased=params.debiased,
    )


def _association(study: Study, params: AssociationParams) -> associations.Association:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.convention)
    measure, debiased = params.measure, params.debiased
    layer = params.layer
    if layer is None:
        layer = default_layer(study, measure=measure, debiased=debiased)

    def similarity_of(seeds: tuple[int, ...] | None) -> SimilarityMatrix:
        return similarity_matrix(
            study,
            layer=layer,
            checkpoint=params.cka_checkpoint,
            seeds=seeds,
            measure=measure,
            debiased=debiased,
        )

    similarity = similarity_of(params.seeds)
    table = associations.pair_table(transfer, similarity, tasks)
    without = []
    if len(transfer.seeds) > 1:
        for seed in transfer.seeds:
            rest = transfer.without_seed(seed)
            # The tasks stay those of the whole table: the interval is over seeds alone.
            without.append(associations.pair_table(rest, similarity_of(rest.seeds), table.tasks))
    labels = [study.task(name).label for name in table.tasks]
    return associations.associate(transfer, similarity, table, labels, without_seed=without)


def _association_sweep(study: Study, params: SweepParams) -> associations.AssociationSweep:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.convention)
    measure, debiased = params.measure, params.debiased
    default_layer(study, measure=measure, debiased=debiased)  # raises where there is none at all
    layers = similarity_layers(study, measure=measure, debiased=debiased)
    steps = {
        step
        for layer in layers
        for step in similarity_checkpoints(study, layer, measure=measure, debiased=debiased)
    }

    def similarity_at(layer: int, checkpoint: Checkpoint) -> SimilarityMatrix:
        return similarity_matrix(
            study,
            layer=layer,
            checkpoint=checkpoint,
            seeds=params.seeds,
            measure=measure,
            debiased=debiased,
        )

    return associations.sweep_associations(
        transfer,
        similarity_at,
        tasks,
        layers=layers,
        checkpoints=(*sorted(steps), "last"),
        measure=measure,
        debiased=debiased,
    )


def _item_influence(study: Study, params: AssociationParams) -> ItemInfluence:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    return leave_items_out(
        study,
        _pair_matrix(study, params, params.convention),
        tasks,
        layer=params.layer,
        checkpoint=params.cka_checkpoint,
        seeds=params.seeds,
        measure=params.measure,
        debiased=params.debiased,
    )


def _balance(study: Study, params: PairsParams) -> balances.Balance:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.convention)
    return balances.balance(transfer, tasks, both_only=study.scored)


def _graph(study: Study, params: GraphParams) -> TransferGraph:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.convention)
    strict = _pair_matrix(study, params, Convention.STRICT)
    similarity = None
    if similarity_layers(study):
        similarity = similarity_matrix(
            study, layer=params.layer, checkpoint=params.cka_checkpoint, seeds=params.seeds
        )
    balance = balances.balance(transfer, tasks, both_only=study.scored)
    return build_graph(transfer, strict, balance, tasks, similarity)


def _pairs(study: Study, params: PairListParams) -> PairList:
    def matrix(kind: Kind) -> TransferMatrix:
        return transfer_matrix(
            study,
            params.method,
            kind=kind,
            seeds=params.seeds,
            exclude=params.exclude,
            convention=params.convention,
            checkpoint=params.checkpoint,
        )

    predicted = study.method(params.method).predicted_from is not None
    return list_pairs(
        study,
        matrix(Kind.ACTUAL),
        predicted=matrix(Kind.PREDICTED) if predicted else None,
        difference=matrix(Kind.DIFFERENCE) if predicted else None,
        similarity=_similarity_of(study, params),
        sources_out=params.sources_out,
        targets_out=params.targets_out,
    )


def _similarity_of(study: Study, params: PlaceParams | PairListParams) -> SimilarityMatrix | None:
    """CKA at the layer and checkpoint asked for; None where the study has none at all."""
    if not similarity_layers(study):
        return None
    return similarity_matrix(
        study, layer=params.layer, checkpoint=params.cka_checkpoint, seeds=params.seeds
    )


def _teachers(study: Study, params: TeachersParams) -> giving.Teachers:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.convention)
    similarity = _similarity_of(study, params)
    runs = (run for run in study.runs_of(params.method) if run.is_single_source)
    steps = study.evaluations.steps(study.run_index[run.name] for run in runs)
    strict = [
        (step, _pair_matrix(study, replace(params, checkpoint=step), Convention.STRICT))
        for step in ([] if study.scored else steps)
    ]
    index = study.representations
    stored = params.layer if similarity is None else similarity.layer
    if stored is None and index is not None and index.layers:
        stored = index.layers[-1]
    covariates = (
        *giving.from_manifest(study, tasks),
        giving.base_standard(study, transfer, tasks),
        giving.base_loss(study, transfer, tasks),
        giving.half_improvement(strict, tasks),
        giving.representation_dimension(
            study, tasks, layer=stored, checkpoint=params.cka_checkpoint, seeds=params.seeds
        ),
        giving.mean_similarity(similarity, tasks),
    )
    balance = balances.balance(transfer, tasks, both_only=study.scored)
    return giving.teachers(balance, covariates)


def _overview(study: Study, params: OverviewParams) -> overviews.Overview:
    return overviews.overview(
        study,
        included_tasks(study, exclude=params.exclude, include=params.include),
        seeds=params.seeds,
        exclude=params.exclude,
        convention=params.convention,
        checkpoint=params.checkpoint,
    )


def _condition(study: Study, _params: ConditionParams) -> Condition:
    return condition(study)


def _comparison(study: Study, params: ComparisonParams) -> comparisons.Comparison:
    return comparisons.compare(
        study,
        params.method,
        params.other,
        seeds=params.seeds,
        exclude=params.exclude,
        convention=params.convention,
        checkpoint=params.checkpoint,
        split=params.split,
        sources_out=params.sources_out,
        targets_out=params.targets_out,
    )


def _pair(study: Study, params: PairParams) -> PairStory:
    return pair_story(
        study,
        params.method,
        params.sources,
        params.target,
        seeds=params.seeds,
        checkpoint=params.checkpoint,
        other=params.other,
    )


def _task(study: Study, params: RowParams) -> TaskStory:
    return task_story(
        study, params.method, params.sources, seeds=params.seeds, checkpoint=params.checkpoint
    )


def _similarity_course(study: Study, params: SimilarityCourseParams) -> SimilarityCourse:
    return similarity_course(
        study,
        params.first,
        params.second,
        layer=params.layer,
        checkpoint=params.checkpoint,
        seeds=params.seeds,
        measure=params.measure,
        debiased=params.debiased,
    )


TRANSFER = Analysis("transfer", TransferParams, TransferMatrix, _transfer)
SIMILARITY = Analysis("similarity", SimilarityParams, SimilarityMatrix, _similarity)
TRAJECTORIES = Analysis("trajectories", TrajectoryParams, Trajectories, _trajectories)
ASSOCIATION = Analysis("association", AssociationParams, associations.Association, _association)
ASSOCIATION_SWEEP = Analysis(
    "association-sweep", SweepParams, associations.AssociationSweep, _association_sweep
)
ITEM_INFLUENCE = Analysis("item-influence", AssociationParams, ItemInfluence, _item_influence)
BALANCE = Analysis("balance", PairsParams, balances.Balance, _balance)
GRAPH = Analysis("graph", GraphParams, TransferGraph, _graph)
PAIRS = Analysis("pairs", PairListParams, PairList, _pairs)
TEACHERS = Analysis("teachers", TeachersParams, giving.Teachers, _teachers)
OVERVIEW = Analysis("overview", OverviewParams, overviews.Overview, _overview)
CONDITION = Analysis("condition", ConditionParams, Condition, _condition)
COMPARISON = Analysis("comparison", ComparisonParams, comparisons.Comparison, _comparison)
PAIR = Analysis("pair", PairParams, PairStory, _pair)
TASK = Analysis("task", RowParams, TaskStory, _task)
SIMILARITY_COURSE = Analysis(
    "similarity-course", SimilarityCourseParams, SimilarityCourse, _similarity_course
)

ANALYSES: dict[str, Analysis[Any, Any]] = {
    analysis.name: analysis
    for analysis in (
        TRANSFER,
        SIMILARITY,
        SIMILARITY_COURSE,
        TRAJECTORIES,
        ASSOCIATION,
        ASSOCIATION_SWEEP,
        ITEM_INFLUENCE,
        BALANCE,
        GRAPH,
        OVERVIEW,
        CONDITION,
        COMPARISON,
        PAIRS,
        TEACHERS,
        PAIR,
        TASK,
    )
}
