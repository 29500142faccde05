"""What can be asked: the parameters of every analysis, and which tasks and method they mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import RequestError, listed
from core.similarity.measures import Measure
from core.study import Checkpoint, Study
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale


@dataclass(frozen=True)
class TransferParams:
    """Of `transfer`: see core.transfer.build.transfer_matrix. seeds None = all."""

    method: str
    kind: MatrixKind = MatrixKind.ACTUAL
    other: str | None = None
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    scale: Scale = Scale.PUBLISHED
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
    scale: Scale = Scale.PUBLISHED
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
    scale: Scale = Scale.PUBLISHED
    checkpoint: Checkpoint = "last"
    layer: int | None = None
    cka_checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class OverviewParams:
    """Of `overview`: all methods. seeds None = all; include as in `balance`."""

    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    scale: Scale = Scale.PUBLISHED
    checkpoint: Checkpoint = "last"


@dataclass(frozen=True)
class ConditionParams:
    """Of `condition`: it is about the whole study."""


@dataclass(frozen=True)
class ComparisonParams:
    """Of `comparison`: see core.analyses.comparison.compare. seeds None = all that both have."""

    method: str
    other: str
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    scale: Scale = Scale.PUBLISHED
    checkpoint: Checkpoint = "last"
    split: str | None = None
    sources_out: tuple[str, ...] = ()
    targets_out: tuple[str, ...] = ()


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
