"""Similarity of the single-task models, task by task: CKA from tables or representations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.alignment import cka_matrix
from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import ComputationError, RequestError, listed
from core.loading import load_representation
from core.study import Checkpoint, RepresentationIndex, Study

FINAL = -1
"""Checkpoint of CkaTable rows that came from the summary."""


@dataclass(frozen=True)
class SimilarityMatrix:
    """CKA of the single-task models, task by task, at one layer.

    values: (n_tasks, n_tasks) float64, symmetric, mean over pairs of runs; never of a run with
        itself: the diagonal is one task across seeds. NaN = no pair.
    n:      (n_tasks, n_tasks) int64, pairs of runs behind each value
    seeds:  those of the runs in the pairs
    floor:  the plain CKA independent noise of this shape would have, None = shape unknown
    origin: `table` or `representations`
    left_out: runs whose representation cannot be used, each with the reason
    """

    values: FloatArray
    n: IntArray
    tasks: tuple[str, ...]
    layer: int
    checkpoint: Checkpoint
    seeds: tuple[int, ...]
    origin: str
    floor: float | None = None
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        size = (len(self.tasks), len(self.tasks))
        if self.values.shape != size or self.n.shape != size:
            raise ValueError(f"values {self.values.shape}, n {self.n.shape}, labels {size}")

    def of(self, tasks: Sequence[str]) -> FloatArray:
        """(len(tasks), len(tasks)) values in the order of these task names, NaN where unknown."""
        position = {name: i for i, name in enumerate(self.tasks)}
        at = np.array([position.get(name, -1) for name in tasks], dtype=np.int64)
        known = at >= 0
        return np.asarray(np.where(known[:, None] & known, self.values[np.ix_(at, at)], np.nan))

    def without_tasks(self, tasks: Iterable[str]) -> SimilarityMatrix:
        """The same with these tasks left out."""
        gone = frozenset(tasks)
        keep = [i for i, task in enumerate(self.tasks) if task not in gone]
        return replace(
            self,
            tasks=tuple(self.tasks[i] for i in keep),
            values=self.values[np.ix_(keep, keep)],
            n=self.n[np.ix_(keep, keep)],
        )


def noise_floor(n_items: int, p: int, q: int) -> float:
    """The plain linear CKA two independent noise representations have, about √(pq/((n+p)(n+q)))."""
    return float(np.sqrt(p * q / ((n_items + p) * (n_items + q))))


def similarity_layers(study: Study) -> tuple[int, ...]:
    """Layers at which the study has any CKA of single-task models, ascending."""
    found: set[int] = set()
    if study.cka is not None:
        found |= {int(layer) for layer in study.cka.layer[_between_models(study)]}
    if study.representations is not None and not found:
        found |= set(study.representations.layers)
    return tuple(sorted(found))


def similarity_checkpoints(study: Study, layer: int) -> tuple[int, ...]:
    """Checkpoints at which a layer has CKA beside the last, ascending."""
    if study.cka is not None and (at := _between_models(study) & (study.cka.layer == layer)).any():
        return tuple(int(c) for c in np.unique(study.cka.checkpoint[at]) if c != FINAL)
    return study.representations.checkpoints(layer) if study.representations else ()


def compared_sizes(study: Study) -> tuple[int, ...]:
    """How many tasks the base models that can be compared were trained on: of 1, 2 and 3."""
    with_cka: set[int] = set()
    if study.cka is not None:
        with_cka = {int(run) for run in np.unique([study.cka.first, study.cka.second])}
    if study.representations is not None:
        with_cka |= {study.run_index[run] for run, _, _ in study.representations.files}
    runs = [study.runs[at] for at in with_cka]
    return tuple(sorted({len(run.trained) for run in runs if run.is_base} & {1, 2, 3}))


def default_layer(study: Study) -> int:
    """The manifest's default layer, else the deepest there is.

    Raises RequestError where the study has no CKA.
    """
    layers = similarity_layers(study)
    if not layers:
        raise RequestError(
            "this study has no CKA of single-task models: add [cka] to study.toml"
            " with a summary, checkpoints or representations"
        )
    return study.default_layer if study.default_layer in layers else layers[-1]


def similarity_matrix(
    study: Study,
    *,
    layer: int | None = None,
    checkpoint: Checkpoint = "last",
    seeds: Iterable[int] | None = None,
) -> SimilarityMatrix:
    """CKA of the study's single-task models, mean over the pairs of runs that exist.

    layer: None = the default one. seeds: both runs of a pair are of one of these; where there is
    no CKA of those seeds, all there is (the result's `seeds` say which). The study's tables come
    first; without any it is computed from the representations.

    Raises RequestError for a layer or checkpoint that is not there, ComputationError for a
    representation that cannot be used.
    """
    at_layer = default_layer(study) if layer is None else layer
    layers = similarity_layers(study)
    if at_layer not in layers:
        raise RequestError(f"no CKA at layer {at_layer}; there are layers {listed(layers)}")
    steps = similarity_checkpoints(study, at_layer)
    if checkpoint != "last" and checkpoint not in steps:
        raise RequestError(
            f"no CKA at checkpoint {checkpoint} of layer {at_layer}; there are {listed(steps)}"
        )
    floor = _floor(study.representations, at_layer) if study.representations else None
    if study.cka is not None and at_layer in set(study.cka.layer[_between_models(study)].tolist()):
        first, second, value = _pairs_from_table(study, at_layer, checkpoint)
        origin, left_out = "table", tuple[str, ...]()
    else:
        (first, second, value), left_out = _pairs_from_representations(study, at_layer, checkpoint)
        origin = "representations"
    first, second, value = _restricted(study, first, second, value, seeds)
    matrix = _by_task(study, first, second, value, at_layer, checkpoint, origin, floor)
    return replace(matrix, left_out=left_out)


def _between_models(study: Study) -> BoolArray:
    """(N,) bool: the rows of the CKA table between two single-task models."""
    if study.cka is None:
        return np.zeros(0, dtype=bool)
    models = [study.run_index[run.name] for run in study.single_task_models]
    return np.isin(study.cka.first, models) & np.isin(study.cka.second, models)


_Pairs = tuple[IntArray, IntArray, FloatArray]


def _pairs_from_table(study: Study, layer: int, checkpoint: Checkpoint) -> _Pairs:
    table = study.cka
    assert table is not None  # noqa: S101  (the caller looked)
    chosen = np.flatnonzero(_between_models(study) & (table.layer == layer))
    if checkpoint != "last":
        chosen = chosen[table.checkpoint[chosen] == checkpoint]
        return table.first[chosen], table.second[chosen], table.value[chosen]
    # The summary's value of a pair, else its largest checkpoint: sort so that it comes last.
    step = table.checkpoint[chosen]
    rank = np.where(step == FINAL, np.iinfo(np.int64).max, step)
    chosen = chosen[np.lexsort((rank, table.second[chosen], table.first[chosen]))]
    pair = np.stack([table.first[chosen], table.second[chosen]], axis=1)
    is_last = np.append(np.any(pair[1:] != pair[:-1], axis=1), True)[: len(chosen)]
    chosen = chosen[is_last]
    return table.first[chosen], table.second[chosen], table.value[chosen]


def _pairs_from_representations(
    study: Study, layer: int, checkpoint: Checkpoint
) -> tuple[_Pairs, tuple[str, ...]]:
    """All pairs of models whose representation can be used, and why the others cannot."""
    index = study.representations
    assert index is not None  # noqa: S101  (the caller looked)
    runs, arrays, left_out = [], [], []
    for run in study.single_task_models:
        step = index.last(run.name, layer) if checkpoint == "last" else checkpoint
        if step is None or (run.name, layer, step) not in index.files:
            continue
        try:
            array = np.asarray(load_representation(index, run.name, layer, step))
        except ComputationError as flaw:
            left_out.append(f"{run.name}: {flaw}")
            continue
        if not np.isfinite(array).all():
            left_out.append(f"{run.name}: values that are not finite at checkpoint {step}")
            continue
        runs.append(study.run_index[run.name])
        arrays.append(array)
    if len(arrays) < 2:
        empty = np.zeros(0, dtype=np.int64)
        return (empty, empty, np.zeros(0)), tuple(left_out)
    values = cka_matrix(arrays)
    upper = np.triu_indices(len(runs), k=1)
    at = np.array(runs, dtype=np.int64)
    return (at[upper[0]], at[upper[1]], values[upper]), tuple(left_out)


def _floor(index: RepresentationIndex, layer: int) -> float | None:
    """Noise floor at the mean feature count of a layer's files; None without a readable one."""
    for run, at, step in index.files:
        if at == layer:
            try:
                items, features = load_representation(index, run, at, step).shape
            except ComputationError:
                continue
            return noise_floor(items, features, features)
    return None


def _restricted(
    study: Study, first: IntArray, second: IntArray, value: FloatArray, seeds: Iterable[int] | None
) -> _Pairs:
    """Pairs of these seeds with a value; all pairs with a value where none is of these seeds."""
    there = np.isfinite(value)
    if seeds is not None:
        wanted = list(seeds)
        seed_of = np.array([run.seed for run in study.runs], dtype=np.int64)
        of_seeds = there & np.isin(seed_of[first], wanted) & np.isin(seed_of[second], wanted)
        # Between two tasks, not merely within one: otherwise there is nothing to associate.
        trained = np.array([study.task_index[run.trained[0]] for run in study.runs])
        if (of_seeds & (trained[first] != trained[second])).any():
            there = of_seeds
    return first[there], second[there], value[there]


def _by_task(
    study: Study,
    first: IntArray,
    second: IntArray,
    value: FloatArray,
    layer: int,
    checkpoint: Checkpoint,
    origin: str,
    floor: float | None,
) -> SimilarityMatrix:
    task_of = np.array([study.task_index[run.trained[0]] for run in study.runs], dtype=np.int64)
    size = len(study.tasks)
    total, n = np.zeros((size, size)), np.zeros((size, size), dtype=np.int64)
    a, b = task_of[first], task_of[second]
    for rows, columns in ((a, b), (b, a)):
        # A pair within one task stands on the diagonal: once, not once for each order.
        once = slice(None) if rows is a else rows != columns
        np.add.at(total, (rows[once], columns[once]), value[once])
        np.add.at(n, (rows[once], columns[once]), 1)
    # Summed in two orders, the halves may differ in the last bit; CKA is symmetric.
    total = (total + total.T) / 2
    values = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    has_model = {study.task_index[run.trained[0]] for run in study.single_task_models}
    keep = [i for i in range(size) if i in has_model]
    used = sorted({study.runs[int(i)].seed for i in np.concatenate([first, second])})
    return SimilarityMatrix(
        values=values[np.ix_(keep, keep)],
        n=n[np.ix_(keep, keep)],
        tasks=tuple(study.tasks[i].name for i in keep),
        layer=layer,
        checkpoint=checkpoint,
        seeds=tuple(used),
        origin=origin,
        floor=floor,
    )
