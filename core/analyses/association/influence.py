"""Which items carry the similarity, and what it says of transfer: leave a group of them out.

What r becomes without a task is `core.analyses.association.correlation.leave_tasks_out`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.analyses.analysis import INCLUDED, MEASURED, Analysis
from core.analyses.association.correlation import correlation_of
from core.analyses.association.dyads import DyadTable, dyad_table_of
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import TransferQuery, included_tasks
from core.errors import AtlasError, ComputationError, RequestError, listed
from core.evaluations import Checkpoint
from core.io import load_representation, representation_shape
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.threads import one_thread
from core.similarity.matrix import ANY, default_layer
from core.similarity.measures import WORK_SECOND, Measure, measure_options, similarity_work
from core.similarity.query import SimilarityQuery
from core.similarity.run_similarity import checkpoint_meant, unusable_files
from core.study import Layer, RepresentationIndex, Run, Study
from core.transfer.matrix import TransferMatrix, mean_present

MOST_BYTES = 512 * 2**20
"""Of the representations that are held at once; a copy without one group stands beside them."""

MOST_WORK = 1e13
"""Multiplications of all matrices together: a minute of CKA or three of Procrustes on one core."""

MOST_GROUPS = 64

DRAWS = 4
"""Random sets of items that are left out beside each group, of its size."""

_MODEL_S, _MATRIX_S = 1.5e-4, 5e-3
"""Seconds of one more model in a matrix, and of one more matrix, however small."""

ADD_REPRESENTATIONS = (
    "add representations to [cka] in study.toml: one array per single-task model, and"
    " representations/items.csv with the columns item and group"
)


@dataclass(frozen=True)
class PairChange:
    """Of two tasks: the group without which their similarity changes most, and by how much."""

    first: str
    second: str
    similarity: float
    group: str
    change: float


@dataclass(frozen=True)
class ItemInfluence:
    """Similarity and r with each group of items left out in turn.

    groups:     those that were left out, the largest first; `untried` more were too many
    items:      (n_groups,) int64, how many items each has, of `n_items`
    similarity: (n_tasks, n_tasks) float64, of all items, symmetric, NaN = no pair of models
    without:    (n_groups, n_tasks, n_tasks) float64, the same without each group
    n:          (n_groups,) int64, ordered pairs behind each r
    r, r_without:       float, (n_groups,) float64, with the transfer of `method`; NaN = undefined
    mean, mean_without: float, (n_groups,) float64, mean similarity over the pairs of tasks
    r_random, mean_random: (n_groups,) float64, the same without as many items drawn at random,
        mean over `DRAWS` draws: fewer items alone change a similarity

    `seeds` are those of the transfer, `model_seeds` those of the models. `ungrouped` items are in
    no group and never left out. left_out: models whose representation cannot be used, and why.
    """

    method: str
    layer: Layer
    checkpoint: Checkpoint
    measure: Measure
    debiased: bool
    seeds: tuple[int, ...]
    model_seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    models: int
    n_items: int
    ungrouped: int
    groups: tuple[str, ...]
    untried: int
    items: IntArray
    similarity: FloatArray
    without: FloatArray
    n: IntArray
    r: float
    r_without: FloatArray
    r_random: FloatArray
    mean: float
    mean_without: FloatArray
    mean_random: FloatArray
    left_out: tuple[str, ...]

    @property
    def change(self) -> FloatArray:
        """(n_groups, n_tasks, n_tasks) float64: similarity without each group minus with it."""
        return np.asarray(self.without - self.similarity)

    def pair_changes(self) -> tuple[PairChange, ...]:
        """The largest change of every pair of tasks over the groups, the largest of all first."""
        change = self.change
        found = []
        for i in range(len(self.tasks)):
            for j in range(i + 1, len(self.tasks)):
                known = np.flatnonzero(np.isfinite(change[:, i, j]))
                if not len(known):
                    continue
                at = known[np.abs(change[known, i, j]).argmax()]
                found.append(
                    PairChange(
                        first=self.tasks[i],
                        second=self.tasks[j],
                        similarity=float(self.similarity[i, j]),
                        group=self.groups[int(at)],
                        change=float(change[at, i, j]),
                    )
                )
        return tuple(sorted(found, key=lambda pair: -abs(pair.change)))


def why_no_groups(study: Study) -> str:
    """What a study lacks to leave groups of items out, and what to add; empty where nothing."""
    index = study.representations
    if index is None:
        return f"this study has no representations: {ADD_REPRESENTATIONS}"
    groups = {group for group in index.groups if group}
    if not groups:
        return (
            "the items of this study have no groups: add a column group to"
            " representations/items.csv, the kind of each item"
        )
    if len(groups) == 1 and all(index.groups):
        return (
            f"all items are of the one group {listed(groups)}: without it none is left; give"
            " representations/items.csv at least two groups"
        )
    return ""


def leave_items_out(
    study: Study,
    transfer: TransferMatrix,
    tasks: Sequence[str],
    query: SimilarityQuery = ANY,
) -> ItemInfluence:
    """Similarity of the single-task models, and its r with transfer, without each group of items.

    transfer: rows with one source are used. tasks: those that are looked at. Seeds are of the
    models; where there are no two tasks of these, all. Values are computed from the
    representations, also where the study has tables.

    Cost: 1 + `DRAWS` similarity matrices of the chosen models per group. At most `MOST_GROUPS`
    groups, the largest first, and no more than `MOST_WORK` multiplications altogether; the
    representations are held at once, at most `MOST_BYTES`, and a copy of them.

    Raises RequestError, with what to add or choose, where the study has no representations or no
    groups, no two models at this place, or more of them than that; and for debiased Procrustes.
    """
    options = measure_options(query.measure, debiased=query.debiased)
    if why := why_no_groups(study):
        raise RequestError(why)
    index = study.representations
    assert index is not None  # noqa: S101  (there would be a why)
    if query.layer is None:
        query = query.at(default_layer(study, query), query.checkpoint)
    (at_layer, checkpoint), measure = query.place, query.measure
    models = _models(study, index, tasks, query)
    counts = Counter(group for group in index.groups if group)
    groups = [group for group, _ in counts.most_common()]
    tried = groups[: _affordable(models.arrays, measure)]

    def similarity_of(keep: npt.NDArray[np.bool_] | None) -> DyadTable:
        chosen = [array if keep is None else array[keep] for array in models.arrays]
        with one_thread():
            values = measure.kind.matrix(chosen, **options)
        return dyad_table_of(transfer, _by_task(models.runs, values, tasks), tasks)

    whole = similarity_of(None)
    left = _without_each(tried, np.array(index.groups), whole, similarity_of)
    return ItemInfluence(
        method=transfer.method,
        layer=at_layer,
        checkpoint=checkpoint,
        measure=measure,
        debiased=query.debiased,
        seeds=transfer.seeds,
        model_seeds=tuple(sorted({run.seed for run in models.runs})),
        tasks=whole.tasks,
        models=len(models.runs),
        n_items=len(index.items),
        ungrouped=sum(not group for group in index.groups),
        groups=tuple(tried),
        untried=len(groups) - len(tried),
        items=np.array([counts[group] for group in tried], dtype=np.int64),
        similarity=whole.cka,
        without=left.similarity,
        n=left.n,
        r=correlation_of(whole),
        r_without=left.r,
        r_random=left.r_random,
        mean=_mean_pair(whole.cka),
        mean_without=np.array([_mean_pair(one) for one in left.similarity]),
        mean_random=left.mean_random,
        left_out=models.left_out,
    )


@dataclass(frozen=True)
class _Left:
    """What is left without each group; one element or (n_tasks, n_tasks) a group, NaN = none.

    r_random, mean_random: without as many items at random, the mean of `DRAWS`.
    """

    similarity: FloatArray
    n: IntArray
    r: FloatArray
    r_random: FloatArray
    mean_random: FloatArray


def _without_each(
    groups: Sequence[str],
    group_of: npt.NDArray[np.str_],
    whole: DyadTable,
    similarity_of: Callable[[npt.NDArray[np.bool_]], DyadTable],
) -> _Left:
    """Leave one group after the other out, and as many items at random."""
    nothing = np.full(len(groups), np.nan)
    left = _Left(
        np.full((len(groups), len(whole.tasks), len(whole.tasks)), np.nan),
        np.zeros(len(groups), dtype=np.int64),
        *(nothing.copy() for _ in range(3)),
    )
    for at, group in enumerate(groups):
        keep = group_of != group
        if not keep.any():
            continue
        part = similarity_of(keep)
        left.r[at], left.n[at] = correlation_of(part), part.paired.sum()
        place = [whole.tasks.index(task) for task in part.tasks]
        left.similarity[np.ix_([at], place, place)] = part.cka
        drawn = [similarity_of(rest) for rest in _at_random(keep, seed=at)]
        left.r_random[at] = mean_present(np.array([correlation_of(one) for one in drawn]))
        left.mean_random[at] = mean_present(np.array([_mean_pair(one.cka) for one in drawn]))
    return left


@dataclass(frozen=True)
class _Models:
    """Single-task models with their representations, one array a run, all of the same items."""

    runs: tuple[Run, ...]
    arrays: tuple[npt.NDArray[Any], ...]
    left_out: tuple[str, ...]


def _models(
    study: Study,
    index: RepresentationIndex,
    tasks: Sequence[str],
    query: SimilarityQuery,
) -> _Models:
    """The models of these tasks and seeds whose representation can be used.

    Of all seeds where these have no two tasks to compare. Raises RequestError where there are not
    two, or more than is held at once.
    """
    (layer, checkpoint), seeds = query.place, query.seeds
    files = {}
    unusable = unusable_files(study, layer)
    for run in study.single_task_models:
        step = checkpoint_meant(index, unusable, run.name, (layer, checkpoint))
        if run.trained[0] in tasks and step is not None and (run.name, layer, step) in index.files:
            files[run] = step
    if seeds is not None:
        of_seeds = {run: step for run, step in files.items() if run.seed in seeds}
        files = of_seeds if _two_tasks(of_seeds) else files
    arrays, left_out, held = {}, [], 0
    for run, step in files.items():
        try:
            array = load_representation(index, run.name, layer, step)
        except ComputationError as flaw:
            left_out.append(f"{run.name}: {flaw}")
            continue
        held += array.nbytes
        if held > MOST_BYTES:
            raise RequestError(
                f"the {len(files)} representations at layer {layer} are more than the"
                f" {MOST_BYTES / 2**20:,.0f} MiB of which groups of items are left out:"
                " choose fewer seeds or tasks"
            )
        if np.isfinite(array).all():
            arrays[run] = array
        else:
            left_out.append(f"{run.name}: values that are not finite at checkpoint {step}")
    if not _two_tasks(arrays):
        at = "" if checkpoint == "last" else f"checkpoint {checkpoint} of "
        raise RequestError(
            f"no two tasks have a representation at {at}layer {layer}; there are layers"
            f" {listed(index.layers)} and, at this one, checkpoints"
            f" {listed(index.checkpoints(layer))}"
        )
    return _Models(tuple(arrays), tuple(arrays.values()), tuple(left_out))


def _two_tasks(runs: Iterable[Run]) -> bool:
    return len({run.trained for run in runs}) > 1


def _affordable(arrays: Sequence[npt.NDArray[Any]], measure: Measure) -> int:
    """How many groups can be left out; at least one, so that there is something to see."""
    work = similarity_work(len(arrays[0]), [array.shape[1] for array in arrays], measure)
    return max(1, min(MOST_GROUPS, int(MOST_WORK / work / (1 + DRAWS))))


def _at_random(keep: npt.NDArray[np.bool_], *, seed: int) -> Iterator[npt.NDArray[np.bool_]]:
    """`DRAWS` times as many items as in `keep`, drawn at random: (n_items,) bool each."""
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield rng.permutation(keep)


def _by_task(runs: Sequence[Run], values: FloatArray, tasks: Sequence[str]) -> FloatArray:
    """(n_tasks, n_tasks) mean over the pairs of runs with a value; diagonal and no pair NaN."""
    of_task = np.array([[task in run.trained for task in tasks] for run in runs], dtype=np.float64)
    known = np.isfinite(values)
    total = of_task.T @ np.where(known, values, 0.0) @ of_task
    n = of_task.T @ known @ of_task
    found = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    np.fill_diagonal(found, np.nan)
    # Summed in two orders, the halves may differ in the last bit.
    return np.asarray((found + found.T) / 2)


def _mean_pair(similarity: FloatArray) -> float:
    """Mean over the unordered pairs of tasks that have a value."""
    upper = similarity[np.triu_indices(len(similarity), k=1)]
    return float(mean_present(upper))


def item_influence_of(study: Study, query: TransferQuery, place: SimilarityQuery) -> ItemInfluence:
    """r and similarity without each group of items."""
    return leave_items_out(
        study,
        pair_matrix(study, query),
        included_tasks(study, query),
        place.of_seeds(query.seeds),
    )


def influence_seconds(study: Study, queries: Sequence[Any], tasks: int) -> float:
    """About what the matrices without each group take on one core; 0 where there are none."""
    index = study.representations
    if index is None or why_no_groups(study):
        return 0.0
    how = next(one for one in queries if isinstance(one, SimilarityQuery))
    layer = default_layer(study, how) if how.layer is None else how.layer
    steps = {run: step for run, at, step in index.files if at == layer}
    models = [run.name for run in study.single_task_models if run.name in steps]
    try:
        n_items, width = representation_shape(index, models[0], layer, steps[models[0]])
    except (IndexError, AtlasError):
        return 0.0  # who computes says what is missing, or cannot be opened
    some = round(len(models) * tasks / len(study.tasks))
    groups = min(MOST_GROUPS, len({group for group in index.groups if group}))
    work = similarity_work(n_items, [width] * some, how.measure)
    matrices = 1 + groups * (1 + DRAWS)
    return matrices * (work / WORK_SECOND + some * _MODEL_S + _MATRIX_S)


ITEM_INFLUENCE = Analysis(
    "item-influence",
    ItemInfluence,
    item_influence_of,
    (INCLUDED, MEASURED),
    costs=CostModel(more=influence_seconds),
)
