"""Sweeps: the same numbers as the engine, each pair computed once, ever."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cache.result_cache import ResultCache
from core.errors import ComputationError, RequestError
from core.io import load_representation, open_study
from core.numerics import program
from core.numerics.blockwise import WorkerMismatchError
from core.similarity.cka import cka_matrix
from core.similarity.procrustes import procrustes_matrix
from core.similarity.sweep import (
    Measure,
    SweepCancelledError,
    SweepCell,
    blocks,
    plan,
    runner,
    sweep,
)
from core.similarity.sweep.blocks import Block, compute_block, engine_digest
from core.similarity.sweep.plan import blocks_of, group_size
from tests.core.sweeps import ITEMS, add_run, save, write_sweep_study


@pytest.fixture
def small_blocks(monkeypatch):
    """Two models on a side, so that five runs make several blocks."""
    monkeypatch.setattr(plan, "GROUP_MODELS", 2)


def cell_of(result, layer, checkpoint) -> SweepCell:
    (found,) = (c for c in result.cells if (c.layer, c.checkpoint) == (layer, checkpoint))
    return found


def assert_same(one, other):
    assert [c.runs for c in one.cells] == [c.runs for c in other.cells]
    for a, b in zip(one.cells, other.cells, strict=True):
        np.testing.assert_allclose(a.values, b.values, rtol=0, atol=2e-6)


def messages(result):
    return [str(problem) for problem in result.problems]


# -- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "debiased", "engine"),
    [
        (Measure.CKA, False, cka_matrix),
        (Measure.CKA, True, lambda x: cka_matrix(x, debiased=True)),
        (Measure.PROCRUSTES, False, procrustes_matrix),
    ],
)
def test_a_sweep_is_the_matrix_of_every_layer_and_checkpoint(
    files, measure, debiased, engine, small_blocks
):
    study = open_study(files.folder)
    result = sweep(study, measure=measure, debiased=debiased)
    cells = [(1, 10), (1, 20), (1, "last"), (2, 10), (2, 20), (2, "last")]
    assert [(c.layer, c.checkpoint) for c in result.cells] == cells
    assert result.problems == ()
    for cell in result.cells:
        assert cell.runs == tuple(f"r{i}" for i in range(5))
        step = 20 if cell.checkpoint == "last" else cell.checkpoint
        index = study.representations
        arrays = [load_representation(index, run, cell.layer, step) for run in cell.runs]
        np.testing.assert_allclose(cell.values, engine(arrays), rtol=0, atol=2e-6)
    # `last` is checkpoint 20 of every run: shared, not computed again.
    assert (result.computed, result.kept, result.pairs) == (40, 0, 60)


def test_last_is_each_runs_own_largest_checkpoint(files):
    for layer in (1, 2):
        files.remove(f"representations/r3/layer{layer}/checkpoint-20.npy")
    study = open_study(files.folder)
    result = sweep(study, layers=[2])
    index, steps = study.representations, [20, 20, 20, 10, 20]
    arrays = [load_representation(index, f"r{i}", 2, step) for i, step in enumerate(steps)]
    last = cell_of(result, 2, "last")
    np.testing.assert_allclose(last.values, cka_matrix(arrays), rtol=0, atol=2e-6)
    assert cell_of(result, 2, 20).runs == ("r0", "r1", "r2", "r4")
    # Only r3 with the others is of two checkpoints; the rest is borrowed from checkpoint 20.
    assert result.computed == 10 + 6 + 4
    assert messages(result) == [
        "representations/r3/layer2: run 'r3' has no checkpoint 20, which others have;"
        " store it; pairs without it are left out"
    ]
    assert_same(sweep(study, layers=[2], checkpoints=["last"]), replace(result, cells=(last,)))


def test_processes_and_threads_find_what_one_thread_finds(files, small_blocks):
    study = open_study(files.folder)
    with ThreadPoolExecutor(3) as executor:
        assert_same(sweep(study, executor=executor), sweep(study))


@settings(deadline=None)
@given(st.integers(1, 14), st.integers(1, 5), st.integers(0, 2**32), st.floats(0, 1))
def test_blocks_hold_every_open_pair_once(size, group, seed, share):
    draw = np.random.default_rng(seed).random((size, size)) < share
    open_pairs = np.triu(draw, 1) | np.triu(draw, 1).T
    times = np.zeros((size, size), dtype=int)
    for left, right in blocks_of(open_pairs, group):
        if right.size:
            assert not set(left.tolist()) & set(right.tolist())
            times[np.ix_(left, right)] += 1
            times[np.ix_(right, left)] += 1
        else:
            times[np.ix_(left, left)] += 1
    assert (times[open_pairs] == 1).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 60), st.integers(1, 8))
def test_a_representation_is_read_a_bounded_number_of_times(size, group):
    reads = np.zeros(size, dtype=int)
    for left, right in blocks_of(~np.eye(size, dtype=bool), group):
        reads[left] += 1
        reads[right] += 1
        assert len(left) + len(right) <= 2 * group
    assert reads.max() <= (1 if size <= 2 * group else -(-size // group))


def test_blocks_stay_small_where_models_are_wide_or_large():
    assert group_size(Measure.CKA, 4413, 4413 * 128 * 4) == 64
    assert group_size(Measure.CKA, 100_000, 100_000 * 4096 * 4) == 1
    assert group_size(Measure.PROCRUSTES, 4413, 4413 * 2048 * 4) < 4


# -- what is kept ------------------------------------------------------------------------------


def test_a_second_sweep_computes_nothing(files, cache, small_blocks, monkeypatch):
    study = open_study(files.folder)
    first = sweep(study, cache=cache)
    again = sweep(study, cache=cache)
    assert (first.computed, again.computed, again.kept) == (40, 0, 40)
    for a, b in zip(first.cells, again.cells, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    # Other groups of blocks find the same pairs: they go by content.
    monkeypatch.setattr(plan, "GROUP_MODELS", 64)
    assert sweep(study, cache=cache).computed == 0


def test_another_measure_or_engine_is_another_result(files, cache, monkeypatch):
    study = open_study(files.folder)
    sweep(study, cache=cache)
    assert sweep(study, cache=cache, debiased=True).computed == 40
    assert sweep(study, cache=cache, measure=Measure.PROCRUSTES).computed == 40
    assert sweep(study, cache=cache).computed == 0
    for module in (runner, blocks):
        monkeypatch.setattr(module, "engine_digest", lambda _: "edited")
    assert sweep(study, cache=cache).computed == 40


@pytest.mark.parametrize("first", [True, False], ids=["first in runs.csv", "last"])
def test_a_new_run_costs_its_own_pairs(files, cache, small_blocks, first):
    sweep(open_study(files.folder), cache=cache)
    add_run(files, 5)
    if first:
        head, *rows = files.read("runs.csv").splitlines()
        files.write("runs.csv", "\n".join([head, rows[-1], *rows[:-1]]) + "\n")
    study = open_study(files.folder)
    result = sweep(study, cache=cache)
    assert (result.computed, result.kept) == (4 * 5, 4 * 10)
    assert_same(result, sweep(study))


def test_a_changed_file_costs_its_own_pairs_and_meets_no_old_value(files, cache):
    sweep(open_study(files.folder), cache=cache)
    save(files, "r2", 1, 10, np.random.default_rng(77).random((ITEMS, 3)))
    study = open_study(files.folder)
    result = sweep(study, cache=cache)
    assert result.computed == 4
    assert_same(result, sweep(study))


def test_last_and_single_checkpoints_share_what_is_kept(files, cache):
    study = open_study(files.folder)
    assert sweep(study, checkpoints=["last"], cache=cache).computed == 20
    assert sweep(study, checkpoints=[20], cache=cache).computed == 0


def test_a_damaged_cache_costs_time_and_no_answer(files, cache, tmp_path, small_blocks):
    study = open_study(files.folder)
    whole = sweep(study, cache=cache)
    cache.close()
    for path in (tmp_path / "cache" / "results").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2] + os.urandom(len(data) // 2))
    broken = ResultCache(tmp_path / "cache")
    assert_same(sweep(study, cache=broken), whole)
    assert_same(sweep(study, cache=broken), whole)
    broken.close()


def test_one_damaged_block_costs_that_block(files, cache, small_blocks):
    study = open_study(files.folder)
    whole = sweep(study, layers=[1], checkpoints=[10], cache=cache)
    keys = list(cache._open().iterkeys())
    cache._open().set(keys[0], b"PK not this")
    again = sweep(study, layers=[1], checkpoints=[10], cache=cache)
    assert 0 < again.computed < 10
    assert again.computed + again.kept == 10
    assert_same(again, whole)


def test_a_stopped_sweep_goes_on_where_it_was(files, cache, small_blocks):
    study = open_study(files.folder)
    done = []
    with pytest.raises(SweepCancelledError, match="stopped after") as stopped:
        sweep(
            study,
            cache=cache,
            on_progress=lambda p: done.append(p.pairs_done),
            cancelled=lambda: bool(done) and done[-1] >= 15,
        )
    finished = stopped.value.progress.pairs_done
    assert 15 <= finished < 40
    rest = sweep(study, cache=cache)
    assert (rest.kept, rest.computed) == (finished, 40 - finished)
    assert_same(rest, sweep(study))


def test_progress_never_falls_and_ends_at_the_total(files, cache, small_blocks):
    study = open_study(files.folder)
    for _ in ("computed", "kept"):
        seen = []
        with ThreadPoolExecutor(2) as executor:
            sweep(study, cache=cache, executor=executor, on_progress=seen.append)
        assert (seen[0].pairs, seen[0].layers) == (40, 2)
        for name in ("pairs_done", "layers_done"):
            counts = [getattr(progress, name) for progress in seen]
            assert counts == sorted(counts)
        assert (seen[-1].pairs_done, seen[-1].layers_done) == (40, 2)
        assert seen[0].seconds_left is None
    assert seen[-1].seconds_left is None, "nothing was computed, so there is no pace"


# -- what is wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.full((ITEMS, 4), np.nan, dtype=np.float32), "values that are not finite"),
        (np.full((ITEMS, 4), 3.0), "the same values for every item"),
        (np.ones((ITEMS, 4), dtype=np.int64), "numbers of type int64"),
        (np.array([[None] * 4] * ITEMS, dtype=object), "a pickle"),
        (np.ones((ITEMS - 1, 4)), "23 rows, items.csv has 24"),
        (np.ones((ITEMS, 0)), "shape (24, 0)"),
        (np.ones((0, 4)), "0 rows, items.csv has 24"),
    ],
    ids=["not finite", "constant", "whole numbers", "objects", "items", "no features", "no items"],
)
def test_a_representation_that_cannot_be_used_is_named_once_and_the_rest_goes_on(
    files, cache, values, found
):
    save(files, "r1", 1, 20, values)
    study = open_study(files.folder)
    for _ in ("computed", "kept"):
        result = sweep(study, cache=cache)
        (text,) = messages(result)
        assert text.startswith("representations/r1/layer1/checkpoint-20.npy: ")
        assert found in text
        cell = cell_of(result, 1, 20)
        others = [i for i, run in enumerate(cell.runs) if run != "r1"]
        assert len(others) == 4
        assert np.isfinite(cell.values[np.ix_(others, others)]).all()
        assert not [pair for pair in cell.pairs() if "r1" in pair]
    assert result.computed == 0, "what was found to be unusable is kept, too"


@pytest.mark.parametrize("measure", list(Measure))
@pytest.mark.parametrize("constant", [("r1",), ("r0", "r1"), ("r0", "r1", "r2", "r3")])
def test_constant_ones_are_found_between_groups_of_models_too(
    files, small_blocks, measure, constant
):
    for run in constant:
        save(files, run, 1, 20, np.full((ITEMS, 4), 3.0))
    result = sweep(open_study(files.folder), layers=[1], checkpoints=[20], measure=measure)
    assert [text.split("/")[1] for text in messages(result)] == list(constant)
    left = 5 - len(constant)
    assert len(list(result.cells[0].pairs())) == left * (left - 1) // 2


def test_an_earlier_checkpoint_never_stands_in_for_a_bad_last_one(files):
    whole = cell_of(sweep(open_study(files.folder)), 1, "last")
    files.path("representations/r1/layer1/checkpoint-20.npy").write_bytes(b"")
    last = cell_of(sweep(open_study(files.folder)), 1, "last")
    assert last.runs == tuple(run for run in whole.runs if run != "r1")
    kept = [whole.runs.index(run) for run in last.runs]
    assert np.array_equal(last.values, whole.values[np.ix_(kept, kept)], equal_nan=True)


def test_a_file_that_is_cut_after_the_study_was_read_is_a_problem(files):
    study = open_study(files.folder)
    path = files.path("representations/r1/layer1/checkpoint-20.npy")
    path.write_bytes(path.read_bytes()[:-8])
    result = sweep(study, layers=[1])
    (text,) = messages(result)
    assert "r1/layer1/checkpoint-20.npy: the file is cut" in text
    assert len(list(cell_of(result, 1, 20).pairs())) == 6
    assert len(list(cell_of(result, 1, 10).pairs())) == 10


def test_values_that_are_found_not_to_be_finite_only_now_are_a_problem(files, cache):
    study = open_study(files.folder)
    # As of a large file, whose values nobody looked at when the study was read.
    study = replace(study, representations=replace(study.representations, contents={}))
    save(files, "r1", 1, 20, np.full((ITEMS, 4), np.nan, dtype=np.float32))
    for _ in ("computed", "kept"):
        result = sweep(study, layers=[1], checkpoints=[20], cache=cache)
        assert messages(result) == [
            "representations/r1/layer1/checkpoint-20.npy: values that are not finite;"
            " store the representation again; its pairs are left out"
        ]
    assert (result.pairs, result.computed, result.kept) == (6, 0, 6)


def test_a_file_that_only_a_worker_cannot_find_is_said_so(files, monkeypatch):
    study = open_study(files.folder)
    real = blocks.load_representation

    def elsewhere(index, run, layer, step):
        if run == "r1":
            raise ComputationError("x: cannot be read: no such file or directory; put it there")
        return real(index, run, layer, step)

    monkeypatch.setattr(blocks, "load_representation", elsewhere)
    texts = messages(sweep(study, layers=[1], checkpoints=[10]))
    assert texts == [
        "representations/r1/layer1/checkpoint-10.npy: cannot be read: no such file or directory on"
        " a worker, and here it is; give all workers the study's folder under the same path; its"
        " pairs are left out"
    ]


@pytest.mark.parametrize("bad", [(1,), (1, 2), (0, 1, 2, 3), (0, 1, 2, 3, 4)])
def test_blocks_after_a_model_is_dropped_hold_the_others(files, small_blocks, bad):
    for at in bad:
        save(files, f"r{at}", 1, 10, np.ones((ITEMS, 4)))
    result = sweep(open_study(files.folder), layers=[1], checkpoints=[10])
    n = 5 - len(bad)
    assert (len(result.problems), result.pairs, result.computed) == (
        len(bad),
        n * (n - 1) // 2,
        n * (n - 1) // 2,
    )


def test_a_file_that_changes_meanwhile_has_no_values(files, small_blocks):
    study = open_study(files.folder)
    draw = np.random.default_rng(5)

    def rewrite(_):
        save(files, "r0", 1, 10, draw.random((ITEMS, 4)))

    result = sweep(study, layers=[1], checkpoints=[10], on_progress=rewrite)
    (text,) = messages(result)
    assert "r0/layer1/checkpoint-10.npy: the file changed while it was read" in text
    assert len(list(result.cells[0].pairs())) == 6


def test_runs_that_failed_or_lack_a_layer_are_named(files):
    head, *rows = files.read("runs.csv").splitlines()
    status = ["", "", "", "", "failed"]
    rows = [f"{row},{state}" for row, state in zip(rows, status, strict=True)]
    files.write("runs.csv", "\n".join([f"{head},status", *rows]) + "\n")
    for step in (10, 20):
        files.remove(f"representations/r0/layer2/checkpoint-{step}.npy")
    result = sweep(open_study(files.folder))
    assert messages(result) == [
        "runs.csv, run 'r4': a failed run; its representations are left out",
        "representations/r0/layer2: run 'r0' has no representation at this layer;"
        " store it; pairs without it are left out",
    ]
    assert cell_of(result, 1, 10).runs == ("r0", "r1", "r2", "r3")
    assert cell_of(result, 2, 10).runs == ("r1", "r2", "r3")


def test_too_few_items_for_the_debiased_form_leave_nothing(tmp_path):
    files = write_sweep_study(tmp_path / "study", items=3)
    result = sweep(open_study(files.folder), debiased=True)
    assert result.pairs == 0
    assert all("fewer than 4 items" in text for text in messages(result))
    assert len(result.problems) == 20


def test_what_the_study_does_not_have_is_a_request_error(files, write_study):
    study = open_study(files.folder)
    with pytest.raises(RequestError, match="no representations at layer 9; there are layers 1, 2"):
        sweep(study, layers=[9])
    with pytest.raises(RequestError, match="no representations at checkpoint 7; there are 10, 20"):
        sweep(study, checkpoints=[7])
    with pytest.raises(RequestError, match="only CKA has a debiased form"):
        sweep(study, measure=Measure.PROCRUSTES, debiased=True)
    with pytest.raises(RequestError, match="this study has no representations"):
        sweep(open_study(write_study(cka=True).folder))


# -- workers -----------------------------------------------------------------------------------


class Broken(ThreadPoolExecutor):
    """Fails at the n-th block."""

    def __init__(self, fault: BaseException, after: int) -> None:
        super().__init__(1)
        self.fault, self.left = fault, after

    def submit(self, fn, /, *args, **kwargs) -> Future:
        self.left -= 1
        if self.left < 0:
            future: Future = Future()
            future.set_exception(self.fault)
            return future
        return super().submit(fn, *args, **kwargs)


def test_a_worker_that_fails_ends_the_sweep_and_keeps_what_was_finished(
    files, cache, small_blocks, monkeypatch
):
    study = open_study(files.folder)
    fault = ModuleNotFoundError("No module named 'core'")
    what = "a worker failed: No module named 'core'; what was finished is kept, run it again"
    # Blocks are looked at one by one, so that eight have come back before the ninth fails.
    monkeypatch.setattr(runner, "IN_FLIGHT", 1)
    with Broken(fault, after=8) as executor, pytest.raises(ComputationError, match=what):
        sweep(study, cache=cache, executor=executor)
    assert sweep(study, cache=cache).kept > 0


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), WorkerMismatchError("other sources")])
def test_what_a_worker_raises_is_no_interrupt_here(files, fault):
    study = open_study(files.folder)
    with Broken(fault, after=0) as executor, pytest.raises(ComputationError, match=r"failed|other"):
        sweep(study, executor=executor)


def test_what_the_measure_refuses_is_a_problem_and_the_rest_goes_on(files, small_blocks):
    study = open_study(files.folder)
    with Broken(ComputationError("refused"), after=8) as executor:
        result = sweep(study, executor=executor)
    assert result.computed > 0
    assert messages(result) == [
        "representations/*/layer2: refused; its pairs are left out",
    ]


def test_a_worker_with_other_sources_is_refused(files):
    study = open_study(files.folder)
    block = Block(study.representations, (), (), (), Measure.CKA, False, "f" * 64)
    with pytest.raises(WorkerMismatchError, match="another version of Transfer Atlas"):
        compute_block(block)


def test_the_engines_digest_follows_from_what_it_imports():
    modules = {module.__name__ for module in program.modules_of("core.similarity.cka")}
    assert {"core.similarity.cka", "core.similarity.preprocessing"} <= modules
    assert "core.io.study" not in modules
    assert engine_digest(Measure.CKA) != engine_digest(Measure.PROCRUSTES)


def test_a_cell_checks_its_labels():
    with pytest.raises(ValueError, match="2 runs"):
        SweepCell(1, "last", ("a", "b"), np.zeros((3, 3)))


def test_no_study_is_opened_for_writing(files, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in Path(files.folder).rglob("*")}
    sweep(open_study(files.folder))
    assert {p: p.stat().st_mtime_ns for p in Path(files.folder).rglob("*")} == before


def test_a_file_exchanged_for_the_whole_sweep_has_no_values(files):
    study = open_study(files.folder)
    save(files, "r0", 1, 10, np.random.default_rng(5).random((ITEMS, 4)))
    result = sweep(study, layers=[1], checkpoints=[10])
    (text,) = messages(result)
    assert "r0/layer1/checkpoint-10.npy: the file changed while it was read" in text
    assert len(list(result.cells[0].pairs())) == 6
