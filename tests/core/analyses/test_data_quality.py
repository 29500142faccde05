"""What of a study's data is missing, undefined, clipped, failed or in conflict."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses import DATA_QUALITY
from core.analyses.data_quality import MOST_NOTES, _Places, data_quality
from core.cache.codec import decode, encode
from core.io import open_study
from core.metrics import Metric
from core.study import Run, Task
from core.transfer.build import transfer_matrix
from core.transfer.query import TransferQuery
from tests.core.small import square_study, study_of
from tests.studies import results_of


def test_a_study_without_fault(write_study):
    found = data_quality(open_study(write_study().folder))
    assert found.values == 6
    assert (found.missing.count, found.missing.notes) == (0, ())
    assert (found.failed, found.conflicting, found.warnings) == ((), (), ())
    census = found.census
    assert (census.runs, census.bases, census.tuned, census.given) == (6, 3, 3, 0)
    assert (census.seeds, census.tasks, census.excluded, census.methods) == ((42,), 2, 1, 2)
    assert census.evaluations == 4 * 2 * 2 * 2


@pytest.mark.parametrize(
    ("layout", "file"),
    [("table", "evaluations.csv"), ("runs", results_of("pt1_ftwb1-1", "crossing", "shifted"))],
)
def test_a_missing_evaluation_has_its_file(write_study, layout, file):
    files = write_study(layout)
    if layout == "runs":
        files.remove(file)
    else:
        lines = files.read(file).splitlines(keepends=True)
        files.write(
            file, "".join(t for t in lines if not t.startswith("pt1_ftwb1-1,crossing,shifted"))
        )
    (note,) = data_quality(open_study(files.folder)).missing.notes
    assert (note.count, note.method, note.sources, note.target, note.seed) == (
        *(1, "ftwb1", ("distance",)),
        *("crossing", 42),
    )
    assert note.reason == "no shifted evaluation of pt1_ftwb1-1 on crossing"
    assert note.file == file


def test_what_a_base_lacks_is_one_note_for_all_it_empties(write_study):
    files = write_study("runs")
    files.remove(results_of("pt1", "distance"))
    found = data_quality(open_study(files.folder))
    (note,) = found.missing.notes
    assert (found.missing.count, note.count) == (3, 3)
    assert note.file == results_of("pt1", "distance")
    assert "no standard evaluation of base pt1 on distance" in note.reason
    assert len(found.warnings) == 1


def test_a_value_that_is_not_finite_has_its_row(write_study):
    files = write_study()
    lines = files.read("evaluations.csv").splitlines()
    at = next(i for i, t in enumerate(lines) if t.startswith("pt1,crossing,standard,10000"))
    lines[at] = "pt1,crossing,standard,10000,NaN"
    files.write("evaluations.csv", "\n".join(lines) + "\n")
    (note,) = data_quality(open_study(files.folder)).missing.notes
    assert note.count == 3
    assert note.file == f"evaluations.csv, row {at + 1}"


def test_failed_runs_are_listed_with_their_row(write_study):
    files = write_study()
    files.replace(
        "runs.csv",
        "pt1_ftwb2-1,ftwb2,crossing+distance,pt1,42,,",
        "pt1_ftwb2-1,ftwb2,crossing+distance,pt1,42,failed,",
    )
    found = data_quality(open_study(files.folder))
    (failed,) = found.failed
    assert (failed.run, failed.method, failed.seed) == ("pt1_ftwb2-1", "ftwb2", 42)
    assert failed.trained == ("distance", "crossing")
    assert failed.file == "runs.csv, row 7"
    (note,) = found.missing.notes
    assert (note.count, note.reason) == (2, "run pt1_ftwb2-1 failed")
    assert note.file == "runs.csv, row 7"
    assert found.census.failed == 1


def test_a_run_that_nobody_made_is_missing_from_the_list(write_study):
    files = write_study()
    files.append("runs.csv", "pt2,pretrain,distance+crossing,,43,,\n")
    files.append("runs.csv", "pt2_ftwb1-1,ftwb1,distance,pt2,43,,\n")
    found = data_quality(open_study(files.folder))
    files_of = {note.reason: note.file for note in found.missing.notes}
    assert files_of["no run of ftwb1 on this training set with seed 43"] == "runs.csv"


def test_clipped_and_undefined_values_are_counted_on_their_own_scales():
    study = square_study([[[1.0, -0.32, 1.75], [0.5, 1.0, 0.25], [0.0, 1.5, 1.0]]])
    found = data_quality(study)
    assert [n.reason for n in found.clipped.notes] == [
        "-0.32 on the strict scale, cut to 0",
        "1.75 on the strict scale, cut to 1.5",
    ]
    assert found.clipped.notes[0].file.startswith("evaluations.csv, row ")
    assert (found.clipped.notes[0].sources, found.clipped.notes[0].target) == (("a",), "b")
    assert found.undefined.count == 0

    tasks = (Task("a", "A", Metric.ACCURACY), Task("b", "B", Metric.ACCURACY))
    runs = [Run("base", "pretrain", ("a", "b"), None, 0), Run("ft", "ft1", ("a",), "base", 0)]
    cells = {
        ("base", "a", "shifted", 1): 0.9,
        ("base", "a", "standard", 1): 0.8,
        ("base", "b", "shifted", 1): 0.1,
        ("base", "b", "standard", 1): 0.9,
        ("ft", "a", "shifted", 1): 0.95,
        ("ft", "b", "shifted", 1): 0.5,
    }
    found = data_quality(study_of(tasks, runs, cells))
    (note,) = found.undefined.notes
    assert "no room for improvement" in note.reason
    assert (note.target, found.undefined.count, found.missing.count) == ("a", 1, 0)


def test_two_files_for_the_same_representation_are_in_conflict(write_study):
    files = write_study(cka=True, representations=True)
    place = "representations/pt1-1/layer5/checkpoint-"
    data = files.path(f"{place}9000.npy").read_bytes()
    files.write(f"{place}09000.npy", data)
    found = data_quality(open_study(files.folder))
    assert len(found.conflicting) == 1
    assert "is there as" in found.conflicting[0].found


def test_a_sparse_table_of_scores_tells_its_gaps_once(write_study):
    files = write_study("scores")
    files.write("scores.csv", "sources,target,score\na,b,0.5\nb,c,0.25\nc,a,1\n")
    files.replace("study.toml", files.read("study.toml"), files.read("study.toml"))
    files.write("study.toml", '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n')
    found = data_quality(open_study(files.folder))
    (note,) = found.missing.notes
    assert (found.values, note.count, note.file) == (9, 6, "scores.csv")
    assert (found.census.given, found.census.bases) == (3, 0)


def test_many_notes_are_counted_and_only_the_first_told():
    size = 20
    values = [[[-1.0 - i * 0.01 - j * 0.001 for j in range(size)] for i in range(size)]]
    found = data_quality(square_study(values))
    assert found.clipped.count == size * size
    assert found.clipped.reasons == size * size
    assert len(found.clipped.notes) == MOST_NOTES


def test_results_survive_the_cache(write_study):
    files = write_study()
    files.append("runs.csv", "pt2_ftwb1-1,ftwb1,distance,pt1,43,failed,\n")
    found = DATA_QUALITY.compute(open_study(files.folder))
    assert found.failed
    assert decode(encode(found), DATA_QUALITY.result) == found


def test_cells_are_told_apart_as_the_places_they_came_from_are(write_study):
    files = write_study("runs")
    files.remove(results_of("pt1", "distance"))
    files.remove(results_of("pt1_ftwb1-1", "crossing", "shifted"))
    files.append("runs.csv", "pt1_ftwb1-9,ftwb1,crossing,pt1,43,failed,\n")
    study = open_study(files.folder)
    places = _Places(study)
    matrix = transfer_matrix(study, TransferQuery("ftwb1"))
    cells = np.argwhere(np.ones(matrix.per_seed.shape, dtype=bool))
    keys = places.told_apart(matrix, cells)
    told = [places.of_cell(matrix, tuple(cell)) for cell in cells.tolist()]
    assert len(set(told)) > 2
    # One key for one place, and one place for one key.
    assert len(set(zip(keys, told, strict=True))) == len(set(keys)) == len(set(told))
