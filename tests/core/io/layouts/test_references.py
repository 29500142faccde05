"""Rows of a reference: each method, seed and checkpoint by its own, worked by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from core.cache.study_copies import StudyCopies
from core.cli import opening
from core.evaluations import Checkpoint
from core.io import Inspection, inspect_study
from core.io.layouts.references import reached_of
from core.transfer.normalization import Scale
from core.transfer.run_scores import RunScores
from tests.core.cache.test_study_copies import same, settled

MEAN = "a reference of several methods as its mean over them"


def inspected(folder: Path, rows: str, scale: str = 'zero = "source:base"') -> Inspection:
    header = "sources,target,score,method,seed,checkpoint"
    (folder / "scores.csv").write_text(f"{header}\n" + rows.strip().replace(" ", "\n") + "\n")
    (folder / "study.toml").write_text(
        f'[evaluations]\nlayout = "scores"\npath = "scores.csv"\n[scale]\n{scale}\n'
    )
    return inspect_study(folder)


def warnings_of(read: Inspection) -> list[str]:
    return [str(problem) for problem in read.problems]


def gains(read: Inspection, checkpoint: Checkpoint = "last") -> dict[tuple[str, int], float]:
    """Method and seed -> the value of A→B."""
    assert read.study is not None
    scores = RunScores(read.study, scale=Scale.STRICT, checkpoint=checkpoint)
    values = scores.normalized(np.arange(len(read.study.runs))).values
    at = read.study.task_index["B"]
    return {
        (run.method, run.seed): round(float(values[i, at]), 9)
        for i, run in enumerate(read.study.runs)
    }


OWN = """
A,B,0.5,m,0,1 A,B,0.6,m,1,1 A,B,0.8,n,0,1 A,B,0.8,n,1,1
base,B,0.3,m,0,1 base,B,0.2,m,1,1 base,B,0.9,n,0,1 base,B,1.0,n,1,1"""


def test_each_method_and_seed_has_its_own_zero(tmp_path: Path) -> None:
    read = inspected(tmp_path, OWN)
    # By the mean of all, 0.6, m's would be -0.1 and 0, n's 0.2: other signs.
    assert gains(read) == {("m", 0): 0.2, ("m", 1): 0.4, ("n", 0): -0.1, ("n", 1): -0.2}
    assert read.recognized == ("scores.csv: `base` of each method and seed by its own rows",)
    assert warnings_of(read) == []
    assert read.reading is not None
    assert "of each method or seed by its own rows" in dict(read.reading.facts)["Scale"]


def test_errors_and_ones_are_each_methods_own_too(tmp_path: Path) -> None:
    rows = (
        """A,B,2,m,0,1 A,B,2,n,0,1 base,B,8,m,0,1 base,B,4,n,0,1 best,B,1,m,0,1 best,B,0.5,n,0,1"""
    )
    scale = 'metric = "error"\nzero = "source:base"\none = "source:best"'
    found = gains(inspected(tmp_path, rows, scale))
    assert found["m", 0] == pytest.approx(math.log(8 / 2) / math.log(8 / 1))
    assert found["n", 0] == pytest.approx(math.log(4 / 2) / math.log(4 / 0.5))


def test_a_seed_without_rows_has_its_methods_mean(tmp_path: Path) -> None:
    read = inspected(tmp_path, OWN + " A,B,0.5,m,2,1")
    assert gains(read)["m", 2] == pytest.approx(0.5 - (0.3 + 0.2) / 2)


def test_a_method_without_rows_has_the_mean_of_the_others_and_is_named(tmp_path: Path) -> None:
    # Seed 0 of the others 0.6, seed 1 as well; 0.7 lies between their ends, 0.25 and 0.95.
    read = inspected(tmp_path, OWN + " A,B,0.7,k,0,1 A,B,0.97,k,1,1")
    assert gains(read)["k", 0] == pytest.approx(0.1)
    assert gains(read)["m", 0] == pytest.approx(0.2)
    assert f"{MEAN} for k, without rows of it" in str(read.recognized)
    (warning,) = warnings_of(read)
    assert "`base` reaches 0.25 to 0.95 on `B` by method, and `k` has no row of it" in warning
    assert "1 of its values lie between such ends" in warning
    assert "add rows of `base` for it; until then the mean of the others counts" in warning


def test_one_method_with_all_the_rows_is_everybodys_by_seed(tmp_path: Path) -> None:
    rows = "A,B,0.5,m,0,1 A,B,0.6,m,1,1 base,B,0.3,none,0,1 base,B,0.2,none,1,1"
    read = inspected(tmp_path, rows)
    assert gains(read) == {("m", 0): 0.2, ("m", 1): 0.4}
    assert MEAN not in str(read.recognized)
    assert warnings_of(read) == []


def test_the_checkpoint_that_is_asked_for_counts_or_the_last(tmp_path: Path) -> None:
    rows = """A,B,0.4,m,0,10 A,B,0.6,m,0,20 A,B,0.7,m,0,30
    base,B,0.1,m,0,10 base,B,0.5,m,0,20""".replace("\n   ", "")
    read = inspected(tmp_path, rows)
    assert gains(read, 10) == {("m", 0): 0.3}
    assert gains(read, 20) == {("m", 0): 0.1}
    assert gains(read, 30) == gains(read) == {("m", 0): 0.2}
    assert read.recognized == ("scores.csv: `base` of each checkpoint by its own rows",)


def test_a_reference_that_is_the_same_everywhere_is_one_number(tmp_path: Path) -> None:
    rows = "A,B,0.4,m,0,1 A,B,0.4,n,1,1 base,B,0.5,m,0,1 base,B,0.5,n,1,1"
    read = inspected(tmp_path, rows)
    assert read.study is not None
    assert read.study.tasks[read.study.task_index["B"]].zeros == ()
    assert read.recognized == ()


def test_a_copy_of_the_study_keeps_them(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    inspected(folder, OWN)
    settled(folder)
    copies = StudyCopies(tmp_path / "copies", worth_s=0.0)
    first, second = (opening.opened(folder, copies) for _ in range(2))
    assert [*(tmp_path / "copies").iterdir()]
    same(second, first)
    task = second.tasks[second.task_index["B"]]
    assert task.zeros
    assert [row.row for row in task.zero_read.rows] == [6, 7, 8, 9]


def test_a_seed_that_some_methods_lack_tells_no_mean_over_methods() -> None:
    found = reached_of({("m", 0): {5: 1.0}, ("n", 0): {5: 3.0, 9: 4.0}, ("n", 1): {5: 6.0}})
    assert found.methods == ("m", "n")
    assert found.own["n", None, None] == pytest.approx((4 + 6) / 2)
    assert found.own[None, 0, None] == pytest.approx((1 + 4) / 2)
    assert found.own[None, None, 5] == pytest.approx((1 + 3 + 6) / 3)
    assert not {(None, 1, None), (None, None, 9), ("n", None, 9)} & {*found.own}
    assert found.mean == pytest.approx((1 + 4 + 6) / 3)


def test_seeds_that_no_run_has_are_nobodys_own(tmp_path: Path) -> None:
    # The base has seeds 7 and 8 (0.2 and 0.6), the runs 0, 1 and 2: 0.5 and 0.3 lie between.
    rows = "A,B,0.5,m,0,1 A,B,0.3,m,1,1 A,B,0.7,m,2,1 base,B,0.2,m,7,1 base,B,0.6,m,8,1"
    read = inspected(tmp_path, rows)
    assert gains(read) == {("m", 0): 0.1, ("m", 1): -0.1, ("m", 2): 0.3}
    assert read.recognized == (
        "scores.csv: a reference of several seeds as its mean over them for seeds 0, 1, 2,"
        " without rows of it",
    )
    (warning,) = warnings_of(read)
    assert "`base` reaches 0.2 to 0.6 on `B` by seed, and seeds 0, 1, 2 have no row" in warning
    assert "2 of their values lie between such ends" in warning
    assert "add rows of `base` for them; until then the mean of the others counts" in warning


def test_a_seed_of_several_without_a_row_is_named(tmp_path: Path) -> None:
    rows = "A,B,0.5,m,0,1 A,B,0.3,m,1,1 A,B,0.7,m,2,1 base,B,0.2,m,0,1 base,B,0.6,m,1,1"
    read = inspected(tmp_path, rows)
    assert gains(read) == {("m", 0): 0.3, ("m", 1): -0.3, ("m", 2): 0.3}
    assert "`base` of each seed by its own rows" in str(read.recognized)
    assert "as its mean over them for seed 2, without rows of it" in str(read.recognized)
    assert warnings_of(read) == []
