"""A sweep: CKA (or Procrustes similarity) of every pair of runs, at every layer and checkpoint."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.errors import AtlasError, ComputationError, Problem, Severity
from core.evaluations import Checkpoint
from core.io import load_representation
from core.io.changes.digest import StudyChangedError, changed_since, states_of
from core.io.representations import CHANGED
from core.numerics.arrays import IntArray
from core.numerics.blockwise import WorkerMismatchError
from core.similarity.measures import Measure, measure_name
from core.similarity.sweep.block_cache import BlockCache, KeyValueStore
from core.similarity.sweep.blocks import (
    Block,
    BlockValues,
    FileKey,
    compute_block,
    content_digest,
    engine_digest,
)
from core.similarity.sweep.cell_accumulator import CellAccumulator
from core.similarity.sweep.plan import (
    Cell,
    blocks_of,
    folder_of,
    group_size,
    place,
    plan_cells,
    stored,
)
from core.similarity.sweep.results import Progress, SweepCancelledError, SweepCell, SweepResult
from core.study import Layer, RepresentationIndex, Study

IN_FLIGHT = 1024
"""Blocks handed to an executor and not yet back: enough for any cluster, little to hold."""

TICK_SECONDS = 0.2

_AGAIN = "store the representation again"
_LEFT_OUT = "its pairs are left out"

_Answer = tuple[BlockValues, tuple[str, ...]]


def sweep(
    study: Study,
    *,
    layers: Sequence[Layer] | None = None,
    checkpoints: Sequence[Checkpoint | Literal["all"]] = ("all", "last"),
    measure: Measure = Measure.CKA,
    debiased: bool = False,
    cache: KeyValueStore | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SweepResult:
    """The similarity of every two runs that have representations, single-task models or not.

    layers None = all. A checkpoint compares runs at that same one, `all` is each there is, `last`
    each run at its own largest. Failed runs are left out. cache None = nothing is kept.

    executor: anything that runs functions elsewhere (a process pool, a Dask client's
    `get_executor(pure=False)`); its workers must find this package and, under the same path, the
    study's files. None = block by block in this thread. In a cell of M runs, workers read each
    representation at most ceil(M / g) times, over all of them together (once where M <= 2g), with
    g = `group_size`: 64 but for wide or large representations; it is read here once more where
    the cache has results of that layer and checkpoint. A worker holds 2g of them.

    What cannot be used (unreadable, not finite, constant) is a problem of the result and NaN; the
    rest goes on. Raises RequestError for a study without representations, a layer or checkpoint
    that is not there, debiased Procrustes; SweepCancelledError soon after `cancelled()` is True;
    ComputationError where workers fail.
    """
    measure_name(measure, debiased=debiased)
    index = stored(study)
    cells, missing = plan_cells(study, layers, checkpoints)
    shelves = BlockCache(cache, index, measure, debiased, engine_digest(measure))
    compared = [cell for cell in cells if len(cell.keys) > 1]
    running = _Sweep(study, index, shelves, compared, measure, debiased, on_progress, cancelled)
    before = states_of(index)
    running.run(_Here() if executor is None else executor)
    running.drop_changed(changed_since(index, before))
    unread = [p for p in study.warnings if p.file.startswith(folder_of(study))]
    return SweepResult(
        measure=measure,
        debiased=debiased,
        cells=running.cells(),
        computed=running.computed,
        kept=running.kept,
        problems=tuple(dict.fromkeys([*unread, *missing, *running.problems])),
    )


class _Here(Executor):
    """Runs what is submitted at once, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as fault:  # handed on by the future, as by any executor
            future.set_exception(fault)
        return future


@dataclass(frozen=True)
class _Sent:
    """A block on its way: its sheet, and the positions in it of its files, left and right."""

    sheet: CellAccumulator
    files: IntArray
    left: IntArray
    right: IntArray


class _Sweep:
    """The state of one sweep; the calling thread alone touches it."""

    def __init__(
        self,
        study: Study,
        index: RepresentationIndex,
        shelves: BlockCache,
        cells: Sequence[Cell],
        measure: Measure,
        debiased: bool,
        on_progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.study, self.index, self.shelves = study, index, shelves
        self.measure, self.debiased = measure, debiased
        self.on_progress, self.cancelled = on_progress, cancelled
        self.engine = engine_digest(measure)
        # Workers count the items and never look at their names.
        self.items = ("",) * len(index.items)
        own = {
            layer: frozenset(c.checkpoint for c in cells if c.layer == layer)
            for layer in {c.layer for c in cells}
        }
        self.sheets = [CellAccumulator(cell, own[cell.layer]) for cell in cells]
        self.pairs = sum(sheet.n_open for sheet in self.sheets)
        self.latest: Cell | None = None
        self.problems: dict[Problem, None] = {}
        self.digests: dict[FileKey, str] = {}
        self.computed = self.kept = 0
        self.started = 0.0
        self.sent: dict[Future[_Answer], _Sent] = {}
        self.landed: queue.SimpleQueue[Future[_Answer]] = queue.SimpleQueue()

    # -- the course of it ----------------------------------------------------------------------

    def run(self, executor: Executor) -> None:
        """Fill all sheets."""
        # Where blocks run in this thread, each is looked at before the next one starts.
        most = 1 if isinstance(executor, _Here) else IN_FLIGHT
        self._report()
        try:
            for sheet in self.sheets:
                self._take_kept(sheet)
                for left, right in blocks_of(sheet.open.copy(), self._group(sheet)):
                    while len(self.sent) >= most:
                        self._wait()
                    self._stop_if_cancelled()
                    self._send(executor, sheet, left, right)
            while self.sent:
                self._wait()
        finally:
            for future in list(self.sent):
                future.cancel()

    def _send(
        self, executor: Executor, sheet: CellAccumulator, left: IntArray, right: IntArray
    ) -> None:
        within = not right.size
        left, right = left[sheet.usable[left]], right[sheet.usable[right]]
        if not within and not (left.size and right.size):
            # The partners were all dropped; what nobody has looked at yet still is, once.
            either = np.concatenate([left, right])
            unseen = [sheet.cell.keys[at] not in self.digests for at in either]
            left, right, within = either[unseen], right[:0], True
        if not left.size:
            return
        files = np.concatenate([left, right])
        keys = tuple(sheet.cell.keys[at] for at in files)
        paths = {key: self.index.files[key] for key in keys}
        known = self.index.contents
        block = Block(
            index=replace(
                self.index,
                files=paths,
                items=self.items,
                groups=(),
                contents={path: known[path] for path in paths.values() if path in known},
            ),
            keys=keys,
            left=tuple(range(len(left))),
            right=tuple(range(len(left), len(files))),
            measure=self.measure,
            debiased=self.debiased,
            engine=self.engine,
        )
        self.started = self.started or time.monotonic()
        try:
            future = executor.submit(compute_block, block)
        except RuntimeError as fault:  # BrokenExecutor is one; so is what a closed one raises
            raise _worker_failed(fault) from fault
        self.sent[future] = _Sent(sheet, files, left, left if within else right)
        future.add_done_callback(self.landed.put)

    def _wait(self) -> None:
        """Take in the next block that comes back."""
        while True:
            self._stop_if_cancelled()
            try:
                future = self.landed.get(timeout=TICK_SECONDS)
            except queue.Empty:
                self._report()
                continue
            self._take(future)
            return

    def _stop_if_cancelled(self) -> None:
        if not self.cancelled():
            return
        while not self.landed.empty():
            future = self.landed.get()
            if not future.cancelled() and future.exception() is None:
                self._take(future)
        raise SweepCancelledError(self._report())

    def _take(self, future: Future[_Answer]) -> None:
        """Enter what a block found in its sheet, and keep it."""
        sent = self.sent.pop(future)
        sheet, cell = sent.sheet, sent.sheet.cell
        self.latest = cell
        # Not raised by result(): a worker's KeyboardInterrupt is none of this process.
        fault = CancelledError() if future.cancelled() else future.exception()
        if isinstance(fault, WorkerMismatchError):
            raise fault
        if isinstance(fault, AtlasError):
            sheet.undecidable(sent.left, sent.right)
            self._problem(f"{folder_of(self.study)}*/layer{cell.layer}", str(fault), _LEFT_OUT)
            self._report()
            return
        if fault is not None:
            raise _worker_failed(fault) from fault
        found, failures = future.result()
        for at, digest, flaw, failure in zip(
            sent.files.tolist(), found.digests, found.flaws, failures, strict=True
        ):
            key = cell.keys[at]
            if failure:
                self._unreadable(sheet, at, failure)
            elif self.digests.setdefault(key, digest) != digest:
                self._drop(sheet, at, CHANGED, "run it again")
            elif flaw:
                self._drop(sheet, at, flaw, _AGAIN)
        self.computed += sheet.decide(sent.files[found.left], sent.files[found.right], found.values)
        if sheet.undecidable(sent.left, sent.right):
            place = f"{folder_of(self.study)}*/layer{cell.layer}"
            self._problem(place, f"undefined pairs at checkpoint {cell.checkpoint}", _LEFT_OUT)
        steps = {cell.keys[at][2] for at in sent.files.tolist()}
        # All of one checkpoint: where a sweep of that checkpoint will look.
        self.shelves.add(cell.layer, steps.pop() if len(steps) == 1 else "last", found)
        self._report()

    # -- what was computed before --------------------------------------------------------------

    def _take_kept(self, sheet: CellAccumulator) -> None:
        """Enter what the cache has of a sheet; the files are read only where it has anything."""
        if not sheet.n_open:
            return
        cell = sheet.cell
        shelves = dict.fromkeys([cell.checkpoint, *sorted({key[2] for key in cell.keys})])
        positions: dict[str, list[int]] | None = None
        for block in chain.from_iterable(self.shelves.read(cell.layer, s) for s in shelves):
            if positions is None:
                positions = self._positions(sheet)
            self.kept += self._enter(sheet, block, positions)
        if positions is not None:
            self.latest = cell
            self._report()

    def _positions(self, sheet: CellAccumulator) -> dict[str, list[int]]:
        """Content -> where the sheet has it."""
        found: dict[str, list[int]] = {}
        for at, key in enumerate(sheet.cell.keys):
            self._stop_if_cancelled()
            if key not in self.digests:
                try:
                    self.digests[key] = content_digest(load_representation(self.index, *key))
                except (ComputationError, StudyChangedError) as fault:
                    self._unreadable(sheet, at, str(fault))
                    continue
            found.setdefault(self.digests[key], []).append(at)
        return found

    def _enter(
        self, sheet: CellAccumulator, block: BlockValues, positions: dict[str, list[int]]
    ) -> int:
        for digest, flaw in zip(block.digests, block.flaws, strict=True):
            for at in positions.get(digest, ()) if flaw else ():
                self._drop(sheet, at, flaw, _AGAIN)

        def places(side: IntArray) -> tuple[IntArray, IntArray]:
            found = [
                (at, i)
                for i, file in enumerate(side.tolist())
                for at in positions.get(block.digests[file], ())
            ]
            at, i = np.array(found, dtype=np.int64).reshape(-1, 2).T
            return at, i

        rows, i = places(block.left)
        columns, j = places(block.right)
        return sheet.decide(rows, columns, block.values[np.ix_(i, j)])

    def drop_changed(self, files: Collection[Path]) -> None:
        """Leave out what was computed from files that are not those of the study any more."""
        told = {problem.file for problem in self.problems}
        for sheet in self.sheets if files else ():
            for at in np.flatnonzero(sheet.usable).tolist():
                key = sheet.cell.keys[at]
                if self.index.files[key] not in files:
                    continue
                if place(self.study, self.index, key) in told:
                    sheet.drop(at)
                else:
                    self._drop(sheet, at, CHANGED, "run it again")

    # -- what is wrong, and how far it is ------------------------------------------------------

    def _unreadable(self, sheet: CellAccumulator, at: int, text: str) -> None:
        """Drop a file that load_representation refuses: `place: found; what to do`."""
        found, _, todo = text.partition(": ")[2].rpartition("; ")
        if "no such file" in found and self.index.files[sheet.cell.keys[at]].exists():
            found = f"{found} on a worker, and here it is"
            todo = "give all workers the study's folder under the same path"
        self._drop(sheet, at, found, todo)

    def _drop(self, sheet: CellAccumulator, at: int, found: str, todo: str) -> None:
        sheet.drop(at)
        self._problem(
            place(self.study, self.index, sheet.cell.keys[at]), found, f"{todo}; {_LEFT_OUT}"
        )

    def _problem(self, file: str, found: str, todo: str) -> None:
        self.problems[Problem(Severity.WARNING, file, "", found, todo)] = None

    def _report(self) -> Progress:
        unfinished = {sheet.cell.layer for sheet in self.sheets if sheet.n_open}
        layers = {sheet.cell.layer for sheet in self.sheets}
        still_open = sum(sheet.n_open for sheet in self.sheets)
        pace = (time.monotonic() - self.started) / self.computed if self.computed else None
        progress = Progress(
            pairs_done=self.pairs - still_open,
            pairs=self.pairs,
            layers_done=len(layers - unfinished),
            layers=len(layers),
            layer=self.latest.layer if self.latest else None,
            checkpoint=self.latest.checkpoint if self.latest else None,
            seconds_left=None if pace is None else pace * still_open,
        )
        self.on_progress(progress)
        return progress

    def cells(self) -> tuple[SweepCell, ...]:
        """The sheets as they were filled, `last` completed from the checkpoints it shares."""
        by_step = {(s.cell.layer, s.cell.checkpoint): s for s in self.sheets}
        for sheet in self.sheets:
            np.fill_diagonal(sheet.values, np.where(sheet.usable, 1.0, np.nan))
            if sheet.cell.checkpoint != "last":
                continue
            for step in {key[2] for key in sheet.cell.keys}:
                if (own := by_step.get((sheet.cell.layer, step))) is not None:
                    here = [at for at, key in enumerate(sheet.cell.keys) if key[2] == step]
                    there = [own.cell.keys.index(sheet.cell.keys[at]) for at in here]
                    sheet.values[np.ix_(here, here)] = own.values[np.ix_(there, there)]
        return tuple(
            SweepCell(s.cell.layer, s.cell.checkpoint, s.cell.runs, s.values) for s in self.sheets
        )

    def _group(self, sheet: CellAccumulator) -> int:
        """Models on one side of a block, from the largest file."""
        sizes = [0]
        for key in sheet.cell.keys:
            with contextlib.suppress(OSError):
                sizes.append(self.index.files[key].stat().st_size)
        return group_size(self.measure, len(self.items), max(sizes))


def _worker_failed(fault: BaseException) -> ComputationError:
    why = str(fault) or type(fault).__name__
    hint = " (often: out of memory)" if isinstance(fault, BrokenExecutor) else ""
    return ComputationError(
        f"a worker failed{hint}: {why}; what was finished is kept, run it again"
    )
