"""What a sweep computes: its cells, the pairs in them, and how pairs are cut into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import Problem, RequestError, Severity, listed
from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, IntArray
from core.similarity.measures import WORK_SECOND, Measure, similarity_work
from core.similarity.run_similarity import last_of, unusable_files
from core.similarity.sweep.blocks import FileKey
from core.study import Layer, RepresentationIndex, Study, layers_in_order

GROUP_MODELS = 64
"""Models on one side of a block, at most."""

GROUP_BYTES = 288 * 2**20
"""Bytes of files on one side of a block, at most, unless one file is larger."""

BLOCK_WORK = 8e11
"""Multiplications of a block, about: some ten seconds of one core, lost where it is stopped."""

READ_SECOND = 5e8
"""Bytes of files that are read, checked and centred in a second, about."""

FILE_SECONDS = 3e-4
"""What one more file costs, however small."""


@dataclass(frozen=True)
class Cell:
    """The runs a layer and checkpoint has, in the study's order; `last` is each run's own last.

    A run whose last file cannot be used has none.
    """

    layer: Layer
    checkpoint: Checkpoint
    keys: tuple[FileKey, ...]

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs."""
        return tuple(run for run, _, _ in self.keys)


def stored(study: Study) -> RepresentationIndex:
    """The study's representations. Raises RequestError where it has none."""
    if study.representations is None or not study.representations.files:
        raise RequestError(
            "this study has no representations: give study.toml a section [cka] with"
            ' representations = "representations", and the folder the files it can use'
        )
    return study.representations


def plan_cells(
    study: Study,
    layers: Sequence[Layer] | None,
    checkpoints: Sequence[Checkpoint | Literal["all"]],
) -> tuple[tuple[Cell, ...], tuple[Problem, ...]]:
    """Cells by layer and checkpoint, `last` at the end of a layer, and what is missing for them.

    layers None = all. Failed runs are left out. Raises RequestError for a layer or checkpoint
    that no run has.
    """
    index = stored(study)
    chosen = index.layers if layers is None else layers_in_order(layers, index.order)
    for layer in chosen:
        if layer not in index.layers:
            raise RequestError(
                f"no representations at layer {layer}; there are layers {listed(index.layers)}"
            )
    steps_of = _steps(study, index)
    _check_steps(index, chosen, checkpoints)
    cells: list[Cell] = []
    problems = list(_failed(study, index))
    for layer in chosen:
        there = {run: steps for (run, at), steps in steps_of.items() if at == layer}
        wanted = {step for steps in there.values() for step in steps}
        if "all" not in checkpoints:
            wanted &= set(checkpoints)
        for step in sorted(wanted):
            keys = tuple((run, layer, step) for run, steps in there.items() if step in steps)
            cells.append(Cell(layer, step, keys))
        if "last" in checkpoints:
            unusable = unusable_files(study, layer)
            lasts = {run: last_of(steps, unusable.get(run, ())) for run, steps in there.items()}
            keys = tuple((run, layer, step) for run, step in lasts.items() if step in there[run])
            cells.append(Cell(layer, "last", keys))
        problems += _missing(study, layer, there, wanted, {run for run, _ in steps_of})
    return tuple(cells), tuple(problems)


def folder_of(study: Study) -> str:
    """The folder of representations as problems name it, with a closing /; may be empty."""
    name = stored(study).folder.relative_to(study.folder).as_posix()
    return "" if name == "." else f"{name}/"


def place(study: Study, index: RepresentationIndex, key: FileKey) -> str:
    """A file as problems name it: below the study's folder."""
    path = index.files[key]
    return str(path.relative_to(study.folder) if path.is_relative_to(study.folder) else path)


def group_size(measure: Measure, n_items: int, largest: int) -> int:
    """Models on one side of a block, 1 to 64, for files of at most `largest` bytes.

    Many models share the reading and, for CKA, the Gram matrices; work, memory and what an
    interruption loses stay bounded.
    """
    group = GROUP_MODELS
    features = max(1.0, largest / (4 * max(n_items, 1)))
    widths = [round(features)] * 2 * group
    while group > 1 and (
        group * largest > GROUP_BYTES
        or similarity_work(n_items, widths[: 2 * group], measure) > BLOCK_WORK
    ):
        group //= 2
    return group


def seconds_of(measure: Measure, models: int, n_items: int, largest: int) -> float:
    """How long all pairs of some models take on one core, about; files of `largest` bytes."""
    features = max(1.0, largest / (4 * max(n_items, 1)))
    return (
        similarity_work(n_items, [round(features)] * models, measure) / WORK_SECOND
        + models * largest / READ_SECOND
        + models * FILE_SECONDS
    )


def blocks_of(open_pairs: BoolArray, group: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Blocks that together hold every open pair once: positions (left, right), right may be empty.

    open_pairs: (m, m) bool, symmetric, True = to compute; group: models on one side, at least 1.
    Pairs within `left` where `right` is empty, else left x right, which have none in common.

    Models are cut into k = ceil(m / group) groups. Two neighbouring groups make one block of all
    their pairs, any other two groups one of the pairs between them; where few pairs are open, the
    block holds only models with open pairs. Where all pairs are open, a model is in one block where
    k < 3, else in at most k: so often it is read, over all workers together.
    """
    size = len(open_pairs)
    k = -(-size // group)
    groups = np.array_split(np.arange(size), max(k, 1))
    halls = [np.concatenate(groups[at : at + 2]) for at in range(0, len(groups), 2)]
    for hall in halls:
        yield from _within(open_pairs, hall)
    for i, one in enumerate(groups):
        for other in groups[i // 2 * 2 + 2 :]:
            yield from _between(open_pairs, one, other)


def _within(open_pairs: BoolArray, hall: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    part = open_pairs[np.ix_(hall, hall)]
    members = np.flatnonzero(part.any(axis=1))
    if not members.size:
        return
    # The fewest models that all open pairs have to do with, found greedily: the new ones.
    rest, new = part.copy(), []
    while rest.any():
        most = int(rest.sum(axis=1).argmax())
        new.append(most)
        rest[most] = rest[:, most] = False
    if 2 * len(new) > len(members):
        yield hall[members], np.zeros(0, dtype=np.int64)
        return
    fresh = np.sort(np.array(new, dtype=np.int64))
    if part[np.ix_(fresh, fresh)].any():
        yield hall[fresh], np.zeros(0, dtype=np.int64)
    yield from _between(open_pairs, hall[fresh], hall[np.setdiff1d(members, fresh)])


def _between(
    open_pairs: BoolArray, one: IntArray, other: IntArray
) -> Iterator[tuple[IntArray, IntArray]]:
    """One block for all models of `one` that have the same open pairs with `other`."""
    part = open_pairs[np.ix_(one, other)]
    if part.shape[0] > part.shape[1]:
        one, other, part = other, one, part.T
    patterns, which = np.unique(part, axis=0, return_inverse=True)
    for at, pattern in enumerate(patterns):
        if pattern.any():
            yield one[which == at], other[pattern]


def _steps(study: Study, index: RepresentationIndex) -> dict[tuple[str, Layer], set[int]]:
    """(run, layer) -> its checkpoints, in the study's order of runs."""
    found: dict[tuple[str, Layer], set[int]] = {}
    usable = {run.name for run in study.runs if not run.failed}
    for run, layer, step in sorted(index.files, key=lambda key: study.run_index[key[0]]):
        if run in usable:
            found.setdefault((run, layer), set()).add(step)
    return found


def _check_steps(
    index: RepresentationIndex,
    layers: Sequence[Layer],
    checkpoints: Sequence[Checkpoint | Literal["all"]],
) -> None:
    known = {step for layer in layers for step in index.checkpoints(layer)}
    for asked in checkpoints:
        if asked not in ("all", "last") and asked not in known:
            raise RequestError(
                f"no representations at checkpoint {asked}; there are {listed(sorted(known))}"
            )


def _failed(study: Study, index: RepresentationIndex) -> Iterator[Problem]:
    stored_runs = {run for run, _, _ in index.files}
    for run in study.runs:
        if run.failed and run.name in stored_runs:
            yield Problem(
                Severity.WARNING,
                "runs.csv",
                f"run {run.name!r}",
                "a failed run",
                "its representations are left out",
            )


def _missing(
    study: Study,
    layer: Layer,
    there: dict[str, set[int]],
    wanted: set[int],
    runs: set[str],
) -> Iterator[Problem]:
    """What runs lack that others have, but for files that were already named as unusable."""
    named = {problem.file for problem in study.warnings}
    named_folder = stored(study).folder_of(layer)
    for run in sorted(runs, key=study.run_index.__getitem__):
        folder = f"{folder_of(study)}{run}/{named_folder}"
        lacking = sorted(
            step
            for step in wanted - there.get(run, set())
            if not any(name.startswith(f"{folder}/checkpoint-{step}.") for name in named)
        )
        if run not in there and not any(name.startswith(f"{folder}/") for name in named):
            found = f"run {run!r} has no representation at this layer"
        elif lacking and run in there:
            found = f"run {run!r} has no checkpoint {listed(lacking)}, which others have"
        else:
            continue
        yield Problem(
            Severity.WARNING, folder, "", found, "store it; pairs without it are left out"
        )
