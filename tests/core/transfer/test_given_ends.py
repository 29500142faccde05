"""Which zero and one a run of given scores has, and from which rows, worked by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from core.analyses.details.pair import pair_detail
from core.analyses.query import DetailQuery, TransferQuery
from core.evaluations import Checkpoint
from core.io import open_study
from core.scale_ends import EndOrigin, EndRow
from core.study import Study
from core.transfer.given_ends import MOST_PLACES, end_read
from core.transfer.normalization import FormulaCase
from core.transfer.provenance import RawValue

ROWS = """A,B,0.5,m,0,1
A,B,0.6,m,1,1
A,B,0.8,n,0,1
B,B,0.9,m,0,1
B,B,0.7,n,0,1
base,B,0.3,m,0,1
base,B,0.2,m,1,1
base,B,0.4,n,0,1
"""


def study_of(folder: Path, scale: str, rows: str = ROWS, tasks: str = "") -> Study:
    folder.mkdir(exist_ok=True)
    (folder / "scores.csv").write_text(f"sources,target,score,method,seed,checkpoint\n{rows}")
    (folder / "study.toml").write_text(
        f'[evaluations]\nlayout = "scores"\npath = "scores.csv"\n[scale]\n{scale}\n{tasks}'
    )
    return open_study(folder)


def ends(
    study: Study, method: str, checkpoint: Checkpoint = "last"
) -> dict[int, tuple[RawValue | None, RawValue | None]]:
    """Of A→B: each seed's zero and one."""
    query = TransferQuery(method, checkpoint=checkpoint)
    found = pair_detail(study, query, DetailQuery(["A"], "B")).forward
    return {seed.seed: (seed.baseline, seed.reference) for seed in found.seeds}


def told(end: RawValue | None) -> tuple[str, float, str]:
    assert end is not None
    return end.run, end.value, end.source


def test_each_seed_tells_the_row_of_its_own_zero_and_one(tmp_path: Path) -> None:
    found = ends(study_of(tmp_path, 'zero = "source:base"\none = "diagonal"'), "m")
    assert told(found[0][0]) == ("base", 0.3, "scores.csv, row 7")
    assert told(found[1][0]) == ("base", 0.2, "scores.csv, row 8")
    assert told(found[0][1]) == ("B on itself", 0.9, "scores.csv, row 5")
    # B was not trained on itself with seed 1: nothing counts as full, and no row says so.
    one = found[1][1]
    assert one is not None
    assert math.isnan(one.value)
    assert not one.file


def test_a_mean_names_the_rows_it_is_of(tmp_path: Path) -> None:
    rows = ROWS + "A,B,0.5,m,2,1\nA,B,0.5,k,0,1\nA,B,0.5,k,7,1\n"
    study = study_of(tmp_path, 'zero = "source:base"', rows)
    assert told(ends(study, "m")[2][0]) == ("base", 0.25, "scores.csv, rows 7, 8 (mean of 2)")
    # Another method has the mean over the others, of a seed that all of them have.
    assert told(ends(study, "k")[0][0]) == ("base", 0.35, "scores.csv, rows 7, 9 (mean of 2)")
    last = told(ends(study, "k")[7][0])
    assert last == ("base", pytest.approx(0.3), "scores.csv, rows 7, 8, 9 (mean of 3)")


def test_a_reference_counts_at_the_step_that_is_shown_or_its_last(tmp_path: Path) -> None:
    rows = "A,B,0.5,m,0,1\nA,B,0.6,m,0,2\nbase,B,0.1,m,0,1\nbase,B,0.2,m,0,2\n"
    study = study_of(tmp_path, 'zero = "source:base"', rows)
    assert told(ends(study, "m")[0][0]) == ("base", 0.2, "scores.csv, row 5")
    assert told(ends(study, "m", 1)[0][0]) == ("base", 0.1, "scores.csv, row 4")


def test_a_number_is_told_with_the_key_that_says_it(tmp_path: Path) -> None:
    tasks = '[tasks."B"]\none = 0.95\n[tasks.A]\n'
    found = ends(study_of(tmp_path, "zero = 0.1\none = 1.0", tasks=tasks), "m")
    assert told(found[0][0]) == ("", 0.1, "study.toml, scale.zero")
    assert told(found[0][1]) == ("", 0.95, "study.toml, tasks.B.one")


def test_what_does_not_count_is_not_told(tmp_path: Path) -> None:
    assert ends(study_of(tmp_path / "raw", "one = 1.0"), "m")[0] == (None, None)
    rows, tasks = ROWS + "B,A,0.5,m,0,1\n", "[tasks.B]\none = 1.0\n"
    gain = ends(study_of(tmp_path / "gain", "zero = 0.1", rows, tasks), "m")[0]
    assert gain[1] is None
    assert told(gain[0])[1] == 0.1


@pytest.mark.parametrize(
    ("metric", "scale", "rule"),
    [
        ("score", "zero = 0.1\none = 0.9", FormulaCase.LINEAR),
        ("error", "zero = 0.9\none = 0.1", FormulaCase.LOG_RATIO),
        ("error", "zero = 0.9\none = 0.0", FormulaCase.BETWEEN),
        ("score", "zero = 0.1", FormulaCase.GAIN),
        ("error", "zero = 0.9", FormulaCase.REDUCTION),
        ("score", "zero = 0.9\none = 0.9", FormulaCase.NONE),
        ("score", "", FormulaCase.NONE),
    ],
)
def test_a_value_knows_the_line_of_the_definition(
    tmp_path: Path, metric: str, scale: str, rule: FormulaCase
) -> None:
    study = study_of(tmp_path, f'metric = "{metric}"\n{scale}')
    found = pair_detail(study, TransferQuery("m"), DetailQuery(["A"], "B")).forward
    assert found.seeds[0].normalized.published.rule is rule


def test_no_room_is_said_in_the_words_of_given_scores(tmp_path: Path) -> None:
    study = study_of(tmp_path, "zero = 0.9\none = 0.8")
    found = pair_detail(study, TransferQuery("m"), DetailQuery(["A"], "B")).forward
    why = found.seeds[0].normalized.published.reason
    assert why == "undefined: no room for improvement (one 0.8 ≤ zero 0.9)"


def test_many_rows_and_files_are_told_by_their_first() -> None:
    rows = tuple(EndRow("m", seed, 0, f"s{seed % 2}.csv", 2 + seed) for seed in range(9))
    end = end_read(EndOrigin("study.toml", "scale.zero", "base", rows), (), 0.5, [])
    assert end is not None
    assert len(rows) > MOST_PLACES
    assert end.source == "s0.csv, rows 2, 4, 6; s1.csv, rows 3, 5, 7 and 3 more (mean of 9)"
