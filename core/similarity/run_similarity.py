"""Similarity of pairs of runs: from the study's tables, else computed from representations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import ComputationError
from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.similarity.measures import measure_name, measure_options
from core.similarity.query import SimilarityQuery
from core.similarity.store import SimilarityStore, StoredSimilarity
from core.study import FINAL, Layer, RepresentationIndex, Study, layers_in_order

NOT_FINITE = "values that are not finite"
CONSTANT = "the same values for every item"
NO_DEBIASED = "no debiased CKA: constant, fewer than 4 items, or all of them equally far apart"


@dataclass(frozen=True)
class SkippedRun:
    """A run that cannot be compared, and why."""

    run: str
    reason: str

    def __str__(self) -> str:
        return f"{self.run}: {self.reason}"


@dataclass(frozen=True)
class RunPairs:
    """Similarity of pairs of runs at one layer and checkpoint; never of a run with itself.

    first, second: (N,) int64, indices into Study.runs, each unordered pair at most once
    value:    (N,) float64, all finite
    floor:    (N,) float64, `noise_floor` of the two runs' shapes; NaN = unknown, or the measure is
        not plain CKA
    origin:   `table` or `representations`
    left_out: runs without any value, each with the reason
    """

    first: IntArray
    second: IntArray
    value: FloatArray
    floor: FloatArray
    origin: str
    left_out: tuple[SkippedRun, ...] = ()

    def only(self, which: BoolArray) -> RunPairs:
        """The pairs at which `which` is True, (N,) bool."""
        return replace(
            self,
            first=self.first[which],
            second=self.second[which],
            value=self.value[which],
            floor=self.floor[which],
        )


def noise_floor(n_items: Any, p: Any, q: Any) -> Any:
    """The plain linear CKA that independent noise of these shapes has: √(pq / ((n+p)(n+q))).

    Of matrices n_items x p and n_items x q: numbers, or arrays of one shape, which the answer has
    then; range 0 to 1, NaN where a size is. Source: docs/methods.md, "CKA from representations".
    """
    return np.sqrt(p * q / ((n_items + p) * (n_items + q)))


def pair_layers(study: Study, runs: Iterable[int], query: SimilarityQuery) -> tuple[Layer, ...]:
    """Layers at which any of these runs (indices) can be compared, in their order."""
    wanted = list(runs)
    found = set(_stored(study, wanted))
    if study.cka is not None and query.is_plain:
        between = _between(study, wanted)
        found |= {n for n in study.cka.layers if (between & study.cka.at_layer(n)).any()}
    return layers_in_order(found, study.layer_order)


def pair_checkpoints(study: Study, runs: Iterable[int], query: SimilarityQuery) -> tuple[int, ...]:
    """Checkpoints of the query's layer at which any of these runs can be compared, ascending."""
    layer, _ = query.place
    wanted = list(runs)
    found = {step for steps in _stored(study, wanted).get(layer, {}).values() for step in steps}
    if study.cka is not None and query.is_plain:
        at = _between(study, wanted) & study.cka.at_layer(layer) & (study.cka.checkpoint != FINAL)
        found |= {int(step) for step in np.unique(study.cka.checkpoint[at])}
    return tuple(sorted(found))


def runs_compared(study: Study, runs: Iterable[int], query: SimilarityQuery) -> IntArray:
    """(k,) int64: which of these runs `run_pairs` can compare at the place, by what is there.

    Values and files are not looked at: a run whose file is damaged is among them.
    """
    layer, checkpoint = query.place
    wanted = list(runs)
    if study.cka is not None and query.is_plain:
        rows = _rows(study, wanted, layer, checkpoint)
        if rows.size:
            breathe()
            return np.union1d(study.cka.first[rows], study.cka.second[rows])
    stored = _stored(study, wanted).get(layer, {})
    there = [name for name, steps in stored.items() if checkpoint == "last" or checkpoint in steps]
    return np.array([study.run_index[name] for name in there], dtype=np.int64)


def run_pairs(
    study: Study,
    runs: Sequence[int],
    query: SimilarityQuery,
    *,
    stored: SimilarityStore | None = None,
    counting: Collection[int] | None = None,
) -> RunPairs:
    """Similarity of all pairs of these runs (indices) that have one.

    The study's tables come first where they have plain CKA of any of these pairs at this layer
    and checkpoint; else it is computed from the representations. `last` is the tables' summary,
    without one a pair's largest checkpoint; of representations each run's own last, and where
    that cannot be used the run is left out: an earlier checkpoint never stands in.

    query: its layer is named; its seeds and number of tasks are those of `runs` already. stored:
    where sweeps left values that need not be computed again. counting: of representations only
    these of the runs are compared; None = all.

    A run that cannot be compared is in `left_out`, the rest goes on. Raises RequestError for
    debiased Procrustes.
    """
    measure_name(query.measure, debiased=query.debiased)
    wanted = sorted(set(runs))
    if study.cka is not None and query.is_plain:
        layer, checkpoint = query.place
        chosen = _rows(study, wanted, layer, checkpoint)
        if chosen.size:
            return _from_table(study, wanted, layer, checkpoint, chosen)
    if counting is not None:
        wanted = [run for run in wanted if run in counting]
    return _from_representations(study, wanted, query, stored)


# -- tables ------------------------------------------------------------------------------------


def _between(study: Study, runs: Sequence[int]) -> BoolArray:
    """(N,) bool: the rows of the CKA table between two of these runs."""
    if study.cka is None:
        return np.zeros(0, dtype=bool)
    wanted = np.zeros(len(study.runs), dtype=bool)
    wanted[list(runs)] = True
    return np.asarray(wanted[study.cka.first] & wanted[study.cka.second])


def _rows(study: Study, runs: Sequence[int], layer: Layer, checkpoint: Checkpoint) -> IntArray:
    """Rows of the CKA table, one a pair."""
    table = study.cka
    assert table is not None  # noqa: S101  (the caller looked)
    chosen = np.flatnonzero(_between(study, runs) & table.at_layer(layer))
    if checkpoint != "last":
        return np.asarray(chosen[table.checkpoint[chosen] == checkpoint])
    key = table.first[chosen] * len(study.runs) + table.second[chosen]
    if (key[1:] > key[:-1]).all():
        return chosen  # once each and in order, as tables of many pairs are
    # The summary's value of a pair, else its largest checkpoint: sort so that it comes last.
    step = table.checkpoint[chosen]
    rank = np.where(step == FINAL, np.iinfo(np.int64).max, step)
    chosen = chosen[np.lexsort((rank, table.second[chosen], table.first[chosen]))]
    pair = np.stack([table.first[chosen], table.second[chosen]], axis=1)
    is_last = np.append(np.any(pair[1:] != pair[:-1], axis=1), True)[: len(chosen)]
    return np.asarray(chosen[is_last])


def _from_table(
    study: Study, runs: Sequence[int], layer: Layer, checkpoint: Checkpoint, rows: IntArray
) -> RunPairs:
    table = study.cka
    assert table is not None  # noqa: S101  (the caller looked)
    rows = rows[np.isfinite(table.value[rows])]
    first, second = table.first[rows], table.second[rows]
    known = np.zeros(len(study.runs), dtype=bool)
    known[first], known[second] = True, True
    at = "" if checkpoint == "last" else f"checkpoint {checkpoint} of "
    shapes = _shapes(study, runs, layer)
    return RunPairs(
        first=first,
        second=second,
        value=table.value[rows],
        floor=_floors(study, shapes, first, second),
        origin="table",
        left_out=tuple(
            SkippedRun(study.runs[run].name, f"no CKA at {at}layer {layer} in the tables")
            for run in runs
            if not known[run]
        ),
    )


# -- representations ---------------------------------------------------------------------------


def _from_representations(
    study: Study, runs: Sequence[int], query: SimilarityQuery, store: SimilarityStore | None
) -> RunPairs:
    layer, checkpoint = query.place
    stored, unusable = _stored(study, runs).get(layer, {}), unusable_files(study, layer)
    left_out: list[SkippedRun] = []
    steps: dict[int, int] = {}
    for run in runs:
        name = study.runs[run].name
        step = _step(name, layer, checkpoint, stored.get(name, set()), unusable.get(name, {}))
        if isinstance(step, SkippedRun):
            left_out.append(step)
        else:
            steps[run] = step
    swept = None
    if store is not None and len(steps) > 1:
        swept = store.find([study.runs[run].name for run in steps], query)
    if swept is None:
        usable, values, shapes, flaws = _computed(study, steps, query)
    else:
        usable, values, flaws = _swept(study, list(steps), swept)
        shapes = _shapes(study, usable, layer)
    left_out += flaws
    rows, columns = np.nonzero(np.triu(np.isfinite(values), k=1))
    position = np.array(usable, dtype=np.int64)
    first, second = position[rows], position[columns]
    return RunPairs(
        first=first,
        second=second,
        value=values[rows, columns],
        floor=_floors(study, shapes if query.is_plain else {}, first, second),
        origin="representations",
        left_out=tuple(sorted(left_out, key=lambda lacking: study.run_index[lacking.run])),
    )


def _step(
    run: str, layer: Layer, checkpoint: Checkpoint, stored: set[int], unusable: Mapping[int, str]
) -> int | SkippedRun:
    """Which checkpoint of a run is meant, or why it has none."""
    step = last_of(stored, unusable) if checkpoint == "last" else checkpoint
    at = f"layer {layer}" if step is None or not stored else f"checkpoint {step} of layer {layer}"
    if step is not None and step in unusable:
        return SkippedRun(run, f"{unusable[step]} at checkpoint {step} of layer {layer}")
    if step is None or step not in stored:
        return SkippedRun(run, f"no representation at {at}")
    return step


_Shapes = dict[int, tuple[int, ...]]


def _computed(
    study: Study, steps: Mapping[int, int], query: SimilarityQuery
) -> tuple[list[int], FloatArray, _Shapes, list[SkippedRun]]:
    """Runs, (n, n) values of their pairs and shapes, from the files; and the runs without."""
    from core.io import load_representation

    index, (layer, _) = study.representations, query.place
    if index is None:
        return [], np.zeros((0, 0)), {}, []
    usable, arrays, left_out = [], [], []
    for run, step in steps.items():
        name = study.runs[run].name
        try:
            array = np.asarray(load_representation(index, name, layer, step))
        except ComputationError as flaw:
            left_out.append(SkippedRun(name, str(flaw)))
            continue
        if not np.isfinite(array).all():
            at = f"checkpoint {step} of layer {layer}"
            left_out.append(SkippedRun(name, f"{NOT_FINITE} at {at}"))
            continue
        usable.append(run)
        arrays.append(array)
    options = measure_options(query.measure, debiased=query.debiased)
    values = query.measure.kind.matrix(arrays, **options)
    for at_run in np.flatnonzero(np.isnan(np.diag(values))).tolist():
        reason = NO_DEBIASED if query.debiased else CONSTANT
        left_out.append(SkippedRun(study.runs[usable[at_run]].name, reason))
    shapes = {run: array.shape for run, array in zip(usable, arrays, strict=True)}
    return usable, values, shapes, left_out


def _swept(
    study: Study, runs: Sequence[int], cell: StoredSimilarity
) -> tuple[list[int], FloatArray, list[SkippedRun]]:
    """Runs and (n, n) values of their pairs, as a sweep found them; and the runs without."""
    position = {name: at for at, name in enumerate(cell.runs)}
    usable, left_out = [], []
    for run in runs:
        name = study.runs[run].name
        flaw = cell.flaws[position[name]]
        if flaw:
            left_out.append(SkippedRun(name, flaw))
        else:
            usable.append(run)
    at = [position[study.runs[run].name] for run in usable]
    return usable, cell.values[np.ix_(at, at)], left_out


def checkpoint_meant(
    index: RepresentationIndex,
    unusable: Mapping[str, Mapping[int, str]],
    run: str,
    place: tuple[Layer, Checkpoint],
) -> int | None:
    """Which checkpoint of a run is asked for, there or not; None where `last` finds none at all."""
    layer, checkpoint = place
    if checkpoint != "last":
        return checkpoint
    stored = index.last(run, layer)
    return last_of(() if stored is None else (stored,), unusable.get(run, ()))


def last_of(stored: Iterable[int], unusable: Iterable[int]) -> int | None:
    """The last checkpoint. An unusable one counts: an earlier one never stands in for it."""
    return max((*stored, *unusable), default=None)


def unusable_files(study: Study, layer: Layer) -> dict[str, dict[int, str]]:
    """Run name -> checkpoint -> what is wrong with the only file there is of it at this layer."""
    index = study.representations
    if index is None or not index.folder.is_relative_to(study.folder):
        return {}
    depth = len(index.folder.relative_to(study.folder).parts)
    found: dict[str, dict[int, str]] = {}
    own = index.folder_of(layer)
    for problem in study.warnings:
        run, folder, file = (*problem.file.split("/")[depth:], "", "", "")[:3]
        step = file.removeprefix("checkpoint-").split(".")[0]
        named = folder == own and step.isdecimal()
        if named and (run, layer, int(step)) not in index.files:
            found.setdefault(run, {})[int(step)] = problem.found
    return found


def _stored(study: Study, runs: Iterable[int]) -> dict[Layer, dict[str, set[int]]]:
    """layer -> run name -> checkpoints with a usable file."""
    names = {study.runs[run].name for run in runs}
    found: dict[Layer, dict[str, set[int]]] = {}
    for run, layer, step in study.representations.files if study.representations else ():
        if run in names:
            found.setdefault(layer, {}).setdefault(run, set()).add(step)
    return found


# -- the noise floor ---------------------------------------------------------------------------


def _shapes(study: Study, runs: Iterable[int], layer: Layer) -> dict[int, tuple[int, ...]]:
    """Run -> (n_items, n_features) of its representation at a layer, where there is one."""
    index = study.representations
    if index is None:
        return {}
    steps_of = _stored(study, runs).get(layer, {})
    found = {run: _shape(index, run, layer, steps) for run, steps in steps_of.items()}
    return {study.run_index[run]: shape for run, shape in found.items() if shape is not None}


def _shape(
    index: RepresentationIndex, run: str, layer: Layer, steps: Iterable[int]
) -> tuple[int, ...] | None:
    """A run has as many features at every checkpoint: the first file that can be opened tells."""
    from core.io import representation_shape

    for step in sorted(steps, reverse=True):
        try:
            return representation_shape(index, run, layer, step)
        except ComputationError:
            continue
    return None


def _floors(
    study: Study, shapes: Mapping[int, tuple[int, ...]], first: IntArray, second: IntArray
) -> FloatArray:
    if not shapes:
        return np.full(len(first), np.nan)
    size = np.full((len(study.runs), 2), np.nan)
    for run, shape in shapes.items():
        size[run] = shape
    n, p, q = size[first, 0], size[first, 1], size[second, 1]
    return np.asarray(noise_floor(n, p, q), dtype=np.float64)
